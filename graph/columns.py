"""What every query touches, in memory: one column per field, links as compressed sparse rows.

Articles are numbered from 0 in order of url; a *position* is such a number.
"""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Columns:
    """One value per article, by position.

    Parameters
    ----------
    url, title, file
        Text.
    number, date, author, score
        None where the article has none.
    subject
        Index of the subject in order of name; None where the article has none.
    no_index
        Whether search engines are asked to pass it over.
    reading_minutes
        Minutes to read the answer.
    file_id
        The article's key in the snapshot's tables.
    """

    url: list[str]
    title: list[str]
    number: list[int | None]
    date: list[date | None]
    author: list[str | None]
    subject: list[int | None]
    score: list[float | None]
    no_index: list[bool]
    reading_minutes: list[int]
    file: list[str]
    file_id: array[int]


@dataclass(frozen=True, slots=True)
class Adjacency:
    """The links in one direction, as compressed sparse rows.

    Parameters
    ----------
    offsets
        n + 1 offsets into `neighbors`: article i's neighbors are ``neighbors[offsets[i]:offsets[i + 1]]``.
    neighbors
        Positions, one per link.
    """

    offsets: array[int]
    neighbors: array[int]

    def __getitem__(self, position: int) -> array[int]:
        """The neighbors of one article, as a new array of positions."""
        return self.neighbors[self.offsets[position] : self.offsets[position + 1]]

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def degree(self, position: int) -> int:
        """How many neighbors one article has."""
        return self.offsets[position + 1] - self.offsets[position]

    def degrees(self) -> array[int]:
        """How many neighbors each article has; shape (n,)."""
        offsets = self.offsets
        return array("i", (after - before for before, after in pairwise(offsets)))

    def links(self) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """For each link the position that the row belongs to, and the neighbor; each of shape (m,)."""
        positions = np.arange(len(self), dtype=np.int32)
        return np.repeat(positions, np.diff(self.offsets)), np.asarray(self.neighbors, dtype=np.int32)


def load_columns(database: sqlite3.Connection) -> Columns:
    """Read the columns of a snapshot."""
    rows = database.execute(
        "SELECT url, title, number, date, author, article.subject, score, no_index, reading_minutes, path, "
        "article.file_id FROM article JOIN document USING (file_id) JOIN file ON file.id = article.file_id "
        "ORDER BY n"
    ).fetchall()
    url, title, number, day, author, subject, score, no_index, minutes, path, file_id = (
        zip(*rows, strict=True) if rows else [()] * 11
    )
    one_each: dict[str, str] = {}  # thousands of articles have one author
    days = {text: None if text is None else date.fromisoformat(text) for text in set(day)}
    return Columns(
        url=list(url),
        title=list(title),
        number=list(number),
        date=[days[text] for text in day],
        author=[None if name is None else one_each.setdefault(name, name) for name in author],
        subject=list(subject),
        score=list(score),
        no_index=list(map(bool, no_index)),
        reading_minutes=list(minutes),
        file=list(path),
        file_id=array("q", file_id),
    )


def load_links(database: sqlite3.Connection, articles: int) -> tuple[Adjacency, Adjacency]:
    """Read the links of a snapshot.

    Parameters
    ----------
    database
        The snapshot.
    articles
        How many articles there are.

    Returns
    -------
    tuple
        Outgoing links, each row in the order of the article's front matter; and incoming ones, each row in
        order of position.
    """
    pairs = database.execute("SELECT source, target FROM link ORDER BY source, position").fetchall()
    sources = [source for source, _ in pairs]
    targets = [target for _, target in pairs]
    return (
        Adjacency(_offsets(sources, articles), array("i", targets)),
        Adjacency(
            _offsets(targets, articles),
            array("i", [source for _, source in sorted(zip(targets, sources, strict=True))]),
        ),
    )


def _offsets(rows: Iterable[int], count: int) -> array[int]:
    sizes = array("i", bytes(4 * count))
    for row in rows:
        sizes[row] += 1
    offsets = array("i", [0])
    total = 0
    for size in sizes:
        total += size
        offsets.append(total)
    return offsets


def positions_of(urls: Sequence[str]) -> dict[str, int]:
    """From url to position."""
    return {url: position for position, url in enumerate(urls)}
