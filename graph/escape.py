r"""Decode text in which the two characters ``\n`` stand for a line break.

A front matter line such as ``answer: >-`` keeps a whole article on one line: each of its line breaks was
written as a backslash and an ``n``, and nothing else was escaped. LaTeX commands such as ``\nabla`` and
``\neq`` start with the same two characters, so every pair is judged by what it stands in: prose, code or a
formula.

The decoder makes one pass. It finds code and formulas where CommonMark and TeX would find them and hands each
stretch to the rules of its kind. Where a construct ends is looked up once, which keeps hostile input linear.
"""

from __future__ import annotations

import re
from bisect import bisect_left

__all__ = ["ENVIRONMENTS", "is_formula", "unescape"]

# Control words that start with n, from LaTeX, amsmath, amssymb, unicode-math and the packages that KaTeX and
# MathJax know. TeX takes the whole run of letters, so \nx is none of them: it is a break and the variable x.
# What follows the n of these is no word of any text, so they are commands in prose, too ...
_UNMISTAKABLE_WORDS = """
    nLeftarrow nLeftrightarrow nRightarrow nVDash nVdash nabla nameref nasymp natural ncong nearrow neg
    negmedspace negthickspace negthinspace neq nequiv newcommand newcounter newenvironment newif
    newlength newline newpage newtheorem ngeq ngeqq ngeqslant ngtr ngtrless ngtrsim nicefrac nleftarrow
    nleftrightarrow nleq nleqq nleqslant nlessgtr nlesssim noalign nobreak nobreakdash nobreakspace
    nocite noexpand noindent nointerlineskip nolimits nolinebreak nonfrenchspacing nonumber nopagebreak
    normalcolor normalfont normalsize notag notin notni nprec npreceq nrightarrow nshortmid
    nshortparallel nsimeq nsqsubseteq nsqsupseteq nsubseteq nsubseteqq nsucc nsucceq nsupset nsupseteq
    nsupseteqq ntriangleleft ntrianglelefteq ntriangleright ntrianglerighteq null nulldelimiterspace
    numberwithin numlist numproduct numrange nvDash nvdash nwarrow
"""
_UNMISTAKABLE = frozenset(_UNMISTAKABLE_WORDS.split())
# ... while these leave a word, a list letter or an abbreviation ("mid-term", "e)", "approx."): commands in
# formulas only.
_WORDLIKE_WORDS = "napprox ne nexists ni nless nmid node nodes norm not nparallel nsim nsubset nu num"
_WORDLIKE = frozenset(_WORDLIKE_WORDS.split())
_COMMANDS = _UNMISTAKABLE | _WORDLIKE
# Even in a formula, these may be a break and a variable.
_VARIABLES = frozenset({"ne", "ni", "nu"})


def _any(words: frozenset[str]) -> str:
    """Return a pattern for what follows the ``n`` of one of `words`."""
    return "(?:" + "|".join(sorted(word[1:] for word in words)) + ")"


# ---- prose -----------------------------------------------------------------------------------------------

# A word ends where no letter follows, an accented one included: "\negészség" is a break and a Hungarian word.
# "\not" is a command in prose, too, before the relation that it negates.
_TAIL = rf"(?:{_any(_UNMISTAKABLE)}(?![^\W\d_])|ot[ ]*[\\=<>])"
# A Windows path: "\n…" is a folder if the path goes on behind it or the name is one that only folders have.
_PATH = (
    r"(?:(?:(?<![^\W\d_])|(?<=\\n))[A-Za-z]:(?:\\(?!n)[\w.~-]++|\\n[\w.~-]++(?=\\(?!n)\w)"
    r"|\\n(?:ame|ames|ew|ewfolder|etwork|ginx|ode_modules|odejs|otepad|otes|umpy|vidia)(?!\w))++"
    r"|(?<![^\s(])\\\\n[\w.-]++(?=\\\w))"
)
# A backslash before the pair is a hard line break ("first\" at the end of a line), unless the three
# characters stand apart like a word: then they are Markdown for a visible "\n".
_SHOWN = r"""(?:(?<=[\s("'\u201c\u2018\[])|\A)\\\\n(?=[\s"'\u201d\u2019)\],.;:!?]|\Z)(?!  )"""
# A line of indented code cannot be told from a list's, but no line of prose starts with a quotation mark and
# a closing bracket, as the pair in printf("%d\n") would have it.
_CODE = r"""["'][),;]"""
_PROSE_WORD = re.compile(r"""\\n[a-z"']""")
_PROSE = re.compile(rf"({_PATH}|{_SHOWN}|\\\\n{_TAIL})|\\n(?!{_TAIL}|{_CODE})")


