r"""Turn Markdown into sanitised HTML, plain text, excerpts and reading times.

The Markdown is CommonMark with GFM's tables and strikethrough, and with TeX formulas between ``$``, ``$$``,
``\(`` … ``\)`` and ``\[`` … ``\]``. Formulas are marked up for a typesetter on the reader's side, such as
KaTeX or MathJax, and their TeX is left alone.

markdown-it-py and nh3 are imported when they are first needed, so that a program that renders nothing starts
without them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from html import unescape
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from .formulas import add_formulas

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token
    from nh3 import Cleaner

__all__ = ["excerpt", "render_html", "render_text"]


def _align_cells(state: StateCore) -> None:
    """Markdown rule: say a column's alignment in an attribute, since no style gets through the sanitiser."""
    for token in state.tokens:
        style = token.attrs.pop("style", None) if token.type in {"th_open", "td_open"} else None
        if isinstance(style, str):
            token.attrs["align"] = style.removeprefix("text-align:")


_RUN = re.compile(r"\${3,}+|(?:!?\[){30,}+")


def _run(state: StateInline, silent: bool) -> bool:
    """Markdown rule: more dollars than a formula has are text, and many brackets, which take long to try."""
    run = _RUN.match(state.src, state.pos, state.posMax)
    if run is None:
        return False
    if not silent:
        state.pending += run[0]
    state.pos = run.end()
    return True


# Elements that nest. The others hold no elements or end where the next of their kind starts.
_NESTING = re.compile(r"<(/?)(?!(?:area|br|col|dd|dt|hr|img|input|li|p|td|th|tr|wbr)\b)[A-Za-z]")
_DEEPEST_HTML = 200


def _limit_raw_html(state: StateCore) -> None:
    """Markdown rule: show raw HTML as text if it nests deeply, for the time that takes an HTML parser."""
    raw = [
        token
        for block in state.tokens
        for token in (block, *(block.children or ()))
        if token.type in {"html_block", "html_inline"}
    ]
    depth = 0
    for token in raw:
        for tag in _NESTING.finditer(token.content):
            depth = max(0, depth - 1) if tag[1] else depth + 1
            if depth > _DEEPEST_HTML:
                for shown in raw:
                    shown.type = "text"
                return


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    add_formulas(parser)
    parser.inline.ruler.before("formula", "run", _run)
    parser.core.ruler.push("align_cells", _align_cells)
    parser.core.ruler.push("limit_raw_html", _limit_raw_html)
    parser.render("")  # the rules are compiled by the first use; done here, threads share them ready-made
    return parser


# ---- HTML ------------------------------------------------------------------------------------------------

