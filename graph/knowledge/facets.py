"""How often each value occurs among some articles."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .indexes import TextIndex

if TYPE_CHECKING:
    from .graph import KnowledgeGraph

Positions = npt.NDArray[np.integer]


class ArticleFacet(enum.Enum):
    """What articles can be counted by."""

    SUBJECT = "SUBJECT"
    AUTHOR = "AUTHOR"
    YEAR = "YEAR"
    MONTH = "MONTH"
    KEYWORD = "KEYWORD"
    IN_DEGREE = "IN_DEGREE"
    OUT_DEGREE = "OUT_DEGREE"


@dataclass(frozen=True, slots=True)
class FacetCount:
    """A value, and how many articles have it."""

    value: str
    count: int


def facet_counts(
    graph: KnowledgeGraph, positions: Positions, by: ArticleFacet, first: int
) -> list[FacetCount]:
    """Count the values that some articles have.

    Parameters
    ----------
    graph
        The graph.
    positions
        The articles, shape (m,).
    by
        What to count. An article without a value counts nowhere, one with several keywords for each.
    first
        How many values at most.

    Returns
    -------
    list
        Most first; ties in order of the value: of text by casefold, of numbers by size.
    """
    return _COUNTERS[by](graph, positions, first)


def _most(
    counts: npt.NDArray[np.int64], first: int, name: Callable[[int], str], *, numeric: bool
) -> list[FacetCount]:
    """The codes with the highest counts; where they are no numbers, their names decide between equals."""
    present = np.flatnonzero(counts)
    if len(present) > first > 0:  # sort only what can be among the first
        least = np.partition(counts[present], len(present) - first)[len(present) - first]
        present = present[counts[present] >= least]
    found = [(name(int(code)), int(counts[code])) for code in present]
    # codes of numbers ascend with them, and sorting is stable
    found.sort(key=lambda pair: (-pair[1], *(() if numeric else (pair[0].casefold(), pair[0]))))
    return [FacetCount(value, count) for value, count in found[:first]]


def _count_text(index: TextIndex, positions: Positions, first: int) -> list[FacetCount]:
    codes = index.codes[positions]
    counts = np.bincount(codes[codes >= 0], minlength=len(index.values))
    return _most(counts, first, index.values.__getitem__, numeric=False)


def _count_keywords(graph: KnowledgeGraph, positions: Positions, first: int) -> list[FacetCount]:
    index = graph.indexes.keyword
    chosen = graph.indexes.having(positions)
    counts = np.bincount(index.codes[chosen[index.owners]], minlength=len(index.folded))
    return _most(counts, first, index.names.__getitem__, numeric=False)


def _count_dates(
    graph: KnowledgeGraph, positions: Positions, first: int, characters: int
) -> list[FacetCount]:
    index = graph.indexes.date
    days = index.values[positions][~index.missing[positions]]
    distinct, counts = np.unique(days, return_counts=True)
    totals: dict[str, int] = {}
    for day, count in zip(distinct.tolist(), counts.tolist(), strict=True):
        text = date.fromordinal(day).isoformat()[:characters]
        totals[text] = totals.get(text, 0) + count
    most = sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))
    return [FacetCount(value, count) for value, count in most[:first]]


def _count_degrees(degrees: npt.NDArray[np.generic], positions: Positions, first: int) -> list[FacetCount]:
    counts = np.bincount(degrees[positions].astype(np.int64))
    return _most(counts, first, str, numeric=True)


_COUNTERS: dict[ArticleFacet, Callable[[KnowledgeGraph, Positions, int], list[FacetCount]]] = {
    ArticleFacet.SUBJECT: lambda g, p, first: _count_text(g.indexes.subject_names, p, first),
    ArticleFacet.AUTHOR: lambda g, p, first: _count_text(g.indexes.author, p, first),
    ArticleFacet.YEAR: lambda g, p, first: _count_dates(g, p, first, len("2025")),
    ArticleFacet.MONTH: lambda g, p, first: _count_dates(g, p, first, len("2025-01")),
    ArticleFacet.KEYWORD: _count_keywords,
    ArticleFacet.IN_DEGREE: lambda g, p, first: _count_degrees(g.indexes.in_degree.values, p, first),
    ArticleFacet.OUT_DEGREE: lambda g, p, first: _count_degrees(g.indexes.out_degree.values, p, first),
}
