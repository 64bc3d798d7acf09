"""Makes article files, and says all that a graph made of them says."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import yaml

from graph.knowledge import KnowledgeGraph


def front(text: str, body: str = "&nbsp;\n") -> bytes:
    """A file with this front matter, as text; it begins on the file's second line."""
    return f"---\n{text}\n---\n{body}".encode()


def write(folder: Path, path: str, raw: bytes | None = None, **fields: Any) -> Path:
    """Write a file of the folder: these bytes, or an article with these fields and a title."""
    if raw is None:
        raw = front(yaml.safe_dump({"title": path} | fields, sort_keys=False, allow_unicode=True).rstrip())
    file = folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(raw)
    return file


def related(url: str | None = None, number: int | None = None, title: str | None = None) -> dict[str, Any]:
    """The value of a related_articleN."""
    return {"id": number, "title": title, "subject": None, "url": url}


GOOD = ["/good/one", "/good/two"]
"""The urls that `write_good` makes."""


def write_good(folder: Path) -> None:
    """Two articles with which nothing is wrong."""
    write(folder, "good/one.md", title="One", related_article1=related("/good/two"))
    write(folder, "good/two.md", title="Two")


def urls(graph: KnowledgeGraph) -> list[str]:
    """The url of each article, in order."""
    return [article.url for article in graph.articles]


def said_by(graph: KnowledgeGraph) -> dict[str, Any]:
    """All that a graph says, copied from its snapshot."""
    columns = {
        field.name: list(getattr(graph.columns, field.name)) for field in dataclasses.fields(graph.columns)
    }
    return columns | {
        "version": graph.version,
        "outgoing": (list(graph.outgoing.offsets), list(graph.outgoing.neighbors)),
        "incoming": (list(graph.incoming.offsets), list(graph.incoming.neighbors)),
        "references": graph.references,
        "problems": graph.problems,
        "dangling": [
            (d.source.url, d.position, d.field, d.number, d.title, d.url) for d in graph.dangling_references
        ],
        "subjects": [(s.name, s.slug, list(s.articles.positions)) for s in graph.subjects_by_name],
        "edges": list(graph.nx.edges(data="field")),
        "texts": [(a.question, a.answer, a.keywords, a.seo, a.front_matter) for a in graph.articles],
    }
