"""The graph as a whole."""

from __future__ import annotations

import datetime
from typing import Annotated

import strawberry

from .. import knowledge
from .article import Article, ArticleConnection, article_page
from .errors import check_range
from .paging import MAX_PAGE_SIZE, After, Before, First, Last
from .problem import (
    DanglingReferenceConnection,
    ProblemConnection,
    Severity,
    dangling_page,
    problem_page,
)

HubMeasure = strawberry.enum(knowledge.HubMeasure, description="What makes an article a hub.")
"""What makes an article a hub."""

ByMeasure = Annotated[
    HubMeasure | None, strawberry.argument(description="The measure; a degree counts links.")
]
HubCount = Annotated[int | None, strawberry.argument(description=f"How many to give: 0 to {MAX_PAGE_SIZE}.")]
OfSeverity = Annotated[Severity | None, strawberry.argument(description="Only problems of this severity.")]
OfCode = Annotated[
    str | None, strawberry.argument(description="Only problems with this code, such as missing-title.")
]


@strawberry.type(description="What became of every reference in the front matter of all articles.")
class ReferenceCounts:
    """What became of every reference."""

    total: int = strawberry.field(description="How many references there are.")
    linked: int = strawberry.field(description="Made a link.")
    repeated: int = strawberry.field(description="Name a target that the same article links to already.")
    self: int = strawberry.field(description="Name their own article.")
    dangling: int = strawberry.field(description="Lead nowhere.")


@strawberry.type(description="An article that a measure ranks high.")
class Hub:
    """An article that a measure ranks high."""

    article: Article = strawberry.field(description="The article.")
    score: float = strawberry.field(description="The measure's value; for a degree the number of links.")
    rank: int = strawberry.field(description="From 1; ties are ranked by url.")


@strawberry.type(description="The graph as a whole: articles are its nodes, links its edges.")
class Graph:
    """The graph as a whole."""

    record: strawberry.Private[knowledge.KnowledgeGraph]

    @strawberry.field(description="Changes when, and only when, the content does.")
    def version(self) -> str:
        """A name for the content."""
        return self.record.version

    @strawberry.field(description="When this server loaded it.")
    def loaded_at(self) -> datetime.datetime:
        """When this server loaded it."""
        return self.record.loaded_at

    @strawberry.field(description="How many articles there are.")
    def article_count(self) -> int:
        """How many articles there are."""
        return self.record.article_count

    @strawberry.field(
        description="How many links there are: repeated references and those to the article itself make none."
    )
    def link_count(self) -> int:
        """How many links there are."""
        return self.record.link_count

    @strawberry.field(description="What became of every reference in the front matter.")
    def references(self) -> ReferenceCounts:
        """What became of every reference."""
        counts = self.record.references
        return ReferenceCounts(
            total=counts.total,
            linked=counts.linked,
            repeated=counts.repeated,
            self=counts.self,
            dangling=counts.dangling,
        )

    @strawberry.field(description="Links as a share of all that could be: m / (n (n - 1)). Between 0 and 1.")
    def density(self) -> float:
        """Links as a share of all that could be."""
        return self.record.density

    @strawberry.field(description="Share of the links whose reverse is a link too. Between 0 and 1.")
    def reciprocity(self) -> float:
        """Share of the links whose reverse is a link too."""
        return self.record.reciprocity

    @strawberry.field(description="Mean number of links of an article, in and out: 2 m / n.")
    def average_degree(self) -> float:
        """Mean number of links of an article."""
        return self.record.average_degree

    @strawberry.field(description="Articles that no article links to, by url.")
    def orphans(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> ArticleConnection | None:
        """Articles that no article links to."""
        return article_page(self.record.orphans(), first, after, last, before)

    @strawberry.field(description="Articles that link to no article, by url.")
    def dead_ends(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> ArticleConnection | None:
        """Articles that link to no article."""
        return article_page(self.record.dead_ends(), first, after, last, before)

    @strawberry.field(description="Articles that are both: no link leads to them or from them. By url.")
    def isolated(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> ArticleConnection | None:
        """Articles without links."""
        return article_page(self.record.isolated(), first, after, last, before)

    @strawberry.field(description="The articles that the measure ranks highest; ties by url.")
    def hubs(self, by: ByMeasure = knowledge.HubMeasure.IN_DEGREE, first: HubCount = 10) -> list[Hub] | None:
        """The articles that the measure ranks highest."""
        count = 10 if first is None else check_range("first", first, 0, MAX_PAGE_SIZE)
        hubs = self.record.hubs(by or knowledge.HubMeasure.IN_DEGREE, count)
        return [Hub(article=Article(record=hub.article), score=hub.score, rank=hub.rank) for hub in hubs]

    @strawberry.field(description="References that lead nowhere, by the url of their article.")
    def dangling_references(
        self, first: First = None, after: After = None
    ) -> DanglingReferenceConnection | None:
        """References that lead nowhere."""
        return dangling_page(self.record.dangling_references, first, after)

    @strawberry.field(description="What is wrong with the content's files, by file and place.")
    def problems(
        self,
        severity: OfSeverity = None,
        code: OfCode = None,
        first: First = None,
        after: After = None,
    ) -> ProblemConnection | None:
        """What is wrong with the content's files."""
        chosen = [
            problem
            for problem in self.record.problems
            if (severity is None or problem.severity is severity) and (code is None or problem.code == code)
        ]
        return problem_page(chosen, first, after)
