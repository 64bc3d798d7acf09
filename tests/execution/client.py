"""Operations over HTTP: what the application answers to GET and POST, in both media types."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from graph.knowledge import KnowledgeGraph
from graph.server.app import create_app

from .engine import LIMITS, exchanged
from .reference import Asked, Expected

JSON = "application/json"
GRAPHQL = "application/graphql-response+json"
WAYS = tuple((method, media_type) for method in ("POST", "GET") for media_type in (JSON, GRAPHQL))


@dataclass(frozen=True, slots=True)
class Response:
    """What came back."""

    status: int
    media_type: str
    body: bytes

    def wrong(self, expected: Expected, accepted: str) -> str | None:
        """What is wrong with it, beside its body."""
        status = 400 if expected.outcome == "refused" and accepted == GRAPHQL else 200
        if self.status != status:
            return f"expected the status {status}, found {self.status}"
        if self.media_type.split(";")[0] != accepted:
            return f"expected {accepted}, found {self.media_type}"
        return None


class Client:
    """Asks the application of a graph.

    Parameters
    ----------
    served
        The graph.
    """

    def __init__(self, served: KnowledgeGraph) -> None:
        self._app = create_app(served, limits=LIMITS)
        self._loop = asyncio.Runner()

    def ask(self, asked: Asked, method: str, accepted: str) -> Response:
        """Send an operation."""
        members = {"query": asked.query, "variables": asked.variables, "operationName": asked.operation_name}
        if method == "POST":
            return self._loop.run(self._send("POST", b"", orjson.dumps(members), accepted))
        given = {name: value for name, value in members.items() if value is not None}
        texts = {
            name: value if isinstance(value, str) else orjson.dumps(value) for name, value in given.items()
        }
        return self._loop.run(self._send("GET", urlencode(texts).encode(), b"", accepted))

    def close(self) -> None:
        """End the event loop."""
        self._loop.close()

    async def _send(self, method: str, query: bytes, body: bytes, accepted: str) -> Response:
        headers = [(b"accept", accepted.encode()), (b"host", b"localhost")]
        if method == "POST":
            headers.append((b"content-type", b"application/json"))
        scope: dict[str, Any] = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": "/graphql",
            "raw_path": b"/graphql",
            "root_path": "",
            "query_string": query,
            "headers": headers,
        }
        start, *parts = await exchanged(self._app, scope, body)
        fields = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        return Response(start["status"], fields["content-type"], b"".join(part["body"] for part in parts))
