"""Search in GraphQL: ranked, filtered, counted, highlighted; any text is a query."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from library import Library, answer, ask

from graph.knowledge import KnowledgeGraph
from graph.search import await_index, make_index

SEARCH = """query($q: String!, $where: ArticleFilter, $first: Int, $after: String) {
  search(query: $q, where: $where, first: $first, after: $after) {
    totalCount nodes { url } facets(by: SUBJECT) { value count }
    edges { cursor score highlight node { url title } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""


def search(served: KnowledgeGraph, query: str, **variables: Any) -> dict[str, Any]:
    found: dict[str, Any] = ask(served, SEARCH, q=query, **variables)["search"]
    return found


def urls(found: dict[str, Any]) -> list[str]:
    return [edge["node"]["url"] for edge in found["edges"]]


def test_the_best_match_comes_first_and_scores_fall(seeds: KnowledgeGraph) -> None:
    found = search(seeds, "knowledge graph", first=500)
    assert "knowledge graph" in found["edges"][0]["node"]["title"].lower()
    scores = [edge["score"] for edge in found["edges"]]
    assert scores == sorted(scores, reverse=True)
    assert found["totalCount"] == len(scores) > 5
    assert [node["url"] for node in found["nodes"]] == urls(found)


def test_a_title_counts_more_than_keywords_and_those_more_than_the_answer(library: Library) -> None:
    library.write("answer", title="One", answer="Here a marmot lives.")
    library.write("keyword", title="Two", answer="Nothing.", seo={"page_keywords": "marmot"})
    library.write("title", title="The marmot", answer="Nothing.")
    assert urls(search(library.load(), "marmot")) == ["/title", "/keyword", "/answer"]


def test_words_are_found_in_any_form(library: Library) -> None:
    library.write("a", title="Éclairs running")
    served = library.load()
    for query in ("eclair", "ÉCLAIRS", "runs", "runn", "ecl"):
        assert urls(search(served, query)) == ["/a"], query
    assert urls(search(served, "marmot")) == []


def test_a_phrase_in_quotes_is_found_as_it_is(library: Library) -> None:
    library.write("a", title="red green blue")
    library.write("b", title="green red blue")
    served = library.load()
    assert urls(search(served, '"red green"')) == ["/a"]
    assert set(urls(search(served, "red green"))) == {"/a", "/b"}


def test_pages_hold_every_match_once(seeds: KnowledgeGraph) -> None:
    everything = urls(search(seeds, "graph", first=500))
    found: list[str] = []
    cursor = None
    while True:
        page = search(seeds, "graph", first=7, after=cursor)
        assert page["pageInfo"]["hasPreviousPage"] == bool(found)
        assert page["totalCount"] == len(everything)
        found += urls(page)
        cursor = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == everything
    assert len(set(found)) == len(found) > 20


def test_a_cursor_is_of_one_query_and_of_one_version(library: Library) -> None:
    for name in "abc":
        library.write(name, title="marmot")
    cursor = search(library.load(), "marmot", first=1)["pageInfo"]["endCursor"]
    assert answer(library.load(), SEARCH, q="marmots", after=cursor).code == "INVALID_CURSOR"
    library.write("d", title="marmot")
    assert answer(library.load(), SEARCH, q="marmot", after=cursor).code == "STALE_CURSOR"


def test_a_filter_and_facets_apply_to_all_that_is_found(seeds: KnowledgeGraph) -> None:
    everything = search(seeds, "graph", first=500)
    subject = everything["facets"][0]["value"]
    assert 0 <= everything["totalCount"] - sum(facet["count"] for facet in everything["facets"]) <= 1
    found = search(seeds, "graph", first=3, where={"subject": {"eq": subject.upper()}})
    assert found["facets"] == [{"value": subject, "count": everything["facets"][0]["count"]}]
    assert found["totalCount"] == everything["facets"][0]["count"] > 3
    assert answer(seeds, SEARCH, q="graph", where={"title": {"eq": None}}).code == "BAD_USER_INPUT"


def unmarked(highlight: str) -> str:
    return html.unescape(re.sub("</?mark>", "", highlight))


def test_a_highlight_is_text_with_marks_and_nothing_else(library: Library) -> None:
    library.write("a", title="T", answer="Beware of <script>alert('marmot')</script> & <b>marmots</b>.")
    library.write("b", title='<img src=x onerror="marmot()">')
    for edge in search(library.load(), "marmot")["edges"]:
        assert re.search("<mark>marmots?</mark>", edge["highlight"])
        assert not re.search(r"<(?!/?mark>)", edge["highlight"])
        assert not re.search(r"&(?!amp;|lt;|gt;|quot;|#)", edge["highlight"])
        assert unmarked(edge["highlight"])


@pytest.mark.parametrize(
    "query",
    [
        *('"', '""', '"a', 'a"', "'", "AND", "OR NOT", "a AND", "NEAR(a b)", "a*", "*", "^a", "title:graph"),
        *("(", ")", "-", "+", "\\", "%", "\0", "a\0b", "🦉", "🦉 graph", "\n\t", " ", "", "the", "the of a"),
        *("x" * 10_000, "graph " * 1_700, '"' * 10_000, "é" * 10_000, "\U0010ffff", "١٢٣", "图", "ﬁ"),
    ],
    ids=lambda query: ascii(query[:12]),
)
def test_any_text_is_a_query(query: str, seeds: KnowledgeGraph) -> None:
    found = search(seeds, query)
    assert found["totalCount"] >= len(found["edges"])


@given(query=st.text(max_size=60))
def test_no_text_breaks_a_search(query: str, seeds: KnowledgeGraph) -> None:
    found = search(seeds, query, first=3)
    for edge in found["edges"]:
        assert not re.search(r"<(?!/?mark>)", edge["highlight"])


def test_an_index_that_someone_else_makes_is_not_made_here(library: Library) -> None:
    library.write("a", title="Marmots")
    served = library.load()
    await_index(served)
    assert answer(served, SEARCH, q="marmot").code == "DEADLINE_EXCEEDED"
    make_index(served)
    assert urls(search(served, "marmot")) == ["/a"]


def test_a_lone_surrogate_is_a_query_too(seeds: KnowledgeGraph) -> None:
    found = answer(seeds, '{ search(query: "\\ud800 graph") { totalCount } }')
    assert found.status in (200, 400)
    assert all(
        error["extensions"]["code"] != "INTERNAL_SERVER_ERROR" for error in found.body.get("errors", [])
    )
