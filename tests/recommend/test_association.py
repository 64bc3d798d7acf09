"""The weights of terms follow from the links whose two ends have them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from graph.recommend import Text, TrainingGraph
from graph.recommend.association import CommonTerms, association
from graph.recommend.terms import Field, Terms, terms_of

from .small import Lists, graph_of, random_graph, rows_of
from .spoken import dense, random_texts, spoken


def weights(texts: list[Text], links: Lists) -> dict[tuple[int, ...], float]:
    """The weight of each term of the titles, by the items that have it."""
    graph = spoken(texts, links)
    terms = terms_of(graph)
    learned = association(terms, graph.outgoing)
    return {
        tuple(terms.items[term].tolist()): float(learned[term])
        for term in np.flatnonzero(terms.field == Field.TITLE)
    }


def titled(*titles: str) -> list[Text]:
    return [Text(title, (), "") for title in titles]


def test_what_linked_items_share_weighs_and_what_they_never_share_does_not() -> None:
    # "topic" and "chance" are as rare: links join items that have the one, none joins two that have the other
    texts = titled("topic", "topic chance", "topic", "topic", "chance", "chance", "chance", *["other"] * 93)
    links = {0: [1, 2], 1: [3], 3: [2], 4: [60], 5: [70], 6: [80], **{i: [i + 1] for i in range(10, 99)}}
    found = weights(texts, links)
    assert found[0, 1, 2, 3] > 5
    assert found[1, 4, 5, 6] < found[0, 1, 2, 3] / 2


def test_one_term_by_hand() -> None:
    # 4 items, 2 have the term; it is at both ends of 0 → 1, and at one of 1 → 2: 1 link and 3 ends, halved
    found = weights(titled("cat", "cat", "", ""), {0: [1], 1: [2]})
    typical = (1 + 0.01) / (1.5 + 1)
    lift = (1 + 2 * typical) / (1.5 + 2) * 4 / 2
    assert found == {(0, 1): pytest.approx(math.log(lift) ** 1.5)}


def test_a_link_to_and_fro_counts_twice() -> None:
    found = weights(titled("cat", "cat", "", ""), {0: [1], 1: [0, 2]})
    typical = (2 + 0.01) / (2.5 + 1)
    assert found == {(0, 1): pytest.approx(math.log((2 + 2 * typical) / (2.5 + 2) * 4 / 2) ** 1.5)}


def one_by_one(terms: Terms, graph: TrainingGraph) -> list[float]:
    """The formula, a term and a link at a time."""
    links = list(zip(graph.outgoing.owners().tolist(), graph.outgoing.values.tolist(), strict=True))
    has = [{*terms.items[term].tolist()} for term in range(len(terms.items))]
    both = [sum(source in items and target in items for source, target in links) for items in has]
    ends = [sum((source in items) + (target in items) for source, target in links) / 2 for items in has]
    kinds = [
        (int(field), min(int(2 * rarity), 20))
        for field, rarity in zip(terms.field, terms.rarity, strict=True)
    ]
    found = []
    for term, kind in enumerate(kinds):
        alike = [other for other, its in enumerate(kinds) if its == kind]
        typical = (sum(both[t] for t in alike) + 0.01) / (sum(ends[t] for t in alike) + 1)
        lift = (both[term] + 2 * typical) / (ends[term] + 2) * len(graph) / len(has[term])
        found.append(max(0.0, math.log(lift)) ** 1.5)
    return found


@pytest.mark.parametrize("seed", range(3))
def test_weights_are_those_that_counting_finds(seed: int) -> None:
    terms = terms_of(spoken(random_texts(60, 40, seed)))
    graph = random_graph(60, 150, seed)
    found = association(terms, graph.outgoing)
    assert found == pytest.approx(one_by_one(terms, graph), rel=1e-4, abs=1e-6)
    assert 0 < np.count_nonzero(found) < len(found)


def test_terms_are_typical_of_their_own_field() -> None:
    """No links share answers' words; that makes them weigh less, and titles' words as much as before."""
    links = {0: [1], 2: [3], 10: [11]}
    titles = spoken(titled("a", "a", "b", "b", *[""] * 16), links)
    mixed = spoken(
        [Text("a", (), "x"), Text("a", (), ""), Text("b", (), "x"), Text("b", (), "")]
        + [Text("", (), "")] * 16,
        links,
    )
    alone, beside = terms_of(titles), terms_of(mixed)
    weights = association(alone, titles.outgoing)
    assert association(beside, mixed.outgoing)[beside.field == Field.TITLE].tolist() == weights.tolist()
    assert association(beside, mixed.outgoing)[beside.field == Field.ANSWER] < weights.min()


def test_what_both_ends_of_each_link_have() -> None:
    terms, graph = terms_of(spoken(random_texts(40, 30, 0))), random_graph(40, 100, 0)
    has = dense(terms.terms, terms.term_frequencies, len(terms.field))
    products = has[graph.outgoing.owners()] * has[graph.outgoing.values]
    common = CommonTerms.of(terms, graph.outgoing)
    assert dense(common.terms, common.products, len(terms.field)) == pytest.approx(products)
    assert len(common.products) == np.count_nonzero(products)
    some = np.arange(len(products)) % 3 == 0
    taken = common.take(some)
    assert dense(taken.terms, taken.products, len(terms.field)) == pytest.approx(products[some])
    assert association(terms, graph.outgoing, common).tolist() == association(terms, graph.outgoing).tolist()


def test_without_links_or_terms_there_is_nothing_to_learn() -> None:
    assert len(association(terms_of(graph_of({}, 0)), rows_of({}, 0))) == 0
    assert len(association(terms_of(graph_of({0: [1]}, 2)), rows_of({0: [1]}, 2))) == 0
    terms = terms_of(spoken(random_texts(50, 20, 0)))
    found = association(terms, rows_of({}, 50))
    assert np.isfinite(found).all()
    assert (found >= 0).all()
