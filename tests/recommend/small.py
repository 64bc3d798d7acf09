"""Small graphs for strategies, given by their links."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import networkx
import numpy as np

from graph.recommend import Ranking, Rows, Stems, Strategy, Text, TrainingGraph

Lists = Mapping[int, Sequence[int]]


def rows_of(lists: Lists, count: int) -> Rows:
    pairs = [(owner, value) for owner, values in lists.items() for value in values]
    owners, values = np.array(pairs, np.int32).reshape(-1, 2).T
    return Rows.of_pairs(owners, values, count)


def graph_of(links: Lists, count: int, subjects: Lists | None = None) -> TrainingGraph:
    """A graph of so many items, without texts."""
    nothing = rows_of({}, count)
    return TrainingGraph(
        rows_of(links, count),
        rows_of(subjects or {}, count),
        lambda: Stems(nothing, nothing, nothing, 1),
        lambda item: Text("", (), ""),
    )


def random_graph(count: int, links: int, seed: int) -> TrainingGraph:
    """A graph with random links, a few of them in both directions; its last item has none."""
    made = networkx.gnm_random_graph(count - 1, links, seed, directed=True)
    return graph_of({item: list(made[item]) for item in made}, count)


def undirected(graph: TrainingGraph) -> networkx.Graph[int]:
    """As NetworkX has it."""
    made: networkx.Graph[int] = networkx.Graph()
    made.add_nodes_from(range(len(graph)))
    made.add_edges_from(zip(graph.outgoing.owners().tolist(), graph.outgoing.values.tolist(), strict=True))
    return made


def fitted(strategy: Strategy, graph: TrainingGraph) -> Strategy:
    strategy.fit(graph)
    return strategy


def ranking(strategy: Strategy, item: int, k: int, *others: int) -> Ranking:
    """What is recommended for an item, without some others."""
    return strategy.recommend(item, k, np.array([item, *others]))


def ranked(strategy: Strategy, item: int, k: int, *others: int) -> list[int]:
    """The items alone."""
    items: list[int] = ranking(strategy, item, k, *others).items.tolist()
    return items
