"""Markdown becomes HTML that is safe, plain text, excerpts and reading times."""

import re
import subprocess
import sys
import time
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.text import excerpt, render_html, render_text


class Page(HTMLParser):
    """The elements of a page, and the text of each formula."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.formulas: list[tuple[str, str, str]] = []
        self.oddities: list[str] = []
        self._open = 0
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        words = (dict(attrs).get("class") or "").split()
        if words[:1] == ["math"]:
            self.formulas.append((tag, words[1], ""))
            self._open = 1
        elif self._open:
            self._open += 1

    def handle_endtag(self, tag: str) -> None:
        self._open = max(0, self._open - 1)

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._open:
            tag, kind, text = self.formulas[-1]
            self.formulas[-1] = (tag, kind, text + data)

    def handle_comment(self, data: str) -> None:
        self.oddities.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


# ---- what is rendered ------------------------------------------------------------------------------------


def test_an_article_is_rendered() -> None:
    html = render_html(
        "# Title\n\nSome *text*.\n\n- one\n- two\n\n| a | b |\n|:--|--:|\n| 1 | ~~2~~ |\n\n```py\nx\n```\n"
    )
    tags = "h1 p em ul li li table thead tr th th tbody tr td td s pre code"
    assert [tag for tag, _ in Page(html).elements] == tags.split()
    assert '<th align="left">a</th>' in html
    assert '<td align="right">' in html
    assert '<pre><code class="language-py">x\n</code></pre>' in html


FORMULAS = [
    ("a $x_1*y*z_2$ b", [("span", "inline", "x_1*y*z_2")]),
    ("$ K $ and $n$th, H$_2$O", [("span", "inline", "K"), ("span", "inline", "n"), ("span", "inline", "_2")]),
    (r"\(a_1\) and \( b_2 \)", [("span", "inline", "a_1"), ("span", "inline", "b_2")]),
    ("\\(a\n_b_\\)", [("span", "inline", "a\n_b_")]),
    (r"so \[x = 1\] and $$y*2*$$.", [("span", "display", "x = 1"), ("span", "display", "y*2*")]),
    ("$$\nx < y & z \\\\\n`q` \\$5\n$$", [("div", "display", "x < y & z \\\\\n`q` \\$5")]),
    ("$$x$$", [("div", "display", "x")]),
    ("text\n$$\na_1 + b_1\n$$\nmore", [("div", "display", "a_1 + b_1")]),
    ("text\n\n$$\n\na\n\n$$\n\nmore", [("div", "display", "a")]),
    ("\\[\n\\frac{a}{b}\n\\]\n", [("div", "display", "\\frac{a}{b}")]),
    ("1. item:\n   $$\n   E = h\\nu\n   $$\n   text\n2. b", [("div", "display", "E = h\\nu")]),
    ("> $$\n> a\n> b\n> $$", [("div", "display", "a\nb")]),
    ("- a\n  \\[\n  x\n  \\]\n", [("div", "display", "x")]),
    ("$$ a\n= b $$ end", [("span", "display", "a\n= b")]),
    (
        "\\begin{align*}\na &= b \\\\\n\\end{align*}",
        [("div", "display", "\\begin{align*}\na &= b \\\\\n\\end{align*}")],
    ),
    ("**$a$**, [$b$](u), *\\(c\\)*", [("span", "inline", c) for c in "abc"]),
    (
        "| $a$ | \\(b\\) |\n|-|-|\n| $$c$$ | d |",
        [*[("span", "inline", c) for c in "ab"], ("span", "display", "c")],
    ),
    (r"$\text{`a'} \$ _b_ [c](d) &lt; <b>$", [("span", "inline", r"\text{`a'} \$ _b_ [c](d) &lt; <b>")]),
    ("$<img src=x onerror=alert(1)>$", [("span", "inline", "<img src=x onerror=alert(1)>")]),
    (r"\(</span><script>alert(1)</script>\)", [("span", "inline", "</span><script>alert(1)</script>")]),
    # These are none.
    ("It costs $5 and $10, or $5 to $10, US$3.", []),
    ("between $5 million and $7 for the firm", []),
    ("$HOME/$USER and $PATH", []),
    (r"\$a\$ and \\(b\\)", []),
    ("`$a$`, ``\\(b\\)``\n\n```\n$$\nc\n$$\n```\n\n    $d$\n", []),
    ("$a\n\nb$ and \\(c\n\nd\\) and $$e\n\nf$$", []),
    ("- $$\n  a\n\nb\n$$", []),
    ("$unclosed, $$ and \\( and \\[ too", []),
    ("$$$ and $ $ and $$ $$ and \\(\\)", []),
    (r"\[1\] and \[see\](note)", []),
    ("$a *b* c", []),
    ("$\n\n$", []),
]


@pytest.mark.parametrize(("markdown", "formulas"), FORMULAS)
def test_formulas_keep_their_tex(markdown: str, formulas: list[tuple[str, str, str]]) -> None:
    assert Page(render_html(markdown)).formulas == formulas


def test_prices_keep_their_markup() -> None:
    assert render_html("$5 *and* $10") == "<p>$5 <em>and</em> $10</p>\n"


@pytest.mark.parametrize(
    ("markdown", "href"),
    [
        ("[a](http://x.example/y?z=1)", "http://x.example/y?z=1"),
        ("[a](https://x.example 't')", "https://x.example"),
        ("[a](mailto:a@b.example)", "mailto:a@b.example"),
        ("<https://x.example>", "https://x.example"),
        ("[a](/learn/x#y)", "/learn/x#y"),
        ("[a](../x.md)", "../x.md"),
        ('<a href="/x" onclick="y">a</a>', "/x"),
    ],
)
def test_links_stay_and_carry_no_endorsement(markdown: str, href: str) -> None:
    links = [attributes for tag, attributes in Page(render_html(markdown)).elements if tag == "a"]
    assert [link["href"] for link in links] == [href]
    assert links[0]["rel"] == "nofollow noopener noreferrer"


def test_images_stay() -> None:
    elements = Page(render_html("![a *b*](/x.png 't') ![c](https://x.example/y.png)")).elements
    assert [attributes for tag, attributes in elements if tag == "img"] == [
        {"src": "/x.png", "alt": "a b", "title": "t"},
        {"src": "https://x.example/y.png", "alt": "c"},
    ]


# ---- what is not -----------------------------------------------------------------------------------------

ATTACKS = [
    # Elements that run, load or submit, in every spelling.
    "<script>alert(1)</script>",
    "<SCRIPT SRC=https://evil.example/x.js></SCRIPT>",
    "<ScRiPt>alert(1)</sCrIpT>",
    "<script\n>alert(1)</script\n>",
    "<script/x>alert(1)</script>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<<script>alert(1);//<</script>",
    "<script>alert(1)",
    "<scr\0ipt>alert(1)</scr\0ipt>",
    "\0<script>alert(1)</script>",
    "</p><script>alert(1)</script><p>",
    "<div>\n<script>\n\nalert(1)\n\n</script>\n</div>",
    "<iframe src=https://evil.example></iframe>",
    '<iframe srcdoc="<script>alert(1)</script>"></iframe>',
    "<object data=data:text/html;base64,PHNjcmlwdD4=></object>",
    "<embed src=//evil.example/x.swf>",
    "<applet code=x></applet><frameset><frame src=javascript:alert(1)></frameset>",
    "<form action=javascript:alert(1)><input type=submit><button formaction=javascript:alert(1)></form>",
    "<isindex type=image src=1 onerror=alert(1)>",
    '<meta http-equiv="refresh" content="0;url=javascript:alert(1)">',
    "<base href=https://evil.example/>",
    '<link rel=stylesheet href="javascript:alert(1)">',
    "<style>@import 'https://evil.example/x.css'; body { background: url(javascript:alert(1)) }</style>",
    "<template><script>alert(1)</script></template>",
    "<portal src=https://evil.example></portal><dialog open>x</dialog>",
    "<video src=x onerror=alert(1)><source onerror=alert(1)></video><audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>x</marquee><bgsound src=javascript:alert(1)>",
    "<textarea autofocus onfocus=alert(1)></textarea><select autofocus onfocus=alert(1)></select>",
    # Event handlers and attributes that break out.
    "<img src=x onerror=alert(1)>",
    "<IMG SRC=x ONERROR=alert(1)>",
    "<img src=x onerror\n=\nalert(1)>",
    "<img/src=x/onerror=alert(1)>",
    '<img """><script>alert(1)</script>">',
    '<img src="x` `<script>alert(1)</script>"` `>',
    "<b onmouseover=alert(1) onclick=alert(1)>x</b>",
    "<details open ontoggle=alert(1)>x</details>",
    '<a href="/x" onfocus=alert(1) autofocus tabindex=1 target=_blank ping=//evil.example>x</a>',
    '<p style="background:url(javascript:alert(1))">x</p>',
    '<div style="width: expression(alert(1))">x</div>',
    '<span style="-moz-binding:url(//evil.example/x.xml#x)">x</span>',
    '<br size="&{alert(1)}"><div background=javascript:alert(1)>x</div>',
    '![x" onerror="alert(1)](y)',
    '![x](y" onerror="alert(1))',
    "[x](y 'z\" onclick=\"alert(1)')",
    '```x"onclick="alert(1)\ny\n```',
    "```x><script>alert(1)</script>\ny\n```",
    # Addresses.
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java\tscript:alert(1))",
    "[x](<java\nscript:alert(1)>)",
    "[x](javascript&colon;alert(1))",
    "[x](&#106;avascript:alert(1))",
    "[x](&#x6A&#x61vascript:alert(1))",
    "[x](\x01javascript:alert(1))",
    "[x](%6Aavascript:alert(1))",
    "[x](javas\\cript:alert(1))",
    "[x](vbscript:msgbox(1)) [y](livescript:x) [z](mocha:x)",
    "[x](ftp://evil.example) [y](tel:1) <irc://evil.example> [z](intent://x#Intent;end) ![w](ftp://x)",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](file:///etc/passwd) [y](feed:javascript:alert(1)) [z](view-source:x)",
    "[x]\n\n[x]: javascript:alert(1)",
    "[x][y]\n\n[y]: <javascript:alert(1)> 'z'",
    "<javascript:alert(1)>",
    "<JAVASCRIPT:alert(1)//x@y.example>",
    "![x](javascript:alert(1)) ![y](data:image/svg+xml;base64,PHN2Zz4=) ![z](mailto:a@b.example)",
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" &#14;  javascript:alert(1)">x</a>',
    '<a href="jav&#x0A;ascript&#58;alert(1)">x</a>',
    "<a href=`javascript:alert(1)`>x</a>",
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<img src="jav\tascript:alert(1)"><img src=vbscript:x><img dynsrc=javascript:x lowsrc=javascript:x>',
    '<img srcset="javascript:alert(1) 1x" src="mai&#10;lto:x">',
    '<blockquote cite="javascript:alert(1)">x</blockquote><q cite="javascript:alert(1)">y</q>',
    '<table background="javascript:alert(1)"><tr><td background="javascript:alert(1)">x</table>',
    # Foreign content and what parsers make of it.
    "<svg onload=alert(1)></svg>",
    "<svg><script>alert(1)</script></svg>",
    '<svg><a xlink:href="javascript:alert(1)"><text y=20>x</text></a></svg>',
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s><set attributeName=href to=javascript:alert(1)>",
    '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
    '<math><a xlink:href="javascript:alert(1)">x</a></math>',
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
    '<noembed><img title="</noembed><img src=x onerror=alert(1)>"></noembed>',
    '<xmp><p title="</xmp><img src=x onerror=alert(1)>"></xmp>',
    "<plaintext><script>alert(1)</script>",
    '<title><img title="</title><img src=x onerror=alert(1)>"></title>',
    '<!--<img src="--><img src=x onerror=alert(1)//">-->',
    "<!--[if gte IE 4]><script>alert(1)</script><![endif]-->",
    "<!--> <script>alert(1)</script> -->",
    "<![CDATA[<script>alert(1)</script>]]><?xml-stylesheet href='javascript:alert(1)'?>",
    "<!ENTITY x SYSTEM 'file:///etc/passwd'><!DOCTYPE html>",
    "<table><td><script>alert(1)</script><style>x</style></table>",
    # Clobbered names, borrowed classes.
    "<a id=location name=cookie class=button>x</a><img name=getElementById id=x>",
    '<span class="math inline evil" id="x">y</span><div class="navbar">z</div>',
    '<code class="language-py evil">x</code><p class="math inline">y</p><pre class=language-x>z</pre>',
    # Formulas that hold markup.
    "$<img src=x onerror=alert(1)>$",
    "$$</div><script>alert(1)</script>$$",
    "\\(</span><script>alert(1)</script>\\) \\[<svg onload=alert(1)> = x\\]",
    '<b title="$">x</b onmouseover="$<script>alert(1)</script>">',
    "$$\n</div><iframe src=javascript:alert(1)>\n$$",
    '[$"onclick="alert(1)$](x)',
]
TAGS = """
    a abbr b blockquote br caption cite code dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6
    hr i img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead
    tr u ul var
"""
ATTRIBUTES = {
    "align",
    "alt",
    "class",
    "colspan",
    "height",
    "href",
    "open",
    "rel",
    "rowspan",
    "src",
    "start",
    "title",
}
CLASSES = {("span", "math inline"), ("span", "math display"), ("div", "math display")}


