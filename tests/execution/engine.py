"""What is under test: the one place that knows how an operation reaches the code that executes it."""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Scope

from graph.execution import Planner, UnplannedError
from graph.knowledge import KnowledgeGraph
from graph.schema import Context, create_schema
from graph.server.execution import Budget
from graph.server.graphql import GraphQLEndpoint
from graph.server.limits import Limits
from graph.server.record import Record
from graph.server.request import Request

LIMITS = Limits(deadline=60)
"""What a server has by itself, but for the deadline: a slow machine must not change an answer."""

MEMORY = 4_000_000
"""Bytes of answers that are kept: so few that the oldest are forgotten now and then."""


async def exchanged(app: ASGIApp, scope: Scope, body: bytes) -> list[Message]:
    """What an application sends for a request, whose client stays."""
    unread = [body]
    sent: list[Message] = []

    async def receive() -> Message:
        if not unread:
            await asyncio.Event().wait()
        return {"type": "http.request", "body": unread.pop(), "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)
    return sent


class Engine:
    """The server's endpoint, without the server around it.

    Parameters
    ----------
    served
        The graph that it answers from; another one may take its place, as after a reload.
    """

    def __init__(self, served: KnowledgeGraph) -> None:
        self.served = served
        schema = create_schema()
        self._endpoint = GraphQLEndpoint(
            schema,
            lambda: Context(graph=self.served),
            limits=LIMITS,
            planner=Planner(schema, memory=MEMORY),
        )
        self._loop = asyncio.Runner()

    def answer(self, query: str, variables: dict[str, Any] | None, operation_name: str | None) -> bytes:
        """The body of the response to an operation."""
        asked = {"query": query, "variables": variables, "operationName": operation_name}
        return self._loop.run(self._post(orjson.dumps(asked)))

    def covers(self, query: str, variables: dict[str, Any] | None, operation_name: str | None) -> bool:
        """Whether a plan answers an operation to its end, one that is not refused."""
        request = Request(query, operation_name or None, variables, None, len(query))
        prepared = self._endpoint._answering._prepare(request, Record(), read_only=False)
        if prepared.plan is None:
            return False
        try:
            prepared.plan.execute(prepared.context, prepared.values, Budget(LIMITS.nodes, LIMITS.deadline))
        except UnplannedError:
            return False
        return True

    def close(self) -> None:
        """End the event loop."""
        self._loop.close()

    async def _post(self, body: bytes) -> bytes:
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
        }
        _, *parts = await exchanged(self._endpoint, scope, body)
        return b"".join(part["body"] for part in parts)
