"""From an operation to its plan: once for each document, for each graph."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    Node,
    OperationDefinitionNode,
    OperationType,
    is_object_type,
)

from ..knowledge import KnowledgeGraph
from ..schema.define import Stored
from .columns import EncodedColumns
from .compiling import Compiler, FieldWriter
from .encoding import encode_to_keep, member
from .kept import Kept, Table
from .run import Budget, FieldError, Run, UnplannedError
from .selecting import Selecting
from .variables import Values, Variables, variables_in

__all__ = ["Operation", "Plan", "Planner"]

PLANS = 1024
"""How many plans are kept for a graph: one for each document, and for each value of what it depends on."""
SHARES = {"articles": 0.7, "fields": 0.2, "packed": 0.1}
"""What of the memory for answers goes to parts about single articles, whole fields, packed answers."""
LARGEST_ARTICLE = 16_384
LARGEST_FIELD = 4_000_000
LARGEST_PACKED = 1_000_000


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """A valid operation, with what is known of it for all requests.

    Parameters
    ----------
    node
        Where it stands in its document.
    fragments
        The document's fragments, by name.
    variables
        Its variables.
    """

    node: OperationDefinitionNode
    fragments: dict[str, FragmentDefinitionNode]
    variables: Variables


class _Root:
    """A field at the top of an operation.

    Parameters
    ----------
    key
        Its response name as JSON, with what separates it from the field before.
    write
        What writes it.
    variables
        The variables that it depends on.
    kept
        Where its answers are kept; None where they are not.
    """

    def __init__(self, key: bytes, write: FieldWriter, variables: tuple[str, ...], kept: Kept | None) -> None:
        self.key = key
        self.write = write
        self.variables = variables
        self._kept = kept
        self._table: Table = {}

    def known(self, raw: Mapping[str, Any]) -> tuple[bytes, int] | None:
        """The answer and the number of objects in it, where it is kept."""
        return self._table.get(self._about(raw)) if self._kept else None

    def answer(self, run: Run, raw: Mapping[str, Any]) -> None:
        """Write the field."""
        if self._kept is None:
            self.write(None, run)
            return
        known = self.known(raw)
        if known is not None:
            if not run.budget.reserve(known[1]):
                raise UnplannedError
            run.out.append(known[0])
            return
        mark, since, used = len(run.out), len(run.errors), run.budget.used
        self.write(None, run)
        if len(run.errors) == since:
            made = b"".join(run.out[mark:])
            run.out[mark:] = [made]
            self._kept.keep(self._table, self._about(raw), (made, run.budget.used - used), len(made))

    def _about(self, raw: Mapping[str, Any]) -> bytes:
        return _about(self.variables, raw)


def _about(variables: Iterable[str], raw: Mapping[str, Any]) -> bytes:
    """What tells apart the values that some variables are given."""
    return encode_to_keep({name: raw[name] for name in variables if name in raw}) if variables else b""


class Plan:
    """How an operation is answered.

    Parameters
    ----------
    roots
        The fields at its top.
    packed
        Where its compressed answers are kept; None where they are not.
    """

    def __init__(self, roots: list[_Root], packed: Kept | None) -> None:
        self._roots = roots
        self._variables = tuple(sorted({name for root in roots for name in root.variables}))
        self._kept = packed
        self._packed: Table = {}

    def packed(self, given: Mapping[str, Any]) -> bytes | None:
        """The answer as it was compressed before."""
        return self._packed.get(_about(self._variables, given)) if self._kept else None

    def keep_packed(self, given: Mapping[str, Any], packed: bytes) -> None:
        """Remember how the answer, which has no errors, was compressed."""
        if self._kept is not None:
            self._kept.keep(self._packed, _about(self._variables, given), packed, len(packed))

    def is_known(self, given: Mapping[str, Any]) -> bool:
        """Whether all of the answer is kept."""
        return all(root.known(given) is not None for root in self._roots)

    def execute(self, context: Any, values: Values, budget: Budget) -> tuple[list[bytes], list[GraphQLError]]:
        """Answer the operation.

        Parameters
        ----------
        context
            What resolvers find as ``info.context``.
        values
            The values of the variables.
        budget
            What may be used.

        Returns
        -------
        tuple
            The pieces of ``data`` as JSON, and what failed, as graphql-core tells it.

        Raises
        ------
        UnplannedError
            Where the operation must be interpreted after all.
        """
        run = Run(context, values, budget)
        out, given = run.out, values.given
        try:
            for root in self._roots:
                out.append(root.key)
                root.answer(run, given)
            out.append(b"}" if self._roots else b"{}")
        except FieldError as error:
            run.errors.append(error)
            out[:] = [b"null"]
        return out, [error.located() for error in run.errors] if run.errors else []


@dataclass(frozen=True, slots=True)
class _Served:
    """What is kept for the graph that is served."""

    graph: KnowledgeGraph
    columns: EncodedColumns
    articles: Kept
    fields: Kept
    packed: Kept
    plans: OrderedDict[Any, Plan | None]


class Planner:
    """Plans the operations of a schema whose resolvers are pure: what they give follows from the graph.

    Parameters
    ----------
    schema
        The schema.
    memory
        Bytes that answers, and parts of them, may take that are kept between requests; 0 keeps nothing.
    hide_suggestions
        Whether errors must not say what was perhaps meant.
    """

    def __init__(self, schema: strawberry.Schema, *, memory: int = 0, hide_suggestions: bool = False) -> None:
        self._strawberry = schema
        self._schema = schema._schema
        self._memory = memory
        self._hide_suggestions = hide_suggestions
        self._lists = _lists_of_links(self._schema.type_map.values())
        self._served: _Served | None = None
        self._depends: OrderedDict[Operation, tuple[str, ...]] = OrderedDict()
        self._changing = threading.Lock()

    def plan(self, operation: Operation, values: Values, graph: KnowledgeGraph) -> Plan | None:
        """The plan of an operation for a graph; None where it has to be interpreted."""
        served = self._served
        if served is None or served.graph is not graph:
            served = self._served = self._serve(graph)
        depends = self._depends.get(operation)
        if depends is None:
            depends = self._note(operation)
        key = (operation, *(values.coerced.get(name, _MISSING) for name in depends)) if depends else operation
        try:
            return served.plans[key]
        except KeyError:
            pass
        except TypeError:  # a list or an object, where only a plain value makes sense
            return None
        plan = self._make(operation, values, served)
        with self._changing:
            served.plans[key] = plan
            if len(served.plans) > PLANS:
                served.plans.popitem(last=False)
        return plan

    def forget(self) -> None:
        """Let go of a graph that is replaced, and of all that was kept for it."""
        self._served = None

    def _serve(self, graph: KnowledgeGraph) -> _Served:
        share = {name: int(part * self._memory) for name, part in SHARES.items()}
        return _Served(
            graph,
            EncodedColumns(graph),
            Kept(share["articles"], LARGEST_ARTICLE),
            Kept(share["fields"], LARGEST_FIELD),
            Kept(share["packed"], LARGEST_PACKED),
            OrderedDict(),
        )

    def _note(self, operation: Operation) -> tuple[str, ...]:
        """The variables that decide which plan an operation has: in directives, and in lists of links."""
        found = set[str]()
        pending: list[Node] = [operation.node.selection_set, *operation.fragments.values()]
        while pending:
            node = pending.pop()
            for directive in getattr(node, "directives", None) or ():
                found.update(variables_in(directive))
            if isinstance(node, FieldNode) and node.name.value in self._lists:
                for argument in node.arguments or ():
                    found.update(variables_in(argument))
            if selection_set := getattr(node, "selection_set", None):
                pending.append(selection_set)
            pending += getattr(node, "selections", ())
        depends = tuple(sorted(found))
        with self._changing:
            self._depends[operation] = depends
            if len(self._depends) > PLANS:
                self._depends.popitem(last=False)
        return depends

    def _make(self, operation: Operation, values: Values, served: _Served) -> Plan | None:
        kind = self._schema.query_type
        if operation.node.operation is not OperationType.QUERY or kind is None:
            return None
        selecting = Selecting(
            self._schema,
            operation.fragments,
            operation.node,
            values,
            hide_suggestions=self._hide_suggestions,
        )
        compiler = Compiler(
            self._strawberry,
            served.graph,
            served.columns,
            selecting,
            values,
            served.articles,
            served.fields,
        )
        roots, is_steady = [], True
        try:
            for number, selected in enumerate(selecting.root(kind)):
                compiler.begin()
                write = compiler.field(selected)
                is_steady = is_steady and compiler.is_steady
                is_kept = self._memory and compiler.is_resolved and compiler.is_steady
                key = member(selected.key, number)
                variables = tuple(sorted(compiler.variables))
                roots.append(_Root(key, write, variables, served.fields if is_kept else None))
        except (UnplannedError, GraphQLError):
            return None
        return Plan(roots, served.packed if is_steady and self._memory else None)


_MISSING = object()


def _lists_of_links(types: Any) -> frozenset[str]:
    """The names of the fields that list linked articles."""
    return frozenset(
        name
        for kind in types
        if is_object_type(kind) and not kind.name.startswith("__")
        for name, field in kind.fields.items()
        if (definition := field.extensions.get("strawberry-definition")) is not None
        and getattr(definition.metadata.get(Stored.KEY), "links", None)
    )
