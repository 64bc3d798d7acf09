"""Cursor connections as Relay specifies them, over sequences in a known order."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeAlias, TypeVar

import orjson
import strawberry

from .define import object_type
from .errors import QueryError, check_range

PAGE_SIZE = 20
MAX_PAGE_SIZE = 500

T = TypeVar("T")

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
        The types of the key's parts.
    """

    def __init__(
        self, items: Sequence[T], name: str, key: Callable[[T], tuple[Any, ...]], kinds: tuple[type, ...]
    ) -> None:
        self.items = items
        self._name = name
        self._key = key
        self._kinds = kinds

    def cursor(self, item: T) -> str:
        """The cursor of an item."""
        return base64.urlsafe_b64encode(orjson.dumps([self._name, *self._key(item)])).decode().rstrip("=")

    def page(
        self, first: int | None, after: str | None, last: int | None = None, before: str | None = None
    ) -> tuple[Sequence[T], PageInfo]:
        """Cut a page out, as the Relay specification's algorithm does.

        Raises
        ------
        QueryError
            BAD_USER_INPUT where `first` or `last` is out of range or both are given; INVALID_CURSOR.
        """
        start = 0 if after is None else bisect_right(self.items, self._parse("after", after), key=self._key)
        stop = len(self.items)
        if before is not None:
            stop = max(start, bisect_left(self.items, self._parse("before", before), key=self._key))
        if first is not None and last is not None:
            raise QueryError("BAD_USER_INPUT", "first and last cannot be used together; give one of them")
        if last is not None:
            start = max(start, stop - check_range("last", last, 0, MAX_PAGE_SIZE))
        else:
            size = PAGE_SIZE if first is None else check_range("first", first, 0, MAX_PAGE_SIZE)
            stop = min(stop, start + size)
        page = self.items[start:stop]
        info = PageInfo(
            has_next_page=stop < len(self.items),
            has_previous_page=start > 0,
            start_cursor=self.cursor(page[0]) if page else None,
            end_cursor=self.cursor(page[-1]) if page else None,
        )
        return page, info

    def _parse(self, argument: str, cursor: str) -> tuple[Any, ...]:
        try:
            padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
            parts = orjson.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
            if isinstance(parts, list) and parts[0] == self._name and self._fits(parts[1:]):
                return tuple(parts[1:])
        except (ValueError, binascii.Error, IndexError):
            pass
        raise QueryError(
            "INVALID_CURSOR",
            f"{argument} must be a cursor of a list in the same order; begin without it",
        )

    def _fits(self, parts: list[Any]) -> bool:
        return len(parts) == len(self._kinds) and all(
            type(part) is kind for part, kind in zip(parts, self._kinds, strict=True)
        )
