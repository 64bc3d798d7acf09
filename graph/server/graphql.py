"""One URL that speaks GraphQL over HTTP.

`GraphQLEndpoint` is a bare ASGI application: it reads a request as the GraphQL over HTTP specification
lays down, runs the operation, and answers in the media type that the client asked for. A request passes
through three stages, and the stage in which it fails decides about the status code:

* it is no well-formed GraphQL request: 4xx in either media type;
* the operation is refused (syntax, limits, validation, choice of the operation, values of variables) or
  ended before it was complete: 400 as ``application/graphql-response+json``, 200 as ``application/json``,
  whose clients take any other status for the word of some proxy. There are errors and no data;
* a field fails while the operation runs: 200, with ``data`` and ``errors`` side by side.

What may take long is done in threads, so that the event loop stays free for others.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import strawberry
from starlette.types import Receive, Scope, Send

from .. import execution
from .answering import Answering
from .cost import Cost
from .documents import Documents
from .exchange import ALLOW, Exchange, Response
from .limits import Limits
from .persisted import PersistedQueries, hash_in
from .record import Record, record_of
from .request import DisconnectedError, Request, read_body, read_json, read_query_string

__all__ = ["GraphQLEndpoint"]

CHUNK = 256 * 1024
"""Bytes of a response that are handed to the connection at once, or compressed on the event loop."""


class GraphQLEndpoint:
    """GraphQL over HTTP for one schema, as an ASGI application.

    POST takes a JSON body, GET takes query parameters and runs queries only, and HEAD is a GET whose
    body is left out. Parsing and validation happen once for a text that is asked again and again.

    Parameters
    ----------
    schema
        The schema to serve. Its extensions and operation directives would be passed over in silence, so
        it must have none.
    context
        Called once for each operation that is about to run; returns the value of ``info.context``.
    limits
        What a request may ask for.
    operations
        How many operations may be under way, running or waiting; more are turned away with 503.
    introspection
        Whether the schema may be asked for.
    suggestions
        Whether errors name the fields and values that were perhaps meant.
    is_ready
        Whether all has been computed, of what an operation with this context and cost asks, that the server
        computes when it has started. Fields that await it (see `FieldCost`) are kept waiting for most of
        their time, and then say themselves what is missing.
    planner
        Plans the schema's operations, where its resolvers are pure; without one all are interpreted.

    Raises
    ------
    ValueError
        If the schema relies on machinery that this endpoint does not run.
    """

    def __init__(
        self,
        schema: strawberry.Schema,
        context: Callable[[], Mapping[str, Any]],
        *,
        limits: Limits | None = None,
        operations: int = 64,
        introspection: bool = True,
        suggestions: bool = True,
        is_ready: Callable[[Any, Cost], bool] = lambda *_: True,
        planner: execution.Planner | None = None,
    ) -> None:
        if schema.extensions or schema.directives or schema.config.enable_experimental_incremental_execution:
            raise ValueError(
                "GraphQLEndpoint runs neither schema extensions nor operation directives nor incremental"
                " delivery"
            )
        # Strawberry's own execute() runs the first of several operations when no name is given, mixes up
        # refused requests with failed fields, and logs the mistakes of clients as errors. So the
        # underlying schema is executed here directly; it has no other name than this one.
        self._limits = limits or Limits()
        suggestions = suggestions and not schema.config.disable_field_suggestions
        self.documents = Documents(
            schema._schema, self._limits, introspection=introspection, suggestions=suggestions
        )
        self._persisted = PersistedQueries()
        self._answering = Answering(
            schema._schema,
            self.documents,
            context,
            limits=self._limits,
            operations=operations,
            suggestions=suggestions,
            is_ready=is_ready,
            planner=planner,
        )
        self.capacity = self._answering.capacity

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            response = await self._respond(scope, receive)
        except DisconnectedError:
            return
        # Some servers raise when the client is gone, which nobody needs to know.
        with contextlib.suppress(OSError):
            headers = response.headers
            await send({"type": "http.response.start", "status": response.status, "headers": headers})
            await _send_body(b"" if scope["method"] == "HEAD" else response.body, send)

    def respond_at_once(
        self, scope: Scope, exchange: Exchange, body: bytes, record: Record
    ) -> Response | None:
        """Answer a request whose body is there already, if nothing has to be waited for.

        Parameters
        ----------
        scope
            The request's, as ASGI has it.
        exchange
            Made of the scope, for this request or for another one with the same method and header fields.
        body
            The whole body.
        record
            What is noted of it.

        Returns
        -------
        Response or None
            What an ordinary call would send. None where that has to be awaited; nothing has been noted then.
        """
        try:
            exchange.check(self._limits.body)
            request = self._read(scope, body, record)
            outcome = self._answering.answer_at_once(request, record, read_only=exchange.is_cacheable)
            if outcome is None or len(outcome[1].body) > CHUNK:
                return None
            self._remember(request)
            return exchange.success(*outcome)
        except Exception as error:
            return exchange.failure(error, record)

    async def _respond(self, scope: Scope, receive: Receive) -> Response:
        if scope["method"] == "OPTIONS":
            return Response(204, [(name.encode(), text.encode()) for name, text in ALLOW.items()])
        record = record_of(scope)
        exchange = Exchange(scope)
        try:
            exchange.check(self._limits.body)
            body = b"" if exchange.is_cacheable else await read_body(receive, self._limits.body)
            request = self._read(scope, body, record)
            prepared, result = await self._answering.answer(
                request, record, partial(_gone, receive), read_only=exchange.is_cacheable
            )
            self._remember(request)
            if len(result.body) > CHUNK:
                return await asyncio.to_thread(exchange.success, prepared, result)
            return exchange.success(prepared, result)
        except DisconnectedError:
            raise
        except Exception as error:
            return exchange.failure(error, record)

    def _read(self, scope: Scope, body: bytes, record: Record) -> Request:
        """The request's members, its document found where it names one."""
        request = read_json(body) if scope["method"] == "POST" else read_query_string(scope["query_string"])
        if request.extensions:
            digest = hash_in(request.extensions, request.query)
            if digest is not None and not request.query:
                request.query = self._persisted.find(digest)
        record.document = request.query
        return request

    def _remember(self, request: Request) -> None:
        """Keep a document that is valid under the hash that the client gave with it."""
        if request.extensions:
            digest = hash_in(request.extensions, "")
            if digest is not None:
                self._persisted.keep(digest, request.query)


async def _gone(receive: Receive) -> None:
    """Wait until the client goes away."""
    message = await receive()
    if message["type"] != "http.disconnect":  # it sends more than its request, which nobody reads
        await asyncio.Event().wait()


async def _send_body(body: bytes, send: Send) -> None:
    """Send a body in pieces, each when the connection has taken the one before."""
    start = 0
    while start + CHUNK < len(body):
        piece = body[start : start + CHUNK]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
        start += CHUNK
    await send({"type": "http.response.body", "body": body[start:]})
