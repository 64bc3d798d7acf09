"""Pages in every order: cursors lead both ways, last across reloads, and say when they cannot."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from library import Library, answer, ask

from graph.knowledge import ArticleOrderField, KnowledgeGraph, OrderDirection

PAGE = """query($order: [ArticleOrder!], $where: ArticleFilter, $first: Int, $after: String, $last: Int,
  $before: String) {
  articles(orderBy: $order, where: $where, first: $first, after: $after, last: $last, before: $before) {
    totalCount edges { cursor node { url } } nodes { url }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
KEYS = [
    {"field": field.value, "direction": direction.value}
    for field in ArticleOrderField
    for direction in OrderDirection
]


def page(served: KnowledgeGraph, **variables: Any) -> dict[str, Any]:
    found: dict[str, Any] = ask(served, PAGE, **variables)["articles"]
    return found


def walk(served: KnowledgeGraph, size: int, forwards: bool, **variables: Any) -> list[str]:
    """Every url, page by page."""
    found: list[str] = []
    cursor = None
    for _ in range(200):
        arguments = {"first": size, "after": cursor} if forwards else {"last": size, "before": cursor}
        part = page(served, **arguments, **variables)
        urls = [node["url"] for node in part["nodes"]]
        found = found + urls if forwards else urls + found
        info = part["pageInfo"]
        cursor = info["endCursor" if forwards else "startCursor"]
        if not info["hasNextPage" if forwards else "hasPreviousPage"]:
            return found
    raise AssertionError("the pages do not end")


@pytest.mark.parametrize("key", KEYS, ids=lambda key: " ".join(key.values()))
def test_pages_in_any_order_hold_every_article_once_in_both_directions(
    key: dict[str, str], seeds: KnowledgeGraph
) -> None:
    order = [key, {"field": "DATE"}]
    everything = [edge["node"]["url"] for edge in page(seeds, order=order, first=500)["edges"]]
    assert sorted(everything) == [article.url for article in seeds.articles]
    assert walk(seeds, 7, True, order=order) == everything
    assert walk(seeds, 7, False, order=order) == everything


@pytest.mark.parametrize("key", KEYS, ids=lambda key: " ".join(key.values()))
def test_every_cursor_of_an_order_is_a_place_in_it(key: dict[str, str], seeds: KnowledgeGraph) -> None:
    edges = page(seeds, order=[key], first=500)["edges"]
    for number in range(0, len(edges), 9):
        cursor = edges[number]["cursor"]
        after = page(seeds, order=[key], first=500, after=cursor)["nodes"]
        before = page(seeds, order=[key], last=500, before=cursor)["nodes"]
        assert [node["url"] for node in before] == [edge["node"]["url"] for edge in edges[:number]]
        assert [node["url"] for node in after] == [edge["node"]["url"] for edge in edges[number + 1 :]]


def test_a_cursor_of_another_order_is_invalid(seeds: KnowledgeGraph) -> None:
    cursors = {tuple(key.values()): page(seeds, order=[key], first=1)["edges"][0]["cursor"] for key in KEYS}
    for (own, cursor), key in itertools.product(cursors.items(), KEYS):
        if own != tuple(key.values()):
            assert answer(seeds, PAGE, order=[key], first=1, after=cursor).code == "INVALID_CURSOR"


def test_a_cursor_holds_for_the_same_order_with_another_filter(seeds: KnowledgeGraph) -> None:
    order = [{"field": "TITLE"}]
    edges = page(seeds, order=order, first=500)["edges"]
    rest = {edge["node"]["url"] for edge in edges[31:]}
    found = page(seeds, order=order, where={"isOrphan": False}, first=500, after=edges[30]["cursor"])["nodes"]
    kept = page(seeds, order=order, where={"isOrphan": False}, first=500)["nodes"]
    assert found == [node for node in kept if node["url"] in rest]


@pytest.mark.parametrize("direction", ["ASC", "DESC"])
@pytest.mark.parametrize("field", [field.value for field in ArticleOrderField])
def test_a_cursor_stays_valid_across_a_reload_unless_the_order_is_a_measure(
    field: str, direction: str, library: Library
) -> None:
    rows = {"a": ("Zoo", "2024-01-01", 3), "b": ("apple", None, None), "c": ("Mango", "2025-01-01", 1)}
    for name, (title, day, number) in rows.items():
        library.write(name, "a", title=title, date=day, id=number, subject="S" if number else None)
    order = [{"field": field, "direction": direction}]
    first = page(library.load(), order=order, first=500)["edges"]
    library.write("d", "b", "c", title="Nut", date="2024-06-01", id=2, subject="T")
    library.remove(first[1]["node"]["url"][1:])
    served = library.load()
    if field == "PAGERANK":
        refused = answer(served, PAGE, order=order, after=first[1]["cursor"])
        assert refused.code == "STALE_CURSOR"
        assert refused.message == (
            "after is a cursor of an order that was computed anew since; begin without it"
        )
        return
    after = [node["url"] for node in page(served, order=order, after=first[1]["cursor"])["nodes"]]
    before = [node["url"] for node in page(served, order=order, last=9, before=first[1]["cursor"])["nodes"]]
    everything = [edge["node"]["url"] for edge in page(served, order=order, first=500)["edges"]]
    assert before + after == everything


def test_a_cursor_of_a_measure_holds_while_the_content_stays(library: Library) -> None:
    for name in "abc":
        library.write(name, "a")
    order = [{"field": "PAGERANK", "direction": "DESC"}]
    cursor = page(library.load(), order=order, first=1)["edges"][0]["cursor"]
    assert len(page(library.load(), order=order, after=cursor)["nodes"]) == 2


def test_null_for_any_argument_means_its_default(seeds: KnowledgeGraph) -> None:
    nothing = dict.fromkeys(["order", "where", "first", "after", "last", "before"])
    assert page(seeds, **nothing) == page(seeds)
    assert len(page(seeds)["nodes"]) == 20
    directionless = ask(seeds, "{ articles(orderBy: [{field: TITLE, direction: null}]) { nodes { url } } }")
    assert directionless["articles"]["nodes"] == page(seeds, order=[{"field": "TITLE"}])["nodes"]
