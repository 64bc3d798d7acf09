"""What an operation selects on each type, with fragments written out and fields merged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
)
from graphql.execution.collect_fields import (
    FieldDetails,
    FragmentDetails,
    collect_fields,
    collect_subfields,
)

from ..schema.define import FieldCost, Stored
from .variables import Arguments, Values

__all__ = ["Selected", "Selecting"]


@dataclass(frozen=True, slots=True, eq=False)
class Selected:
    """One field that is selected on a type.

    Parameters
    ----------
    key
        Its response name.
    parent
        The type that it is selected on.
    field
        Its definition.
    definition
        What Strawberry knows of it; None for ``__typename``.
    details
        Where it stands in the document, once for each of the fields that are merged in it.
    arguments
        Its arguments.
    """

    key: str
    parent: GraphQLObjectType
    field: GraphQLField
    definition: Any
    details: list[FieldDetails]
    arguments: Arguments

    @property
    def name(self) -> str:
        """The field's name."""
        return self.details[0].node.name.value

    @property
    def nodes(self) -> list[FieldNode]:
        """Where it stands in the document."""
        return [detail.node for detail in self.details]

    @property
    def stored(self) -> Stored | None:
        """Where its values stand in the graph's columns, if they do."""
        found = self.definition.metadata.get(Stored.KEY) if self.definition else None
        return found if isinstance(found, Stored) else None

    @property
    def is_steady(self) -> bool:
        """Whether it gives the same as long as the graph is the same."""
        cost = self.definition.metadata.get(FieldCost.KEY) if self.definition else None
        return not (isinstance(cost, FieldCost) and cost.awaits)


class Selecting:
    """Collects the fields of one operation, whose directives have certain values.

    Parameters
    ----------
    schema
        The schema.
    fragments
        The document's fragments, by name.
    operation
        The operation.
    values
        The values of variables; only those in directives are looked at.
    hide_suggestions
        Whether errors must not say what was perhaps meant.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: dict[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
        values: Values,
        *,
        hide_suggestions: bool,
    ) -> None:
        self.schema = schema
        self.operation = operation
        self.hide_suggestions = hide_suggestions
        self._values = values
        self._fragments = {name: FragmentDetails(node) for name, node in fragments.items()}
        self._arguments: dict[tuple[str, int], Arguments] = {}

    def root(self, kind: GraphQLObjectType) -> list[Selected]:
        """The fields at the top."""
        found = collect_fields(
            self.schema,
            self._fragments,
            self._values.full,
            kind,
            self.operation,
            self.hide_suggestions,
        )
        return self._selected(kind, found.grouped_field_set)

    def below(self, kind: GraphQLObjectType, details: list[FieldDetails]) -> list[Selected]:
        """The fields that are selected in a field, where it gives an object of a type."""
        found = collect_subfields(
            self.schema,
            self._fragments,
            self._values.full,
            self.operation,
            kind,
            details,
            self.hide_suggestions,
        )
        return self._selected(kind, found.grouped_field_set)

    def _selected(self, kind: GraphQLObjectType, grouped: dict[str, list[FieldDetails]]) -> list[Selected]:
        selected = []
        for key, details in grouped.items():
            node = details[0].node
            field = self.schema.get_field(kind, node.name.value)
            if field is None:  # validation has refused it
                continue
            arguments = self._arguments.get((kind.name, id(node)))
            if arguments is None:
                arguments = Arguments(field, node, hide_suggestions=self.hide_suggestions)
                self._arguments[kind.name, id(node)] = arguments
            definition = field.extensions.get("strawberry-definition")
            selected.append(Selected(key, kind, field, definition, details, arguments))
        return selected
