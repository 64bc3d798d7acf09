"""Operations that hypothesis-graphql draws from the schema: a second source, whose habits are not ours."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import DocumentNode, build_schema, print_ast
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import nodes, queries
from schema.arguments import Arguments

from graph.schema import print_sdl

from .pools import Pools
from .reference import Asked

SCALARS = {"Date": st.dates().map(nodes.String)}


def drawn(pools: Pools, number: int, count: int) -> Iterator[Asked]:
    """So many operations, most of them with arguments from the content, always the same for a number."""
    schema = build_schema(print_sdl())
    whole = queries(schema, custom_scalars=SCALARS, print_ast=lambda document: document)
    arguments = Arguments(schema, pools.values, {})
    texts: list[str] = []

    @seed(number)
    @settings(max_examples=count, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(whole)
    def draw(document: DocumentNode) -> None:
        if len(texts) < count:
            texts.append(print_ast(document if len(texts) % 4 == 0 else arguments.fill(document)))

    draw()
    return (Asked(text) for text in texts)
