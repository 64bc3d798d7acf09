"""Finds an item's topic by its text, and what belongs to it: candidates with features that a ranker weighs.

Articles on one topic link among each other. So what is alike by text is only where the search begins: the
links of those items lead to the rest of the topic, also to items that use other words. What is close by links
to a candidate speaks for it, too: a topic is alike as a whole, where a single article may be so by chance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .association import CommonTerms, association
from .closeness import Closeness
from .likeness import Likeness, Shared, cosines
from .rows import Integers, Numbers, Rows
from .selection import highest
from .terms import Field, Terms

CANDIDATES = 150
"""How many are ranked."""
_RESPECTS = (*(field.name for field in Field), "rare pairs", "whole")
"""In what candidates are alike: in each field with weights learned from links, in pairs of an answer's words
with weights by rarity, and over all fields."""
LIKENESS = _RESPECTS.index("whole")
"""The feature that is the likeness over all fields."""
_SEEDS = 300
"""How many items, alike by text, the search begins from."""
_ALIKE = 0.6
"""What the most alike item gets, where the most reached one gets 1."""
_FLOOR = 0.03
"""Added before a logarithm."""


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
        shared = Shared.of(self.linked.terms, item)
        products = self.linked.products(shared)
        alike = cosines(products.sum(axis=0), self.lengths[item], self.lengths)
        alike[item] = 0
        reached = self._reached(alike)
        items = _likeliest(alike, reached, np.append(exclude, item))
        places, sizes = self.closeness.items.places(items)
        others = np.concatenate([items, self.closeness.items.values[places]])
        respects = np.vstack(
            [self._by_field(item, products, others), self._by_pairs(item, shared, others), alike[others]]
        )
        own, close = np.hsplit(respects, [len(items)])
        around = _around(close, self.closeness.shares[places], sizes, float(alike.max()))
        same_subject = self._same_subject(item, items)
        return Candidates(items, _features(own, around, reached[items], same_subject, self.cohesion[items]))

    def _reached(self, alike: Numbers) -> Numbers:
        """What reaches every item by links from those that are most alike; 1 at most."""
        seeds = highest(alike, _SEEDS)
        return _scaled(self.closeness.spread(seeds, alike[seeds] ** 2).astype(np.float32))

    def _by_field(self, item: int, products: Numbers, others: Integers) -> Numbers:
        """How alike others are in each field; shape (fields, others)."""
        lengths = self.linked.lengths
        return cosines(products.take(others, axis=1), lengths[:, [item]], lengths.take(others, axis=1))

    def _by_pairs(self, item: int, shared: Shared, others: Integers) -> Numbers:
        """How alike others are in pairs of an answer's words, by their rarity; shape (others,)."""
        field = Field.ANSWER_PAIRS
        products, lengths = self.rare.products_in(field, shared), self.rare.lengths[field]
        return cosines(products[others], lengths[item], lengths[others])

    def _same_subject(self, item: int, others: Integers) -> Numbers:
        """1 for others that have a subject of an item's, else 0."""
        places, sizes = self.subjects.places(others)
        is_its = np.zeros(int(self.subjects.values.max(initial=0)) + 1, np.float32)
        is_its[self.subjects[item]] = 1
        return _of_runs(np.maximum, is_its[self.subjects.values[places]], sizes)


def _likeliest(alike: Numbers, reached: Numbers, exclude: Integers) -> npt.NDArray[np.int32]:
    """The items that are worth ranking, by text and by links."""
    likely = reached + _ALIKE * _scaled(alike)
    likely[exclude] = 0
    return highest(likely, CANDIDATES).astype(np.int32)


class _Around(NamedTuple):
    """How alike is what is close to each of m candidates.

    Parameters
    ----------
    means
        In each respect, those that are closer counting for more; shape (respects, m).
    cubes
        The mean of the cubes of whole likeness, which a few that are very much alike decide; shape (m,).
    most
        The highest whole likeness, as a part of the highest of all items; shape (m,).
    is_any
        Whether anything is close; shape (m,).
    """

    means: Numbers
    cubes: Numbers
    most: Numbers
    is_any: npt.NDArray[np.bool_]


