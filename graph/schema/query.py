"""The root of the schema."""

from __future__ import annotations

from typing import Annotated

import strawberry

from .article import Article, ArticleConnection, article_page
from .context import Info, graph_of
from .define import object_type, schema_field
from .graph import Graph
from .ids import decode_id
from .node import Node
from .paging import After, Before, First, Last
from .subject import Subject

GlobalId = Annotated[strawberry.ID, strawberry.argument(description="What a node's `id` field gave.")]
Url = Annotated[str, strawberry.argument(description="The article's url, exactly as in its front matter.")]
Slug = Annotated[str, strawberry.argument(description="The subject's slug, such as graph-theory.")]


@object_type
class Query:
    """What can be asked."""

    @schema_field
    def node(self, info: Info, id: GlobalId) -> Node | None:  # noqa: A002
        """Any node by its global id; null where there is none."""
        kind, key = decode_id(id)
        if kind == "Article":
            article = graph_of(info).article(key)
            return None if article is None else Article(record=article)
        if kind == "Subject":
            subject = graph_of(info).subject(key)
            return None if subject is None else Subject(record=subject)
        return None

    @schema_field
    def article(self, info: Info, url: Url) -> Article | None:
        """One article by its url, the only key that is unique. Null where there is none."""
        found = graph_of(info).article(url)
        return None if found is None else Article(record=found)

    @schema_field
    def articles(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> ArticleConnection | None:
        """All articles in pages, by url (Relay cursor connections)."""
        return article_page(graph_of(info).articles, first, after, last, before)

    @schema_field
    def subject(self, info: Info, slug: Slug) -> Subject | None:
        """One subject by its slug; null where there is none."""
        found = graph_of(info).subject(slug)
        return None if found is None else Subject(record=found)

    @schema_field
    def subjects(self, info: Info) -> list[Subject]:
        """Every subject, most articles first; ties by name."""
        return [Subject(record=subject) for subject in graph_of(info).subjects]

    @schema_field
    def graph(self, info: Info) -> Graph:
        """The graph as a whole."""
        return Graph(record=graph_of(info))
