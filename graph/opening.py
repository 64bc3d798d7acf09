"""A snapshot → its columns and links, which are opened and not built."""

from __future__ import annotations

from typing import Any

from .columns import (
    Adjacency,
    ArrayColumn,
    ChosenColumn,
    Columns,
    TextColumn,
    day_or_none,
    index_or_none,
    number_or_none,
    real_or_none,
)
from .snapshot import Snapshot


def open_columns(snapshot: Snapshot) -> Columns:
    """The columns of the articles that a snapshot serves: they come first among its documents."""
    subject = snapshot.section("subject.of", "i")
    count = len(subject)

    def text(name: str) -> TextColumn[Any]:
        return TextColumn(snapshot.section(name), snapshot.section(f"{name}.offsets", "q"))

    return Columns(
        url=text("url").first(count),
        title=text("title").first(count),
        number=ArrayColumn(snapshot.section("number", "q")[:count], number_or_none),
        date=ArrayColumn(snapshot.section("date", "i")[:count], day_or_none),
        author=text("author").first(count),
        subject=ArrayColumn(subject, index_or_none),
        score=ArrayColumn(snapshot.section("score", "d")[:count], real_or_none),
        no_index=ArrayColumn(snapshot.section("no_index", "b")[:count], bool),
        reading_minutes=ArrayColumn(snapshot.section("minutes", "i")[:count], int),
        file=ChosenColumn(text("path"), snapshot.section("file", "i")[:count]),
        keywords=text("keywords").first(count),
    )


def open_links(snapshot: Snapshot) -> tuple[Adjacency, Adjacency]:
    """Outgoing links, each row in the order of the article's front matter; and incoming ones, by position."""
    outgoing, incoming = (
        Adjacency(snapshot.section(f"{name}.offsets", "i"), snapshot.section(name, "i"))
        for name in ("outgoing", "incoming")
    )
    return outgoing, incoming
