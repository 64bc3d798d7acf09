"""The graph as a whole."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from .. import knowledge
from .article import Article, OfKind
from .articles import ArticleConnection, article_page, filtered, paged_articles
from .define import object_type, schema_field
from .enums import ComponentKind, Direction, HubMeasure, Severity
from .errors import check_range
from .filter import WhereArgument
from .groups import CommunityConnection, ComponentConnection, community_page, component_page
from .order import OrderBy, needs_measure
from .paging import MAX_PAGE_SIZE, PAGE_SIZE, After, Before, First, Last
from .problem import (
    DanglingReferenceConnection,
    ProblemConnection,
    dangling_page,
    problem_page,
)
from .subject import SubjectLink, subject_link_of
from .walks import MAX_SUBGRAPH, SUBGRAPH_SIZE, Limit, LinkDirection, Subgraph, subgraph_among

ByMeasure = Annotated[
    HubMeasure | None, strawberry.argument(description="The measure; a degree counts links.")
]
HubCount = Annotated[int | None, strawberry.argument(description=f"How many to give: 0 to {MAX_PAGE_SIZE}.")]
OfSeverity = Annotated[
    Severity | None, strawberry.argument(description="Only problems of this severity. Null means all.")
]
OfCode = Annotated[
    str | None,
    strawberry.argument(description="Only problems with this code, such as missing-title. Null means all."),
]


_DEGREES = {HubMeasure.IN_DEGREE, HubMeasure.OUT_DEGREE, HubMeasure.DEGREE}


def needs_scores(arguments: Mapping[str, Any]) -> bool:
    """Whether the arguments of `hubs` ask for a measure that is computed once per graph."""
    return arguments.get("by") not in {None, *_DEGREES} or needs_measure(arguments)


@object_type
class ReferenceCounts:
    """What became of every reference in the front matter of all articles."""

    total: int = strawberry.field(description="How many references there are: the other four together.")
    linked: int = strawberry.field(description="References that made a link.")
    repeated: int = strawberry.field(description="References to what the same article links to already.")
    self: int = strawberry.field(description="References of an article to itself.")
    dangling: int = strawberry.field(description="References that lead nowhere.")


@object_type
class Hub:
    """An article that a measure ranks high."""

    article: Article = strawberry.field(description="The article.")
    score: float = strawberry.field(description="The measure's value; for a degree the number of links.")
    rank: int = strawberry.field(description="From 1; ties are ranked by url.")


@object_type
class DegreeCount:
    """How many articles have a degree."""

    degree: int = strawberry.field(description="A number of links.")
    articles: int = strawberry.field(description="How many articles have it; never 0.")


@object_type
class Graph:
    """The graph as a whole: articles are its nodes, links its edges."""

    record: strawberry.Private[knowledge.KnowledgeGraph]

    @schema_field
    def version(self) -> str:
        """Changes when, and only when, the content does."""
        return self.record.version

    @schema_field
    def loaded_at(self) -> datetime.datetime:
        """When this server loaded it."""
        return self.record.loaded_at

    @schema_field
    def article_count(self) -> int:
        """How many articles there are."""
        return self.record.article_count

    @schema_field
    def link_count(self) -> int:
        """How many links there are: repeated references and those to the article itself make none."""
        return self.record.link_count

    @schema_field
    def references(self) -> ReferenceCounts:
        """What became of every reference in the front matter."""
        counts = self.record.references
        return ReferenceCounts(
            total=counts.total,
            linked=counts.linked,
            repeated=counts.repeated,
            self=counts.self,
            dangling=counts.dangling,
        )

    @schema_field
    def density(self) -> float:
        """Links as a share of all that could be: m / (n (n - 1)). Between 0 and 1."""
        return self.record.density

    @schema_field
    def reciprocity(self) -> float:
        """Share of the links whose reverse is a link too. Between 0 and 1."""
        return self.record.reciprocity

    @schema_field
    def average_degree(self) -> float:
        """Mean number of links of an article, in and out: 2 m / n."""
        return self.record.average_degree

    @paged_articles
    def orphans(
        self,
        where: WhereArgument = None,
        order_by: OrderBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ArticleConnection | None:
        """Articles that no article links to."""
        return article_page(self.record.orphans(), where, order_by, first, after, last, before)

    @paged_articles
    def dead_ends(
        self,
        where: WhereArgument = None,
        order_by: OrderBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ArticleConnection | None:
        """Articles that link to no article."""
        return article_page(self.record.dead_ends(), where, order_by, first, after, last, before)

    @paged_articles
    def isolated(
        self,
        where: WhereArgument = None,
        order_by: OrderBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ArticleConnection | None:
        """Articles that no link leads to or from: orphans that are dead ends too."""
        return article_page(self.record.isolated(), where, order_by, first, after, last, before)

    @schema_field(size=10, sliced_by=("first",), derived=needs_scores)
    def hubs(
        self,
        by: ByMeasure = HubMeasure.IN_DEGREE,
        where: WhereArgument = None,
        first: HubCount = 10,
    ) -> list[Hub] | None:
        """The articles that the measure ranks highest; ties by url."""
        count = 10 if first is None else check_range("first", first, 0, MAX_PAGE_SIZE)
        among = filtered(self.record.articles, where)
        hubs = self.record.hubs(by or HubMeasure.IN_DEGREE, count, among)
        return [Hub(article=Article(record=hub.article), score=hub.score, rank=hub.rank) for hub in hubs]

    @schema_field(size=30)
    def degree_distribution(self, direction: LinkDirection = Direction.BOTH) -> list[DegreeCount]:
        """How many articles have each degree, ascending; BOTH counts links in and out."""
        counts = self.record.degree_distribution(direction or Direction.BOTH)
        return [DegreeCount(degree=degree, articles=articles) for degree, articles in counts]

    @schema_field(derived=True)
    def clustering_coefficient(self) -> float:
        """Average clustering: the share of an article's pairs of neighbors that are neighbors.

        The mean over all articles, directions ignored. Between 0 and 1.
        """
        return self.record.clustering_coefficient

    @schema_field(derived=True)
    def subject_assortativity(self) -> float | None:
        """How much more often articles link within their subject than chance would have it.

        Between -1 and 1. 1: always within. 0: as chance would have it.
        Below 0: less often. Null where there are no links between
        subjects.
        """
        return self.record.subject_assortativity

    @schema_field(size=PAGE_SIZE, sliced_by=("first",), derived=True)
    def components(
        self, kind: OfKind = ComponentKind.WEAK, first: First = None, after: After = None
    ) -> ComponentConnection | None:
        """Components, largest first; ties by smallest url."""
        kind = kind or ComponentKind.WEAK
        return component_page(self.record.components(kind), kind, first, after)

    @schema_field(size=PAGE_SIZE, sliced_by=("first",), derived=True)
    def communities(self, first: First = None, after: After = None) -> CommunityConnection | None:
        """Communities, largest first; ties by smallest url. An article without links is one of its own."""
        return community_page(self.record, first, after)

    @schema_field(size=400, derived=True)
    def subject_links(self) -> list[SubjectLink]:
        """Links between every two subjects that have any, most first."""
        return [subject_link_of(record) for record in self.record.subject_links]

    @schema_field(size=SUBGRAPH_SIZE, sliced_by=("limit",), most=MAX_SUBGRAPH, derived=needs_measure)
    def subgraph(self, where: WhereArgument = None, limit: Limit = SUBGRAPH_SIZE) -> Subgraph | None:
        """The articles that the filter matches, by url, and the links among them, for drawing.

        `limit` is a limit of its own, not the page size.
        """
        return subgraph_among(filtered(self.record.articles, where), limit)

    @schema_field(size=PAGE_SIZE, sliced_by=("first",), weight=10, derived=needs_measure)
    def dangling_references(
        self, where: WhereArgument = None, first: First = None, after: After = None
    ) -> DanglingReferenceConnection | None:
        """References that lead nowhere, by the url of their article; `where` is about that article."""
        references = self.record.dangling_references
        if where is not None:
            sources = set(filtered(self.record.articles, where).positions)
            references = tuple(r for r in references if r.source.position in sources)
        return dangling_page(references, first, after)

    @schema_field(size=PAGE_SIZE, sliced_by=("first",))
    def problems(
        self,
        severity: OfSeverity = None,
        code: OfCode = None,
        first: First = None,
        after: After = None,
    ) -> ProblemConnection | None:
        """What is wrong with the content's files, by file and place."""
        chosen = [
            problem
            for problem in self.record.problems
            if (severity is None or problem.severity is severity) and (code is None or problem.code == code)
        ]
        return problem_page(chosen, first, after)
