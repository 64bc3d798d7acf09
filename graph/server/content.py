"""What is being served, and how it is replaced while requests go on."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import gc
import logging
import os
import subprocess
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .. import warming
from ..knowledge import KnowledgeGraph
from ..recommend import DEFAULT, recommender_of
from ..search import await_no_longer, make_index
from ..snapshot import SnapshotError
from . import learning
from .learning import Learned

logger = logging.getLogger("articlegraph")

Learn = Callable[[str, Path, Path], object]

_FIRST_SECONDS = 0.1
"""How long what is computed in the background waits for requests that have waited for the start."""
_PAUSE_SECONDS = 1.0
"""How long the next build's process is not started yet: what the last one has brought comes first."""
_WATCH_SECONDS = 2.0
"""How often a watched path is looked at for being another one."""


@dataclass(frozen=True, slots=True)
class ReloadFailure:
    """Why the last reload kept the old graph, and when that was."""

    message: str
    at: datetime


class Content:
    """The graph that new requests get.

    A request takes the graph once and keeps it, so replacing it is one assignment: no request waits, and none
    sees two graphs.

    Parameters
    ----------
    graph
        The graph to begin with.
    snapshot
        Where a newer one appears; None where there will be none.
    warm
        Whether to compute all that queries may ask of a graph before they do. What filters, searches and
        recommendations need is always computed so.
    """

    def __init__(self, graph: KnowledgeGraph, snapshot: Path | None = None, *, warm: bool = False) -> None:
        self.graph = graph
        self.failure: ReloadFailure | None = None
        self.on_reload: Callable[[str], object] = lambda _: None
        """Called with "changed", "unchanged" or "failed"."""
        self._snapshot = snapshot
        self._warm = warm
        self._learn: Learn | None = None
        self._preparing = threading.Lock()
        self._computing: set[int] = set()
        """The threads that compute ahead."""

    @property
    def is_computing(self) -> bool:
        """Whether something is being computed ahead of the queries that may ask for it."""
        return bool(self._computing)

    def settle(self, learn: Learn | None = None) -> None:
        """Make ready for requests, once the first graph is complete; the rest is computed in the background.

        What is alive now stays: Python's garbage collector need not look at it again and again, which stops
        every thread for tens of milliseconds. What is left behind until then is collected afterwards.

        Parameters
        ----------
        learn
            Called in a thread to have what is kept computed elsewhere, with a graph's version, its snapshot
            and the folder to keep it in. What is there then is told to `learned`. None to compute it in this
            process.
        """
        self._learn = learn
        warming.expect(self.graph)
        gc.freeze()
        gc.enable()
        self._in_background(self._prepare, after=_FIRST_SECONDS)

    def _in_background(self, work: Callable[[KnowledgeGraph], object], after: float = 0) -> None:
        """Do something for the graph that is served now, in a thread; nothing where it is replaced first.

        It begins after some seconds.
        """
        graph = self.graph

        def run() -> None:
            thread = threading.get_ident()
            self._computing.add(thread)
            try:
                time.sleep(after)
                with self._preparing:
                    if self.graph is graph:
                        work(graph)
            except Exception:  # queries compute it themselves, and say what is wrong
                logger.exception("cannot compute ahead what queries ask for")
                warming.complete(graph)
            finally:
                self._computing.discard(thread)

        threading.Thread(target=run, name="prepare", daemon=True).start()

    def _prepare(self, graph: KnowledgeGraph) -> None:
        warming.prepare(graph)
        if not warming.open_kept(graph, everything=self._warm):
            if self._learn is not None:
                self._learn(graph.version, graph.snapshot, graph.derived.root)
            else:
                self._compute(graph)
        collect()

    def _compute(self, graph: KnowledgeGraph) -> None:
        """Compute here what another process cannot hand over, or need not."""
        began = time.monotonic()
        warming.compute_here(graph, everything=self._warm)
        logger.info("recommendations after %.1f seconds", time.monotonic() - began)
        give_back()

    def learned(self, found: Learned) -> None:
        """Open what was computed elsewhere, or do without it. It may take some tenths of a second."""
        graph = self.graph
        if found.version != graph.version:
            return
        recommender = recommender_of(graph)
        if found.what == warming.COMPLETE:
            warming.complete(graph)
        elif found.what == warming.UNKEPT:
            self._in_background(self._compute)
        elif found.what == learning.FAILED:
            await_no_longer(graph)
            recommender.stand_in()
        elif found.what == warming.INDEX:
            make_index(graph)
        elif found.what == DEFAULT:
            recommender.prepare()
            give_back()
        else:
            recommender.release([found.what])

    def open(self, snapshot: Path) -> KnowledgeGraph:
        """Open a newer snapshot, to serve it instead: the one that is served where the content is the same.

        What was learned for the content before answers until it is learned anew.
        """
        graph = self.graph.reopen(snapshot)
        if graph.version == self.graph.version:
            graph.close()
            return self.graph
        warming.expect(graph, self.graph)
        return graph

    async def reload(self) -> None:
        """Open the snapshot again and serve it if the content is another; keep the old if it fails.

        It is served at once, and what else it needs is computed after that.
        """
        if self._snapshot is None:
            return
        try:
            graph = await asyncio.to_thread(self.open, self._snapshot)
        except Exception as error:  # whatever it is, the old graph can go on being served
            self.fail(reason_of(error))
            return
        if graph is self.graph:
            self.note_unchanged()
            return
        self.wait_no_longer()
        self.graph = graph
        self.note_reload()
        del graph
        await asyncio.to_thread(collect)
        self._in_background(self._prepare)

    def prepare(self) -> None:
        """Make in the background what filters, orders and facets need, where it is not there."""
        self._in_background(warming.prepare, after=_FIRST_SECONDS)

    def wait_no_longer(self) -> None:
        """Let requests that wait for what is learned go on without it: for this graph it will not come."""
        recommender_of(self.graph).stand_in()

    def note_reload(self) -> None:
        """Note that a reload has brought the graph that is served now."""
        self.failure = None
        self.on_reload("changed")
        graph = self.graph
        logger.info(
            "reload: %d articles, %d links, version %s", graph.article_count, graph.link_count, graph.version
        )

    def note_unchanged(self) -> None:
        """Note that a reload has found the content as it was."""
        self.failure = None
        self.on_reload("unchanged")
        logger.info("reload: the content is the same, version %s", self.graph.version)

    def fail(self, message: str) -> None:
        """Note that a reload failed; the old graph stays."""
        self.failure = ReloadFailure(message, datetime.now(UTC))
        self.on_reload("failed")
        logger.error("reload failed, the old content stays: %s", message)


