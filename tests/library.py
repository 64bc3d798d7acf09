"""A folder of articles that a test writes, changes and loads, and a way to ask its graph in GraphQL."""

from __future__ import annotations

import asyncio
import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml
from starlette.applications import Starlette
from starlette.types import Message

import graph
from graph.corpus import ContentOptions
from graph.knowledge import KnowledgeGraph
from graph.server.app import create_app

SEEDS = Path(graph.__file__).parent.parent / "seeds"


@dataclass(slots=True)
class Library:
    """A folder of articles, each named by what its url ends with; nothing is kept outside of `root`."""

    root: Path

    @property
    def folder(self) -> Path:
        return self.root / "content"

    @property
    def cache(self) -> Path:
        return self.root / "cache"

    def write(self, name: str, *related: str | dict[str, Any] | None, body: str = "", **fields: Any) -> Path:
        """Write an article at "/<name>"; a field that is None is left out."""
        front = {"title": f"Title of {name}", "url": f"/{name}", **fields}
        for number, reference in enumerate(related, 1):
            if isinstance(reference, str):
                reference = {"title": f"Title of {reference}", "url": f"/{reference}"}
            if reference is not None:
                front[f"related_article{number}"] = reference
        kept = {key: value for key, value in front.items() if value is not None}
        return self.write_raw(
            f"{name}.md", f"---\n{yaml.safe_dump(kept, sort_keys=False, allow_unicode=True)}---\n{body}"
        )

    def write_raw(self, file: str, text: str) -> Path:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def remove(self, name: str) -> None:
        (self.folder / f"{name}.md").unlink()

    def load(self, options: ContentOptions | None = None) -> KnowledgeGraph:
        return graph.load(self.folder, cache=self.cache, options=options)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server answered."""

    status: int
    body: dict[str, Any]

    @property
    def data(self) -> Any:
        """The data, where no field failed."""
        assert "errors" not in self.body, self.body["errors"]
        assert self.status == 200
        return self.body["data"]

    @property
    def error(self) -> dict[str, Any]:
        """The only error."""
        (error,) = self.body["errors"]
        return error

    @property
    def code(self) -> str:
        return str(self.error["extensions"]["code"])

    @property
    def message(self) -> str:
        return str(self.error["message"])


def answer(served: KnowledgeGraph, query: str, **variables: Any) -> Answer:
    """What an application over a graph answers to a POST of a query."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/graphql",
        "root_path": "",
        "query_string": b"",
        "headers": [(b"content-type", b"application/json")],
    }
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(_app(served)(scope, receive, send))
    start, *parts = sent
    return Answer(start["status"], json.loads(b"".join(part["body"] for part in parts)))


@functools.lru_cache(4)
def _app(served: KnowledgeGraph) -> Starlette:
    return create_app(served)


def ask(served: KnowledgeGraph, query: str, **variables: Any) -> Any:
    """The data of an answer without errors."""
    return answer(served, query, **variables).data


def exchange(app: Starlette, method: str, path: str, **options: Any) -> httpx.Response:
    """What an application answers to a request."""

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            return await client.request(method, path, **options)

    return asyncio.run(send())
