"""The columns of a graph as JSON, in lists, from which values are taken fastest."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..article import slug_of
from ..columns import TextColumn
from ..knowledge import KnowledgeGraph
from ..schema.ids import encode_id
from .encoding import encode_to_keep

__all__ = ["Cells", "EncodedColumns", "Rows"]

WHOLE = 100_000
"""Up to so many articles a column is encoded as a whole, in some milliseconds; else value by value."""


class Cells:
    """One field's values as JSON, by position.

    Parameters
    ----------
    count
        How many articles there are.
    encoded
        Encodes an article's value, by position.
    """

    __slots__ = ("_encoded", "is_whole", "made")

    def __init__(self, count: int, encoded: Callable[[int], bytes]) -> None:
        self.is_whole = count <= WHOLE
        """Whether all values are there; otherwise `make` makes those that are asked for."""
        self.made: list[bytes | None] = list(map(encoded, range(count))) if self.is_whole else [None] * count
        """The values; None for one that has not been asked for."""
        self._encoded = encoded

    def make(self, position: int) -> bytes:
        """Encode a value."""
        made = self.made[position] = self._encoded(position)
        return made


class Rows:
    """The links in one direction, as they lie in the snapshot: lists would be no faster.

    Parameters
    ----------
    offsets, neighbors
        As in `graph.columns.Adjacency`.
    """

    def __init__(self, offsets: memoryview, neighbors: memoryview) -> None:
        self.offsets = offsets
        self.neighbors = neighbors
        self.longest = int(np.diff(offsets).max(initial=0))
        """Neighbors of the article that has most."""


class EncodedColumns:
    """What stands in the columns of a graph, by the names that `graph.schema.define.Stored` uses."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        self._graph = graph
        self.cells = functools.cache(self._cells)
        self.rows = functools.cache(self._rows)

    @functools.cached_property
    def subjects(self) -> list[int]:
        """The number of each article's subject; -1 where it has none."""
        return self._graph.columns.subject.values.tolist()

    def _rows(self, direction: str) -> Rows:
        adjacency = getattr(self._graph, direction)
        return Rows(adjacency.offsets, adjacency.neighbors)

    def _cells(self, name: str) -> Cells:
        column = getattr(self._graph.columns, name, None)
        if isinstance(column, TextColumn):
            return Cells(len(column), column.encoded)
        value = self._value(name)
        return Cells(self._graph.article_count, lambda position: encode_to_keep(value(position)))

    def _value(self, name: str) -> Callable[[int], Any]:
        columns, graph = self._graph.columns, self._graph
        if name == "id":
            return lambda position: encode_id("Article", columns.url[position])
        if name == "slug":
            return lambda position: slug_of(columns.url[position])
        if name == "in_degree":
            return graph.incoming.degree
        if name == "out_degree":
            return graph.outgoing.degree
        return getattr(columns, name).__getitem__  # type: ignore[no-any-return]
