"""Global ids, and what is absent, unknown or malformed."""

from __future__ import annotations

import base64
import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from library import Library, answer, ask

from graph.knowledge import KnowledgeGraph
from graph.schema.errors import QueryError
from graph.schema.ids import decode_id, encode_id

NODE = """query($id: ID!) { node(id: $id) {
  __typename id ... on Article { url } ... on Subject { name slug articleCount }
} }"""


def base64_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def node(served: KnowledgeGraph, identifier: str) -> Any:
    return ask(served, NODE, id=identifier)["node"]


def test_every_article_and_subject_is_found_again_by_its_id(seeds: KnowledgeGraph) -> None:
    data = ask(seeds, "{ articles(first: 500) { nodes { id url } } subjects { id slug name articleCount } }")
    for article in data["articles"]["nodes"]:
        assert node(seeds, article["id"]) == {"__typename": "Article", **article}
    for subject in data["subjects"]:
        assert node(seeds, subject["id"]) == {"__typename": "Subject", **subject}
    ids = [found["id"] for found in data["articles"]["nodes"] + data["subjects"]]
    assert len(set(ids)) == len(seeds.articles) + len(seeds.subjects)


def test_ids_are_made_of_the_url_or_the_slug_alone(library: Library) -> None:
    library.write("m", subject="Graph theory", id=7)
    query = '{ article(url: "/m") { id } subjects { id slug } }'
    before = ask(library.load(), query)
    assert before["article"]["id"] == encode_id("Article", "/m")
    assert before["subjects"] == [
        {"id": encode_id("Subject", "graph-theory"), "slug": "graph-theory"},
    ]
    library.write("a", subject="Algebra")
    library.write("z", "m", subject="GRAPH THEORY", id=7)
    library.write("m", "a", subject="Graph theory", title="Another", id=8, answer="New.")
    (library.folder / "m.md").rename(library.folder / "elsewhere.md")
    reloaded = library.load()
    after = ask(reloaded, query)
    assert after["article"] == before["article"]
    assert before["subjects"][0] in after["subjects"]
    assert node(reloaded, before["article"]["id"])["url"] == "/m"
    assert node(reloaded, before["subjects"][0]["id"])["articleCount"] == 2


def test_a_shared_number_still_gives_ids_of_their_own(library: Library) -> None:
    for name in ("a", "b"):
        library.write(name, id=1, title="Same")
    ids = [found["id"] for found in ask(library.load(), "{ articles { nodes { id } } }")["articles"]["nodes"]]
    assert len(set(ids)) == 2


@pytest.mark.parametrize(
    "url", ["/a b", "/é/ü", "/q?x=1&y=2#z", "/../x", "/%2e", "a:b:c", "Article:x", "http://h/p", "/🦉"]
)
def test_ids_survive_every_kind_of_url(library: Library, url: str) -> None:
    library.write("odd", url=url)
    served = library.load()
    found = ask(served, "query($url: String!) { article(url: $url) { id url } }", url=url)["article"]
    assert found["url"] == url
    assert set(found["id"]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    assert node(served, found["id"])["url"] == url


@pytest.mark.parametrize(
    "identifier",
    [
        encode_id("Article", "/nowhere"),
        encode_id("Subject", "nothing"),
        encode_id("Article", ""),
        encode_id("Component", "/m"),
        encode_id("Query", "x"),
        encode_id("", ""),
        encode_id("article", "/m"),
    ],
)
def test_an_unknown_but_well_formed_id_is_null_without_an_error(library: Library, identifier: str) -> None:
    library.write("m")
    assert node(library.load(), identifier) is None


@pytest.mark.parametrize(
    "identifier",
    [
        "",
        " ",
        "x",
        "/m",
        "Article:/m",
        "7",
        base64_of("Article"),
        base64.b64encode(b"\xff\xfe:x").decode(),
        "QXJ0aWNsZTovbQ!",
        "QXJ0aWNs\nZTovbQ",
        "Ωμέγα",
        "A" * 10_000,
    ],
)
def test_garbage_for_an_id_is_refused(library: Library, identifier: str) -> None:
    library.write("m")
    refused = answer(library.load(), NODE, id=identifier)
    assert refused.code == "INVALID_ID"
    assert refused.body["data"] == {"node": None}
    assert len(refused.message) < 150


def test_an_id_with_its_padding_is_taken_too(library: Library) -> None:
    library.write("m")
    assert node(library.load(), base64.urlsafe_b64encode(b"Article:/m").decode())["url"] == "/m"


@given(kind=st.text("abcXYZ"), key=st.text(st.characters(exclude_categories=["Cs"])))
def test_an_id_gives_back_what_it_was_made_of(kind: str, key: str) -> None:
    assert decode_id(encode_id(kind, key)) == (kind, key)


@given(st.text() | st.binary().map(lambda data: base64.urlsafe_b64encode(data).decode()))
def test_no_text_for_an_id_makes_anything_but_a_key_or_a_refusal(identifier: str) -> None:
    with contextlib.suppress(QueryError):
        assert ":".join(decode_id(identifier)).encode()


def test_absent_things_are_null_without_an_error(library: Library) -> None:
    library.write("m")
    served = library.load()
    data = ask(
        served,
        '{ article(url: "/M") { url } other: article(url: "m") { url } subject(slug: "x") { name } '
        "subjects { name } }",
    )
    assert data == {"article": None, "other": None, "subject": None, "subjects": []}


def test_a_node_that_is_refused_leaves_the_rest_of_the_response(library: Library) -> None:
    library.write("m")
    refused = answer(library.load(), '{ node(id: "x") { id } article(url: "/m") { title } }')
    assert refused.body["data"] == {"node": None, "article": {"title": "Title of m"}}
    assert refused.error["path"] == ["node"]


class TestSubjects:
    def test_spellings_that_differ_in_case_are_one_named_by_the_majority(self, library: Library) -> None:
        for name, spelling in (("a", "MATHS"), ("b", "Maths"), ("c", "Maths"), ("d", "maths")):
            library.write(name, subject=spelling)
        library.write("e")
        data = ask(
            library.load(),
            "{ subjects { name slug articleCount articles { nodes { url subject { name } } } } }",
        )
        (subject,) = data["subjects"]
        assert (subject["name"], subject["slug"], subject["articleCount"]) == ("Maths", "maths", 4)
        assert subject["articles"]["nodes"] == [
            {"url": f"/{x}", "subject": {"name": "Maths"}} for x in "abcd"
        ]

    def test_most_articles_come_first_and_ties_are_by_name(self, library: Library) -> None:
        for number, subject in enumerate(["B", "C", "A", "C", "Z", "Z", "Z"]):
            library.write(f"x{number}", subject=subject)
        found = ask(library.load(), "{ subjects { name articleCount } }")["subjects"]
        assert [(s["name"], s["articleCount"]) for s in found] == [("Z", 3), ("C", 2), ("A", 1), ("B", 1)]

    def test_names_that_make_one_slug_get_numbers(self, library: Library) -> None:
        for number, subject in enumerate(["C++", "C#", "C", "!!", "??"]):
            library.write(f"x{number}", subject=subject)
        served = library.load()
        slugs = {s["name"]: s["slug"] for s in ask(served, "{ subjects { name slug } }")["subjects"]}
        assert slugs == {"C": "c", "C#": "c-2", "C++": "c-3", "!!": "subject", "??": "subject-2"}
        for name, slug in slugs.items():
            found = ask(served, "query($slug: String!) { subject(slug: $slug) { name } }", slug=slug)
            assert found["subject"]["name"] == name
