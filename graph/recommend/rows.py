"""Compressed sparse rows: a list of numbers for each item, in two arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..columns import spans

Integers = npt.NDArray[np.integer[Any]]
Numbers = npt.NDArray[np.floating[Any] | np.integer[Any]]


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of numbers for each of n items.

    Parameters
    ----------
    offsets
        Shape (n + 1,): row i is ``values[offsets[i]:offsets[i + 1]]``.
    values
        The numbers of all rows, one row after the other.
    """

    offsets: npt.NDArray[np.int64]
    values: npt.NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __getitem__(self, row: int) -> npt.NDArray[np.int32]:
        """One row, as a view."""
        return self.values[self.offsets[row] : self.offsets[row + 1]]

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """How long each row is; shape (n,)."""
        return np.diff(self.offsets)

    def owners(self) -> npt.NDArray[np.int32]:
        """For each value the row that it stands in."""
        return np.repeat(np.arange(len(self), dtype=np.int32), self.sizes)

    def places(self, rows: Integers) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
        """Where in `values` the values of some rows stand, one row after the other; and the rows' sizes."""
        begins = self.offsets[rows]
        sizes = self.offsets[1:][rows] - begins
        return spans(begins, sizes), sizes

    def take(self, rows: Integers) -> Rows:
        """Some rows, in the order given."""
        places, sizes = self.places(rows)
        return Rows(offsets_of(sizes), self.values[places])

    def gather(self, rows: Integers) -> npt.NDArray[np.int32]:
        """The values of some rows, one row after the other."""
        return self.values[self.places(rows)[0]]

    @classmethod
    def of_pairs(cls, owners: Integers, values: Integers, rows: int) -> Rows:
        """Rows from pairs of a row and a value; each row ascends and has no value twice.

        Parameters
        ----------
        owners, values
            Each of shape (m,), not negative.
        rows
            How many rows there are.
        """
        width = int(values.max(initial=0)) + 1
        keys = np.unique(owners.astype(np.int64) * width + values)
        owner, value = np.divmod(keys, width)
        return cls(offsets_of(np.bincount(owner, minlength=rows)), value.astype(np.int32))


def offsets_of(sizes: Integers) -> npt.NDArray[np.int64]:
    """Where rows of these sizes begin, and the end."""
    return np.concatenate([[0], np.cumsum(sizes, dtype=np.int64)])
