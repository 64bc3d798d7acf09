"""Which articles: filters, in the shape of the inputs that clients write."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import strawberry
from strawberry import UNSET

from ..knowledge import Where
from .errors import QueryError
from .ids import decode_id

_EQ = "Equals this."
_NE = "Is anything else, or is missing."
_IN = "Is one of these; an empty list matches no article."
_NOT_IN = "Is none of these, or is missing; an empty list matches every article."
_IS_NULL = "true: the value is missing. false: it is there."


def _operator(description: str, name: str | None = None) -> Any:
    return strawberry.field(default=UNSET, description=description, name=name)


@strawberry.input(description="Conditions on text; all must hold. No value is null: ask with `isNull`.")
class StringFilter:
    """Conditions on text."""

    eq: str | None = _operator(_EQ)
    ne: str | None = _operator(_NE)
    in_: list[str] | None = _operator(_IN, "in")
    not_in: list[str] | None = _operator(_NOT_IN)
    contains: str | None = _operator("Has this in it; case counts.")
    contains_ignore_case: str | None = _operator("Has this in it; case is ignored.")
    starts_with: str | None = _operator("Begins with this.")
    ends_with: str | None = _operator("Ends with this.")
    is_null: bool | None = _operator(_IS_NULL)


@strawberry.input(
    description="Conditions on a whole number; all must hold. No value is null: ask with `isNull`."
)
class IntFilter:
    """Conditions on a whole number."""

    eq: int | None = _operator(_EQ)
    ne: int | None = _operator(_NE)
    in_: list[int] | None = _operator(_IN, "in")
    not_in: list[int] | None = _operator(_NOT_IN)
    gt: int | None = _operator("Is greater.")
    gte: int | None = _operator("Is greater or equal.")
    lt: int | None = _operator("Is less.")
    lte: int | None = _operator("Is less or equal.")
    is_null: bool | None = _operator(_IS_NULL)


@strawberry.input(description="Conditions on a number; all must hold. No value is null: ask with `isNull`.")
class FloatFilter:
    """Conditions on a number."""

    eq: float | None = _operator(_EQ)
    ne: float | None = _operator(_NE)
    in_: list[float] | None = _operator(_IN, "in")
    not_in: list[float] | None = _operator(_NOT_IN)
    gt: float | None = _operator("Is greater.")
    gte: float | None = _operator("Is greater or equal.")
    lt: float | None = _operator("Is less.")
    lte: float | None = _operator("Is less or equal.")
    is_null: bool | None = _operator(_IS_NULL)


@strawberry.input(description="Conditions on a date; all must hold. No value is null: ask with `isNull`.")
class DateFilter:
    """Conditions on a date."""

    eq: datetime.date | None = _operator(_EQ)
    ne: datetime.date | None = _operator(_NE)
    in_: list[datetime.date] | None = _operator(_IN, "in")
    not_in: list[datetime.date] | None = _operator(_NOT_IN)
    gt: datetime.date | None = _operator("Is later.")
    gte: datetime.date | None = _operator("Is this day or later.")
    lt: datetime.date | None = _operator("Is earlier.")
    lte: datetime.date | None = _operator("Is this day or earlier.")
    is_null: bool | None = _operator(_IS_NULL)


@strawberry.input(
    description="Which articles. Conditions side by side must all hold; {} matches every article. An "
    "operator never matches a missing value, except `ne`, `notIn` and `not`."
)
class ArticleFilter:
    """Which articles."""

    and_: list[ArticleFilter] | None = _operator("All of these hold; of none, every article matches.", "and")
    or_: list[ArticleFilter] | None = _operator("One of these holds; of none, no article matches.", "or")
    not_: ArticleFilter | None = _operator("This does not hold.", "not")
    url: StringFilter | None = _operator("The url.")
    title: StringFilter | None = _operator("The title.")
    subject: StringFilter | None = _operator("The subject's name; case is ignored.")
    author: StringFilter | None = _operator("The author.")
    keyword: StringFilter | None = _operator(
        "The keywords; case is ignored. One of them must satisfy an operator; `ne` and `notIn` mean none."
    )
    number: IntFilter | None = _operator("The `id` of the front matter.")
    date: DateFilter | None = _operator("The date.")
    score: FloatFilter | None = _operator("The front matter's score.")
    no_index: bool | None = _operator("Whether search engines are asked to pass the article over.")
    in_degree: IntFilter | None = _operator("How many articles link to it.")
    out_degree: IntFilter | None = _operator("How many articles it links to.")
    is_orphan: bool | None = _operator("Whether no article links to it.")
    is_dead_end: bool | None = _operator("Whether it links to no article.")
    is_isolated: bool | None = _operator("Whether no link leads to it or from it.")
    has_dangling_references: bool | None = _operator("Whether a reference of its front matter leads nowhere.")
    has_problems: bool | None = _operator("Whether something is wrong with its file.")
    component: strawberry.ID | None = _operator("In the component with this global id, weak or strong.")
    community: strawberry.ID | None = _operator("In the community with this global id.")


WhereArgument = Annotated[
    ArticleFilter | None, strawberry.argument(description="Only articles that match. Null means all.")
]


def where_of(given: ArticleFilter | None) -> Where:
    """A filter as the graph takes it: a mapping by the names that clients write."""
    return {} if given is None else _mapping(given, "where")


def _mapping(given: Any, path: str) -> dict[str, Any]:
    fields = given.__strawberry_definition__.fields
    values = ((_name(field), getattr(given, field.python_name)) for field in fields)
    return {name: _value(name, value, f"{path}.{name}") for name, value in values if value is not UNSET}


def _value(name: str, value: Any, path: str) -> Any:
    if hasattr(value, "__strawberry_definition__"):
        return _mapping(value, path)
    if isinstance(value, list):
        return [_value("", item, f"{path}[{place}]") for place, item in enumerate(value)]
    if name in ("component", "community") and value is not None:
        return _group_key(name, value, path)
    return value


def _name(field: Any) -> str:
    if field.graphql_name is not None:
        return str(field.graphql_name)
    first, *others = str(field.python_name).split("_")
    return first + "".join(word.capitalize() for word in others)


def _group_key(name: str, identifier: str, path: str) -> str:
    kind, key = decode_id(identifier, path)
    if kind != name.capitalize():
        raise QueryError("INVALID_ID", f"{path} must be the id of a {name}, got another type's: {kind}")
    return key
