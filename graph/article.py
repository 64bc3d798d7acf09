"""Plain records: what one file says, before anything is looked up or linked. No I/O."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


class Severity(enum.StrEnum):
    """How bad a problem is: with an ERROR the article is not served, with a WARNING it is."""

    ERROR = "ERROR"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with one file of the content folder.

    Parameters
    ----------
    severity
        Whether the file's article is still served.
    code
        Stable name of the kind of problem; docs/content.md lists all of them.
    file
        Path relative to the content folder, with forward slashes.
    line, column
        Where, counted from 1; ``None`` where the problem is the file as a whole.
    message
        What is wrong and what to do about it.
    """

    severity: Severity
    code: str
    file: str
    line: int | None
    column: int | None
    message: str


class Reference(NamedTuple):
    """One ``related_articleN`` of the front matter, as written and not yet resolved."""

    field: str
    number: int | None
    title: str | None
    url: str | None


class Document(NamedTuple):
    r"""One readable file: the fields of its front matter, typed and decoded.

    Parameters
    ----------
    file
        Path relative to the content folder, with forward slashes.
    url
        The key: the front matter's, or "/" and the file without its ending.
    url_place
        Line and column of the front matter's url, counted from 1; the file's first where it has none.
    number
        The front matter's ``id``; not unique.
    answer
        As it stands in the file; the body where the front matter has no answer.
    escaped
        Whether `answer` is the front matter's, in which `\n` may mean a line break: `unescape` decodes it.
    subject
        As spelt in this file.
    reading_minutes
        Minutes to read the answer, rounded up.
    references
        In the order of the front matter.
    front_matter
        All of it as JSON text; null stands for an `answer` that is in `answer` already.
    """

    file: str
    url: str
    url_place: tuple[int, int]
    number: int | None
    title: str
    question: str | None
    answer: str | None
    escaped: bool
    date: date | None
    author: str | None
    subject: str | None
    keywords: tuple[str, ...]
    seo_title: str | None
    seo_description: str | None
    has_seo: bool
    score: float | None
    no_index: bool
    reading_minutes: int
    references: tuple[Reference, ...]
    front_matter: str


def slug_of(url: str) -> str:
    """Last segment of a url's path: the article's name within its section."""
    path = url.split("?", 1)[0].split("#", 1)[0].rstrip("/")
    return path[path.rfind("/") + 1 :]
