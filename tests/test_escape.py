r"""Text written with ``\n`` for line breaks becomes text with line breaks, and its LaTeX survives."""

import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graph.escape import is_formula, unescape

PROSE = [
    (r"One.\nTwo.", "One.\nTwo."),
    (r"One.\n\nTwo.", "One.\n\nTwo."),
    (r"\n\nfirst and last\n", "\n\nfirst and last\n"),
    (r"# Title\n\n- a\n- b\n  1. c\n", "# Title\n\n- a\n- b\n  1. c\n"),
    (r"| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n|---|---|\n| 1 | 2 |"),
    (r"> quoted\n> more", "> quoted\n> more"),
    (r"d) Tin  \ne) Silicon", "d) Tin  \ne) Silicon"),
    (r"h) x\ni) first\nj) y", "h) x\ni) first\nj) y"),
    (r"Then:\nmid-term\nless is more\nexists\nu-shaped", "Then:\nmid-term\nless is more\nexists\nu-shaped"),
    (r"all:\nparallel lines\nsim cards\nnode\nor", "all:\nparallel lines\nsim cards\nnode\nor"),
    (r"Here:\new kids", "Here:\new kids"),
    # No English word starts so: these are commands wherever they stand.
    (r"the signs \neq and \notin, \nabla too", None),
    (r"bare a \nleq b and p \not= q, \not\equiv", None),
    (r"a line\nabla bla", None),
    (r"that is\not much", "that is\not much"),
    (r"Hungarian\negészség", "Hungarian\negészség"),
    (r"a word\nnegation", "a word\nnegation"),
    # Only breaks are escaped.
    (r"a\tb \text \times \r \\ \$ \u00e9", None),
    ("tab\tkept\\nnext", "tab\tkept\nnext"),
    (r"a hard break\\nnext line", "a hard break\\\nnext line"),
    (r"three\\\nnext", "three\\\\\nnext"),
    (r"write \\n for a break, or '\\n'.", None),
    # Windows paths.
    (r"in C:\Users\name\Documents\nThen", "in C:\\Users\\name\\Documents\nThen"),
    (r"open C:\new or C:\temp\new.txt", None),
    (r"At:\nC:\names\n", "At:\nC:\\names\n"),
    (r"run C:\nmap\bin\run.exe", None),
    (r"on \\nas01\share now", None),
    (r"Vitamin C:\nfound in fruit", "Vitamin C:\nfound in fruit"),
    # Indented code.
    (
        r"""Do:\n\n    printf("%d\n", x);\n    f('\n');\n""",
        "Do:\n\n    printf(\"%d\\n\", x);\n    f('\\n');\n",
    ),
    (r'He said:\n"Yes", and left', 'He said:\n"Yes", and left'),
    # Money, shell variables, stray delimiters: no formulas, so these are words.
    (r"costs $5\ni) then $10", "costs $5\ni) then $10"),
    (r"between $5 million\nu and $7 for the firm", "between $5 million\nu and $7 for the firm"),
    (r"from $HOME\nmid to $PATH", "from $HOME\nmid to $PATH"),
    (r"pay $5\n\nni $6", "pay $5\n\nni $6"),
    (r"\$5\ni) and 6\$", "\\$5\ni) and 6\\$"),
    (r"open \( and \ni) more", "open \\( and \ni) more"),
    (r"a $$ b\nu\n\n## H\n\ntext\nmid\n\nc $$ d", "a $$ b\nu\n\n## H\n\ntext\nmid\n\nc $$ d"),
]

