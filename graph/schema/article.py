"""Articles."""

from __future__ import annotations

import datetime
import enum
from typing import TYPE_CHECKING, Annotated

import strawberry
from strawberry.scalars import JSON

from .. import knowledge
from .define import Stored, object_type, schema_field
from .enums import ComponentKind, Direction, SimilarityMeasure
from .errors import QueryError, check_range
from .filter import WhereArgument
from .ids import encode_id
from .node import Node
from .order import OrderBy, needs_measure
from .paging import MAX_PAGE_SIZE, PAGE_SIZE, After, Before, First, Last, Ordered
from .problem import DanglingReference, Problem, problem_of
from .recommendation import (
    RECOMMENDATIONS,
    Excluded,
    IncludeDuplicates,
    IncludeLinked,
    Recommendation,
    RecommendationFirst,
    StrategyName,
    recommendation_field,
    recommendations_for,
)
from .walks import (
    MAX_SUBGRAPH,
    NEIGHBORHOOD_SIZE,
    Depth,
    Limit,
    LinkDirection,
    SimilarArticle,
    SimilarBy,
    Subgraph,
    neighborhood_of,
    similar_to,
)

if TYPE_CHECKING:
    from .articles import ArticleConnection
    from .groups import Community, Component
    from .subject import Subject

LazySubject = Annotated["Subject", strawberry.lazy(".subject")]
LazyConnection = Annotated["ArticleConnection", strawberry.lazy(".articles")]
LazyComponent = Annotated["Component", strawberry.lazy(".groups")]
LazyCommunity = Annotated["Community", strawberry.lazy(".groups")]
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


@object_type
class Seo:
    """What the front matter's `seo` tells search engines."""

    title: str | None = strawberry.field(description="`seo.title`: the page's title for search engines.")
    description: str | None = strawberry.field(
        description="`seo.page_description`: its description for search engines."
    )
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
Format = Annotated[
    TextFormat | None,
    strawberry.argument(description="How to give the text: as written, as safe HTML or as plain text."),
]
Length = Annotated[
    int | None,
    strawberry.argument(description=f"Most characters, the final … included: 0 to {MAX_EXCERPT:,}."),
]


OfKind = Annotated[
    ComponentKind | None, strawberry.argument(description="What holds the component together.")
]
SimilarFirst = Annotated[
    int | None, strawberry.argument(description=f"How many to give: 0 to {MAX_PAGE_SIZE}.")
]


@object_type
class Centrality:
    """How central an article is. A score compares articles of one graph; its size alone says little."""

    in_degree: int = strawberry.field(description="How many articles link to it.")
    out_degree: int = strawberry.field(description="How many articles it links to.")
    pagerank: float = strawberry.field(
        description="The share of readers who are here, where they follow links at random and start anew "
        "with a chance of 0.15. All articles' sum is 1."
    )
    hub: float = strawberry.field(
        description="HITS: it links to good authorities. All articles' sum is 1. It is 0 outside of the most "
        "densely linked part of the graph."
    )
    authority: float = strawberry.field(
        description="HITS: good hubs link to it. All articles' sum is 1, and it is 0 where hubs are 0."
    )
    betweenness: float = strawberry.field(
        description="The share of shortest paths between other articles that lead through it, from 0 to 1."
    )
    core_number: int = strawberry.field(
        description="The largest k for which it is in a part of the graph where each has k neighbors."
    )


