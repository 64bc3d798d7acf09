"""Values in a document that do not fit their place: the error names the argument and what would be right."""

from __future__ import annotations

import re
from typing import Any

from graphql import (
    ArgumentNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLInputType,
    ValueNode,
    VariableDefinitionNode,
)
from graphql.language.visitor import SKIP, VisitorAction
from graphql.utilities import validate_input_literal
from graphql.validation import ValuesOfCorrectTypeRule

__all__ = ["NamedValuesRule"]

_UNKNOWN_ENUM_VALUE = re.compile(r"does not exist in '(\w+)' enum\.$")


class NamedValuesRule(ValuesOfCorrectTypeRule):
    """graphql-core's rule, whose messages do not say which of many arguments is meant."""

    _place = ""

    def enter_argument(self, node: ArgumentNode, *_: Any) -> None:
        """Note the argument whose value follows."""
        self._place = node.name.value

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> None:
        """Note the variable whose default may follow."""
        self._place = f"${node.variable.name.value}"

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        """Report what is wrong with a value, with its place."""

        def on_error(error: GraphQLError, path: list[str | int]) -> None:
            place = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
            message = f"{self._place}{place}: {error.message}{self._known(error.message)}"
            self.report_error(GraphQLError(message, error.nodes, original_error=error.original_error))

        if input_type:
            validate_input_literal(node, input_type, on_error, None, None, self.context.hide_suggestions)
        return SKIP

    def _known(self, message: str) -> str:
        """The values of an enum that does not have the one given."""
        found = _UNKNOWN_ENUM_VALUE.search(message)
        if found is None or self.context.hide_suggestions:
            return ""
        kind = self.context.schema.get_type(found[1])
        assert isinstance(kind, GraphQLEnumType)
        return f" It has {', '.join(kind.values)}."
