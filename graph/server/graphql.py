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
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import strawberry
from graphql import GraphQLError, OperationType
from starlette.types import Receive, Scope, Send

from . import errors
from .capacity import Capacity
from .cost import Cost, cost_of
from .documents import Document, Documents, Operation
from .errors import HTTPError, error_entry
from .execution import BoundedExecutor, Budget, encode, execute, execute_here
from .limits import Limits, check_cost, check_variables
from .record import Record, record_of
from .request import (
    JSON,
    DisconnectedError,
    Request,
    header_fields,
    negotiate,
    read_body,
    read_json,
    read_query_string,
)

__all__ = ["GraphQLEndpoint"]

ALLOW = {"allow": "GET, POST"}

LONG_DOCUMENT = 2_000
"""Bytes up to which a request with a new document is prepared on the event loop."""
LONG_VARIABLES = 10_000
"""Bytes up to which one with a known document is."""
CHEAP = 200
"""The cost up to which an operation runs on the event loop."""
SHORT = 5_000
"""The cost up to which an operation does not wait behind longer ones."""
WAITING = 0.8
"""The part of its time that an operation waits for what the server computes when it has started."""
CHUNK = 256 * 1024
"""Bytes of a response that are handed to the connection at once."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """A response yet to be sent."""

    status: int
    body: bytes = b""
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class _RefusedError(Exception):
    """An operation that is not run, or not to its end."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        super().__init__(entries)
        self.entries = entries


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
        Whether all has been computed, of what an operation with this context asks, that the server computes
        when it has started. Fields that await it (see `FieldCost`) are kept waiting for most of their time,
        and then say themselves what is missing.

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
        is_ready: Callable[[Any], bool] = lambda _: True,
    ) -> None:
        if schema.extensions or schema.directives or schema.config.enable_experimental_incremental_execution:
            raise ValueError(
                "GraphQLEndpoint runs neither schema extensions nor operation directives nor incremental"
                " delivery"
            )
        # Strawberry's own execute() runs the first of several operations when no name is given, mixes up
        # refused requests with failed fields, and logs the mistakes of clients as errors. So the
        # underlying schema is executed here directly; it has no other name than this one.
        self._schema = schema._schema
        self._context = context
        self._is_ready = is_ready
        self._limits = limits or Limits()
        self._suggestions = suggestions and not schema.config.disable_field_suggestions
        self.capacity = Capacity(operations)
        self.documents = Documents(
            self._schema, self._limits, introspection=introspection, suggestions=self._suggestions
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answer(scope, receive)
        except DisconnectedError:
            return
        headers = {**answer.headers, "x-content-type-options": "nosniff"}
        if answer.media_type is not None:
            headers["content-type"] = f"{answer.media_type}; charset=utf-8"
            headers["content-length"] = str(len(answer.body))
        if scope["method"] in ("GET", "HEAD"):
            # The graph changes under the same URL, and there is no validator to ask about it with.
            headers["cache-control"] = "no-store"
        # Some servers raise when the client is gone, which nobody needs to know.
        with contextlib.suppress(OSError):
            await send(
                {
                    "type": "http.response.start",
                    "status": answer.status,
                    "headers": [
                        (name.encode("latin-1"), text.encode("latin-1")) for name, text in headers.items()
                    ],
                }
            )
            await _send_body(b"" if scope["method"] == "HEAD" else answer.body, send)

    async def _answer(self, scope: Scope, receive: Receive) -> _Answer:
        media_type = JSON
        record = record_of(scope)
        try:
            method = scope["method"]
            if method == "OPTIONS":
                return _Answer(204, headers=ALLOW)
            if method not in ("GET", "HEAD", "POST"):
                raise HTTPError(405, f"{method} is not allowed here: use GET or POST.", ALLOW)
            headers = header_fields(scope)
            media_type = negotiate(headers.get("accept", ""))
            if method == "POST":
                request = read_json(await read_body(headers, receive, self._limits.body))
            else:
                request = read_query_string(scope["query_string"])
            record.document = request.query
            body = await self._run(request, record, partial(_gone, receive), read_only=method != "POST")
            return _Answer(200, body, media_type)
        except _RefusedError as refused:
            record.refuse(refused.entries)
            status = 200 if media_type == JSON else 400
            return _Answer(status, encode({"errors": refused.entries}), media_type)
        except HTTPError as error:
            entries = [error_entry(error.message, error.code, **error.extensions)]
            record.refuse(entries)
            return _Answer(error.status, encode({"errors": entries}), media_type, error.headers)
        except DisconnectedError:
            raise
        except Exception as error:
            entries = [errors.internal_error(error, "outside of any field")]
            record.refuse(entries)
            return _Answer(500, encode({"errors": entries}), media_type)

    async def _run(
        self, request: Request, record: Record, gone: Callable[[], Any], *, read_only: bool
    ) -> bytes:
        """Run a request's operation; return the response."""
        budget = Budget(self._limits.nodes, self._limits.deadline)
        prepare = partial(self._prepare, request, record, budget, read_only=read_only)
        try:
            if request.size <= (LONG_VARIABLES if request.query in self.documents else LONG_DOCUMENT):
                executor, cost = prepare()
            else:
                executor, cost = await self.capacity.run(prepare, budget, gone, long=False)
            is_ready = partial(self._is_ready, executor.context_value)
            if cost.awaits and not is_ready():
                await self.capacity.wait(is_ready, WAITING * budget.left, gone)
            if cost.total <= CHEAP and not cost.slow:
                result = await execute_here(executor, budget)
            else:
                long = cost.slow or cost.total > SHORT
                result = await self.capacity.run(partial(execute, executor, budget), budget, gone, long=long)
        except GraphQLError as ended:
            _refuse([ended])
            raise
        record.add(result.errors)
        return result.body

    def _prepare(
        self, request: Request, record: Record, budget: Budget, *, read_only: bool
    ) -> tuple[BoundedExecutor, Cost]:
        """All that can be said of a request before it runs."""
        document = self.documents.get(request.query)
        operation = document.choose(request.operation_name)
        if operation is not None:
            record.operation = operation.name
        if read_only and operation is not None and operation.kind is OperationType.MUTATION:
            raise HTTPError(405, "A mutation must be sent as a POST request.", {"allow": "POST"})
        if document.errors:
            raise _RefusedError(document.errors)
        if operation is None or document.ast is None:
            message = document.unresolved(request.operation_name)
            raise _RefusedError([error_entry(message, errors.OPERATION_RESOLUTION_FAILURE)])
        if operation.kind is OperationType.SUBSCRIPTION:
            message = "Subscriptions are not served here: send a query or a mutation."
            raise _RefusedError([error_entry(message, errors.OPERATION_RESOLUTION_FAILURE)])
        executor = self._executor(document, operation, request, budget)
        cost = self._cost(document, operation, executor)
        record.cost = cost.total
        _refuse(check_cost(cost, self._limits))
        return executor, cost

    def _executor(
        self, document: Document, operation: Operation, request: Request, budget: Budget
    ) -> BoundedExecutor:
        assert document.ast is not None
        _refuse(check_variables(document.ast, request.variables, self._limits))
        executor = BoundedExecutor.build(
            self._schema,
            document.ast,
            context_value=self._context(),
            raw_variable_values=request.variables,
            operation_name=operation.name,
            hide_suggestions=not self._suggestions,
            operation_extensions=request.extensions,
            budget=budget,
        )
        if isinstance(executor, list):
            _refuse(executor)
        assert isinstance(executor, BoundedExecutor)
        return executor

    def _cost(self, document: Document, operation: Operation, executor: BoundedExecutor) -> Cost:
        assert document.ast is not None
        assert operation.node is not None
        cost = document.costs.get(operation.name)
        if cost is None:
            cost = cost_of(
                self._schema,
                document.ast,
                operation.node,
                executor.variable_values.coerced,
            )
            if not operation.node.variable_definitions:
                document.costs[operation.name] = cost
        return cost


def _refuse(found: list[GraphQLError]) -> None:
    if found:
        raise _RefusedError(errors.request_errors(found, errors.BAD_USER_INPUT))


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
