"""Subjects."""

from __future__ import annotations

import strawberry

from .. import knowledge
from .article import ArticleConnection, article_page
from .define import object_type, schema_field
from .ids import encode_id
from .node import Node
from .paging import After, Before, First, Last


@object_type
class Subject(Node):
    """A subject that articles are filed under."""

    record: strawberry.Private[knowledge.Subject]

    @schema_field
    def id(self) -> strawberry.ID:
        """Global id, made from the slug: it survives reloads."""
        return strawberry.ID(encode_id("Subject", self.record.slug))

    @schema_field
    def name(self) -> str:
        """The spelling that most articles use; spellings that differ only in case are one subject."""
        return self.record.name

    @schema_field
    def slug(self) -> str:
        """Unique: where two names make one slug ('C++', 'C#'), the later name in order gets -2, -3."""
        return self.record.slug

    @schema_field
    def article_count(self) -> int:
        """How many articles are filed under it."""
        return len(self.record.articles)

    @schema_field
    def articles(
        self, first: First = None, after: After = None, last: Last = None, before: Before = None
    ) -> ArticleConnection | None:
        """Its articles, by url."""
        return article_page(self.record.articles, first, after, last, before)
