"""Articles and connections of articles."""

from __future__ import annotations

import datetime
import enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from .. import knowledge
from .errors import QueryError, check_range
from .ids import encode_id
from .node import Node
from .paging import MAX_PAGE_SIZE, After, Before, First, Last, Ordered, PageInfo
from .problem import DanglingReference, Problem, problem_of

if TYPE_CHECKING:
    from .subject import Subject

LazySubject = Annotated["Subject", strawberry.lazy(".subject")]
MAX_EXCERPT = 10_000


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


@strawberry.type(description="What the front matter's `seo` tells search engines.")
class Seo:
    """What the front matter tells search engines."""

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


@strawberry.type(description="An article: a node of the graph.")
class Article(Node):
    """An article: a node of the graph."""

    record: strawberry.Private[knowledge.Article]

    @strawberry.field(description="Global id, made from the url: it survives reloads.")
    def id(self) -> strawberry.ID:
        """Global id."""
        return strawberry.ID(encode_id("Article", self.record.url))

    @strawberry.field(
        description="The url in the front matter; where a file has none, '/' and its file without the "
        "ending. The only key that is unique."
    )
    def url(self) -> str:
        """The key."""
        return self.record.url

    @strawberry.field(description="Last segment of the url.")
    def slug(self) -> str:
        """Last segment of the url."""
        return self.record.slug

    @strawberry.field(
        description="The `id` of the front matter. Not unique: one question filed under three subjects has "
        "one number and three urls."
    )
    def number(self) -> int | None:
        """The front matter's id."""
        return self.record.number

    @strawberry.field(description="The title.")
    def title(self) -> str:
        """The title."""
        return self.record.title

    @strawberry.field(description="The question that the article answers.")
    def question(self) -> str | None:
        """The question."""
        return self.record.question

    @strawberry.field(
        description="The front matter's answer; where there is none, the body. Null where both are empty."
    )
    def answer(self, format: Format = TextFormat.MARKDOWN) -> str | None:  # noqa: A002
        """The answer."""
        if format is TextFormat.HTML:
            return self.record.answer_html()
        if format is TextFormat.TEXT:
            return self.record.answer_text()
        return self.record.answer

    @strawberry.field(
        description="The answer's first sentences as plain text, cut at a word, at most `length` characters."
    )
    def excerpt(self, length: Length = 200) -> str:
        """The answer's first sentences."""
        return self.record.excerpt(200 if length is None else check_range("length", length, 0, MAX_EXCERPT))

    @strawberry.field(description="Minutes to read the answer, rounded up; 0 where there is none.")
    def reading_minutes(self) -> int:
        """Minutes to read the answer."""
        return self.record.reading_minutes

    @strawberry.field(description="The date; a time in the front matter is cut to its UTC day.")
    def date(self) -> datetime.date | None:
        """The date."""
        return self.record.date

    @strawberry.field(description="Who wrote it.")
    def author(self) -> str | None:
        """Who wrote it."""
        return self.record.author

    @strawberry.field(description="The subject that it is filed under.")
    def subject(self) -> LazySubject | None:
        """The subject."""
        from .subject import Subject

        found = self.record.subject
        return None if found is None else Subject(record=found)

    @strawberry.field(
        description="`seo.page_keywords`, split at commas, without repeats that differ only in case."
    )
    def keywords(self) -> list[str]:
        """The keywords."""
        return list(self.record.keywords)

    @strawberry.field(description="What the front matter tells search engines; null where it has no `seo`.")
    def seo(self) -> Seo | None:
        """What the front matter tells search engines."""
        found = self.record.seo
        if found is None:
            return None
        return Seo(title=found.title, description=found.description, keywords=list(found.keywords))

    @strawberry.field(description="The front matter's score.")
    def score(self) -> float | None:
        """The score."""
        return self.record.score

    @strawberry.field(description="Whether search engines are asked to pass the article over.")
    def no_index(self) -> bool:
        """Whether search engines are asked to pass it over."""
        return self.record.no_index

    @strawberry.field(description="The file, relative to the content folder, with forward slashes.")
    def file(self) -> str:
        """The file."""
        return self.record.file

    @strawberry.field(
        description="The front matter as it stands in the file, with fields that this schema does not know."
    )
    def front_matter(self) -> JSON:
        """The front matter."""
        return JSON(self.record.front_matter)

    @strawberry.field(description="Articles that this one links to, in the order of its front matter.")
    def related(self, first: ListFirst = None, offset: Offset = None) -> list[Article] | None:
        """Articles that this one links to."""
        return _listed(self.record.related, first, offset)

    @strawberry.field(description="Articles that link to this one, by url.")
    def related_by(self, first: ListFirst = None, offset: Offset = None) -> list[Article] | None:
        """Articles that link to this one."""
        return _listed(self.record.related_by, first, offset)

    @strawberry.field(
        description="The linked articles in pages. OUT and BOTH begin with those that this one links to, in "
        "the order of its front matter; those that link to it follow by url."
    )
    def related_connection(
        self,
        direction: ConnectionDirection = Direction.OUT,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ArticleConnection | None:
        """The linked articles in pages."""
        if direction is Direction.IN:
            return article_page(self.record.related_by, first, after, last, before)
        linked = _by_link(self.record, both=direction is Direction.BOTH)
        return _connection(linked, first, after, last, before)

    @strawberry.field(description="How many articles link to this one.")
    def in_degree(self) -> int:
        """How many articles link to this one."""
        return self.record.in_degree

    @strawberry.field(description="How many articles this one links to.")
    def out_degree(self) -> int:
        """How many articles this one links to."""
        return self.record.out_degree

    @strawberry.field(description="Other articles with the same number, by url.")
    def duplicates(self) -> list[Article]:
        """Other articles with the same number."""
        return [Article(record=other) for other in self.record.duplicates]

    @strawberry.field(description="References in this article's front matter that lead nowhere.")
    def dangling_references(self) -> list[DanglingReference]:
        """References that lead nowhere."""
        return [DanglingReference(record=record) for record in self.record.dangling_references]

    @strawberry.field(description="What is wrong with this article's file.")
    def problems(self) -> list[Problem]:
        """What is wrong with its file."""
        return [problem_of(record) for record in self.record.problems]


@strawberry.type(description="An article in a page.")
class ArticleEdge:
    """An article in a page."""

    cursor: str = strawberry.field(description="For `after` and `before`; stays valid across reloads.")
    node: Article = strawberry.field(description="The article.")


@strawberry.type(description="A page of articles.")
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

    The key is an article's place among the links, or one beyond all of them, and its url.
    """
    place = {other.position: index for index, other in enumerate(record.related)}
    positions = list(place)
    if both:
        positions += [p for p in record.related_by.positions if p not in place]
    return Ordered(
        knowledge.Articles(record.graph, positions),
        "link",
        lambda other: (place.get(other.position, len(place)), other.url),
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
