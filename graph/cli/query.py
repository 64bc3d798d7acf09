"""The command that asks the graph one query."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from ..corpus import ContentOptions
from .messages import FAILED
from .options import cache_option, content_options, load_quietly, path_argument, resolution_option

if TYPE_CHECKING:
    from starlette.types import Message

    from ..knowledge import KnowledgeGraph

_CONTROLS = re.compile("[\x7f-\x9f]")
"""What a terminal may obey and JSON does not escape."""


def _read_query(_: click.Context, __: click.Parameter, value: str) -> str:
    if value == "-":
        text = _decoded(sys.stdin.buffer.read(), "standard input")
    else:
        text, _place = _text(value)
    if not text.strip():
        raise click.BadParameter("empty; write a query such as '{ graph { articleCount } }'")
    return text


def _read_variables(_: click.Context, __: click.Parameter, value: str | None) -> dict[str, Any]:
    text, place = _text("{}" if value is None else value)
    try:
        variables = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        raise click.BadParameter(f"{place}{error.lineno}:{error.colno}: not JSON: {error.msg}") from None
    except RecursionError:
        raise click.BadParameter(f"{place} nested too deeply".strip()) from None
    except ValueError as error:  # a number that JSON does not have, or one of thousands of digits
        raise click.BadParameter(f"{place} {str(error).partition(';')[0]}".strip()) from None
    if not isinstance(variables, dict):
        raise click.BadParameter(f'{place} not a JSON object; write one such as {{"url": "/a"}}'.strip())
    return variables


@click.command()
@path_argument
@click.argument("query", callback=_read_query)
@click.option(
    "--variables",
    callback=_read_variables,
    metavar="JSON|@FILE",
    help="The values of the query's variables, as a JSON object.",
)
@click.option("--operation", metavar="NAME", help="Which one to run where the query holds several.")
@resolution_option
@cache_option
@content_options
def query(
    path: Path,
    query: str,
    variables: dict[str, Any],
    operation: str | None,
    resolution: float,
    cache_dir: Path | None,
    follow_symlinks: bool,
    max_file_size: int,
    verify: bool,
) -> None:
    """Answer one GraphQL QUERY about CONTENT as JSON, without a server.

    QUERY is the text itself, @FILE, or - for standard input. The limits are those of `serve`. Exits with
    status 1 if the answer has errors, which are printed with it.
    """
    options = ContentOptions(max_file_size=max_file_size, follow_symlinks=follow_symlinks)
    graph = load_quietly(path, cache_dir, options, verify=verify, resolution=resolution)
    request = {"query": query, "variables": variables, "operationName": operation}
    answer = asyncio.run(_answer(graph, request))
    click.echo(_pretty(answer) if sys.stdout.isatty() else answer)
    if "errors" in json.loads(answer):
        sys.exit(FAILED)


async def _answer(graph: KnowledgeGraph, request: Mapping[str, Any]) -> bytes:
    """What the server answers to a request."""
    from ..server.app import create_app

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    sent = bytearray()

    async def receive() -> Message:
        return {"type": "http.request", "body": json.dumps(request).encode(), "more_body": False}

    async def send(message: Message) -> None:
        sent.extend(message.get("body", b""))

    await create_app(graph)(scope, receive, send)
    return bytes(sent)


def _pretty(answer: bytes) -> str:
    text = json.dumps(json.loads(answer), indent=2, ensure_ascii=False)
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _text(value: str) -> tuple[str, str]:
    """The text that an argument is or names, and how messages begin that name a place in it."""
    if not value.startswith("@"):
        return value, ""
    file = Path(value[1:])
    try:
        return _decoded(file.read_bytes(), str(file)), f"{file}:"
    except OSError as error:
        raise click.BadParameter(f"{file}: {error.strerror}") from None


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise click.BadParameter(f"{name}: not UTF-8 (byte {error.start})") from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"not JSON: {name}")