def _decode_prose(text: str) -> str:
    r"""Decode prose: every pair is a break, save in unmistakable commands, paths and a shown ``\n``."""
    if "\\\\n" in text or _PROSE_WORD.search(text):
        return _PROSE.sub(lambda match: match[1] or "\n", text)
    return text.replace("\\n", "\n")


# ---- formulas --------------------------------------------------------------------------------------------

_FORMULA_PAIR = re.compile(r"(?<!\\)(\\*)\\n([A-Za-z]*)")
_AFTER_VARIABLE = re.compile(r"[ ]?[&_^!=]")
_ROW_START = re.compile(r"(?:\\begin\{\w+\*?\}(?:\{[^{}]*\}|\[[^\[\]]*\])?|\\hline|\\\\)[ \t]*\Z")
_ROW_START_SPAN = 80  # characters looked at before a pair; a limit keeps the search linear


def _decode_formula(text: str, *, display: bool) -> str:
    r"""Decode a formula: a pair that starts a known command stays, every other pair is a break.

    ``\nu``, ``\ni`` and ``\ne`` may also be a break and a variable. They are that at the start of a row
    (after ``\\``, ``\begin{…}`` or ``\hline``) of a formula that has other breaks, and at the start of a
    displayed formula whose end stands on a line of its own, since then its start does, too.
    """
    if "\\n" not in text:
        return text
    start = len(text) - len(text.lstrip(" \t"))
    closed_on_own_line = display and text.rstrip(" \t>").endswith("\\n")
    pairs = _FORMULA_PAIR.finditer(text)
    broken = any(len(pair[1]) % 2 == 0 and "n" + pair[2] not in _COMMANDS for pair in pairs)

    def starts_row(at: int) -> bool:
        if at <= start:
            return closed_on_own_line
        return broken and _ROW_START.search(text[max(0, at - _ROW_START_SPAN) : at]) is not None

    def decode(pair: re.Match[str]) -> str:
        backslashes, letters = pair.groups()
        if len(backslashes) % 2:
            # "\\n" is the row end \\ and a variable n, or a row end that lost its second backslash.
            variable = not broken or _AFTER_VARIABLE.match(text, pair.end())
            return pair[0] if variable else f"{backslashes}\n{letters}"
        command = "n" + letters
        if command in _COMMANDS and not (command in _VARIABLES and starts_row(pair.end(1))):
            return pair[0]
        return f"{backslashes}\n{letters}"

    return _FORMULA_PAIR.sub(decode, text)


# ---- code ------------------------------------------------------------------------------------------------

_TEX = frozenset({"katex", "latex", "math", "mathjax", "tex", "tikz"})
_UNTAGGED = frozenset({"", "markdown", "md", "plaintext", "text", "txt"})
_LOOKS_TEX = re.compile(r"\\(?:begin\{|documentclass|frac\{|usepackage|mathbf\{|sum_)")
_NO_SINGLE_QUOTES = frozenset({"basic", "clojure", "elisp", "lisp", "racket", "scheme", "vb", "vba", "vbnet"})
# In code, a short tail may be a name ("eq = …" on a line of its own), so it is a command only amid its line.
_SHORT = frozenset(word for word in _UNMISTAKABLE if len(word) < 6) - {"nabla", "notin"}
_CODE_COMMAND = rf"(?:{_any(_UNMISTAKABLE - _SHORT)}(?!\w)|(?<=[ ({{$]\\n){_any(_SHORT)}(?!\w|[ ]*[=:.\[]))"
_CODE_BREAK = re.compile(rf"(?<!\\r)\\n(?!{_CODE_COMMAND})")
_CODE_TOKEN = re.compile(
    rf"(?P<break>\\n)|(?P<kept>{_PATH}"
    r"|(?<!\#)\#\\n(?:ewline|ul|ull)\b"  # Scheme's character names
    r"|`(?:\\[nrt])+`"
    r"|[(,=~][ ]?/(?![/*\s])(?:[^/\\\s=]|\\.)++/[a-z]*(?=[\s),;.\\]|\Z))"  # a regular expression
    r"|(?P<triple>\"\"\"|''')|(?P<quote>[\"'])|(?P<remark>(?:\#|//|--)(?=\s))|\\[\"'`]"
)
_LITERAL = {quote: re.compile(rf"{quote}(?:[^{quote}\\]|\\.)*+{quote}(?!\w)") for quote in "\"'"}
_OPENS_LITERAL = re.compile(r"(?:\A|[\s(\[{,=:+<>%?&|!$@;*~^#])(?:[bBfFLrRuU]{1,2}|u8)?\Z")
_QUOTED_BLOCK = re.compile(r"[{\[(;]\\n[ \t]")  # '{\n  print}': a program in the quotes of a shell command
_LONGEST_LITERAL = 1000
_LONGEST_IN_REMARK = 6  # an apostrophe opens no literal in a remark, but '\n' is one


