"""What most link to, on the same subject first, and then all there is."""

from __future__ import annotations

import numpy as np
import pytest

from graph.recommend.popular import Popular

from .small import Lists, fitted, graph_of, random_graph, ranked, ranking

LINKS: Lists = {0: [3], 1: [3, 4], 2: [3, 4, 5], 5: [1]}
"""Three link to 3, two to 4, one each to 1 and 5, none to the others."""


def test_what_most_link_to_is_first_and_equals_in_their_order() -> None:
    assert ranked(fitted(Popular(), graph_of(LINKS, 7)), 0, 3) == [3, 4, 1]


def test_whatever_shares_a_subject_comes_before_all_else() -> None:
    strategy = fitted(Popular(), graph_of(LINKS, 7, {0: [1], 6: [1], 5: [1], 3: [0], 4: [0]}))
    assert ranked(strategy, 0, 10) == [5, 6, 3, 4, 1, 2]
    assert ranked(strategy, 2, 10) == [3, 4, 1, 5, 0, 6]


def test_an_item_may_have_several_subjects() -> None:
    strategy = fitted(Popular(), graph_of(LINKS, 7, {0: [0, 2], 1: [2], 4: [0, 2], 6: [0]}))
    assert ranked(strategy, 0, 10) == [4, 1, 6, 3, 5, 2]


def test_there_are_always_as_many_as_are_asked_for() -> None:
    strategy = fitted(Popular(), graph_of({}, 30, {0: [0], 1: [0]}))
    assert ranked(strategy, 0, 29) == list(range(1, 30))
    found = ranking(strategy, 0, 5, 1, 3, 4)
    assert found.items.tolist() == [2, 5, 6, 7, 8]
    assert min(found.scores) > 0


@pytest.mark.parametrize("k", [1, 3, 10, 50])
@pytest.mark.parametrize("left_out", [(), range(5, 25), range(39)])
def test_it_is_the_beginning_of_the_whole_ranking(k: int, left_out: range) -> None:
    rng = np.random.default_rng(k)
    links = random_graph(40, 100, k)
    subjects = {item: rng.choice(4, rng.integers(3), replace=False).tolist() for item in range(40)}
    outgoing = {item: links.outgoing[item].tolist() for item in range(40)}
    strategy = fitted(Popular(), graph_of(outgoing, 40, subjects))
    for item in range(40):
        others = [other for other in range(40) if other != item and other not in left_out]
        others.sort(key=lambda i: (not {*subjects[i]} & {*subjects[item]}, -links.incoming.sizes[i], i))
        assert ranked(strategy, item, k, *left_out) == others[:k]


def test_one_item_alone_gets_nothing() -> None:
    assert ranked(fitted(Popular(), graph_of({}, 1)), 0, 10) == []
