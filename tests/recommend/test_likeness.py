"""Products and cosines by way of an inverted index are those of whole vectors."""

from __future__ import annotations

import numpy as np
import pytest

from graph.recommend import TrainingGraph
from graph.recommend.likeness import Likeness, Shared, cosines
from graph.recommend.terms import Field, Terms, terms_of

from .small import graph_of
from .spoken import dense, random_texts, spoken

COUNT = 40


@pytest.fixture(params=range(3))
def terms(request: pytest.FixtureRequest) -> Terms:
    return terms_of(spoken(random_texts(COUNT, 25, request.param)))


def weights_of(terms: Terms) -> np.ndarray:
    """Random ones, some of them 0."""
    random = np.random.default_rng(5)
    return random.uniform(0, 3, len(terms.field)) * (random.uniform(size=len(terms.field)) > 0.2)


def vectors(terms: Terms) -> np.ndarray:
    """A vector for each item, as wide as there are terms."""
    return dense(terms.terms, terms.term_frequencies, len(terms.field)) * weights_of(terms)


@pytest.fixture
def likeness(terms: Terms) -> Likeness:
    return Likeness.weighted(terms, weights_of(terms))


def test_lengths_are_those_of_vectors(terms: Terms, likeness: Likeness) -> None:
    whole = vectors(terms)
    for field in Field:
        expected = np.linalg.norm(whole[:, terms.field == field], axis=1)
        assert likeness.lengths[field] == pytest.approx(expected, abs=1e-5)
    assert likeness.whole_lengths() == pytest.approx(np.linalg.norm(whole, axis=1), abs=1e-5)


def test_products_with_all_others_by_field(terms: Terms, likeness: Likeness) -> None:
    whole = vectors(terms)
    for item in range(COUNT):
        shared = Shared.of(terms, item)
        found = likeness.products(shared)
        assert found.shape == (len(Field), COUNT)
        for field in Field:
            of_field = whole * (terms.field == field)
            assert found[field] == pytest.approx(of_field @ of_field[item], abs=1e-4)
            assert likeness.products_in(field, shared).tolist() == found[field].tolist()
    assert not likeness.products(Shared.of(terms, COUNT - 1)).any()  # the item without a text


def test_terms_that_weigh_nothing_make_nobody_alike(terms: Terms) -> None:
    likeness = Likeness.weighted(terms, np.zeros(len(terms.field)))
    assert not likeness.products(Shared.of(terms, 0)).any()
    assert not likeness.whole_lengths().any()


def test_cosines_are_products_over_lengths_and_0_with_what_is_empty() -> None:
    found = cosines(np.array([6.0, 2.0, 0.0]), 2.0, np.array([3.0, 4.0, 0.0]))
    assert found.tolist() == pytest.approx([1, 0.25, 0])
    assert cosines(np.zeros(2), 0.0, np.array([3.0, 0.0])).tolist() == [0, 0]


def test_an_item_is_as_like_itself_as_can_be(terms: Terms, likeness: Likeness) -> None:
    lengths = likeness.whole_lengths()
    for item in np.flatnonzero(lengths).tolist():
        products = likeness.products(Shared.of(terms, item)).sum(axis=0)
        alike = cosines(products, float(lengths[item]), lengths)
        assert alike[item] == pytest.approx(1, abs=1e-5)
        assert alike.max() < 1 + 1e-5


@pytest.mark.parametrize("graph", [graph_of({}, 0), graph_of({}, 3)])
def test_without_texts_nothing_is_alike(graph: TrainingGraph) -> None:
    terms = terms_of(graph)
    likeness = Likeness.weighted(terms, np.zeros(0))
    assert likeness.lengths.shape == (len(Field), len(graph))
    assert likeness.whole_lengths().tolist() == [0] * len(graph)
    for item in range(len(graph)):
        assert likeness.products(Shared.of(terms, item)).tolist() == [[0] * len(graph)] * len(Field)
