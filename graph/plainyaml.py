"""A fast reader for the YAML that tools write: keys, unquoted values, `>-` blocks and nested mappings.

Most front matter is written by a program and uses only these. Reading it with one pattern takes a fraction of
the time that a YAML parser takes. Whatever is not obviously of this kind is left to the parser: `read_plain`
then returns None, and never guesses. A test holds that both give equal values.
"""

from __future__ import annotations

import re
from typing import Any

from .scalars import unquoted

VALUE = r"\ ((?:[^\W_]|/|-(?=\d)).*+)"
"""A pattern: a value that begins like text, a number or a path."""
BLOCK = r"\ >-\n\ {%d,}+(\S.*+)"
"""A pattern: a folded block of one line, which is indented by so many spaces."""
ENTRY = re.compile(
    rf"""
    ([ ]{{0,12}}+) ([A-Za-z_][A-Za-z0-9_]{{0,99}}+) :
    (?:
        [ ]>-\n ([ ]++) (\S.*+ (?:\n\3\S.*+)*+)      # a folded block, each line at the first one's indent
        | {VALUE}
    )?+
    \n
    """,
    re.VERBOSE,
)
"""A pattern: a key with its value, if it has one behind it."""
_NOT_TEXT = {
    spelling
    for word in ("yes", "no", "true", "false", "on", "off", "null")
    for spelling in (word, word.capitalize(), word.upper())
}
"""Keys that YAML takes for something else."""
_PRINTABLE = b"\n" + bytes(range(0x20, 0x7F))
_MAX_SIZE = 1_000_000

Place = tuple[int, int]
"""Line and column in the file, both counted from 1."""
Plain = tuple[dict[str, Any], dict[str, Place], dict[str, str]]


def read_plain(text: str) -> Plain | None:
    """Read a mapping, if it is plain.

    Parameters
    ----------
    text
        YAML, lines ending in LF.

    Returns
    -------
    tuple or None
        The mapping; the place of each of its keys; and each of its scalars as it is spelt. None where
        the text is not plain, which includes every text that has something wrong with it.
    """
    if not is_printable(text):
        return None
    root: dict[str, Any] = {}
    places: dict[str, Place] = {}
    texts: dict[str, str] = {}
    mapping, indent = root, 0
    outer: list[tuple[dict[str, Any], int]] = []
    empty: str | None = None  # the key before, if nothing stood behind it
    end = 0
    line = 2  # in the file, below its first ---
    for match in ENTRY.finditer(text):
        start, stop = match.span()
        if start != end:
            return None
        spaces, key, margin, block, rest = match.groups()
        depth = len(spaces)
        if depth > indent:
            if empty is None:
                return None  # the value before goes on, or this is wrongly indented
            outer.append((mapping, indent))
            if not outer[1:]:
                del texts[empty]
            mapping[empty] = mapping = {}
            indent = depth
        while depth < indent:
            mapping, indent = outer.pop()
        if depth != indent or key in mapping or key in _NOT_TEXT:
            return None
        if rest is not None and not is_spelt_plainly(rest):
            return None
        if block is not None and len(margin) <= depth:
            return None
        spelt = rest or (block.replace("\n" + margin, " ") if block else "")
        mapping[key] = unquoted(rest) if rest else spelt or None
        empty = None if spelt else key
        if not outer:
            places[key] = (line, 1)
            texts[key] = spelt
        line += 1 if block is None else 2 + block.count("\n")
        end = stop
    return (root, places, texts) if end == len(text) and root else None


def is_printable(text: str) -> bool:
    """Whether a text has nothing in it that YAML forbids or takes for a line end, LF aside, nor too much."""
    if len(text) > _MAX_SIZE:
        return False
    # what is left is little: many times faster than to ask for each character
    others = text.encode("utf-8", "surrogatepass").translate(None, _PRINTABLE)
    return not others or (not text.isascii() and others.decode("utf-8", "surrogatepass").isprintable())


def is_spelt_plainly(values: str) -> bool:
    """Whether unquoted values, one a line, hold neither a comment nor what looks like a key."""
    if " \n" in values or values[-1:] in (":", " "):
        return False
    # few values hold these characters at all, and one is found ten times faster than two
    return not (("#" in values and " #" in values) or (":" in values and (": " in values or ":\n" in values)))
