"""Threads for work that would hold the event loop, and how much of it may be under way."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from .errors import OVERLOADED, HTTPError
from .execution import Budget
from .request import DisconnectedError

SHORT_THREADS = 2
LONG_THREADS = 2
RETRY_AFTER = 1
"""Seconds after which a client that was turned away may come again."""

_LOOK = 0.05
"""Seconds after which an operation that waits looks again."""

T = TypeVar("T")


class Capacity:
    """Runs work in threads: a few at a time, some more that wait, and no others.

    Only one thread runs Python at a time, so more threads would answer no sooner. Short and long work wait
    apart: what takes milliseconds does not stand behind what takes seconds.

    Parameters
    ----------
    operations
        How much may be under way, running or waiting.
    """

    def __init__(self, operations: int) -> None:
        self._operations = operations
        self._short = ThreadPoolExecutor(SHORT_THREADS, "short")
        self._long = ThreadPoolExecutor(LONG_THREADS, "long")
        self.under_way = 0
        """How much is, now."""
        self.waiting = 0
        """How many operations wait for what others do."""
        self._counting = threading.Lock()

    async def run(
        self,
        work: Callable[[], T],
        budget: Budget,
        gone: Callable[[], Awaitable[None]],
        *,
        long: bool,
    ) -> T:
        """Run a function in a thread while the event loop goes on.

        Parameters
        ----------
        work
            The function. It looks at `budget` often: when that is ended, so is the work.
        budget
            What the work may use. Its time runs while the work waits.
        gone
            Awaited: ends when the client goes away.
        long
            Whether the work may take seconds.

        Raises
        ------
        HTTPError
            503 where too much is under way, or no thread came free in time.
        GraphQLError
            Where the deadline passed.
        DisconnectedError
            Where the client went away.
        """
        submitted = self._submit(work, self._long if long else self._short)
        result = asyncio.wrap_future(submitted)
        leaving = asyncio.ensure_future(gone())
        try:
            either: set[asyncio.Future[Any]] = {result, leaving}
            await asyncio.wait(either, timeout=budget.left, return_when=asyncio.FIRST_COMPLETED)
            if result.done():
                return result.result()
            if leaving.done():
                raise DisconnectedError from leaving.exception()
            if submitted.cancel():  # it still waits for a thread
                raise self._overloaded()
            budget.expire()
            budget.check()
            raise AssertionError("unreachable")  # pragma: no cover
        finally:
            leaving.cancel()
            if not result.done():
                result.cancel()
                budget.expire()  # nobody waits for it any more

    async def wait(
        self, is_ready: Callable[[], bool], seconds: float, gone: Callable[[], Awaitable[None]]
    ) -> None:
        """Let an operation wait for something that others do, at most so many seconds, without a thread.

        It takes no place of one that runs. Where as many wait as may run, it goes on at once.

        Raises
        ------
        DisconnectedError
            Where the client went away.
        """
        if self.waiting >= self._operations:
            return
        self.waiting += 1
        leaving = asyncio.ensure_future(gone())
        end = time.monotonic() + seconds
        try:
            while not is_ready() and time.monotonic() < end:
                await asyncio.wait({leaving}, timeout=_LOOK)
                if leaving.done():
                    raise DisconnectedError from leaving.exception()
        finally:
            leaving.cancel()
            self.waiting -= 1

    def _submit(self, work: Callable[[], T], pool: ThreadPoolExecutor) -> Future[T]:
        with self._counting:
            if self.under_way >= self._operations:
                raise self._overloaded()
            self.under_way += 1
        submitted = pool.submit(work)
        submitted.add_done_callback(self._release)
        return submitted

    def _release(self, _: Future[Any]) -> None:
        with self._counting:
            self.under_way -= 1

    def _overloaded(self) -> HTTPError:
        message = f"Too much is under way (at most {self._operations} operations): try again later."
        return HTTPError(503, message, {"retry-after": str(RETRY_AFTER)}, OVERLOADED)
