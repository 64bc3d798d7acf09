"""What every query touches: one column per field, links as compressed sparse rows, all mapped from a file.

Articles are numbered from 0 in order of url; a *position* is such a number. Nothing is built when a column is
opened: numbers are an array, and text is the JSON of each value, one behind the other, with offsets. So a
value can go into a response as it lies there, and all processes that serve one snapshot share its pages.
"""

from __future__ import annotations

import zlib
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, TypeVar, overload

import numpy as np
import orjson
from numpy.typing import NDArray

T = TypeVar("T", covariant=True)
Buffer = memoryview | bytes
Numbers = NDArray[Any]

_AT_ONCE = 4096
"""How many values are made at once: all would need much memory, and keep other threads waiting for long."""
NO_NUMBER = -(2**63)
"""Stands for a number that is missing; ids have 32 bits."""


class Column(Sequence[T]):
    """One value per article, by position; equal to any sequence of the same values."""

    __hash__ = None  # type: ignore[assignment]

    def tolist(self) -> list[T]:
        """All values at once: faster than one after the other."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[T]:
        return iter(self.tolist())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence) or isinstance(other, (str, bytes)):
            return NotImplemented
        return self.tolist() == list(other)

    def __repr__(self) -> str:
        return repr(self.tolist())


class TextColumn(Column[T]):
    """Values that are kept as JSON.

    Parameters
    ----------
    blob
        The JSON of each value, as orjson writes it, and a comma behind each.
    offsets
        n + 1 offsets into it: value i and its comma are ``blob[offsets[i]:offsets[i + 1]]``.
    """

    __slots__ = ("blob", "offsets")

    def __init__(self, blob: Buffer, offsets: memoryview) -> None:
        self.blob: memoryview = memoryview(blob)
        self.offsets = offsets

    @classmethod
    def of(cls, values: Iterable[T]) -> TextColumn[T]:
        """A column of some values."""
        values = list(values)
        pieces = (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))
        # piece by piece: what orjson gives has a kilobyte around it, however short it is
        return cls.chained([cls.joined(list(map(orjson.dumps, piece))) for piece in pieces])

    @classmethod
    def joined(cls, encoded: list[bytes]) -> TextColumn[T]:
        """A column of values that are JSON already."""
        sizes = np.fromiter(map(len, encoded), np.int64, len(encoded)) + 1
        return cls(b",".join([*encoded, b""]), view(offsets_of(sizes)))

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @overload
    def __getitem__(self, position: int) -> T: ...
    @overload
    def __getitem__(self, position: slice) -> list[T]: ...
    def __getitem__(self, position: int | slice) -> T | list[T]:
        if isinstance(position, slice):
            return [self[place] for place in range(*position.indices(len(self)))]
        if position < 0:
            position += len(self)
        offsets = self.offsets
        return orjson.loads(self.blob[offsets[position] : offsets[position + 1] - 1])  # type: ignore[no-any-return]

    def encoded(self, position: int) -> bytes:
        """The JSON of one value."""
        offsets = self.offsets
        return bytes(self.blob[offsets[position] : offsets[position + 1] - 1])

    def encoded_list(self) -> list[bytes]:
        """The JSON of each value."""
        blob, ends = bytes(self.blob), self.offsets.tolist()
        return [blob[start : end - 1] for start, end in pairwise(ends)]

    def tolist(self) -> list[T]:
        """All values at once."""
        return self._values(0, len(self))

    def __iter__(self) -> Iterator[T]:
        count = len(self)
        for start in range(0, count, _AT_ONCE):
            yield from self._values(start, min(start + _AT_ONCE, count))

    def _values(self, start: int, end: int) -> list[T]:
        some = self.blob[self.offsets[start] : self.offsets[end]][:-1]
        return orjson.loads(b"".join((b"[", some, b"]")))  # type: ignore[no-any-return]

    def first(self, count: int) -> TextColumn[T]:
        """A column of the first values."""
        offsets = self.offsets[: count + 1]
        return TextColumn(self.blob[: offsets[count]], offsets)

    def take(self, order: Numbers) -> TextColumn[T]:
        """A column of some values in some order; fast where many of them are neighbours here."""
        if not len(order):
            return TextColumn.joined([])
        offsets, blob = np.asarray(self.offsets), self.blob
        breaks = np.flatnonzero(np.diff(order) != 1) + 1
        firsts = offsets[order[np.concatenate([[0], breaks])]].tolist()
        lasts = offsets[order[np.concatenate([breaks - 1, [len(order) - 1]])] + 1].tolist()
        pieces = [blob[first:last] for first, last in zip(firsts, lasts, strict=True)]
        return TextColumn(b"".join(pieces), view(offsets_of(np.diff(offsets)[order])))

    @staticmethod
    def chained(columns: Sequence[TextColumn[T]]) -> TextColumn[T]:
        """One column behind the other."""
        sizes = [np.diff(np.asarray(column.offsets)) for column in columns]
        blob = b"".join([column.blob for column in columns])
        return TextColumn(blob, view(offsets_of(np.concatenate([np.zeros(0, np.int64), *sizes]))))


class ArrayColumn(Column[T]):
    """Values that are kept as an array of numbers.

    Parameters
    ----------
    values
        The numbers.
    meaning
        What each of them means.
    """

    __slots__ = ("_meaning", "values")

    def __init__(self, values: memoryview, meaning: Callable[[Any], T]) -> None:
        self.values = values
        self._meaning = meaning

    def __len__(self) -> int:
        return len(self.values)

    @overload
    def __getitem__(self, position: int) -> T: ...
    @overload
    def __getitem__(self, position: slice) -> list[T]: ...
    def __getitem__(self, position: int | slice) -> T | list[T]:
        if isinstance(position, slice):
            return list(map(self._meaning, self.values[position].tolist()))
        return self._meaning(self.values[position])

    def tolist(self) -> list[T]:
        """All values at once."""
        return list(map(self._meaning, self.values.tolist()))


class ChosenColumn(Column[T]):
    """Values of another column, each by its place there.

    Parameters
    ----------
    values
        The other column.
    places
        Where each value stands in it.
    """

    __slots__ = ("_places", "_values")

    def __init__(self, values: TextColumn[T], places: memoryview) -> None:
        self._values = values
        self._places = places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, position: int) -> T: ...
    @overload
    def __getitem__(self, position: slice) -> list[T]: ...
    def __getitem__(self, position: int | slice) -> T | list[T]:
        if isinstance(position, slice):
            return [self._values[place] for place in self._places[position]]
        return self._values[self._places[position]]

    def tolist(self) -> list[T]:
        """All values at once."""
        return list(map(self._values.tolist().__getitem__, self._places))


def number_or_none(value: int) -> int | None:
    """What a number in a column means."""
    return None if value == NO_NUMBER else value


def real_or_none(value: float) -> float | None:
    """What a fraction in a column means: NaN is none."""
    return value if value == value else None


def index_or_none(value: int) -> int | None:
    """What an index in a column means: -1 is none."""
    return None if value < 0 else value


def day_or_none(value: int) -> date | None:
    """What a day in a column means: days are counted from 0001-01-01, which is 1; 0 is none."""
    return date.fromordinal(value) if value else None


@dataclass(frozen=True, slots=True)
class Columns:
    """One value per article, by position.

    Parameters
    ----------
    url, title, file
        Text.
    number, date, author, score
        None where the article has none.
    subject
        Index of the subject in order of name; None where the article has none.
    no_index
        Whether search engines are asked to pass it over.
    reading_minutes
        Minutes to read the answer.
    keywords
        A list of text each.
    """

    url: TextColumn[str]
    title: TextColumn[str]
    number: ArrayColumn[int | None]
    date: ArrayColumn[date | None]
    author: TextColumn[str | None]
    subject: ArrayColumn[int | None]
    score: ArrayColumn[float | None]
    no_index: ArrayColumn[bool]
    reading_minutes: ArrayColumn[int]
    file: ChosenColumn[str]
    keywords: TextColumn[list[str]]


@dataclass(frozen=True, slots=True)
class Adjacency:
    """The links in one direction, as compressed sparse rows.

    Parameters
    ----------
    offsets
        n + 1 offsets into `neighbors`: article i's neighbors are ``neighbors[offsets[i]:offsets[i + 1]]``.
    neighbors
        Positions, one per link.
    """

    offsets: memoryview
    neighbors: memoryview

    def __getitem__(self, position: int) -> Sequence[int]:
        """The neighbors of one article, as positions."""
        return self.neighbors[self.offsets[position] : self.offsets[position + 1]]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def degree(self, position: int) -> int:
        """How many neighbors one article has."""
        return self.offsets[position + 1] - self.offsets[position]

    def degrees(self) -> array[int]:
        """How many neighbors each article has; shape (n,)."""
        return array("i", np.diff(self.offsets).astype(np.int32).tobytes())

    def links(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """For each link the position that the row belongs to, and the neighbor; each of shape (m,)."""
        positions = np.arange(len(self), dtype=np.int32)
        return np.repeat(positions, np.diff(self.offsets)), np.asarray(self.neighbors, dtype=np.int32)


def adjacencies(sources: Numbers, targets: Numbers, articles: int) -> tuple[Adjacency, Adjacency]:
    """Links in both directions.

    Parameters
    ----------
    sources, targets
        The ends of each link, grouped by source in order of position; each of shape (m,).
    articles
        How many articles there are.

    Returns
    -------
    tuple
        Outgoing links, each row in the order given; and incoming ones, each row in order of position.
    """
    order = np.argsort(targets, kind="stable")
    return _rows(sources, targets, articles), _rows(targets, sources[order], articles)


def _rows(owners: Numbers, values: Numbers, count: int) -> Adjacency:
    offsets = offsets_of(np.bincount(owners, minlength=count)).astype(np.int32)
    return Adjacency(view(offsets), view(values.astype(np.int32)))


def view(values: Numbers) -> memoryview:
    """An array as a column keeps it."""
    buffer: Any = values
    return memoryview(buffer)


def offsets_of(sizes: Numbers) -> NDArray[np.int64]:
    """Where each of some things begins that stand one behind the other, and the end; shape (n + 1,)."""
    offsets = np.zeros(len(sizes) + 1, np.int64)
    np.cumsum(sizes, out=offsets[1:])
    return offsets


def spans(starts: Numbers, sizes: Numbers) -> NDArray[np.int64]:
    """From each start on so many numbers, all in one array."""
    found: NDArray[np.int64] = np.arange(sizes.sum()) + np.repeat(starts - offsets_of(sizes)[:-1], sizes)
    return found


@dataclass(frozen=True, slots=True)
class Positions:
    """From url to position: urls in buckets by their checksum.

    Parameters
    ----------
    urls
        The column.
    offsets
        2^k + 1 offsets into `members`: bucket b's are ``members[offsets[b]:offsets[b + 1]]``.
    members
        All positions.
    """

    urls: TextColumn[str]
    offsets: memoryview
    members: memoryview

    @classmethod
    def of(cls, urls: TextColumn[str]) -> Positions:
        """The buckets of a column."""
        count = len(urls)
        buckets = 1 << count.bit_length()
        checksums = np.fromiter(map(zlib.crc32, urls.encoded_list()), np.uint32, count) & (buckets - 1)
        members = np.argsort(checksums, kind="stable").astype(np.int32)
        offsets = offsets_of(np.bincount(checksums, minlength=buckets)).astype(np.int32)
        return cls(urls, view(offsets), view(members))

    def __getitem__(self, url: str) -> int | None:
        """The position of the article with a url; None where there is none."""
        try:
            wanted = orjson.dumps(url)
        except TypeError:  # half of a surrogate pair, which no url has
            return None
        offsets, bucket = self.offsets, zlib.crc32(wanted) & (len(self.offsets) - 2)
        for place in range(offsets[bucket], offsets[bucket + 1]):
            position: int = self.members[place]
            if self.urls.encoded(position) == wanted:
                return position
        return None
