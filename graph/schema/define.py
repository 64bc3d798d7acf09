"""Decorators that define schema types: a docstring is the description that clients read."""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, TypeVar, dataclass_transform, overload

import strawberry

T = TypeVar("T")
C = TypeVar("C", bound=type)


Told = bool | Callable[[Mapping[str, Any]], bool]


@dataclass(frozen=True, slots=True)
class FieldCost:
    """What a field can cost, told without the data.

    Parameters
    ----------
    size
        Items assumed where no slicing argument gives their number. A field that gives one object (a
        connection, a subgraph) passes its size on to the lists directly in that object; such a list is as
        long as that, times its own `size` where it declares one, unless it has a slicing argument itself.
    sliced_by
        Names of the arguments, as in GraphQL, that give the number of items; of several, the largest counts.
    most
        The largest number that the resolver takes for a slicing argument; None for the page size.
    weight
        What the field itself costs for each object that it stands on, in objects; for heavy leaves.
    derived
        Whether it needs a measure that is computed once per graph, or another long computation, which must
        not hold the event loop. A function is asked with the coerced arguments, by their names in GraphQL.
    awaits
        Whether it needs what a server computes in the background when it has started, so that the operation
        should wait for that without a thread, and answers that change when it is there. A function is asked
        as that of `derived`.
    needs_index
        Whether it needs the search index, which it waits for likewise; its answers do not change.
    """

    size: int | None = None
    sliced_by: tuple[str, ...] = ()
    most: int | None = None
    weight: int = 0
    derived: Told = False
    awaits: Told = False
    needs_index: bool = False

    KEY: ClassVar[str] = "cost"
    """Where it stands in a Strawberry field's metadata."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Where an article's field stands in the graph's columns: its resolver need not be called.

    The resolver stays the definition: what is stored is what it gives, which a test holds.

    Parameters
    ----------
    column
        The name of the column that holds the value; that of ``subject`` holds which subject it is.
    links
        The links whose other ends the field lists, cut by its arguments `first` and `offset`.
    key
        The argument that holds the url of the article that the field gives; it is null where there is none.
    """

    column: str | None = None
    links: Literal["outgoing", "incoming"] | None = None
    key: str | None = None

    KEY: ClassVar[str] = "stored"
    """Where it stands in a Strawberry field's metadata."""


@overload
def schema_field(resolver: Callable[..., T]) -> T: ...


@overload
def schema_field(
    *,
    size: int | None = None,
    sliced_by: Sequence[str] = (),
    most: int | None = None,
    weight: int = 0,
    derived: Told = False,
    awaits: Told = False,
    needs_index: bool = False,
    stored: Stored | None = None,
) -> Callable[[Callable[..., T]], T]: ...


def schema_field(
    resolver: Callable[..., T] | None = None,
    *,
    size: int | None = None,
    sliced_by: Sequence[str] = (),
    most: int | None = None,
    weight: int = 0,
    derived: Told = False,
    awaits: Told = False,
    needs_index: bool = False,
    stored: Stored | None = None,
) -> T | Callable[[Callable[..., T]], T]:
    """Make a method a field of its type; what it can cost is told as `FieldCost` says."""
    metadata: dict[str, object] = {
        FieldCost.KEY: FieldCost(size, tuple(sliced_by), most, weight, derived, awaits, needs_index)
    }
    if stored is not None:
        metadata[Stored.KEY] = stored

    def define(resolver: Callable[..., T]) -> T:
        made: Any = strawberry.field(resolver=resolver, description=_description(resolver), metadata=metadata)
        for argument in made.base_resolver.arguments:
            if argument.default is None:  # it may be left out; null is not its value then
                argument.default = strawberry.UNSET
        return made  # type: ignore[no-any-return]

    return define if resolver is None else define(resolver)


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
