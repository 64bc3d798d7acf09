"""Which fields stand under which response names in one place, so that generated fields can be merged."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from graphql import GraphQLField, GraphQLNamedType, is_object_type

from .values import literal


@dataclass(frozen=True, slots=True)
class Entry:
    """A field as it was asked for, with the type that it was asked of."""

    parent: GraphQLNamedType
    name: str
    definition: GraphQLField
    arguments: dict[str, Any]
    page: int = 0
    """How many items a list below it can have, as it was guessed."""

    @property
    def asked(self) -> tuple[str, str]:
        """What decides, with the parent, whether it can be merged with another field."""
        return self.name, literal(dict(sorted(self.arguments.items())))

    def clashes(self, other: Entry) -> bool:
        """Whether the two cannot stand under one response name."""
        if str(self.definition.type) != str(other.definition.type):
            return True
        apart = (
            self.parent is not other.parent and is_object_type(self.parent) and is_object_type(other.parent)
        )
        return not apart and self.asked != other.asked


@dataclass(slots=True)
class Place:
    """What is selected in one place of a response."""

    entries: dict[str, list[Entry]] = field(default_factory=dict)
    below: dict[str, Place] = field(default_factory=dict)

    def takes(self, response_name: str, entry: Entry) -> bool:
        """Whether a field can stand here under a name."""
        return not any(entry.clashes(other) for other in self.entries.get(response_name, ()))

    def add(self, response_name: str, entry: Entry) -> Place:
        """Note a field; return the place below it."""
        known = self.entries.setdefault(response_name, [])
        if not any(other.parent is entry.parent for other in known):
            known.append(entry)
        return self.below.setdefault(response_name, Place())

    def takes_all(self, other: Place) -> bool:
        """Whether all that is selected in another place can stand here too."""
        return all(
            self.takes(name, entry) for name, entries in other.entries.items() for entry in entries
        ) and all(
            self.below[name].takes_all(inner) for name, inner in other.below.items() if name in self.below
        )

    def add_all(self, other: Place) -> None:
        """Note all that is selected in another place."""
        for name, entries in other.entries.items():
            for entry in entries:
                self.add(name, entry)
        for name, inner in other.below.items():
            self.below.setdefault(name, Place()).add_all(inner)
