"""The shares of a walk that keeps starting over, as NetworkX finds them."""

from __future__ import annotations

import re

import networkx
import numpy as np
import pytest

from graph.recommend import Ranking, TrainingGraph
from graph.recommend.personalized_pagerank import PersonalizedPageRank

from .small import fitted, graph_of, random_graph, ranked, ranking, undirected


def exact(graph: TrainingGraph, item: int, restart: float) -> dict[int, float]:
    shares = networkx.pagerank(
        undirected(graph), alpha=1 - restart, personalization={item: 1}, tol=1e-14, max_iter=1000
    )
    return {other: share for other, share in shares.items() if share > 1e-12 and other != item}


def shares(found: Ranking) -> dict[int, float]:
    return dict(zip(found.items.tolist(), found.scores.tolist(), strict=True))


def test_what_is_reached_on_more_ways_comes_first() -> None:
    # 4 by way of 1, 2 and 3; 5 by way of 3 alone; 6 by way of 5
    strategy = fitted(PersonalizedPageRank(), graph_of({0: [1, 2, 3], 4: [1, 2, 3], 5: [3, 6]}, 8))
    assert ranked(strategy, 0, 10, 1, 2, 3) == [4, 5, 6]


def test_links_count_in_either_direction_and_once() -> None:
    there = fitted(PersonalizedPageRank(), graph_of({0: [1], 1: [2]}, 3))
    back = fitted(PersonalizedPageRank(), graph_of({1: [0, 2], 2: [1], 0: [1]}, 3))
    assert shares(ranking(there, 0, 5)) == shares(ranking(back, 0, 5))


def test_a_share_is_followed_while_it_is_at_least_the_tolerance() -> None:
    # 1/2, 1/4 and 1/8 go to and fro, the last is not followed; half of all that comes to 1 stays there
    to_and_fro = graph_of({0: [1]}, 2)
    assert shares(ranking(fitted(PersonalizedPageRank(0.5, 0.25), to_and_fro), 0, 1)) == {1: 0.25 + 0.0625}
    assert shares(ranking(fitted(PersonalizedPageRank(0.5, 0.26), to_and_fro), 0, 1)) == {1: 0.25}


@pytest.mark.parametrize("restart", [0.1, 0.3, 0.85])
def test_it_is_networkx_s_where_every_share_is_followed(restart: float) -> None:
    for seed in range(3):
        graph = random_graph(40, 80, seed)
        strategy = fitted(PersonalizedPageRank(restart, 1e-13), graph)
        for item in range(0, 40, 3):
            expected = exact(graph, item, restart)
            assert shares(ranking(strategy, item, 40)) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("tolerance", [0.3, 1e-2, 1e-3])
def test_no_share_is_too_low_by_more_than_the_tolerance_for_each_neighbor(tolerance: float) -> None:
    graph = random_graph(200, 600, 0)
    strategy = fitted(PersonalizedPageRank(0.2, tolerance), graph)
    lower = 0
    for item in range(0, 199, 10):
        found = shares(ranking(strategy, item, 200))
        for other, share in exact(graph, item, 0.2).items():
            too_low = share - found.get(other, 0.0)
            assert -1e-7 < too_low < tolerance * graph.neighbors.sizes[other]
            lower += too_low > tolerance / 100
    assert lower  # shares are not followed without end


def test_the_default_finds_the_first_ten() -> None:
    graph = random_graph(1000, 3000, 1)
    strategy, items = fitted(PersonalizedPageRank(), graph), range(0, 999, 50)
    alike = []
    for item in items:
        shares = exact(graph, item, 0.5)
        alike.append(len({*sorted(shares, key=lambda i: -shares[i])[:10]} & {*ranked(strategy, item, 10)}))
    assert np.mean(alike) > 9.8


def test_all_neighbors_of_a_hub_are_reached_however_many_they_are() -> None:
    strategy = fitted(PersonalizedPageRank(tolerance=0.01), graph_of({0: range(1, 301)}, 301))
    assert sorted(ranked(strategy, 0, 500)) == list(range(1, 301))


def test_an_item_without_links_gets_nothing() -> None:
    assert ranked(fitted(PersonalizedPageRank(), graph_of({0: [1]}, 3)), 2, 10) == []


def test_only_what_is_left_in_is_recommended_and_k_at_most() -> None:
    strategy = fitted(PersonalizedPageRank(), graph_of({0: [1, 2, 3, 4]}, 5))
    assert ranked(strategy, 0, 2, 1, 3) == [2, 4]
    assert ranked(strategy, 0, 3) == [1, 2, 3]


@pytest.mark.parametrize("value", [0, 1, -0.1, 1.5, float("nan"), "0.3", None, True])
def test_values_out_of_range_are_refused(value: float) -> None:
    for parameter in ("restart", "tolerance"):
        said = re.escape(f"{parameter} must be above 0 and below 1, got {value!r}")
        with pytest.raises(ValueError, match=said):
            PersonalizedPageRank(**{parameter: value})
