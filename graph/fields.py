"""What the fields of the front matter mean: values as YAML gives them → a typed document and its problems."""

from __future__ import annotations

import functools
import math
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import orjson

from .article import Document, Problem, Reference, Severity
from .frontmatter import FrontMatter, FrontMatterError, read_front_matter
from .minutes import is_blank, reading_minutes
from .plainyaml import Place

_RELATED = re.compile(r"related_article\d+")
_NEARLY_RELATED = re.compile(r"related[_-]?articles?[_-]?\d*", re.IGNORECASE)
_URL = re.compile(r"[!-~]+")
_INT32 = 2**31
"""GraphQL's Int has 32 bits; a number beyond them could not be served."""


def read_document(file: str, data: bytes) -> tuple[Document | None, list[Problem]]:
    """Read one file.

    Parameters
    ----------
    file
        Path relative to the content folder, with forward slashes.
    data
        The file's bytes.

    Returns
    -------
    tuple
        The document, or None where an ERROR problem says why there is none; and all problems.
    """
    try:
        front = read_front_matter(data)
        reader = _Reader(file, front)
        reader.report_repeated_keys()
        return reader.document(), reader.problems
    except FrontMatterError as error:
        return None, [Problem(Severity.ERROR, error.code, file, error.line, error.column, error.message)]


@dataclass(slots=True)
class _Reader:
    file: str
    front: FrontMatter
    problems: list[Problem] = field(default_factory=list)

    def document(self) -> Document:
        title = self.title()
        seo = self.mapping("seo")
        answer, escaped = self.answer()
        return Document(
            file=self.file,
            url=self.url(),
            url_place=self.place("url"),
            number=self.number("id"),
            title=title,
            question=self.text("question"),
            answer=answer,
            escaped=escaped,
            date=self.date(),
            author=self.text("author"),
            subject=self.text("subject"),
            keywords=self.keywords(seo),
            seo_title=_plain_text(seo.get("title")),
            seo_description=_plain_text(seo.get("page_description")),
            has_seo=bool(seo),
            score=self.score(),
            no_index=self.no_index(),
            reading_minutes=reading_minutes(answer, escaped=escaped) if answer else 0,
            references=self.references(),
            front_matter=_json(self.front.values | {"answer": None} if escaped else self.front.values),
        )

    def report_repeated_keys(self) -> None:
        for key, place in self.front.repeated:
            message = f"the key '{key}' stands twice in one mapping and the last one counts; delete the other"
            self.problems.append(Problem(Severity.WARNING, "duplicate-key", self.file, *place, message))

    def warn(self, code: str, key: str, message: str) -> None:
        line, column = self.place(key)
        self.problems.append(Problem(Severity.WARNING, code, self.file, line, column, message))

    def place(self, key: str) -> Place:
        return self.front.places.get(key, (1, 1))

    def text(self, key: str) -> str | None:
        """A field that is text, as it is spelt: a title of 1984 or Yes stays what its author wrote."""
        value = self.front.values.get(key)
        if value is None:
            return None
        if isinstance(value, (list, dict)):
            self.warn("invalid-field", key, f"'{key}' is {_kind(value)} and is left out; write text")
            return None
        text: str = value if isinstance(value, str) else self.front.texts.get(key, str(value))
        return text.strip() or None

    def title(self) -> str:
        title = self.text("title")
        if title is None:
            line, column = self.place("title")
            what = f"is {_kind(self.front.values['title'])}" if "title" in self.front.values else "is missing"
            message = f"'title' {what}; an article needs one"
            raise FrontMatterError("missing-title", message, line, column)
        return title

    def answer(self) -> tuple[str | None, bool]:
        """The answer as it stands, and whether it is the front matter's text."""
        value = self.front.values.get("answer")
        if isinstance(value, str):
            # decoding all answers would be a tenth of a load
            if value[:1].isalnum() or not is_blank(value.replace("\\n", "\n")):
                return value, True
        elif (text := self.text("answer")) is not None:
            return text, False
        body = self.front.body.strip("\n")
        return (None, False) if is_blank(body) else (body, False)

    def url(self) -> str:
        value = self.front.values.get("url")
        own = "/" + self.file.rpartition(".")[0]
        if value is None:
            return own
        if not isinstance(value, str) or not value.strip():
            self.warn("invalid-url", "url", f"'url' is {_kind(value)}; write a path; {own} is used instead")
            return own
        if not _URL.fullmatch(value) or "?" in value or "#" in value or ".." in value.split("/"):
            self.warn(
                "unusual-url",
                "url",
                f"{value!r} is kept as the article's key, but holds what a link would have to escape or a "
                "browser would change (a space, '?', '#', '..', a character beyond ASCII); use a plain path",
            )
        return value

    def number(self, key: str) -> int | None:
        value = self.front.values.get(key)
        if value is None:
            return None
        problem = _number_problem(value)
        if problem:
            self.warn("invalid-id", key, f"'{key}' {problem} and is left out; write a whole number")
            return None
        return int(value)

    def date(self) -> date | None:
        value = self.front.values.get("date")
        if isinstance(value, str) and value.strip():
            value = _date_of_text(value.strip()) or value
        if isinstance(value, datetime):
            return _utc_day(value)
        if isinstance(value, date):
            return value
        if value is not None and value != "":
            shown = self.front.texts.get("date", str(value))
            self.warn(
                "invalid-date", "date", f"{shown!r} is no date and is left out; write it like 2026-01-31"
            )
        return None

    def score(self) -> float | None:
        value = self.front.values.get("score")
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not _is_finite(value):
            self.warn("invalid-field", "score", "'score' is no finite number and is left out")
            return None
        return float(value)

    def no_index(self) -> bool:
        value = self.front.values.get("no_index")
        if value is None or isinstance(value, bool):
            return bool(value)
        self.warn("invalid-field", "no_index", "'no_index' is neither true nor false; false is used")
        return False

    def mapping(self, key: str) -> dict[Any, Any]:
        value = self.front.values.get(key)
        if value is None or isinstance(value, dict):
            return value or {}
        self.warn("invalid-field", key, f"'{key}' is {_kind(value)} and is left out; write a mapping")
        return {}

    def keywords(self, seo: dict[Any, Any]) -> tuple[str, ...]:
        value = seo.get("page_keywords")
        parts = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else []
        if value is not None and not isinstance(value, (str, list)):
            self.warn("invalid-field", "seo", "'seo.page_keywords' is left out; write words between commas")
        if isinstance(value, str):
            words = [word for part in parts if (word := part.strip())]
        else:
            words = [word for part in parts if (word := _plain_text(part))]
        if len({*map(str.casefold, words)}) == len(words):
            return tuple(words)
        first_spelling: dict[str, str] = {}
        for word in words:
            first_spelling.setdefault(word.casefold(), word)
        return tuple(first_spelling.values())

    def references(self) -> tuple[Reference, ...]:
        found = []
        values = self.front.values
        for key, is_reference in _references_among(tuple(values)):
            value = values[key]
            if is_reference:
                if isinstance(value, dict):
                    found.append(self.reference(key, value))
                else:
                    what = (
                        f"'{key}' is {_kind(value)} and makes no link; write a mapping with id, title and url"
                    )
                    self.warn("invalid-reference", key, what)
            else:
                what = f"'{key}' makes no link; references are named related_article1, related_article2 ..."
                self.warn("invalid-reference", key, what)
        return tuple(found)

    def reference(self, key: str, value: dict[Any, Any]) -> Reference:
        number, url = value.get("id"), value.get("url")
        if number is not None and (problem := _number_problem(number)):
            self.warn("invalid-reference", key, f"the id of '{key}' {problem} and is left out")
            number = None
        if not isinstance(url, str) or not url.strip():
            what = "lacks a url" if url is None else "has a url that is no text"
            self.warn("invalid-reference", key, f"'{key}' {what}; only its id can say what it means")
            url = None
        return Reference(key, number, _plain_text(value.get("title")), url)


