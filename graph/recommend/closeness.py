"""How close items are by links: within two steps of a walk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .rows import Integers, Numbers, Rows, offsets_of


@dataclass(frozen=True, slots=True)
class Closeness:
    """The items within two steps of each item, in either direction, with shares that add up to 1.

    Parameters
    ----------
    items
        A row for each item, ascending, without itself; empty where it has no links.
    shares
        For each value of `items` the probability that a walk of one or two steps, each as likely, ends there,
        given that it does not end where it began. A step goes along a link at random, in either direction.
    """

    items: Rows
    shares: npt.NDArray[np.float32]

    @classmethod
    def of(cls, outgoing: Rows) -> Closeness:
        """The closeness that links make."""
        n = len(outgoing)
        sources, targets = outgoing.owners().astype(np.int64), outgoing.values.astype(np.int64)
        keys, links = np.unique(
            np.concatenate([sources * n + targets, targets * n + sources]), return_counts=True
        )
        near, far = np.divmod(keys, n)
        steps = Rows(offsets_of(np.bincount(near, minlength=n)), far.astype(np.int32))
        chance: Numbers = links / np.bincount(near, links, n)[near]
        places, sizes = steps.places(far)
        keys = np.concatenate([keys, np.repeat(near, sizes) * n + steps.values[places]])
        chance = np.concatenate([chance, np.repeat(chance, sizes) * chance[places]])
        keys, which = np.unique(keys, return_inverse=True)
        chance = np.bincount(which, chance, len(keys))
        near, far = np.divmod(keys, n)
        away = near != far
        near, far, chance = near[away], far[away], chance[away]
        shares = chance / np.bincount(near, chance, n)[near]
        return cls(
            Rows(offsets_of(np.bincount(near, minlength=n)), far.astype(np.int32)), shares.astype(np.float32)
        )

    def spread(self, items: Integers, amounts: Numbers) -> Numbers:
        """What every item gets if some items give away their amounts by their shares; shape (n,)."""
        places, sizes = self.items.places(items)
        given = np.repeat(amounts, sizes) * self.shares[places]
        return np.bincount(self.items.values[places], given, len(self.items))

    def among(self, items: Integers) -> npt.NDArray[np.float32]:
        """The larger share of each two of some items, ascending; shape (m, m)."""
        places, sizes = self.items.places(items)
        far = self.items.values[places]
        column = np.minimum(np.searchsorted(items, far), len(items) - 1)
        inside = items[column] == far
        shares = np.zeros((len(items), len(items)), np.float32)
        shares[np.repeat(np.arange(len(items)), sizes)[inside], column[inside]] = self.shares[places[inside]]
        return np.maximum(shares, shares.T)
