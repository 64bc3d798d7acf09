"""Which article a reference means. Decided here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .columns import NO_NUMBER

Integers = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Resolution:
    """What became of every reference.

    Parameters
    ----------
    links
        The references that make a link, by their index, in order.
    targets
        What each of these leads to; of the same shape.
    dangling
        The references that lead nowhere.
    repeated
        How many name a target that an earlier reference of the same article names.
    self_references
        How many name their own article.
    """

    links: Integers
    targets: Integers
    dangling: Integers
    repeated: int
    self_references: int

    @property
    def total(self) -> int:
        """How many references there are."""
        return len(self.links) + len(self.dangling) + self.repeated + self.self_references


def resolve(sources: Integers, named: Integers, numbers: Integers, articles: Integers) -> Resolution:
    """Resolve references to links.

    A reference means the article with exactly its url; else the article with its number, if exactly one
    article has that number; else nothing: it dangles. The url comes first because a number is shared by all
    copies of one question, so that it often belongs to another article than the url beside it.

    Parameters
    ----------
    sources
        The article of each reference, by position: grouped, in the order of the front matter; shape (m,).
    named
        The article with exactly its url; -1 where there is none; shape (m,).
    numbers
        The number beside it, or `NO_NUMBER`; shape (m,).
    articles
        Each article's number, or `NO_NUMBER`; shape (n,).

    Returns
    -------
    Resolution
        Links without repeats and without links of an article to itself, and what became of the rest.
    """
    targets = np.where(named >= 0, named, _by_number(numbers, articles)).astype(np.int64)
    is_self = targets == sources
    others = np.flatnonzero((targets >= 0) & ~is_self)
    pairs = sources[others].astype(np.int64) * max(len(articles), 1) + targets[others]
    links = others[np.sort(np.unique(pairs, return_index=True)[1])]
    return Resolution(
        links,
        targets[links],
        np.flatnonzero(targets < 0),
        len(others) - len(links),
        int(is_self.sum()),
    )


def _by_number(numbers: Integers, articles: Integers) -> Integers:
    """Position of the only article that has each number; -1 where none or several have it."""
    known, firsts, counts = np.unique(articles, return_index=True, return_counts=True)
    is_unshared = (counts == 1) & (known != NO_NUMBER)
    known, firsts = known[is_unshared], firsts[is_unshared]
    if not len(known):
        return np.full(len(numbers), -1)
    places = np.minimum(np.searchsorted(known, numbers), len(known) - 1)
    return np.where(known[places] == numbers, firsts[places], -1)