@functools.lru_cache(256)
def _references_among(keys: tuple[object, ...]) -> list[tuple[Any, bool]]:
    """The keys that are a reference's, or perhaps meant to be; and whether they are."""
    return [
        (key, _RELATED.fullmatch(key) is not None)
        for key in keys
        if isinstance(key, str) and _NEARLY_RELATED.fullmatch(key)
    ]


def _number_problem(value: object) -> str | None:
    if isinstance(value, bool) or not isinstance(value, int):
        return f"is {_kind(value)}"
    if not -_INT32 <= value < _INT32:
        return "does not fit 32 bits"
    return None


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an int beyond every float
        return False


def _date_of_text(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _utc_day(moment: datetime) -> date:
    if moment.tzinfo is None:
        return moment.date()
    try:
        return moment.astimezone(UTC).date()
    except OverflowError:  # the first or last day that a date can say
        return moment.date()


def _plain_text(value: object) -> str | None:
    """A nested value as text; None where it is absent, blank or no scalar."""
    if value is None or isinstance(value, (list, dict)):
        return None
    return str(value).strip() or None


def _kind(value: object) -> str:
    match value:
        case None:
            return "empty"
        case bool():
            return "true or false"
        case str():
            return "text" if value.strip() else "empty"
        case list():
            return "a list"
        case dict():
            return "a mapping"
        case date():
            return "a date"
        case float():
            return "a fraction"
        case _:
            return "a number"


def _json(values: dict[Any, Any]) -> str:
    try:
        return orjson.dumps(values, option=orjson.OPT_NON_STR_KEYS).decode()
    except TypeError:
        return orjson.dumps(_with_wide_numbers_as_text(values), option=orjson.OPT_NON_STR_KEYS).decode()


def _with_wide_numbers_as_text(value: Any) -> Any:
    """The same value with numbers beyond 64 bits as text: JSON readers would round them."""
    if isinstance(value, dict):
        return {_with_wide_numbers_as_text(k): _with_wide_numbers_as_text(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_wide_numbers_as_text(item) for item in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        return str(value)
    return value
