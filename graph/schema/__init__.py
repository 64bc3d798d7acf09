"""The GraphQL schema: nouns over the knowledge graph; nothing is computed here."""

from __future__ import annotations

import datetime
import functools

import strawberry
from graphql import GraphQLError
from graphql.pyutils import inspect
from strawberry.scalars import JSON
from strawberry.schema.config import StrawberryConfig
from strawberry.types.scalar import ScalarDefinition

from .article import Article
from .context import Context, graph_of
from .errors import QueryError
from .query import Query
from .subject import Subject

__all__ = ["Context", "QueryError", "create_schema", "graph_of", "print_sdl"]


@functools.cache
def create_schema() -> strawberry.Schema:
    """The schema; its resolvers find the graph in the request's context."""
    scalars: dict[object, ScalarDefinition] = {
        datetime.date: strawberry.scalar(
            name="Date",
            description="A calendar date, ISO 8601: 2025-01-08.",
            serialize=datetime.date.isoformat,
            parse_value=_date,
        ),
        datetime.datetime: strawberry.scalar(
            name="DateTime",
            description="A moment, ISO 8601 with offset: 2025-01-08T09:30:00+00:00.",
            serialize=datetime.datetime.isoformat,
            parse_value=datetime.datetime.fromisoformat,
        ),
        JSON: strawberry.scalar(
            name="JSON",
            description="Any JSON value: front matter as it stands in the file.",
            serialize=lambda value: value,
            parse_value=lambda value: value,
        ),
    }
    return strawberry.Schema(
        query=Query, types=[Article, Subject], config=StrawberryConfig(scalar_map=scalars)
    )


def _date(value: object) -> datetime.date:
    """A date that a client gives, in the one spelling that the schema names."""
    try:
        found = datetime.date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or found.isoformat() != value:
        raise GraphQLError(f'Date must be written like "2025-01-08", got {inspect(value)}')
    return found


def print_sdl() -> str:
    """The schema in GraphQL's schema definition language, as in schema.graphql."""
    return str(create_schema()) + "\n"
