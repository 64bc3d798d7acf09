"""A fast reader for the YAML that tools write: keys, unquoted values, `>-` blocks and nested mappings.

Most front matter is written by a program and uses only these. Reading it by lines takes a fraction of the
time that a YAML parser takes. Whatever is not obviously of this kind is left to the parser: `read_plain` then
returns None, and never guesses. A test holds that both give equal values.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_KEY = re.compile(r"( *)([A-Za-z_][A-Za-z0-9_]{0,99}):(?: (.*))?")
_NOT_TEXT = {"yes", "no", "true", "false", "on", "off", "null"}
"""Keys that YAML takes for something else."""
_MAX_LINES = 5_000
_MAX_INDENT = 12

Line = tuple[int, str, str | None]


class _NotPlainError(Exception):
    """The text uses more of YAML than this module knows."""


def read_plain(
    text: str, scalar: Callable[[str], Any]
) -> tuple[dict[str, Any], dict[str, int], dict[str, str]] | None:
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
    lines = text.split("\n")
    if lines.pop() != "" or not lines or len(lines) > _MAX_LINES or not all(map(str.isprintable, lines)):
        return None
    reader = _Reader(lines, scalar)
    try:
        values, end = reader.mapping(0, 0)
    except _NotPlainError:
        return None
    return (values, reader.places, reader.texts) if end == len(lines) else None


class _Reader:
    def __init__(self, lines: list[str], scalar: Callable[[str], Any]) -> None:
        self.lines = lines
        self.scalar = scalar
        self.places: dict[str, int] = {}
        self.texts: dict[str, str] = {}

    def mapping(self, start: int, indent: int) -> tuple[dict[str, Any], int]:
        """The mapping whose first key stands at a line and an indent, and the line after it."""
        lines, scalar = self.lines, self.scalar
        values: dict[str, Any] = {}
        at, count = start, len(lines)
        while at < count:
            match = _KEY.fullmatch(lines[at])
            if match is None:
                raise _NotPlainError
            spaces, key, rest = match.groups()
            if len(spaces) != indent:
                if len(spaces) < indent:
                    break
                raise _NotPlainError  # goes on with a value, or is wrongly indented
            if key in values or key.lower() in _NOT_TEXT:
                raise _NotPlainError
            if indent == 0:
                self.places[key] = at
            at += 1
            if rest is None:
                deeper = _indent_of(lines[at]) if at < count else 0
                if deeper > indent:
                    values[key], at = self.mapping(at, deeper)
                    continue
                text, value = "", None
            elif rest == ">-":
                text, at = self.block(at, indent)
                value = text
            else:
                text = rest
                value = scalar(rest) if _is_plain(rest) else _not_plain()
            values[key] = value
            if indent == 0:
                self.texts[key] = text
        return values, at

    def block(self, start: int, indent: int) -> tuple[str, int]:
        """The folded text that begins at a line, all at one deeper indent; and the line after it."""
        lines = self.lines
        inner = _indent_of(lines[start]) if start < len(lines) else 0
        if inner <= indent:
            raise _NotPlainError
        at = start
        while at < len(lines):
            deep = _indent_of(lines[at])
            if deep <= indent:
                break
            if deep != inner:
                raise _NotPlainError
            at += 1
        return " ".join([line[inner:] for line in lines[start:at]]), at


def _indent_of(line: str) -> int:
    """How many spaces a line begins with; a blank line, or one indented very far, is not plain."""
    indent = len(line) - len(line.lstrip(" "))
    if indent == len(line) or indent > _MAX_INDENT:
        raise _NotPlainError
    return indent


def _is_plain(text: str) -> bool:
    """Whether a value on the key's line is an unquoted scalar that ends there."""
    first = text[:1]
    return (
        (first.isalnum() or first == "/" or (first == "-" and text[1:2].isdigit()))
        and ": " not in text
        and " #" not in text
        and text[-1] not in ": "
    )


def _not_plain() -> Any:
    raise _NotPlainError
