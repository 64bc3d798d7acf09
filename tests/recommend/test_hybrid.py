"""Links where there are enough, texts and topics elsewhere, and both learned from the library itself."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from graph.recommend import Ranking, Strategy, Text, TrainingGraph
from graph.recommend.content import Content
from graph.recommend.hybrid import Hybrid
from graph.recommend.personalized_pagerank import PersonalizedPageRank
from graph.recommend.ranker import Ranker
from graph.recommend.terms import terms_of
from graph.recommend.topics import CANDIDATES, Candidates, Topics, topics_of
from graph.recommend.training import Arrays

from .small import fitted, graph_of, random_graph, ranked, ranking
from .spoken import planted_topics, random_texts, spoken, without_links_of

TOPICS, SIZE, EXAMPLES = 40, 8, 100


class Shelf:
    """Keeps what was computed by its name, as files do: not to be written to."""

    def __init__(self) -> None:
        self.held: dict[str, Arrays] = {}
        self.computed: list[str] = []

    def kept(self, name: str, compute: Callable[[], Arrays]) -> Arrays:
        if name not in self.held:
            self.computed.append(name)
            self.held[name] = compute()
            for values in self.held[name].values():
                values.flags.writeable = False
        return self.held[name]


class Planted:
    """Topics of which one item each has lost its links, and hybrid fitted to them."""

    def __init__(self) -> None:
        whole, self.members = planted_topics(TOPICS, SIZE, 0)
        self.cold = [items[0] for items in self.members]
        self.graph = without_links_of(whole, self.cold)
        shelf = Shelf()
        self.graph.kept = shelf.kept
        self.hybrid = fitted(Hybrid(examples=EXAMPLES), self.graph)
        self.ranker = Ranker(shelf.held[shelf.computed[-1]])

    def found(self, strategy: Strategy) -> float:
        """How many of its topic's other items a cold item is recommended, of as many as there are."""
        hits = [
            len({*ranked(strategy, item, SIZE - 1)} & {*items})
            for item, items in zip(self.cold, self.members, strict=True)
        ]
        return float(np.mean(hits)) / (SIZE - 1)

    @functools.cached_property
    def topics(self) -> Topics:
        return topics_of(terms_of(self.graph), self.graph.outgoing, self.graph.subjects)

    def candidates(self, item: int) -> Candidates:
        return self.topics.candidates(item, np.array([item]))

    def chances(self, item: int) -> dict[int, float]:
        """How likely each candidate is right, as was learned."""
        found = self.candidates(item)
        powers = np.exp(self.ranker.score(found.features))
        return dict(zip(found.items.tolist(), (powers / powers.sum()).tolist(), strict=True))


@pytest.fixture(scope="module")
def planted() -> Planted:
    return Planted()


def scores(found: Ranking) -> dict[int, float]:
    return dict(zip(found.items.tolist(), found.scores.tolist(), strict=True))


def assert_sound(found: Ranking, k: int, *excluded: int) -> None:
    items = found.items.tolist()
    assert len(items) <= k
    assert len({*items}) == len(items)
    assert not {*items} & {*excluded}
    assert (np.diff(found.scores) <= 0).all()
    assert np.isfinite(found.scores).all()


def test_an_article_without_links_is_given_the_rest_of_its_topic(planted: Planted) -> None:
    assert planted.found(planted.hybrid) > 0.9


def test_texts_alone_do_not_find_the_topic(planted: Planted) -> None:
    assert planted.found(fitted(Content(), planted.graph)) < 0.75


def test_learning_finds_what_likeness_does_not(planted: Planted) -> None:
    assert planted.found(fitted(Hybrid(examples=0), planted.graph)) < 0.75


def linked_and_talking(count: int) -> TrainingGraph:
    links = random_graph(count, count * 3, 1).outgoing
    return spoken(random_texts(count, 30, 1), {item: links[item].tolist() for item in range(count)})


