"""What is too heavy to keep in memory, read from the snapshot when it is asked for."""

from __future__ import annotations

import functools
from typing import Any

from .. import texts
from ..article import Reference
from ..escape import unescape
from ..snapshot import Snapshot
from ..text import render_html

_RENDERED = 512
"""How many rendered answers are kept: about 10 MB."""


class Texts:
    """The texts of a graph's articles.

    Parameters
    ----------
    snapshot
        The snapshot.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._start = snapshot.section("start", "q")
        self._front = snapshot.section("front", "i")
        self._answer = snapshot.section("answer", "i")
        self._rest = snapshot.section("rest", "i")
        self._escaped = snapshot.section("escaped", "b")
        self.html = functools.lru_cache(_RENDERED)(self._render_html)

    def stored_answer(self, position: int) -> tuple[str | None, bool]:
        """An article's answer as it stands in its file, and whether it is escaped."""
        answer = texts.read_answer(
            self._snapshot, self._start[position], self._front[position], self._answer[position]
        )
        return answer, bool(self._escaped[position])

    def answer(self, position: int) -> str | None:
        """An article's answer as Markdown."""
        answer, escaped = self.stored_answer(position)
        if answer is None or not escaped:
            return answer
        return unescape(answer).strip()

    def front_matter(self, position: int) -> dict[str, Any]:
        """An article's front matter, with dates as text."""
        values = texts.read_front_matter(self._snapshot, self._start[position], self._front[position])
        if self._escaped[position]:
            values["answer"] = self.stored_answer(position)[0]
        return values

    def rest(self, position: int) -> texts.Rest:
        """An article's question, SEO texts and references."""
        return texts.read_rest(
            self._snapshot,
            self._start[position],
            self._front[position],
            self._answer[position],
            self._rest[position],
        )

    def references(self, position: int) -> list[Reference]:
        """An article's references, in the order of its front matter."""
        return self.rest(position).references

    def _render_html(self, position: int) -> str:
        answer = self.answer(position)
        return render_html(answer) if answer else ""
