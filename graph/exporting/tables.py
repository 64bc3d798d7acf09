"""What is exported: articles, links and dangling references as tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from ..knowledge import KnowledgeGraph

Types = Mapping[str, type]
"""From the name of a column to the type of its values; any value may be None."""

ARTICLE: Types = {
    "url": str,
    "number": int,
    "title": str,
    "subject": str,
    "date": date,
    "author": str,
    "score": float,
    "no_index": bool,
    "reading_minutes": int,
    "in_degree": int,
    "out_degree": int,
}
LINK: Types = {"source": str, "target": str, "field": str, "position": int}
DANGLING: Types = {"source": str, "field": str, "position": int, "number": int, "title": str, "url": str}


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of values.

    Parameters
    ----------
    name
        What they are, in the plural.
    types
        The columns.
    rows
        One tuple per row, its values in the order of the columns; read once.
    """

    name: str
    types: Types
    rows: Iterable[tuple[Any, ...]]


def articles(graph: KnowledgeGraph) -> Table:
    """Every article, by url."""
    columns = graph.columns
    names: dict[int | None, str | None] = {None: None}
    names.update(enumerate(subject.name for subject in graph.subjects_by_name))
    rows = zip(
        columns.url,
        columns.number,
        columns.title,
        (names[subject] for subject in columns.subject),
        columns.date,
        columns.author,
        columns.score,
        columns.no_index,
        columns.reading_minutes,
        graph.incoming.degrees(),
        graph.outgoing.degrees(),
        strict=True,
    )
    return Table("articles", ARTICLE, rows)


def links(graph: KnowledgeGraph) -> Table:
    """Every link, by the url of its source and in the order of its front matter.

    `position` counts the references of the front matter from 0: those that make no link leave gaps.
    """
    url = graph.columns.url.tolist()
    rows = (
        (url[source], url[target], field, place)
        for source in range(len(url))
        for target, field, place in zip(
            graph.outgoing[source], graph.link_fields(source), graph.link_places(source), strict=True
        )
    )
    return Table("links", LINK, rows)


def dangling(graph: KnowledgeGraph) -> Table:
    """Every reference that leads nowhere, by the url of its source and in the order of its front matter."""
    rows = (
        (found.source.url, found.field, found.position, found.number, found.title, found.url)
        for found in graph.dangling_references
    )
    return Table("dangling", DANGLING, rows)