FORMULAS = [
    (r"$a \ne b$", None),
    (r"$a \neq b$, $\neg p$, $\nabla f$, $x \notin A$", None),
    (r"$ \nu $ and \(\nu\) and $T^{\mu\nu}$, $\nu_1$", None),
    (r"$a \nmid b$ $\nexists x \ni y$ $\nearrow \nwarrow$", None),
    (r"\( a \nleq b \ngeq c \nsubseteq d \nparallel e \ncong f \nprec g \nless h \nvdash i \nsim j \)", None),
    (r"$\norm{x} \num{5} \nicefrac{1}{2} \natural \not\equiv$", None),
    (r"\[\nolimits \nobreak \normalsize \newline \notag \nonumber\]", None),
    (r"$$\nu = 1$$", None),
    (r"$$\nRightarrow \nVdash$$", None),
    (r"H$_2$O \ne nothing, $\ne$", "H$_2$O \ne nothing, $\\ne$"),
    (r"the $n$th \ni, $a \ni b$", "the $n$th \ni, $a \\ni b$"),
    # A break and a variable.
    (r"Then:\n$$\nx = 3\n$$\nwhere", "Then:\n$$\nx = 3\n$$\nwhere"),
    (r"$$\nx^2\n$$", "$$\nx^2\n$$"),
    (r"$$\nu(t) = K e(t)\n$$", "$$\nu(t) = K e(t)\n$$"),
    (r"   $$\nu = 1\n   $$", "   $$\nu = 1\n   $$"),
    (r"$$\n\nu = 1\n$$", "$$\n\\nu = 1\n$$"),
    (r"$$\nE = h\nu\n$$", "$$\nE = h\\nu\n$$"),
    (r"$$\n\nabla f = 0\n$$", "$$\n\\nabla f = 0\n$$"),
    (r"\[\ne^{x} = y\n\]", "\\[\ne^{x} = y\n\\]"),
    (r"$$\nabla f\n$$", "$$\\nabla f\n$$"),
    (r"$x\ny$", "$x\ny$"),
    # Rows.
    (r"$$\n1 & 2 \\\n3 & 4 \\\n\end{matrix}$$", "$$\n1 & 2 \\\\\n3 & 4 \\\\\n\\end{matrix}$$"),
    (
        r"$$\begin{pmatrix}\nu_1 \\\nu_2\n\end{pmatrix}\n$$",
        "$$\\begin{pmatrix}\nu_1 \\\\\nu_2\n\\end{pmatrix}\n$$",
    ),
    (r"$\begin{pmatrix}\mu\\\nu\end{pmatrix}$", None),
    (r"$$\na &= b \\\neq c\n$$", "$$\na &= b \\\\\\neq c\n$$"),
    (
        r"$$\nf = \n\begin{cases}\nx\n\end{cases}\n$$",
        "$$\nf = \n\\begin{cases}\nx\n\\end{cases}\n$$",
    ),
    (r"$m \\n & 0$", None),
    (r"$$\n1 & 2 \\n3 & 4\n$$", "$$\n1 & 2 \\\n3 & 4\n$$"),
    (r"$$\n1 & m \\n & 0\n$$", "$$\n1 & m \\\\n & 0\n$$"),
    # Blank lines, lists, environments.
    (r"$$\n\n\nu = x\n\n$$", "$$\n\n\\nu = x\n\n$$"),
    (r"\[\n\n\alpha \ni b\]", "\\[\n\n\\alpha \\ni b\\]"),
    (r"$$\na\n\nb\nu\n$$", "$$\na\n\nb\\nu\n$$"),
    (r"1. a\n   $$\n   E = h \nu\n   $$\n   b", "1. a\n   $$\n   E = h \\nu\n   $$\n   b"),
    (r"\begin{align}\na &\nmid b\n\end{align}\nmid", "\\begin{align}\na &\\nmid b\n\\end{align}\nmid"),
    (r"$5 \ne 6$ and \$7 and $\nu$", None),
    (r"$\text{cost \$5} \nu$", None),
]