def _literal_end(text: str, at: int, line: int, *, remark: bool) -> int:
    """Return where the string literal that opens at `at` ends; 0 if the quotation mark there opens none.

    A literal closes on the line it opens on. So a quotation mark that finds its like only in a later line
    opens none, and what stands next to the two tells so: an apostrophe follows a letter (``don't``), and the
    mark of a later line has a letter behind it, since it opens there (``'x'``).
    """
    if not _OPENS_LITERAL.search(text[max(line, at - 3) : at]):
        return 0
    literal = _LITERAL[text[at]].match(text, at)
    if literal is None:
        return 0
    if "\\n" in literal[0]:
        longest = _LONGEST_IN_REMARK if remark and text[at] == "'" else _LONGEST_LITERAL
        if len(literal[0]) > longest or _QUOTED_BLOCK.search(literal[0]):
            return 0
    return literal.end()


def _decode_code(text: str, language: str) -> str:
    """Decode fenced code: pairs in string literals, regular expressions and paths stay, others are breaks."""
    if language in _TEX or (language in _UNTAGGED and _LOOKS_TEX.search(text)):
        return _decode_formula(text, display=False)
    pieces: list[str] = []
    done = position = line = 0
    remark = False
    while token := _CODE_TOKEN.search(text, position):
        start, position = token.span()
        kind, end = token.lastgroup, 0
        if kind == "break":
            line, remark = position, False
        elif kind == "remark":
            remark = remark or start == line or text[start - 1].isspace()
        elif kind == "triple":
            # A docstring holds real breaks, and its apostrophes open nothing.
            position = max(position, text.find(token[0], position) + 3)
        elif kind == "kept":
            end = position
        elif kind == "quote" and not (token[0] == "'" and language in _NO_SINGLE_QUOTES):
            end = _literal_end(text, start, line, remark=remark)
            position = max(position, end)
        if end:
            pieces += _CODE_BREAK.sub("\n", text[done:start]), text[start:end]
            done = end
    pieces.append(_CODE_BREAK.sub("\n", text[done:]))
    return "".join(pieces)


# ---- finding code and formulas ---------------------------------------------------------------------------

