"""Articles whose selected fields stand in columns, written by code that is generated for the selection.

A selection becomes a shape, a tree of columns and of links to articles of other shapes, and the shape
becomes one Python function from an article's position to the pieces of its JSON. No object is made for an
article, and nothing of it can fail. What follows one level of links is kept where the plan may keep: larger
shapes are put together from these.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .columns import Cells, Rows
from .encoding import member
from .kept import Kept

__all__ = ["ArticleShape", "ColumnField", "Entry", "LinksField", "SubjectField", "TextField", "writer_of"]

Writer: TypeAlias = Callable[[int, list[bytes]], None]
"""Appends the pieces of an article's JSON to a list."""

_SURE = 4096
"""Up to so many objects an article's largest possible answer is counted instead of its own."""


@dataclass(frozen=True, slots=True)
class TextField:
    """A field that is the same for each article."""

    key: str
    json: bytes


@dataclass(frozen=True, slots=True)
class ColumnField:
    """A field that stands in a column."""

    key: str
    cells: Cells


@dataclass(frozen=True, slots=True)
class SubjectField:
    """The subject: JSON by its number, and null at the end, where the number -1 leads."""

    key: str
    numbers: list[int]
    json: list[bytes]


@dataclass(frozen=True, slots=True)
class LinksField:
    """Linked articles: of each row of links those from `start` to before `stop`."""

    key: str
    rows: Rows
    start: int
    stop: int
    shape: ArticleShape

    @property
    def is_whole(self) -> bool:
        """Whether no row is cut."""
        return self.start == 0 and self.stop >= self.rows.longest

    @property
    def most(self) -> int:
        """Articles in the longest list."""
        return max(0, min(self.rows.longest, self.stop) - self.start)


Entry: TypeAlias = TextField | ColumnField | SubjectField | LinksField


class ArticleShape:
    """What is selected of an article, where all of it stands in columns.

    Parameters
    ----------
    entries
        The fields, in the order of the answer.
    """

    def __init__(self, entries: Sequence[Entry]) -> None:
        self.entries = entries
        links = [entry for entry in entries if isinstance(entry, LinksField)]
        self.depth: int = max((1 + entry.shape.depth for entry in links), default=0)
        """Levels of links."""
        subjects = sum(isinstance(entry, SubjectField) for entry in entries)
        self._most: int = 1 + subjects + sum(entry.most * entry.shape._most for entry in links)

    def objects(self, positions: Sequence[int]) -> int:
        """How many objects the answers for some articles have together, or a little more."""
        if self._most <= _SURE:
            return self._most * len(positions)
        counts = self._counts
        return sum(int(counts[position]) for position in positions)

    @cached_property
    def _counts(self) -> npt.NDArray[np.int64]:
        """How many objects each article's answer has, shape (n,)."""
        counts: npt.NDArray[np.int64] | int = 1
        for entry in self.entries:
            if isinstance(entry, SubjectField):
                counts = counts + (np.asarray(entry.numbers) >= 0)
            elif isinstance(entry, LinksField):
                counts = counts + _below(entry)
        return np.asarray(counts, np.int64)


def _below(links: LinksField) -> npt.NDArray[np.int64]:
    """How many objects are below a field of links, for each article."""
    offsets = np.asarray(links.rows.offsets, np.int64)
    starts = np.minimum(offsets[:-1] + links.start, offsets[1:])
    stops = np.maximum(np.minimum(offsets[:-1] + links.stop, offsets[1:]), starts)
    neighbors = np.asarray(links.rows.neighbors, np.int64)
    counts = np.broadcast_to(links.shape._counts, len(offsets) - 1)[neighbors]
    sums = np.concatenate([[0], np.cumsum(counts)])
    return sums[stops] - sums[starts]  # type: ignore[no-any-return]


def writer_of(shape: ArticleShape, kept: Kept) -> Writer:
    """Generate the function that writes articles of a shape."""
    return _Code(kept).writer(shape)


