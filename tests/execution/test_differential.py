"""Generated operations are answered as graphql-core answers them; 2,000 here, more by `differential.py`."""

from __future__ import annotations

from itertools import islice

import pytest

from graph.knowledge import KnowledgeGraph

from .client import Client
from .compare import difference
from .differential import Differential, over_http
from .engine import Engine
from .generated import drawn
from .operations import operations
from .pools import Pools, pools_of
from .reference import Asked, Reference

PARTS = range(8)
"""Tests of which each has so many operations, so that they run side by side."""
EACH = 225
DRAWN = 200
OVER_HTTP = 100
RELOADED = 120
ON_CORPUS = 300

COVERED = 0.95
"""Which part of the operations the planner executes itself, at least."""


def compare(run: Differential, asked: list[Asked], *, data: float = 0.5, errors: float = 0.08) -> None:
    """Ask all; the first that differs is told, as small as it can be made."""
    found = next(run.differences(asked), None)
    assert found is None, str(run.smallest(found))
    assert run.tally.share("data") >= data, run.tally
    assert run.tally.share("errors") >= errors, run.tally
    assert run.tally.coverage >= COVERED, run.tally


@pytest.mark.parametrize("part", PARTS)
def test_operations_are_answered_as_the_library_answers_them(
    part: int, reference: Reference, engine: Engine, pools: Pools
) -> None:
    asked = list(operations(reference.schema, pools, f"part {part}", EACH))
    compare(Differential(reference, engine, part), asked)


def test_operations_of_a_second_source_are_too(reference: Reference, engine: Engine, pools: Pools) -> None:
    compare(Differential(reference, engine), list(drawn(pools, 1, DRAWN)))


@pytest.mark.parametrize("part", range(3))
def test_so_are_they_over_http(part: int, reference: Reference, client: Client, pools: Pools) -> None:
    asked = operations(reference.schema, pools, f"http {part}", OVER_HTTP)
    assert [str(found) for found in over_http(reference, client, asked)] == []


def test_nothing_is_kept_across_a_reload(
    sample: KnowledgeGraph, changed: KnowledgeGraph, reference: Reference, pools: Pools
) -> None:
    graphs = [(sample, reference), (changed, Reference(changed))]
    engine = Engine(sample)
    stale = 0
    for asked in operations(reference.schema, pools, "reload", RELOADED):
        expected = [right.answer(asked).body for _, right in graphs]
        stale += difference(*expected) is not None
        for (engine.served, _), body in zip(graphs, expected, strict=True):
            found = engine.answer(asked.query, asked.variables, asked.operation_name)
            assert difference(body, found) is None, asked
    engine.close()
    assert stale > RELOADED / 4


def test_operations_repeat_exactly(sample: KnowledgeGraph, reference: Reference, pools: Pools) -> None:
    again = pools_of(reference, sample)
    assert again == pools
    first, second = (list(operations(reference.schema, known, 7, 60)) for known in (pools, again))
    assert first == second
    assert first != list(operations(reference.schema, pools, 8, 60))


def test_operations_have_all_that_operations_can_have(reference: Reference, pools: Pools) -> None:
    asked = list(islice(operations(reference.schema, pools, "all", 2000), 400))
    texts = " ".join(operation.query for operation in asked)
    for part in (
        "@skip(if: $",
        "@include(if: false)",
        "... on Node",
        "... {",
        "...F",
        "__typename",
        " = null",
    ):
        assert part in texts
    for root in reference.schema.query_type.fields:
        assert root in texts
    codes = {code for operation in asked for code in reference.answer(operation).codes}
    assert codes >= {"BAD_USER_INPUT", "INVALID_CURSOR", "INVALID_ID", "GRAPHQL_VALIDATION_FAILED"}
    assert any(operation.operation_name for operation in asked)
    assert any(value is None for operation in asked for value in (operation.variables or {}).values())


@pytest.mark.corpus
@pytest.mark.parametrize("part", range(2))
def test_operations_about_a_real_collection(part: int, loaded: KnowledgeGraph) -> None:
    reference, engine = Reference(loaded), Engine(loaded)
    pools = pools_of(reference, loaded, large=True)
    compare(
        Differential(reference, engine, part),
        list(operations(reference.schema, pools, f"corpus {part}", ON_CORPUS)),
    )
    engine.close()
