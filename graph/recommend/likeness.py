"""How alike items' texts are: cosines over weighted terms, by way of an inverted index."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from .rows import Integers, Numbers
from .terms import Field, Terms

Weights = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Shared:
    """What an item has in common with others: an entry for each of its terms and each item that has it.

    Gathering it takes longer than weighing it, so one serves several weightings.

    Parameters
    ----------
    terms
        The item's terms, ascending; shape (t,).
    own_frequencies
        How much the item has of each; shape (t,).
    sizes
        How many entries there are for each; shape (t,).
    items, frequencies
        The items that have the term, the item among them, and how much of it; shape (p,).
    ends
        Where the entries of each field begin, and the end; one more than there are fields.
    """

    terms: npt.NDArray[np.int32]
    own_frequencies: Weights
    sizes: Integers
    items: npt.NDArray[np.int32]
    frequencies: Weights
    ends: list[int]

    @classmethod
    def of(cls, terms: Terms, item: int) -> Shared:
        """What one item has in common with all."""
        begin, end = terms.terms.offsets[item : item + 2]
        own = terms.terms.values[begin:end]
        places, sizes = terms.items.places(own)
        first = np.searchsorted(terms.field[own], np.arange(len(Field) + 1, dtype=np.int8))
        ends = np.concatenate([[0], np.cumsum(sizes)])[first]
        return cls(
            own,
            terms.term_frequencies[begin:end],
            sizes,
            terms.items.values.take(places),
            terms.frequencies.take(places),
            ends.tolist(),
        )


@dataclass(frozen=True, slots=True)
class Likeness:
    """Cosines between the items of `terms`, where each term has a weight.

    Parameters
    ----------
    terms
        What the items say.
    squares
        The square of each term's weight; shape (m,).
    lengths
        The length of each item's vector in each field; shape (fields, n).
    """

    terms: Terms
    squares: Weights
    lengths: Weights

    @classmethod
    def weighted(cls, terms: Terms, weights: Numbers) -> Likeness:
        """Make one from the terms' weights, shape (m,)."""
        squares = (weights * weights).astype(np.float32)
        n = len(terms.terms)
        parts = terms.frequencies**2 * np.repeat(squares, terms.items.sizes)
        ends = terms.items.offsets[np.searchsorted(terms.field, np.arange(len(Field) + 1))]
        lengths = [
            np.sqrt(np.bincount(terms.items.values[begin:end], parts[begin:end], n))
            for begin, end in pairwise(ends)
        ]
        return cls(terms, squares, np.array(lengths, np.float32))

    def arrays(self) -> dict[str, Weights]:
        """All but the terms, to be kept: what the constructor takes, by its names."""
        return {"squares": self.squares, "lengths": self.lengths}

    def products(self, shared: Shared) -> Weights:
        """The products of an item's vector with those of all, by field; shape (fields, n)."""
        parts = np.repeat(shared.own_frequencies * self.squares[shared.terms], shared.sizes)
        parts *= shared.frequencies
        products = np.empty((len(Field), len(self.terms.terms)), np.float32)
        for row, (begin, end) in zip(products, pairwise(shared.ends), strict=True):
            row[:] = np.bincount(shared.items[begin:end], parts[begin:end], len(row))
        return products

    def products_in(self, field: Field, shared: Shared) -> Weights:
        """The same in one field alone; shape (n,)."""
        begin, end = shared.ends[field : field + 2]
        first, last = np.searchsorted(self.terms.field[shared.terms], np.array([field, field + 1], np.int8))
        weights = shared.own_frequencies[first:last] * self.squares[shared.terms[first:last]]
        parts = np.repeat(weights, shared.sizes[first:last]) * shared.frequencies[begin:end]
        return np.bincount(shared.items[begin:end], parts, len(self.terms.terms)).astype(np.float32)

    def whole_lengths(self) -> Weights:
        """The length of each item's vector over all fields; shape (n,)."""
        lengths: Weights = np.sqrt((self.lengths**2).sum(axis=0))
        return lengths


def cosines(products: Numbers, length: float | Numbers, lengths: Numbers) -> Numbers:
    """Products of two vectors over their lengths; 0 where one is empty."""
    found: Numbers = products / np.maximum(length * lengths, 1e-9)
    return found