class _Code:
    """The source of functions, and what its names stand for.

    Each function appends to `out`. An item of a list ends with a comma, which the last one's end is replaced
    by: so no item has to know whether it is the last.
    """

    def __init__(self, kept: Kept) -> None:
        self._is_keeping = kept.limit > 0
        self._names: dict[str, Any] = {"keep": kept.keep}
        self._given: dict[int, str] = {}
        self._functions: list[str] = []

    def writer(self, shape: ArticleShape) -> Writer:
        lines = ["def write(p, out):", " extend = out.extend", *self._statements(shape, "p", " ", b"")]
        source = "\n".join([*self._functions, *lines])
        exec(compile(source, "<plan>", "exec"), self._names)  # noqa: S102 - its only foreign words are names
        return self._names["write"]  # type: ignore[no-any-return]

    def _name(self, value: object) -> str:
        """A name for a value in the source."""
        name = self._given.get(id(value))
        if name is None:
            name = self._given[id(value)] = f"v{len(self._given)}"
            self._names[name] = value
        return name

    def _statements(self, shape: ArticleShape, p: str, indent: str, end: bytes) -> list[str]:
        """What appends an article's JSON, and something at its end."""
        lines: list[str] = []
        pending: list[bytes | str] = []  # texts, and the source of what gives values

        def flush() -> None:
            sources = [part if isinstance(part, str) else repr(part) for part in _joined(pending)]
            if sources:
                lines.append(f"{indent}extend(({', '.join(sources)},))")
            pending.clear()

        for number, entry in enumerate(shape.entries):
            pending.append(member(entry.key, number))
            if isinstance(entry, TextField):
                pending.append(entry.json)
            elif not isinstance(entry, LinksField):
                pending.append(self._value(entry, p))
            elif self._is_keeping and entry.shape.depth == 1:
                pending += [b"[", self._kept_items(entry, p), b"]"]
            else:
                pending.append(b"[")
                flush()
                lines += self._items(entry, p, indent)
                pending.append(b"]")
        pending += [b"}" if shape.entries else b"{}", end]
        flush()
        return lines

    def _items(self, links: LinksField, p: str, indent: str) -> list[str]:
        """What appends the items of a list one by one."""
        item = p + p[0]
        return [
            f"{indent}before_{p} = len(out)",
            f"{indent}for {item} in {self._row(links, p)}:",
            *self._statements(links.shape, item, indent + " ", b","),
            f"{indent}if len(out) > before_{p}: out[-1] = {_end(links.shape)!r}",
        ]

    def _kept_items(self, links: LinksField, p: str) -> str:
        """What gives the items of a list as one text, of items that are kept."""
        table, make = self._name({}), f"make_{len(self._functions)}"
        lines = [
            f"def {make}(p):",
            " out = []",
            " extend = out.extend",
            *self._statements(links.shape, "p", " ", b""),
            ' made = b"".join(out)',
            f" keep({table}, p, made, len(made))",
            " return made",
        ]
        self._functions.append("\n".join(lines))
        item = p + p[0]
        return f'b",".join([{table}.get({item}) or {make}({item}) for {item} in {self._row(links, p)}])'

    def _value(self, entry: ColumnField | SubjectField, p: str) -> str:
        if isinstance(entry, SubjectField):
            return f"{self._name(entry.json)}[{self._name(entry.numbers)}[{p}]]"
        value = f"{self._name(entry.cells.made)}[{p}]"
        return value if entry.cells.is_whole else f"{value} or {self._name(entry.cells)}.make({p})"

    def _row(self, links: LinksField, p: str) -> str:
        offsets, neighbors = self._name(links.rows.offsets), self._name(links.rows.neighbors)
        if links.is_whole:
            return f"{neighbors}[{offsets}[{p}]:{offsets}[{p}+1]]"
        start, stop = f"{offsets}[{p}]+{links.start}", f"{offsets}[{p}]+{max(links.start, links.stop)}"
        return f"{neighbors}[{start}:min({stop}, {offsets}[{p}+1])]"


def _joined(parts: Sequence[bytes | str]) -> list[bytes | str]:
    """Parts with texts side by side made one."""
    joined: list[bytes | str] = []
    for part in parts:
        if joined and isinstance(part, bytes) and isinstance(joined[-1], bytes):
            joined[-1] += part
        elif part:
            joined.append(part)
    return joined


def _end(shape: ArticleShape) -> bytes:
    """The text after the last value in an article's JSON, which is one piece."""
    end = b"}" if shape.entries else b"{}"
    for number, entry in reversed(list(enumerate(shape.entries))):
        if isinstance(entry, LinksField):
            return b"]" + end
        if not isinstance(entry, TextField):
            return end
        end = member(entry.key, number) + entry.json + end
    return end