@object_type
class Article(Node):
    """An article: a node of the graph."""

    record: strawberry.Private[knowledge.Article]

    @schema_field(stored=Stored("id"))
    def id(self) -> strawberry.ID:
        """Global id, made from the url: it survives reloads."""
        return strawberry.ID(encode_id("Article", self.record.url))

    @schema_field(stored=Stored("url"))
    def url(self) -> str:
        """The only key that is unique.

        The url in the front matter; where a file has none, '/' and its file without the ending.
        """
        return self.record.url

    @schema_field(stored=Stored("slug"))
    def slug(self) -> str:
        """Last segment of the url."""
        return self.record.slug

    @schema_field(stored=Stored("number"))
    def number(self) -> int | None:
        """The `id` of the front matter.

        Not unique: one question filed under three subjects has one
        number and three urls.
        """
        return self.record.number

    @schema_field(stored=Stored("title"))
    def title(self) -> str:
        """The title in the front matter; every article has one."""
        return self.record.title

    @schema_field
    def question(self) -> str | None:
        """The question that the article answers; null where the front matter has none."""
        return self.record.question

    @schema_field(weight=5)
    def answer(self, format: Format = TextFormat.MARKDOWN) -> str | None:  # noqa: A002
        """The front matter's answer; where there is none, the body. Null where both are empty."""
        if format is TextFormat.HTML:
            return self.record.answer_html()
        if format is TextFormat.TEXT:
            return self.record.answer_text()
        return self.record.answer

    @schema_field(weight=2)
    def excerpt(self, length: Length = 200) -> str:
        """The answer's first sentences as plain text, cut at a word, at most `length` characters."""
        return self.record.excerpt(200 if length is None else check_range("length", length, 0, MAX_EXCERPT))

    @schema_field(stored=Stored("reading_minutes"))
    def reading_minutes(self) -> int:
        """Minutes to read the answer at 238 words a minute, rounded up; 0 where there is no answer."""
        return self.record.reading_minutes

    @schema_field(stored=Stored("date"))
    def date(self) -> datetime.date | None:
        """The front matter's date; a time is cut to its UTC day. Null where there is none."""
        return self.record.date

    @schema_field(stored=Stored("author"))
    def author(self) -> str | None:
        """Who wrote it; null where the front matter does not say."""
        return self.record.author

    @schema_field(stored=Stored("subject"))
    def subject(self) -> LazySubject | None:
        """The subject that it is filed under; null where the front matter names none."""
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

    @schema_field(stored=Stored("score"))
    def score(self) -> float | None:
        """The front matter's score: any number, as it stands there; null where there is none."""
        return self.record.score

    @schema_field(stored=Stored("no_index"))
    def no_index(self) -> bool:
        """Whether search engines are asked to pass the article over."""
        return self.record.no_index

    @schema_field(stored=Stored("file"))
    def file(self) -> str:
        """The file, relative to the content folder, with forward slashes."""
        return self.record.file

    @schema_field(weight=5)
    def front_matter(self) -> JSON:
        """The front matter as it stands in the file, with fields that this schema does not know."""
        return JSON(self.record.front_matter)

    @schema_field(size=10, sliced_by=("first",), stored=Stored(links="outgoing"))
    def related(self, first: ListFirst = None, offset: Offset = None) -> list[Article] | None:
        """Articles that this one links to, in the order of its front matter."""
        return _listed(self.record.related, first, offset)

    @schema_field(size=10, sliced_by=("first",), stored=Stored(links="incoming"))
    def related_by(self, first: ListFirst = None, offset: Offset = None) -> list[Article] | None:
        """Articles that link to this one, by url."""
        return _listed(self.record.related_by, first, offset)

    @schema_field(size=PAGE_SIZE, sliced_by=("first", "last"), weight=10, derived=needs_measure)
    def related_connection(
        self,
        direction: LinkDirection = Direction.OUT,
        where: WhereArgument = None,
        order_by: OrderBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> LazyConnection | None:
        """The linked articles: filtered, ordered and paged.

        Without `orderBy`, OUT and BOTH begin with those that this one
        links to, in the order of its front matter; those that link to
        it follow by url.
        """
        from .articles import article_page, connection_of, filtered

        linked = self.record.neighbors(direction or Direction.OUT)
        if order_by or direction is Direction.IN:
            return article_page(linked.sort(), where, order_by, first, after, last, before)
        matches = filtered(linked, where)
        return connection_of(matches, _by_link(self.record, matches).page(first, after, last, before))

    @schema_field(stored=Stored("in_degree"))
    def in_degree(self) -> int:
        """How many articles link to this one."""
        return self.record.in_degree

    @schema_field(stored=Stored("out_degree"))
    def out_degree(self) -> int:
        """How many articles this one links to."""
        return self.record.out_degree

    @schema_field(size=5)
    def duplicates(self) -> list[Article]:
        """Other articles with the same number, by url."""
        return [Article(record=other) for other in self.record.duplicates]

    @schema_field(size=NEIGHBORHOOD_SIZE, sliced_by=("limit",), most=MAX_SUBGRAPH)
    def neighborhood(
        self,
        depth: Depth = 1,
        direction: LinkDirection = Direction.BOTH,
        limit: Limit = NEIGHBORHOOD_SIZE,
    ) -> Subgraph | None:
        """What lies within `depth` links: nodes and links, nearest first, ready to draw."""
        return neighborhood_of(self.record, depth, direction, limit)

    @schema_field(size=10, sliced_by=("first",), weight=50)
    def similar(
        self, first: SimilarFirst = 10, by: SimilarBy = SimilarityMeasure.ADAMIC_ADAR
    ) -> list[SimilarArticle] | None:
        """The articles most similar to this one by the links around them; linked ones are among them."""
        return similar_to(self.record, first, by)

    @recommendation_field()
    def recommendations(
        self,
        first: RecommendationFirst = RECOMMENDATIONS,
        strategy: StrategyName = None,
        exclude: Excluded = None,
        include_linked: IncludeLinked = False,
        include_duplicates: IncludeDuplicates = False,
    ) -> list[Recommendation] | None:
        """What to read next, best first: never this article, a copy of it, or what it links to already.

        Always as many as are asked for, where there are so many other
        articles.
        """
        return recommendations_for(
            self.record.graph,
            [self.record],
            first,
            strategy,
            exclude,
            include_linked=include_linked,
            include_duplicates=include_duplicates,
        )

    @schema_field(derived=True)
    def centrality(self) -> Centrality | None:
        """How central it is in the graph."""
        found = self.record.centrality
        return Centrality(
            in_degree=found.in_degree,
            out_degree=found.out_degree,
            pagerank=found.pagerank,
            hub=found.hub,
            authority=found.authority,
            betweenness=found.betweenness,
            core_number=found.core_number,
        )

    @schema_field(derived=True)
    def component(self, kind: OfKind = ComponentKind.WEAK) -> LazyComponent | None:
        """The component that it is in."""
        from .groups import Component

        return Component(record=self.record.component(kind or ComponentKind.WEAK))

    @schema_field(derived=True)
    def community(self) -> LazyCommunity | None:
        """The community that it is in."""
        from .groups import Community

        return Community(record=self.record.community)

    @schema_field(size=2)
    def dangling_references(self) -> list[DanglingReference]:
        """References in this article's front matter that lead nowhere."""
        return [DanglingReference(record=record) for record in self.record.dangling_references]

    @schema_field(size=2)
    def problems(self) -> list[Problem]:
        """What is wrong with this article's file."""
        return [problem_of(record) for record in self.record.problems]


def _by_link(record: knowledge.Article, linked: knowledge.Articles) -> Ordered[knowledge.Article]:
    """Linked articles in the order of the front matter, then those that only link to it, by url.

    The key is the place of an article's reference in the front matter, or one beyond all of them, and its
    url. The place among the links would not do: it changes when another linked article goes.
    """
    place = dict(zip(record.related.positions, record.related_places, strict=True))
    return Ordered(
        linked,
        "link",
        lambda other: (place.get(other.position, _BEYOND), other.url),
        ((int,), (str,)),
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
