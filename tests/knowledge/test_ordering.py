"""Articles come in the order asked for: nulls last in both directions, text by casefold, ties by url."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.knowledge import Article, ArticleOrderField, KnowledgeGraph, OrderDirection, OrderKey
from graph.knowledge.ordering import plain_order

FIELD, ASC, DESC = ArticleOrderField, OrderDirection.ASC, OrderDirection.DESC
ORDERS = st.lists(st.tuples(st.sampled_from(ArticleOrderField), st.sampled_from(OrderDirection)), max_size=4)


def value(article: Article, field: ArticleOrderField) -> Any:
    graph = article.graph
    return {
        FIELD.URL: article.url,
        FIELD.TITLE: article.title.casefold(),
        FIELD.DATE: article.date,
        FIELD.NUMBER: article.number,
        FIELD.SUBJECT: article.subject and article.subject.name.casefold(),
        FIELD.IN_DEGREE: len(article.related_by),
        FIELD.OUT_DEGREE: len(article.related),
        FIELD.PAGERANK: float(graph.measures.pagerank[article.position]),
        FIELD.READING_MINUTES: article.reading_minutes,
    }[field]


def expected(graph: KnowledgeGraph, order: list[tuple[ArticleOrderField, OrderDirection]]) -> list[str]:
    """Stable sorts, least important key first."""
    articles = sorted(graph.articles, key=lambda article: article.url)
    for field, direction in reversed(order):
        present = [a for a in articles if value(a, field) is not None]
        missing = [a for a in articles if value(a, field) is None]
        articles = sorted(present, key=lambda a: value(a, field), reverse=direction is DESC)
        articles += missing
    return [article.url for article in articles]


@given(order=ORDERS)
def test_an_order_is_that_of_stable_sorts(
    order: list[tuple[ArticleOrderField, OrderDirection]], varied: KnowledgeGraph
) -> None:
    assert [article.url for article in varied.articles.sort(*order)] == expected(varied, order)


@pytest.mark.parametrize("direction", OrderDirection)
@pytest.mark.parametrize("field", [FIELD.DATE, FIELD.NUMBER, FIELD.SUBJECT])
def test_nulls_are_last_in_both_directions_and_by_url(
    field: ArticleOrderField, direction: OrderDirection, varied: KnowledgeGraph
) -> None:
    found = list(varied.articles.sort((field, direction)))
    missing = [article for article in found if value(article, field) is None]
    assert missing
    assert found[-len(missing) :] == missing == sorted(missing, key=lambda article: article.url)


def test_text_is_ordered_by_casefold_and_numbers_by_size(varied: KnowledgeGraph) -> None:
    by_title = [article.title for article in varied.articles.sort((FIELD.TITLE, ASC))]
    assert by_title.index("STRASSE") + 1 == by_title.index("Straße")
    assert by_title.index("zebra") + 1 == by_title.index("Zebra")
    numbers = [a.number for a in varied.articles.sort((FIELD.NUMBER, ASC)) if a.number is not None]
    assert numbers == [-1, 3, 3, 9, 10]


def test_ties_end_at_the_url_ascending_in_both_directions(varied: KnowledgeGraph) -> None:
    for direction in OrderDirection:
        same = [a.url for a in varied.articles.sort((FIELD.NUMBER, direction)) if a.number == 3]
        assert same == ["/a", "/b"]


def test_what_cannot_decide_is_left_out_of_an_order() -> None:
    assert plain_order([]) == ()
    assert plain_order([(FIELD.URL, ASC)]) == ()
    assert plain_order([(FIELD.URL, DESC), (FIELD.TITLE, ASC)]) == ((FIELD.URL, DESC),)
    assert plain_order([(FIELD.DATE, ASC), (FIELD.DATE, DESC)]) == ((FIELD.DATE, ASC),)
    assert plain_order([(FIELD.DATE, DESC), (FIELD.URL, ASC), (FIELD.TITLE, ASC)]) == ((FIELD.DATE, DESC),)


@given(order=ORDERS)
def test_keys_sort_as_the_order_does_and_have_the_kinds_it_says(
    order: list[tuple[ArticleOrderField, OrderDirection]], varied: KnowledgeGraph
) -> None:
    key = OrderKey(varied, plain_order(order))
    articles = list(varied.articles.sort(*order))
    keys = [key.values(article.position) for article in articles]
    assert sorted(keys, key=key.comparable) == keys
    assert len(set(keys)) == len(keys)
    for values in keys:
        assert all(type(v) in kinds for v, kinds in zip(values, key.kinds, strict=True))


def test_only_a_measure_makes_keys_that_do_not_last(varied: KnowledgeGraph) -> None:
    computed = {field for field in FIELD if OrderKey(varied, ((field, ASC),)).is_computed}
    assert computed == {FIELD.PAGERANK}


def test_some_articles_can_be_sorted_as_well_as_all(varied: KnowledgeGraph) -> None:
    some = varied.articles.filter({"isDeadEnd": True})
    found = [article.url for article in some.sort((FIELD.TITLE, DESC))]
    assert found == [url for url in expected(varied, [(FIELD.TITLE, DESC)]) if url in {a.url for a in some}]
