"""One URL that speaks GraphQL over HTTP.

`GraphQLEndpoint` is a bare ASGI application: it reads a request as the GraphQL over HTTP specification
lays down, runs the operation, and answers in the media type that the client asked for. A request passes
through three stages, and the stage in which it fails decides about the status code:

* it is no well-formed GraphQL request: 4xx in either media type;
* the document is refused (syntax, validation, choice of the operation, values of variables): 400 as
  ``application/graphql-response+json``, 200 as ``application/json``, whose clients take any other status
  for the word of some proxy;
* a field fails while the operation runs: 200, with ``data`` and ``errors`` side by side.
"""

from __future__ import annotations

import contextlib
import json
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from inspect import isawaitable
from typing import Any, NoReturn
from urllib.parse import parse_qsl

import orjson
import strawberry
from graphql import (
    ASTValidationRule,
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    OperationDefinitionNode,
    OperationType,
    parse,
    specified_rules,
    validate,
)
from starlette.types import Receive, Scope, Send
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from . import errors
from .errors import HTTPError, error_entry

__all__ = ["GraphQLEndpoint"]

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"

ALLOW = {"allow": "GET, POST"}

# A parsed document takes up some 300 times the memory of its text, hence two bounds on the texts kept.
CACHED_DOCUMENTS = 512
CACHED_CHARACTERS = 250_000
LONGEST_CACHED = 10_000


class _DisconnectedError(Exception):
    """The client went away before its request was complete."""


