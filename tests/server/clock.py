"""A clock that tests move on, in the place of the one that operations are timed by."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Collection, Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from graph.server import capacity, execution

PATIENCE = 20.0
"""Seconds, of the real clock, after which nobody will move this one any more."""
_LOOK = 0.005


class Clock:
    """The time of operations: it stands still until it is moved, however slow the machine is."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        self._due = 0.0
        known = SimpleNamespace(monotonic=lambda: self.now, sleep=time.sleep)
        for module in (capacity, execution):
            monkeypatch.setattr(module, "time", known)
        monkeypatch.setattr(capacity, "asyncio", SimpleNamespace(**{**vars(asyncio), "wait": self._wait}))

    @contextlib.contextmanager
    def moved(self, seconds: float) -> Iterator[None]:
        """Move it on as soon as an operation in the block waits for something."""
        self._due = seconds
        yield
        assert not self._due, "nothing was waited for"

    async def _wait(
        self,
        futures: Collection[asyncio.Future[Any]],
        *,
        timeout: float,
        return_when: str = asyncio.ALL_COMPLETED,
    ) -> tuple[set[asyncio.Future[Any]], set[asyncio.Future[Any]]]:
        end = self.now + timeout
        self.now, self._due = self.now + self._due, 0.0
        async with asyncio.timeout(PATIENCE):
            while True:
                done, pending = await asyncio.wait(futures, timeout=_LOOK, return_when=return_when)
                if done or self.now >= end:
                    return done, pending
