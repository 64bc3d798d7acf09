"""The values of an operation's variables, and of the arguments that they are used in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLInputType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    VariableDefinitionNode,
    VariableNode,
    get_nullable_type,
    is_non_null_type,
    type_from_ast,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from graphql.pyutils import Undefined
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal

__all__ = ["PLAIN", "Arguments", "Values", "Variables", "variables_in"]

_MAX_ERRORS = 50
PLAIN = {"String": str, "ID": str, "Boolean": bool, "Int": int, "Float": float}
"""The type that values of a scalar have in JSON, where they mean themselves."""
_WIDE = 2**31


class Values:
    """The values that one request gives the variables.

    Parameters
    ----------
    coerced
        By name; a variable that has neither a value nor a default is left out.
    sources
        Makes what graphql-core wants to know besides.
    """

    __slots__ = ("_full", "_make", "coerced")

    def __init__(self, coerced: dict[str, Any], full: Callable[[], VariableValues]) -> None:
        self.coerced = coerced
        self._make = full
        self._full: VariableValues | None = None

    @property
    def full(self) -> VariableValues:
        """The same with where each came from."""
        if self._full is None:
            self._full = self._make()
        return self._full


class _Variable:
    """One variable that has a plain type."""

    __slots__ = ("default", "is_required", "kind", "name")

    def __init__(self, name: str, kind: type, default: Any, *, is_required: bool) -> None:
        self.name = name
        self.kind = kind
        self.default = default
        self.is_required = is_required


class Variables:
    """The variables of an operation.

    Parameters
    ----------
    schema
        The schema.
    operation
        A valid operation.
    hide_suggestions
        Whether errors must not say what was perhaps meant.
    """

    def __init__(
        self, schema: GraphQLSchema, operation: OperationDefinitionNode, *, hide_suggestions: bool
    ) -> None:
        self._schema = schema
        self._definitions = operation.variable_definitions or ()
        self._hide_suggestions = hide_suggestions
        plain = [self._plain(definition) for definition in self._definitions]
        self._plain_ones = [variable for variable in plain if variable is not None]
        self._are_plain = len(self._plain_ones) == len(plain)

    def coerce(self, raw: Mapping[str, Any] | None) -> Values | list[GraphQLError]:
        """Coerce what a request gives, or say what is wrong with it."""
        given = raw or {}
        coerced = self._coerce_plain(given) if self._are_plain else None
        if coerced is not None:
            return Values(coerced, lambda: self._coerce(given))  # type: ignore[arg-type, return-value]
        full = self._coerce(given)
        return full if isinstance(full, list) else Values(full.coerced, lambda: full)

    def _coerce(self, given: Mapping[str, Any]) -> VariableValues | list[GraphQLError]:
        return get_variable_values(
            self._schema,
            self._definitions,
            dict(given),
            max_errors=_MAX_ERRORS,
            hide_suggestions=self._hide_suggestions,
        )

    def _coerce_plain(self, given: Mapping[str, Any]) -> dict[str, Any] | None:
        """The values, where each means itself; None leaves them to graphql-core."""
        coerced: dict[str, Any] = {}
        for variable in self._plain_ones:
            value = given.get(variable.name, Undefined)
            if value is Undefined:
                if variable.default is not Undefined:
                    coerced[variable.name] = variable.default
                elif variable.is_required:
                    return None
                continue
            if value is None:
                if variable.is_required:
                    return None
            elif type(value) is not variable.kind or (type(value) is int and not -_WIDE <= value < _WIDE):
                return None
            coerced[variable.name] = value
        return coerced

    def _plain(self, definition: VariableDefinitionNode) -> _Variable | None:
        kind: Any = type_from_ast(self._schema, definition.type)
        plain = PLAIN.get(str(get_nullable_type(kind)))
        if plain is None:
            return None
        name = definition.variable.name.value
        default: Any = Undefined
        if definition.default_value is not None:
            alone = get_variable_values(self._schema, [definition], {})
            if isinstance(alone, list) or name not in alone.coerced:
                return None
            default = alone.coerced[name]
        return _Variable(name, plain, default, is_required=is_non_null_type(kind))


def variables_in(node: Node) -> Iterator[str]:
    """The names of the variables in a part of a document, as often as they stand there."""
    pending: list[Node] = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, VariableNode):
            yield current.name.value
            continue
        for key in current.keys:
            member = getattr(current, key, None)
            if isinstance(member, Node):
                pending.append(member)
            elif isinstance(member, list | tuple):
                pending += [item for item in member if isinstance(item, Node)]


class Arguments:
    """The arguments of one field of an operation, coerced.

    Parameters
    ----------
    field
        The field's definition.
    node
        The field as it stands in the document.
    hide_suggestions
        Whether errors must not say what was perhaps meant.
    """

    def __init__(self, field: GraphQLField, node: FieldNode, *, hide_suggestions: bool) -> None:
        self._field = field
        self._node = node
        self._hide_suggestions = hide_suggestions
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        self.variables = frozenset(name for value in given.values() for name in variables_in(value))
        self._steps = self._plain(given)

    def variable(self, name: str) -> str | None:
        """The variable that is an argument's value by itself, if it is one of a plain type."""
        return next((step[1] for step in self._steps or () if step[0] == name), None)

    def of(self, values: Values) -> dict[str, Any]:
        """The arguments' values, by their names in GraphQL.

        Raises
        ------
        GraphQLError
            Where a variable's value does not fit an argument.
        """
        if self._steps is None:
            return get_argument_values(self._field, self._node, values.full, None, self._hide_suggestions)
        coerced = values.coerced
        found: dict[str, Any] = {}
        for name, variable, kind, otherwise in self._steps:
            value = otherwise if variable is None else coerced.get(variable, otherwise)
            if value is Undefined:
                continue
            if value is None and is_non_null_type(kind):
                return get_argument_values(self._field, self._node, values.full, None, self._hide_suggestions)
            found[name] = value
        return found

    def _plain(self, given: Mapping[str, Any]) -> list[tuple[str, str | None, GraphQLInputType, Any]] | None:
        """How to find each argument's value without graphql-core; None where that is not plain.

        For each its name, the variable that it is, its type, and its value where there is no variable or it
        has no value.
        """
        steps: list[tuple[str, str | None, GraphQLInputType, Any]] = []
        for name, argument in self._field.args.items():
            if argument.out_name not in (None, name):
                return None
            node = given.get(name)
            otherwise = coerce_default_value(argument)
            variable = None
            if isinstance(node, VariableNode):
                if str(get_nullable_type(argument.type)) not in PLAIN:
                    return None
                variable = node.name.value
            elif node is not None:
                otherwise = (
                    Undefined if any(variables_in(node)) else coerce_input_literal(node, argument.type)
                )
                if otherwise is Undefined:
                    return None
            elif otherwise is Undefined and is_non_null_type(argument.type):
                return None
            steps.append((name, variable, argument.type, otherwise))
        return steps
