"""What says the same comes first."""

from __future__ import annotations

import re

import numpy as np
import pytest

from graph.recommend import Text, TrainingGraph
from graph.recommend.content import Content
from graph.recommend.terms import terms_of

from .small import fitted, graph_of, ranked, ranking
from .spoken import dense, random_texts, spoken

COUNT = 60


def titled(*titles: str) -> TrainingGraph:
    return spoken([Text(title, (), "") for title in titles])


def cosines(graph: TrainingGraph, power: float) -> np.ndarray:
    """Of each two items, by whole vectors."""
    terms = terms_of(graph)
    vectors = dense(terms.terms, terms.term_frequencies, len(terms.field)) * terms.rarity**power
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-300)
    return vectors @ vectors.T


@pytest.mark.parametrize("power", [0.5, 1, 2.0])
def test_it_ranks_by_cosine(power: float) -> None:
    graph = spoken(random_texts(COUNT, 40, 2))
    strategy, alike = fitted(Content(power=power), graph), cosines(graph, power)
    for item in range(COUNT):
        found = ranking(strategy, item, COUNT)
        assert found.scores == pytest.approx(alike[item][found.items], abs=1e-5)
        assert (np.diff(found.scores) <= 0).all()
        others = np.delete(np.arange(COUNT), item)
        assert {*found.items.tolist()} == {*others[alike[item][others] > 1e-9].tolist()}


def test_rare_words_count_for_more_the_higher_the_power() -> None:
    graph = titled("rare common often", "rare x", "common often", *["common often y"] * 4, *["z"] * 30)
    assert ranked(fitted(Content(power=0.1), graph), 0, 1) == [2]
    assert ranked(fitted(Content(power=6), graph), 0, 1) == [1]


def test_what_is_written_is_all_that_counts() -> None:
    texts = random_texts(COUNT, 40, 0)
    linked = spoken(texts, {0: [1, 2, 3], 7: [0]}, {0: [1], 5: [1]})
    for item in (0, 7):
        assert ranked(fitted(Content(), linked), item, 9) == ranked(fitted(Content(), spoken(texts)), item, 9)


def test_titles_keywords_and_answers_count() -> None:
    texts = [
        Text("a", ("b",), "c"),
        Text("a", (), ""),
        Text("", ("b",), ""),
        Text("", (), "c"),
        *[Text("x", (), "")],
    ]
    assert sorted(ranked(fitted(Content(), spoken(texts)), 0, 9)) == [1, 2, 3]


def test_ties_go_by_item_and_at_most_k_are_given() -> None:
    strategy = fitted(Content(), titled("cat", "dog", "cat", "cat", "dog", "cat"))
    assert ranked(strategy, 3, 9) == [0, 2, 5]
    assert ranked(strategy, 3, 2) == [0, 2]
    assert ranked(strategy, 3, 2, 0) == [2, 5]


def test_an_item_without_a_text_gets_nothing_and_is_never_given() -> None:
    strategy = fitted(Content(), titled("cat", "", "cat"))
    assert ranked(strategy, 1, 9) == []
    assert ranked(strategy, 0, 9) == [2]


@pytest.mark.parametrize(
    "graph", [graph_of({}, 1), graph_of({0: [1]}, 3), titled("cat"), titled("cat", "dog")]
)
def test_where_nothing_is_shared_nothing_is_given(graph: TrainingGraph) -> None:
    assert ranked(fitted(Content(), graph), 0, 9) == []


def test_a_graph_may_be_empty() -> None:
    fitted(Content(), graph_of({}, 0))


@pytest.mark.parametrize("value", [0, -1, 10, float("nan"), float("inf"), "2", None])
def test_values_out_of_range_are_refused(value: float) -> None:
    said = re.escape(f"power must be above 0 and below 10, got {value!r}")
    with pytest.raises(ValueError, match=said):
        Content(power=value)
