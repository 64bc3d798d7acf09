"""Ariadne's ASGI application over dicts that are linked directly; parsed and validated documents are kept."""

from __future__ import annotations

import functools
import sys
from pathlib import Path
from typing import Any

import orjson
from ariadne import QueryType, make_executable_schema
from ariadne.asgi import GraphQL
from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, validate
from serving import serve

TYPES = """
  scalar Date
  type Subject { name: String! }
  type Article { id: ID! url: String! title: String! date: Date subject: Subject related: [Article!] }
  type ArticleConnection { nodes: [Article!]! }
  type Query { article(url: String!): Article articles(first: Int): ArticleConnection }
"""

data = orjson.loads(Path(sys.argv[1]).read_bytes())
subjects = [{"name": name} for name in data["subjects"]]
articles = data["articles"]
for article in articles:
    article["subject"] = None if article["subject"] is None else subjects[article["subject"]]
    article["related"] = [articles[position] for position in article["related"]]
by_url = {article["url"]: article for article in articles}

query = QueryType()


@query.field("article")
def one_article(*_: Any, url: str) -> Any:
    """One article."""
    return by_url.get(url)


@query.field("articles")
def first_articles(*_: Any, first: int | None = None) -> Any:
    """The first articles."""
    return {"nodes": articles[: 20 if first is None else first]}


@functools.lru_cache(100)
def parsed(text: str) -> DocumentNode:
    """A document, parsed once."""
    return parse(text)


kept: dict[int, tuple[DocumentNode, list[GraphQLError]]] = {}
"""By the document's number, which is its own as long as the document is kept."""


def validated(
    schema: GraphQLSchema, document: DocumentNode, *rest: Any, **options: Any
) -> list[GraphQLError]:
    """What is wrong with a document, found once."""
    if id(document) not in kept:
        if len(kept) >= 100:
            kept.clear()
        kept[id(document)] = document, validate(schema, document, *rest, **options)
    return kept[id(document)][1]


serve(
    GraphQL(
        make_executable_schema(TYPES, query),
        query_parser=lambda _, asked: parsed(asked["query"]),
        query_validator=validated,
    )
)