def assert_safe(html: str) -> None:
    page = Page(html)
    assert not page.oddities
    for tag, attributes in page.elements:
        assert tag in TAGS.split()
        assert set(attributes) <= ATTRIBUTES | {"width"}, tag
        for name, value in attributes.items():
            if name in {"href", "src"}:
                address = re.sub(r"[\x00-\x20]", "", value or "")
                scheme = urlsplit(address).scheme if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", address) else ""
                assert scheme in {"", "http", "https", "mailto"}, value
                assert not (name == "src" and scheme == "mailto")
            if name == "class":
                known = tag == "code" and re.fullmatch(r"language-[\w+#.-]+", value or "")
                assert known or (tag, value) in CLASSES, (tag, value)


@pytest.mark.parametrize("markdown", ATTACKS)
def test_no_attack_gets_through(markdown: str) -> None:
    for text in (
        markdown,
        f"words {markdown} words",
        f"- a\n\n  {markdown}\n",
        f"| {markdown} |\n|-|\n| {markdown} |",
    ):
        html = render_html(text)
        assert_safe(html)
        assert_safe(render_html(html))


FRAGMENTS = [
    "<",
    ">",
    '"',
    "'",
    "=",
    " ",
    "\n",
    "\n\n",
    "$",
    "$$",
    "\\(",
    "\\)",
    "`",
    "```",
    "](",
    "[",
    "!",
    "&#",
    ";",
]
FRAGMENTS += [
    "script",
    "img src=x ",
    "onerror=x ",
    "javascript:",
    "<svg>",
    "<style>",
    "</",
    "<!--",
    "-->",
    "a href=",
]
FRAGMENTS += ["<table>", "<math>", "|", "- ", "> ", "\0", "\t", "class=math ", "x"]