@dataclass(frozen=True, slots=True)
class _Request:
    """The members of a well-formed GraphQL request."""

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class _Document:
    """What is known of a text before any request's variables are looked at."""

    ast: DocumentNode | None
    operations: tuple[OperationDefinitionNode, ...] = ()
    errors: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Answer:
    """A response yet to be sent."""

    status: int
    body: bytes = b""
    media_type: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class GraphQLEndpoint:
    """GraphQL over HTTP for one schema, as an ASGI application.

    POST takes a JSON body, GET takes query parameters and runs queries only, and HEAD is a GET whose
    body is left out. Parsing and validation happen once for a text that is asked again and again.

    Parameters
    ----------
    schema
        The schema to serve. Its extensions and operation directives would be passed over in silence, so
        it must have none; rules that documents have to keep to are given as `rules`.
    context
        Called once for each operation that is about to run; returns the value of ``info.context``.
    max_body
        The longest request body that is read, in bytes.
    max_tokens
        The longest document that is parsed, in tokens. Parsing and validation block the event loop.
    rules
        Validation rules beside those of the GraphQL specification, such as a limit of depth.

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
        max_body: int = 1_000_000,
        max_tokens: int = 15_000,
        rules: Collection[type[ASTValidationRule]] = (),
    ) -> None:
        if schema.extensions or schema.directives or schema.config.enable_experimental_incremental_execution:
            raise ValueError(
                "GraphQLEndpoint runs neither schema extensions nor operation directives nor incremental"
                " delivery; pass validation rules as `rules`"
            )
        # Strawberry's own execute() runs the first of several operations when no name is given, mixes up
        # refused requests with failed fields, and logs the mistakes of clients as errors. So the
        # underlying schema is executed here directly; it has no other name than this one.
        self._schema = schema._schema
        self._executor = schema.execution_context_class
        self._hide_suggestions = schema.config.disable_field_suggestions
        self._context = context
        self._max_body = max_body
        self._max_tokens = max_tokens
        self._rules = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule, *rules)
        self._documents: OrderedDict[str, _Document] = OrderedDict()
        self._cached_characters = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            answer = await self._answer(scope, receive)
        except _DisconnectedError:
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
            body = b"" if scope["method"] == "HEAD" else answer.body
            await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> _Answer:
        media_type = JSON
        try:
            method = scope["method"]
            if method == "OPTIONS":
                return _Answer(204, headers=ALLOW)
            if method not in ("GET", "HEAD", "POST"):
                raise HTTPError(405, f"{method} is not allowed here: use GET or POST.", ALLOW)
            headers = _header_fields(scope)
            media_type = _negotiate(headers.get("accept", "")) or _refuse_accept(headers["accept"])
            if method == "POST":
                request = _read_json(await _read_body(headers, receive, self._max_body))
            else:
                request = _read_query_string(scope["query_string"])
            status, payload = await self._run(request, read_only=method != "POST")
            if status == 400 and media_type == JSON:
                status = 200
            return _Answer(status, _encode(payload), media_type)
        except HTTPError as error:
            body = _encode({"errors": [error_entry(error.message, errors.BAD_REQUEST)]})
            return _Answer(error.status, body, media_type, error.headers)
        except _DisconnectedError:
            raise
        except Exception as error:
            body = _encode({"errors": [errors.internal_error(error, "outside of any field")]})
            return _Answer(500, body, media_type)

    async def _run(self, request: _Request, *, read_only: bool) -> tuple[int, dict[str, Any]]:
        """Run a request; return 400 and the errors of a refused one, else 200 and the result."""
        document = self._document(request.query)
        operation = _choose_operation(document.operations, request.operation_name)
        if read_only and operation is not None and operation.operation is OperationType.MUTATION:
            raise HTTPError(405, "A mutation must be sent as a POST request.", {"allow": "POST"})
        if document.errors:
            return 400, {"errors": document.errors}
        if operation is None or document.ast is None:
            message = _unresolved(document.operations, request.operation_name)
            return 400, {"errors": [error_entry(message, errors.OPERATION_RESOLUTION_FAILURE)]}
        if operation.operation is OperationType.SUBSCRIPTION:
            message = "Subscriptions are not served here: send a query or a mutation."
            return 400, {"errors": [error_entry(message, errors.OPERATION_RESOLUTION_FAILURE)]}

        executor = self._executor.build(
            self._schema,
            document.ast,
            context_value=self._context(),
            raw_variable_values=request.variables,
            operation_name=operation.name.value if operation.name else None,
            hide_suggestions=self._hide_suggestions,
            operation_extensions=request.extensions,
        )
        if isinstance(executor, list):
            return 400, {"errors": errors.request_errors(executor, errors.BAD_USER_INPUT)}
        pending = executor.execute_operation()
        result = await pending if isawaitable(pending) else pending
        if not isinstance(result, ExecutionResult):  # pragma: no cover - ruled out by the constructor
            raise TypeError(f"unexpected {type(result).__name__} from the executor")
        if result.errors:
            return 200, {"errors": errors.execution_errors(result.errors), "data": result.data}
        return 200, {"data": result.data}

    def _document(self, query: str) -> _Document:
        """Return the parsed and validated document, from the cache if it was met before."""
        document = self._documents.get(query)
        if document is not None:
            self._documents.move_to_end(query)
            return document
        document = self._prepare(query)
        if len(query) <= LONGEST_CACHED:
            self._documents[query] = document
            self._cached_characters += len(query)
            while len(self._documents) > CACHED_DOCUMENTS or self._cached_characters > CACHED_CHARACTERS:
                forgotten, _ = self._documents.popitem(last=False)
                self._cached_characters -= len(forgotten)
        return document

    def _prepare(self, query: str) -> _Document:
        # Documents nested too deeply for the interpreter are reported as errors by both functions.
        try:
            ast = parse(query, max_lexical_tokens=self._max_tokens)
        except GraphQLError as error:
            return _Document(None, errors=errors.request_errors([error], errors.GRAPHQL_PARSE_FAILED))
        operations = tuple(node for node in ast.definitions if isinstance(node, OperationDefinitionNode))
        found = validate(self._schema, ast, self._rules, hide_suggestions=self._hide_suggestions)
        for problem in found:
            if problem.message == "Validation aborted.":  # The budget for hostile documents is used up.
                problem.message = "The document repeats fields or nests fragments too much to be validated."
        return _Document(ast, operations, errors.request_errors(found, errors.GRAPHQL_VALIDATION_FAILED))


def _choose_operation(
    operations: tuple[OperationDefinitionNode, ...], name: str | None
) -> OperationDefinitionNode | None:
    if name is None:
        return operations[0] if len(operations) == 1 else None
    return next((node for node in operations if node.name and node.name.value == name), None)


def _unresolved(operations: tuple[OperationDefinitionNode, ...], name: str | None) -> str:
    known = ", ".join(node.name.value for node in operations if node.name)
    if name is None:
        return f"The document contains several operations: operationName must be one of {_cut(known)}."
    return (
        f"Unknown operation named '{_cut(name)}'; the document contains {_cut(known) or 'none with a name'}."
    )


def _encode(payload: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(payload)
    except TypeError:
        # orjson has limits that GraphQL has not: integers of 64 bits, 254 levels of nesting, and only
        # well-formed strings. Lone surrogates, as in names of files, become replacement characters.
        text = json.dumps(payload, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def _header_fields(scope: Scope) -> dict[str, str]:
    fields: dict[str, str] = {}
    for raw_name, raw_text in scope["headers"]:
        name, text = raw_name.decode("latin-1"), raw_text.decode("latin-1")
        fields[name] = f"{fields[name]}, {text}" if name in fields else text
    return fields


def _media_type(text: str) -> tuple[str, dict[str, str]]:
    """Split ``type/subtype; name=value`` into its parts, all in lower case."""
    essence, *parameters = text.split(";")
    pairs = (parameter.partition("=") for parameter in parameters)
    values = {name.strip().lower(): value.strip().strip('"').lower() for name, _, value in pairs}
    return essence.strip().lower(), values


def _is_utf8(parameters: Mapping[str, str]) -> bool:
    return parameters.get("charset", "utf-8") in ("utf-8", "utf8")


@lru_cache(maxsize=256)
def _negotiate(accept: str) -> str | None:
    """Return the media type to answer in, or None if the client would accept neither.

    The higher quality wins, then the more specific range, then the one named first. A client that has
    no preference gets ``application/json``.
    """
    if not accept.strip():
        return JSON
    ranges = [(*_media_type(part), -position) for position, part in enumerate(accept.split(","))]

    def score(candidate: str) -> tuple[float, int, int]:
        specificities = {"*/*": 1, "application/*": 2, candidate: 3}
        matches = [
            (specificities[essence], order, _quality(parameters))
            for essence, parameters, order in ranges
            if essence in specificities and _is_utf8(parameters)
        ]
        specificity, order, quality = max(matches, default=(0, 0, 0.0))
        return quality, specificity, order

    best = max((JSON, GRAPHQL_JSON), key=score)
    return best if score(best)[0] > 0 else None


def _quality(parameters: Mapping[str, str]) -> float:
    text = parameters.get("q", "1")
    # Not float(): it would take "nan", "1e9" and the like.
    return min(float(text), 1.0) if text.replace(".", "", 1).isdecimal() else 0.0


def _refuse_accept(accept: str) -> NoReturn:
    raise HTTPError(406, f"Cannot answer as {_cut(accept)}: accept {GRAPHQL_JSON} or {JSON}, in utf-8.")


def _cut(text: str) -> str:
    """Shorten what a client sent for its repetition in a message."""
    return text if len(text) <= 100 else f"{text[:100]}..."


async def _read_body(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    essence, parameters = _media_type(headers.get("content-type", ""))
    if essence != JSON:
        raise HTTPError(415, f"The content-type must be {JSON}, not {_cut(essence) or 'left out'}.")
    if not _is_utf8(parameters):
        raise HTTPError(415, f"The charset must be utf-8, not {_cut(parameters['charset'])}.")
    coding = headers.get("content-encoding", "").strip().lower()
    if coding not in ("", "identity"):
        refusal = f"The content-encoding {_cut(coding)} is not supported: send the body as it is."
        raise HTTPError(415, refusal, {"accept-encoding": "identity"})

    too_large = HTTPError(413, f"The body must not be longer than {limit} bytes.")
    length = headers.get("content-length", "")
    if length.isdecimal() and (len(length) > 15 or int(length) > limit):
        raise too_large
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _DisconnectedError
        body += message.get("body", b"")
        if len(body) > limit:
            raise too_large
        more = message.get("more_body", False)
    return bytes(body)


def _read_json(body: bytes) -> _Request:
    if not body.strip():
        raise HTTPError(400, 'The body is empty: send a JSON object such as {"query": "{ __typename }"}.')
    try:
        members = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise HTTPError(400, _why_not_json(body, error)) from None
    if isinstance(members, list):
        raise HTTPError(400, "Batches are not supported: the body must be one JSON object, not an array.")
    if not isinstance(members, dict):
        raise HTTPError(400, f"The body must be a JSON object, not {_kind(members)}.")
    return _check_members(members)


def _why_not_json(body: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        body.decode()
    except UnicodeDecodeError as bad:
        return f"The body is not valid UTF-8: byte {bad.start + 1} is out of place."
    return f"The body is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})."


def _read_query_string(raw: bytes) -> _Request:
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError:
        raise HTTPError(400, "The query string of the URL is not valid UTF-8.") from None
    members: dict[str, Any] = {}
    for name, text in pairs:
        if name not in ("query", "operationName", "variables", "extensions"):
            continue
        if name in members:
            raise HTTPError(400, f'The parameter "{name}" must be given once only.')
        members[name] = text
    for name in ("variables", "extensions"):
        try:
            members[name] = orjson.loads(members[name]) if members.get(name) else None
        except orjson.JSONDecodeError as error:
            message = f'The parameter "{name}" is not valid JSON: {error.msg} (column {error.colno}).'
            raise HTTPError(400, message) from None
    return _check_members(members)


def _check_members(members: Mapping[str, Any]) -> _Request:
    query = members.get("query")
    if query is None:
        raise HTTPError(400, '"query" is missing: it must be the text of a GraphQL document.')
    if not isinstance(query, str):
        raise HTTPError(400, f'"query" must be a string, not {_kind(query)}.')
    name = members.get("operationName")
    if name is not None and not isinstance(name, str):
        raise HTTPError(400, f'"operationName" must be a string or null, not {_kind(name)}.')
    for key in ("variables", "extensions"):
        value = members.get(key)
        if value is not None and not isinstance(value, dict):
            raise HTTPError(400, f'"{key}" must be an object or null, not {_kind(value)}.')
    # An empty name stands for none, as many clients send it.
    return _Request(query, name or None, members.get("variables"), members.get("extensions"))


def _kind(value: object) -> str:
    """Name the JSON type of a value."""
    if value is None:
        return "null"
    names: dict[type, str] = {bool: "a boolean", str: "a string", list: "an array", dict: "an object"}
    return names.get(type(value), "a number")
