"""The root of the schema."""

from __future__ import annotations

from typing import Annotated

import strawberry

from .. import knowledge
from .article import Article
from .articles import ArticleConnection, article_page, paged_articles
from .context import Info, graph_of
from .define import Stored, object_type, schema_field
from .enums import Direction
from .errors import QueryError, check_range
from .filter import WhereArgument
from .graph import Graph
from .groups import Community, Component
from .ids import decode_id
from .node import Node
from .order import OrderBy
from .paging import PAGE_SIZE, After, Before, First, Last
from .recommendation import (
    MAX_READ,
    RECOMMENDATIONS,
    Excluded,
    IncludeDuplicates,
    IncludeLinked,
    ReadUrls,
    Recommendation,
    RecommendationFirst,
    RecommendationStrategy,
    StrategyName,
    history_of,
    known_strategies,
    recommendation_field,
    recommendations_for,
)
from .search import SearchConnection, search_page
from .subject import Subject
from .walks import MAX_PATHS, LinkDirection, Path, listed, path_of

GlobalId = Annotated[strawberry.ID, strawberry.argument(description="What a node's `id` field gave.")]
Url = Annotated[str, strawberry.argument(description="The article's url, exactly as in its front matter.")]
Slug = Annotated[str, strawberry.argument(description="The subject's slug, such as graph-theory.")]
FromUrl = Annotated[
    str, strawberry.argument(name="from", description="The url of the article where the path begins.")
]
ToUrl = Annotated[str, strawberry.argument(name="to", description="The url of the article where it ends.")]
PathCount = Annotated[int | None, strawberry.argument(description=f"How many at most: 1 to {MAX_PATHS}.")]
SearchText = Annotated[
    str, strawberry.argument(description="What to look for. Any text is a query; none finds nothing.")
]


@object_type
class Query:
    """What can be asked."""

    @schema_field(derived=True)
    def node(self, info: Info, id: GlobalId) -> Node | None:  # noqa: A002
        """Any node by its global id; null where there is none."""
        kind, key = decode_id(id)
        if kind == "Article":
            article = graph_of(info).article(key)
            return None if article is None else Article(record=article)
        if kind == "Subject":
            subject = graph_of(info).subject(key)
            return None if subject is None else Subject(record=subject)
        if kind == "Component":
            component = graph_of(info).component(key)
            return None if component is None else Component(record=component)
        if kind == "Community":
            community = graph_of(info).community(key)
            return None if community is None else Community(record=community)
        return None

    @schema_field(stored=Stored(key="url"))
    def article(self, info: Info, url: Url) -> Article | None:
        """One article by its url, the only key that is unique. Null where there is none."""
        found = graph_of(info).article(url)
        return None if found is None else Article(record=found)

    @paged_articles
    def articles(
        self,
        info: Info,
        where: WhereArgument = None,
        order_by: OrderBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ArticleConnection | None:
        """Articles: filtered, ordered and paged (Relay cursor connections); by url without `orderBy`."""
        return article_page(graph_of(info).articles, where, order_by, first, after, last, before)

    @schema_field(size=PAGE_SIZE, sliced_by=("first",), weight=300, derived=True, needs_index=True)
    def search(
        self,
        info: Info,
        query: SearchText,
        where: WhereArgument = None,
        first: First = None,
        after: After = None,
    ) -> SearchConnection | None:
        """Full-text search, best match first.

        Words are found in titles, keywords and answers, whatever their
        ending, case or accents; the last one may be a beginning. Words
        in "quotes" are found as a phrase.
        """
        return search_page(graph_of(info), query, where, first, after)

    @schema_field(size=7, weight=20)
    def path(
        self,
        info: Info,
        source: FromUrl,
        target: ToUrl,
        direction: LinkDirection = Direction.OUT,
    ) -> Path | None:
        """A shortest path along related links, or null where there is none or no such article."""
        graph = graph_of(info)
        ends = graph.article(source), graph.article(target)
        if ends[0] is None or ends[1] is None:
            return None
        found = graph.path(ends[0], ends[1], direction or Direction.OUT)
        return None if found is None else path_of(found)

    @schema_field(size=3, sliced_by=("k",), most=MAX_PATHS, weight=1000)
    def paths(
        self,
        info: Info,
        source: FromUrl,
        target: ToUrl,
        k: PathCount = 3,
        direction: LinkDirection = Direction.OUT,
    ) -> list[Path] | None:
        """Up to `k` shortest paths that pass no article twice, shortest first.

        Null where there is no such article.
        """
        graph = graph_of(info)
        count = 3 if k is None else check_range("k", k, 1, MAX_PATHS)
        ends = graph.article(source), graph.article(target)
        if ends[0] is None or ends[1] is None:
            return None
        try:
            found = graph.paths(ends[0], ends[1], count, direction or Direction.OUT)
        except knowledge.WalkLimitError as error:
            raise QueryError("WALK_LIMIT_EXCEEDED", str(error)) from None
        return [path_of(articles) for articles in found]

    @schema_field(size=10)
    def common_neighbors(
        self, info: Info, a: Url, b: Url, direction: LinkDirection = Direction.BOTH
    ) -> list[Article] | None:
        """Articles one link away from both of two: by url.

        OUT: both link to them. IN: they link to both. BOTH: either.
        Null where there is no such article.
        """
        graph = graph_of(info)
        ends = graph.article(a), graph.article(b)
        if ends[0] is None or ends[1] is None:
            return None
        return listed(graph.common_neighbors(ends[0], ends[1], direction or Direction.BOTH))

    @recommendation_field(times=MAX_READ)
    def recommend(
        self,
        info: Info,
        urls: ReadUrls,
        first: RecommendationFirst = RECOMMENDATIONS,
        strategy: StrategyName = None,
        exclude: Excluded = None,
        include_linked: IncludeLinked = False,
        include_duplicates: IncludeDuplicates = False,
    ) -> list[Recommendation] | None:
        """What to read next after some articles: never one of them, a copy, or what they link to already.

        Every article counts the same, whenever it was read. Null where
        none of the urls is an article's.
        """
        graph = graph_of(info)
        return recommendations_for(
            graph,
            history_of(graph, urls),
            first,
            strategy,
            exclude,
            include_linked=include_linked,
            include_duplicates=include_duplicates,
        )

    @schema_field(size=10, derived=True)
    def recommendation_strategies(self) -> list[RecommendationStrategy]:
        """Every strategy, the default first."""
        return known_strategies()

    @schema_field
    def subject(self, info: Info, slug: Slug) -> Subject | None:
        """One subject by its slug; null where there is none."""
        found = graph_of(info).subject(slug)
        return None if found is None else Subject(record=found)

    @schema_field(size=50)
    def subjects(self, info: Info) -> list[Subject]:
        """Every subject, most articles first; ties by name."""
        return [Subject(record=subject) for subject in graph_of(info).subjects]

    @schema_field
    def graph(self, info: Info) -> Graph:
        """The graph as a whole."""
        return Graph(record=graph_of(info))
