"""What a snapshot keeps of each document beside its columns: front matter, answer, and the rest.

They lie one behind the other, each as JSON.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from .article import Reference
from .snapshot import Snapshot


class Rest(NamedTuple):
    """What is asked for rarely."""

    question: str | None
    has_seo: bool
    seo_title: str | None
    seo_description: str | None
    references: list[Reference]


def read_rest(snapshot: Snapshot, start: int, front: int, answer: int, rest: int) -> Rest:
    """The rest, by where a document's texts begin and by their sizes."""
    size = front + answer + rest
    *others, references = orjson.loads(snapshot.text(start, size)[front + answer :])
    return Rest._make([*others, [Reference(*values) for values in references]])


def read_references(snapshot: Snapshot, start: int, front: int, answer: int, rest: int) -> list[Reference]:
    """The references of a document."""
    return read_rest(snapshot, start, front, answer, rest).references


def read_answer(snapshot: Snapshot, start: int, front: int, answer: int) -> str | None:
    """The answer of a document, as it stands."""
    return orjson.loads(snapshot.text(start, front + answer)[front:])  # type: ignore[no-any-return]


def read_front_matter(snapshot: Snapshot, start: int, front: int) -> dict[str, Any]:
    """The front matter of a document; null stands for an answer that is kept for itself."""
    return orjson.loads(snapshot.text(start, front))  # type: ignore[no-any-return]
