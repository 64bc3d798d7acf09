"""What an operation must be answered: by graphql-core's own execution of the schema, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from graphql import DocumentNode, ExecutionResult, GraphQLError, execute_sync
from graphql.execution.executor import Executor
from graphql.execution.values import get_variable_values

from graph.knowledge import KnowledgeGraph
from graph.schema import Context, create_schema
from graph.server import errors
from graph.server.cost import cost_of
from graph.server.documents import Documents
from graph.server.limits import Limits, check_cost, check_variables

from .engine import LIMITS

Outcome = Literal["data", "errors", "refused"]


@dataclass(frozen=True, slots=True)
class Asked:
    """An operation as a client sends it."""

    query: str
    variables: dict[str, Any] | None = None
    operation_name: str | None = None
    """None, or empty, for the only one of the document."""


@dataclass(frozen=True, slots=True)
class Expected:
    """The body of the right response; whether it is data, errors beside data, or a refusal."""

    body: bytes
    outcome: Outcome
    codes: tuple[str, ...] = ()


class Reference:
    """Answers operations from a graph as the plain library would.

    What comes ahead of execution (limits, validation, cost) is the server's own: here it is about what
    happens to operations that get through.

    Parameters
    ----------
    served
        The graph.
    limits
        What an operation may ask for.
    """

    executor: type[Executor[Any]] | None = None
    """What runs operations; the library's own one without."""

    def __init__(self, served: KnowledgeGraph, limits: Limits = LIMITS) -> None:
        self.schema = create_schema()._schema
        self._context = Context(graph=served)
        self._limits = limits
        self._documents = Documents(self.schema, limits, introspection=True, suggestions=True)

    def answer(self, asked: Asked) -> Expected:
        """The right answer to an operation."""
        document = self._documents.get(asked.query)
        if document.errors:
            return _refused(document.errors)
        operation = document.choose(asked.operation_name or None)
        if operation is None or document.ast is None or operation.valid is None:
            message = document.unresolved(asked.operation_name or None)
            return _refused([errors.error_entry(message, errors.OPERATION_RESOLUTION_FAILURE)])
        if wrong := check_variables(document.ast, asked.variables, self._limits):
            return _refused_for(wrong)
        node = operation.valid.node
        definitions = node.variable_definitions or ()
        values = get_variable_values(self.schema, definitions, asked.variables or {}, max_errors=50)
        if isinstance(values, list):
            return _refused_for(values)
        cost = cost_of(self.schema, document.ast, node, values.coerced)
        if wrong := check_cost(cost, self._limits):
            return _refused_for(wrong)
        return responded(self.execute(document.ast, asked))

    def execute(self, document: DocumentNode, asked: Asked) -> ExecutionResult:
        """Run an operation of a valid document."""
        return execute_sync(
            self.schema,
            document,
            context_value=self._context,
            variable_values=asked.variables,
            operation_name=asked.operation_name or None,
            executor_class=self.executor,
        )

    def data(self, query: str, **variables: Any) -> Any:
        """What a query finds that must not fail."""
        found = self.answer(Asked(query, variables))
        assert found.outcome == "data", found.body
        return orjson.loads(found.body)["data"]


def responded(result: ExecutionResult) -> Expected:
    """The response that a result makes."""
    if not result.errors:
        return Expected(_encoded({"data": result.data}), "data")
    entries = errors.execution_errors(result.errors)
    codes = tuple(entry["extensions"]["code"] for entry in entries)
    return Expected(_encoded({"errors": entries, "data": result.data}), "errors", codes)


def _refused_for(wrong: Iterable[GraphQLError]) -> Expected:
    return _refused(errors.request_errors(wrong, errors.BAD_USER_INPUT))


def _refused(entries: list[dict[str, Any]]) -> Expected:
    codes = tuple(entry["extensions"]["code"] for entry in entries)
    return Expected(_encoded({"errors": entries}), "refused", codes)


def _encoded(payload: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(payload)
    except TypeError:  # integers of more than 64 bits; lone surrogates, which become replacement characters
        text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
