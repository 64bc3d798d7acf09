r"""Markdown → the text that readers see, cheaply: good enough to find words in and to show a passage of.

Rendering the Markdown of a whole corpus takes a hundred times as long. Code and formulas mean what they say,
so they are set aside first: a bracket in them is no link, a star no emphasis.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import unescape

from ..escape import ENVIRONMENTS, is_formula
from .words import has_signs

# Each way to begin starts with a literal sign: only so the engine leaps to the next of them.
_SPAN = (
    r"``*|\$\$?|<!--"
    rf"|\\(?:[(\[]|begin\{{(?P<name>(?:{ENVIRONMENTS})\*?)\}}|(?P<escaped>[!-/:-@\[-`{{-~]))"
)
_FENCE = r"^(?P<indent>[ \t>]*(?:(?:[-*+]|\d+[.)])[ \t]+)*)(?P<fence>`{3,}(?=[^`\n]*$)|~{3,})"
_SPANS = re.compile(_SPAN)
_FENCES_AND_SPANS = re.compile(f"{_FENCE}|{_SPAN}", re.MULTILINE)
_CLOSERS = {"\\(": "\\)", "\\[": "\\]", "<!--": "-->"}
_KEPT = re.compile("\0([0-9]+)\0")
# "\\[1\\]" is an escaped bracket.
_TEX_IN_BRACKETS = re.compile(r"[\\^_=<>+]")
_BLANK_LINE = re.compile(r"\n[ \t>]*\n")

_TARGET = r"\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)?(?:\s+\"[^\"]*\")?\)"
_LINK = re.compile(rf"!?\[([^\[\]]*){_TARGET}")
_REST_OF_LINK = re.compile(_TARGET)
_DEFINITION = re.compile(r"^ {0,3}\[[^\[\]\n]+\]:.*$", re.MULTILINE)
_TAGS = (
    "a|abbr|b|blockquote|br|center|code|dd|del|details|div|dl|dt|em|font|h[1-6]|hr|i|iframe|img|ins|kbd|li|mark"
    "|ol|p|pre|q|s|script|small|span|strong|style|su[bp]|summary|table|tbody|td|tfoot|th|thead|tr|u|ul"
)
_TAG = re.compile(rf"</?(?:{_TAGS})\b[^<>]*>", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]*);")
_HIDING = ("`", "~~~", "](", "]:", "<", "&")

_LINE_START = re.compile(r"^[ \t>]*(?:[-*_|:=][-*_|:=\t ]+$|\#{1,6}[ \t]|[-*+][ \t])?", re.MULTILINE)
_BLOCK_END = re.compile(r"(\n(?=[ \t>]*(?:\n|\#|\||[-*+][ \t]|[0-9]+[.)][ \t])))")
# What most emphasis is; the rest is paired run by run, which takes far longer.
_AROUND = r"[^\s!-)+-/:-@\[-^`{-}]"
_STRONG = re.compile(rf"(?<!{_AROUND})\*\*(?=[^\s*_~\0])([^*_~\n\0]*)(?<=\S)\*\*(?!{_AROUND})")
_MARKS = re.compile(r"[*_~]+")
_RUN = re.compile(r"\*+|_+|~~")


def without_hidden_words(markdown: str) -> str:
    """Markdown without what holds words that readers do not see: link targets, HTML tags, comments."""
    if not any(sign in markdown for sign in _HIDING):
        return markdown
    prose, kept = _set_aside(markdown)
    return _put_back(_hide(prose), kept)


def plain_lines(markdown: str) -> str:
    """The same words without the marks around them; code as it is, formulas as their TeX."""
    prose, kept = _set_aside(markdown)
    blocks = _BLOCK_END.split(_STRONG.sub(r"\1", _hide(prose)))
    return _put_back(_LINE_START.sub("", "".join(map(_without_emphasis, blocks))), kept)


def _hide(prose: str) -> str:
    if "](" in prose:
        prose = _REST_OF_LINK.sub("]", _LINK.sub(r"\1", prose))
    if "]:" in prose:
        prose = _DEFINITION.sub("", prose)
    if "<" in prose:
        prose = _TAG.sub(" ", prose)
    if "&" in prose:
        prose = _ENTITY.sub(lambda entity: unescape(entity[0]), prose)
    return prose


# ---- code, formulas, escaped signs -----------------------------------------------------------------------


def _set_aside(markdown: str) -> tuple[str, list[str]]:
    """Put the number of a piece, between NULs, in the place of each piece that means what it says."""
    markdown = markdown.replace("\0", "\ufffd")
    prose: list[str] = []
    kept: list[str] = []
    done = 0
    lacking: set[str] = set()
    opener = _FENCES_AND_SPANS if "```" in markdown or "~~~" in markdown else _SPANS
    token = opener.search(markdown)
    while token:
        start, end, shown = token.start(), token.end(), ""
        piece = _piece(markdown, token, lacking)
        if piece is None and token[0] in {"\\(", "\\["}:
            piece = end, token[0][1]
        if piece:
            end, shown = piece
            prose.append(markdown[done:start])
            if token.lastgroup == "fence":
                prose.append(token["indent"])
            if shown:
                prose.append(f"\0{len(kept)}\0")
                kept.append(shown)
            done = end
        token = opener.search(markdown, end)
    prose.append(markdown[done:])
    return "".join(prose), kept


def _put_back(prose: str, kept: list[str]) -> str:
    return _KEPT.sub(lambda number: kept[int(number[1])], prose) if kept else prose


def _piece(text: str, token: re.Match[str], lacking: set[str]) -> tuple[int, str] | None:
    """Where the piece that a token opens ends and what is shown of it; none if it opens nothing.

    `lacking` remembers the closers that do not come any more.
    """
    opener, start = token[0], token.end()
    if token.lastgroup == "escaped":
        # a pair hides no letters from the words, as one backslash would
        return start, opener if opener == "\\\\" else token["escaped"]
    if token.lastgroup == "fence":
        return _fence(text, token)
    is_code = opener[0] == "`"
    closer = f"\\end{{{token['name']}}}" if token["name"] else _CLOSERS.get(opener, opener)
    close = -1 if closer in lacking else _find(text, closer, start, alone=is_code)
    if close < 0:
        lacking.add(closer)
    content, end = text[start:close], close + len(closer)
    if close < 0 or (is_code and _BLANK_LINE.search(content)):
        return (start, opener) if is_code else None
    if is_code:
        return end, _without_padding(content)
    return (end, "") if opener == "<!--" else _formula(text, token, close, end)


def _formula(text: str, token: re.Match[str], close: int, end: int) -> tuple[int, str] | None:
    content = text[token.end() : close]
    before, after = text[token.start() - 1 : token.start()], text[end : end + 3]
    if not content.strip() or (token[0] == "\\[" and not _TEX_IN_BRACKETS.search(content)):
        return None
    if token[0] == "$" and (_BLANK_LINE.search(content) or not is_formula(content, before.strip(), after)):
        return None
    if token["name"] or _parts(before) or _parts(after[:1]):
        return end, text[token.start() : end]
    return end, content.strip()


def _parts(sign: str) -> bool:
    """Whether the delimiter beside a sign parts two words or two formulas."""
    return sign in {"$", "\\", "`"} or _is_wordy(sign)


def _find(text: str, closer: str, start: int, *, alone: bool) -> int:
    """Where a closer is next, escaped ones aside; code knows no escapes, but longer runs of ticks."""
    if alone:
        run = re.compile(rf"(?<!`){closer}(?!`)").search(text, start)
        return run.start() if run else -1
    at = text.find(closer, start)
    while at > 0 and text[at - 1] == "\\" and text[at - 2] != "\\":
        at = text.find(closer, at + 1)
    return at


def _fence(text: str, token: re.Match[str]) -> tuple[int, str]:
    first = text.find("\n", token.end()) + 1
    if not first:
        return len(text), ""
    rail = token["fence"]
    last = re.compile(rf"^[ \t>]*{rail}{rail[0]}*[ \t]*$", re.MULTILINE).search(text, first)
    return (last.end(), text[first : last.start()]) if last else (len(text), text[first:])


def _without_padding(code: str) -> str:
    padded = code[0].isspace() and code[-1].isspace() and not code.isspace()
    return code[1:-1] if padded else code


# ---- emphasis --------------------------------------------------------------------------------------------


def _without_emphasis(block: str) -> str:
    """A block without the runs of marks that CommonMark pairs, save within words, where they part two."""
    if not _MARKS.search(block):
        return block
    taken: list[tuple[int, int]] = []
    opened: dict[str, list[tuple[int, int]]] = {"*": [], "_": [], "~": []}
    for run in _runs(block):
        start, end = run.span()
        mark = block[start]
        before, after = block[start - 1 : start] or " ", block[end : end + 1] or " "
        opens = not after.isspace() and (_is_wordy(after) or not _is_wordy(before))
        closes = not before.isspace() and (_is_wordy(before) or not _is_wordy(after))
        while closes and start < end and opened[mark]:
            first, last = opened[mark].pop()
            size = min(last - first, end - start)
            taken += (last - size, last), (start, start + size)
            start += size
            for others in opened.values():  # what was opened within is never closed
                while others and others[-1][0] > first:
                    others.pop()
            if last - first > size:
                opened[mark].append((first, last - size))
        if opens and start < end:
            opened[mark].append((start, end))
    pieces, done = [], 0
    for start, end in sorted(taken):
        pieces.append(block[done:start])
        done = end
    return "".join([*pieces, block[done:]])


def _runs(block: str) -> Iterator[re.Match[str]]:
    """Yield the runs of marks that do not part two words."""
    for marks in _MARKS.finditer(block):
        before, after = block[marks.start() - 1 : marks.start()], block[marks.end() : marks.end() + 1]
        if not (_joins(before) and _joins(after)) or has_signs(before) or has_signs(after):
            yield from _RUN.finditer(block, *marks.span())


def _is_wordy(sign: str) -> bool:
    """Whether a sign belongs to words: a letter, a digit or what stands on one."""
    return sign.isalnum() or (not sign.isascii() and unicodedata.category(sign)[0] == "M")


def _joins(sign: str) -> bool:
    return sign == "\0" or _is_wordy(sign)
