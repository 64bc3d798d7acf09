"""In which order articles come: by one or several fields, nulls last in both directions, ties by url."""

from __future__ import annotations

import enum
import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from .graph import KnowledgeGraph

Values = npt.NDArray[np.generic]
Ranks = npt.NDArray[np.int64]


class ArticleOrderField(enum.Enum):
    """What articles can be ordered by."""

    URL = "URL"
    TITLE = "TITLE"
    DATE = "DATE"
    NUMBER = "NUMBER"
    SUBJECT = "SUBJECT"
    IN_DEGREE = "IN_DEGREE"
    OUT_DEGREE = "OUT_DEGREE"
    PAGERANK = "PAGERANK"
    READING_MINUTES = "READING_MINUTES"


class OrderDirection(enum.Enum):
    """Which end of an order comes first."""

    ASC = "ASC"
    DESC = "DESC"


Order = tuple[tuple[ArticleOrderField, OrderDirection], ...]


def plain_order(order: Sequence[tuple[ArticleOrderField, OrderDirection]]) -> Order:
    """The shortest order that means the same.

    A field that comes again decides nothing, nor does any after the url, and the url ascending ends every
    order anyway.
    """
    kept: dict[ArticleOrderField, OrderDirection] = {}
    for field, direction in order:
        kept.setdefault(field, direction)
        if field is ArticleOrderField.URL:
            break
    if kept.get(ArticleOrderField.URL) is OrderDirection.ASC:
        del kept[ArticleOrderField.URL]
    return tuple(kept.items())


def sorted_positions(graph: KnowledgeGraph, order: Order) -> npt.NDArray[np.int64]:
    """Every article's position, in an order."""
    keys = [np.arange(graph.article_count)]  # the last key decides first in `lexsort`, so this one is last
    for field, direction in reversed(order):
        ranks = graph.ranks(field)
        keys.append(ranks if direction is OrderDirection.ASC else _descending(ranks))
    return np.lexsort(keys)


def ranks_by(graph: KnowledgeGraph, field: ArticleOrderField) -> Ranks:
    """Each article's place among the values of a field, shape (n,); the highest where it has none."""
    return _RANKS[field](graph)


@dataclass(frozen=True, slots=True)
class OrderKey:
    """What an article is sorted by, as values that can be written into a cursor and compared again later.

    Parameters
    ----------
    graph
        The graph.
    order
        The order.
    """

    graph: KnowledgeGraph
    order: Order

    @property
    def name(self) -> str:
        """Names the order."""
        return ",".join([*(f"{field.value} {direction.value}" for field, direction in self.order), "URL"])

    @property
    def is_computed(self) -> bool:
        """Whether it is by a measure, whose values another version of the graph changes throughout."""
        return any(field is ArticleOrderField.PAGERANK for field, _ in self.order)

    def values(self, position: int) -> tuple[Any, ...]:
        """An article's values of the order's fields, and its url: text, numbers and None."""
        values = [_VALUES[field](self.graph, position) for field, _ in self.order]
        return (*values, self.graph.columns.url[position])

    @property
    def kinds(self) -> tuple[tuple[type, ...], ...]:
        """The types that each of the values may have."""
        return (*(_KINDS.get(field, (int, type(None))) for field, _ in self.order), (str,))

    def comparable(self, values: Sequence[Any]) -> tuple[Any, ...]:
        """Values as a tuple that sorts as the order does."""
        parts = [
            (value is None, _Reversed(value) if direction is OrderDirection.DESC else value)
            for value, (_, direction) in zip(values, self.order, strict=False)
        ]
        return (*parts, values[-1])


@functools.total_ordering
class _Reversed:
    """Compares the other way round."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Reversed) and self.value == other.value

    def __lt__(self, other: _Reversed) -> bool:
        return bool(other.value < self.value)

    __hash__ = None  # type: ignore[assignment]


_KINDS: dict[ArticleOrderField, tuple[type, ...]] = {
    ArticleOrderField.URL: (str,),
    ArticleOrderField.TITLE: (str,),
    ArticleOrderField.SUBJECT: (str, type(None)),
    ArticleOrderField.DATE: (str, type(None)),
    ArticleOrderField.PAGERANK: (float,),
}

_LAST = np.iinfo(np.int64).max


def _descending(ranks: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    return np.where(ranks == _LAST, _LAST, -ranks)


def _ranked(values: Values, missing: npt.NDArray[np.bool_] | None = None) -> npt.NDArray[np.int64]:
    """Each value's place among the distinct ones; the last of all where it is missing."""
    _, ranks = np.unique(values, return_inverse=True)
    ranks = ranks.astype(np.int64)
    return ranks if missing is None else np.where(missing, _LAST, ranks)


def _ranked_text(codes: npt.NDArray[np.int64], folded: Sequence[str]) -> npt.NDArray[np.int64]:
    place = {text: rank for rank, text in enumerate(sorted(set(folded)))}
    of_code = np.array([*(place[text] for text in folded), _LAST], np.int64)  # -1, missing, takes the last
    return of_code[codes]


_RANKS: dict[ArticleOrderField, Callable[[KnowledgeGraph], npt.NDArray[np.int64]]] = {
    ArticleOrderField.URL: lambda graph: np.arange(graph.article_count),
    ArticleOrderField.TITLE: lambda g: _ranked_text(g.indexes.title.codes, g.indexes.title.folded),
    ArticleOrderField.SUBJECT: lambda g: _ranked_text(g.indexes.subject.codes, g.indexes.subject.values),
    ArticleOrderField.DATE: lambda g: _ranked(g.indexes.date.values, g.indexes.date.missing),
    ArticleOrderField.NUMBER: lambda g: _ranked(g.indexes.number.values, g.indexes.number.missing),
    ArticleOrderField.IN_DEGREE: lambda g: g.indexes.in_degree.values,
    ArticleOrderField.OUT_DEGREE: lambda g: g.indexes.out_degree.values,
    ArticleOrderField.READING_MINUTES: lambda g: g.indexes.reading_minutes.values,
    ArticleOrderField.PAGERANK: lambda g: _ranked(g.measures.pagerank),
}


def _subject(graph: KnowledgeGraph, position: int) -> str | None:
    subject = graph.columns.subject[position]
    return None if subject is None else graph.subjects_by_name[subject].name.casefold()


def _day(graph: KnowledgeGraph, position: int) -> str | None:
    day = graph.columns.date[position]
    return None if day is None else day.isoformat()


_VALUES: dict[ArticleOrderField, Callable[[KnowledgeGraph, int], Any]] = {
    ArticleOrderField.URL: lambda graph, position: graph.columns.url[position],
    ArticleOrderField.TITLE: lambda graph, position: graph.columns.title[position].casefold(),
    ArticleOrderField.SUBJECT: _subject,
    ArticleOrderField.DATE: _day,
    ArticleOrderField.NUMBER: lambda graph, position: graph.columns.number[position],
    ArticleOrderField.IN_DEGREE: lambda graph, position: graph.incoming.degree(position),
    ArticleOrderField.OUT_DEGREE: lambda graph, position: graph.outgoing.degree(position),
    ArticleOrderField.READING_MINUTES: lambda graph, position: graph.columns.reading_minutes[position],
    ArticleOrderField.PAGERANK: lambda graph, position: float(graph.measures.pagerank[position]),
}
