"""Shared neighbors count for more the fewer they have themselves, as NetworkX counts them."""

from __future__ import annotations

import math

import networkx
import numpy as np
import pytest

from graph.recommend.adamic_adar import AdamicAdar

from .small import fitted, graph_of, random_graph, ranked, ranking, undirected


def test_a_neighbor_with_few_neighbors_counts_for_more() -> None:
    # 1 is between 0 and 5 alone; 2 between 0 and 6, 7, 8
    strategy = fitted(AdamicAdar(), graph_of({0: [1, 2], 5: [1], 6: [2], 7: [2], 8: [2]}, 9))
    found = ranking(strategy, 0, 10)
    assert found.items.tolist() == [5, 6, 7, 8]
    assert found.scores == pytest.approx([1 / math.log(2)] + [1 / math.log(4)] * 3)


def test_links_count_in_either_direction_and_once() -> None:
    there = fitted(AdamicAdar(), graph_of({0: [1], 2: [1]}, 3))
    back = fitted(AdamicAdar(), graph_of({0: [1], 1: [0, 2], 2: [1]}, 3))
    assert ranking(there, 0, 1).scores == pytest.approx(ranking(back, 0, 1).scores)
    assert ranked(back, 0, 1) == [2]


def test_it_is_networkx_s() -> None:
    for seed in range(5):
        graph = random_graph(40, 160, seed)
        strategy = fitted(AdamicAdar(), graph)
        for item in range(40):
            pairs = [(item, other) for other in range(40) if other != item]
            expected = {b: s for _, b, s in networkx.adamic_adar_index(undirected(graph), pairs) if s > 0}
            found = ranking(strategy, item, 40)
            assert dict(zip(found.items.tolist(), found.scores, strict=True)) == pytest.approx(expected)


def test_a_neighbor_that_has_no_other_leads_nowhere() -> None:
    with np.errstate(all="raise"):
        strategy = fitted(AdamicAdar(), graph_of({0: [1], 2: []}, 3))
        assert ranked(strategy, 0, 10) == ranked(strategy, 1, 10) == ranked(strategy, 2, 10) == []


def test_equal_scores_are_equal_however_the_items_are_numbered() -> None:
    # 8 and 9 each share neighbors of degrees 2 to 5 with 0, one in ascending order, one in descending
    links = {0: [1, 2, 3, 4, 5, 6, 7, 10], 8: [1, 2, 3, 4], 9: [5, 6, 7, 10]}
    others = iter(range(11, 100))
    for neighbor, degree in zip((1, 2, 3, 4, 5, 6, 7, 10), (2, 3, 4, 5, 5, 4, 3, 2), strict=True):
        links[neighbor] = [next(others) for _ in range(degree - 2)]
    found = ranking(fitted(AdamicAdar(), graph_of(links, 40)), 0, 2, *range(1, 8), 10)
    assert found.items.tolist() == [8, 9]
    assert found.scores[0] == found.scores[1]
