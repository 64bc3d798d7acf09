"""What a request carries through the resolvers."""

from __future__ import annotations

from typing import TypedDict

from strawberry.types import Info as StrawberryInfo

from ..knowledge import KnowledgeGraph


class Context(TypedDict):
    """The graph that a request began with: a reload meanwhile does not reach it."""

    graph: KnowledgeGraph


Info = StrawberryInfo[Context, None]


def graph_of(info: Info) -> KnowledgeGraph:
    """The request's graph."""
    return info.context["graph"]
