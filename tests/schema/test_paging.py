"""Pages and cursors: the same list whole, in pieces, forward, backward, and across reloads."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library import Library, answer, ask

from graph.knowledge import KnowledgeGraph
from graph.schema.errors import QueryError
from graph.schema.paging import Ordered

PAGE = "totalCount nodes { key: url } edges { cursor node { key: url } } pageInfo { ...place }"
REFERENCES = "totalCount nodes { key: url } edges { cursor node { key: url } } pageInfo { ...place }"
PROBLEMS = "totalCount nodes { key: message } edges { cursor node { key: message } } pageInfo { ...place }"
PLACE = "fragment place on PageInfo { hasNextPage hasPreviousPage startCursor endCursor }"
BOTH_WAYS = "$first: Int, $after: String, $last: Int, $before: String"
BOTH_WAYS_GIVEN = "first: $first, after: $after, last: $last, before: $before"

QUERIES = {
    "articles": f"query({BOTH_WAYS}) {{ list: articles({BOTH_WAYS_GIVEN}) {{ {PAGE} }} }} {PLACE}",
    **{
        name: f"query({BOTH_WAYS}) {{ graph {{ list: {name}({BOTH_WAYS_GIVEN}) {{ {PAGE} }} }} }} {PLACE}"
        for name in ("orphans", "deadEnds", "isolated")
    },
    "subject": (
        f'query({BOTH_WAYS}) {{ subject(slug: "maths") {{ '
        f"list: articles({BOTH_WAYS_GIVEN}) {{ {PAGE} }} }} }} {PLACE}"
    ),
    **{
        f"related {direction}": (
            f'query({BOTH_WAYS}) {{ article(url: "/hub") {{ '
            f"list: relatedConnection(direction: {direction}, {BOTH_WAYS_GIVEN}) {{ {PAGE} }} }} }} {PLACE}"
        )
        for direction in ("OUT", "IN", "BOTH")
    },
    **{
        name: (
            f"query($first: Int, $after: String) {{ graph {{ list: {name}(first: $first, after: $after) "
            f"{{ {fields} }} }} }} {PLACE}"
        )
        for name, fields in (("danglingReferences", REFERENCES), ("problems", PROBLEMS))
    },
}
BACKWARD = [name for name in QUERIES if name not in ("danglingReferences", "problems")]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    """A graph in which every list has other members, and `related` another order than that of the urls."""
    library = Library(tmp_path_factory.mktemp("paging"))
    outgoing = [f"out-{number:02}" for number in (7, 3, 9, 1, 0, 8, 2, 6, 4, 5)]
    library.write("hub", *outgoing, "in-03", "in-01", subject="Maths")
    for name in outgoing:
        library.write(name, "hub" if name == "out-04" else None, subject="Maths", date="no date")
    for number in range(24):
        library.write(f"in-{number:02}", "hub", f"lost-{number:02}", "lost", subject="Other")
    for number in range(23):
        library.write(f"alone-{number:02}", subject="maths")
    return library.load()


def page_of(served: KnowledgeGraph, name: str, **arguments: Any) -> dict[str, Any]:
    data = ask(served, QUERIES[name], **arguments)
    while "list" not in data:
        (data,) = data.values()
    page: dict[str, Any] = data["list"]
    assert [edge["node"] for edge in page["edges"]] == page["nodes"]
    return page


def keys(page: dict[str, Any]) -> list[str]:
    return [node["key"] for node in page["nodes"]]


def whole(served: KnowledgeGraph, name: str) -> tuple[list[str], list[str]]:
    """Everything in a list, and the cursors."""
    page = page_of(served, name, first=500)
    return keys(page), [edge["cursor"] for edge in page["edges"]]


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("articles", 58),
        ("orphans", 45),
        ("deadEnds", 32),
        ("isolated", 23),
        ("subject", 34),
        ("related OUT", 12),
        ("related IN", 25),
        ("related BOTH", 34),
        ("danglingReferences", 48),
        ("problems", 10),
    ],
)
class TestEveryList:
    def test_is_complete_and_says_how_long_it_is(self, served: KnowledgeGraph, name: str, count: int) -> None:
        found, cursors = whole(served, name)
        assert len(found) == page_of(served, name)["totalCount"] == count
        assert len(set(cursors)) == count

    def test_gives_twenty_without_first_and_last(self, served: KnowledgeGraph, name: str, count: int) -> None:
        found, _ = whole(served, name)
        assert keys(page_of(served, name)) == found[:20]

    def test_takes_an_explicit_null_for_the_default(
        self, served: KnowledgeGraph, name: str, count: int
    ) -> None:
        nulls = dict.fromkeys(
            ("first", "after", "last", "before") if name in BACKWARD else ("first", "after")
        )
        assert page_of(served, name, **nulls) == page_of(served, name)

    def test_gives_counts_without_nodes_for_zero(self, served: KnowledgeGraph, name: str, count: int) -> None:
        page = page_of(served, name, first=0)
        assert page == {
            "totalCount": count,
            "nodes": [],
            "edges": [],
            "pageInfo": {
                "hasNextPage": True,
                "hasPreviousPage": False,
                "startCursor": None,
                "endCursor": None,
            },
        }

    def test_is_walked_forward_once_in_order(self, served: KnowledgeGraph, name: str, count: int) -> None:
        found, cursors = whole(served, name)
        walked: list[str] = []
        after, more = None, True
        while more:
            page = page_of(served, name, first=7, after=after)
            place = page["pageInfo"]
            assert place["startCursor"] == cursors[len(walked)]
            assert place["hasPreviousPage"] == bool(walked)
            walked += keys(page)
            after, more = place["endCursor"], place["hasNextPage"]
            assert after == cursors[len(walked) - 1]
            assert len(walked) <= count
        assert walked == found

    @pytest.mark.parametrize("wrong", [-1, 501, 2**31 - 1, -(2**31)])
    def test_refuses_a_size_out_of_range_and_names_it(
        self, served: KnowledgeGraph, name: str, count: int, wrong: int
    ) -> None:
        for argument in ("first", "last") if name in BACKWARD else ("first",):
            refused = answer(served, QUERIES[name], **{argument: wrong})
            assert refused.code == "BAD_USER_INPUT"
            assert refused.message == f"{argument} must be between 0 and 500, got {wrong}"
            assert refused.error["path"][-1] == "list"

    @pytest.mark.parametrize(
        "cursor",
        [
            "",
            "x",
            "garbage!",
            "Ωμέγα",
            "\udcff".encode("utf-8", "surrogatepass").decode("latin-1"),
            base64.urlsafe_b64encode(b'"url"').decode(),
            base64.urlsafe_b64encode(b"[]").decode(),
            base64.urlsafe_b64encode(b"[[]]").decode(),
            base64.urlsafe_b64encode(b"[null]").decode(),
            base64.urlsafe_b64encode(b"{}").decode(),
            base64.urlsafe_b64encode(b"[" * 5000).decode(),
            "A" * 100_000,
        ],
    )
    def test_refuses_garbage_for_a_cursor(
        self, served: KnowledgeGraph, name: str, count: int, cursor: str
    ) -> None:
        for argument in ("after", "before") if name in BACKWARD else ("after",):
            refused = answer(served, QUERIES[name], **{argument: cursor})
            assert refused.code == "INVALID_CURSOR"
            assert refused.message.startswith(f"{argument} must be a cursor of a list in the same order")
            assert len(refused.message) < 200

    def test_refuses_its_own_cursor_with_other_types_or_lengths_inside(
        self, served: KnowledgeGraph, name: str, count: int
    ) -> None:
        _, (cursor, *_) = whole(served, name)
        order, *parts = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        forged: list[list[Any]] = [[order], [order, *parts, "more"], [order, *parts[:-1]], [*parts], [None]]
        for index, part in enumerate(parts):
            others = (None, True, 1.5, [part], {"a": part}, 7 if isinstance(part, str) else str(part))
            forged += [[order, *parts[:index], other, *parts[index + 1 :]] for other in others]
        for content in forged:
            text = base64.urlsafe_b64encode(json.dumps(content).encode()).decode()
            assert answer(served, QUERIES[name], after=text).code == "INVALID_CURSOR", content


@pytest.mark.parametrize("name", BACKWARD)
def test_a_list_is_walked_backward_once_in_the_same_order(served: KnowledgeGraph, name: str) -> None:
    found, _ = whole(served, name)
    walked: list[str] = []
    before, more = None, True
    while more:
        page = page_of(served, name, last=6, before=before)
        assert page["pageInfo"]["hasNextPage"] == bool(walked)
        walked = keys(page) + walked
        before, more = page["pageInfo"]["startCursor"], page["pageInfo"]["hasPreviousPage"]
        assert len(walked) <= len(found)
    assert walked == found


@pytest.mark.parametrize("name", BACKWARD)
def test_first_and_last_together_are_refused(served: KnowledgeGraph, name: str) -> None:
    for first, last in ((1, 1), (0, 0)):
        refused = answer(served, QUERIES[name], first=first, last=last)
        assert refused.code == "BAD_USER_INPUT"
        assert "first" in refused.message
        assert "last" in refused.message


@pytest.mark.parametrize(
    ("taken", "given"),
    [
        ("articles", "danglingReferences"),
        ("articles", "problems"),
        ("articles", "related OUT"),
        ("articles", "related BOTH"),
        ("related OUT", "articles"),
        ("related OUT", "related IN"),
        ("danglingReferences", "problems"),
        ("danglingReferences", "related OUT"),
        ("problems", "articles"),
    ],
)
def test_a_cursor_of_a_list_in_another_order_is_refused(
    served: KnowledgeGraph, taken: str, given: str
) -> None:
    _, cursors = whole(served, taken)
    assert answer(served, QUERIES[given], after=cursors[0]).code == "INVALID_CURSOR"


def test_a_refused_page_leaves_the_rest_of_the_response(served: KnowledgeGraph) -> None:
    refused = answer(
        served,
        '{ articles(first: -1) { totalCount } graph { articleCount orphans(after: "x") { totalCount } } }',
    )
    assert refused.status == 200
    assert refused.body["data"] == {"articles": None, "graph": {"articleCount": 58, "orphans": None}}
    assert {error["extensions"]["code"] for error in refused.body["errors"]} == {
        "BAD_USER_INPUT",
        "INVALID_CURSOR",
    }


@pytest.mark.parametrize("size", ["3000000000", '"1"', "1.5", "true"])
def test_a_size_that_is_no_int_is_refused_before_anything_runs(served: KnowledgeGraph, size: str) -> None:
    refused = answer(served, f"{{ articles(first: {size}) {{ totalCount }} }}")
    assert refused.code == "GRAPHQL_VALIDATION_FAILED"
    assert "data" not in refused.body


def cut(
    length: int, first: int | None, after: int | None, last: int | None, before: int | None
) -> tuple[int, int]:
    """Where a page begins and ends in a plain list."""
    start = 0 if after is None else after + 1
    stop = max(start, length if before is None else before)
    if last is not None:
        return max(start, stop - last), stop
    return start, min(stop, start + (20 if first is None else first))


@settings(max_examples=100)
@given(data=st.data())
def test_every_page_is_a_slice_of_the_list(served: KnowledgeGraph, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(BACKWARD))
    found, cursors = whole(served, name)
    index = st.none() | st.integers(0, len(found) - 1)
    size = st.integers(0, 3) | st.integers(0, 500)
    after, before = data.draw(index), data.draw(index)
    first = data.draw(st.none() | size)
    last = data.draw(st.none() | size) if first is None else None
    page = page_of(
        served,
        name,
        first=first,
        last=last,
        after=None if after is None else cursors[after],
        before=None if before is None else cursors[before],
    )
    start, stop = cut(len(found), first, after, last, before)
    assert keys(page) == found[start:stop]
    assert [edge["cursor"] for edge in page["edges"]] == cursors[start:stop]
    assert page["pageInfo"] == {
        "hasPreviousPage": start > 0,
        "hasNextPage": stop < len(found),
        "startCursor": cursors[start] if start < stop else None,
        "endCursor": cursors[stop - 1] if start < stop else None,
    }


def test_every_combination_of_arguments_cuts_a_short_list_as_a_slice() -> None:
    items = [(number, "") for number in range(5)]
    pages = ordered(items)
    places = [None, 0, 2, 4]
    for after, before, size in itertools.product(places, places, (None, 0, 1, 3, 5, 500)):
        for first, last in ((size, None), (None, size)):
            page = pages.page(
                first,
                None if after is None else pages.cursor(items[after]),
                last,
                None if before is None else pages.cursor(items[before]),
            )
            start, stop = cut(5, first, after, last, before)
            assert list(page.items) == items[start:stop]
            assert (page.info.has_previous_page, page.info.has_next_page) == (start > 0, stop < 5)


def test_a_cursor_of_another_order_with_the_same_kind_of_key_is_refused() -> None:
    items = [(1, "a"), (2, "b")]
    cursor = Ordered(items, "other", lambda item: item, ((int,), (str,))).cursor(items[0])
    with pytest.raises(QueryError) as refused:
        ordered(items).page(1, cursor)
    assert refused.value.code == "INVALID_CURSOR"


KEYS = st.lists(st.tuples(st.integers(0, 4), st.text("aé🦉-", max_size=3)), unique=True, max_size=12).map(
    sorted
)


def ordered(items: Sequence[tuple[int, str]]) -> Ordered[tuple[int, str]]:
    return Ordered(items, "test", lambda item: item, ((int,), (str,)))


@given(before=KEYS, after=KEYS, data=st.data())
def test_a_cursor_goes_on_at_the_same_place_whatever_came_or_went(
    before: list[tuple[int, str]], after: list[tuple[int, str]], data: st.DataObject
) -> None:
    if not before:
        return
    item = data.draw(st.sampled_from(before))
    cursor = ordered(before).cursor(item)
    assert list(ordered(after).page(500, cursor).items) == [other for other in after if other > item]
    assert list(ordered(after).page(None, None, 500, cursor).items) == [
        other for other in after if other < item
    ]


@given(st.text() | st.binary().map(lambda data: base64.urlsafe_b64encode(data).decode()))
def test_no_text_for_a_cursor_makes_anything_but_a_page_or_a_refusal(cursor: str) -> None:
    with contextlib.suppress(QueryError):
        assert len(ordered([(1, "a"), (2, "b")]).page(1, cursor).items) <= 1


class TestReload:
    """A cursor goes on at its place after a reload."""

    def urls(self, served: KnowledgeGraph, name: str, **arguments: Any) -> list[str]:
        return keys(page_of(served, name, **arguments))

    def cursor(self, served: KnowledgeGraph, name: str, url: str) -> str:
        found, cursors = whole(served, name)
        return cursors[found.index(url)]

    def test_when_articles_come_and_go(self, library: Library) -> None:
        for name in "bdfhj":
            library.write(name)
        cursor = self.cursor(library.load(), "articles", "/f")
        library.write("a")
        library.write("g")
        library.write("k")
        library.remove("b")
        library.remove("h")
        reloaded = library.load()
        assert self.urls(reloaded, "articles", after=cursor) == ["/g", "/j", "/k"]
        assert self.urls(reloaded, "articles", last=500, before=cursor) == ["/a", "/d"]

    @pytest.mark.parametrize("name", ["articles", "orphans", "deadEnds", "isolated"])
    def test_when_its_own_article_goes(self, library: Library, name: str) -> None:
        for letter in "bdfhj":
            library.write(letter)
        cursor = self.cursor(library.load(), name, "/f")
        library.remove("f")
        reloaded = library.load()
        assert self.urls(reloaded, name, after=cursor) == ["/h", "/j"]
        assert self.urls(reloaded, name, last=500, before=cursor) == ["/b", "/d"]

    def test_when_everything_else_goes(self, library: Library) -> None:
        for letter in "bdf":
            library.write(letter)
        cursor = self.cursor(library.load(), "articles", "/d")
        for letter in "bd":
            library.remove(letter)
        page = page_of(library.load(), "articles", after=cursor)
        assert keys(page) == ["/f"]
        library.write("a")
        library.remove("f")
        page = page_of(library.load(), "articles", after=cursor)
        assert keys(page) == []
        assert page["pageInfo"] == {
            "hasNextPage": False,
            "hasPreviousPage": True,
            "startCursor": None,
            "endCursor": None,
        }

    def test_when_a_subject_changes(self, library: Library) -> None:
        for letter in "bdfh":
            library.write(letter, subject="Maths")
        cursor = self.cursor(library.load(), "subject", "/d")
        library.write("d", subject="Other")
        library.write("e", subject="maths")
        assert self.urls(library.load(), "subject", after=cursor) == ["/e", "/f", "/h"]

    @pytest.mark.parametrize("gone", ["z", "m", "a", "k"])
    @pytest.mark.parametrize("direction", ["OUT", "BOTH"])
    def test_along_links_when_a_linked_article_goes(
        self, library: Library, gone: str, direction: str
    ) -> None:
        links = ["z", "m", "a", "k"]
        library.write("hub", *links)
        for name in links:
            library.write(name)
        name = f"related {direction}"
        cursors = {link: self.cursor(library.load(), name, f"/{link}") for link in links}
        library.remove(gone)
        reloaded = library.load()
        for index, link in enumerate(links):
            rest = [f"/{other}" for other in links[index + 1 :] if other != gone]
            assert self.urls(reloaded, name, after=cursors[link]) == rest, link
            rest = [f"/{other}" for other in links[:index] if other != gone]
            assert self.urls(reloaded, name, last=500, before=cursors[link]) == rest, link

    def test_along_links_when_a_missing_article_comes(self, library: Library) -> None:
        library.write("hub", "z", "m", "a")
        library.write("z")
        library.write("a")
        cursor = self.cursor(library.load(), "related OUT", "/z")
        library.write("m")
        assert self.urls(library.load(), "related OUT", after=cursor) == ["/m", "/a"]

    @pytest.mark.parametrize("links", [["b", "c", "d"], ["b", "c", "d", "e", "f"], []])
    def test_along_backlinks_when_the_number_of_links_changes(
        self, library: Library, links: list[str]
    ) -> None:
        for name in "bcdef":
            library.write(name)
        for name in "pqrs":
            library.write(name, "hub")
        library.write("hub", "b", "c", "d", "e")
        cursor = self.cursor(library.load(), "related BOTH", "/q")
        library.write("hub", *links)
        assert self.urls(library.load(), "related BOTH", after=cursor) == ["/r", "/s"]


def test_related_in_both_directions_gives_a_mutual_neighbour_once(served: KnowledgeGraph) -> None:
    found, _ = whole(served, "related BOTH")
    out, _ = whole(served, "related OUT")
    into, _ = whole(served, "related IN")
    assert out[:3] == ["/out-07", "/out-03", "/out-09"]
    assert found == out + [url for url in into if url not in out]
    assert into == sorted(into)
    assert {"/in-03", "/in-01", "/out-04"} <= set(out) & set(into)


def test_a_list_is_of_the_graph_that_the_python_user_sees(served: KnowledgeGraph) -> None:
    assert whole(served, "orphans")[0] == [article.url for article in served.orphans()]
    assert whole(served, "deadEnds")[0] == [article.url for article in served.dead_ends()]
    assert whole(served, "isolated")[0] == [article.url for article in served.isolated()]
    assert whole(served, "articles")[0] == sorted(served.nx)