# What the text is to become; it is escaped by writing its line breaks as "\n".
CODE = [
    '```c\nprintf("x = %d\\n", x);\nf();\n```\nend',
    "```\nputs(\"a\\nb\\n\\n\");\nputs('\\n');\n```",
    '```py\nprint(f"{a[\'k\']}\\n", rb"\\n", u8"\\n")\n```',
    "```py\n# don't\nx = 'a\\n'\n# it's 'fine'\ny = 'b'\n```",
    "```\nusers' don't and\n'tis\n'twas 5' 6'\n```",
    "```py\n# the ' mark\nx = ' '\n```",
    '```py\n"""Don\'t.\n\nIt\'s "x\n"""\ny = "\\n"\n```',
    '```\nx = "unclosed\nprint("hi\\n")\n```',
    '```c\nputs("say \\"hi\\"\\n");\nputs("\\\\n");\n```',
    '```js\ns.split(/\\r?\\n/).join("\\n")\n// a / b\nx = a / b\n```',
    "```sh\nsed 'N;s/\\n/ /' f\ntr '\\n' ' '\ncat $HOME/x\n```",
    "```sh\ncurl -d '{\n  \"a\": 1\n}' u\nawk '{\n  print\n}' f\n```",
    "```sh\ndocker run \\\n  -p 80\n```",
    "```\n H   OH\n  \\ /\n   C\n  / \\\n C   C\n```",
    "```\n .--'\n    '--.\n\n```",
    "```scheme\n(f '(a b)\n   'c)\n(display #\\newline)\n```",
    "```vb\n' one\nDim x\n' two\n```",
    "```rust\nfn f<'a>(x: &'a str)\nfn g<'b>()\n```",
    "~~~\nx\nu\n~~~\n\nnext\nmid",
    '- a\n\n  ```py\n  x = "\\n"\n  nu\n  ```\n- b',
    "- ```py\n  x = 1\n  ```\n",
    "> ```\n> not $a\n> ne\n> ```\n",
    "````\n```\nu\n```\n````\nend",
    '````\n```\nx = "\\n"\n```\n````\nend',
    "```\nunclosed $x\nu\neq = 5",
    "```py\nx = symbols('x')\neq = Eq(x, 1)\neq.subs(x)\nneg: 1\n```",
    "```\nif a \\neq b then\n  p \\neg q\n```",
    "```latex\n\\[ \\nabla \\nu \\]\n\\noindent Text\n\\newcommand{x}\n```",
    "```\n\\begin{equation}\n\\nabla f = \\nu\n\\end{equation}\n```",
    "```http\nHost: x\\r\\n\nA: b\\r\\n\n```",
    "```\ncd C:\\nmap\\bin\nC:\\Users\\name\n```",
    'Use `\\n`, `"\\n"`, `a\\nb` or `\\n\\n`.\nThen `x`.',
    'Split by `"\\n\\n"` and ``a`\\n``.\n\nnext',
    "Kaho`olawe\n\nand Hawai`i\nu",
    "`$a`\nu `b$`\ni) x",
    "see ```x = 1\ny = 2``` there\n",
    "a ` b\n- c ` d\n",
]


@pytest.mark.parametrize(("escaped", "expected"), PROSE + FORMULAS)
def test_breaks_are_decoded_and_commands_survive(escaped: str, expected: str | None) -> None:
    assert unescape(escaped) == (escaped if expected is None else expected)


@pytest.mark.parametrize("text", CODE)
def test_code_keeps_the_escapes_of_its_literals(text: str) -> None:
    assert unescape(text.replace("\n", "\\n")) == text


@pytest.mark.parametrize("text", ["", "plain", r"\nu $\nu$" + "\n", "a\\nb\r\nc", "\r\\n", r"\x \y \\"])
def test_text_that_is_not_escaped_stays(text: str) -> None:
    assert unescape(text) == text


PIECES = [
    *(
        "\\n",
        "\\nu",
        "\\neq",
        "\\",
        "\\\\",
        "$",
        "$$",
        "\\(",
        "\\)",
        "\\[",
        "\\]",
        "`",
        "```",
        "~~~",
        '"',
        "'",
    ),
    *(
        "\n",
        "\r",
        " ",
        "  ",
        "a",
        "5",
        "- ",
        "> ",
        "#",
        "//",
        "\\begin{align}",
        "\\end{align}",
        "C:",
        "é",
        "&",
        "|",
        "=",
    ),
]
TEXTS = st.one_of(st.text(), st.lists(st.sampled_from(PIECES), max_size=40).map("".join))


