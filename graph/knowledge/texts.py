"""What is too heavy to keep in memory, read from the snapshot when it is asked for."""

from __future__ import annotations

import functools
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from ..escape import unescape
from ..text import render_html

_RENDERED = 512
"""How many rendered answers are kept: about 10 MB."""


class Texts:
    """The texts of a graph's articles.

    Parameters
    ----------
    database
        The snapshot.
    file_id
        Each article's key in its tables, by position.
    """

    def __init__(self, database: sqlite3.Connection, file_id: Sequence[int]) -> None:
        self.database = database
        self._reading = threading.Lock()
        self._file_id = file_id
        self.html = functools.lru_cache(_RENDERED)(self._render_html)

    def select(self, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Read from the snapshot; one thread at a time."""
        with self._reading:
            return self.database.execute(statement, arguments).fetchall()

    def values(self, position: int, *columns: str) -> tuple[Any, ...]:
        """An article's values in some columns of the tables `text` and `document`."""
        statement = f"SELECT {', '.join(columns)} FROM text JOIN document USING (file_id) WHERE file_id = ?"  # noqa: S608 - only names from this package
        (row,) = self.select(statement, self._file_id[position])
        return row

    def answer(self, position: int) -> str | None:
        """An article's answer as Markdown."""
        answer, escaped = self.values(position, "answer", "escaped")
        if answer is None or not escaped:
            return answer  # type: ignore[no-any-return]
        return unescape(answer).strip()

    def front_matter(self, position: int) -> dict[str, Any]:
        """An article's front matter, with dates as text."""
        front_matter, escaped, answer = self.values(position, "front_matter", "escaped", "answer")
        values: dict[str, Any] = orjson.loads(front_matter)
        if escaped:
            values["answer"] = answer
        return values

    def keywords(self, position: int) -> list[str]:
        """An article's keywords."""
        (keywords,) = self.values(position, "keywords")
        return orjson.loads(keywords)  # type: ignore[no-any-return]

    def all_keywords(self) -> Iterator[list[str]]:
        """The keywords of every article, by position."""
        rows = self.select("SELECT keywords FROM article JOIN document USING (file_id) ORDER BY n")
        return (orjson.loads(keywords) for (keywords,) in rows)

    def _render_html(self, position: int) -> str:
        answer = self.answer(position)
        return render_html(answer) if answer else ""
