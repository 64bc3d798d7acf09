"""Candidates for an item, and what speaks for each."""

from __future__ import annotations

import numpy as np
import pytest

from graph.recommend import Text, TrainingGraph
from graph.recommend.association import association
from graph.recommend.terms import Field, terms_of
from graph.recommend.topics import CANDIDATES, LIKENESS, Candidates, Topics, topics_of

from .small import Lists, graph_of, random_graph
from .spoken import dense, planted_topics, random_texts, spoken, without_links_of

COUNT = 240


def topics(graph: TrainingGraph) -> Topics:
    return topics_of(terms_of(graph), graph.outgoing, graph.subjects)


def candidates(found: Topics, item: int, *others: int) -> Candidates:
    return found.candidates(item, np.array([item, *others]))


def alike(graph: TrainingGraph) -> np.ndarray:
    """The cosine of each two items, by whole vectors with weights that are learned from links."""
    terms = terms_of(graph)
    weights = association(terms, graph.outgoing)
    vectors = dense(terms.terms, terms.term_frequencies, len(terms.field)) * weights
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-300)
    return vectors @ vectors.T


@pytest.fixture(scope="module")
def talking() -> TrainingGraph:
    """An item for each text; links are random, the last has none and says nothing."""
    links = random_graph(COUNT, 500, 0).outgoing
    lists = {item: links[item].tolist() for item in range(COUNT)}
    return spoken(random_texts(COUNT, 300, 0), lists, {item: [item % 7] for item in range(0, COUNT, 2)})


@pytest.fixture(scope="module")
def known(talking: TrainingGraph) -> Topics:
    return topics(talking)


def test_candidates_ascend_and_hold_nothing_excluded(known: Topics) -> None:
    for item in range(0, COUNT - 1, 20):
        first = candidates(known, item)
        assert len(first.items) == CANDIDATES
        left_out = first.items[::3].tolist()
        second = candidates(known, item, *left_out)
        for found in (first, second):
            assert (np.diff(found.items) > 0).all()
            assert item not in found.items
        assert not {*second.items.tolist()} & {*left_out}
        assert len(second.items) > len(first.items) - len(left_out)  # others take their places


def test_an_item_is_no_candidate_for_itself_even_where_it_is_not_excluded(known: Topics) -> None:
    assert 5 not in known.candidates(5, np.zeros(0, np.int32)).items


def test_features_are_finite_and_as_many_for_every_item(known: Topics) -> None:
    widths = set()
    for item in range(COUNT):
        found = candidates(known, item)
        assert np.isfinite(found.features).all()
        assert len(found.features) == len(found.items)
        widths.add(found.features.shape[1])
    assert len(widths) == 1


def test_one_feature_is_likeness(talking: TrainingGraph, known: Topics) -> None:
    expected = alike(talking)
    for item in range(0, COUNT, 10):
        found = candidates(known, item)
        assert found.features[:, LIKENESS] == pytest.approx(expected[item][found.items], abs=1e-5)


def is_feature(found: Candidates, expected: np.ndarray) -> bool:
    """Whether one of the features is this, whichever it is."""
    columns = found.features.T
    return any(column == pytest.approx(expected[found.items], abs=1e-5) for column in columns)


def test_what_is_close_to_a_candidate_speaks_for_it(talking: TrainingGraph, known: Topics) -> None:
    whole = alike(talking)
    close = dense(known.closeness.items, known.closeness.shares, COUNT)
    np.fill_diagonal(whole, 0)
    for item in range(0, COUNT - 1, 20):
        found = candidates(known, item)
        assert is_feature(found, close @ whole[item])
        reached = whole[item] ** 2 @ close
        assert is_feature(found, reached / reached.max())
        assert is_feature(found, known.cohesion)
        assert not is_feature(found, np.arange(COUNT))


