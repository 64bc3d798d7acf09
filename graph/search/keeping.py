"""The index of a graph: made once, and kept beside its snapshot."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .index import SearchIndex
from .writing import FORMAT, write_index

if TYPE_CHECKING:
    from ..knowledge import KnowledgeGraph

_NAME = f"search-{FORMAT}"


class NotReadyError(Exception):
    """The index is being made by someone else."""


def index_of(graph: KnowledgeGraph) -> SearchIndex:
    """The full-text index of a graph, made when it is first asked for.

    Raises
    ------
    NotReadyError
        Where it is awaited.
    """
    if is_awaited(graph):
        raise NotReadyError
    return make_index(graph)


def await_index(graph: KnowledgeGraph) -> None:
    """Note that someone else makes the index: until `make_index` opens it, nobody here makes the same."""
    graph.derived.awaited.add(_NAME)


def is_awaited(graph: KnowledgeGraph) -> bool:
    """Whether the index can only be waited for."""
    return _NAME in graph.derived.awaited


def await_no_longer(graph: KnowledgeGraph) -> None:
    """Note that nobody else makes the index, or that it is there."""
    graph.derived.awaited.discard(_NAME)


def make_index(graph: KnowledgeGraph) -> SearchIndex:
    """The index, opened, or made if it is not there: whoever searches need not wait any longer."""

    def open_index() -> SearchIndex:
        return SearchIndex(graph.derived.folder(_NAME, lambda folder: write_index(graph, folder)))

    index = graph.derived.once("search", open_index)
    await_no_longer(graph)
    return index


def has_index(graph: KnowledgeGraph) -> bool:
    """Whether the index of a graph is kept already, so that it need only be opened."""
    return graph.derived.has(_NAME)
