"""The operations that run in every test find each fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from graph.knowledge import KnowledgeGraph

from .compare import difference
from .differential import Difference, Differential
from .mutants import MUTANTS, Mutant
from .operations import operations
from .pools import Pools
from .reference import Asked, Expected, Reference
from .test_differential import EACH, PARTS


class Answered:
    """The operations of the test with their right answers, each made when it is first asked for."""

    def __init__(self, reference: Reference, pools: Pools) -> None:
        self._reference = reference
        self._known: list[tuple[Asked, Expected]] = []
        self._coming = (
            asked for part in PARTS for asked in operations(reference.schema, pools, f"part {part}", EACH)
        )

    def __iter__(self) -> Iterator[tuple[Asked, Expected]]:
        yield from self._known
        for asked in self._coming:
            self._known.append((asked, self._reference.answer(asked)))
            yield self._known[-1]


@pytest.fixture(scope="module")
def answered(reference: Reference, pools: Pools) -> Answered:
    return Answered(reference, pools)


@pytest.mark.parametrize("make", MUTANTS.values(), ids=MUTANTS)
def test_a_fault_is_found(
    make: Callable[[KnowledgeGraph], Mutant], sample: KnowledgeGraph, answered: Answered
) -> None:
    mutant = make(sample)
    assert any(
        difference(expected.body, mutant.answer(asked.query, asked.variables, asked.operation_name))
        for asked, expected in answered
    )


def test_without_a_fault_there_is_none(sample: KnowledgeGraph, answered: Answered) -> None:
    faultless = Mutant(sample)
    for _, (asked, expected) in zip(range(200), answered, strict=False):
        found = faultless.answer(asked.query, asked.variables, asked.operation_name)
        assert difference(expected.body, found) is None


def test_a_difference_is_told_with_a_small_operation(sample: KnowledgeGraph, reference: Reference) -> None:
    query = """
    query Large($first: Int = 2, $skipped: Boolean!, $no: Boolean = false) {
      articles(first: $first) { totalCount nodes { ...A title @include(if: $no) } }
      graph { linkCount other: version @skip(if: $skipped) orphans { totalCount } }
    }
    fragment A on Article { url subject { name } }
    """
    run = Differential(reference, MUTANTS["@skip is ignored"](sample))
    told = run.smallest(Difference(Asked(query, {"first": 3, "skipped": True}), "something"))
    assert "expected the members [], found ['version']" in told.told
    assert "articles" not in told.asked.query
    assert (
        told.asked.query.split()
        == ("query Large ( $skipped: Boolean! ) { graph { version @skip(if: $skipped) } }")
        .replace("Large ( ", "Large(")
        .replace("Boolean! )", "Boolean!)")
        .split()
    )
    assert told.asked.variables == {"skipped": True}
