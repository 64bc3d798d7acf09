"""One execution of a plan: what it may use, what it was given, what it has written, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from graphql import FieldNode, GraphQLError
from graphql.error import located_error

from .variables import Values

__all__ = ["Budget", "FieldError", "Run", "UnplannedError"]


class Budget(Protocol):
    """What an execution may use."""

    used: int
    """How many objects there are."""

    def spend(self) -> None:
        """Count one object; raises where the execution must end."""

    def reserve(self, objects: int) -> bool:
        """Count several objects that are made at once; False where there is no room for so many."""

    def check(self) -> None:
        """Raise why the execution must end, if it must."""


class UnplannedError(Exception):
    """The plan does not tell what comes out: the operation must be interpreted."""


class FieldError(Exception):
    """A field that failed, and where.

    Parameters
    ----------
    raised
        What was raised.
    nodes
        Where the field stands in the document.
    key
        The response name of the field, or the index of the item, at which it failed.
    """

    def __init__(self, raised: Exception, nodes: Sequence[FieldNode], key: str | int) -> None:
        super().__init__(raised)
        self.raised = raised
        self.nodes = nodes
        self.path: list[str | int] = [key]
        """From the failed field outwards; grows while the error is passed on."""

    def located(self) -> GraphQLError:
        """The error as graphql-core tells it."""
        return located_error(self.raised, self.nodes, self.path[::-1])


class Run:
    """One execution.

    Parameters
    ----------
    context
        What resolvers find as ``info.context``.
    values
        The values of the variables.
    budget
        What it may use.
    """

    __slots__ = ("arguments", "budget", "context", "errors", "out", "values")

    def __init__(self, context: Any, values: Values, budget: Budget) -> None:
        self.context = context
        self.values = values
        self.budget = budget
        self.out: list[bytes] = []
        """The answer so far, in pieces."""
        self.errors: list[FieldError] = []
        self.arguments: dict[Any, dict[str, Any]] = {}
        """The arguments of fields that have variables in them, by whose they are."""

    def failed(
        self,
        error: Exception,
        nodes: Sequence[FieldNode],
        key: str | int,
        mark: int,
        since: int,
        *,
        nullable: bool,
    ) -> None:
        """Write null for a field or item that failed.

        Parameters
        ----------
        error
            What was raised, by it or by something below.
        nodes, key
            As for `FieldError`.
        mark
            How many pieces there were before it: those after are taken back.
        since
            How many errors there were before it: those after are below it.
        nullable
            Whether it may be null.

        Raises
        ------
        FieldError
            Where it may not be null, so that what it is in fails.
        """
        if isinstance(error, UnplannedError):
            raise error
        self.budget.check()
        self.passed(key, since)
        if isinstance(error, FieldError):
            error.path.append(key)
        else:
            error = FieldError(error, nodes, key)
        if not nullable:
            raise error
        del self.out[mark:]
        self.out.append(b"null")
        self.errors.append(error)

    def passed(self, key: str | int, since: int) -> None:
        """Note a step outwards for the errors below it."""
        for error in self.errors[since:]:
            error.path.append(key)