_TAGS = """
a abbr b blockquote br caption cite code dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr i
img ins kbd li mark ol p pre q s samp small span strong sub summary sup table tbody td tfoot th thead tr u ul
var
"""
_ATTRIBUTES = {
    "a": {"href", "title"},
    "abbr": {"title"},
    "code": {"class"},
    "details": {"open"},
    "div": {"class"},
    "img": {"alt", "height", "src", "title", "width"},
    "ol": {"start"},
    "span": {"class"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan"},
}
# What these hold is no text for readers, or is parsed by other rules than HTML's.
_HIDDEN_TAGS = "embed iframe math noembed noframes noscript object script select style svg template xmp"
_HIDDEN = frozenset(_HIDDEN_TAGS.split())
_SCHEMES = {"http", "https", "mailto"}
_LANGUAGE = re.compile(r"language-[\w+#.-]{1,50}")
_FORMULA_CLASSES = {"div": {"math display"}, "span": {"math display", "math inline"}}
_UNSEEN = re.compile(r"[\x00-\x20]+")


def _allowed_value(tag: str, attribute: str, value: str) -> str | None:
    """Decide on an attribute that the allow-list names: None removes it."""
    if attribute == "class":
        known = _LANGUAGE.fullmatch(value) if tag == "code" else value in _FORMULA_CLASSES.get(tag, ())
        return value if known else None
    if attribute == "src" and _UNSEEN.sub("", value).lower().startswith("mailto:"):
        return None
    return value


@cache
def _cleaner() -> Cleaner:
    from nh3 import Cleaner

    return Cleaner(
        tags=set(_TAGS.split()),
        clean_content_tags=set(_HIDDEN),
        attributes=_ATTRIBUTES,
        attribute_filter=_allowed_value,
        url_schemes=_SCHEMES,
        link_rel="nofollow noopener noreferrer",
    )


def render_html(markdown: str) -> str:
    r"""Render Markdown as HTML that is safe to put into a page.

    Parameters
    ----------
    markdown
        CommonMark with tables, strikethrough and formulas.

    Returns
    -------
    str
        HTML of an allow-list of elements and attributes: no script, style, frame, form, event handler or id;
        links by ``http``, ``https`` and ``mailto``, images by ``http`` and ``https``, both also relative.
        Links say ``rel="nofollow noopener noreferrer"``: who wrote an article gets neither the site's word in
        search engines nor the reader's window nor the address the reader came from. A formula is
        ``<span class="math inline">``, ``<div class="math display">`` or, in the middle of a paragraph,
        ``<span class="math display">``, with its TeX as the text. Raw HTML that nests deeper than 200
        elements is shown as text.
    """
    return _cleaner().clean(_parser().render(markdown))


# ---- plain text ------------------------------------------------------------------------------------------

_HTML = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<end>/?)(?P<name>[A-Za-z][\w-]*)(?:[^>\"']|\"[^\"]*\"|'[^']*')*+>?", re.DOTALL
)
_LINE_TAGS = re.compile(
    r"address|article|blockquote|br|d[dlt]|div|h[1-6]|hr|[ou]l|li|p|pre|section|table|t[rdh]"
)


_LINE_BREAKS = re.compile(r"\s*\n\s*")


class _PlainText:
    """What a reader sees of parsed Markdown, as lines of text."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._hidden = ""  # the element whose content is not shown
        self._items: list[int | None] = []  # per open list, the next number; None for bullets
        self._marker = ""
        self._row: list[str] = []
        self._rows: list[str] = []
        self._cell = False
        self._in_list = False  # the block before is part of the list that is open

    def render(self, tokens: Sequence[Token]) -> str:
        """Return the text of a document."""
        for token in tokens:
            kind = token.type
            if kind == "inline":
                text = self.inline(token.children or ())
                if self._cell:
                    self._row.append(text.replace("\n", " "))
                else:
                    self._block(text)
            elif kind in {"fence", "code_block", "formula_block"}:
                self._block("" if self._hidden else token.content.rstrip("\n"))
            elif kind == "html_block":
                self._block(_LINE_BREAKS.sub("\n", self.raw(token.content)))
            elif kind == "text":  # raw HTML that nests too deeply
                self._block(token.content)
            elif kind.endswith(("list_open", "list_close", "item_open")):
                self._list(token)
            elif kind.startswith("t"):
                self._table(kind)
        return "".join(self._text)

    def inline(self, tokens: Sequence[Token]) -> str:
        """Return the text of a paragraph, a heading or a table cell."""
        pieces = []
        for token in tokens:
            kind = token.type
            if kind == "html_inline":
                pieces.append(self.raw(token.content))
            elif self._hidden:
                continue
            elif kind == "softbreak":
                pieces.append(" ")
            elif kind == "hardbreak":
                pieces.append("\n")
            elif kind == "image":
                pieces.append(self.inline(token.children or ()))
            else:
                pieces.append(token.content)
        return "".join(pieces)

    def raw(self, html: str) -> str:
        """Return the text of raw HTML, which may open or close an element whose content is not shown."""
        pieces: list[str] = []
        done = 0
        for tag in _HTML.finditer(html):
            if not self._hidden:
                pieces.append(unescape(html[done : tag.start()]))
            done = tag.end()
            name = (tag["name"] or "").lower()
            if self._hidden:
                self._hidden = "" if tag["end"] and name == self._hidden else self._hidden
            elif name in _HIDDEN and not tag["end"]:
                self._hidden = name
            elif _LINE_TAGS.fullmatch(name):
                pieces.append("\n")
        if not self._hidden:
            pieces.append(unescape(html[done:]))
        return "".join(pieces)

    def _list(self, token: Token) -> None:
        if token.type.endswith("list_open") and not self._items:
            self._in_list = False
        if token.type == "bullet_list_open":
            self._items.append(None)
        elif token.type == "ordered_list_open":
            self._items.append(int(token.attrs.get("start", 1)))
        elif token.type.endswith("list_close"):
            self._items.pop()
        else:
            number = self._items[-1]
            self._marker = "- " if number is None else f"{number}. "
            self._items[-1] = None if number is None else number + 1

    def _table(self, kind: str) -> None:
        if kind in {"th_open", "td_open"}:
            self._cell = True
        elif kind in {"th_close", "td_close"}:
            self._cell = False
        elif kind == "tr_close":
            self._rows.append(" | ".join(self._row).strip())
            self._row = []
        elif kind == "table_close":
            self._block("\n".join(self._rows))
            self._rows = []

    def _block(self, text: str) -> None:
        lines = [line.rstrip() for line in text.strip("\n").split("\n")]
        if not any(lines):
            return
        depth = len(self._items)
        if self._text:
            self._text.append("\n" if depth and self._in_list else "\n\n")
        hanging = "  " * depth
        first = "  " * (depth - 1) + self._marker + lines[0].lstrip() if self._marker else hanging + lines[0]
        self._text.append("\n".join([first, *(hanging + line if line else "" for line in lines[1:])]))
        self._marker = ""
        self._in_list = depth > 0


def render_text(markdown: str) -> str:
    """Render Markdown as plain text, for searching and for whatever shows no markup.

    Parameters
    ----------
    markdown
        CommonMark with tables, strikethrough and formulas.

    Returns
    -------
    str
        Paragraphs with a blank line between them, each on one line. An item of a list starts a line with
        ``- `` or its number, two spaces deeper in a list in a list. The cells of a table's row are joined by
        `` | ``. Code stays as it is, a formula is its TeX without the delimiters, an image its alternative
        text, a link its text. Of raw HTML the text remains, save what scripts, styles and the like hold.
    """
    return _PlainText().render(_parser().parse(markdown))


# ---- excerpts --------------------------------------------------------------------------------------------

_DEFINITION = re.compile(r"^ {0,3}\[[^\[\]\n]+\]:.*$", re.MULTILINE)
_SENTENCE_END = re.compile(r"[.!?…。！？]+[\"')\]\u201d\u2019»]*(?=\s|\Z)|[。！？]")  # noqa: RUF001 (CJK punctuation)


_MOST_DEFINITIONS = 100
_FARTHEST = 20_000  # characters that are searched for a paragraph


def _head(markdown: str, size: int) -> str:
    """Return the blocks at the start of `markdown`, about `size` characters, with all link definitions."""
    if len(markdown) <= size:
        return markdown
    end = markdown.rfind("\n\n", size // 2, size)
    end = size if end < 0 else end
    definitions = _DEFINITION.finditer(markdown, end) if "]:" in markdown else ()
    return "\n\n".join([markdown[:end], *(line[0] for line in islice(definitions, _MOST_DEFINITIONS))])


def _paragraphs(tokens: Sequence[Token]) -> Iterator[str]:
    """Yield the text of the paragraphs, and of the displayed formulas between them."""
    text = _PlainText()
    for before, token in pairwise(tokens):
        if token.type == "inline" and before.type == "paragraph_open":
            yield text.inline(token.children or ())
        elif token.type == "formula_block":
            yield token.content
        elif token.type == "html_block":
            text.raw(token.content)


def _cut(text: str, length: int) -> str:
    """Cut `text` to `length` characters: at the end of a sentence, of a word, or at least of a letter."""
    if len(text) <= length:
        return text
    ends = [
        end.end() for end in _SENTENCE_END.finditer(text, length * 2 // 3, length + 1) if end.end() <= length
    ]
    if ends:
        return text[: ends[-1]]
    at = length - 1
    space = text.rfind(" ", at // 2, at + 1)
    if space > 0:
        at = space
    else:
        while at and (unicodedata.combining(text[at]) or text[at] in _JOINING or text[at - 1] == "\u200d"):
            at -= 1
    return text[:at].rstrip(" ,;:-–—(") + "…"  # noqa: RUF001 (dashes)


# Zero-width joiner, variation selectors, skin tones: they belong to the character before them.
_JOINING = {"\u200d", "\ufe0e", "\ufe0f", *map(chr, range(0x1F3FB, 0x1F400))}


def excerpt(markdown: str, length: int = 200) -> str:
    """Return the first sentences of Markdown as plain text on one line.

    Paragraphs are taken, also those of lists. Headings, tables and code are left out, unless there is nothing
    else in the first 20,000 characters. No more of the text is parsed than the excerpt needs.

    Parameters
    ----------
    markdown
        CommonMark with tables, strikethrough and formulas.
    length
        The most characters that the excerpt may have.

    Returns
    -------
    str
        Text that ends with a sentence if one does in its last third; else with a word and "…", which counts.

    Raises
    ------
    ValueError
        If `length` is negative.
    """
    if length < 0:
        raise ValueError(f"length must not be negative: {length}")
    if not length:
        return ""
    size = max(1000, 3 * length)
    while True:
        head = _head(markdown, size)
        pieces: list[str] = []
        taken = 0
        for paragraph in _paragraphs(_parser().parse(head)):
            pieces += paragraph.split()
            taken += len(paragraph)
            if taken > 2 * length:
                break
        text = " ".join(pieces)
        if len(text) > length or len(markdown) <= size or size > _FARTHEST + 3 * length:
            break
        size *= 4
    return _cut(text or " ".join(render_text(markdown[: 20 * length + 1000]).split()), length)
