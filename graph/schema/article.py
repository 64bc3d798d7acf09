"""Articles and connections of articles."""

from __future__ import annotations

import datetime
import enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from .. import knowledge
from .define import object_type, schema_field
from .errors import QueryError, check_range
from .ids import encode_id
from .node import Node
from .paging import MAX_PAGE_SIZE, After, Before, First, Last, Ordered, PageInfo
from .problem import DanglingReference, Problem, problem_of

if TYPE_CHECKING:
    from .subject import Subject

LazySubject = Annotated["Subject", strawberry.lazy(".subject")]
MAX_EXCERPT = 10_000
_BEYOND = 2**31
"""A place after all references of a front matter."""


@strawberry.enum(description="How an answer's text is given.")
class TextFormat(enum.Enum):
    """How an answer's text is given."""

    MARKDOWN = strawberry.enum_value("MARKDOWN", description="As its author wrote it.")
    HTML = strawberry.enum_value(
        "HTML",
        description="Safe to insert into a page. Formulas stand as TeX in elements of the class `math`, for "
        "KaTeX or MathJax.",
    )
    TEXT = strawberry.enum_value("TEXT", description="Without markup, paragraphs between blank lines.")


@strawberry.enum(description="Which links to follow.")
class Direction(enum.Enum):
    """Which links to follow."""

    OUT = strawberry.enum_value("OUT", description="From the article to those that it names.")
    IN = strawberry.enum_value("IN", description="To the article from those that name it.")
    BOTH = strawberry.enum_value("BOTH", description="Both.")


@object_type
class Seo:
    """What the front matter's `seo` tells search engines."""

    title: str | None = strawberry.field(description="`seo.title`.")
    description: str | None = strawberry.field(description="`seo.page_description`.")
    keywords: list[str] = strawberry.field(
        description="`seo.page_keywords`, split at commas, without repeats that differ only in case."
    )


ListFirst = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many to give: 0 to {MAX_PAGE_SIZE}. Without it all, where they are at most "
        f"{MAX_PAGE_SIZE}; for more there is `relatedConnection`."
    ),
]
Offset = Annotated[int | None, strawberry.argument(description="How many to pass over first: 0 or more.")]
ConnectionDirection = Annotated[Direction | None, strawberry.argument(description="Which links to follow.")]
Format = Annotated[TextFormat | None, strawberry.argument(description="How to give the text.")]
Length = Annotated[
    int | None,
    strawberry.argument(description=f"Most characters, the final … included: 0 to {MAX_EXCERPT:,}."),
]