@pytest.mark.parametrize("restart", [0.1, 0.5])
def test_where_there_are_enough_links_a_walk_along_them_answers(restart: float) -> None:
    graph = linked_and_talking(40)
    hybrid, walk = (
        fitted(strategy, graph) for strategy in (Hybrid(restart=restart), PersonalizedPageRank(restart))
    )
    for item in range(39):
        linked = graph.outgoing[item].tolist()
        found, expected = (ranking(strategy, item, 5, *linked) for strategy in (hybrid, walk))
        assert len(found.items) == 5
        assert found.items.tolist() == expected.items.tolist()
        assert found.scores.tolist() == expected.scores.tolist()


def test_where_links_end_the_topic_goes_on() -> None:
    # 0 is linked with 1 alone, and says what 2 and 3 say
    words = ["cat purrs", "stone", "cat purrs", "cat purrs", *["bee hums"] * 4, *["other"] * 40]
    graph = spoken([Text("", (), answer) for answer in words], {0: [1], 2: [3], 4: [5], 6: [7]})
    hybrid = fitted(Hybrid(), graph)
    found = ranking(hybrid, 0, 9)
    assert found.items.tolist() == [1, 2, 3]
    assert found.scores[0] > found.scores[1] > 0
    assert ranked(hybrid, 0, 1) == [1]
    assert ranked(hybrid, 0, 2, 2) == [1, 3]
    assert ranked(hybrid, 0, 9, 1) == [2, 3]


def test_lists_are_full_best_first_without_repeats_or_what_is_excluded(planted: Planted) -> None:
    for item in (*planted.cold[:5], *planted.members[7], *planted.members[20]):
        left_out = ranked(planted.hybrid, item, 30)[::3]
        for k in (1, 10, 100):
            found = ranking(planted.hybrid, item, k, *left_out)
            assert_sound(found, k, item, *left_out)
            assert len(found.items) == k


def test_of_a_longer_list_a_shorter_one_is_the_beginning(planted: Planted) -> None:
    for item in planted.cold[:10]:
        assert ranked(planted.hybrid, item, 40)[:7] == ranked(planted.hybrid, item, 7)


def test_without_variety_the_likeliest_come_first(planted: Planted) -> None:
    plain = fitted(Hybrid(examples=EXAMPLES, variety=0), planted.graph)
    for item in planted.cold[:10]:
        found, chances = ranking(plain, item, CANDIDATES), planted.chances(item)
        assert scores(found) == pytest.approx(chances, rel=1e-3, abs=1e-7)
        assert (np.diff(found.scores) <= 0).all()
        assert sum(found.scores) == pytest.approx(1, rel=1e-4)


def test_with_variety_what_is_close_to_what_was_chosen_counts_for_less(planted: Planted) -> None:
    for variety in (0.7, 1.5, 20.0):
        strategy = fitted(Hybrid(examples=EXAMPLES, variety=variety), planted.graph)
        for item in planted.cold[:8]:
            found = ranking(strategy, item, 15)
            assert scores(found) == pytest.approx(one_by_one(planted, item, variety, 15), rel=1e-3)
            assert_sound(found, 15, item)


def one_by_one(planted: Planted, item: int, variety: float, k: int) -> dict[int, float]:
    """Each of the k with its chance when it was chosen."""
    left, chosen = planted.chances(item), {}
    close = planted.topics.closeness

    def share(one: int, other: int) -> float:
        row = close.items[one].tolist()
        return float(close.shares[close.items.offsets[one] + row.index(other)]) if other in row else 0.0

    for _ in range(k):
        likeliest = max(left, key=lambda other: left[other])
        chosen[likeliest] = left.pop(likeliest)
        for other in left:
            near = max(share(likeliest, other), share(other, likeliest))
            left[other] *= 1 - min(variety * near, 0.9)
    return chosen


def test_without_examples_content_ranks(planted: Planted) -> None:
    strategy, content = fitted(Hybrid(examples=0), planted.graph), fitted(Content(), planted.graph)
    for item in planted.cold:
        found, expected = ranking(strategy, item, 20), ranking(content, item, 20)
        assert found.items.tolist() == expected.items.tolist()
        assert found.scores.tolist() == pytest.approx(expected.scores.tolist())


def test_the_defaults_learn_in_a_small_library_too(planted: Planted) -> None:
    assert planted.found(fitted(Hybrid(), planted.graph)) > 0.9


