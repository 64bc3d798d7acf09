"""Computes ahead what a graph is asked for, so that nobody has to wait for it."""

from __future__ import annotations

from collections.abc import Callable

from .knowledge import KnowledgeGraph
from .recommend import recommender_of, strategies
from .search import index_of


def prepare(graph: KnowledgeGraph) -> None:
    """Make what filters, orders, facets and lists of problems need: less than a second for a large graph."""
    graph.indexes.prepare()
    for name in ("subjects", "dangling_by_source", "problems_by_file", "positions_by_number"):
        getattr(graph, name)


def warm(graph: KnowledgeGraph, note: Callable[[str], None] | None = None) -> None:
    """Compute measures, search index, recommendations: all that is otherwise computed when first asked for.

    What is kept beside the snapshot already is only opened.

    Parameters
    ----------
    graph
        The graph.
    note
        Told of each step that is done.
    """
    steps: list[tuple[str, Callable[[], object]]] = [
        ("indexes", lambda: prepare(graph)),
        ("search index", lambda: index_of(graph)),
        ("recommendations", lambda: recommender_of(graph).prepare(strategies())),
        ("measures", graph.measures.compute_all),
        ("suggestions", lambda: graph.suggester),
        ("links between subjects", lambda: (graph.subject_links, graph.subject_assortativity)),
        ("clustering", lambda: (graph.clustering_coefficient, graph.measures.modularity)),
    ]
    for name, compute in steps:
        compute()
        if note is not None:
            note(name)