@object_type
class Article(Node):
    """An article: a node of the graph."""

    record: strawberry.Private[knowledge.Article]

    @schema_field
    def id(self) -> strawberry.ID:
        """Global id, made from the url: it survives reloads."""
        return strawberry.ID(encode_id("Article", self.record.url))

    @schema_field
    def url(self) -> str:
        """The only key that is unique.

        The url in the front matter; where a file has none, '/' and its file without the ending.
        """
        return self.record.url

    @schema_field
    def slug(self) -> str:
        """Last segment of the url."""
        return self.record.slug

    @schema_field
    def number(self) -> int | None:
        """The `id` of the front matter.

        Not unique: one question filed under three subjects has one
        number and three urls.
        """
        return self.record.number

    @schema_field
    def title(self) -> str:
        """The title."""
        return self.record.title

    @schema_field
    def question(self) -> str | None:
        """The question that the article answers."""
        return self.record.question

    @schema_field
    def answer(self, format: Format = TextFormat.MARKDOWN) -> str | None:  # noqa: A002
        """The front matter's answer; where there is none, the body. Null where both are empty."""
        if format is TextFormat.HTML:
            return self.record.answer_html()
        if format is TextFormat.TEXT:
            return self.record.answer_text()
        return self.record.answer

    @schema_field
    def excerpt(self, length: Length = 200) -> str:
        """The answer's first sentences as plain text, cut at a word, at most `length` characters."""
        return self.record.excerpt(200 if length is None else check_range("length", length, 0, MAX_EXCERPT))

    @schema_field
    def reading_minutes(self) -> int:
        """Minutes to read the answer, rounded up; 0 where there is none."""
        return self.record.reading_minutes

    @schema_field
    def date(self) -> datetime.date | None:
        """The date; a time in the front matter is cut to its UTC day."""
        return self.record.date

    @schema_field
    def author(self) -> str | None:
        """Who wrote it."""
        return self.record.author

    @schema_field
    def subject(self) -> LazySubject | None:
        """The subject that it is filed under."""
        from .subject import Subject

        found = self.record.subject
        return None if found is None else Subject(record=found)

    @schema_field
    def keywords(self) -> list[str]:
        """`seo.page_keywords`, split at commas, without repeats that differ only in case."""
        return list(self.record.keywords)

    @schema_field
    def seo(self) -> Seo | None:
        """What the front matter tells search engines; null where it has no `seo`."""
        found = self.record.seo
        if found is None:
            return None
        return Seo(title=found.title, description=found.description, keywords=list(found.keywords))

    @schema_field
    def score(self) -> float | None:
        """The front matter's score."""
        return self.record.score

    @schema_field
    def no_index(self) -> bool:
        """Whether search engines are asked to pass the article over."""
        return self.record.no_index

    @schema_field
    def file(self) -> str:
        """The file, relative to the content folder, with forward slashes."""
        return self.record.file

    @schema_field
    def front_matter(self) -> JSON:
        """The front matter as it stands in the file, with fields that this schema does not know."""
        return JSON(self.record.front_matter)

    @schema_field
    def related(self, first: ListFirst = None, offset: Offset = None) -> list[Article] | None:
        """Articles that this one links to, in the order of its front matter."""
        return _listed(self.record.related, first, offset)

    @schema_field
    def related_by(self, first: ListFirst = None, offset: Offset = None) -> list[Article] | None:
        """Articles that link to this one, by url."""
        return _listed(self.record.related_by, first, offset)

    @schema_field
    def related_connection(
        self,
        direction: ConnectionDirection = Direction.OUT,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ArticleConnection | None:
        """The linked articles in pages.

        OUT and BOTH begin with those that this one links to, in the
        order of its front matter; those that link to it follow by url.
        """
        if direction is Direction.IN:
            return article_page(self.record.related_by, first, after, last, before)
        linked = _by_link(self.record, both=direction is Direction.BOTH)
        return _connection(linked, first, after, last, before)

    @schema_field
    def in_degree(self) -> int:
        """How many articles link to this one."""
        return self.record.in_degree

    @schema_field
    def out_degree(self) -> int:
        """How many articles this one links to."""
        return self.record.out_degree

    @schema_field
    def duplicates(self) -> list[Article]:
        """Other articles with the same number, by url."""
        return [Article(record=other) for other in self.record.duplicates]

    @schema_field
    def dangling_references(self) -> list[DanglingReference]:
        """References in this article's front matter that lead nowhere."""
        return [DanglingReference(record=record) for record in self.record.dangling_references]

    @schema_field
    def problems(self) -> list[Problem]:
        """What is wrong with this article's file."""
        return [problem_of(record) for record in self.record.problems]


@object_type
class ArticleEdge:
    """An article in a page."""

    cursor: str = strawberry.field(description="For `after` and `before`; stays valid across reloads.")
    node: Article = strawberry.field(description="The article.")


@object_type
class ArticleConnection:
    """A page of articles."""

    total_count: int = strawberry.field(description="How many there are on all pages.")
    nodes: list[Article] = strawberry.field(description="The page's articles.")
    edges: list[ArticleEdge] = strawberry.field(description="The same, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")


def article_page(
    articles: knowledge.Articles, first: First, after: After, last: Last, before: Before
) -> ArticleConnection:
    """Cut a page out of articles that are in order of url."""
    ordered = Ordered(articles, "url", lambda article: (article.url,), (str,))
    return _connection(ordered, first, after, last, before)


def _by_link(record: knowledge.Article, *, both: bool) -> Ordered[knowledge.Article]:
    """The linked articles in the order of the front matter, then the other linking ones by url.

    The key is the place of an article's reference in the front matter, or one beyond all of them, and its
    url. The place among the links would not do: it changes when another linked article goes.
    """
    place = dict(zip(record.related.positions, record.related_places, strict=True))
    positions = list(place)
    if both:
        positions += [p for p in record.related_by.positions if p not in place]
    return Ordered(
        knowledge.Articles(record.graph, positions),
        "link",
        lambda other: (place.get(other.position, _BEYOND), other.url),
        (int, str),
    )


def _connection(
    ordered: Ordered[knowledge.Article], first: First, after: After, last: Last, before: Before
) -> ArticleConnection:
    page, info = ordered.page(first, after, last, before)
    edges = [ArticleEdge(cursor=ordered.cursor(record), node=Article(record=record)) for record in page]
    return ArticleConnection(
        total_count=len(ordered.items), nodes=[edge.node for edge in edges], edges=edges, page_info=info
    )


def _listed(articles: knowledge.Articles, first: int | None, offset: int | None) -> list[Article]:
    start = 0 if offset is None else check_range("offset", offset, 0, 2**31 - 1)
    if first is None and len(articles) - start > MAX_PAGE_SIZE:
        raise QueryError(
            "BAD_USER_INPUT",
            f"{len(articles)} articles are more than the {MAX_PAGE_SIZE} that a list gives at once; "
            "give first, or use relatedConnection",
        )
    stop = start + (MAX_PAGE_SIZE if first is None else check_range("first", first, 0, MAX_PAGE_SIZE))
    return [Article(record=record) for record in articles[start:stop]]
