"""Measures are what NetworkX says they are."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import networkx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_columns import stored

from graph.columns import Adjacency
from graph.metrics import (
    average_degree,
    clustering,
    clustering_coefficient,
    dead_ends,
    degree_distribution,
    degrees,
    density,
    highest,
    isolated,
    orphans,
    reciprocity,
    undirected,
)

BOTH_WAYS = [(0, 1), (1, 0), (2, 0), (1, 2), (3, 0)]
"""A triangle of 0, 1 and 2; 0 and 1 link to each other; 3 links to 0."""


@dataclass(frozen=True)
class Drawn:
    """A graph drawn at random, as NetworkX and as columns hold it."""

    nx: networkx.DiGraph
    outgoing: Adjacency
    incoming: Adjacency

    @property
    def without_directions(self) -> networkx.Graph:
        return self.nx.to_undirected()


def drawn_from(count: int, links: list[tuple[int, int]]) -> Drawn:
    """A graph, from links in any order."""
    nx = networkx.DiGraph()
    nx.add_nodes_from(range(count))
    nx.add_edges_from(links)
    return Drawn(nx, *stored(links, count))


def random_graphs(how_many: int = 60, most: int = 40) -> Iterator[Drawn]:
    """Sparse and dense graphs, most of them of several components and with isolated articles."""
    chance = random.Random(3)
    for _ in range(how_many):
        count, share = chance.randint(1, most), chance.choice([0.01, 0.03, 0.06, 0.15, 0.5])
        links = [(a, b) for a in range(count) for b in range(count) if a != b and chance.random() < share]
        chance.shuffle(links)
        yield drawn_from(count, links)


graphs = st.integers(1, 9).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda e: e[0] != e[1]),
            unique=True,
            max_size=40,
        ),
    )
)


@given(graphs)
@example((0, []))
@example((1, []))
@example((2, [(0, 1), (1, 0)]))
@example((3, [(0, 1)]))
def test_measures_are_networkx_s(made: tuple[int, list[tuple[int, int]]]) -> None:
    count, links = made
    outgoing, incoming = stored(links, count)
    nx = networkx.DiGraph()
    nx.add_nodes_from(range(count))
    nx.add_edges_from(links)
    assert density(count, len(links)) == pytest.approx(networkx.density(nx))
    assert reciprocity(outgoing) == pytest.approx(networkx.overall_reciprocity(nx) if links else 0.0)
    assert list(isolated(outgoing, incoming)) == list(networkx.isolates(nx))
    assert list(orphans(incoming)) == [node for node, degree in nx.in_degree if degree == 0]
    assert list(dead_ends(outgoing)) == [node for node, degree in nx.out_degree if degree == 0]
    assert list(incoming.degrees()) == [degree for _, degree in nx.in_degree]
    assert list(outgoing.degrees()) == [degree for _, degree in nx.out_degree]
    degrees = [degree for _, degree in nx.degree]
    assert average_degree(count, len(links)) == pytest.approx(sum(degrees) / count if count else 0.0)


@pytest.mark.parametrize(
    ("articles", "links", "expected"), [(0, 0, 0.0), (1, 0, 0.0), (2, 1, 0.5), (4, 12, 1.0)]
)
def test_density_is_a_share_of_all_that_could_be(articles: int, links: int, expected: float) -> None:
    assert density(articles, links) == expected


def test_highest_breaks_ties_by_position() -> None:
    scores = array("i", [3, 5, 3, 5, 1, 3])
    assert highest(scores, range(6), 4) == [1, 3, 0, 2]
    assert highest(scores, [5, 4, 2, 0], 3) == [0, 2, 5]
    assert highest(scores, range(6), 0) == []
    assert highest(scores, [], 4) == []
    assert highest(scores, range(6), 100) == [1, 3, 0, 2, 5, 4]


def test_a_degree_counts_links_in_the_directions_asked_for() -> None:
    outgoing, incoming = stored(BOTH_WAYS, 5)
    assert degrees(incoming).tolist() == [3, 1, 1, 0, 0]
    assert degrees(outgoing).tolist() == [1, 2, 1, 1, 0]
    assert degrees(outgoing, incoming).tolist() == [4, 3, 2, 1, 0]


def test_the_distribution_counts_articles_by_degree_and_leaves_out_degrees_that_none_has() -> None:
    outgoing, incoming = stored(BOTH_WAYS, 5)
    assert degree_distribution(incoming) == [(0, 2), (1, 2), (3, 1)]
    assert degree_distribution(outgoing) == [(0, 1), (1, 3), (2, 1)]
    assert degree_distribution(outgoing, incoming) == [(0, 1), (1, 1), (2, 1), (3, 1), (4, 1)]


def test_without_directions_two_links_between_two_articles_are_one() -> None:
    neighbors = undirected(*stored(BOTH_WAYS, 5))
    assert [list(neighbors[position]) for position in range(5)] == [[1, 2, 3], [0, 2], [0, 1], [0], []]


def test_clustering_is_the_share_of_pairs_of_neighbors_that_are_neighbors() -> None:
    outgoing, incoming = stored(BOTH_WAYS, 5)
    assert clustering(outgoing, incoming).tolist() == [1 / 3, 1, 1, 0, 0]
    assert clustering_coefficient(outgoing, incoming) == pytest.approx(7 / 15)


def test_degrees_and_clustering_are_networkx_s() -> None:
    for drawn in random_graphs():
        plain = drawn.without_directions
        neighbors = undirected(drawn.outgoing, drawn.incoming)
        assert [list(neighbors[node]) for node in plain] == [sorted(plain[node]) for node in plain]
        histogram = [(d, n) for d, n in enumerate(networkx.degree_histogram(drawn.nx)) if n]
        assert degree_distribution(drawn.outgoing, drawn.incoming) == histogram
        local = clustering(drawn.outgoing, drawn.incoming)
        assert local.tolist() == pytest.approx(list(networkx.clustering(plain).values()))
        mean = clustering_coefficient(drawn.outgoing, drawn.incoming)
        assert mean == pytest.approx(networkx.average_clustering(plain))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_articles_without_links_have_degree_0_and_no_clusters(count: int) -> None:
    outgoing, incoming = stored([], count)
    assert degree_distribution(outgoing, incoming) == ([(0, count)] if count else [])
    assert len(undirected(outgoing, incoming)) == count
    assert clustering(outgoing, incoming).tolist() == [0] * count
    assert clustering_coefficient(outgoing, incoming) == 0
