"""Filters match what the promise at the head of the schema says, held against a plain evaluator."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.knowledge import Article, FilterError, KnowledgeGraph

TEXTS = [
    "",
    "a",
    "eclair",
    "Éclair",
    "ZEBRA",
    "zebra",
    "strasse",
    "Straße",
    "Roads",
    "ROADS",
    "baking",
    "%",
    "_",
    "9",
]
TEXTS += ["animal", "Animal", "horse", "Bob", "ann", "Ann", "/a", "/l/m", "/"]
NUMBERS = [-3, -1, 0, 1, 2, 3, 4, 9, 10]
DAYS = ["1999-12-31", "2024-05-01", "2024-05-15", "2025-01-08", "2025-12-31"]


def urls(graph: KnowledgeGraph, where: dict[str, Any]) -> list[str]:
    return [article.url for article in graph.articles.filter(where)]


def operators(values: st.SearchStrategy[Any], names: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    one = dict.fromkeys(names, values)
    many = {name: st.lists(values, max_size=3) for name in ("in", "notIn")}
    return st.fixed_dictionaries({}, optional=one | many | {"isNull": st.booleans()})


TEXT = operators(
    st.sampled_from(TEXTS), ["eq", "ne", "contains", "containsIgnoreCase", "startsWith", "endsWith"]
)
NUMBER = operators(st.sampled_from(NUMBERS), ["eq", "ne", "gt", "gte", "lt", "lte"])
DAY = operators(st.sampled_from(DAYS), ["eq", "ne", "gt", "gte", "lt", "lte"])
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    **dict.fromkeys(["url", "title", "subject", "author", "keyword"], TEXT),
    **dict.fromkeys(["number", "score", "inDegree", "outDegree"], NUMBER),
    "date": DAY,
    **dict.fromkeys(
        ["noIndex", "isOrphan", "isDeadEnd", "isIsolated", "hasDanglingReferences", "hasProblems"],
        st.booleans(),
    ),
}
FILTERS = st.recursive(
    st.fixed_dictionaries({}, optional=FIELDS),
    lambda inner: st.fixed_dictionaries(
        {}, optional={"and": st.lists(inner, max_size=3), "or": st.lists(inner, max_size=3), "not": inner}
    ),
    max_leaves=6,
)


def holds(article: Article, where: dict[str, Any]) -> bool:
    """The rules, one article at a time."""
    return all(_holds(article, name, value) for name, value in where.items())


def _holds(article: Article, name: str, value: Any) -> bool:
    if name == "and":
        return all(holds(article, part) for part in value)
    if name == "or":
        return any(holds(article, part) for part in value)
    if name == "not":
        return not holds(article, value)
    flags = {
        "noIndex": article.no_index,
        "isOrphan": not article.related_by,
        "isDeadEnd": not article.related,
        "isIsolated": not article.related and not article.related_by,
        "hasDanglingReferences": bool(article.dangling_references),
        "hasProblems": bool(article.problems),
    }
    if name in flags:
        return flags[name] is value
    values: dict[str, list[Any]] = {
        "url": [article.url],
        "title": [article.title],
        "subject": [article.subject and article.subject.name.casefold()],
        "author": [article.author],
        "keyword": [keyword.casefold() for keyword in article.keywords],
        "number": [article.number],
        "date": [article.date and article.date.isoformat()],
        "score": [article.score],
        "inDegree": [len(article.related_by)],
        "outDegree": [len(article.related)],
    }
    present = [each for each in values[name] if each is not None]
    fold = (lambda x: x.casefold()) if name in ("subject", "keyword") else (lambda x: x)
    return all(_operator(present, operator, operand, fold) for operator, operand in value.items())


def _operator(present: list[Any], name: str, operand: Any, fold: Any) -> bool:
    if name == "isNull":
        return (not present) is operand
    if name in ("in", "notIn"):
        found = any(value in [fold(each) for each in operand] for value in present)
        return found if name == "in" else not found
    operand = fold(operand)
    if name == "ne":
        return operand not in present
    tests = {
        "eq": lambda v: v == operand,
        "contains": lambda v: operand in v,
        "containsIgnoreCase": lambda v: operand.casefold() in v.casefold(),
        "startsWith": lambda v: v.startswith(operand),
        "endsWith": lambda v: v.endswith(operand),
        "gt": lambda v: v > operand,
        "gte": lambda v: v >= operand,
        "lt": lambda v: v < operand,
        "lte": lambda v: v <= operand,
    }
    return any(tests[name](value) for value in present)


@given(where=FILTERS)
def test_a_filter_matches_what_the_rules_say(where: dict[str, Any], varied: KnowledgeGraph) -> None:
    varied._masks.clear()
    found = urls(varied, where)
    expected = [article.url for article in varied.articles if holds(article, where)]
    assert found == expected


@pytest.mark.parametrize("name", FIELDS)
def test_every_field_tells_articles_apart(name: str, varied: KnowledgeGraph) -> None:
    trials = [{name: {op: v}} for op in ("eq", "gte", "contains") for v in [*TEXTS, *NUMBERS, *DAYS]]
    trials += [{name: True}, {name: False}, {name: {"isNull": True}}]
    sizes = set()
    for where in trials:
        try:
            sizes.add(len(varied.articles.filter(where)))
        except FilterError:
            continue
    assert any(0 < size < varied.article_count for size in sizes)


ALL = ["/a", "/b", "/c", "/d", "/e", "/f", "/g", "/h", "/i", "/j", "/k", "/l/m"]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, ALL),
        ({"and": []}, ALL),
        ({"or": []}, []),
        ({"not": {}}, []),
        ({"title": {}}, ALL),
        ({"url": {"in": []}}, []),
        ({"url": {"notIn": []}}, ALL),
        ({"author": {"eq": "Ann"}}, ["/b"]),
        ({"author": {"ne": "Ann"}}, [url for url in ALL if url != "/b"]),
        ({"author": {"contains": ""}}, ["/b", "/c", "/e", "/h", "/k"]),
        ({"author": {"contains": "", "ne": "Ann"}}, ["/c", "/e", "/h", "/k"]),
        ({"not": {"author": {"eq": "Ann"}}}, [url for url in ALL if url != "/b"]),
        ({"subject": {"eq": "BAKING"}}, ["/a", "/b", "/j"]),
        ({"subject": {"startsWith": "bAk"}}, ["/a", "/b", "/j"]),
        ({"keyword": {"eq": "aNimal"}}, ["/e", "/f", "/i"]),
        ({"keyword": {"ne": "animal", "isNull": False}}, []),
        ({"keyword": {"notIn": ["horse"], "isNull": False}}, ["/e", "/i"]),
        ({"title": {"contains": "%"}}, ["/i"]),
        ({"title": {"contains": "ebra"}}, ["/e", "/f"]),
        ({"title": {"contains": "Zebra"}}, ["/f"]),
        ({"title": {"containsIgnoreCase": "STRASSE"}}, ["/c", "/d"]),
        ({"date": {"gte": "2024-05-31", "lt": "2025-12-31"}}, ["/b", "/c"]),
        ({"date": {"eq": date(2024, 5, 1)}}, ["/a", "/f"]),
        ({"date": {"isNull": True}}, ["/e", "/g", "/h", "/i", "/j", "/k"]),
        ({"score": {"gt": 0}}, ["/a", "/k"]),
        ({"score": {"lte": 0.0}}, ["/d", "/g"]),
        ({"number": {"ne": 3}}, [url for url in ALL if url not in ("/a", "/b")]),
        ({"hasProblems": True}, ["/j"]),
        ({"hasDanglingReferences": True}, ["/f"]),
        ({"noIndex": True}, ["/g"]),
        ({"inDegree": {"gte": 3}}, ["/a", "/c"]),
        (
            {"or": [{"isIsolated": True}, {"url": {"eq": "/a"}}], "not": {"author": {"eq": "Bob"}}},
            ["/a", "/f"],
        ),
    ],
    ids=str,
)
def test_the_rules_by_example(where: dict[str, Any], expected: list[str], varied: KnowledgeGraph) -> None:
    assert urls(varied, where) == expected


def test_a_component_and_a_community_are_filters(varied: KnowledgeGraph) -> None:
    pair = varied.components()[1]
    assert urls(varied, {"component": pair.key}) == [a.url for a in pair.articles] == ["/i", "/j"]
    community = varied.communities[0]
    assert urls(varied, {"community": community.key}) == [a.url for a in community.articles]
    assert urls(varied, {"component": "WEAK:/gone"}) == []
    assert urls(varied, {"component": "ODD:/a"}) == []
    assert urls(varied, {"community": "/gone"}) == []


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ({"title": None}, "where.title must not be null"),
        (
            {"title": {"eq": None}},
            "where.title.eq must not be null; ask for missing values with isNull: true",
        ),
        ({"and": [{}, {"score": {"isNull": None}}]}, "where.and[1].score.isNull must not be null"),
        ({"title": {"like": "x"}}, "where.title.like is no operator; there are eq, ne, in, notIn, contains"),
        ({"number": {"contains": "x"}}, "where.number.contains must be a number, got 'x'"),
        (
            {"number": {"contains": 5}},
            "where.number.contains is no operator; there are eq, ne, in, notIn, gt",
        ),
        ({"tite": {"eq": "x"}}, "where.tite is no field of a filter; there are and, or, not, url, title"),
        ({"title": "x"}, "where.title must be operators with their values, got 'x'"),
        ({"title": {"eq": 5}}, "where.title.eq must be text, got 5"),
        ({"title": {"in": ["x", 5]}}, "where.title.in[1] must be text, got 5"),
        ({"title": {"in": "x"}}, "where.title.in must be a list, got 'x'"),
        ({"title": {"isNull": 1}}, "where.title.isNull must be true or false, got 1"),
        ({"number": {"eq": True}}, "where.number.eq must be a number, got True"),
        ({"date": {"lt": "soon"}}, "where.date.lt must be a date such as 2025-01-08, got 'soon'"),
        ({"isOrphan": "yes"}, "where.isOrphan must be true or false, got 'yes'"),
        ({"or": {}}, "where.or must be a list of filters, got {}"),
        ({"not": {"or": [{"x": 1}]}}, "where.not.or[0].x is no field of a filter"),
        ({"not": []}, "where.not must be a filter, got []"),
        ({"component": 5}, "where.component must be the id of one, got 5"),
    ],
    ids=str,
)
def test_a_wrong_filter_is_told_where_and_why(
    where: dict[str, Any], message: str, varied: KnowledgeGraph
) -> None:
    with pytest.raises(FilterError) as raised:
        varied.articles.filter(where)
    assert str(raised.value).startswith(message)


def test_a_filter_keeps_the_order_of_what_it_filters(varied: KnowledgeGraph) -> None:
    backwards = type(varied.articles)(varied, list(reversed(range(varied.article_count))))
    found = [article.url for article in backwards.filter({"isDeadEnd": True})]
    assert found == sorted(found, reverse=True)
    assert found
