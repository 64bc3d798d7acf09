"""Which articles have some words, and how often: what belongs to each word, in compressed sparse rows.

Rows of common words are long. They are read in pieces that stay in the processor's cache, and frequencies are
added up for the articles that were found only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .writing import Array

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.floating]

_AT_ONCE = 1 << 15
"""How many articles are looked at together."""
_FEW = 16
"""Which part of a row is looked up one by one instead of reading all of it."""


class Rows:
    """Compressed sparse rows.

    Parameters
    ----------
    offsets
        Where each row begins, and the end; shape (m + 1,).
    values
        The values of all rows, one row after the other.
    """

    __slots__ = ("_offsets", "values")

    def __init__(self, offsets: Array, values: Array) -> None:
        self._offsets = offsets
        self.values = values

    def owners(self) -> Array:
        """For each value the row that it stands in."""
        return np.repeat(np.arange(len(self._offsets) - 1), np.diff(self._offsets))

    def between(self, first: int, end: int) -> Array:
        """The values of neighbouring rows, one after the other."""
        return self.values[self._offsets[first] : self._offsets[end]]


class Found:
    """The articles that a query has found.

    Parameters
    ----------
    mask
        Which of all articles they are.
    """

    __slots__ = ("mask", "places", "positions")

    def __init__(self, mask: Mask) -> None:
        self.mask = mask
        self.positions = np.flatnonzero(mask).astype(np.uint32)
        """They, ascending; of the type that postings have, which else would be converted."""
        self.places = np.empty(len(mask), np.uint32)
        """The place of each among them; of all others nothing that means anything."""
        self.places[self.positions] = np.arange(len(self.positions), dtype=np.uint32)

    def __len__(self) -> int:
        return len(self.positions)


@dataclass(frozen=True, slots=True)
class Postings:
    """Who has one of some words, and the weighted frequency of each word there.

    Parameters
    ----------
    rows
        Of each word, or of some words that are neighbours, the articles and the frequencies.
    is_one
        Whether it is one word, so that no article comes twice and they ascend.
    """

    rows: Sequence[tuple[Array, Array]]
    is_one: bool

    @property
    def total(self) -> int:
        """How many articles have each word, added up."""
        return sum(len(articles) for articles, _ in self.rows)

    def mark(self, mask: Mask) -> None:
        """Note in a mask of all articles who has one of the words."""
        for articles, _ in self._pieces():
            mask[articles] = True

    def frequencies(self, found: Found) -> Numbers:
        """What the words' frequencies add up to, in their order, in each article that was found.

        Of one word they need not be added up and are as exact as they are kept, in 4 bytes instead of 8.
        """
        if not self.rows:
            return np.broadcast_to(np.zeros(1), len(found))
        if self.is_one and len(found) * _FEW < len(self.rows[0][0]):
            return self._looked_up(found)
        sums: Numbers = np.zeros(len(found), np.float32 if self.is_one else np.float64)
        for articles, frequencies in self._pieces():
            theirs = np.flatnonzero(found.mask[articles])
            places, values = found.places[articles[theirs]], frequencies[theirs]
            if self.is_one:
                sums[places] = values
            else:
                np.add.at(sums, places.astype(np.intp), values.astype(np.float64))
        return sums

    def _looked_up(self, found: Found) -> Numbers:
        ((articles, frequencies),) = self.rows
        places = np.minimum(np.searchsorted(articles, found.positions), len(articles) - 1)
        values: Numbers = frequencies[places]
        values[articles[places] != found.positions] = 0
        return values

    def _pieces(self) -> Iterator[tuple[Array, Array]]:
        for articles, frequencies in self.rows:
            for some in pieces(len(articles)):
                yield articles[some].astype(np.intp), frequencies[some]


def pieces(count: int) -> Iterator[slice]:
    """Cut so many things into pieces for each of which numbers stay in the processor's cache."""
    return (slice(start, start + _AT_ONCE) for start in range(0, count, _AT_ONCE))
