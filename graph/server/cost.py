"""What an operation can cost, told from its text and variables alone.

The cost does not depend on the data, so a query that worked once works after every reload. It is the number
of objects that the answer could hold, as the schema's fields declare their sizes (`FieldCost`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from graphql import (
    BooleanValueNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    IntValueNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    get_nullable_type,
    is_composite_type,
    is_list_type,
    type_from_ast,
)
from graphql.execution.values import VariableValues, get_argument_values

from ..execution.variables import variables_in
from ..schema.define import FieldCost, Told
from ..schema.paging import MAX_PAGE_SIZE
from .conditions import Conditions

__all__ = ["Cost", "cost_of", "costly_variables"]

LIST_SIZE = 10
"""Items assumed in a list of objects whose field declares no size."""

CONDITION = 10
"""What a condition of a filter costs, in objects: it looks at every article."""

FIELDS_AN_OBJECT = 10
"""How many fields of one object cost as much as an object more."""

# A field by its name: introspection declares nothing. About twice what a schema of 80 types has.
_INTROSPECTION = {
    "types": FieldCost(size=150),
    "directives": FieldCost(size=10),
    "fields": FieldCost(size=10),
    "args": FieldCost(size=3),
    "inputFields": FieldCost(size=5),
    "interfaces": FieldCost(size=1),
    "possibleTypes": FieldCost(size=1),
    "enumValues": FieldCost(size=2),
}
_UNDECLARED = FieldCost()


@dataclass(frozen=True, slots=True)
class Cost:
    """What an operation can cost.

    Parameters
    ----------
    total
        In objects of the answer.
    work
        The part of it that fields and arguments declare besides the objects: what no plan makes cheaper.
    page
        Items in the largest page or list that is asked for.
    slow
        Whether a selected field is derived (see `FieldCost`), so that the operation should run off the event
        loop.
    awaits
        Whether a selected field awaits what the server computes when it has started.
    needs_index
        Whether one searches.
    """

    total: int
    page: int
    slow: bool
    awaits: bool = False
    work: int = 0
    needs_index: bool = False

    @property
    def may_wait(self) -> bool:
        """Whether it needs something that may not be there yet."""
        return self.awaits or self.needs_index


class _Sum(NamedTuple):
    """Objects, and what is declared besides."""

    objects: int
    work: int


def cost_of(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, Any],
) -> Cost:
    """Count the objects that the answer to an operation could hold.

    An object costs 1, and a list as often what is below it as it can have items. Fields that are merged count
    once, and those that are skipped nothing; of fragments on several types all count, though an object is of
    one type only. Ten fields of one object cost as much as an object more, and a condition in an
    argument such as `where`. An argument out of its range counts as the nearest in it: its field will fail.

    Parameters
    ----------
    schema
        Made by Strawberry; fields tell their `FieldCost` where they declare one.
    document, operation
        A valid document that is within the limits of `check_document`, and which of its operations runs.
    variables
        Their values after coercion.

    Returns
    -------
    Cost
        Also of an operation far past every limit: shared parts are counted once and multiplied.
    """
    estimate = _Estimate(schema, document, variables)
    root = schema.get_root_type(operation.operation)
    found = estimate.of_object(root, (operation.selection_set,), None) if root else _Sum(0, 0)
    return Cost(sum(found), estimate.page, estimate.slow, estimate.awaits, found.work, estimate.needs_index)


def costly_variables(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode
) -> tuple[str, ...]:
    """The names of the variables whose values the cost of an operation may depend on.

    A plain value has no conditions, so that it counts only where it tells a number of items, in a directive,
    and where a field is asked what it needs.
    """
    plain = {
        definition.variable.name.value
        for definition in operation.variable_definitions or ()
        if str(type_from_ast(schema, definition.type)).rstrip("!") in _PLAIN
    }
    slicing, asked = _telling(schema)
    found = set[str]()
    pending: list[Node] = list(document.definitions)
    while pending:
        node = pending.pop()
        for directive in getattr(node, "directives", None) or ():
            found.update(variables_in(directive))
        for argument in getattr(node, "arguments", None) or ():
            named = set(variables_in(argument))
            is_direct = isinstance(argument.value, VariableNode) and named <= plain
            if not is_direct or argument.name.value in slicing or node.name.value in asked:  # type: ignore[attr-defined]
                found |= named
        if selection_set := getattr(node, "selection_set", None):
            pending += selection_set.selections
    return tuple(sorted(found))


_PLAIN = frozenset(("String", "ID", "Int", "Float", "Boolean"))


@functools.cache
def _telling(schema: GraphQLSchema) -> tuple[frozenset[str], frozenset[str]]:
    """The names of arguments that give a number of items, and of fields that are asked what they need."""
    slicing, asked = set[str](), set[str]()
    for kind in schema.type_map.values():
        for name, field in getattr(kind, "fields", {}).items():
            declared = _declared(kind, name, field)
            slicing.update(declared.sliced_by)
            if callable(declared.derived) or callable(declared.awaits):
                asked.add(name)
    return frozenset(slicing), frozenset(asked)


class _Estimate:
    """The cost of a document's objects, with what was counted before."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> None:
        self.slow = False
        self.awaits = False
        self.needs_index = False
        self.page = 0
        self._schema = schema
        self._variables = variables
        self._conditions = Conditions(variables, most=10**9)
        self._known: dict[object, _Sum] = {}
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }

    def of_object(
        self, kind: GraphQLNamedType, selected: tuple[SelectionSetNode, ...], page: int | None
    ) -> _Sum:
        """The cost of what is below one object; `page` is the size that its field passes on, if any."""
        key = (kind.name, tuple(map(id, selected)), page)
        if key not in self._known:
            merged: dict[tuple[str, str], list[FieldNode]] = {}
            for parent, node in self._fields(kind, selected):
                response_name = node.alias.value if node.alias else node.name.value
                merged.setdefault((parent.name, response_name), []).append(node)
            found = [
                self._of_field(self._schema.type_map[parent_name], nodes, page)
                for (parent_name, _), nodes in merged.items()
            ]
            self._known[key] = _Sum(
                len(merged) // FIELDS_AN_OBJECT + sum(of_field.objects for of_field in found),
                sum(of_field.work for of_field in found),
            )
        return self._known[key]

    def _of_field(self, parent: GraphQLNamedType, nodes: list[FieldNode], page: int | None) -> _Sum:
        """The cost of fields that are merged into one, with all that is below."""
        node = nodes[0]
        field = self._schema.get_field(parent, node.name.value)  # type: ignore[arg-type]
        if field is None:
            return _Sum(0, 0)
        declared = _declared(parent, node.name.value, field)
        self.slow = self.slow or self._holds(declared.derived, field, node)
        self.awaits = self.awaits or self._holds(declared.awaits, field, node)
        self.needs_index = self.needs_index or declared.needs_index
        work = declared.weight
        for argument in node.arguments or ():
            work += CONDITION * self._conditions.of(argument.value).conditions
        kind = get_named_type(field.type)
        if not is_composite_type(kind):
            return _Sum(0, work)
        size = self._asked_size(declared, field, node)
        below = tuple(found.selection_set for found in nodes if found.selection_set)
        if not is_list_type(get_nullable_type(field.type)):
            one = self.of_object(kind, below, declared.size if size is None else size)
            return _Sum(1 + one.objects, work + one.work)
        if size is None and page is not None and not declared.sliced_by:
            size = page * (1 if declared.size is None else declared.size)
        elif size is None:
            size = LIST_SIZE if declared.size is None else declared.size
        if not size:
            return _Sum(0, work)
        one = self.of_object(kind, below, None)
        return _Sum(size * (1 + one.objects), work + size * one.work)

    def _asked_size(self, declared: FieldCost, field: GraphQLField, node: FieldNode) -> int | None:
        """The number of items that the arguments give, or None."""
        if not declared.sliced_by:
            return None
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        sizes = []
        for name in declared.sliced_by:
            value = self._integer(given[name]) if name in given else _UNSET
            if value is _UNSET and name in field.args:
                value = field.args[name].default_value
            if isinstance(value, int):
                sizes.append(value)
        if not sizes:
            return None
        size = max(0, min(max(sizes), MAX_PAGE_SIZE if declared.most is None else declared.most))
        if declared.most is None:
            self.page = max(self.page, size)
        return size

    def _integer(self, value: ValueNode) -> object:
        """The integer that a literal or variable stands for; _UNSET where the variable has no value."""
        if isinstance(value, VariableNode):
            return self._variables.get(value.name.value, _UNSET)
        return int(value.value) if isinstance(value, IntValueNode) else None

    def _holds(self, told: Told, field: GraphQLField, node: FieldNode) -> bool:
        if not callable(told):
            return told
        try:
            arguments = get_argument_values(field, node, VariableValues({}, dict(self._variables)))
        except GraphQLError:  # the field will fail with it
            return False
        return told(arguments)

    def _fields(
        self, kind: GraphQLNamedType, selected: tuple[SelectionSetNode, ...]
    ) -> Iterator[tuple[GraphQLNamedType, FieldNode]]:
        """The fields that are selected in one place, each with the type that it is selected on."""
        met = set[str]()
        pending = [(kind, selection_set) for selection_set in reversed(selected)]
        while pending:
            parent, selection_set = pending.pop()
            for node in selection_set.selections:
                if node.directives and not self._is_included(node):
                    continue
                if isinstance(node, FieldNode):
                    yield parent, node
                    continue
                fragment: Any = node
                if isinstance(node, FragmentSpreadNode):
                    fragment = self._fragments.get(node.name.value)
                    if fragment is None or node.name.value in met:
                        continue
                    met.add(node.name.value)
                condition = fragment.type_condition
                inner = self._schema.type_map.get(condition.name.value) if condition else parent
                if inner is not None:
                    pending.append((inner, fragment.selection_set))

    def _is_included(self, node: SelectionNode) -> bool:
        for directive in node.directives or ():
            wanted = {"include": True, "skip": False}.get(directive.name.value)
            for argument in directive.arguments or () if wanted is not None else ():
                if self._boolean(argument.value) is not wanted:
                    return False
        return True

    def _boolean(self, value: ValueNode) -> object:
        if isinstance(value, VariableNode):
            return self._variables.get(value.name.value)
        return value.value if isinstance(value, BooleanValueNode) else None


_UNSET = object()


def _declared(parent: GraphQLNamedType, name: str, field: GraphQLField) -> FieldCost:
    if parent.name.startswith("__"):
        return _INTROSPECTION.get(name, _UNDECLARED)
    definition = field.extensions.get("strawberry-definition")
    found = definition.metadata.get(FieldCost.KEY) if definition is not None else None
    return found if isinstance(found, FieldCost) else _UNDECLARED
