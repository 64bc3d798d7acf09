"""Subjects."""

from __future__ import annotations

import strawberry

from .. import knowledge
from .articles import ArticleConnection, article_page, paged_articles
from .define import object_type, schema_field
from .filter import WhereArgument
from .ids import encode_id
from .node import Node
from .order import OrderBy
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

    @schema_field(size=20, derived=True)
    def links(self) -> list[SubjectLink]:
        """Links from this subject's articles to each subject's, its own included; most first."""
        return [subject_link_of(record) for record in self.record.links]


@object_type
class SubjectLink:
    """How many links lead from one subject's articles to another's, or to its own."""

    source: Subject = strawberry.field(description="The subject of the linking articles.")
    target: Subject = strawberry.field(description="The subject of the linked articles.")
    count: int = strawberry.field(description="How many links.")


def subject_link_of(record: knowledge.SubjectLink) -> SubjectLink:
    """The schema's type of the links between two subjects."""
    return SubjectLink(
        source=Subject(record=record.source), target=Subject(record=record.target), count=record.count
    )
