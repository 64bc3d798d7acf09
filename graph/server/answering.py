"""From a request's members to the answer: what may run is planned or interpreted, here or in a thread."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationType

from .. import execution
from . import errors
from .capacity import Capacity
from .cost import Cost, cost_of
from .documents import Document, Documents, Operation
from .errors import HTTPError, error_entry
from .execution import BoundedExecutor, Budget, Result, execute, execute_here, execute_plan
from .limits import Limits, check_cost, check_variables
from .record import Record
from .request import Request

__all__ = ["Answering", "RefusedError"]

LONG_DOCUMENT = 2_000
"""Bytes up to which a request with a new document is prepared on the event loop."""
LONG_VARIABLES = 10_000
"""Bytes up to which one with a known document is."""
CHEAP = 200
"""The cost up to which an operation runs on the event loop."""
CHEAP_PLANNED = 5_000
"""The same for one that has a plan, where no more than `CHEAP` of it is work besides its objects."""
SHORT = 5_000
"""The cost up to which an operation does not wait behind longer ones."""
WAITING = 0.8
"""The part of its time that an operation waits for what the server computes when it has started."""


class RefusedError(Exception):
    """An operation that is not run, or not to its end."""

    def __init__(self, entries: list[dict[str, Any]]) -> None:
        super().__init__(entries)
        self.entries = entries


@dataclass(slots=True)
class Prepared:
    """An operation that may run."""

    request: Request
    document: Document
    operation: Operation
    values: execution.Values
    context: Any
    cost: Cost
    plan: execution.Plan | None

    @property
    def is_cheap(self) -> bool:
        """Whether it need not run in a thread."""
        cost = self.cost
        if self.plan is None:
            return cost.total <= CHEAP and not cost.slow
        if cost.work <= CHEAP and cost.total <= CHEAP_PLANNED and not cost.slow:
            return True
        return self.plan.is_known(self.values.given)


class Answering:
    """Answers the requests to one schema.

    Parameters
    ----------
    schema
        The schema.
    documents
        The documents that clients send.
    context
        Called once for each operation that is about to run; returns the value of ``info.context``.
    limits, operations, suggestions, is_ready, planner
        As for `GraphQLEndpoint`.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        documents: Documents,
        context: Callable[[], Mapping[str, Any]],
        *,
        limits: Limits,
        operations: int,
        suggestions: bool,
        is_ready: Callable[[Any, Cost], bool],
        planner: execution.Planner | None,
    ) -> None:
        self._schema = schema
        self._documents = documents
        self._context = context
        self._limits = limits
        self._suggestions = suggestions
        self._is_ready = is_ready
        self._planner = planner
        self.capacity = Capacity(operations)

    async def answer(
        self, request: Request, record: Record, gone: Callable[[], Any], *, read_only: bool
    ) -> tuple[Prepared, Result]:
        """Run a request's operation.

        Raises
        ------
        RefusedError
            Where it is not run, or not to its end.
        HTTPError
            Where it must be asked for in another way, or at another time.
        DisconnectedError
            Where the client went away.
        """
        budget = Budget(self._limits.nodes, self._limits.deadline)
        try:
            if request.size <= (LONG_VARIABLES if request.query in self._documents else LONG_DOCUMENT):
                prepared = self._prepare(request, record, read_only=read_only)
            else:
                prepare = partial(self._prepare, request, record, read_only=read_only)
                prepared = await self.capacity.run(prepare, budget, gone, long=False)
            if prepared.cost.may_wait and not self._is_ready(prepared.context, prepared.cost):
                is_ready = partial(self._is_ready, prepared.context, prepared.cost)
                await self.capacity.wait(is_ready, WAITING * budget.left, gone)
            result = await self._run(prepared, budget, gone)
        except GraphQLError as ended:
            _refuse([ended])
            raise
        if result.errors:
            record.add(result.errors)
        return prepared, result

    def answer_at_once(
        self, request: Request, record: Record, *, read_only: bool
    ) -> tuple[Prepared, Result] | None:
        """Run a request's operation if it has a plan and takes next to no time; None where it may not.

        Raises
        ------
        RefusedError
            Where it is not run, or not to its end.
        HTTPError
            Where it must be asked for in another way.
        """
        if request.size > LONG_DOCUMENT:
            return None
        prepared = self._prepare(request, record, read_only=read_only)
        if prepared.plan is None or not prepared.is_cheap:
            return None
        if prepared.cost.may_wait and not self._is_ready(prepared.context, prepared.cost):
            return None
        budget = Budget(self._limits.nodes, self._limits.deadline)
        try:
            result = self._run_plan(prepared, budget)
        except GraphQLError as ended:
            _refuse([ended])
            raise
        if result is None:
            return None
        if result.errors:
            record.add(result.errors)
        return prepared, result

    async def _run(self, prepared: Prepared, budget: Budget, gone: Callable[[], Any]) -> Result:
        if prepared.is_cheap:
            result = self._run_plan(prepared, budget)
            return result or await execute_here(self._executor(prepared, budget), budget)
        cost = prepared.cost
        run = partial(self._run_in_thread, prepared, budget)
        return await self.capacity.run(run, budget, gone, long=cost.slow or cost.total > SHORT)

    def _run_in_thread(self, prepared: Prepared, budget: Budget) -> Result:
        budget.check()
        budget.share()
        return self._run_plan(prepared, budget) or execute(self._executor(prepared, budget), budget)

    def _run_plan(self, prepared: Prepared, budget: Budget) -> Result | None:
        """What the plan gives; None where there is none, or it does not tell: then it is interpreted."""
        if prepared.plan is None:
            return None
        try:
            return execute_plan(prepared.plan, prepared.context, prepared.values, budget)
        except execution.UnplannedError:
            budget.restart()
            return None

    def _prepare(self, request: Request, record: Record, *, read_only: bool) -> Prepared:
        """All that can be said of a request before it runs."""
        document = self._documents.get(request.query)
        operation = document.choose(request.operation_name)
        if operation is not None:
            record.operation = operation.name
        if read_only and operation is not None and operation.kind is OperationType.MUTATION:
            raise HTTPError(405, "A mutation must be sent as a POST request.", {"allow": "POST"})
        if document.errors:
            raise RefusedError(document.errors)
        if operation is None or operation.valid is None or document.ast is None:
            message = document.unresolved(request.operation_name)
            raise RefusedError([error_entry(message, errors.OPERATION_RESOLUTION_FAILURE)])
        if operation.kind is OperationType.SUBSCRIPTION:
            message = "Subscriptions are not served here: send a query or a mutation."
            raise RefusedError([error_entry(message, errors.OPERATION_RESOLUTION_FAILURE)])
        values = self._values(document.ast, operation.valid, request)
        cost = operation.cost(values.given, partial(self._cost, document.ast, operation.valid, values))
        record.cost = cost.total
        if cost.total > self._limits.cost or cost.page > self._limits.page_size:
            _refuse(check_cost(cost, self._limits))
        context = self._context()
        plan = self._planner.plan(operation.valid, values, context["graph"]) if self._planner else None
        return Prepared(request, document, operation, values, context, cost, plan)

    def _values(
        self, ast: DocumentNode, operation: execution.Operation, request: Request
    ) -> execution.Values:
        values = operation.variables.coerce_plain(request.variables)
        if values is not None:
            return values
        _refuse(check_variables(ast, request.variables, self._limits))
        found = operation.variables.coerce(request.variables)
        if isinstance(found, list):
            _refuse(found)
        assert isinstance(found, execution.Values)
        return found

    def _cost(self, ast: DocumentNode, operation: execution.Operation, values: execution.Values) -> Cost:
        return cost_of(self._schema, ast, operation.node, values.coerced)

    def _executor(self, prepared: Prepared, budget: Budget) -> BoundedExecutor:
        assert prepared.document.ast is not None
        executor = BoundedExecutor.build(
            self._schema,
            prepared.document.ast,
            context_value=prepared.context,
            raw_variable_values=prepared.request.variables,
            operation_name=prepared.operation.name,
            hide_suggestions=not self._suggestions,
            operation_extensions=prepared.request.extensions,
            budget=budget,
        )
        assert isinstance(executor, BoundedExecutor)  # its variables have been coerced before
        return executor


def _refuse(found: list[GraphQLError]) -> None:
    if found:
        raise RefusedError(errors.request_errors(found, errors.BAD_USER_INPUT))
