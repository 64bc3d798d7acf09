"""Running one operation: bounded in what it makes and how long it takes, and encoded while it grows."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from inspect import isawaitable
from typing import Any

from graphql import ExecutionResult, GraphQLError
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from ..execution import Packed, Plan, Values, encode
from ..execution.encoding import pack
from . import errors
from .limits import LIMIT_EXCEEDED

PIECE = 64
"""Objects in a part of a result that is encoded as soon as it is complete."""


STRETCH = 0.001
"""Seconds that a thread in the background works on before it lets others in."""
PAUSE = 0.00005
"""Seconds that it then sleeps: enough for one that waits for the interpreter's lock to wake up and take it.

A thread that gives the lock up again and again by itself, as with each read from SQLite, has it back before
those that wait are awake, and so keeps them out far longer than the interpreter's switch interval.
"""


class Budget:
    """What one operation may still use.

    Parameters
    ----------
    nodes
        How many objects it may make.
    seconds
        How long it may take, from now.
    """

    __slots__ = ("_nodes", "_pause_at", "_seconds", "deadline", "ended", "used")

    def __init__(self, nodes: int, seconds: float) -> None:
        self._nodes = nodes
        self._seconds = seconds
        self.deadline = time.monotonic() + seconds
        self._pause_at = math.inf
        self.used = 0
        """How many objects there are."""
        self.ended: GraphQLError | None = None
        """Why the operation has ended before its time."""

    @property
    def left(self) -> float:
        """Seconds until the deadline."""
        return max(0.0, self.deadline - time.monotonic())

    def spend(self) -> None:
        """Count one object.

        Raises
        ------
        GraphQLError
            Where it is one too many, or the time is up: the operation ends.
        """
        self.used += 1
        now = time.monotonic()
        if now > self._pause_at:
            time.sleep(PAUSE)
            self._pause_at = now + STRETCH
        if self.used > self._nodes:
            message = f"The operation was ended: its result has more than {self._nodes:,} objects."
            self._end(message, LIMIT_EXCEEDED, "nodes", self._nodes, self.used)
        elif now > self.deadline:
            self.expire()
        if self.ended is not None:
            self.check()

    def reserve(self, objects: int) -> bool:
        """Count several objects that are made at once, at least one; False where there is no room for them.

        Raises
        ------
        GraphQLError
            Where the time is up.
        """
        if self.used + objects > self._nodes:
            return False
        self.used += objects - 1
        self.spend()
        return True

    def restart(self) -> None:
        """Forget the objects: the operation is run anew, in another way. The time goes on."""
        self.used = 0

    def share(self) -> None:
        """Let other threads in from time to time: this one works in the background."""
        self._pause_at = 0.0

    def check(self) -> None:
        """Raise why the operation has ended, if it has."""
        if self.ended is not None:
            raise self.ended.with_traceback(None)  # else it grows with each level that passes it on

    def expire(self) -> None:
        """End the operation, its time being up; whoever runs it notices at its next object."""
        message = f"The operation was ended: it takes longer than {self._seconds:g} seconds."
        self._end(
            message,
            errors.DEADLINE_EXCEEDED,
            "deadline",
            self._seconds,
            round(time.monotonic() - self.deadline + self._seconds, 3),
        )

    def _end(self, message: str, code: str, limit: str, maximum: float, actual: float) -> None:
        """Say why the operation ends; the first reason stays."""
        if self.ended is None:
            extensions = {"code": code, "limit": limit, "maximum": maximum, "actual": actual}
            self.ended = GraphQLError(message, extensions=extensions)


class BoundedExecutor(StrawberryGraphQLCoreExecutionContext):
    """Executes an operation within a budget, as a whole or not at all.

    A long list of objects would be many small dicts and then one long call that encodes them, during which
    no other thread runs. So each part of the result becomes bytes when it has `PIECE` objects.

    Parameters
    ----------
    budget
        What the operation may use.
    """

    def __init__(self, *args: Any, budget: Budget, **options: Any) -> None:
        super().__init__(*args, **options)
        self._budget = budget
        self._loose = 0  # objects that are not encoded yet

    def complete_object_value(
        self, return_type: Any, fields: Any, info: Any, path: Any, result: Any, position: Any
    ) -> Any:
        """Complete an object, having counted it."""
        self._budget.spend()
        before = self._loose
        self._loose = before + 1
        completed = super().complete_object_value(return_type, fields, info, path, result, position)
        return completed if self._loose - before < PIECE else self._packed(completed, before)

    def complete_iterable_value(
        self, item_type: Any, fields: Any, info: Any, path: Any, items: Any, position: Any
    ) -> Any:
        """Complete a list."""
        before = self._loose
        completed = super().complete_iterable_value(item_type, fields, info, path, items, position)
        return completed if self._loose - before < PIECE else self._packed(completed, before)

    def _packed(self, completed: Any, before: int) -> Any:
        if type(completed) is not dict and type(completed) is not list:
            return completed  # something in it is awaited
        try:
            packed = Packed(pack(completed))
        except TypeError:  # `encode` knows what to do
            return completed
        self._loose = before
        return packed

    def handle_field_error(self, raw_error: Exception, *args: Any) -> None:
        """Note that a field failed; pass on, however nullable it is, that the operation has ended."""
        self._budget.check()
        super().handle_field_error(raw_error, *args)


@dataclass(frozen=True, slots=True)
class Result:
    """A response, and the errors in it."""

    body: bytes
    errors: list[dict[str, Any]]


def execute(executor: BoundedExecutor, budget: Budget) -> Result:
    """Run an operation to its end in this thread, on an event loop of its own where it needs one.

    Raises
    ------
    GraphQLError
        Where it used up its budget.
    """
    budget.check()
    budget.share()
    pending = executor.execute_operation()
    return _respond(asyncio.run(_within(pending, budget)) if isawaitable(pending) else pending, budget)


async def execute_here(executor: BoundedExecutor, budget: Budget) -> Result:
    """Run a cheap operation on this event loop; otherwise as `execute`."""
    pending = executor.execute_operation()
    return _respond(await _within(pending, budget) if isawaitable(pending) else pending, budget)


async def _within(pending: Awaitable[Any], budget: Budget) -> Any:
    try:
        async with asyncio.timeout(budget.left):
            return await pending
    except TimeoutError:
        budget.expire()
        budget.check()


def _respond(result: Any, budget: Budget) -> Result:
    budget.check()
    if not isinstance(result, ExecutionResult):  # pragma: no cover - ruled out by the constructor
        raise TypeError(f"unexpected {type(result).__name__} from the executor")
    if not result.errors:
        return Result(encode({"data": result.data}), [])
    entries = errors.execution_errors(result.errors)
    return Result(encode({"errors": entries, "data": result.data}), entries)


def execute_plan(
    plan: Plan, context: Any, values: Values, given: Mapping[str, Any] | None, budget: Budget
) -> Result:
    """Run an operation by its plan; see `graph.execution.Plan.execute`.

    Raises
    ------
    GraphQLError
        Where it used up its budget.
    UnplannedError
        Where it must be interpreted after all.
    """
    pieces, failed = plan.execute(context, values, given, budget)
    budget.check()
    entries = errors.execution_errors(failed) if failed else []
    start = b'{"errors":' + encode(entries) + b',"data":' if failed else b'{"data":'
    pieces[0] = start + pieces[0]  # not around all: the pieces may be long
    pieces.append(b"}")
    return Result(b"".join(pieces), entries)
