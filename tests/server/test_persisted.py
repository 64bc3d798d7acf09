"""Automatic persisted queries: a document that was sent once can be asked for by its hash."""

from __future__ import annotations

import asyncio
import hashlib
import json
from typing import Any

import httpx
import pytest
from library import SEEDS
from starlette.applications import Starlette

import graph
from graph.server import persisted
from graph.server.app import create_app

QUERY = "{ graph { articleCount } }"


def named(query: str, **more: Any) -> dict[str, Any]:
    digest = hashlib.sha256(query.encode()).hexdigest()
    return {"persistedQuery": {"version": 1, "sha256Hash": digest} | more}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> graph.KnowledgeGraph:
    return graph.load(SEEDS, cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture
def app(served: graph.KnowledgeGraph) -> Starlette:
    return create_app(served)


def send(app: Starlette, method: str = "POST", **members: Any) -> httpx.Response:
    async def exchange() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            if method == "POST":
                return await client.post("/graphql", json=members)
            texts = {k: v if isinstance(v, str) else json.dumps(v) for k, v in members.items()}
            return await client.get("/graphql", params=texts)

    return asyncio.run(exchange())


def code(response: httpx.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


@pytest.mark.parametrize("method", ["POST", "GET"])
def test_a_document_is_sent_once(app: Starlette, method: str) -> None:
    unknown = send(app, method, extensions=named(QUERY))
    assert (unknown.status_code, code(unknown)) == (200, "PERSISTED_QUERY_NOT_FOUND")
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"  # what clients look for
    assert "data" not in unknown.json()
    whole = send(app, method, query=QUERY, extensions=named(QUERY))
    by_hash = send(app, method, extensions=named(QUERY))
    assert whole.json() == by_hash.json() == {"data": {"graph": {"articleCount": 72}}}


def test_a_document_that_is_refused_is_not_remembered(app: Starlette) -> None:
    wrong = "{ nope }"
    assert code(send(app, query=wrong, extensions=named(wrong))) == "GRAPHQL_VALIDATION_FAILED"
    assert code(send(app, extensions=named(wrong))) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"query": QUERY, "extensions": named(QUERY + " ")}, "provided sha does not match query"),
        ({"extensions": named(QUERY, sha256Hash="ABC")}, "must be 64 hexadecimal digits"),
        ({"extensions": named(QUERY, sha256Hash=None)}, "must be 64 hexadecimal digits"),
        ({"extensions": named(QUERY, version=2)}, "PersistedQueryNotSupported"),
        ({"extensions": {"persistedQuery": "x"}}, "PersistedQueryNotSupported"),
        ({"extensions": {"persistedQuery": None}}, '"query" is missing'),
    ],
)
def test_a_wrong_name_is_refused(app: Starlette, members: dict[str, Any], expected: str) -> None:
    response = send(app, **members)
    assert response.status_code == 400
    assert expected in response.json()["errors"][0]["message"]


def test_variables_and_names_go_with_the_hash(app: Starlette) -> None:
    query = "query A($n: Int) { articles(first: $n) { nodes { url } } } query B { __typename }"
    send(app, query=query, operationName="A", extensions=named(query))
    answer = send(app, operationName="A", variables={"n": 2}, extensions=named(query)).json()
    assert len(answer["data"]["articles"]["nodes"]) == 2


def test_those_not_asked_for_the_longest_time_are_forgotten(
    app: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(persisted, "KEPT", 2)
    queries = [f"{{ a{number}: __typename }}" for number in range(3)]
    for query in queries[:2]:
        send(app, query=query, extensions=named(query))
    send(app, extensions=named(queries[0]))
    send(app, query=queries[2], extensions=named(queries[2]))
    found = ["data" in send(app, extensions=named(query)).json() for query in queries]
    assert found == [True, False, True]
