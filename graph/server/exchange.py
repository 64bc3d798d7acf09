"""The HTTP side of one exchange: what the client takes, and the response in that form."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from starlette.types import Scope

from ..execution import encode
from . import errors
from .answering import Prepared, RefusedError
from .errors import HTTPError, error_entry
from .execution import Result
from .record import Record
from .representing import WORTH_COMPRESSING, accepts_gzip, compress, entity_tag, is_unchanged
from .request import GRAPHQL_JSON, JSON, header_fields, negotiate

__all__ = ["ALLOW", "Exchange", "Response"]

ALLOW = {"allow": "GET, POST"}

_NO_SNIFFING = (b"x-content-type-options", b"nosniff")
_CONTENT_TYPES = {kind: (b"content-type", f"{kind}; charset=utf-8".encode()) for kind in (JSON, GRAPHQL_JSON)}


@dataclass(slots=True)
class Response:
    """A response yet to be sent."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes = b""


class Exchange:
    """One request's method and header fields, and the responses that fit them.

    Parameters
    ----------
    scope
        The request's, as ASGI has it.
    """

    __slots__ = ("fields", "is_cacheable", "media_type", "method")

    def __init__(self, scope: Scope) -> None:
        self.method: str = scope["method"]
        self.is_cacheable = self.method in ("GET", "HEAD")
        self.fields = header_fields(scope)
        self.media_type = JSON

    def negotiate(self) -> None:
        """Settle in which media type to answer.

        Raises
        ------
        HTTPError
            405 for a method that means nothing here, 406 where the client takes none of the media types.
        """
        if self.method != "POST" and not self.is_cacheable:
            raise HTTPError(405, f"{self.method} is not allowed here: use GET or POST.", ALLOW)
        self.media_type = negotiate(self.fields.get("accept", ""))

    def success(self, prepared: Prepared, result: Result) -> Response:
        """The response to an operation that ran to its end."""
        body = result.body
        if not self.is_cacheable and "accept-encoding" not in self.fields:
            return self._response(200, body, ())
        is_packed = len(body) >= WORTH_COMPRESSING and accepts_gzip(self.fields.get("accept-encoding", ""))
        own = [("content-encoding", "gzip")] if is_packed else []
        if self.is_cacheable and not result.errors:
            tag = entity_tag(body, self.media_type, is_packed=is_packed)
            # Whoever keeps it must ask whether it is still so: the graph changes under the same URL.
            caching = [("cache-control", "no-cache"), ("etag", tag), ("vary", "accept, accept-encoding")]
            if is_unchanged(self.fields.get("if-none-match", ""), tag):
                return Response(304, [_NO_SNIFFING, *_encoded(caching)])
            own += caching
        elif self.is_cacheable:
            own.append(("cache-control", "no-store"))
        return self._response(200, _packed(prepared, result) if is_packed else body, own)

    def failure(self, error: Exception, record: Record) -> Response:
        """The response to a request that was refused, or could not be answered."""
        own: dict[str, str] = {"cache-control": "no-store"} if self.is_cacheable else {}
        if isinstance(error, RefusedError):
            entries = error.entries
            status = 200 if self.media_type == JSON else 400
        elif isinstance(error, HTTPError):
            entries = [error_entry(error.message, error.code, **error.extensions)]
            status = error.status
            own |= error.headers
        else:
            entries = [errors.internal_error(error, "outside of any field")]
            status = 500
        record.refuse(entries)
        return self._response(status, encode({"errors": entries}), own.items())

    def _response(self, status: int, body: bytes, own: Iterable[tuple[str, str]]) -> Response:
        length = (b"content-length", b"%d" % len(body))
        return Response(status, [_CONTENT_TYPES[self.media_type], length, _NO_SNIFFING, *_encoded(own)], body)


def _encoded(headers: Iterable[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), text.encode("latin-1")) for name, text in headers]


def _packed(prepared: Prepared, result: Result) -> bytes:
    """A body compressed, which is done once for an answer that is kept."""
    plan, given = prepared.plan, prepared.request.variables
    if plan is None or result.errors:
        return compress(result.body)
    packed = plan.packed(given)
    if packed is None:
        packed = compress(result.body)
        plan.keep_packed(given, packed)
    return packed