def _around(close: Numbers, shares: Numbers, sizes: Integers, top: float) -> _Around:
    """From how alike all that is close is, candidate by candidate, and its shares of closeness."""
    alike = close[LIKENESS]
    return _Around(
        _of_runs(np.add, close * shares, sizes),
        _of_runs(np.add, alike**3 * shares, sizes),
        _of_runs(np.maximum, alike / max(top, 1e-9), sizes),
        sizes > 0,
    )


def _features(
    own: Numbers, around: _Around, reached: Numbers, same_subject: Numbers, cohesion: Numbers
) -> npt.NDArray[np.float32]:
    """What speaks for each candidate, a row of numbers; shape (m, d).

    How alike it is in each respect, and what is close to it, also as a part of the highest among the
    candidates: an item may be much like many others, or like none. Then what is known beside that, and curves
    that a small network would need many examples to find.
    """
    ratio, ratio_around = _scaled(own), _scaled(around.means)
    more = {
        "reached": reached,
        "reached, logarithm": np.log(reached + _FLOOR),
        "cubes around, logarithm": np.log(_scaled(around.cubes) + _FLOOR),
        "alike around, logarithm": np.log(ratio_around[LIKENESS] + _FLOOR),
        "alike, logarithm": np.log(ratio[LIKENESS] + _FLOOR),
        "most alike around": around.most,
        "alike, square": ratio[LIKENESS] * own[LIKENESS],
        "alike, root": np.sqrt(ratio[LIKENESS]),
        "has links": around.is_any,
        "same subject": same_subject,
        "cohesion": cohesion,
        "alike for its cohesion": own[LIKENESS] / (cohesion + 0.02),
        "alike around for its cohesion": around.means[LIKENESS] / (cohesion + 0.02),
    }
    return np.vstack([own, ratio, around.means, ratio_around, *more.values()], dtype=np.float32).T


def topics_of(
    terms: Terms,
    outgoing: Rows,
    subjects: Rows,
    common: CommonTerms | None = None,
    rare: Likeness | None = None,
) -> Topics:
    """What links and texts tell of topics.

    Parameters
    ----------
    terms
        What the items say.
    outgoing
        The links.
    subjects
        The subjects of each item.
    common
        What the ends of links have in common, where that is known already.
    rare
        Likeness with weights by rarity, where that is known already.
    """
    common = common or CommonTerms.of(terms, outgoing)
    rare = rare or Likeness.weighted(terms, terms.rarity)
    linked = Likeness.weighted(terms, association(terms, outgoing, common))
    lengths = linked.whole_lengths()
    return Topics(
        linked,
        rare,
        Closeness.of(outgoing),
        subjects,
        _cohesion(linked.squares, lengths, outgoing, common),
        lengths,
    )


def _cohesion(
    squares: Numbers, lengths: Numbers, outgoing: Rows, common: CommonTerms
) -> npt.NDArray[np.float32]:
    """The mean likeness of each item to those that it links to or is linked from; shape (n,)."""
    n = len(outgoing)
    sources, targets = outgoing.owners(), outgoing.values
    products = np.bincount(
        common.terms.owners(), common.products * squares[common.terms.values], len(sources)
    )
    alike = cosines(products, lengths[sources], lengths[targets])
    sums = np.bincount(sources, alike, n) + np.bincount(targets, alike, n)
    counts = outgoing.sizes + np.bincount(targets, minlength=n)
    means: npt.NDArray[np.float64] = sums / np.maximum(counts, 1)
    return means.astype(np.float32)


def _of_runs(ufunc: np.ufunc, values: Numbers, sizes: Integers) -> Numbers:
    """Sums or maxima over runs of the last axis; 0 for empty runs."""
    found = np.zeros((*values.shape[:-1], len(sizes)), values.dtype)
    filled = sizes > 0
    if filled.any():
        begins = np.cumsum(sizes) - sizes
        found[..., filled] = ufunc.reduceat(values, begins[filled], axis=-1)
    return found


def _scaled(rows: Numbers) -> Numbers:
    """Each row over its maximum."""
    scaled: Numbers = rows / np.maximum(rows.max(axis=-1, initial=0, keepdims=True), 1e-12)
    return scaled
