"""Cursor connections as Relay specifies them, over sequences in a known order."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import orjson
import strawberry

from .define import object_type
from .errors import QueryError, check_range

PAGE_SIZE = 20
MAX_PAGE_SIZE = 500

T = TypeVar("T")
C = TypeVar("C")

First: TypeAlias = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many to give from the start of the range: 0 to {MAX_PAGE_SIZE}. With neither "
        f"`first` nor `last`, {PAGE_SIZE}. 0 gives counts without nodes."
    ),
]
After: TypeAlias = Annotated[
    str | None, strawberry.argument(description="Give what follows this cursor (a page's `endCursor`).")
]
Last: TypeAlias = Annotated[
    int | None,
    strawberry.argument(
        description=f"How many to give from the end of the range, in the same order: 0 to {MAX_PAGE_SIZE}. "
        "Not together with `first`."
    ),
]
Before: TypeAlias = Annotated[
    str | None,
    strawberry.argument(description="Give what comes before this cursor (a page's `startCursor`)."),
]


@object_type
class PageInfo:
    """Where a page lies in its list."""

    has_next_page: bool = strawberry.field(description="Whether the list goes on after this page.")
    has_previous_page: bool = strawberry.field(description="Whether the list has anything before this page.")
    start_cursor: str | None = strawberry.field(
        description="Cursor of the page's first item; null where the page is empty."
    )
    end_cursor: str | None = strawberry.field(
        description="Cursor of the page's last item; null where the page is empty."
    )


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some items of a list in order, each with its cursor."""

    total: int
    items: Sequence[T]
    cursors: list[str]
    info: PageInfo


class Ordered(Generic[T]):
    """A sequence in the order of a key, with a cursor for each item.

    A cursor holds the name of the order and the item's key. The key is looked up by bisection, so a cursor
    stays valid when its item, or any other, comes or goes with a reload.

    Parameters
    ----------
    items
        The sequence, ascending by key.
    name
        Names the order; a cursor of another one is refused.
    key
        An item's key: unique, of JSON values.
    kinds
        The types that each part of the key may have.
    comparable
        Makes of a key what sorts as the items do; the key itself by default.
    version
        Where keys are computed anew with each version of the graph: that version. A cursor of another one
        is stale.
    """

    def __init__(
        self,
        items: Sequence[T],
        name: str,
        key: Callable[[T], tuple[Any, ...]],
        kinds: tuple[tuple[type, ...], ...],
        *,
        comparable: Callable[[tuple[Any, ...]], tuple[Any, ...]] = tuple,
        version: str | None = None,
    ) -> None:
        self.items = items
        self._head = [name] if version is None else [name, version]
        self._key = key
        self._kinds = kinds
        self._comparable = comparable

    def cursor(self, item: T) -> str:
        """The cursor of an item."""
        return base64.urlsafe_b64encode(orjson.dumps([*self._head, *self._key(item)])).decode().rstrip("=")

    def page(
        self, first: int | None, after: str | None, last: int | None = None, before: str | None = None
    ) -> Page[T]:
        """Cut a page out, as the Relay specification's algorithm does.

        Raises
        ------
        QueryError
            BAD_USER_INPUT where `first` or `last` is out of range or both are given; INVALID_CURSOR;
            STALE_CURSOR.
        """
        start = 0 if after is None else self._place(bisect_right, "after", after)
        stop = len(self.items)
        if before is not None:
            stop = max(start, self._place(bisect_left, "before", before))
        if first is not None and last is not None:
            raise QueryError("BAD_USER_INPUT", "first and last cannot be used together; give one of them")
        if last is not None:
            start = max(start, stop - check_range("last", last, 0, MAX_PAGE_SIZE))
        else:
            size = PAGE_SIZE if first is None else check_range("first", first, 0, MAX_PAGE_SIZE)
            stop = min(stop, start + size)
        items = self.items[start:stop]
        cursors = [self.cursor(item) for item in items]
        info = PageInfo(
            has_next_page=stop < len(self.items),
            has_previous_page=start > 0,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )
        return Page(len(self.items), items, cursors, info)

    def _place(self, bisect: Callable[..., int], argument: str, cursor: str) -> int:
        key = self._comparable(self._parse(argument, cursor))
        return bisect(self.items, key, key=lambda item: self._comparable(self._key(item)))

    def _parse(self, argument: str, cursor: str) -> tuple[Any, ...]:
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            parts = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        except (ValueError, binascii.Error):
            parts = None
        size = len(self._head)
        if isinstance(parts, list) and parts[:1] == self._head[:1] and self._fits(parts[size:]):
            if parts[:size] != self._head:
                raise QueryError(
                    "STALE_CURSOR",
                    f"{argument} is a cursor of an order that was computed anew since; begin without it",
                )
            return tuple(parts[size:])
        raise QueryError(
            "INVALID_CURSOR",
            f"{argument} must be a cursor of a list in the same order; begin without it",
        )

    def _fits(self, parts: list[Any]) -> bool:
        return len(parts) == len(self._kinds) and all(
            type(part) in kinds for part, kinds in zip(parts, self._kinds, strict=True)
        )


def connect(connection: type[C], edge: type[Any], page: Page[T], node: Callable[[T], Any], **more: Any) -> C:
    """Make a connection of a page.

    Parameters
    ----------
    connection, edge
        The types, with the fields that Relay's specification names, and `totalCount` and `nodes`.
    page
        The page.
    node
        Makes the schema's object of an item.
    more
        What else the connection holds.
    """
    nodes = [node(item) for item in page.items]
    edges = [edge(cursor=cursor, node=made) for cursor, made in zip(page.cursors, nodes, strict=True)]
    return connection(total_count=page.total, nodes=nodes, edges=edges, page_info=page.info, **more)  # type: ignore[call-arg]