@given(st.lists(st.sampled_from(FRAGMENTS), max_size=25).map("".join))
def test_no_mixture_gets_through(markdown: str) -> None:
    assert_safe(render_html(markdown))
    render_text(markdown)
    assert len(excerpt(markdown, 20)) <= 20


def test_content_of_scripts_and_styles_is_dropped() -> None:
    script = "<div>\n<script>\n\nf\n\n</script>\n</div>"
    markdown = f"a <script>b</script> c\n\n<style>\nd\n\ne\n</style>\n\n{script}\n\ng"
    assert re.findall(r"\w", Page(render_html(markdown)).text) == ["a", "c", "g"]
    assert re.findall(r"\w", render_text(markdown)) == ["a", "c", "g"]


@pytest.mark.parametrize("name", ["iframe", "math", "noscript", "object", "svg", "template", "select", "xmp"])
def test_content_that_is_not_shown_is_dropped(name: str) -> None:
    markdown = f"before <{name}>x</{name}> after"
    assert Page(render_html(markdown)).text.split() == ["before", "after"]
    assert render_text(markdown).split() == ["before", "after"]


HOSTILE = {
    "quotations": ">" * 100_000,
    "brackets": "[" * 100_000,
    "image brackets": "![" * 50_000,
    "asterisks": "*" * 100_000,
    "emphasis": "*a_" * 33_000,
    "links": "[a](" * 25_000,
    "nested links": "[" * 25_000 + "a" + "](b)" * 25_000,
    "backticks": "".join("`" * size + " " for size in range(1, 440)),
    "angles": "<" * 100_000,
    "comments": "<!--" * 25_000,
    "nested elements": "<div>" * 20_000,
    "nested inline elements": "<b>" * 33_000,
    "unclosed tags": '<a b="' * 16_000,
    "lists": "- " * 50_000,
    "nested lists": "".join(" " * depth + "- a\n" for depth in range(440)),
    "dollars": "$a " * 33_000,
    "parentheses": "\\(" * 50_000,
    "open blocks": "\\[\n" * 33_000,
    "blocks that close late": "\\[\n" * 33_000 + "x \\] y",
    "environments": "\\begin{align}\n" * 7_000,
    "entities": "&" * 100_000,
    "definitions": "[a]: b\n" * 14_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_nesting_neither_hangs_nor_crashes(name: str) -> None:
    started = time.process_time()
    render_html(HOSTILE[name])
    excerpt(HOSTILE[name])
    # Well under a second each; anything quadratic in 100,000 characters takes minutes.
    assert time.process_time() - started < 20


def test_raw_html_that_nests_deeply_is_shown() -> None:
    assert Page(render_html("<div>" * 150)).elements
    assert Page(render_html("<p>a<br>" * 1000)).text.count("a") == 1000
    assert "<div>" * 300 in Page(render_html("<div>" * 300)).text


# ---- plain text ------------------------------------------------------------------------------------------

TEXTS = [
    ("# Title *x*\n\nOne\ntwo  \nthree\n", "Title x\n\nOne two\nthree"),
    (
        "**a** _b_ ~~c~~ `d *e*` [f](g) <http://h> ![i *j*](k) &amp; &nbsp;\\*",
        "a b c d *e* f http://h i j & \xa0*",
    ),
    ("a\n\n- b\n- c\n  1. d\n  2. e\n- f\n\ng", "a\n\n- b\n- c\n  1. d\n  2. e\n- f\n\ng"),
    ("3. a\n4. b\n\n   c\n", "3. a\n4. b\n  c"),
    ("- a\n\n- b\n", "- a\n- b"),
    ("- a\n\n1. b\n", "- a\n\n1. b"),
    ("-\n- a", "- a"),
    ("| a | **b** |\n|---|---|\n| 1 | $x$ |\n\nend", "a | b\n1 | x\n\nend"),
    ("```py\nif x:\n\n    y\n```\n\n    z\n", "if x:\n\n    y\n\nz"),
    ("- a\n\n  ```\n  b\n  c\n  ```\n", "- a\n  b\n  c"),
    ("so $x_1$, \\(y\\)\n\n$$\nz\n$$\n\n> q\n\n---\n\nr", "so x_1, y\n\nz\n\nq\n\nr"),
    ("a <b>c</b><br>d <!-- e --> f", "a c\nd  f"),
    ("<div>\n<p>a &lt;</p><p title='>'>b</p>\n</div>", "a <\nb"),
    ("", ""),
    ("&nbsp;", ""),
]


@pytest.mark.parametrize(("markdown", "text"), TEXTS)
def test_plain_text(markdown: str, text: str) -> None:
    assert render_text(markdown) == text


@pytest.mark.parametrize(
    ("markdown", "length", "expected"),
    [
        ("# Title\n\nFirst *sentence*. Second one.", 100, "First sentence. Second one."),
        ("One two three four.", 19, "One two three four."),
        ("One two three four.", 18, "One two three…"),
        ("One two three four.", 14, "One two three…"),
        ("One two three four.", 13, "One two…"),
        ("One, two three", 8, "One…"),
        ("A first sentence. And more words follow", 25, "A first sentence."),
        ("A first sentence. And more words follow", 38, "A first sentence. And more words…"),
        ("Version 1.25 of the text is out", 13, "Version 1.25…"),
        ("He said “stop.” Then left", 17, "He said “stop.”"),
        ("```\ncode\n```\n\n| a |\n|-|\n| b |\n\nprose $x$\n\n- item", 50, "prose x item"),
        ("# Only\n\n```\ncode\n```", 50, "Only code"),
        ("It is\n\n$$\nE = mc^2\n$$\n\nhere", 50, "It is E = mc^2 here"),
        ("[a][b] c\n\n" + "d " * 3000 + "\n\n[b]: /x", 5, "a c…"),
        ("x" * 30, 10, "xxxxxxxxx…"),
        ("这是第一句话。这是第二句话。", 9, "这是第一句话。"),
        ("e\u0301" * 10, 8, "e\u0301" * 3 + "…"),
        ("e\u0301" * 10, 7, "e\u0301" * 3 + "…"),
        ("\U0001f468\u200d\U0001f469" * 4, 6, "\U0001f468\u200d\U0001f469…"),
        ("word", 1, "…"),
        ("word", 0, ""),
        ("", 10, ""),
    ],
)
def test_excerpt(markdown: str, length: int, expected: str) -> None:
    assert excerpt(markdown, length) == expected


def test_excerpt_of_negative_length() -> None:
    with pytest.raises(ValueError, match="length"):
        excerpt("a", -1)


@given(st.text(max_size=300), st.integers(0, 60))
def test_excerpt_is_one_short_line(markdown: str, length: int) -> None:
    text = excerpt(markdown, length)
    assert len(text) <= length
    assert not re.search(r"\s\s|[\n\r]", text)


def test_excerpt_reads_no_more_than_it_needs() -> None:
    started = time.process_time()
    assert excerpt("Some words in a row. " * 100 + "\n\n" + "*a* [b](c)\n\n" * 20_000).startswith(
        "Some words"
    )
    assert time.process_time() - started < 5


def test_renderers_are_loaded_when_they_are_needed() -> None:
    program = "import sys, graph.text; sys.exit(bool({'markdown_it', 'nh3'} & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