# What may stand before a fence: indentation, the marks of a quotation, those of a list item.
_MARGIN = r"(?:[ \t>]|(?:[-*+]|\d{1,9}[.)])[ \t])*+"
_RAIL = r"(?P<rail>`{3,}+(?=(?:(?!\\n)[^`])*+(?:\\n|\Z))|~{3,}+)"
_FIRST_FENCE = re.compile(_MARGIN + _RAIL)
_FENCE_END = re.compile(r"\\n[ \t>]*+(?P<rail>`{3,}+|~{3,}+)[ \t]*+(?=\\n|\Z)")
# LaTeX's environments for formulas, matrices by their kinds of brackets.
ENVIRONMENTS = (
    "align|alignat|aligned|array|cases|displaymath|eqnarray|equation|flalign|gather|math|multline"
    "|[bBpvV]?matrix"
)
_TOKEN = re.compile(
    rf"\\n{_MARGIN}{_RAIL}|(?P<ticks>`++)"
    rf"|(?P<formula>\$\$?|\\[(\[]|\\begin\{{(?P<name>(?:{ENVIRONMENTS})\*?)\}})|\\."
)
_TICKS = re.compile(r"`+")
# No inline construct reaches beyond a blank line, heading, list item, quotation or fence. A quoted pair
# ("\n\n") ends no paragraph, it speaks of one.
_BLOCK = re.compile(
    r"""["'/(\[](?:\\[nrt])++(?=["'/)\]])"""
    r"|(?P<end>\\n[ \t]*+(?:\\n|[-*+][ \t]|\d{1,9}[.)][ \t]|\#{1,6}[ \t]|>|```|~~~))"
)
_ESCAPES = re.compile(r"[ ]?(?:\\[a-z0])++[ ]?")
_FORMULA_BREAK = rf"\\n(?!{_any(_COMMANDS)}(?![A-Za-z]))"
_BLANK = re.compile(rf"\\n[ \t]*+{_FORMULA_BREAK}")
_TEX_MARK = re.compile(rf"[\^_]|(?!{_FORMULA_BREAK})\\")
_SPACE = re.compile(rf"(?:[ \t]|{_FORMULA_BREAK})*+")
_OWN_LINE = re.compile(r"[ \t]*\\n")

_INLINE = re.compile(r"\$((?:[^$\\]|\\.)++)\$")
_TWO_WORDS = re.compile(r"(?<![A-Za-z])[A-Za-z]{2,}+\s++[A-Za-z]{2}")
_ORDINAL = re.compile(r"(?:th|st|nd|rd|s)(?![A-Za-z])")
_ALNUM = re.compile(r"[A-Za-z0-9]")


def _skip(pattern: re.Pattern[str], text: str, start: int, end: int) -> int:
    """Return where a match of `pattern` at `start` ends; `start` if there is none."""
    match = pattern.match(text, start, end)
    return match.end() if match else start


def is_formula(content: str, before: str, after: str) -> bool:
    """Tell a formula between two dollars from what stands between two prices or two shell variables.

    A formula is padded on both sides or on neither (unlike ``$5 and $``), and no digit follows it. Without
    any TeX in it, it ends no word and starts none but an ordinal (``$n$th``), and is no number with words.

    Parameters
    ----------
    content
        What stands between the dollars.
    before
        The character before the first dollar; empty at the start of a line.
    after
        What follows the second dollar, three characters at most.

    Returns
    -------
    bool
        True for a formula.
    """
    padded = content[:1].isspace()
    if not content.strip() or padded != content[-1].isspace() or after[:1].isdigit():
        return False
    if padded and after[:1] == "$":  # "from $ to $$$"
        return False
    if _TEX_MARK.search(content):
        return True
    if _ALNUM.match(before) or (_ALNUM.match(after) and not _ORDINAL.match(after)):
        return False
    return not (content.lstrip()[0].isdigit() and _TWO_WORDS.search(content))


