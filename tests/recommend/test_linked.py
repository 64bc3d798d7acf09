"""What links here comes first, then what is linked beside it."""

from __future__ import annotations

import networkx
import pytest

from graph.recommend.linked import Linked

from .small import fitted, graph_of, random_graph, ranked, ranking, undirected


def test_what_links_to_an_item_ranks_above_what_is_linked_beside_it() -> None:
    # 5 is cited beside 0 three times, and yet below all that cite 0
    strategy = fitted(Linked(), graph_of({1: [0, 5], 2: [0, 5, 6], 3: [0, 5]}, 7))
    assert ranked(strategy, 0, 10) == [1, 2, 3, 5, 6]


def test_of_what_links_here_that_which_shares_most_neighbors_is_first() -> None:
    # 3 shares 7 and 8 with 0, 2 shares 7, 1 shares nothing
    strategy = fitted(Linked(), graph_of({0: [7, 8], 1: [0], 2: [0, 7], 3: [0], 7: [3], 8: [3]}, 9))
    found = ranking(strategy, 0, 3, 7, 8)
    assert found.items.tolist() == [3, 2, 1]
    assert found.scores.tolist() == [3, 2, 1]


def test_what_is_linked_beside_it_ranks_by_how_often() -> None:
    strategy = fitted(Linked(), graph_of({1: [0, 4, 6], 2: [0, 6], 3: [0, 4, 5, 6]}, 7))
    found = ranking(strategy, 0, 10, 1, 2, 3)
    assert found.items.tolist() == [6, 4, 5]
    assert found.scores == pytest.approx([3 / 4, 2 / 4, 1 / 4])


def test_what_both_links_here_and_is_linked_beside_it_is_there_once() -> None:
    assert ranked(fitted(Linked(), graph_of({1: [0, 2], 2: [0]}, 3)), 0, 10) == [1, 2]


def test_what_an_item_links_to_is_not_left_out_by_itself() -> None:
    strategy = fitted(Linked(), graph_of({0: [1], 1: [0]}, 2))
    assert ranked(strategy, 0, 10) == [1]
    assert ranked(strategy, 0, 10, 1) == []


def test_an_item_that_nothing_links_to_gets_nothing() -> None:
    strategy = fitted(Linked(), graph_of({0: [1], 2: [1]}, 4))
    assert ranked(strategy, 0, 10) == ranked(strategy, 3, 10) == []


def test_k_are_given_at_most() -> None:
    strategy = fitted(Linked(), graph_of({item: [0] for item in range(1, 9)}, 9))
    assert ranked(strategy, 0, 3) == [1, 2, 3]
    assert ranked(strategy, 0, 3, 2) == [1, 3, 4]


def test_it_is_what_its_definition_says_on_random_graphs() -> None:
    for seed in range(5):
        graph = random_graph(40, 160, seed)
        near, outgoing = undirected(graph), [set(graph.outgoing[i].tolist()) for i in range(40)]
        strategy = fitted(Linked(), graph)
        for item in range(40):
            linking = [other for other in range(40) if item in outgoing[other]]
            first = {i: len(list(networkx.common_neighbors(near, item, i))) for i in linking}
            cited = {i: sum(i in outgoing[j] for j in linking) for i in range(40)}
            then = {i: n for i, n in cited.items() if n and i not in first and i != item}
            expected = sorted(first, key=lambda i: (-first[i], i)) + sorted(then, key=lambda i: (-then[i], i))
            assert ranked(strategy, item, 40) == expected
