"""The index of a graph: made once, and kept beside its snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .index import SearchIndex
from .writing import FORMAT, write_index

if TYPE_CHECKING:
    from ..knowledge import KnowledgeGraph

_NAME = f"search-{FORMAT}"


def index_of(graph: KnowledgeGraph) -> SearchIndex:
    """The full-text index of a graph, made when it is first asked for."""

    def open_index() -> SearchIndex:
        return SearchIndex(graph.derived.folder(_NAME, lambda folder: write_index(graph, folder)))

    return graph.derived.once("search", open_index)


def has_index(graph: KnowledgeGraph) -> bool:
    """Whether the index of a graph is kept already, so that it need only be opened."""
    return graph.derived.has(_NAME)
