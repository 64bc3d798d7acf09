"""In which order articles come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from .enums import ArticleOrderField, OrderDirection
from .errors import QueryError

MAX_KEYS = 20


@strawberry.input(description="A field to order by, and which end comes first.")
class ArticleOrder:
    """A field to order by, and which end comes first."""

    field: ArticleOrderField = strawberry.field(description="The field.")
    direction: OrderDirection | None = strawberry.field(
        default=OrderDirection.ASC, description="Which end comes first."
    )


OrderBy = Annotated[
    list[ArticleOrder] | None,
    strawberry.argument(
        description=f"At most {MAX_KEYS} keys. The first decides, the next ones decide ties, and the url "
        "decides the rest."
    ),
]


def order_of(
    given: list[ArticleOrder] | None,
) -> tuple[tuple[ArticleOrderField, OrderDirection], ...]:
    """An order as the graph takes it."""
    keys = given or []
    if len(keys) > MAX_KEYS:
        raise QueryError("BAD_USER_INPUT", f"orderBy takes at most {MAX_KEYS} keys, got {len(keys)}")
    return tuple((key.field, key.direction or OrderDirection.ASC) for key in keys)


def needs_measure(arguments: Mapping[str, Any]) -> bool:
    """Whether a connection's arguments ask for PageRank, a component or a community."""
    return any(key["field"] is ArticleOrderField.PAGERANK for key in arguments.get("orderBy") or ()) or (
        _names_group(arguments.get("where"))
    )


def _names_group(where: Any) -> bool:
    parts = [where]
    while parts:
        part = parts.pop()
        if isinstance(part, list):
            parts += part
        elif isinstance(part, Mapping):
            if "component" in part or "community" in part:
                return True
            parts += part.values()
    return False