@pytest.mark.parametrize("count", [5, 44, 100])
def test_a_small_library_without_links_is_served_by_text(count: int) -> None:
    words = ["cat purrs", "cat purrs", *(f"word{n} thing{n % 3}" for n in range(count))]
    strategy = fitted(Hybrid(), spoken([Text("", (), answer) for answer in words]))
    assert ranked(strategy, 0, 3)[:1] == [1]


def test_a_seed_gives_the_same_every_time_and_another_one_something_else(planted: Planted) -> None:
    again = fitted(Hybrid(examples=EXAMPLES), planted.graph.without(np.zeros(0, int), np.zeros(0, int)))
    other = fitted(Hybrid(examples=EXAMPLES, seed=1), planted.graph)
    found = [ranking(strategy, item, 30) for strategy in (planted.hybrid, again) for item in planted.cold]
    assert [f.items.tolist() for f in found[:TOPICS]] == [f.items.tolist() for f in found[TOPICS:]]
    assert [f.scores.tobytes() for f in found[:TOPICS]] == [f.scores.tobytes() for f in found[TOPICS:]]
    assert any(
        scores(ranking(other, item, 30)) != scores(ranking(planted.hybrid, item, 30)) for item in planted.cold
    )


def test_any_number_of_threads_may_ask(planted: Planted) -> None:
    asked = planted.cold * 3
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda item: ranked(planted.hybrid, item, 10), asked))
    assert found == [ranked(planted.hybrid, item, 10) for item in asked]


def test_what_was_learned_is_kept(planted: Planted) -> None:
    shelf = Shelf()
    graph = planted.graph.without(np.zeros(0, int), np.zeros(0, int))
    graph.kept = shelf.kept
    for strategy in (Hybrid(examples=60), Hybrid(examples=60, restart=0.3, variety=0)):
        fitted(strategy, graph)
    assert len(shelf.computed) == len({*shelf.computed}) == 3  # terms, their weights, what hybrid learned
    opened = fitted(Hybrid(examples=60), graph)
    learned = fitted(Hybrid(examples=60), planted.graph.without(np.zeros(0, int), np.zeros(0, int)))
    for item in planted.cold:
        assert scores(ranking(opened, item, 10)) == scores(ranking(learned, item, 10))
    for strategy in (Hybrid(examples=61), Hybrid(examples=60, seed=1)):
        fitted(strategy, graph)
    assert len(shelf.computed) == 5


@pytest.mark.parametrize(
    "graph",
    [
        graph_of({}, 1),
        spoken([Text("cat", ("cat",), "cat")]),
        graph_of({}, 5),
        spoken(random_texts(80, 30, 0)),
        spoken([Text("cat", (), "")] * 9, {}, {0: [1]}),
        random_graph(80, 200, 0),
        graph_of({0: [1]}, 2),
    ],
    ids=["one", "one that talks", "silent", "no links", "all the same", "no texts", "two"],
)
def test_small_libraries_are_fine(graph: TrainingGraph) -> None:
    strategy = fitted(Hybrid(), graph)
    for item in range(len(graph)):
        assert_sound(ranking(strategy, item, 10), 10, item)
    assert_sound(ranking(strategy, 0, 10, *range(1, len(graph))), 0)


def test_a_graph_may_be_empty() -> None:
    fitted(Hybrid(), graph_of({}, 0))


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"examples": -1}, "examples must be a whole number from 0, got -1"),
        ({"examples": 2.5}, "examples must be a whole number from 0, got 2.5"),
        ({"seed": -3}, "seed must be a whole number from 0, got -3"),
        ({"seed": "0"}, "seed must be a whole number from 0, got '0'"),
        ({"variety": -0.1}, "variety must be 0 or more, got -0.1"),
        ({"variety": float("nan")}, "variety must be 0 or more, got nan"),
        ({"variety": None}, "variety must be 0 or more, got None"),
        ({"restart": 0}, "restart must be above 0 and below 1, got 0"),
        ({"restart": "0.5"}, "restart must be above 0 and below 1, got '0.5'"),
    ],
)
def test_values_out_of_range_are_refused(parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        Hybrid(**parameters)
