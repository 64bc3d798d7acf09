"""Shares of walks of one or two steps, as matrices give them."""

from __future__ import annotations

import networkx
import numpy as np
import pytest

from graph.recommend import TrainingGraph
from graph.recommend.closeness import Closeness

from .small import graph_of, random_graph
from .spoken import dense


def shares(closeness: Closeness) -> np.ndarray:
    return dense(closeness.items, closeness.shares, len(closeness.items))


def walked(graph: TrainingGraph) -> np.ndarray:
    """(W + W²) / 2 without its diagonal, rows adding up to 1 again."""
    directed = networkx.DiGraph(
        list(zip(graph.outgoing.owners().tolist(), graph.outgoing.values.tolist(), strict=True))
    )
    links = networkx.to_numpy_array(directed, nodelist=None) if directed else np.zeros((0, 0))
    whole = np.zeros((len(graph), len(graph)))
    whole[np.ix_(list(directed), list(directed))] = links + links.T

    def normal(matrix: np.ndarray) -> np.ndarray:
        return matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1e-300)

    steps = normal(whole)
    both = (steps + steps @ steps) / 2
    np.fill_diagonal(both, 0)
    return normal(both)


def test_one_step_or_two() -> None:
    # from 0 to 1, then back or on to 2
    found = shares(Closeness.of(graph_of({0: [1], 1: [2]}, 3).outgoing))
    assert found[0] == pytest.approx([0, 0.5 / 0.75, 0.25 / 0.75])
    assert found[1] == pytest.approx([0.5, 0, 0.5])
    assert found[2] == pytest.approx([0.25 / 0.75, 0.5 / 0.75, 0])


def test_links_count_in_either_direction_and_a_link_to_and_fro_twice() -> None:
    found = shares(Closeness.of(graph_of({0: [1, 2], 1: [0]}, 3).outgoing))
    there = shares(Closeness.of(graph_of({0: [1], 1: [0], 2: [0]}, 3).outgoing))
    assert found.tolist() == there.tolist()
    assert found[0] == pytest.approx([0, 2 / 3, 1 / 3])


@pytest.mark.parametrize("seed", range(4))
def test_shares_are_those_of_matrices(seed: int) -> None:
    graph = random_graph(40, 70, seed)
    closeness = Closeness.of(graph.outgoing)
    assert shares(closeness) == pytest.approx(walked(graph), abs=1e-6)
    assert closeness.items.sizes[39] == 0
    assert (closeness.shares > 0).all()
    assert all((np.diff(closeness.items[item]) > 0).all() for item in range(40))


def test_spreading_gives_away_amounts_by_shares() -> None:
    closeness = Closeness.of(random_graph(40, 70, 1).outgoing)
    items, amounts = np.array([7, 3, 39, 20]), np.array([1.0, 0.5, 9.0, 2.0])
    assert closeness.spread(items, amounts) == pytest.approx(amounts @ shares(closeness)[items], abs=1e-6)
    assert closeness.spread(items[:0], amounts[:0]).tolist() == [0] * 40


def test_among_some_it_is_the_larger_share_of_each_two() -> None:
    closeness = Closeness.of(random_graph(40, 90, 2).outgoing)
    whole = shares(closeness)
    assert (whole != whole.T).any()
    items = np.array([0, 2, 3, 8, 9, 21, 30, 38, 39])
    found = closeness.among(items)
    assert found == pytest.approx(np.maximum(whole, whole.T)[np.ix_(items, items)], abs=1e-6)
    assert (found > 0).any()
    assert closeness.among(items[:1]).tolist() == [[0]]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_without_links_nothing_is_close(count: int) -> None:
    closeness = Closeness.of(graph_of({}, count).outgoing)
    assert closeness.items.sizes.tolist() == [0] * count
    assert closeness.spread(np.arange(count), np.ones(count)).tolist() == [0] * count
    assert not closeness.among(np.arange(count)).any()
