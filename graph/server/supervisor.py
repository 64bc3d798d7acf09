"""Several serving processes over one socket, and the process that starts, reloads and stops them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from prometheus_client.multiprocess import mark_process_dead

from .content import Reloader
from .learning import Learned, Learner
from .opener import Opened, Opener, OpenerError
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
    pid: int
    ended: asyncio.Future[int | None]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    replaced: asyncio.Event
    """Set when there is newer content than this worker's."""
    is_serving: bool = False
    began: float = field(default_factory=time.monotonic)

    async def tell(self, what: str, value: object = None) -> None:
        with contextlib.suppress(ConnectionError):
            self.writer.write(json.dumps([what, value]).encode() + b"\n")
            await self.writer.drain()

    def signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


class Supervisor:
    """Keeps a number of workers running: forks of one process, which opens what they serve.

    At a reload that process opens the new content, and other workers are forked. When all of these serve,
    those before are told to leave.

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
        self._leaving: set[asyncio.Task[int | None]] = set()
        self._ended: list[int] = []
        """Workers that have ended, and whose counts nobody goes on with yet."""
        self._replaced = asyncio.Event()
        self._reloads = 0
        self._has_started = False
        self._failures = 0
        self._signals = 0
        self._stopping = asyncio.Event()
        self._reloader = Reloader(settings.build_command, self._reload)
        self._learner = Learner(settings.serving.resolution, self._learned, warm=settings.serving.warm)
        self._failure: str | None = None
        self._pins = 0
        self._served = settings.snapshot
        self._version = ""
        self._derived = Path(f"{settings.snapshot}.derived")
        self._counts = tempfile.TemporaryDirectory(prefix="articlegraph-")
        self._opener = Opener(listening, settings.serving, self._counts.name)
        self._opening = asyncio.Lock()

    async def run(self) -> None:
        """Serve until told to stop; then end every worker.

        Raises
        ------
        WorkersFailedError
            Where workers ended again and again right after their start.
        """
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._stop)
        loop.add_signal_handler(signal.SIGHUP, self._reloader.request)
        self._served = self._pin()
        try:
            async with background(self._settings, self._reloader, self._learner):
                await asyncio.gather(*(self._keep() for _ in range(self._settings.workers)))
                await asyncio.gather(*self._leaving)
        finally:
            await self._opener.stop()
            self._unpin(self._served)
            self._counts.cleanup()
        if self._failures >= _MAX_FAILURES:
            raise WorkersFailedError(
                f"workers ended {_MAX_FAILURES} times right after their start; see the log"
            )

    def _stop(self) -> None:
        self._signals += 1
        self._stopping.set()
        self._listening.close()  # while it is open here, clients that come now would wait for nothing
        self._opener.stop_listening()
        for worker in self._workers:
            worker.signal(signal.SIGKILL if self._signals > 1 else signal.SIGTERM)

    def _pin(self) -> Path:
        """Keep what the snapshot is now, under a name of our own, for workers that start later.

        Another process may bring the snapshot itself up to date at any time, when nobody asked for a reload.
        """
        snapshot = self._settings.snapshot
        self._pins += 1
        # named like a file being written, so that builds clear it away if we are killed
        link = snapshot.with_name(f".{snapshot.name}.{os.getpid()}-serving{self._pins}.tmp")
        try:
            link.unlink(missing_ok=True)
            link.hardlink_to(snapshot)
        except OSError:  # a folder that we may not write to, or a file system without links
            return snapshot
        return link

    def _unpin(self, link: Path) -> None:
        if link != self._settings.snapshot:
            with contextlib.suppress(OSError):
                link.unlink()

    async def _reload(self, failure: str | None) -> None:
        """Serve what a build has brought, if it went well."""
        before = self._version
        if failure is None:
            try:
                await self._open(self._pin())
            except OpenerError as error:
                failure = str(error)
        self._failure = failure
        if failure is not None:
            logger.error("reload failed, the old content stays: %s", failure)
            await self._tell("failed", failure)
        elif self._version == before:
            await self._tell("unchanged")
        else:
            self._reloads += 1
            before_now, self._replaced = self._replaced, asyncio.Event()
            before_now.set()

    async def _open(self, snapshot: Path | None = None) -> None:
        """Have the opener open a snapshot, or without one see that it runs.

        Raises
        ------
        OpenerError
            Where it cannot.
        """
        async with self._opening:
            if snapshot is None and self._opener.is_running:
                return
            path = snapshot or self._served
            try:
                is_new = not self._opener.is_running
                opened = await (
                    self._opener.start(path, self._derived) if is_new else self._opener.open(path)
                )
            except OpenerError:
                if path != self._served:
                    self._unpin(path)
                raise
            if opened.version == self._version and not is_new:
                self._unpin(path)  # the one before stays open
            elif path != self._served:
                self._unpin(self._served)
                self._served = path
            self._note(opened)

    def _note(self, opened: Opened) -> None:
        """Have computed what workers need, unless it is there or under way."""
        if opened.version != self._version and not opened.is_complete:
            self._learner.want(opened.version, self._served, self._derived)
        self._version = opened.version

    async def _learned(self, found: Learned) -> None:
        if found.version == self._version:
            self._opener.learned(found)
            await self._tell("learned", found)

    async def _tell(self, what: str, value: object = None) -> None:
        for worker in tuple(self._workers):
            await worker.tell(what, value)

    async def _keep(self) -> None:
        """Start one worker, and another whenever it ends or there is newer content, until told to stop."""
        while not self._stopping.is_set():
            try:
                worker = await self._start()
            except OpenerError as error:
                if self._stopping.is_set():
                    return
                logger.error("%s; trying again", error)
                await self._note_failure(is_short=True)
                continue
            ending = asyncio.create_task(self._attend(worker))
            replaced = asyncio.create_task(worker.replaced.wait())
            await asyncio.wait((ending, replaced), return_when=asyncio.FIRST_COMPLETED)
            replaced.cancel()
            if not ending.done():  # it goes on until others can take its place
                self._leaving.add(ending)
                ending.add_done_callback(self._leaving.discard)
            elif not self._stopping.is_set():
                status = "an unknown status" if ending.result() is None else f"status {ending.result()}"
                logger.error("worker %d ended with %s; starting another", worker.pid, status)
                await self._note_failure(is_short=time.monotonic() - worker.began < _TOO_SHORT)

    async def _note_failure(self, *, is_short: bool) -> None:
        self._failures = self._failures + 1 if is_short else 0
        if is_short and any(other.is_serving for other in self._workers):
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
        await self._open()
        ours, theirs = socket.socketpair()
        replaced = self._replaced
        heir_to = self._ended.pop(0) if self._ended else None
        try:
            with theirs:
                pid, ended = await self._opener.fork(theirs, heir_to, is_reloaded=self._reloads > 0)
        except OpenerError:
            ours.close()
            raise
        if pid in self._ended:  # numbers of processes come again
            self._ended.remove(pid)
        reader, writer = await asyncio.open_connection(sock=ours)
        worker = _Worker(pid, ended, reader, writer, replaced)
        self._workers.add(worker)
        if self._failure is not None:
            await worker.tell("failed", self._failure)
        if self._stopping.is_set():  # told to stop meanwhile, when this worker was not among those to be told
            worker.signal(signal.SIGTERM)
        return worker

    async def _attend(self, worker: _Worker) -> int | None:
        """Wait for a worker's end: its side of the channel closes with it."""
        with contextlib.suppress(ConnectionError):  # it ended before it had read what it was told
            while await worker.reader.readline():
                worker.is_serving = True
                await self._relieve()
        try:
            await asyncio.wait_for(asyncio.shield(worker.ended), self._settings.serving.grace + 5)
        except TimeoutError:
            worker.signal(signal.SIGKILL)
            await worker.ended
        self._workers.discard(worker)
        mark_process_dead(worker.pid, self._counts.name)  # type: ignore[no-untyped-call]
        self._ended.append(worker.pid)
        worker.writer.close()
        return worker.ended.result()

    async def _relieve(self) -> None:
        """Tell workers with older content to leave, when all that there shall be serve the newest."""
        newest = [worker for worker in self._workers if worker.replaced is self._replaced]
        if sum(worker.is_serving for worker in newest) < self._settings.workers:
            return
        if not self._has_started:
            self._has_started = True
            self._started()
        for worker in self._workers.difference(newest):
            await worker.tell("leave")
