"""How failures become the ``errors`` of a response, and which of them reach the log.

Every error carries ``extensions.code``. Mistakes of the client keep their message and are not logged;
anything unexpected is logged once, with its trace, and reaches the client as a bare
"Internal server error" whose ``extensions.id`` leads an operator to the log record.
"""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from graphql import GraphQLError, ValueNode
from strawberry.exceptions import StrawberryInputCoercionError

__all__ = [
    "BAD_REQUEST",
    "BAD_USER_INPUT",
    "DEADLINE_EXCEEDED",
    "GRAPHQL_PARSE_FAILED",
    "GRAPHQL_VALIDATION_FAILED",
    "INTERNAL_SERVER_ERROR",
    "INTROSPECTION_DISABLED",
    "OPERATION_RESOLUTION_FAILURE",
    "OVERLOADED",
    "PERSISTED_QUERY_NOT_FOUND",
    "PERSISTED_QUERY_NOT_SUPPORTED",
    "HTTPError",
    "error_entry",
    "execution_errors",
    "internal_error",
    "request_errors",
]

GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
OPERATION_RESOLUTION_FAILURE = "OPERATION_RESOLUTION_FAILURE"
BAD_USER_INPUT = "BAD_USER_INPUT"
BAD_REQUEST = "BAD_REQUEST"
INTERNAL_SERVER_ERROR = "INTERNAL_SERVER_ERROR"
INTROSPECTION_DISABLED = "INTROSPECTION_DISABLED"
DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
OVERLOADED = "OVERLOADED"
PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
PERSISTED_QUERY_NOT_SUPPORTED = "PERSISTED_QUERY_NOT_SUPPORTED"

# The interpreter's stack holds some hundred levels of fields. If it overflows further down than this, the
# document has used it up, not a resolver.
DEEP_PATH = 50

INTERNAL_MESSAGE = "Internal server error"

logger = logging.getLogger("articlegraph.graphql")

# Only names such as STALE_CURSOR count as a code: the exceptions of many libraries have an attribute
# ``code`` of their own, and their texts are not meant for clients.
_CODE = re.compile(r"[A-Z][A-Z0-9_]*")


class HTTPError(Exception):
    """A request that is answered with a status of its own, whatever the media type.

    Parameters
    ----------
    status
        The HTTP status code of the answer.
    message
        What is wrong and what would be right, for the person who wrote the client.
    headers
        Further response headers, such as ``allow``.
    code
        The error's code.
    extensions
        What else a program may want to know.
    """

    def __init__(
        self,
        status: int,
        message: str,
        headers: Mapping[str, str] | None = None,
        code: str = BAD_REQUEST,
        **extensions: object,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.headers = dict(headers or {})
        self.code = code
        self.extensions = extensions


def error_entry(message: str, code: str, **extensions: object) -> dict[str, Any]:
    """Return an entry for ``errors`` that belongs to no place in a document."""
    return {"message": message, "extensions": {"code": code, **extensions}}


def request_errors(errors: Iterable[GraphQLError], code: str) -> list[dict[str, Any]]:
    """Format errors found before execution, all of them the client's to mend.

    Parameters
    ----------
    errors
        What the parser, the validator or the coercion of variables reported.
    code
        The code of those errors that declare none of their own.

    Returns
    -------
    list
        Entries for ``errors`` of a response without ``data``.
    """
    return [_client_entry(error, _declared_code(error) or code) for error in errors]


def execution_errors(errors: Iterable[GraphQLError]) -> list[dict[str, Any]]:
    """Format errors raised while fields were resolved, and log the unexpected ones.

    Parameters
    ----------
    errors
        The errors of an execution result.

    Returns
    -------
    list
        Entries for ``errors`` of a response with ``data``.
    """
    entries: list[dict[str, Any]] = []
    # A defect in the resolver of a list's items fails once for each item: one record tells it all.
    logged: dict[object, str] = {}
    for error in errors:
        code = _declared_code(error) or (BAD_USER_INPUT if _is_coercion_error(error) else None)
        cause = _root_cause(error)
        if code is None and isinstance(cause, RecursionError) and len(error.path or ()) > DEEP_PATH:
            error.message, code = "The document is nested too deeply to be executed.", BAD_USER_INPUT
        if code is not None:
            entries.append(_client_entry(error, code))
            continue
        origin = _origin(cause)
        if origin not in logged:
            place = ".".join(map(str, error.path or ())) or "the operation"
            logged[origin] = _log(cause, f"while resolving {place}")
        entries.append({**error.formatted, **_internal_entry(logged[origin])})
    return entries


def internal_error(error: BaseException, where: str) -> dict[str, Any]:
    """Log an unexpected exception and return the entry that stands for it.

    Parameters
    ----------
    error
        The exception, with its trace.
    where
        What was going on, for the log only.

    Returns
    -------
    dict
        An entry for ``errors`` which tells nothing but the id of the log record.
    """
    return _internal_entry(_log(error, where))


def _client_entry(error: GraphQLError, code: str) -> dict[str, Any]:
    return {**error.formatted, "extensions": {**(error.extensions or {}), "code": code}}


def _internal_entry(error_id: str) -> dict[str, Any]:
    return {"message": INTERNAL_MESSAGE, "extensions": {"code": INTERNAL_SERVER_ERROR, "id": error_id}}


def _log(error: BaseException, where: str) -> str:
    error_id = secrets.token_hex(8)
    logger.error("error %s %s", error_id, where, exc_info=(type(error), error, error.__traceback__))
    return error_id


def _chain(error: GraphQLError) -> Iterable[Exception]:
    """Yield the error and what it wraps, outermost first."""
    current: Exception | None = error
    while current is not None:
        yield current
        current = current.original_error if isinstance(current, GraphQLError) else None


def _root_cause(error: GraphQLError) -> Exception:
    cause: Exception = error
    for cause in _chain(error):  # noqa: B007 - the last one is wanted
        pass
    return cause


def _declared_code(error: GraphQLError) -> str | None:
    """Return the code that whoever raised the error gave it, if any.

    A GraphQLError declares it in its extensions, any other exception by its attribute ``code``: the
    schema's own exceptions need not know this module.
    """
    for link in _chain(error):
        extensions = link.extensions if isinstance(link, GraphQLError) else None
        code = extensions.get("code") if extensions else getattr(link, "code", None)
        if isinstance(code, str) and _CODE.fullmatch(code):
            return code
    return None


def _is_coercion_error(error: GraphQLError) -> bool:
    """Tell whether execution stopped at the value of an argument rather than in a resolver.

    Validation cannot see that a nullable variable with a default is null, so such errors surface only
    here. They alone point at a value in the document; all others point at a field.
    """
    cause = _root_cause(error)
    if isinstance(cause, StrawberryInputCoercionError):
        return True
    return isinstance(cause, GraphQLError) and any(isinstance(node, ValueNode) for node in cause.nodes or ())


def _origin(cause: Exception) -> object:
    """Return what identifies the line of code that raised."""
    trace = cause.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    line = (trace.tb_frame.f_code, trace.tb_lineno) if trace is not None else str(cause)
    return type(cause), line
