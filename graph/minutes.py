"""How long Markdown takes to read, and whether it shows anything: asked of every answer that is loaded."""

from __future__ import annotations

import math
import re

_WORDS_PER_MINUTE = 238
# Chinese and Japanese are written without spaces: these count by the character.
_IDEOGRAPH = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_OTHERWISE_COUNTED = re.compile(rf"\s|{_IDEOGRAPH.pattern}")
_IDEOGRAPHS_PER_WORD = 1.6
_GAP, _BACKSLASH, _N = 1, 2, 4
_ASCII = bytes(range(128))
_MARKS = bytes(
    _GAP if code < 128 and chr(code).isspace() else {"\\": _BACKSLASH, "n": _N}.get(chr(code), 0)
    for code in range(256)
)
_GAPS = int.from_bytes(bytes([_GAP]) * 8192, "little")
_NOTHING = re.compile(
    r"(?:[\s\u00ad\u180e\u200b-\u200f\u2060\ufeff]|&(?:nbsp|ZeroWidthSpace|\#160|\#[xX][aA]0|\#8203);)*+"
)


def reading_minutes(markdown: str, *, escaped: bool = False) -> int:
    r"""Estimate how long Markdown takes to read.

    Words are counted at 238 per minute, the mean for silent reading of English non-fiction in M. Brysbaert,
    "How many words do we read per minute?", Journal of Memory and Language 109 (2019). Of Chinese and
    Japanese, 1.6 characters count as a word, the ratio of the Chinese texts in S. Trauzettel-Klosinski and
    K. Dietz, "Standardized assessment of reading performance", IOVS 53 (2012).

    Parameters
    ----------
    markdown
        Any Markdown. It is not parsed: what stands between white space counts as a word, marks of lists and
        tables too.
    escaped
        Whether ``\n`` stands for a line break.

    Returns
    -------
    int
        Minutes, rounded up: 0 for blank text, at least 1 for any other.
    """
    if markdown[:1].isalnum():  # most: not blank
        data = markdown.encode("utf-8", "surrogatepass")
        # what is left beyond ASCII is little
        others = "" if markdown.isascii() else data.translate(None, _ASCII).decode("utf-8", "surrogatepass")
        if not _OTHERWISE_COUNTED.search(others):
            return math.ceil(_count_words(data, escaped=escaped) / _WORDS_PER_MINUTE)
    if escaped:
        markdown = markdown.replace("\\n", "\n")
    if is_blank(markdown):
        return 0
    ideographs = 0 if markdown.isascii() else len(_IDEOGRAPH.findall(markdown))
    words = len((_IDEOGRAPH.sub(" ", markdown) if ideographs else markdown).split())
    return math.ceil((words + ideographs / _IDEOGRAPHS_PER_WORD) / _WORDS_PER_MINUTE)


def _count_words(data: bytes, *, escaped: bool) -> int:
    """How many words stand between ASCII's white space in UTF-8, faster than to make or find them.

    It begins with one. All bytes become one number, and are looked at by few operations on it.
    """
    marks = int.from_bytes(data.translate(_MARKS), "little")
    every = _GAPS if len(data) <= 8192 else int.from_bytes(bytes([_GAP]) * len(data), "little")
    gaps = marks & every
    if escaped:
        breaks = (marks >> 1) & (marks >> 10) & every  # a backslash, and an n in the next byte
        gaps |= breaks | breaks << 8
    ends_in_gap = _MARKS[data[-1]] == _GAP or (escaped and data.endswith(b"\\n"))
    return (gaps ^ gaps << 8).bit_count() // 2 + (not ends_in_gap)  # a run of gaps has two ends


def is_blank(markdown: str) -> bool:
    """Tell whether Markdown shows nothing.

    Parameters
    ----------
    markdown
        Any Markdown.

    Returns
    -------
    bool
        True if there is nothing but white space: also no-break and zero-width spaces, as characters and as
        entities such as ``&nbsp;``.
    """
    return _NOTHING.fullmatch(markdown) is not None
