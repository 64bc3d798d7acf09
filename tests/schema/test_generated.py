"""Generated queries are answered with data or with errors that have a code, and none of them finds a defect.

Hypothesis draws valid queries from the schema, always the same. Most get arguments from the content, so that
they find something; others have arguments drawn by type alone (any number, any text, null), or a mistake.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from graphql import DocumentNode, build_schema, parse, print_ast
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from hypothesis_graphql import Mode, nodes, queries
from library import answer

from graph.knowledge import KnowledgeGraph
from graph.schema import print_sdl

from .arguments import Arguments, arguments_from, shapes_of

SCHEMA = build_schema(print_sdl())
assert SCHEMA.query_type is not None
ROOTS = list(SCHEMA.query_type.fields)
EACH = 250
FEWER = {"recommendationStrategies": 10}
"""Roots of which there are not so many queries: no arguments, and nothing below but plain fields."""
SCALARS = {"Date": st.dates().map(nodes.String)}

CODES = {
    "BAD_USER_INPUT",
    "COST_LIMIT_EXCEEDED",
    "GRAPHQL_VALIDATION_FAILED",
    "INVALID_CURSOR",
    "INVALID_ID",
    "LIMIT_EXCEEDED",
    "STALE_CURSOR",
}
"""What a well-formed query may be refused for."""


@dataclass(slots=True)
class Tally:
    """What became of the queries that were asked of a graph."""

    served: KnowledgeGraph
    asked: int = 0
    answered: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    def ask(self, query: str) -> None:
        """Ask a query: the answer must be data, or errors that tell a client what is wrong."""
        given = answer(self.served, query)
        errors = given.body.get("errors", [])
        data = given.body.get("data")
        assert given.status == 200
        assert errors or data
        for error in errors:
            assert error["extensions"]["code"] in CODES, error
            assert error["message"]
            assert "Traceback" not in str(error)
        self.asked += 1
        self.answered += not errors and None not in data.values()
        self.refused.update(error["extensions"]["code"] for error in errors)


def ask_many(tally: Tally, number: int, documents: st.SearchStrategy[DocumentNode]) -> None:
    """Ask so many of the queries that a strategy draws."""

    @seed(1)
    @settings(max_examples=number, database=None, deadline=None, suppress_health_check=list(HealthCheck))
    @given(documents.map(print_ast))
    def ask(query: str) -> None:
        tally.ask(query)

    ask()


def drawn(mode: Mode) -> st.SearchStrategy[DocumentNode]:
    """Queries with arguments that are drawn by type alone."""
    return queries(SCHEMA, custom_scalars=SCALARS, print_ast=lambda document: document, mode=mode)


def filled(arguments: Arguments, root: str) -> st.SearchStrategy[DocumentNode]:
    """Queries of one root field with arguments that are drawn from the content."""
    shapes = queries(shapes_of(parse(print_sdl()), root), print_ast=lambda document: document)
    return shapes.map(arguments.fill)


@pytest.fixture(scope="session")
def arguments(seeds: KnowledgeGraph) -> Arguments:
    return arguments_from(seeds, SCHEMA)


@pytest.fixture(autouse=True)
def silent(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Nothing reaches the log: what is written there is a defect of the server."""
    with caplog.at_level(logging.WARNING):
        yield
    assert [record.getMessage() for record in caplog.get_records("call")] == []


@pytest.mark.parametrize("root", ROOTS)
def test_queries_about_the_content_give_data_or_an_error_with_a_code(
    root: str, seeds: KnowledgeGraph, arguments: Arguments
) -> None:
    tally = Tally(seeds)
    ask_many(tally, EACH, filled(arguments, root))
    assert tally.asked >= FEWER.get(root, EACH)
    assert tally.answered >= tally.asked / 2, tally.refused


@pytest.mark.parametrize("mode", [Mode.POSITIVE, Mode.NEGATIVE])
def test_queries_with_any_arguments_give_data_or_an_error_with_a_code(
    mode: Mode, seeds: KnowledgeGraph
) -> None:
    tally = Tally(seeds)
    ask_many(tally, EACH, drawn(mode))
    assert tally.asked >= EACH
    assert tally.refused


@pytest.mark.corpus
def test_queries_about_a_real_collection_give_data_or_an_error_with_a_code(loaded: KnowledgeGraph) -> None:
    tally, arguments = Tally(loaded), arguments_from(loaded, SCHEMA)
    ask_many(tally, EACH, st.one_of(filled(arguments, root) for root in ROOTS))
    assert tally.asked >= EACH
    assert tally.answered >= tally.asked / 2, tally.refused
