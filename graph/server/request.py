"""A GraphQL request as HTTP carries it: the media types, the body, the members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

import orjson
from starlette.types import Receive, Scope

from .errors import HTTPError
from .limits import LIMIT_EXCEEDED

JSON = "application/json"
GRAPHQL_JSON = "application/graphql-response+json"


class DisconnectedError(Exception):
    """The client went away before its request was complete."""


@dataclass(slots=True)
class Request:
    """The members of a well-formed GraphQL request, and how many bytes they came as.

    `query` is empty where `extensions` say which persisted one is meant.
    """

    query: str
    operation_name: str | None
    variables: dict[str, Any] | None
    extensions: dict[str, Any] | None
    size: int


_FIELDS = {
    name.encode(): name
    for name in (
        "accept",
        "accept-encoding",
        "content-encoding",
        "content-length",
        "content-type",
        "if-none-match",
    )
}


def header_fields(scope: Scope) -> dict[str, str]:
    """Those header fields that matter here, repeated ones joined by commas."""
    fields: dict[str, str] = {}
    for raw_name, raw_text in scope["headers"]:
        name = _FIELDS.get(raw_name)
        if name is not None:
            text = raw_text.decode("latin-1")
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
def negotiate(accept: str) -> str:
    """Return the media type to answer in.

    The higher quality wins, then the more specific range, then the one named first. A client that has
    no preference gets ``application/json``.

    Raises
    ------
    HTTPError
        406 where the client would accept neither.
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
    if score(best)[0] > 0:
        return best
    raise HTTPError(406, f"Cannot answer as {cut(accept)}: accept {GRAPHQL_JSON} or {JSON}, in utf-8.")


def _quality(parameters: Mapping[str, str]) -> float:
    text = parameters.get("q", "1")
    # Not float(): it would take "nan", "1e9" and the like.
    return min(float(text), 1.0) if text.replace(".", "", 1).isdecimal() else 0.0


def cut(text: str) -> str:
    """Shorten what a client sent for its repetition in a message."""
    return text if len(text) <= 100 else f"{text[:100]}..."


async def read_body(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    """Read a JSON body of at most `limit` bytes.

    Raises
    ------
    HTTPError
        415 for another media type, charset or coding; 413 where it is longer.
    DisconnectedError
        Where the client goes away meanwhile.
    """
    _check_type(headers.get("content-type", ""), headers.get("content-encoding", ""))
    length = headers.get("content-length", "")
    if length.isdecimal() and (len(length) > 15 or int(length) > limit):
        raise _too_large(limit, int(length[:16]))
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        body += message.get("body", b"")
        if len(body) > limit:
            raise _too_large(limit, len(body))
        more = message.get("more_body", False)
    return bytes(body)


def check_body(headers: Mapping[str, str], body: bytes, limit: int) -> None:
    """Refuse a body that is there already for the reasons that `read_body` has."""
    _check_type(headers.get("content-type", ""), headers.get("content-encoding", ""))
    if len(body) > limit:
        raise _too_large(limit, len(body))


@lru_cache(maxsize=256)
def _check_type(content_type: str, content_encoding: str) -> None:
    """Refuse a body that is no JSON as it is."""
    essence, parameters = _media_type(content_type)
    if essence != JSON:
        raise HTTPError(415, f"The content-type must be {JSON}, not {cut(essence) or 'left out'}.")
    if not _is_utf8(parameters):
        raise HTTPError(415, f"The charset must be utf-8, not {cut(parameters['charset'])}.")
    coding = content_encoding.strip().lower()
    if coding not in ("", "identity"):
        refusal = f"The content-encoding {cut(coding)} is not supported: send the body as it is."
        raise HTTPError(415, refusal, {"accept-encoding": "identity"})


def _too_large(limit: int, length: int) -> HTTPError:
    message = f"The body has {length:,} bytes or more, at most {limit:,} are allowed."
    return HTTPError(413, message, code=LIMIT_EXCEEDED, limit="body", maximum=limit, actual=length)


def read_json(body: bytes) -> Request:
    """Read a request from a POST's body.

    Raises
    ------
    HTTPError
        400 where it is none.
    """
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
    return _check_members(members, len(body))


def _why_not_json(body: bytes, error: orjson.JSONDecodeError) -> str:
    try:
        body.decode()
    except UnicodeDecodeError as bad:
        return f"The body is not valid UTF-8: byte {bad.start + 1} is out of place."
    return f"The body is not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})."


def read_query_string(raw: bytes) -> Request:
    """Read a request from a GET's parameters.

    Raises
    ------
    HTTPError
        400 where it is none.
    """
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
    return _check_members(members, len(raw))


def _check_members(members: Mapping[str, Any], size: int) -> Request:
    query = members.get("query")
    if query is not None and not isinstance(query, str):
        raise HTTPError(400, f'"query" must be a string, not {_kind(query)}.')
    name = members.get("operationName")
    if name is not None and not isinstance(name, str):
        raise HTTPError(400, f'"operationName" must be a string or null, not {_kind(name)}.')
    for key in ("variables", "extensions"):
        value = members.get(key)
        if value is not None and not isinstance(value, dict):
            raise HTTPError(400, f'"{key}" must be an object or null, not {_kind(value)}.')
    if query is None and "persistedQuery" not in (members.get("extensions") or ()):
        raise HTTPError(400, '"query" is missing: it must be the text of a GraphQL document.')
    # An empty name stands for none, as many clients send it.
    return Request(query or "", name or None, members.get("variables"), members.get("extensions"), size)


def _kind(value: object) -> str:
    """Name the JSON type of a value."""
    if value is None:
        return "null"
    names: dict[type, str] = {bool: "a boolean", str: "a string", list: "an array", dict: "an object"}
    return names.get(type(value), "a number")
