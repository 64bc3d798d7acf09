"""Finds an item's topic by its text, and what belongs to it: candidates with features that a ranker weighs.

Articles on one topic link among each other. So what is alike by text is only where the search begins: the links of
those items lead to the rest of the topic, also to items that use other words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .association import association
from .closeness import Closeness
from .likeness import Likeness, cosines, summed, summed_by_field
from .rows import Integers, Rows
from .terms import Field, Terms

CANDIDATES = 150
"""How many are ranked."""
LIKENESS = 7
"""The feature that is the likeness over all fields."""
_SEEDS = 300
"""How many items, alike by text, the search begins from."""
_FLOOR = 0.03
"""Added before a logarithm."""
_PAIRS = int(Field.ANSWER_PAIRS)


class Candidates(NamedTuple):
    """Items that may be recommended for an item, ascending, and what speaks for each.

    Parameters
    ----------
    items
        Shape (m,), at most `CANDIDATES`.
    features
        Shape (m, d).
    """

    items: npt.NDArray[np.int32]
    features: npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Topics:
    """What is known of the texts and links of n items.

    Parameters
    ----------
    linked
        Likeness with weights learned from links.
    rare
        Likeness with weights by rarity alone.
    closeness
        Who is near whom by links.
    subjects
        The subjects of each item.
    cohesion
        How alike each item is to those close to it; shape (n,).
    lengths
        Of the items' vectors in `linked` over all fields; shape (n,).
    """

    linked: Likeness
    rare: Likeness
    closeness: Closeness
    subjects: Rows
    cohesion: npt.NDArray[np.float32]
    lengths: npt.NDArray[np.float32]

    def candidates(self, item: int, exclude: Integers) -> Candidates:
        """Candidates for an item, without some."""
        n = len(self.lengths)
        shared = self.linked.shared(item)
        alike = cosines(summed(shared, n), float(self.lengths[item]), self.lengths)
        alike[item] = 0
        most = max(float(alike.max(initial=0)), 1e-9)
        push = self._push(alike)
        likely = push + 0.6 * alike / most
        likely[exclude] = 0
        likely[item] = 0
        items = _highest(likely, CANDIDATES).astype(np.int32)
        among = np.union1d(items, self.closeness.items.gather(items))
        own = summed_by_field(shared, among, n)
        rare = self.rare.shared_in(item, _PAIRS)
        columns = np.vstack(
            [
                cosines(own, 1.0, self.linked.lengths[:, among] * self.linked.lengths[:, [item]]),
                cosines(
                    summed_by_field(rare, among, n)[_PAIRS],
                    float(self.rare.lengths[_PAIRS, item]),
                    self.rare.lengths[_PAIRS, among],
                ),
                alike[among],
            ]
        )
        return Candidates(items, self._features(item, items, among, columns, push[items], most))

    def _push(self, alike: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        """What reaches every item by links from those that are most alike; 1 at most."""
        seeds = _highest(alike, _SEEDS)
        pushed = self.closeness.spread(seeds, alike[seeds] ** 2)
        return pushed / max(pushed.max(initial=0), 1e-12)

    def _features(
        self,
        item: int,
        items: npt.NDArray[np.int32],
        among: npt.NDArray[np.int32],
        columns: npt.NDArray[np.float64],
        push: npt.NDArray[np.float64],
        most: float,
    ) -> npt.NDArray[np.float32]:
        """A row of features for each candidate: its own likeness in each respect, that of those close to it, ..."""
        places, sizes = self.closeness.items.places(items)
        near = np.searchsorted(among, self.closeness.items.values[places])
        shares = self.closeness.shares[places]
        own = columns[:, np.searchsorted(among, items)]
        around = _means(columns[:, near], shares, sizes)
        alike = columns[-1] / most
        cubes, nearest = _means((alike**3)[None, near], shares, sizes)[0], _maxima(alike[near], sizes)
        scaled, scaled_around = _scaled(own), _scaled(around)
        cohesion = self.cohesion[items]
        is_its = np.zeros(int(self.subjects.values.max(initial=-1)) + 2, np.bool_)
        is_its[self.subjects[item]] = True
        places, in_subjects = self.subjects.places(items)
        same = is_its[self.subjects.values[places]].astype(np.float64)
        return np.vstack(
            [
                own,
                scaled,
                around,
                scaled_around,
                push,
                np.log(push + _FLOOR),
                np.log(cubes / max(cubes.max(initial=0), 1e-9) + _FLOOR),
                np.log(scaled_around[-1] + _FLOOR),
                np.log(scaled[-1] + _FLOOR),
                nearest,
                scaled[-1] * own[-1],
                np.sqrt(scaled[-1]),
                sizes > 0,
                _maxima(same, in_subjects),
                cohesion,
                own[-1] / (cohesion + 0.02),
                around[-1] / (cohesion + 0.02),
            ]
        ).T.astype(np.float32)


def topics_of(terms: Terms, outgoing: Rows, subjects: Rows) -> Topics:
    """What links and texts tell of topics."""
    linked = Likeness.weighted(terms, association(terms, outgoing))
    closeness = Closeness.of(outgoing)
    lengths = linked.whole_lengths()
    return Topics(
        linked,
        Likeness.weighted(terms, terms.rarity),
        closeness,
        subjects,
        _cohesion(linked, outgoing, lengths),
        lengths,
    )


def _cohesion(
    likeness: Likeness, outgoing: Rows, lengths: npt.NDArray[np.float32]
) -> npt.NDArray[np.float32]:
    """The mean likeness of each item to those that it links to or is linked from; shape (n,)."""
    terms = likeness.terms
    n = len(outgoing)
    weights = np.zeros(len(terms.field), np.float32)
    sums, counts = np.zeros(n), np.zeros(n)
    for source in np.flatnonzero(outgoing.sizes):
        own = terms.terms[source]
        begin = terms.terms.offsets[source]
        weights[own] = terms.term_frequencies[begin : begin + len(own)] * likeness.squares[own]
        targets = outgoing[source]
        places, sizes = terms.terms.places(targets)
        products = weights[terms.terms.values[places]] * terms.term_frequencies[places]
        alike = _sums(products[None], sizes)[0] / np.maximum(lengths[source] * lengths[targets], 1e-9)
        weights[own] = 0
        sums[targets] += alike
        counts[targets] += 1
        sums[source] += alike.sum()
        counts[source] += len(targets)
    return (sums / np.maximum(counts, 1)).astype(np.float32)


def _highest(values: npt.NDArray[np.float64], count: int) -> npt.NDArray[np.intp]:
    """Where the highest values are, ascending; those above 0 alone, and of equal last ones the first."""
    rounded = values.astype(np.float32)
    least = 0.0
    if len(rounded) > count:  # partition is many times as fast as argpartition
        least = np.partition(rounded, len(rounded) - count)[len(rounded) - count]
    highest = np.flatnonzero((rounded >= least) & (rounded > 0))
    if len(highest) > count:
        above = rounded[highest] > least
        highest = np.sort(np.concatenate([highest[above], highest[~above][: count - above.sum()]]))
    return highest


def _sums(values: npt.NDArray[Any], sizes: Integers) -> npt.NDArray[Any]:
    """Sums over runs of columns; shape (rows, runs), 0 for empty runs."""
    sums = np.zeros((len(values), len(sizes)), values.dtype)
    begins = np.cumsum(sizes) - sizes
    filled = np.asarray(sizes) > 0
    if filled.any():
        sums[:, filled] = np.add.reduceat(values, begins[filled], axis=1)
    return sums


def _means(values: npt.NDArray[Any], shares: npt.NDArray[np.float32], sizes: Integers) -> npt.NDArray[Any]:
    return _sums(values * shares, sizes)


def _maxima(values: npt.NDArray[Any], sizes: Integers) -> npt.NDArray[Any]:
    """Maxima over runs; 0 for empty runs."""
    maxima = np.zeros(len(sizes))
    begins = np.cumsum(sizes) - sizes
    filled = np.asarray(sizes) > 0
    if filled.any():
        maxima[filled] = np.maximum.reduceat(values, begins[filled])
    return maxima


def _scaled(rows: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Each row over its maximum."""
    return rows / np.maximum(rows.max(axis=1, initial=0, keepdims=True), 1e-9)