class _Scanner:
    """One pass over one text. It asks for rising positions only, so each answer is kept for the next time."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._found: dict[str, int] = {}
        self._block = -1
        self._runs: dict[int, list[int]] = {}

    def decode(self) -> str:
        """Return the decoded text."""
        text, done = self._text, 0
        pieces: list[str] = []
        token = _FIRST_FENCE.match(text) or _TOKEN.search(text)
        while token:
            end, piece = self._stretch(token)
            if end:
                pieces += _decode_prose(text[done : token.start()]), piece
                done = end
            token = _TOKEN.search(text, end or token.end())
        pieces.append(_decode_prose(text[done:]))
        return "".join(pieces)

    def _stretch(self, token: re.Match[str]) -> tuple[int, str]:
        """Return the end and the decoded text of what `token` opens; ``(0, "")`` if it opens nothing."""
        kind = token.lastgroup
        if kind == "rail":
            return self._fence(token)
        if kind == "ticks":
            return self._code_span(token)
        if kind != "formula":
            return 0, ""
        return self._inline_formula(token.start()) if token[0] == "$" else self._formula(token)

    def _fence(self, token: re.Match[str]) -> tuple[int, str]:
        text, rail = self._text, token["rail"]
        start = text.find("\\n", token.end())
        if start < 0:
            return len(text), token[0].replace("\\n", "\n") + text[token.end() :]
        info = text[token.end() : start]
        language = info.strip(" {.").partition(" ")[0].rstrip("}").lower()
        opening = token[0].replace("\\n", "\n") + info
        for end in _FENCE_END.finditer(text, start):
            if end["rail"].startswith(rail):
                return end.end(), opening + _decode_code(text[start : end.start()], language) + "\n" + end[0][
                    2:
                ]
        return len(text), opening + _decode_code(text[start:], language)

    def _code_span(self, token: re.Match[str]) -> tuple[int, str]:
        start, size = token.end(), len(token[0])
        if not self._runs:
            for run in _TICKS.finditer(self._text):
                self._runs.setdefault(len(run[0]), []).append(run.start())
        runs = self._runs.get(size, [])
        after = bisect_left(runs, start)
        if after == len(runs):
            return 0, ""
        close = runs[after]
        if close > self._block_end(start) and not _ESCAPES.fullmatch(self._text, start, close):
            return 0, ""
        # A fence in the middle of a line is a code span to CommonMark, but its pairs are breaks.
        content = self._text[start:close]
        return close + size, token[0] + (_decode_code(content, "") if size > 2 else content) + token[0]

    def _inline_formula(self, start: int) -> tuple[int, str]:
        text = self._text
        between = _INLINE.match(text, start, self._block_end(start))
        if between is None:
            return 0, ""
        before = "" if text.endswith("\\n", 0, start) else text[max(0, start - 1) : start]
        if not is_formula(between[1], before, text[between.end() : between.end() + 3]):
            return 0, ""
        return between.end(), _decode_formula(between[0], display=False)

    def _formula(self, token: re.Match[str]) -> tuple[int, str]:
        text, opener, start = self._text, token[0], token.end()
        closer = f"\\end{{{token['name']}}}" if token["name"] else opener.translate(_CLOSING)
        close = self._find(closer, start)
        if close < 0:
            return 0, ""
        first = _skip(_SPACE, text, start, close)
        blank = _BLANK.search(text, first, close)
        if first == close or (blank and not self._stands_apart(start, blank.start(), close)):
            return 0, ""
        content = _decode_formula(text[start:close], display=opener != "\\(")
        return close + len(closer), opener + content + closer

    def _stands_apart(self, start: int, blank: int, close: int) -> bool:
        """Tell whether a formula may have a blank line: TeX allows none, but writers set it off by them.

        It may before its end, and anywhere if both delimiters stand on lines of their own. A stray ``$$`` in
        a paragraph does not, so it does not make a formula of the paragraphs that follow.
        """
        text = self._text
        if _skip(_SPACE, text, blank, close) == close:
            return True
        return bool(_OWN_LINE.match(text, start)) and text[blank:close].rstrip(" \t>").endswith("\\n")

    def _block_end(self, position: int) -> int:
        """Return where the block at `position` ends."""
        if self._block < position:
            ends = (match.start() for match in _BLOCK.finditer(self._text, position) if match["end"])
            self._block = next(ends, len(self._text))
        return self._block

    def _find(self, token: str, position: int) -> int:
        """Return where `token` is next, not counting those behind an odd backslash; -1 if nowhere."""
        at = self._found.get(token, 0)
        if 0 <= at < position:
            at = self._text.find(token, position)
            while at >= 0 and self._is_escaped(at):
                at = self._text.find(token, at + 1)
            self._found[token] = at
        return at

    def _is_escaped(self, at: int) -> bool:
        start = at
        while start and self._text[start - 1] == "\\":
            start -= 1
        return (at - start) % 2 == 1


_CLOSING = str.maketrans("([", ")]")


def unescape(text: str) -> str:
    r"""Turn the escaped line breaks of `text` into line breaks and leave everything else as it is.

    Parameters
    ----------
    text
        Markdown in which ``\n`` stands for a line break.

    Returns
    -------
    str
        The text with its line breaks. Nothing else is changed: it is `text` with some of its ``\n`` pairs
        replaced by a line feed each. Text that holds a real line break (LF or CR) is not escaped and is
        returned as it is, so decoding twice is decoding once.
    """
    if "\\n" not in text or "\n" in text or "\r" in text:
        return text
    if "`" in text or "$" in text or "\\(" in text or "\\[" in text or "~~~" in text or "\\begin{" in text:
        return _Scanner(text).decode()
    return _decode_prose(text)
