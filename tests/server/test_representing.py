"""Compression and entity tags: the same answer in fewer bytes, or none where the client has it already."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from pathlib import Path
from typing import Any

import httpx
import pytest
from library import Library

from graph.server import exchange
from graph.server.app import create_app
from graph.server.content import Content
from graph.server.representing import accepts_gzip, is_unchanged

LARGE = "query($n: Int = 100) { articles(first: $n) { nodes { id url title } } }"
SMALL = "{ articles(first: 1) { nodes { id } } }"


class Site:
    """An application over a folder of articles."""

    def __init__(self, library: Library) -> None:
        self.content = Content(library.load())
        self.app = create_app(self.content)

    def send(
        self, method: str, query: str, accept_encoding: str | None = None, **fields: str
    ) -> httpx.Response:
        headers = {**fields, "accept-encoding": accept_encoding or ""}
        if accept_encoding is None:
            del headers["accept-encoding"]

        async def talk() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                del client.headers["accept-encoding"]
                if method == "POST":
                    return await client.post("/graphql", json={"query": query}, headers=headers)
                return await client.request(method, "/graphql", params={"query": query}, headers=headers)

        return asyncio.run(talk())


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path)
    for number in range(60):
        library.write(f"article-{number}")
    return library


@pytest.fixture
def site(library: Library) -> Site:
    return Site(library)


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_large_answer_is_compressed_where_the_client_takes_it(site: Site, method: str) -> None:
    plain, packed = site.send(method, LARGE), site.send(method, LARGE, "gzip, deflate, br")
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert "accept-encoding" in packed.headers["vary"]
    assert packed.content == plain.content  # httpx has unpacked it
    assert int(packed.headers["content-length"]) < len(plain.content) / 3


def test_a_small_answer_and_an_error_are_sent_as_they_are(site: Site) -> None:
    for query in (SMALL, "{ nope }"):
        assert "content-encoding" not in site.send("POST", query, "gzip").headers


@pytest.mark.parametrize(
    ("accept_encoding", "taken"),
    [
        ("gzip", True),
        ("GZIP;q=0.5", True),
        ("x-gzip", True),
        ("*", True),
        ("br, gzip;q=0.1", True),
        ("", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.0, *", False),
        ("gzip;q=nan", False),
        ("gzip;q=0.5, identity", False),
    ],
)
def test_what_a_client_takes(accept_encoding: str, taken: bool) -> None:
    assert accepts_gzip(accept_encoding) is taken


def test_what_is_kept_is_compressed_once(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    compressed = []

    def counting(body: bytes) -> bytes:
        compressed.append(body)
        return gzip.compress(body)

    monkeypatch.setattr(exchange, "compress", counting)
    first, second = (site.send("POST", LARGE, "gzip") for _ in range(2))
    assert first.content == second.content
    assert len(compressed) == 1
    assert site.send("POST", LARGE.replace("100", "50"), "gzip").content != first.content
    assert len(compressed) == 2


def test_an_answer_that_a_client_has_is_not_sent_again(site: Site) -> None:
    first = site.send("GET", LARGE)
    assert first.headers["cache-control"] == "no-cache"
    again = site.send(
        "GET", LARGE, if_none_match=first.headers["etag"], **{"if-none-match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["vary"] == first.headers["vary"]
    assert "content-type" not in again.headers
    assert site.send("HEAD", LARGE).headers["etag"] == first.headers["etag"]


def test_tags_differ_where_bytes_do(site: Site, library: Library) -> None:
    def tag(**options: Any) -> str:
        return str(site.send("GET", LARGE, **options).headers["etag"])

    first = tag()
    assert tag() == first
    others = {tag(accept_encoding="gzip"), tag(accept="application/graphql-response+json")}
    library.write("article-0", title="Another title")
    site.content.graph = library.load()
    assert len({first, *others, tag()}) == 4


def test_errors_have_no_tag(site: Site) -> None:
    for query in ("{ nope }", "{ node(id: 1) { id } articles(first: 9) { nodes { url } } }"):
        response = site.send("GET", query)
        assert "etag" not in response.headers
        assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("if_none_match", "unchanged"),
    [
        ('"a"', True),
        ('W/"a"', True),
        ('"b", "a"', True),
        ("*", True),
        ('"b"', False),
        ("", False),
        ("a", False),
    ],
)
def test_if_none_match(if_none_match: str, unchanged: bool) -> None:
    assert is_unchanged(if_none_match, '"a"') is unchanged


def test_what_is_compressed_can_be_unpacked_by_all(site: Site) -> None:
    from graph.server.representing import compress

    body = b'{"data":null}' * 1000
    assert zlib.decompress(compress(body), 31) == gzip.decompress(compress(body)) == body
    assert compress(body) == compress(body)
