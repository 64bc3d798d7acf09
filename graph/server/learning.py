"""What recommendations and searches need, computed in a process of its own, for the newest content alone."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from ..warming import COMPLETE, UNKEPT
from ..workers import command

logger = logging.getLogger("articlegraph")

_NICENESS = 10
FAILED = "failed"
"""What is told where nothing more will come."""


class Learned(NamedTuple):
    """What is there: the name of a strategy, or `COMPLETE`, `UNKEPT` or `FAILED`; and of which graph."""

    version: str
    what: str


class _Wanted(NamedTuple):
    version: str
    snapshot: Path
    derived: Path


class Learner:
    """Runs one such process at a time, at low priority. It learns in memory that is given back when it ends.

    Parameters
    ----------
    resolution, warm
        As for `Serving`.
    tell
        Awaited for all that is there.
    """

    def __init__(self, resolution: float, tell: Callable[[Learned], Awaitable[None]], *, warm: bool) -> None:
        self._resolution = resolution
        self._warm = warm
        self._tell = tell
        self._wanted: _Wanted | None = None
        self._is_wanted = asyncio.Event()

    def want(self, version: str, snapshot: Path, derived: Path) -> None:
        """Ask for what a graph needs. What is under way for another one is given up."""
        self._wanted = _Wanted(version, snapshot, derived)
        self._is_wanted.set()

    async def run(self) -> None:
        """Do what is wanted until cancelled."""
        newer = asyncio.create_task(self._is_wanted.wait())
        try:
            while True:
                await newer
                self._is_wanted.clear()
                newer = asyncio.create_task(self._is_wanted.wait())
                wanted = self._wanted
                assert wanted is not None
                learning = asyncio.create_task(self._learn(wanted))
                try:
                    await asyncio.wait((learning, newer), return_when=asyncio.FIRST_COMPLETED)
                finally:
                    learning.cancel()
                    (failure,) = await asyncio.gather(learning, return_exceptions=True)
                    if isinstance(failure, Exception):
                        logger.error("what recommendations need cannot be computed", exc_info=failure)
                        await self._tell(Learned(wanted.version, FAILED))
        finally:
            newer.cancel()

    async def _learn(self, wanted: _Wanted) -> None:
        began = time.monotonic()
        version, snapshot, derived = wanted
        arguments = (str(snapshot), str(derived), version, self._resolution)
        told = ""
        try:
            process = subprocess.Popen(  # uvloop's own way knows no process groups
                command(
                    f"import os; os.nice({_NICENESS}); from graph.warming import compute; "
                    f"compute(*{arguments!r}, everything={self._warm!r})"
                ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                process_group=0,  # Ctrl-C in a terminal is our business
            )
        except OSError as error:
            logger.error("what recommendations need cannot be computed: %s", error)
            await self._tell(Learned(version, FAILED))
            return
        assert process.stdin is not None
        said = asyncio.StreamReader()
        reading, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(said), process.stdout
        )
        try:
            async for line in said:
                told = line.decode().strip()
                if told not in (UNKEPT, COMPLETE):
                    logger.info("%s learned after %.1f seconds", told, time.monotonic() - began)
                await self._tell(Learned(version, told))
            status = await asyncio.to_thread(process.wait)
        finally:
            reading.close()
            process.kill()
            await asyncio.to_thread(process.wait)
            process.stdin.close()
        if told not in (UNKEPT, COMPLETE):
            logger.error("what recommendations need could not be computed: status %d", status)
            await self._tell(Learned(version, FAILED))
