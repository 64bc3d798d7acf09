"""Subjects."""

from __future__ import annotations

import strawberry

from .. import knowledge
from .article import ArticleConnection, article_page
from .ids import encode_id
from .node import Node
from .paging import After, Before, First, Last


@strawberry.type(description="A subject that articles are filed under.")
class Subject(Node):
    """A subject that articles are filed under."""

    record: strawberry.Private[knowledge.Subject]

    @strawberry.field(description="Global id, made from the slug: it survives reloads.")
    def id(self) -> strawberry.ID:
        """Global id."""
        return strawberry.ID(encode_id("Subject", self.record.slug))

    @strawberry.field(
        description="The spelling that most articles use; spellings that differ only in case are one subject."
    )
    def name(self) -> str:
        """The name."""
        return self.record.name

    @strawberry.field(
        description="Unique: where two names make one slug ('C++', 'C#'), the later name in order gets "
        "-2, -3."
    )
    def slug(self) -> str:
        """The slug."""
        return self.record.slug

    @strawberry.field(description="How many articles are filed under it.")
    def article_count(self) -> int:
        """How many articles are filed under it."""
        return len(self.record.articles)

    @strawberry.field(description="Its articles, by url.")
    def articles(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> ArticleConnection | None:
        """Its articles."""
        return article_page(self.record.articles, first, after, last, before)
