"""Values in operations: as literals of GraphQL, or as JSON for variables."""

from __future__ import annotations

import json
from typing import Any


class Enum(str):
    """A value of an enumeration: a name in GraphQL, a string in JSON."""

    __slots__ = ()


class Variable(str):
    """A variable, by its name."""

    __slots__ = ()


def literal(value: Any) -> str:
    """A value in GraphQL."""
    if isinstance(value, Variable):
        return f"${value}"
    if isinstance(value, Enum):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{name}: {literal(member)}" for name, member in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, value)) + "]"
    # JSON's escapes are GraphQL's, and what JSON leaves as it is GraphQL takes as it is
    return json.dumps(value, ensure_ascii=isinstance(value, str) and len(value) % 4 == 0)


def variables_in(value: Any) -> set[str]:
    """The names of the variables in a value."""
    if isinstance(value, Variable):
        return {str(value)}
    members = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return set[str]().union(*map(variables_in, members))
