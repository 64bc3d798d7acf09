"""The operations of docs/queries.md are answered as graphql-core answers them, and planned."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from worked import GUIDE, Worked, read

from .differential import Differential
from .engine import Engine
from .reference import Asked, Reference
from .test_differential import COVERED

WORKED = read(GUIDE.read_text("utf-8"))


def asked_of(worked: Worked) -> Iterator[Asked]:
    """The operation as the guide asks it, and with each of its variables left out, or null."""
    yield Asked(worked.query, worked.variables)
    for name in worked.variables:
        yield Asked(worked.query, {key: value for key, value in worked.variables.items() if key != name})
        yield Asked(worked.query, {**worked.variables, name: None})


@pytest.mark.parametrize("worked", WORKED, ids=lambda worked: worked.title)
def test_a_worked_query_is_answered_as_the_library_answers_it(
    worked: Worked, reference: Reference, engine: Engine
) -> None:
    run = Differential(reference, engine)
    asked = [*asked_of(worked)] * 2  # what is kept answers the same the second time
    assert [str(found) for found in run.differences(asked)] == []
    assert run.tally.outcomes["data"] >= 2


def test_nearly_all_of_them_are_planned(engine: Engine) -> None:
    covered = [engine.covers(worked.query, worked.variables, None) for worked in WORKED]
    assert covered.count(True) >= COVERED * len(covered)
