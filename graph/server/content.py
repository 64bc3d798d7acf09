"""What is being served, and how it is replaced while requests go on."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import subprocess
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..knowledge import KnowledgeGraph
from ..recommend import DEFAULT, StrategyError, recommender_of, strategies
from ..snapshot import SnapshotError

logger = logging.getLogger("articlegraph")

_WATCH_SECONDS = 2.0
"""How often a watched path is looked at for being another one."""


class _ReplacedError(Exception):
    """A graph is no longer served, so nothing need be computed for it."""


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
        Whether to compute what queries may ask of a graph before they do: of the first in the background,
        of those that replace it while the one before is still served. What filters and recommendations need
        is always computed so.
    """

    def __init__(self, graph: KnowledgeGraph, snapshot: Path | None = None, *, warm: bool = False) -> None:
        self.graph = graph
        self.failure: ReloadFailure | None = None
        self.on_reload: Callable[[str], object] = lambda _: None
        """Called with "changed", "unchanged" or "failed"."""
        self._snapshot = snapshot
        self._warm = warm
        self._preparing = threading.Lock()
        self._computing: set[int] = set()
        """The threads that compute ahead."""

    @property
    def is_computing(self) -> bool:
        """Whether something is being computed ahead of the queries that may ask for it."""
        return bool(self._computing)

    def settle(self) -> None:
        """Make ready for requests, once the first graph is complete; compute the rest in the background.

        What is alive now stays: Python's garbage collector need not look at it again and again, which stops
        every thread for tens of milliseconds. What an earlier graph left behind is collected first.
        """
        _collect()
        recommender_of(self.graph).expect(_known_strategies())
        threading.Thread(target=self._prepare, args=(self.graph,), name="prepare", daemon=True).start()

    def _prepare(self, graph: KnowledgeGraph) -> None:
        """Compute ahead what the graph that is served is asked for, unless it is replaced meanwhile."""
        with self._preparing, contextlib.suppress(_ReplacedError):
            try:
                self._compute_ahead(graph, lambda: self.graph is graph)
            finally:
                recommender_of(graph).expect(())
            gc.freeze()

    def _compute_ahead(self, graph: KnowledgeGraph, is_wanted: Callable[[], bool]) -> None:
        from .. import warming

        def check(_: str = "") -> None:
            if not is_wanted():
                raise _ReplacedError

        began = time.monotonic()
        thread = threading.get_ident()
        self._computing.add(thread)
        try:
            check()
            warming.prepare(graph)
            check()
            recommender = recommender_of(graph)
            recommender.prepare()
            logger.info("recommendations after %.1f seconds", time.monotonic() - began)
            for name in _known_strategies():
                check()
                recommender.prepare([name])
            if self._warm:
                warming.warm(graph, check)
                logger.info("warm after %.1f seconds", time.monotonic() - began)
        except _ReplacedError:
            raise
        except Exception:  # queries compute it themselves, and say what is wrong
            logger.exception("cannot compute ahead what queries ask for")
        finally:
            self._computing.discard(thread)

    def _open(self, snapshot: Path) -> KnowledgeGraph:
        graph = self.graph.reopen(snapshot)
        if graph.version != self.graph.version:
            self._compute_ahead(graph, lambda: True)  # while the old one is still served
        return graph

    async def reload(self) -> None:
        """Open the snapshot again and serve it if the content is another; keep the old if it fails."""
        if self._snapshot is None:
            return
        try:
            graph = await asyncio.to_thread(self._open, self._snapshot)
        except Exception as error:  # whatever it is, the old graph can go on being served
            self.fail(str(error) if isinstance(error, SnapshotError) else repr(error))
            return
        self.failure = None
        self.on_reload("unchanged" if graph.version == self.graph.version else "changed")
        if graph.version == self.graph.version:
            graph.close()
            logger.info("reload: the content is the same, version %s", graph.version)
        else:
            self.graph = graph
            await asyncio.to_thread(_collect)
            logger.info(
                "reload: %d articles, %d links, version %s",
                graph.article_count,
                graph.link_count,
                graph.version,
            )

    def fail(self, message: str) -> None:
        """Note that a reload failed; the old graph stays."""
        self.failure = ReloadFailure(message, datetime.now(UTC))
        self.on_reload("failed")
        logger.error("reload failed, the old content stays: %s", message)


def _known_strategies() -> Iterable[str]:
    """The names of all strategies; of our own default alone where another package's is broken."""
    try:
        return tuple(strategies())
    except StrategyError as error:
        logger.warning("%s", error)
        return (DEFAULT,)


def _collect() -> None:
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class Reloader:
    """Brings the snapshot up to date when asked to, one build at a time.

    Parameters
    ----------
    command
        The command that builds the snapshot when it reads a byte, in a process of its own so that serving
        does not suffer; None where someone else builds it. One process always waits, ready to begin.
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
        try:
            while True:
                failure = self._start()
                await self._wanted.wait()
                self._wanted.clear()
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
