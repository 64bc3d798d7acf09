"""Holds the execution of operations against plain graphql-core: run it to do so with many.

    python tests/execution/differential.py --count 20000 --seed 1 --content FOLDER

It prints what became of the operations, and each difference with the smallest operation that shows it.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol

import orjson

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).parent.parent)  # beside this file, modules would hide others

import graph
from execution.client import WAYS, Client
from execution.compare import difference
from execution.engine import Engine
from execution.generated import drawn
from execution.operations import operations
from execution.pools import Pools, pools_of
from execution.reference import Asked, Expected, Reference
from execution.sample import loaded_sample
from execution.shrink import shrunk
from graph.knowledge import KnowledgeGraph

AGAIN = 0.15
"""How often an operation of some time ago is asked once more: something may have been kept since."""
REMEMBERED = 300
LARGE = 5_000
"""Articles from which on a graph is a large one."""
SECOND_SOURCE = 10
"""One in so many operations comes from the second source."""


class Answers(Protocol):
    """What is under test."""

    def answer(self, query: str, variables: dict[str, object] | None, operation_name: str | None) -> bytes:
        """The body of the response to an operation."""

    def covers(self, query: str, variables: dict[str, object] | None, operation_name: str | None) -> bool:
        """Whether a plan answers an operation to its end."""


@dataclass(frozen=True, slots=True)
class Difference:
    """An operation that is answered otherwise than it must be."""

    asked: Asked
    told: str

    def __str__(self) -> str:
        variables = orjson.dumps(self.asked.variables).decode()
        name = f"\noperationName: {self.asked.operation_name}" if self.asked.operation_name else ""
        return f"{self.told}\n{self.asked.query}\nvariables: {variables}{name}"


@dataclass(slots=True)
class Tally:
    """What became of operations."""

    outcomes: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    covered: Counter[bool] = field(default_factory=Counter)
    """Of those that were not refused: how many the planner executes itself."""

    @property
    def total(self) -> int:
        """How many there were."""
        return self.outcomes.total()

    def share(self, outcome: str) -> float:
        """Which part of all had an outcome."""
        return self.outcomes[outcome] / max(1, self.total)

    @property
    def coverage(self) -> float:
        """Which part of those that ran the planner executes itself."""
        return self.covered[True] / max(1, self.covered.total())

    def __str__(self) -> str:
        shares = ", ".join(f"{self.share(name):.1%} {name}" for name in ("data", "errors", "refused"))
        return f"{self.total:,} operations: {shares}; {self.coverage:.2%} planned"


class Differential:
    """Asks an engine and the reference the same.

    Parameters
    ----------
    reference
        What is right.
    engine
        What is under test.
    seed
        Decides which operations are asked again.
    """

    def __init__(self, reference: Reference, engine: Answers, seed: int = 1) -> None:
        self.tally = Tally()
        self._reference = reference
        self._engine = engine
        self._random = Random(seed)
        self._remembered: list[tuple[Asked, Expected]] = []

    def differences(self, asked: Iterable[Asked]) -> Iterator[Difference]:
        """Compare many operations, some of them again after others."""
        for operation in asked:
            expected = self._reference.answer(operation)
            self._count(operation, expected)
            if told := self._difference(operation, expected):
                yield Difference(operation, told)
            else:
                self._remember(operation, expected)
            if self._random.random() < AGAIN and self._remembered:
                earlier, expected = self._random.choice(self._remembered)
                if told := self._difference(earlier, expected):
                    yield Difference(earlier, f"asked again, {told}")

    def smallest(self, found: Difference) -> Difference:
        """The smallest operation that is answered otherwise too."""

        def still(asked: Asked) -> bool:
            expected = self._reference.answer(asked)
            return (expected.outcome != "refused" or outcome == "refused") and self._difference(
                asked, expected
            ) is not None

        outcome = self._reference.answer(found.asked).outcome
        asked = shrunk(found.asked, still)
        return Difference(asked, self._difference(asked, self._reference.answer(asked)) or found.told)

    def _count(self, asked: Asked, expected: Expected) -> None:
        self.tally.outcomes[expected.outcome] += 1
        self.tally.codes.update(set(expected.codes))
        if expected.outcome != "refused":
            self.tally.covered[self._engine.covers(asked.query, asked.variables, asked.operation_name)] += 1

    def _remember(self, asked: Asked, expected: Expected) -> None:
        if len(self._remembered) < REMEMBERED:
            self._remembered.append((asked, expected))
        else:
            self._remembered[self._random.randrange(REMEMBERED)] = (asked, expected)

    def _difference(self, asked: Asked, expected: Expected) -> str | None:
        found = self._engine.answer(asked.query, asked.variables, asked.operation_name)
        return difference(expected.body, found)


def over_http(reference: Reference, client: Client, asked: Iterable[Asked]) -> Iterator[Difference]:
    """Ask operations of the application, in each way in turn."""
    for operation, (method, accepted) in zip(asked, itertools.cycle(WAYS), strict=False):
        expected = reference.answer(operation)
        response = client.ask(operation, method, accepted)
        told = response.wrong(expected, accepted) or difference(expected.body, response.body)
        if told:
            yield Difference(operation, f"{method}, {accepted}: {told}")


def sources(reference: Reference, pools: Pools, seed: int, count: int) -> Iterator[Asked]:
    """So many operations from both sources."""
    second = count // SECOND_SOURCE
    yield from operations(reference.schema, pools, seed, count - second)
    yield from drawn(pools, seed, second)


def _run(served: KnowledgeGraph, given: argparse.Namespace) -> int:
    reference, engine, client = Reference(served), Engine(served), Client(served)
    pools = pools_of(reference, served, seed=given.seed, large=served.article_count >= LARGE)
    run = Differential(reference, engine, given.seed)
    begun, count = time.monotonic(), 0
    asked = _told(sources(reference, pools, given.seed, given.count), run, begun)
    sent = operations(reference.schema, pools, f"http {given.seed}", given.http)
    found = itertools.chain(map(run.smallest, run.differences(asked)), over_http(reference, client, sent))
    for different in itertools.islice(found, given.most):
        count += 1
        print(f"\ndifference {count}: {different}\n", flush=True)
    client.close()
    engine.close()
    print(f"{run.tally}; {given.http:,} over HTTP; {time.monotonic() - begun:.0f} s")
    print("with codes: " + ", ".join(f"{code} {times:,}" for code, times in run.tally.codes.most_common()))
    print(f"{count} differences" if count else "no difference")
    return 1 if count else 0


def _told(asked: Iterable[Asked], run: Differential, begun: float) -> Iterator[Asked]:
    for number, operation in enumerate(asked):
        if number and number % 1000 == 0:
            print(f"{run.tally}; {time.monotonic() - begun:.0f} s", flush=True)
        yield operation


def main() -> int:
    """Compare as many operations as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=20_000, help="operations (20000)")
    parser.add_argument("--http", type=int, default=400, help="operations over HTTP after them (400)")
    parser.add_argument("--most", type=int, default=10, help="differences after which it stops (10)")
    parser.add_argument("--seed", type=int, default=1, help="which operations (1)")
    parser.add_argument(
        "--content", type=Path, help="a folder of articles; the sample and odd ones without it"
    )
    parser.add_argument("--cache-dir", type=Path, help="where snapshots are kept")
    given = parser.parse_args()
    logging.getLogger("articlegraph").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        if given.content is None:
            served = loaded_sample(Path(folder))
        else:
            served = graph.load(given.content, cache=given.cache_dir)
        return _run(served, given)


if __name__ == "__main__":
    sys.exit(main())
