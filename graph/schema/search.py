"""Full-text search."""

from __future__ import annotations

import zlib

import strawberry

from .. import knowledge, search
from .article import Article
from .articles import FacetBy, FacetCount, FacetFirst, facets_of, filter_mask
from .define import object_type, schema_field
from .errors import QueryError
from .filter import ArticleFilter
from .paging import After, First, Ordered, PageInfo


@object_type
class SearchEdge:
    """An article that was found."""

    matches: strawberry.Private[search.Matches]
    cursor: str = strawberry.field(description="For `after`; stale when the content has changed.")
    node: Article = strawberry.field(description="The article.")
    score: float = strawberry.field(
        description="How well it matches (BM25). Comparable within one query only."
    )

    @schema_field(weight=20)
    def highlight(self) -> str:
        """HTML with <mark> around the matched words, nothing else."""
        return search.highlight(self.node.record, self.matches)


@object_type
class SearchConnection:
    """A page of what a search has found, and counts over all of it."""

    matches: strawberry.Private[search.Matches]
    graph: strawberry.Private[knowledge.KnowledgeGraph]
    total_count: int = strawberry.field(description="How many articles were found.")
    nodes: list[Article] = strawberry.field(description="The page's articles, best match first.")
    edges: list[SearchEdge] = strawberry.field(description="The same, each with its score and highlight.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    @schema_field(size=50, sliced_by=("first",), weight=100)
    def facets(self, by: FacetBy, first: FacetFirst = 50) -> list[FacetCount]:
        """Counts over everything that was found, not just this page; most first, ties by value."""
        return facets_of(knowledge.Articles.at(self.graph, self.matches.positions), by, first)


def search_page(
    graph: knowledge.KnowledgeGraph, query: str, where: ArticleFilter | None, first: First, after: After
) -> SearchConnection:
    """Cut a page out of what a search finds.

    Raises
    ------
    QueryError
        DEADLINE_EXCEEDED where the index is still being made; what `filter_mask` and `Ordered.page` raise.
    """
    try:
        index = search.index_of(graph)
    except search.NotReadyError:
        raise QueryError(
            "DEADLINE_EXCEEDED", "The search index is being made; try again in a minute."
        ) from None
    matches = index.search(query, filter_mask(graph, where))
    scores = matches.scores
    ordered = Ordered(
        range(len(scores)),
        f"search {zlib.crc32(query.encode('utf-8', 'surrogatepass')):x}",
        lambda place: (float(scores[place]), graph.columns.url[matches.positions[place]]),
        ((float,), (str,)),
        comparable=lambda key: (-key[0], key[1]),
        version=graph.version,
    )
    page = ordered.page(first, after)
    edges = [
        SearchEdge(
            cursor=cursor,
            node=Article(record=knowledge.Article(graph, int(matches.positions[place]))),
            score=float(scores[place]),
            matches=matches,
        )
        for cursor, place in zip(page.cursors, page.items, strict=True)
    ]
    return SearchConnection(
        total_count=page.total,
        nodes=[edge.node for edge in edges],
        edges=edges,
        page_info=page.info,
        matches=matches,
        graph=graph,
    )
