"""What is found by following links: subgraphs, paths, similar articles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import strawberry

from .. import knowledge
from .define import FieldCost, object_type
from .enums import Direction, SimilarityMeasure
from .errors import check_range
from .paging import MAX_PAGE_SIZE

if TYPE_CHECKING:
    from .article import Article

LazyArticle = Annotated["Article", strawberry.lazy(".article")]

MAX_DEPTH = 10
MAX_SUBGRAPH = 50_000
MAX_PATHS = 20
SUBGRAPH_SIZE = 5000
NEIGHBORHOOD_SIZE = 200


LinkDirection = Annotated[Direction | None, strawberry.argument(description="Which links to follow.")]
Depth = Annotated[
    int | None, strawberry.argument(description=f"How many links away at most: 0 to {MAX_DEPTH}.")
]
Limit = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many articles at most: 0 to {MAX_SUBGRAPH:,}. Each counts in the operation's cost, "
        "and so do its links where they are asked for."
    ),
]
SimilarBy = Annotated[SimilarityMeasure | None, strawberry.argument(description="The measure.")]


@object_type
class Link:
    """A link from an article to an article."""

    source: LazyArticle = strawberry.field(description="The article whose front matter makes the link.")
    target: LazyArticle = strawberry.field(description="The article that it names.")


@object_type
class Subgraph:
    """Some articles and all links among them, ready to draw."""

    nodes: list[LazyArticle] = strawberry.field(description="The articles.")
    links: list[Link] = strawberry.field(
        description="All links from one of the articles to another.",
        metadata={FieldCost.KEY: FieldCost(size=3)},
    )
    truncated: bool = strawberry.field(description="True where `limit` cut it.")


@object_type
class Path:
    """A way from one article to another along links."""

    length: int = strawberry.field(description="How many links; 0 from an article to itself.")
    articles: list[LazyArticle] = strawberry.field(description="From the first to the last, both included.")


@object_type
class SimilarArticle:
    """An article that is similar to another one."""

    article: LazyArticle = strawberry.field(description="The article.")
    score: float = strawberry.field(description="The measure's value, greater than 0.")
    rank: int = strawberry.field(description="From 1; ties are ranked by url.")


def listed(articles: Sequence[knowledge.Article]) -> list[Article]:
    """The schema's objects of some articles."""
    from .article import Article

    return [Article(record=record) for record in articles]


def subgraph_of(found: knowledge.Subgraph) -> Subgraph:
    """The schema's type of a subgraph."""
    nodes = listed(found.articles)
    of = {node.record.position: node for node in nodes}
    links = [Link(source=of[source.position], target=of[target.position]) for source, target in found.links]
    return Subgraph(nodes=nodes, links=links, truncated=found.truncated)


def path_of(articles: knowledge.Articles) -> Path:
    """The schema's type of a path."""
    return Path(length=len(articles) - 1, articles=listed(articles))


def similar_to(
    record: knowledge.Article, first: int | None, by: SimilarityMeasure | None
) -> list[SimilarArticle]:
    """What is similar to an article."""
    from .article import Article

    count = 10 if first is None else check_range("first", first, 0, MAX_PAGE_SIZE)
    found = record.similar(by or SimilarityMeasure.ADAMIC_ADAR, count)
    return [SimilarArticle(article=Article(record=s.article), score=s.score, rank=s.rank) for s in found]


def neighborhood_of(
    record: knowledge.Article, depth: int | None, direction: Direction | None, limit: int | None
) -> Subgraph:
    """What lies near an article."""
    links_away = 1 if depth is None else check_range("depth", depth, 0, MAX_DEPTH)
    most = NEIGHBORHOOD_SIZE if limit is None else check_range("limit", limit, 0, MAX_SUBGRAPH)
    return subgraph_of(record.neighborhood(links_away, direction or Direction.BOTH, most))


def subgraph_among(articles: knowledge.Articles, limit: int | None) -> Subgraph:
    """Articles and the links among them."""
    most = SUBGRAPH_SIZE if limit is None else check_range("limit", limit, 0, MAX_SUBGRAPH)
    return subgraph_of(articles.subgraph(most))
