"""Recommendations as clients ask for them; what is recommended, `tests/recommend` says."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse
from library import Library, answer, ask

from graph.knowledge import Article, KnowledgeGraph
from graph.recommend import DEFAULT, recommender_of, strategies
from graph.schema import create_schema
from graph.server.cost import Cost, cost_of
from graph.server.answering import CHEAP

FIELDS = "{ rank score strategy reasons article { url } }"
GIVEN = (
    "first: $first, strategy: $strategy, exclude: $exclude, includeLinked: $linked, includeDuplicates: $all"
)
TYPES = "$first: Int, $strategy: String, $exclude: [String!], $linked: Boolean, $all: Boolean"
ONE = f"query($u: String!, {TYPES}) {{ article(url: $u) {{ url recommendations({GIVEN}) {FIELDS} }} }}"
SEVERAL = f"query($urls: [String!]!, {TYPES}) {{ recommend(urls: $urls, {GIVEN}) {FIELDS} }}"
OPTIONS: list[dict[str, Any]] = [
    {},
    {"first": 3},
    {"first": 0},
    {"first": 500},
    {"strategy": "popular"},
    {"linked": True},
    {"all": True, "first": 20},
]


def expected(served: KnowledgeGraph, read: list[Article], options: dict[str, Any]) -> list[dict[str, Any]]:
    """The answer for some variables, by way of Python."""
    found = recommender_of(served).recommend(
        read,
        options.get("first", 5),
        strategy=options.get("strategy"),
        exclude=[article for article in map(served.article, options.get("exclude", [])) if article],
        include_linked=options.get("linked", False),
        include_duplicates=options.get("all", False),
    )
    return [
        {
            "rank": r.rank,
            "score": r.score,
            "strategy": r.strategy,
            "reasons": list(r.reasons),
            "article": {"url": r.article.url},
        }
        for r in found
    ]


@pytest.fixture
def copied(library: Library) -> KnowledgeGraph:
    """/a and /b link to one another's copies."""
    library.write("a", "b", "c", id=1, title="A", subject="Seas")
    library.write("a2", id=1, title="A", subject="Woods")
    library.write("b", id=2, title="B", subject="Seas")
    library.write("b2", "c", id=2, title="B", subject="Woods")
    for name in "cde":
        library.write(name, "a", title=name.upper(), subject="Woods", id=3 if name > "c" else None)
    return library.load()


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_an_article_has_the_recommendations_of_its_graph(
    options: dict[str, Any], seeds: KnowledgeGraph, copied: KnowledgeGraph
) -> None:
    for served in (seeds, copied):
        for article in served.articles[::30]:
            found = ask(served, ONE, u=article.url, **options)["article"]["recommendations"]
            assert found == expected(served, [article], options)
            left = ask(
                served, ONE, u=article.url, exclude=[f["article"]["url"] for f in found[:2]], **options
            )
            assert left["article"]["recommendations"] == expected(
                served, [article], options | {"exclude": [f["article"]["url"] for f in found[:2]]}
            )


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_a_history_has_them_too(options: dict[str, Any], seeds: KnowledgeGraph) -> None:
    read = list(seeds.articles[5:20:5])
    found = ask(seeds, SEVERAL, urls=[article.url for article in read], **options)["recommend"]
    assert found == expected(seeds, read, options)


def test_five_are_given_by_the_default_strategy_and_null_is_the_default(seeds: KnowledgeGraph) -> None:
    url = seeds.hubs()[0].article.url
    found = ask(seeds, ONE, u=url)
    assert len(found["article"]["recommendations"]) == 5
    assert {r["strategy"] for r in found["article"]["recommendations"]} == {DEFAULT}
    nulls = dict.fromkeys(("first", "strategy", "exclude", "linked", "all"))
    assert ask(seeds, ONE, u=url, **nulls) == found
    assert ask(seeds, SEVERAL, urls=[url], **nulls)["recommend"] == found["article"]["recommendations"]
    plain = ask(seeds, "query($u: String!) { article(url: $u) { recommendations { rank } } }", u=url)
    assert len(plain["article"]["recommendations"]) == 5


