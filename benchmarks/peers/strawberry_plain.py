"""The peer that an ordinary Strawberry application is: dataclasses, resolvers, Strawberry's own ASGI view.

The articles are the schema's own objects, linked directly, so that no resolver is needed below the root.
Parsed and validated documents are kept, as Strawberry's documentation advises.
"""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path

import orjson
import strawberry
from serving import serve
from strawberry.asgi import GraphQL
from strawberry.extensions import ParserCache, ValidationCache


@strawberry.type
class Subject:
    """A subject."""

    name: str


@strawberry.type
class Article:
    """An article."""

    id: strawberry.ID
    url: str
    title: str
    date: date | None
    subject: Subject | None
    related: list[Article] | None


@strawberry.type
class ArticleConnection:
    """A page of articles."""

    nodes: list[Article]


data = orjson.loads(Path(sys.argv[1]).read_bytes())
subjects = [Subject(name=name) for name in data["subjects"]]
articles = [
    Article(
        id=strawberry.ID(article["id"]),
        url=article["url"],
        title=article["title"],
        date=None if article["date"] is None else date.fromisoformat(article["date"]),
        subject=None if article["subject"] is None else subjects[article["subject"]],
        related=None,
    )
    for article in data["articles"]
]
for article, written in zip(articles, data["articles"], strict=True):
    article.related = [articles[position] for position in written["related"]]
by_url = {article.url: article for article in articles}


@strawberry.type
class Query:
    """The root."""

    @strawberry.field
    def article(self, url: str) -> Article | None:
        """One article."""
        return by_url.get(url)

    @strawberry.field
    def articles(self, first: int | None = None) -> ArticleConnection | None:
        """The first articles."""
        return ArticleConnection(nodes=articles[: 20 if first is None else first])


schema = strawberry.Schema(query=Query, extensions=[ParserCache(), ValidationCache()])
serve(GraphQL(schema, graphql_ide=None))
