"""How alike items' texts are: cosines over weighted terms, by way of an inverted index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .rows import Integers
from .strategy import Numbers
from .terms import Field, Terms

Weights = npt.NDArray[np.float32]


class Shared(NamedTuple):
    """What an item has in common with others: an entry for each of its terms and each item that has it.

    Parameters
    ----------
    items, fields
        The other item and the field of the term; shape (p,).
    products
        The product of both items' weights of the term; shape (p,).
    """

    items: npt.NDArray[np.int32]
    fields: npt.NDArray[np.int8]
    products: Weights


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
            for begin, end in zip(ends[:-1], ends[1:], strict=True)
        ]
        return cls(terms, squares, np.array(lengths, np.float32))

    def shared(self, item: int) -> Shared:
        """What an item has in common with others, itself included."""
        return self._shared(slice(*self.terms.terms.offsets[item : item + 2]))

    def shared_in(self, item: int, field: int) -> Shared:
        """The same in one field alone."""
        begin, end = self.terms.terms.offsets[item : item + 2]
        fields = self.terms.field[self.terms.terms.values[begin:end]]
        first, last = np.searchsorted(fields, (field, field + 1))
        return self._shared(slice(begin + first, begin + last))

    def _shared(self, own: slice) -> Shared:
        terms = self.terms
        numbers = terms.terms.values[own]
        weights = terms.term_frequencies[own] * self.squares[numbers]
        numbers, weights = numbers[weights > 0], weights[weights > 0]
        places, sizes = terms.items.places(numbers)
        return Shared(
            terms.items.values[places],
            np.repeat(terms.field[numbers], sizes),
            np.repeat(weights, sizes) * terms.frequencies[places],
        )

    def whole_lengths(self) -> Weights:
        """The length of each item's vector over all fields; shape (n,)."""
        return np.sqrt((self.lengths**2).sum(axis=0))


def cosines(products: Numbers, length: float, lengths: Numbers) -> Numbers:
    """Products of two vectors over their lengths; 0 where one is empty."""
    return products / np.maximum(length * lengths, 1e-9)


def summed(shared: Shared, n: int) -> Numbers:
    """The products with each of n items, over all fields."""
    return np.bincount(shared.items, shared.products, n)


def summed_by_field(shared: Shared, among: Integers, n: int) -> Numbers:
    """The same by field, for some items alone; shape (fields, len(among)).

    Parameters
    ----------
    shared
        What an item has in common with all.
    among
        Which items, ascending, none twice.
    n
        How many items there are.
    """
    column = np.full(n, -1, np.int32)
    column[among] = np.arange(len(among), dtype=np.int32)
    columns = column[shared.items]
    wanted = columns >= 0
    keys = shared.fields[wanted].astype(np.int64) * len(among) + columns[wanted]
    sums = np.bincount(keys, shared.products[wanted], len(Field) * len(among))
    return sums.reshape(len(Field), len(among))
