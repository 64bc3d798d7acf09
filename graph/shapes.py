"""Front matter that is shaped like other front matter before it, read by one pattern.

A program that writes articles gives them few shapes: the same keys in the same order, with the same kinds of
values. A shape that has come twice gets a pattern of its own, which takes all values out of a text at once:
ten times faster than going by lines. Only what `read_plain` reads has a shape, and what a shape makes of a
text is what `read_plain` makes of it; a test holds that.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, TypeAlias

from .plainyaml import BLOCK, ENTRY, VALUE, Plain, is_printable, is_spelt_plainly
from .scalars import TYPED, unquoted

_MOST_SHAPES = 8
"""Patterns that are tried one after the other."""
_MOST_COMPILED = 64
"""A folder in which no two files are alike must not have a pattern made for each."""
_MOST_ENTRIES = 200
_MOST_COUNTED = 1000

_Entry: TypeAlias = tuple[int, str, str | None]
"""Indent, key and the pattern of the value; None where a mapping follows."""
_Shape: TypeAlias = tuple[_Entry, ...]
_Make: TypeAlias = Callable[[Sequence[Any]], dict[str, Any]]


@dataclass(slots=True)
class _Node:
    """A key, and where its value is: a group of the pattern, or the keys of a mapping."""

    key: str
    line: int
    group: int = 0
    is_block: bool = False
    children: list[_Node] = field(default_factory=list)


class _Variant:
    """A shape that ends after some of its keys."""

    def __init__(self, nodes: list[_Node]) -> None:
        leaves, spelt = _leaves(nodes), [node for node in nodes if not node.children]
        self._places = {node.key: (node.line, 1) for node in nodes}
        self._unquoted = [node.group for node in leaves if not node.is_block]
        self._take_unquoted = _getter(self._unquoted)
        # Python's own code for a mapping: its keys are names, and by far it is the fastest way to make one
        self._texts: _Make = eval(f"lambda values: {_display(spelt)}")  # noqa: S307
        self._mapping: _Make = eval(f"lambda values: {_display(nodes)}")  # noqa: S307

    def read(self, groups: tuple[str, ...]) -> Plain | None:
        unquoted_values = self._take_unquoted(groups)
        if not is_spelt_plainly("\n".join(unquoted_values)):
            return None
        values: list[Any] = list(groups)
        for group, value in zip(self._unquoted, unquoted_values, strict=True):
            if value[0] in TYPED:
                values[group] = unquoted(value)
        return self._mapping(values), self._places, self._texts(groups)


def _display(nodes: list[_Node]) -> str:
    """The Python expression of a mapping whose values are in `values`."""
    entries = [
        f"{node.key!r}: {_display(node.children) if node.children else f'values[{node.group}]'}"
        for node in nodes
    ]
    return f"{{{', '.join(entries)}}}"


class _Pattern:
    """The pattern of a shape, and of all shapes that it begins with."""

    def __init__(self, shape: _Shape) -> None:
        self.shape = shape
        self._nodes = _nodes(shape)
        self._match = re.compile(_expression(shape)).match
        self._variants: dict[int | None, _Variant] = {}  # by the last group that they have

    def read(self, text: str) -> tuple[Plain, int] | None:
        match = self._match(text)
        if match is None:
            return None
        last = match.lastindex
        variant = self._variants.get(last)
        if variant is None:
            nodes = [node for node in self._nodes if _leaves([node])[0].group < (last or 0)]
            variant = self._variants[last] = _Variant(nodes)
        plain = variant.read(match.groups())
        return None if plain is None else (plain, match.end())


class Shapes:
    """The shapes that have come so far."""

    def __init__(self) -> None:
        self._patterns: list[_Pattern] = []
        self._seen: Counter[_Shape] = Counter()
        self._compiled = 0

    def read(self, text: str) -> tuple[Plain, int] | None:
        """Read the front matter of a file, if it has a shape that is known.

        Parameters
        ----------
        text
            The file, lines ending in LF.

        Returns
        -------
        tuple or None
            What `read_plain` returns of the text between the two ``---`` lines, blank lines at its end aside;
            and where the body begins.
        """
        if not is_printable(text):
            return None
        for turn, pattern in enumerate(self._patterns):
            plain = pattern.read(text)
            if plain is not None:
                if turn:  # the next file is like this one, often
                    self._patterns.insert(0, self._patterns.pop(turn))
                return plain
        return None

    def learn(self, text: str) -> None:
        """Know the shape of a text from now on, if it has one and came before.

        Parameters
        ----------
        text
            What `read_plain` has read.
        """
        shape = _shape_of(text)
        if shape is None or self._compiled >= _MOST_COMPILED:
            return
        if len(self._seen) >= _MOST_COUNTED:
            self._seen.clear()
        self._seen[shape] += 1
        if self._seen[shape] == 2:
            self._compiled += 1
            others = [known for known in self._patterns if known.shape != shape[: len(known.shape)]]
            self._patterns = [_Pattern(shape), *others][:_MOST_SHAPES]


def _shape_of(text: str) -> _Shape | None:
    """The shape of a text; None where it has values that no shape has."""
    shape: list[_Entry] = []
    for match in ENTRY.finditer(text):
        spaces, key, _, block, rest = match.groups()
        if block is not None and "\n" in block:
            return None
        indent = len(spaces)
        if shape and shape[-1][2] is None and shape[-1][0] >= indent:
            return None  # no value and no mapping
        value = VALUE if rest else BLOCK % (indent + 1) if block else None
        shape.append((indent, key, value))
    is_whole = bool(shape) and shape[-1][2] is not None and len(shape) <= _MOST_ENTRIES
    return tuple(shape) if is_whole else None


def _expression(shape: _Shape) -> str:
    """A pattern for a shape, in which each key but the first may be the one where the text ends."""
    parts, optional = ["---\\n"], 0
    for number, (indent, key, value) in enumerate(shape):
        if number and not indent:
            parts.append("(?:")
            optional += 1
        parts.append(f"{' ' * indent}{key}:{value or ''}\\n")
    return "".join(parts) + ")?+" * optional + r"\n*+---\ *+(?:\n|\Z)"


def _nodes(shape: _Shape) -> list[_Node]:
    root = _Node("", 0)
    outer = [(root, -1)]
    group, line = 0, 2  # in the file, below its first ---
    for indent, key, value in shape:
        while outer[-1][1] >= indent:
            outer.pop()
        node = _Node(key, line, group, value not in (VALUE, None))
        outer[-1][0].children.append(node)
        outer.append((node, indent))
        group += value is not None
        line += 2 if node.is_block else 1
    return root.children


def _leaves(nodes: list[_Node]) -> list[_Node]:
    return [leaf for node in nodes for leaf in (_leaves(node.children) if node.children else [node])]


def _getter(groups: list[int]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Takes some groups out of all, as a tuple however many they are."""
    if len(groups) < 2:
        return lambda values: tuple(values[group] for group in groups)
    return itemgetter(*groups)