def reason_of(error: Exception) -> str:
    """Why a snapshot could not be opened, in words for the log."""
    return str(error) if isinstance(error, SnapshotError) else repr(error)


def collect() -> None:
    """Let go of what nothing refers to any more; what is alive now is not looked at again."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    give_back()


def give_back() -> None:
    """Give memory that is free back to the system, where its library can be told to."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


class Reloader:
    """Brings the snapshot up to date when asked to, one build at a time.

    Parameters
    ----------
    command
        The command that builds the snapshot when it reads a byte, in a process of its own so that serving
        does not suffer; None where someone else builds it. One process waits, ready to begin, from soon
        after the last build on.
    done
        Awaited after each build, with the reason where it failed.
    settled
        Waits until a build may begin.
    """

    def __init__(
        self,
        command: Sequence[str] | None,
        done: Callable[[str | None], Awaitable[None]],
        settled: Callable[[], object] = lambda: None,
    ) -> None:
        self._command = command
        self._settled = settled
        self._process: subprocess.Popen[bytes] | None = None
        self._done = done
        self._wanted = asyncio.Event()

    def request(self) -> None:
        """Ask for a reload; several requests while one is under way make one more."""
        self._wanted.set()

    async def run(self) -> None:
        """Answer requests until cancelled."""
        await asyncio.to_thread(self._settled)
        pause = 0.0
        try:
            while True:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wanted.wait(), pause)
                failure = self._start()
                await self._wanted.wait()
                self._wanted.clear()
                pause = _PAUSE_SECONDS
                if failure or (self._process and self._process.poll() is not None):  # ended by somebody
                    failure = self._start()
                await self._done(failure or await self._build())
        finally:
            if self._process is not None:
                self._process.kill()
                self._process.wait()

    def _start(self) -> str | None:
        """Start a process that will build when it is told to: a start takes as long as a small build.

        The event loop's own way to start one forks, which waits for libraries that compute in threads.
        """
        self._process = None
        if self._command is None:
            return None
        try:
            self._process = subprocess.Popen(
                self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
        except OSError as error:  # no memory or no process to be had now; later there may be
            return f"the build cannot be started: {error}"
        return None

    async def _build(self) -> str | None:
        process = self._process
        if process is None:  # nothing is to be built here
            return None
        _, errors = await asyncio.to_thread(process.communicate, b"\n")
        if process.returncode == 0:
            return None
        return errors.decode(errors="replace").strip() or f"the build ended with status {process.returncode}"


async def watch(path: Path, changed: Callable[[], None]) -> None:
    """Call `changed` whenever anything below a folder, or a file, changes, until cancelled.

    A folder that is replaced by another, or a symbolic link that is pointed elsewhere, is noticed within
    seconds.
    """
    while True:
        identity = _identity(path)
        try:
            async for changes in _changes(path):
                if changes:
                    changed()
                if _identity(path) != identity:
                    break
        except Exception as error:  # the folder is gone for now, say, or the system watches too much already
            logger.error("cannot watch %s: %s; trying again", path, error)
        await asyncio.sleep(_WATCH_SECONDS)
        if _identity(path) != identity:
            changed()


def _identity(path: Path) -> tuple[int, int] | None:
    """What tells a folder from another one that takes its place."""
    if not path.is_dir():
        return None
    status = path.stat()
    return status.st_dev, status.st_ino


def _changes(path: Path) -> AsyncGenerator[set[tuple[Any, str]]]:
    """Sets of changes, and an empty one every few seconds without any."""
    from watchfiles import DefaultFilter, awatch

    is_folder = path.is_dir()
    own = os.fspath(path)
    # a file by way of its folder: a snapshot is replaced, and a watch on the file would go with the old one
    return awatch(
        path if is_folder else path.parent,
        watch_filter=DefaultFilter() if is_folder else lambda _, changed_path: changed_path == own,
        step=100,
        debounce=1000,
        recursive=is_folder,
        rust_timeout=int(_WATCH_SECONDS * 1000),
        yield_on_timeout=True,
    )
