"""How often each value occurs among some articles."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from .indexes import KeywordIndex, NumberIndex, Positions, TextIndex

if TYPE_CHECKING:
    from .graph import KnowledgeGraph


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


def _counts(
    graph: KnowledgeGraph, index: TextIndex | KeywordIndex | NumberIndex, positions: Positions
) -> npt.NDArray[np.int64]:
    """How many of some articles have each value; the others are counted where they are fewer."""
    if 2 * len(positions) <= graph.article_count:
        return index.counted(positions)
    others = np.flatnonzero(~graph.indexes.having(positions))
    return index.counts - index.counted(others)


def _count_text(
    graph: KnowledgeGraph, index: TextIndex, positions: Positions, first: int
) -> list[FacetCount]:
    return _most(_counts(graph, index, positions), first, index.values.__getitem__, numeric=False)


def _count_keywords(graph: KnowledgeGraph, positions: Positions, first: int) -> list[FacetCount]:
    index = graph.indexes.keyword
    return _most(_counts(graph, index, positions), first, index.names.__getitem__, numeric=False)


def _count_years(graph: KnowledgeGraph, positions: Positions, first: int) -> list[FacetCount]:
    months, counts = graph.indexes.month, _counts(graph, graph.indexes.month, positions)
    totals = Counter[str]()
    for month, count in zip(months.values, counts.tolist(), strict=True):
        totals[month[: len("2025")]] += count
    most = sorted((-count, year) for year, count in totals.items() if count)
    return [FacetCount(year, -count) for count, year in most[:first]]


def _count_degrees(
    graph: KnowledgeGraph, index: NumberIndex, positions: Positions, first: int
) -> list[FacetCount]:
    return _most(_counts(graph, index, positions), first, str, numeric=True)


_COUNTERS: dict[ArticleFacet, Callable[[KnowledgeGraph, Positions, int], list[FacetCount]]] = {
    ArticleFacet.SUBJECT: lambda g, p, first: _count_text(g, g.indexes.subject_names, p, first),
    ArticleFacet.AUTHOR: lambda g, p, first: _count_text(g, g.indexes.author, p, first),
    ArticleFacet.YEAR: _count_years,
    ArticleFacet.MONTH: lambda g, p, first: _count_text(g, g.indexes.month, p, first),
    ArticleFacet.KEYWORD: _count_keywords,
    ArticleFacet.IN_DEGREE: lambda g, p, first: _count_degrees(g, g.indexes.in_degree, p, first),
    ArticleFacet.OUT_DEGREE: lambda g, p, first: _count_degrees(g, g.indexes.out_degree, p, first),
}
