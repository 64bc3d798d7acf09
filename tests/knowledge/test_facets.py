"""Facets count what articles have, most first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.knowledge import Article, ArticleFacet, Articles, KnowledgeGraph


def pairs(graph: KnowledgeGraph, by: ArticleFacet, first: int = 50) -> list[tuple[str, int]]:
    return [(found.value, found.count) for found in graph.articles.facets(by, first)]


def test_subjects_have_their_common_name(varied: KnowledgeGraph) -> None:
    assert pairs(varied, ArticleFacet.SUBJECT) == [("Baking", 3), ("Roads", 3)]


def test_authors_are_told_apart_by_case(varied: KnowledgeGraph) -> None:
    assert pairs(varied, ArticleFacet.AUTHOR) == [("Bob", 2), ("Ann", 1), ("ann", 1), ("Zoe", 1)]


def test_dates_count_by_year_and_by_month(varied: KnowledgeGraph) -> None:
    assert pairs(varied, ArticleFacet.YEAR) == [("2024", 3), ("2025", 2), ("1999", 1)]
    assert pairs(varied, ArticleFacet.MONTH)[:2] == [("2024-05", 3), ("1999-12", 1)]


def test_keywords_that_differ_in_case_are_one_and_have_the_commonest_spelling(varied: KnowledgeGraph) -> None:
    assert pairs(varied, ArticleFacet.KEYWORD) == [("ANIMAL", 3), ("Horse", 1), ("Stripes", 1)]


@pytest.mark.parametrize("by", [ArticleFacet.IN_DEGREE, ArticleFacet.OUT_DEGREE])
def test_degrees_that_are_as_frequent_come_by_size(by: ArticleFacet, varied: KnowledgeGraph) -> None:
    degrees = Counter(a.in_degree if by is ArticleFacet.IN_DEGREE else a.out_degree for a in varied.articles)
    expected = sorted(degrees.items(), key=lambda pair: (-pair[1], pair[0]))
    assert pairs(varied, by) == [(str(degree), count) for degree, count in expected]


@pytest.mark.parametrize("by", ArticleFacet)
def test_the_first_values_are_the_head_of_all(by: ArticleFacet, varied: KnowledgeGraph) -> None:
    everything = pairs(varied, by)
    for first in range(len(everything) + 2):
        assert pairs(varied, by, first) == everything[:first]


@pytest.mark.parametrize("by", ArticleFacet)
def test_no_articles_have_no_values(by: ArticleFacet, varied: KnowledgeGraph) -> None:
    assert varied.articles.filter({"or": []}).facets(by) == []


def test_some_articles_are_counted_alone(varied: KnowledgeGraph) -> None:
    some = varied.articles.filter({"author": {"eq": "Bob"}})
    assert [(f.value, f.count) for f in some.facets(ArticleFacet.KEYWORD)] == [("ANIMAL", 1), ("Stripes", 1)]


VALUES: dict[ArticleFacet, Callable[[Article], list[str]]] = {
    ArticleFacet.SUBJECT: lambda a: [a.subject.name] if a.subject else [],
    ArticleFacet.AUTHOR: lambda a: [] if a.author is None else [a.author],
    ArticleFacet.YEAR: lambda a: [a.date.isoformat()[:4]] if a.date else [],
    ArticleFacet.MONTH: lambda a: [a.date.isoformat()[:7]] if a.date else [],
    ArticleFacet.KEYWORD: lambda a: [keyword.casefold() for keyword in a.keywords],
    ArticleFacet.IN_DEGREE: lambda a: [str(a.in_degree)],
    ArticleFacet.OUT_DEGREE: lambda a: [str(a.out_degree)],
}


@pytest.mark.parametrize("by", ArticleFacet)
@given(chosen=st.integers(0, 255))
def test_few_and_most_articles_are_counted_as_if_one_by_one(
    by: ArticleFacet, chosen: int, varied: KnowledgeGraph
) -> None:
    positions = [p for p in range(varied.article_count) if chosen >> p & 1]
    some = Articles.at(varied, np.array(positions, np.int64))
    expected = Counter(value for article in some for value in VALUES[by](article))
    folded = Counter[str]()
    for found in some.facets(by):
        folded[found.value.casefold() if by is ArticleFacet.KEYWORD else found.value] += found.count
    assert folded == expected
