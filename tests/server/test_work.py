"""How much work an answer is, counted in calls: the same on any machine, and close on any Python.

What is bounded is a ratio: the calls that the whole application makes to answer a query, with nothing kept
between requests, to those that plain graphql-core makes to execute it on the same schema. When answering has
become cheaper, run this with `-s`, and let `MOST` be a fifth more than the ratios that it prints. Python
3.11 makes the most calls; later ones make a tenth fewer.
"""

import asyncio
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import Any

import orjson
import pytest
from graphql import ExecutionResult, execute, parse
from library import SEEDS
from starlette.types import Message

import graph
from graph.knowledge import KnowledgeGraph
from graph.schema import Context, create_schema
from graph.server.app import create_app

CARD = "id title subject { name } url"
NESTED = (
    "query($u: String!) { article(url: $u) "
    f"{{ {CARD} related {{ {CARD} related {{ {CARD} related {{ id title url }} }} }} }} }}"
)
LIST = "query($n: Int) { articles(first: $n) { nodes { id title url date related { id title url } } } }"
MOST = {"nested": 0.0125, "list": 0.05}


@dataclass
class Calls:
    """Calls of functions, Python's and C's, in this thread and in those that begin while it counts."""

    count: int = 0

    def __call__(self, _: FrameType, event: str, __: object) -> None:
        self.count += event in ("call", "c_call")


@contextmanager
def counting(calls: Calls) -> Iterator[None]:
    before = sys.getprofile()
    threading.setprofile(calls)
    sys.setprofile(calls)
    try:
        yield
    finally:
        sys.setprofile(before)
        threading.setprofile(None)


def calls_of_the_application(served: KnowledgeGraph, query: str, warming: list[Any], variables: Any) -> int:
    """Calls until a new application that has answered the query with other variables has answered it."""
    calls = Calls()

    async def post(app: Any, variables: Any) -> bytes:
        body = orjson.dumps({"query": query, "variables": variables})
        waiting = [{"type": "http.request", "body": body, "more_body": False}]
        sent: list[Message] = []

        async def receive() -> Message:
            return waiting.pop() if waiting else await asyncio.Future()

        async def send(message: Message) -> None:
            sent.append(message)

        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
        scope = {"type": "http", "method": "POST", "path": "/graphql", "root_path": "", "query_string": b""}
        before = calls.count
        await app({**scope, "headers": headers}, receive, send)
        counts.append(calls.count - before)
        return b"".join(message["body"] for message in sent[1:])

    async def run() -> bytes:
        app = create_app(served, response_cache=0)
        for others in warming:
            await post(app, others)
        return await post(app, variables)

    counts: list[int] = []
    with counting(calls):
        answered = asyncio.run(run())
    assert b'"errors"' not in answered, answered
    return counts[-1]


def calls_of_graphql_core(served: KnowledgeGraph, query: str, variables: Any) -> int:
    """Calls that plain graphql-core makes to execute the query on our schema, once it is parsed."""
    schema, document = create_schema()._schema, parse(query)
    calls = Calls()
    with counting(calls):
        result = execute(schema, document, context_value=Context(graph=served), variable_values=variables)
        assert isinstance(result, ExecutionResult)
        orjson.dumps({"data": result.data})
    assert not result.errors
    return calls.count


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    return graph.load(SEEDS, cache=tmp_path_factory.mktemp("work"))


def ratio(served: KnowledgeGraph, query: str, warming: list[Any], variables: Any) -> float:
    ours = min(calls_of_the_application(served, query, warming, variables) for _ in range(3))
    return ours / calls_of_graphql_core(served, query, variables)


def test_a_nested_query_takes_few_calls(seeds: KnowledgeGraph) -> None:
    first, *others = (hub.article.url for hub in seeds.hubs(first=4))
    found = ratio(seeds, NESTED, [{"u": url} for url in others], {"u": first})
    print(f"nested: {found:.4f}")
    assert found < MOST["nested"]


def test_a_list_takes_few_calls(seeds: KnowledgeGraph) -> None:
    found = ratio(seeds, LIST, [{"n": 10}, {"n": 20}], {"n": 50})
    print(f"list: {found:.4f}")
    assert found < MOST["list"]
