"""Components and communities."""

from __future__ import annotations

from typing import TYPE_CHECKING

import strawberry

from .. import knowledge
from .articles import ArticleConnection, FacetCount, FacetFirst, article_page, facets_of, paged_articles
from .define import object_type, schema_field
from .enums import ArticleFacet, ComponentKind
from .filter import WhereArgument
from .ids import encode_id
from .node import Node
from .order import OrderBy
from .paging import After, Before, First, Last, Ordered, PageInfo, connect
from .walks import MAX_SUBGRAPH, SUBGRAPH_SIZE, Limit, Subgraph, subgraph_among

if TYPE_CHECKING:
    from collections.abc import Sequence


@object_type
class Component(Node):
    """Articles that can reach each other along links, and that no other article can be added to."""

    record: strawberry.Private[knowledge.Component]

    @schema_field
    def id(self) -> strawberry.ID:
        """Global id, made from the kind and the smallest url: it survives reloads."""
        return strawberry.ID(encode_id("Component", self.record.key))

    @schema_field
    def kind(self) -> ComponentKind:
        """What holds it together."""
        return self.record.kind

    @schema_field
    def size(self) -> int:
        """How many articles are in it."""
        return len(self.record.articles)

    @paged_articles
    def articles(
        self,
        where: WhereArgument = None,
        order_by: OrderBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ArticleConnection | None:
        """Its articles: filtered, ordered and paged."""
        return article_page(self.record.articles, where, order_by, first, after, last, before)

    @schema_field(size=SUBGRAPH_SIZE, sliced_by=("limit",), most=MAX_SUBGRAPH)
    def subgraph(self, limit: Limit = SUBGRAPH_SIZE) -> Subgraph | None:
        """Its articles by url and the links among them, for drawing."""
        return subgraph_among(self.record.articles, limit)


@object_type
class ComponentEdge:
    """A component in a page."""

    cursor: str = strawberry.field(description="For `after`; stays valid across reloads.")
    node: Component = strawberry.field(description="The component.")


@object_type
class ComponentConnection:
    """A page of components, largest first."""

    total_count: int = strawberry.field(description="How many there are on all pages.")
    nodes: list[Component] = strawberry.field(description="The page's components.")
    edges: list[ComponentEdge] = strawberry.field(description="The same, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")


def component_page(
    components: Sequence[knowledge.Component], kind: ComponentKind, first: First, after: After
) -> ComponentConnection:
    """Cut a page out of the components of a graph."""
    ordered = Ordered(components, f"component {kind.value}", _by_size, ((int,), (str,)))
    page = ordered.page(first, after)
    return connect(ComponentConnection, ComponentEdge, page, lambda record: Component(record=record))


@object_type
class Community(Node):
    """Articles that link to each other more than chance would have it, inside one weak component.

    A component is split where that raises its modularity by 0.3 at
    least; most are one community as a whole.
    """

    record: strawberry.Private[knowledge.Community]

    @schema_field
    def id(self) -> strawberry.ID:
        """Global id, made from the smallest url: it survives reloads."""
        return strawberry.ID(encode_id("Community", self.record.key))

    @schema_field
    def size(self) -> int:
        """How many articles are in it."""
        return len(self.record.articles)

    @schema_field(derived=True)
    def label(self) -> str:
        """Its most central article's title: the one with the highest PageRank; ties by url."""
        return self.record.label

    @schema_field(size=5, sliced_by=("first",))
    def subjects(self, first: FacetFirst = 5) -> list[FacetCount]:
        """The subjects of its articles, most first."""
        return facets_of(self.record.articles, ArticleFacet.SUBJECT, 5 if first is None else first)

    @paged_articles
    def articles(
        self,
        where: WhereArgument = None,
        order_by: OrderBy = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ArticleConnection | None:
        """Its articles: filtered, ordered and paged."""
        return article_page(self.record.articles, where, order_by, first, after, last, before)

    @schema_field(size=SUBGRAPH_SIZE, sliced_by=("limit",), most=MAX_SUBGRAPH)
    def subgraph(self, limit: Limit = SUBGRAPH_SIZE) -> Subgraph | None:
        """Its articles by url and the links among them, for drawing."""
        return subgraph_among(self.record.articles, limit)


@object_type
class CommunityEdge:
    """A community in a page."""

    cursor: str = strawberry.field(description="For `after`; stays valid across reloads.")
    node: Community = strawberry.field(description="The community.")


@object_type
class CommunityConnection:
    """A page of communities, largest first."""

    graph: strawberry.Private[knowledge.KnowledgeGraph]
    total_count: int = strawberry.field(description="How many there are on all pages.")
    nodes: list[Community] = strawberry.field(description="The page's communities.")
    edges: list[CommunityEdge] = strawberry.field(description="The same, each with its cursor.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    @schema_field(derived=True)
    def modularity(self) -> float:
        """How far all communities are from chance, directions ignored: between -0.5 and 1."""
        return self.graph.measures.modularity


def community_page(graph: knowledge.KnowledgeGraph, first: First, after: After) -> CommunityConnection:
    """Cut a page out of the communities of a graph."""
    page = Ordered(graph.communities, "community", _by_size, ((int,), (str,))).page(first, after)
    return connect(
        CommunityConnection, CommunityEdge, page, lambda record: Community(record=record), graph=graph
    )


def _by_size(group: knowledge.Component | knowledge.Community) -> tuple[int, str]:
    """Largest first, then by smallest url."""
    return -len(group.articles), group.articles[0].url