def test_urls_of_no_article_are_passed_over(seeds: KnowledgeGraph) -> None:
    url = seeds.articles[0].url
    found = ask(seeds, ONE, u=url)["article"]["recommendations"]
    assert ask(seeds, ONE, u=url, exclude=["/gone"])["article"]["recommendations"] == found
    assert ask(seeds, SEVERAL, urls=["/gone", url])["recommend"] == found
    assert ask(seeds, SEVERAL, urls=["/gone"])["recommend"] is None


@pytest.mark.parametrize("count", [0, 51])
def test_a_history_has_one_to_fifty_urls(count: int, seeds: KnowledgeGraph) -> None:
    refused = answer(seeds, SEVERAL, urls=["/gone"] * count)
    assert (refused.code, refused.message) == (
        "BAD_USER_INPUT",
        f"urls must hold 1 to 50 urls, got {count}",
    )
    assert refused.body["data"] == {"recommend": None}


@pytest.mark.parametrize("first", [-1, 501])
def test_a_number_out_of_range_is_an_error_of_that_field_alone(first: int, seeds: KnowledgeGraph) -> None:
    url = seeds.articles[0].url
    refused = answer(seeds, ONE, u=url, first=first)
    assert refused.code == "BAD_USER_INPUT"
    assert refused.message == f"first must be between 0 and 500, got {first}"
    assert refused.body["data"] == {"article": {"url": url, "recommendations": None}}


def test_an_unknown_strategy_is_an_error_that_lists_the_known(seeds: KnowledgeGraph) -> None:
    url = seeds.articles[0].url
    for first in (0, 5):
        refused = answer(seeds, ONE, u=url, strategy="linkt", first=first)
        assert refused.code == "BAD_USER_INPUT"
        known = ", ".join(strategies())
        assert refused.message == f"unknown strategy 'linkt'; did you mean 'linked'?; known are: {known}"
        assert refused.body["data"] == {"article": {"url": url, "recommendations": None}}


def test_the_strategies_are_listed_the_default_first(seeds: KnowledgeGraph) -> None:
    query = "{ recommendationStrategies { name description isDefault } }"
    listed = ask(seeds, query)["recommendationStrategies"]
    assert [strategy["name"] for strategy in listed] == list(strategies())
    assert [strategy["isDefault"] for strategy in listed] == [True] + [False] * (len(listed) - 1)
    assert all(strategy["description"].endswith(".") for strategy in listed)
    url = seeds.articles[0].url
    for strategy in listed:
        assert ask(seeds, ONE, u=url, strategy=strategy["name"], first=1)["article"]["recommendations"]


@pytest.mark.parametrize(
    ("pages", "first", "is_allowed"), [(50, 10, True), (500, 5, True), (500, 500, False)]
)
def test_a_page_of_articles_may_have_recommendations(
    pages: int, first: int, is_allowed: bool, seeds: KnowledgeGraph
) -> None:
    query = """query($pages: Int, $first: Int) { articles(first: $pages) {
      nodes { recommendations(first: $first) { article { url title } reasons } } } }"""
    given = answer(seeds, query, pages=pages, first=first)
    assert ("errors" not in given.body) == is_allowed
    if not is_allowed:
        assert given.code == "COST_LIMIT_EXCEEDED"


@pytest.mark.parametrize(
    "field", ['article(url: "/a") { recommendations(%s) { rank } }', 'recommend(urls: ["/a"], %s) { rank }']
)
def test_recommendations_run_in_threads_and_the_default_awaits_the_servers_start(field: str) -> None:
    """A server has fitted all strategies, so that they do not stand behind what takes seconds."""

    def asked(arguments: str) -> Cost:
        document = parse("{ " + field % arguments + " }")
        operation = document.definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        return cost_of(create_schema()._schema, document, operation, {})

    for arguments, awaits in (
        ("first: 2", True),
        ("strategy: null", True),
        (f'strategy: "{DEFAULT}"', True),
        ('strategy: "popular"', False),
    ):
        assert asked(arguments).total > CHEAP
        assert (asked(arguments).slow, asked(arguments).awaits) == (False, awaits)


def test_what_is_recommended_for_recommendations_soon_costs_too_much(seeds: KnowledgeGraph) -> None:
    inner = "recommendations(first: 10) { article { url } }"
    query = "{ articles(first: %d) { nodes { recommendations(first: 10) { article { %s } } } } }"
    assert "errors" not in answer(seeds, query % (10, inner)).body
    assert answer(seeds, query % (100, inner)).code == "COST_LIMIT_EXCEEDED"
