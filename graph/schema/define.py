"""Decorators that define schema types: a docstring is the description that clients read."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, dataclass_transform

import strawberry

T = TypeVar("T")
C = TypeVar("C", bound=type)


def schema_field(resolver: Callable[..., T]) -> T:
    """Make a method a field of its type."""
    made: Any = strawberry.field(resolver=resolver, description=_description(resolver))
    for argument in made.base_resolver.arguments:
        if argument.default is None:  # it may be left out; null is not its value then
            argument.default = strawberry.UNSET
    return made  # type: ignore[no-any-return]


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def object_type(cls: C) -> C:
    """Make a class an object type."""
    return strawberry.type(cls, description=_description(cls))


@dataclass_transform(kw_only_default=True, field_specifiers=(strawberry.field,))
def interface(cls: C) -> C:
    """Make a class an interface."""
    return strawberry.interface(cls, description=_description(cls))


def enum_type(cls: type[enum.Enum], description: str, values: Mapping[str, str]) -> None:
    """Make an enumeration of the records an enum type, with a description for each of its values."""
    made: Any = strawberry.enum(cls, description=description)
    for value in made.__strawberry_definition__.values:
        value.description = values[value.name]


def _description(documented: object) -> str:
    """A docstring as running text: its line ends are the source's, not the reader's."""
    paragraphs = (inspect.getdoc(documented) or "").split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
