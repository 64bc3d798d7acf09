"""Several serving processes over one socket, and the process that starts, reloads and stops them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from prometheus_client.multiprocess import mark_process_dead

from ..snapshot import SnapshotError, open_snapshot
from ..workers import command
from .content import Reloader
from .metrics import DIRECTORY
from .process import Settings, background

logger = logging.getLogger("articlegraph")

_TOO_SHORT = 5.0
"""Seconds; a worker that lives no longer failed to start."""
_MAX_FAILURES = 5
_LONGEST_WAIT = 30.0
"""Seconds between tries to start a worker while others serve."""


class WorkersFailedError(Exception):
    """Workers ended again and again right after their start."""


@dataclass(slots=True, eq=False)
class _Worker:
    process: subprocess.Popen[bytes]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    is_serving: bool = False
    began: float = field(default_factory=time.monotonic)


class Supervisor:
    """Keeps a number of workers running.

    Parameters
    ----------
    listening
        A bound socket, which the workers share.
    settings
        How to serve.
    started
        Called when every worker serves.
    """

    def __init__(self, listening: socket.socket, settings: Settings, started: Callable[[], None]) -> None:
        self._listening = listening
        self._settings = settings
        self._started = started
        self._workers: set[_Worker] = set()
        self._serving = 0
        self._failures = 0
        self._signals = 0
        self._stopping = asyncio.Event()
        self._reloader = Reloader(settings.build_command, self._tell)
        self._failure: str | None = None
        # named like a file being written, so that builds clear it away if we are killed
        self._link = settings.snapshot.with_name(f".{settings.snapshot.name}.{os.getpid()}-serving.tmp")
        self._served = settings.snapshot
        self._counts = tempfile.TemporaryDirectory(prefix="articlegraph-")
        """Where the workers count their requests, so that each can tell those of all."""

    async def run(self) -> None:
        """Serve until SIGTERM or SIGINT.

        Raises
        ------
        WorkersFailedError
            Where workers end again and again right after their start.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self._reloader.request)
        self._pin()
        try:
            async with background(self._reloader, self._settings):
                await asyncio.gather(*(self._keep() for _ in range(self._settings.workers)))
        finally:
            with contextlib.suppress(OSError):  # where it could not be made it cannot be deleted
                self._link.unlink(missing_ok=True)
            self._counts.cleanup()
        if self._failures >= _MAX_FAILURES:
            raise WorkersFailedError(
                f"workers ended {_MAX_FAILURES} times right after their start; see the log"
            )

    def _stop(self) -> None:
        self._signals += 1
        self._stopping.set()
        self._listening.close()  # while it is open here, clients that come now would wait for nothing
        for worker in self._workers:
            if self._signals > 1:
                worker.process.kill()
            else:
                worker.process.terminate()

    def _pin(self) -> None:
        """Keep what the snapshot is now, under a name of our own, for workers that start later.

        Another process may bring the snapshot itself up to date at any time, when nobody asked for a reload.
        """
        try:
            self._link.unlink(missing_ok=True)
            self._link.hardlink_to(self._settings.snapshot)
            self._served = self._link
        except OSError:  # a folder that we may not write to, or a file system without links
            self._served = self._settings.snapshot

    async def _tell(self, failure: str | None) -> None:
        if failure is None:
            failure = await asyncio.to_thread(self._damage)
        self._failure = failure
        if failure is None:
            self._pin()
        else:
            logger.error("reload failed, the old content stays: %s", failure)
        for worker in tuple(self._workers):
            await self._send(worker)

    def _damage(self) -> str | None:
        """Why what is in the snapshot's place cannot be served; None where it can."""
        try:
            open_snapshot(self._settings.snapshot)
        except SnapshotError as error:
            return str(error)
        return None

    async def _send(self, worker: _Worker) -> None:
        with contextlib.suppress(ConnectionError):
            worker.writer.write(json.dumps(self._failure).encode() + b"\n")
            await worker.writer.drain()

    async def _keep(self) -> None:
        """Start one worker, and another whenever it ends, until told to stop."""
        while not self._stopping.is_set():
            worker = await self._start()
            status = await self._attend(worker)
            self._workers.discard(worker)
            mark_process_dead(worker.process.pid, self._counts.name)  # type: ignore[no-untyped-call]
            worker.writer.close()
            if self._stopping.is_set():
                return
            short = time.monotonic() - worker.began < _TOO_SHORT
            self._failures = self._failures + 1 if short else 0
            logger.error("worker %d ended with status %d; starting another", worker.process.pid, status)
            if short and any(other.is_serving for other in self._workers):
                await self._mend()
            elif self._failures >= _MAX_FAILURES:
                self._stop()

    async def _mend(self) -> None:
        """Wait before the next try, for others serve; what is to be opened may be gone: it can be rebuilt."""
        if not self._served.exists():
            self._reloader.request()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), min(2.0 ** min(self._failures, 5), _LONGEST_WAIT))

    async def _start(self) -> _Worker:
        ours, theirs = socket.socketpair()
        arguments = (
            str(self._served),
            f"{self._settings.snapshot}.derived",
            self._listening.fileno(),
            theirs.fileno(),
            self._settings.serving,
        )
        process = subprocess.Popen(
            command(
                "from graph.server.process import Limits, Serving, serve_as_worker; "
                f"serve_as_worker{arguments!r}"
            ),
            env={**os.environ, DIRECTORY: self._counts.name},
            pass_fds=(self._listening.fileno(), theirs.fileno()),
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        reader, writer = await asyncio.open_connection(sock=ours)
        worker = _Worker(process, reader, writer)
        self._workers.add(worker)
        if self._failure is not None:
            await self._send(worker)
        if self._stopping.is_set():  # told to stop meanwhile, when this worker was not among those to be told
            process.terminate()
        return worker

    async def _attend(self, worker: _Worker) -> int:
        """Wait for a worker's end: its side of the channel closes with it."""
        with contextlib.suppress(ConnectionError):  # it ended before it had read what it was told
            while await worker.reader.readline():
                worker.is_serving = True
                self._serving += 1
                if self._serving == self._settings.workers:
                    self._started()
        grace = self._settings.serving.grace + 5
        try:
            return await asyncio.to_thread(worker.process.wait, grace)
        except subprocess.TimeoutExpired:
            worker.process.kill()
            return worker.process.wait()
