"""`where` and `orderBy` in GraphQL: every operator reaches the graph, and mistakes are told."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import GraphQLInputObjectType
from library import Library, answer, ask

from graph.knowledge import KnowledgeGraph
from graph.schema import create_schema
from graph.schema.ids import encode_id

ARTICLES = "query($where: ArticleFilter) { articles(where: $where, first: 500) { totalCount nodes { url } } }"
INPUTS = {
    name: list(kind.fields)
    for name, kind in create_schema()._schema.type_map.items()
    if isinstance(kind, GraphQLInputObjectType)
}
VALUES = {"StringFilter": "x", "IntFilter": 1, "FloatFilter": 1.5, "DateFilter": "2025-01-08"}


def urls(served: KnowledgeGraph, where: Any) -> list[str]:
    return [node["url"] for node in ask(served, ARTICLES, where=where)["articles"]["nodes"]]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (name, str(field.type))
        for name, field in create_schema()._schema.type_map["ArticleFilter"].fields.items()  # type: ignore[attr-defined]
    ],
)
def test_every_field_of_a_filter_is_understood(name: str, kind: str, seeds: KnowledgeGraph) -> None:
    """Nothing here is refused as unknown: what clients may write and what the graph reads are one list."""
    component = encode_id("Component", "WEAK:/x")
    values: dict[str, list[Any]] = {
        "Boolean": [True, False],
        "ID": [component if name == "component" else encode_id("Community", "/x")],
        "[ArticleFilter!]": [[], [{}]],
        "ArticleFilter": [{}],
    }
    for operator in INPUTS.get(kind, []):
        if kind in VALUES:
            single: Any = True if operator == "isNull" else VALUES[kind]
            values.setdefault(kind, []).append(
                {operator: [single] if operator in ("in", "notIn") else single}
            )
    for value in values[kind]:
        assert ask(seeds, ARTICLES, where={name: value})["articles"]["totalCount"] >= 0


def test_conditions_are_the_same_as_literals_and_in_variables(seeds: KnowledgeGraph) -> None:
    literal = ask(
        seeds,
        '{articles(where: {or: [{isOrphan: true}, {not: {subject: {eq: "graph theory"}}}], '
        'url: {notIn: ["/x"]}}, first: 500) { nodes { url } }}',
    )["articles"]["nodes"]
    where = {
        "or": [{"isOrphan": True}, {"not": {"subject": {"eq": "graph theory"}}}],
        "url": {"notIn": ["/x"]},
    }
    assert [node["url"] for node in literal] == urls(seeds, where)
    assert 0 < len(literal) < seeds.article_count


def test_a_null_filter_is_none(seeds: KnowledgeGraph) -> None:
    assert len(urls(seeds, None)) == seeds.article_count


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"title": None}, "where.title must not be null"),
        (
            {"title": {"eq": None}},
            "where.title.eq must not be null; ask for missing values with isNull: true",
        ),
        ({"and": None}, "where.and must not be null"),
        ({"or": [{"noIndex": None}]}, "where.or[0].noIndex must not be null"),
    ],
    ids=str,
)
def test_an_explicit_null_is_an_error(where: Any, message: str, seeds: KnowledgeGraph) -> None:
    refused = answer(seeds, ARTICLES, where=where)
    assert refused.code == "BAD_USER_INPUT"
    assert refused.message.startswith(message)
    assert refused.body["data"] == {"articles": None}


@pytest.mark.parametrize(
    ("where", "message"),
    [
        (
            {"component": "nonsense"},
            "where.component must be one that a node's id field gave, got 'nonsense'",
        ),
        ({"component": encode_id("Community", "/x")}, "where.component must be the id of a component"),
        (
            {"not": {"community": encode_id("Article", "/x")}},
            "where.not.community must be the id of a community",
        ),
    ],
)
def test_an_id_of_something_else_is_an_error(where: Any, message: str, seeds: KnowledgeGraph) -> None:
    refused = answer(seeds, ARTICLES, where=where)
    assert refused.code == "INVALID_ID"
    assert refused.message.startswith(message)


class TestEverywhere:
    """The same arguments stand wherever articles are listed."""

    QUERY = """query($where: ArticleFilter, $order: [ArticleOrder!], $a: String!, $s: String!) {
      article(url: $a) { relatedConnection(direction: BOTH, where: $where, orderBy: $order) { ...page } }
      subject(slug: $s) { articles(where: $where, orderBy: $order) { ...page } }
      graph {
        orphans(where: $where, orderBy: $order) { ...page }
        deadEnds(where: $where, orderBy: $order) { ...page }
        isolated(where: $where, orderBy: $order) { ...page }
        components(first: 1) { nodes { articles(where: $where, orderBy: $order) { ...page } } }
        communities(first: 1) { nodes { articles(where: $where, orderBy: $order) { ...page } } }
        hubs(where: $where, first: 500) { article { url } }
        subgraph(where: $where) { nodes { url } links { source { url } target { url } } truncated }
      }
      search(query: "graph", where: $where, first: 500) { totalCount nodes { url } }
    }
    fragment page on ArticleConnection { totalCount nodes { url title } }"""

    def test_filters_and_orders_apply_to_every_list(self, library: Library) -> None:
        for name, title in (("a", "graph z"), ("b", "graph y"), ("c", "graph x"), ("d", "other")):
            library.write(name, "a", "b", "c", "d", title=title, subject="S")
        library.write("lonely", title="graph q", subject="S")
        data = ask(
            library.load(),
            self.QUERY,
            where={"title": {"startsWith": "graph"}},
            order=[{"field": "TITLE", "direction": "DESC"}],
            a="/d",
            s="s",
        )
        graph = data["graph"]
        pages = [
            (data["article"]["relatedConnection"], ["graph z", "graph y", "graph x"]),
            (data["subject"]["articles"], ["graph z", "graph y", "graph x", "graph q"]),
            (graph["orphans"], ["graph q"]),
            (graph["deadEnds"], ["graph q"]),
            (graph["isolated"], ["graph q"]),
            (graph["components"]["nodes"][0]["articles"], ["graph z", "graph y", "graph x"]),
            (graph["communities"]["nodes"][0]["articles"], ["graph z", "graph y", "graph x"]),
        ]
        for page, titles in pages:
            assert [node["title"] for node in page["nodes"]] == titles
            assert page["totalCount"] == len(titles)
        kept = {"/a", "/b", "/c", "/lonely"}
        assert {hub["article"]["url"] for hub in graph["hubs"]} == kept
        assert {node["url"] for node in graph["subgraph"]["nodes"]} == kept
        assert len(graph["subgraph"]["links"]) == 6
        assert {node["url"] for node in data["search"]["nodes"]} == kept

    def test_related_articles_come_in_the_order_of_the_front_matter_unless_asked_otherwise(
        self, library: Library
    ) -> None:
        library.write("a", "z", "m", "b")
        for name in "zmb":
            library.write(name)
        library.write("k", "a")
        served = library.load()
        query = """query($order: [ArticleOrder!]) { article(url: "/a") {
          relatedConnection(direction: BOTH, orderBy: $order, where: {url: {ne: "/m"}}) {
            nodes { url } } } }"""
        by_link = ask(served, query)["article"]["relatedConnection"]["nodes"]
        assert [node["url"] for node in by_link] == ["/z", "/b", "/k"]
        by_url = ask(served, query, order=[{"field": "URL"}])["article"]["relatedConnection"]["nodes"]
        assert [node["url"] for node in by_url] == ["/b", "/k", "/z"]
        assert by_link != by_url


def test_too_many_keys_of_an_order_are_an_error(seeds: KnowledgeGraph) -> None:
    query = "query($o: [ArticleOrder!]) { articles(orderBy: $o) { totalCount } }"
    refused = answer(seeds, query, o=[{"field": "URL"}] * 21)
    assert (refused.code, refused.message) == ("BAD_USER_INPUT", "orderBy takes at most 20 keys, got 21")


def test_facets_count_over_all_pages(seeds: KnowledgeGraph) -> None:
    data = ask(
        seeds,
        """{ articles(where: {isOrphan: false}, first: 0) {
          totalCount nodes { url } facets(by: SUBJECT) { value count }
          two: facets(by: SUBJECT, first: 2) { value } } }""",
    )["articles"]
    assert data["nodes"] == []
    assert sum(facet["count"] for facet in data["facets"]) == data["totalCount"] > 20
    assert data["two"] == [{"value": facet["value"]} for facet in data["facets"][:2]]


@pytest.mark.parametrize("first", [-1, 501])
def test_a_wrong_number_of_facets_is_an_error(first: int, seeds: KnowledgeGraph) -> None:
    refused = answer(seeds, "query($n: Int!) { articles { facets(by: YEAR, first: $n) { value } } }", n=first)
    assert (refused.code, refused.message) == (
        "BAD_USER_INPUT",
        f"first must be between 0 and 500, got {first}",
    )