@given(TEXTS)
@example("\\\\n")
@example("$$\\nu\\n$$")
def test_decoding_twice_is_decoding_once(text: str) -> None:
    decoded = unescape(text)
    assert unescape(decoded) == decoded


@given(TEXTS)
def test_nothing_but_breaks_is_changed(text: str) -> None:
    decoded = unescape(text)
    rest = iter(re.findall(r"\\n|.", text, re.DOTALL))
    at = 0
    for piece in rest:
        if piece == "\\n" and decoded.startswith("\n", at):
            at += 1
        elif piece == "\\n" or decoded.startswith(piece, at):
            assert decoded.startswith(piece, at)
            at += len(piece)
    assert at == len(decoded)


LINES = st.lists(st.from_regex(r"[A-Z0-9 .#*|>-][a-z0-9 .]{0,20}", fullmatch=True), min_size=2)


@given(LINES)
def test_lines_of_words_come_back(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert unescape("\\n".join(lines)) == text


HOSTILE = {
    "backslashes": "\\" * 100_000,
    "breaks": "\\n" * 50_000,
    "commands": "$$" + "\\nu" * 33_000 + "\\n$$",
    "dollars": "$" * 100_000,
    "open formulas": "$a " * 33_000,
    "open display formulas": "$$ \\n\\n" * 15_000,
    "open parentheses": "\\(" * 50_000,
    "escaped ends": "\\( \\\\) " * 14_000,
    "open formulas among quotes": '$"' * 50_000,
    "parentheses far from their end": "\\( \\n\\n" * 14_000 + "\\)",
    "rows": "$$" + "\\\\\\nu" * 20_000 + "\\n$$",
    "backticks": "`" * 100_000,
    "backticks in paragraphs": "`a\\n\\n" * 16_000,
    "backtick runs": "".join("`" * size + " " for size in range(1, 440)),
    "backtick runs and blank lines": "".join("`" * size + "\\n\\n" for size in range(1, 300)) * 2,
    "fences": "\\n```" * 20_000,
    "fences that do not close": "\\n````" + "\\n```" * 20_000,
    "double quotes": "```\\n" + '"' * 100_000,
    "single quotes": "```\\n" + " '" * 50_000,
    "mixed quotes": "```\\n" + ' \' " "' * 15_000,
    "triple quotes": "```\\n" + "'''\"\"\"" * 15_000,
    "slashes": "```\\n" + "(/a" * 33_000,
    "path": "C:" + "\\a\\nx" * 20_000,
    "path of n": "C:" + "\\nx" * 33_000,
    "environments": "\\begin{align}" * 7_000,
    "spaces": "\\n" + " " * 100_000 + "\\n",
    "price": "$5" + "aa " * 33_000 + "$",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_text_takes_linear_time(name: str) -> None:
    text = HOSTILE[name] + "\\n"  # without an escaped break, there is nothing to decode
    started = time.process_time()
    decoded = unescape(text)
    # About 0.1 s at most; anything quadratic in 100,000 characters takes several seconds.
    assert time.process_time() - started < 10
    assert unescape(decoded) == decoded


@pytest.mark.parametrize(
    ("content", "before", "after", "expected"),
    [
        ("x", "", "", True),
        (" x ", " ", ".", True),
        ("n", "", "th ", True),
        ("_2", "H", "O", True),
        ("\\times", "5", "3", False),
        ("\\times", "5", " 3", True),
        ("5 and ", " ", "10", False),
        ("5 and", " ", "10", False),
        ("5 million for the firm", "", "", False),
        ("5 kg", "", "", True),
        ("HOME/", " ", "USE", False),
        ("x", "a", "", False),
        (" ", "", "", False),
        (" to ", " ", "$$", False),
        ("x ", "", "", False),
    ],
)
def test_formulas_are_told_from_prices(content: str, before: str, after: str, expected: bool) -> None:
    assert is_formula(content, before, after) is expected
