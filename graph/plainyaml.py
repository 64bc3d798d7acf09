"""A fast reader for the YAML that tools write: keys, unquoted values, `>-` blocks and nested mappings.

Most front matter is written by a program and uses only these. Reading it with one pattern takes a fraction of
the time that a YAML parser takes. Whatever is not obviously of this kind is left to the parser: `read_plain`
then returns None, and never guesses. A test holds that both give equal values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_ENTRY = re.compile(
    r"""
    ([ ]{0,12}+) ([A-Za-z_][A-Za-z0-9_]{0,99}+) :
    (?:
        [ ]>-\n ([ ]++) (\S.*+ (?:\n\3\S.*+)*+)      # a folded block, each line at the first one's indent
        | [ ] ((?:[^\W_] | / | -(?=\d)) .*+)         # a value that begins like text, a number or a path
    )?+
    \n
    """,
    re.VERBOSE,
)
_NOT_TEXT = {
    spelling
    for word in ("yes", "no", "true", "false", "on", "off", "null")
    for spelling in (word, word.capitalize(), word.upper())
}
"""Keys that YAML takes for something else."""
_PRINTABLE = b"\n" + bytes(range(0x20, 0x7F))
_MAX_SIZE = 1_000_000

Plain = tuple[dict[str, Any], dict[str, int], dict[str, str]]


def read_plain(text: str, scalar: Callable[[str], Any]) -> Plain | None:
    """Read a mapping, if it is plain.

    Parameters
    ----------
    text
        YAML, lines ending in LF.
    scalar
        What an unquoted scalar means.

    Returns
    -------
    tuple or None
        The mapping; the line of each of its keys, from 0; and each of its scalars as it is spelt. None where
        the text is not plain, which includes every text that has something wrong with it.
    """
    if len(text) > _MAX_SIZE or not _is_printable(text):
        return None
    root: dict[str, Any] = {}
    places: dict[str, int] = {}
    texts: dict[str, str] = {}
    mapping, indent = root, 0
    outer: list[tuple[dict[str, Any], int]] = []
    empty: str | None = None  # the key before, if nothing stood behind it
    end = line = 0
    for match in _ENTRY.finditer(text):
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
        if rest is not None and (": " in rest or " #" in rest or rest[-1] in ": "):
            return None
        if block is not None and len(margin) <= depth:
            return None
        spelt = rest or (block.replace("\n" + margin, " ") if block else "")
        mapping[key] = scalar(rest) if rest else spelt or None
        empty = None if spelt else key
        if not outer:
            places[key] = line
            texts[key] = spelt
        line += 1 if block is None else 2 + block.count("\n")
        end = stop
    return (root, places, texts) if end == len(text) and root else None


def _is_printable(text: str) -> bool:
    """Whether there is nothing in a text that YAML forbids or takes for a line end, LF aside."""
    if text.isascii():
        return not text.encode().translate(None, _PRINTABLE)  # ten times faster than `isprintable`
    return text.replace("\n", "").isprintable()
