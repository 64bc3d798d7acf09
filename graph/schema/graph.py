"""The graph as a whole."""

from __future__ import annotations

import datetime
from typing import Annotated

import strawberry

from .. import article as records
from .. import knowledge
from .article import Article, ArticleConnection, article_page
from .define import enum_type, object_type, schema_field
from .errors import check_range
from .paging import MAX_PAGE_SIZE, After, Before, First, Last
from .problem import (
    DanglingReferenceConnection,
    ProblemConnection,
    dangling_page,
    problem_page,
)

enum_type(
    knowledge.HubMeasure,
    "What makes an article a hub.",
    {
        "IN_DEGREE": "How many articles link to it.",
        "OUT_DEGREE": "How many articles it links to.",
        "DEGREE": "Both together.",
    },
)

ByMeasure = Annotated[
    knowledge.HubMeasure | None, strawberry.argument(description="The measure; a degree counts links.")
]
HubCount = Annotated[int | None, strawberry.argument(description=f"How many to give: 0 to {MAX_PAGE_SIZE}.")]
OfSeverity = Annotated[
    records.Severity | None, strawberry.argument(description="Only problems of this severity.")
]
OfCode = Annotated[
    str | None, strawberry.argument(description="Only problems with this code, such as missing-title.")
]


@object_type
class ReferenceCounts:
    """What became of every reference in the front matter of all articles."""

    total: int = strawberry.field(description="How many references there are.")
    linked: int = strawberry.field(description="Made a link.")
    repeated: int = strawberry.field(description="Name a target that the same article links to already.")
    self: int = strawberry.field(description="Name their own article.")
    dangling: int = strawberry.field(description="Lead nowhere.")


@object_type
class Hub:
    """An article that a measure ranks high."""

    article: Article = strawberry.field(description="The article.")
    score: float = strawberry.field(description="The measure's value; for a degree the number of links.")
    rank: int = strawberry.field(description="From 1; ties are ranked by url.")


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

    @schema_field
    def orphans(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> ArticleConnection | None:
        """Articles that no article links to, by url."""
        return article_page(self.record.orphans(), first, after, last, before)

    @schema_field
    def dead_ends(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> ArticleConnection | None:
        """Articles that link to no article, by url."""
        return article_page(self.record.dead_ends(), first, after, last, before)

    @schema_field
    def isolated(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> ArticleConnection | None:
        """Articles that are both: no link leads to them or from them. By url."""
        return article_page(self.record.isolated(), first, after, last, before)

    @schema_field
    def hubs(self, by: ByMeasure = knowledge.HubMeasure.IN_DEGREE, first: HubCount = 10) -> list[Hub] | None:
        """The articles that the measure ranks highest; ties by url."""
        count = 10 if first is None else check_range("first", first, 0, MAX_PAGE_SIZE)
        hubs = self.record.hubs(by or knowledge.HubMeasure.IN_DEGREE, count)
        return [Hub(article=Article(record=hub.article), score=hub.score, rank=hub.rank) for hub in hubs]

    @schema_field
    def dangling_references(
        self, first: First = None, after: After = None
    ) -> DanglingReferenceConnection | None:
        """References that lead nowhere, by the url of their article."""
        return dangling_page(self.record.dangling_references, first, after)

    @schema_field
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
