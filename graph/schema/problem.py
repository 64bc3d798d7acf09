"""Problems of the content, and references that lead nowhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from .. import article as records
from .. import knowledge
from .define import object_type, schema_field
from .enums import Severity
from .paging import After, First, Ordered, PageInfo, connect

if TYPE_CHECKING:
    from .article import Article

LazyArticle = Annotated["Article", strawberry.lazy(".article")]


@object_type
class Problem:
    """Something wrong with a file of the content."""

    severity: Severity = strawberry.field(
        description="ERROR: the article is not served. WARNING: it is, as the message says."
    )
    code: str = strawberry.field(
        description="Stable, for filtering: yaml-syntax, missing-title, duplicate-url ..."
    )
    file: str = strawberry.field(
        description="The file, relative to the content folder, with forward slashes."
    )
    line: int | None = strawberry.field(
        description="Line in the file, from 1; null where it is the whole file."
    )
    column: int | None = strawberry.field(description="Column in the line, in characters from 1.")
    message: str = strawberry.field(description="What is wrong and what to do about it.")


def problem_of(record: records.Problem) -> Problem:
    """The schema's type of a problem."""
    return Problem(
        severity=record.severity,
        code=record.code,
        file=record.file,
        line=record.line,
        column=record.column,
        message=record.message,
    )


@object_type
class ProblemEdge:
    """A problem in a page."""

    cursor: str = strawberry.field(description="For `after`.")
    node: Problem = strawberry.field(description="The problem.")


@object_type
class ProblemConnection:
    """A page of problems, by file and place."""

    total_count: int = strawberry.field(description="How many there are on all pages.")
    nodes: list[Problem] = strawberry.field(description="The page's problems.")
    edges: list[ProblemEdge] = strawberry.field(description="The same, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")


def problem_page(problems: Sequence[records.Problem], first: First, after: After) -> ProblemConnection:
    """Cut a page out of the problems of a graph."""
    ordered = Ordered(problems, "problem", _place, ((str,), (int,), (int,), (str,), (str,)))
    return connect(ProblemConnection, ProblemEdge, ordered.page(first, after), problem_of)


def _place(problem: records.Problem) -> tuple[str, int, int, str, str]:
    return problem.file, problem.line or 0, problem.column or 0, problem.code, problem.message


@object_type
class DanglingReference:
    """A reference of the front matter that leads nowhere, as written."""

    record: strawberry.Private[knowledge.DanglingReference]

    @schema_field
    def source(self) -> LazyArticle:
        """The article that makes the reference."""
        from .article import Article

        return Article(record=self.record.source)

    @schema_field
    def field(self) -> str:
        """The front matter's field, such as related_article3."""
        return self.record.field

    @schema_field
    def number(self) -> int | None:
        """The id that it names; no article has it, or several have."""
        return self.record.number

    @schema_field
    def title(self) -> str | None:
        """The title that it names."""
        return self.record.title

    @schema_field
    def url(self) -> str | None:
        """The url that it names; no article has it."""
        return self.record.url

    @schema_field(weight=20, derived=True)
    def suggestion(self) -> LazyArticle | None:
        """The article that was most likely meant, where one is similar enough; null rather than a guess."""
        from .article import Article

        found = self.record.suggestion
        return None if found is None else Article(record=found)


@object_type
class DanglingReferenceEdge:
    """A dangling reference in a page."""

    cursor: str = strawberry.field(description="For `after`.")
    node: DanglingReference = strawberry.field(description="The reference.")


@object_type
class DanglingReferenceConnection:
    """A page of dangling references, by the url of their article."""

    total_count: int = strawberry.field(description="How many there are on all pages.")
    nodes: list[DanglingReference] = strawberry.field(description="The page's references.")
    edges: list[DanglingReferenceEdge] = strawberry.field(description="The same, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")


def dangling_page(
    references: Sequence[knowledge.DanglingReference], first: First, after: After
) -> DanglingReferenceConnection:
    """Cut a page out of the dangling references of a graph."""
    ordered = Ordered(references, "dangling", lambda r: (r.source.url, r.position), ((str,), (int,)))
    return connect(
        DanglingReferenceConnection,
        DanglingReferenceEdge,
        ordered.page(first, after),
        lambda record: DanglingReference(record=record),
    )