def test_rare_pairs_of_an_answer_s_words_are_a_feature(talking: TrainingGraph, known: Topics) -> None:
    terms = terms_of(talking)
    weights = np.where(terms.field == Field.ANSWER_PAIRS, terms.rarity, 0)
    vectors = dense(terms.terms, terms.term_frequencies, len(terms.field)) * weights
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-300)
    for item in range(0, COUNT - 1, 20):
        assert is_feature(candidates(known, item), vectors @ vectors[item])


def test_of_those_that_are_equally_likely_the_first_are_candidates() -> None:
    texts = [Text("", (), answer) for answer in (*["cat purrs"] * 200, *["other"] * 600)]
    found = candidates(topics(spoken(texts, {0: [1]})), 2)
    assert found.items.tolist() == [0, 1, *range(3, CANDIDATES + 1)]


def test_cohesion_is_the_mean_likeness_to_what_is_linked(talking: TrainingGraph, known: Topics) -> None:
    expected = alike(talking)
    links = [*zip(talking.outgoing.owners().tolist(), talking.outgoing.values.tolist(), strict=True)]
    for item in range(COUNT):
        ends = [other for link in links for other in link if item in link and other != item]
        mean = np.mean(expected[item][ends]) if ends else 0
        assert known.cohesion[item] == pytest.approx(mean, abs=1e-5)
    assert known.cohesion.any()


FEW = [
    Text("", (), answer) for answer in (*["cat purrs"] * 3, "dog", "dog", *["bee hums"] * 4, *["other"] * 40)
]
"""0, 1 and 2 say the same, 3 and 4 share no word with them; 5 to 8 are linked, so words tell of links."""
LINKED: Lists = {1: [3], 5: [6], 7: [8]}


def test_links_lead_to_items_that_use_other_words() -> None:
    assert candidates(topics(spoken(FEW, LINKED)), 0).items.tolist() == [1, 2, 3]


def test_what_an_item_links_to_is_no_candidate_for_that_alone() -> None:
    found = candidates(topics(spoken(FEW, LINKED | {0: [20], 30: [0]})), 0)
    assert found.items.tolist() == [1, 2, 3]


def test_subjects_in_common_are_a_feature() -> None:
    def features(subjects: Lists) -> np.ndarray:
        texts = [Text("", (), answer) for answer in (*["cat purrs"] * 4, *["other"] * 40)]
        return candidates(topics(spoken(texts, {1: [2]}, subjects)), 0).features

    same = features({0: [1, 4], 2: [0, 4], 3: [3]}) - features({0: [1, 4], 2: [0], 3: [3]})
    assert [np.count_nonzero(row) for row in same] == [0, 1, 0]
    assert same.max() == 1
    assert not (features({}) - features({1: [0]})).any()


def test_links_tell_what_words_do_not() -> None:
    graph, members = planted_topics(40, 8, 0)
    cold = [items[0] for items in members]
    found = topics(without_links_of(graph, cold))
    ahead = []
    for items in members:
        others = candidates(found, items[0])
        is_its = np.isin(others.items, items)
        assert is_its.sum() >= 5
        its, rest = others.features[is_its], others.features[~is_its]
        ahead.append((its[:, None] > rest).mean(axis=(0, 1)))
    by_feature = np.mean(ahead, axis=0)
    assert by_feature[LIKENESS] > 0.6
    assert by_feature.max() > 0.9


def test_an_item_that_says_nothing_has_no_candidates(known: Topics) -> None:
    found = candidates(known, COUNT - 1)
    assert len(found.items) == len(found.features) == 0


@pytest.mark.parametrize(
    "graph",
    [
        graph_of({}, 1),
        graph_of({0: [1]}, 3),
        spoken([Text("cat", (), "")]),
        spoken([Text("cat", (), "")] * 2),
    ],
)
def test_small_graphs_are_fine(graph: TrainingGraph) -> None:
    found = candidates(topics(graph), 0)
    assert np.isfinite(found.features).all()
    assert 0 not in found.items


def test_a_graph_may_be_empty() -> None:
    assert len(topics(graph_of({}, 0)).lengths) == 0
