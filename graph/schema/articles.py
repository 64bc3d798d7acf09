"""Connections of articles: filtered, ordered, counted and cut into pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

from .. import knowledge
from ..knowledge.ordering import plain_order
from ..knowledge.values import Mask
from .define import object_type, schema_field
from .enums import ArticleFacet
from .errors import QueryError, check_range
from .filter import ArticleFilter, where_of
from .order import ArticleOrder, needs_measure, order_of
from .paging import MAX_PAGE_SIZE, PAGE_SIZE, After, Before, First, Last, Ordered, Page, PageInfo, connect

if TYPE_CHECKING:
    from .article import Article

LazyArticle = Annotated["Article", strawberry.lazy(".article")]


FacetBy = Annotated[ArticleFacet, strawberry.argument(description="What to count.")]
FacetFirst = Annotated[
    int | None, strawberry.argument(description=f"How many values to give: 0 to {MAX_PAGE_SIZE}.")
]


@object_type
class FacetCount:
    """A value, and how many articles have it."""

    value: str = strawberry.field(
        description="The value, as text. A filter takes a subject, author or keyword as it is, a degree as a "
        "number, and a year or month as a range of dates."
    )
    count: int = strawberry.field(description="How many articles have it.")


@object_type
class ArticleEdge:
    """An article in a page."""

    cursor: str = strawberry.field(description="For `after` and `before`; stays valid across reloads.")
    node: LazyArticle = strawberry.field(description="The article.")


@object_type
class ArticleConnection:
    """A page of articles, and counts over all pages."""

    matches: strawberry.Private[knowledge.Articles]
    total_count: int = strawberry.field(description="How many there are on all pages.")
    nodes: list[LazyArticle] = strawberry.field(description="The page's articles.")
    edges: list[ArticleEdge] = strawberry.field(description="The same, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    @schema_field(size=50, sliced_by=("first",), weight=100)
    def facets(self, by: FacetBy, first: FacetFirst = 50) -> list[FacetCount]:
        """Counts over everything that the filter matches, not just this page; most first, ties by value."""
        return facets_of(self.matches, by, first)


paged_articles = schema_field(size=PAGE_SIZE, sliced_by=("first", "last"), weight=10, derived=needs_measure)
"""Makes a method that gives an `ArticleConnection` a field of its type."""


def facets_of(matches: knowledge.Articles, by: ArticleFacet, first: int | None) -> list[FacetCount]:
    """Count the values of some articles."""
    count = 50 if first is None else check_range("first", first, 0, MAX_PAGE_SIZE)
    return [FacetCount(value=found.value, count=found.count) for found in matches.facets(by, count)]


def filtered(articles: knowledge.Articles, where: ArticleFilter | None) -> knowledge.Articles:
    """Those that a filter matches, in the same order.

    Raises
    ------
    QueryError
        BAD_USER_INPUT where the filter is wrong; INVALID_ID where it names what is no component or community.
    """
    mask = filter_mask(articles.graph, where)
    return articles if mask is None else articles.where(mask)


def filter_mask(graph: knowledge.KnowledgeGraph, where: ArticleFilter | None) -> Mask | None:
    """Which articles a filter matches, by position; None for all. It raises what `filtered` does."""
    if not where:
        return None
    try:
        return graph.matching(where_of(where))
    except knowledge.FilterError as error:
        raise QueryError("BAD_USER_INPUT", str(error)) from None


def article_page(
    articles: knowledge.Articles,
    where: ArticleFilter | None,
    order_by: list[ArticleOrder] | None,
    first: First,
    after: After,
    last: Last,
    before: Before,
) -> ArticleConnection:
    """Cut a page out of articles that are in order of url."""
    order = plain_order(order_of(order_by))
    matches = filtered(articles, where)
    if order:
        matches = matches.sort(*order)
    graph = articles.graph
    key = knowledge.OrderKey(graph, order)
    ordered = Ordered(
        matches,
        key.name,
        lambda article: key.values(article.position),
        key.kinds,
        comparable=key.comparable,
        version=graph.version if key.is_computed else None,
    )
    return connection_of(matches, ordered.page(first, after, last, before))


def connection_of(matches: knowledge.Articles, page: Page[knowledge.Article]) -> ArticleConnection:
    """Make a connection of a page of articles."""
    from .article import Article

    return connect(
        ArticleConnection, ArticleEdge, page, lambda record: Article(record=record), matches=matches
    )
