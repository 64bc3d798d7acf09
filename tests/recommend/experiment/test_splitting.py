"""What is hidden is not seen, is what is asked for, and is drawn by the seed alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.recommend.experiment.plan import ExperimentError, SplitKind
from graph.recommend.experiment.splitting import Part, Split, blind, split
from graph.recommend.training import TrainingGraph

from .hand import circles, hand_graph, links_of

HIDDEN, COLD = SplitKind.HIDDEN_LINKS, SplitKind.COLD_START
# 0 and 1 link to each other; 2 has one link; 3 has four; 4 only is linked to; 5 has no link at all
LINKS = {0: [1, 2], 1: [0], 2: [3], 3: [0, 1, 2, 4]}
SMALL = hand_graph(LINKS, 6)


def visible(drawn: Split) -> set[tuple[int, int]]:
    """The links that strategies see, in the numbers that the items had before."""
    return {(int(drawn.order[s]), int(drawn.order[t])) for s, t in links_of(drawn.graph)}


def truth(drawn: Split) -> dict[int, set[int]]:
    """What is to be found, in the same numbers."""
    return {
        int(drawn.order[item]): set(drawn.order[drawn.truth[row]].tolist())
        for row, item in enumerate(drawn.items)
    }


def excluded(drawn: Split) -> dict[int, set[int]]:
    return {
        int(drawn.order[item]): set(drawn.order[drawn.exclude[row]].tolist())
        for row, item in enumerate(drawn.items)
    }


def asked(drawn: Split) -> set[tuple[int, int]]:
    return {(source, target) for source, targets in truth(drawn).items() for target in targets}


def test_one_link_of_each_item_with_two_is_hidden() -> None:
    drawn = split(SMALL, HIDDEN, None, 1, seed=1)
    assert {item: len(targets) for item, targets in truth(drawn).items()} == {0: 1, 3: 1}
    assert visible(drawn) == links_of(SMALL) - asked(drawn)
    assert drawn.hidden == 2


def test_what_is_linked_visibly_and_the_item_itself_are_excluded_and_what_is_hidden_is_not() -> None:
    drawn = split(SMALL, HIDDEN, None, 2, seed=1)
    seen = visible(drawn)
    assert excluded(drawn) == {item: {item} | {t for s, t in seen if s == item} for item in (0, 3)}
    assert all(not excluded(drawn)[item] & targets for item, targets in truth(drawn).items())


def test_the_reverse_of_a_hidden_link_stays() -> None:
    hidden_pairs = set()
    for seed in range(20):
        drawn = split(SMALL, HIDDEN, None, 1, seed)
        hidden_pairs |= asked(drawn)
        assert (1, 0) in visible(drawn)
    assert (0, 1) in hidden_pairs


@pytest.mark.parametrize(
    ("hide", "hidden"),
    [(1, [1, 1, 1]), (2, [1, 2, 2]), (9, [1, 2, 4]), (0.5, [1, 2, 3]), (0.01, [1, 1, 1]), (0.99, [1, 2, 4])],
)
def test_a_number_or_a_share_is_hidden_but_one_at_least_and_never_all(hide: float, hidden: list[int]) -> None:
    of_two_three_and_five = hand_graph({0: [1, 2], 1: [2, 3, 4], 2: [0, 1, 3, 4, 5]}, 6)
    drawn = split(of_two_three_and_five, HIDDEN, None, hide, seed=3)
    assert [len(targets) for _, targets in sorted(truth(drawn).items())] == hidden


def test_a_cold_start_hides_all_links_to_and_from_the_test_items() -> None:
    drawn = split(SMALL, COLD, 1, 1, seed=0)
    ((item, targets),) = truth(drawn).items()
    assert targets == set(LINKS[item])
    assert visible(drawn) == {(s, t) for s, t in links_of(SMALL) if item not in (s, t)}
    assert excluded(drawn) == {item: {item}}
    assert drawn.hidden == len(links_of(SMALL)) - len(visible(drawn))


def test_a_cold_start_asks_for_links_between_test_items_too() -> None:
    drawn = split(SMALL, COLD, None, 1, seed=0)
    assert truth(drawn) == {item: set(targets) for item, targets in LINKS.items()}
    assert visible(drawn) == set()


def test_only_items_with_links_are_started_cold() -> None:
    found = {item for seed in range(40) for item in truth(split(SMALL, COLD, 1, 1, seed))}
    assert found == set(LINKS)


def test_no_more_items_than_asked_for_and_every_one_may_be_drawn() -> None:
    graph = hand_graph(circles(20), 20)
    drawn = [frozenset(truth(split(graph, HIDDEN, 5, 1, seed))) for seed in range(40)]
    assert {len(items) for items in drawn} == {5}
    assert frozenset.union(*drawn) == set(range(20))


def test_every_link_of_an_item_may_be_hidden() -> None:
    assert {target for seed in range(40) for target in truth(split(SMALL, HIDDEN, None, 1, seed))[3]} == {
        0, 1, 2, 4
    }  # fmt: skip


def test_the_order_of_items_is_drawn_and_texts_and_subjects_go_along() -> None:
    graph = hand_graph(circles(12), 12, [[item + 1] for item in range(12)])
    drawn = split(graph, HIDDEN, None, 1, seed=5)
    assert sorted(drawn.order.tolist()) == list(range(12))
    assert drawn.order.tolist() != list(range(12))
    for item, before in enumerate(drawn.order.tolist()):
        assert drawn.graph.text(item).title == f"item {before}"
        assert drawn.graph.subjects[item].tolist() == [before % 3]
        assert drawn.graph.stems.title[item].tolist() == [before + 1]
    assert drawn.items.tolist() == sorted(drawn.items.tolist())


def same(a: Split, b: Split) -> bool:
    return (asked(a), a.order.tolist(), a.items.tolist()) == (asked(b), b.order.tolist(), b.items.tolist())


@pytest.mark.parametrize("kind", SplitKind)
@pytest.mark.parametrize("part", [Part.TEST, Part.VALIDATION])
def test_a_seed_gives_one_split_and_another_seed_another(kind: SplitKind, part: Part) -> None:
    graph = hand_graph(circles(30), 30)
    assert same(split(graph, kind, 5, 1, 7, part), split(graph, kind, 5, 1, 7, part))
    assert not same(split(graph, kind, 5, 1, 7, part), split(graph, kind, 5, 1, 8, part))


def test_a_split_is_the_one_that_it_always_was() -> None:
    """Results are compared across releases: a change here must be meant."""
    drawn = split(hand_graph(circles(30), 30), HIDDEN, 4, 1, seed=7)
    assert truth(drawn) == {4: {6}, 12: {14}, 14: {16}, 28: {29}}


@pytest.mark.parametrize("kind", SplitKind)
def test_the_validation_part_knows_nothing_of_the_test_part(kind: SplitKind) -> None:
    graph = hand_graph(circles(40), 40)
    for seed in range(10):
        test, validation = split(graph, kind, 6, 1, seed), split(graph, kind, 6, 1, seed, Part.VALIDATION)
        assert visible(validation) < visible(test)
        assert asked(validation) <= visible(test)
        assert not asked(validation) & asked(test)
        assert asked(validation)
        assert not set(truth(validation)) & set(truth(test))


def test_where_too_few_other_items_are_left_test_items_make_them_up_with_other_links() -> None:
    graph = hand_graph(circles(10), 10)
    for seed in range(10):
        test, validation = split(graph, HIDDEN, 7, 1, seed), split(graph, HIDDEN, 7, 1, seed, Part.VALIDATION)
        others = set(range(10)) - set(truth(test))
        assert len(truth(validation)) == 7
        assert others < set(truth(validation))
        assert not asked(validation) & asked(test)


def test_the_validation_part_is_drawn_on_its_own() -> None:
    graph = hand_graph(circles(40), 40)
    parts = [set(truth(split(graph, HIDDEN, 6, 1, 0, part))) for part in (Part.TEST, Part.VALIDATION)]
    assert parts[0] != parts[1]


def test_a_blind_view_shows_no_link_and_asks_for_one_where_the_others_are_excluded() -> None:
    found = set()
    for seed in range(40):
        drawn = blind(SMALL, 2, seed)
        assert links_of(drawn.graph) == set()
        assert len(drawn.items) == 2
        assert drawn.hidden == 8
        for item, targets in truth(drawn).items():
            assert len(targets) == 1
            assert targets | excluded(drawn)[item] == {item, *LINKS[item]}
            assert not targets & excluded(drawn)[item]
        found |= asked(drawn)
    assert found == links_of(SMALL)


def test_what_strategies_are_shown_cannot_be_written_to() -> None:
    graph = split(SMALL, HIDDEN, None, 1, seed=1).graph
    for rows in (graph.outgoing, graph.incoming, graph.neighbors, graph.subjects, graph.stems.title):
        with pytest.raises(ValueError, match="read-only"):
            rows.offsets[0] = 1
    for drawn in (split(SMALL, HIDDEN, None, 1, seed=1), blind(SMALL, 2, seed=1)):
        rows = (drawn.truth, drawn.exclude)
        for array in (drawn.items, *(part for each in rows for part in (each.offsets, each.values))):
            with pytest.raises(ValueError, match="read-only"):
                array[0] = 1
    assert links_of(SMALL) == {(s, t) for s, targets in LINKS.items() for t in targets}
    SMALL.outgoing.values[0] += 0  # the graph that was split is as it was


@pytest.mark.parametrize(
    ("links", "items", "kind", "message"),
    [
        ({}, 0, HIDDEN, "the graph is empty: it has no articles"),
        ({}, 3, HIDDEN, "the split leaves no test links: no article has two links"),
        ({0: [1], 1: [2]}, 3, HIDDEN, "the split leaves no test links: no article has two links"),
        ({}, 3, COLD, "the split leaves no test links: no article has a link"),
    ],
)
def test_where_nothing_can_be_hidden_it_says_why(
    links: dict[int, list[int]], items: int, kind: SplitKind, message: str
) -> None:
    with pytest.raises(ExperimentError, match=message):
        split(hand_graph(links, items), kind, 3000, 1, seed=0)


@pytest.mark.parametrize("kind", SplitKind)
def test_where_nothing_is_left_to_tune_by_it_says_what_to_do(kind: SplitKind) -> None:
    graph = hand_graph({0: [1, 2], 1: [0, 2]}, 3)
    with pytest.raises(ExperimentError, match=r"no links are left to tune by: .*; test fewer"):
        split(graph, kind, None, 1, 0, Part.VALIDATION)


@given(
    st.dictionaries(st.integers(0, 9), st.sets(st.integers(0, 9), max_size=6), max_size=10),
    st.sampled_from(SplitKind),
    st.integers(1, 3) | st.floats(0.05, 0.95),
    st.none() | st.integers(1, 10),
    st.integers(0, 3),
)
def test_visible_and_hidden_links_are_all_links(
    links: dict[int, set[int]], kind: SplitKind, hide: float, articles: int | None, seed: int
) -> None:
    graph: TrainingGraph = hand_graph({s: sorted(ts - {s}) for s, ts in links.items()}, 10)
    try:
        drawn = split(graph, kind, articles, hide, seed)
    except ExperimentError:
        assert graph.outgoing.sizes.max() < (2 if kind is HIDDEN else 1)
        return
    whole, seen, wanted = links_of(graph), visible(drawn), asked(drawn)
    assert seen | wanted <= whole
    assert not seen & wanted
    assert len(whole) - len(seen) == drawn.hidden
    assert all(wanted_here for wanted_here in truth(drawn).values())
    tested = set(truth(drawn))
    if kind is HIDDEN:
        assert seen | wanted == whole
        assert all(any(s == item for s, _ in seen) for item in tested)
    else:
        assert wanted == {(s, t) for s, t in whole if s in tested}
        assert seen == {(s, t) for s, t in whole if s not in tested and t not in tested}
    assert np.array_equal(drawn.truth.sizes > 0, np.ones(len(drawn.items), bool))
