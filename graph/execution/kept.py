"""Parts of answers that are kept between requests, within a bound."""

from __future__ import annotations

import threading
from collections import deque
from typing import Any

__all__ = ["Kept", "Sought", "Table"]

OVERHEAD = 200
"""Bytes that a part takes besides its own: its entry in a table, its place in the order, objects' heads."""

RECENT = 1024
"""Among how many of the latest a part must have been asked for before, where not all are worth keeping."""

Table = dict[Any, Any]
"""The parts of one kind that are kept, by what they are about."""


class Kept:
    """Remembers parts of answers; where they take more than a bound, the oldest go.

    The oldest rather than the longest unused: noting each use would cost more than many of the parts do.

    Parameters
    ----------
    limit
        Bytes that all parts may take together, with what holds them. 0 keeps nothing.
    largest
        Bytes of the largest part that is kept: one that is larger would drive out too many others.
    """

    def __init__(self, limit: int, largest: int) -> None:
        self.limit = limit
        self.size = 0
        """Bytes that they take now."""
        self._largest = min(largest, limit - OVERHEAD)
        self._order: deque[tuple[Table, Any, int]] = deque()
        self._changing = threading.Lock()

    def keep(self, table: Table, key: Any, part: Any, size: int) -> None:
        """Remember a part of so many bytes under a key in its table."""
        if size > self._largest:
            return
        with self._changing:
            if key in table:  # another thread made it too
                return
            table[key] = part
            self._order.append((table, key, size))
            self.size += size + OVERHEAD
            while self.size > self.limit:
                oldest, its_key, its_size = self._order.popleft()
                del oldest[its_key]
                self.size -= its_size + OVERHEAD


class Sought:
    """Parts that are large and many, so that only those are kept that are asked for again before long.

    Parameters
    ----------
    kept
        Where they are kept.
    """

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._recent = set[Any]()
        self.table: Table = {}
        """Those that are kept."""

    def is_wanted(self, key: Any) -> bool:
        """Whether a part that is not kept should be: it was asked for lately. Notes that it is now."""
        if key in self._recent:
            return self._kept.limit > 0
        if len(self._recent) >= RECENT:
            self._recent.clear()
        self._recent.add(key)
        return False

    def keep(self, key: Any, part: Any, size: int) -> None:
        """Remember a part."""
        self._kept.keep(self.table, key, part, size)
