"""How deep the values of arguments are, and how many conditions they hold."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from graphql import ListValueNode, ObjectValueNode, VariableNode

__all__ = ["Conditions", "Extent"]

VALUES_A_CONDITION = 50
"""How many plain values in a list count as one condition: `in` looks its values up in one set."""

_OBJECTS = (ObjectValueNode, dict)
_LISTS = (ListValueNode, list)
_COMPOSITE = (*_OBJECTS, *_LISTS, VariableNode)


class Extent(NamedTuple):
    """Levels of objects in a value, and its conditions; a plain value has neither."""

    depth: int = 0
    conditions: int = 0


class Conditions:
    """Measures the values of arguments, each variable once.

    Parameters
    ----------
    variables
        Values of variables: as they came, coerced, or as literals.
    most
        Counting stops where a value has more conditions than this.
    """

    def __init__(self, variables: Mapping[str, object], most: int) -> None:
        self._variables = variables
        self._most = most
        self._measured: dict[str, Extent] = {}

    def of(self, value: object) -> Extent:
        """Measure a literal or a JSON value.

        Returns
        -------
        Extent
            A list in a list is a level as an object is. Each plain value is a condition, where of a list of
            such 50 are one; an empty object or list is one, too. A variable is what its value is.
        """
        if not isinstance(value, _COMPOSITE):
            return Extent()
        deepest, conditions = 0, 0
        pending = [(value, 0)]
        while pending:
            current, depth = pending.pop()
            if isinstance(current, VariableNode):
                found = self._of_variable(current.name.value)
                deepest = max(deepest, depth + found.depth)
                conditions += found.conditions or current is not value
                continue
            members = _members(current)
            composite = [member for member in members if isinstance(member, _COMPOSITE)]
            plain = len(members) - len(composite)
            is_list = isinstance(current, _LISTS)
            deepest = max(deepest, depth := depth + (not is_list))
            conditions += -(-plain // VALUES_A_CONDITION) if is_list else plain
            conditions += not members
            if conditions + len(composite) > self._most:  # each of them holds one at least
                return Extent(deepest, conditions + len(composite))
            pending += [(item, depth + (is_list and isinstance(item, _LISTS))) for item in composite]
        return Extent(deepest, conditions)

    def _of_variable(self, name: str) -> Extent:
        if name not in self._measured:
            self._measured[name] = self.of(self._variables.get(name))
        return self._measured[name]


def _members(value: object) -> Sequence[object]:
    if isinstance(value, ObjectValueNode):
        return [field.value for field in value.fields]
    if isinstance(value, ListValueNode):
        return value.values
    return list(value.values()) if isinstance(value, dict) else value  # type: ignore[return-value]
