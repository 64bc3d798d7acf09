"""What uvicorn allows at most: a raw ASGI application that reads a request and sends bytes made ahead.

python ceiling.py ANSWERS [--starlette]

ANSWERS holds articlegraph's own answer to each request, so that the bytes sent are the same.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import orjson
from serving import serve
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

answers = {
    (query, url): answer.encode() for query, url, answer in orjson.loads(Path(sys.argv[1]).read_bytes())
}


def answer_to(body: bytes) -> bytes:
    """The bytes that a request gets."""
    asked = orjson.loads(body)
    variables = asked.get("variables")
    return answers[asked["query"], variables["u"] if variables else None]


async def raw(_: Any, receive: Any, send: Any) -> None:
    """Answer one request."""
    message = await receive()
    body = message["body"]
    while message["more_body"]:
        message = await receive()
        body += message["body"]
    answer = answer_to(body)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


async def routed(request: Request) -> Response:
    """Answer one request by way of Starlette."""
    return Response(answer_to(await request.body()), media_type="application/json")


serve(Starlette(routes=[Route("/graphql", routed, methods=["POST"])]) if "--starlette" in sys.argv else raw)
