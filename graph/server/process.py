"""One serving process: a uvicorn server over an open socket, with signals and reloads."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from ..schema import create_schema
from ..warming import learned_strategies
from .app import RESPONSE_CACHE, create_app
from .content import Content, Reloader, watch
from .learning import Learned, Learner
from .limits import Limits
from .observing import write_to_stdout
from .protocol import protocol_for

logger = logging.getLogger("articlegraph")

_LEAVE_SECONDS = 1.0
"""How long a connection may stand idle when its worker leaves."""
_LOOK_SECONDS = 0.05
_SWITCH_SECONDS = 0.001
"""How long a thread that computes keeps others, the event loop above all, from going on."""


@dataclass(frozen=True, slots=True)
class Serving:
    """What each process that serves must know.

    Parameters
    ----------
    grace
        Seconds that requests under way have to end when the server stops.
    root_path
        The path below which a proxy shows the server; the proxy cuts it off.
    access_log
        Whether to write a line to standard output for each request.
    warm
        Whether to compute derived results after each load.
    resolution
        Of the communities, as for `KnowledgeGraph`.
    limits, operations, introspection, suggestions, response_cache, cors_origins, cors_credentials
        As for `create_app`.
    """

    grace: int = 30
    root_path: str = ""
    access_log: bool = True
    warm: bool = False
    resolution: float = 1.0
    limits: Limits = field(default_factory=Limits)
    operations: int = 64
    introspection: bool = True
    suggestions: bool = True
    response_cache: int = RESPONSE_CACHE
    cors_origins: tuple[str, ...] = ()
    cors_credentials: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """What to serve, and from how many processes.

    Parameters
    ----------
    snapshot
        The file that is served.
    watched
        The content folder (or the snapshot itself) to watch for changes; None to wait for SIGHUP.
    build_command
        The command that brings the snapshot up to date; None where someone else does.
    workers
        How many processes serve.
    serving
        How each of them serves.
    """

    snapshot: Path
    watched: Path | None = None
    build_command: Sequence[str] | None = None
    workers: int = 1
    serving: Serving = field(default_factory=Serving)


def prepare_imports() -> None:
    """Import and make what any server needs: this can be done before there is anything to serve."""
    uvicorn.Config("").get_loop_factory()
    create_schema()
    learned_strategies()


def log_to_stderr() -> None:
    """Send this process's log to standard error, a line a record."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("articlegraph").setLevel(logging.INFO)


class _Server(uvicorn.Server):
    """uvicorn, which leaves the signals to us: it would end the process by the signal, not with status 0."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = started

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._announce()

    def stop(self) -> None:
        """Stop accepting and drain; at once when asked a second time."""
        self.force_exit = self.should_exit
        self.should_exit = True

    async def leave(self) -> None:
        """Stop while others serve: accept nothing new, and end each connection with its next answer.

        To close a connection while a request may be on its way would fail it. So that is done only where none
        came for a while.
        """
        for listener in self.servers:
            listener.close()
        self.config.encoded_headers.append((b"connection", b"close"))
        self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
        end = time.monotonic() + _LEAVE_SECONDS
        while self.server_state.connections and time.monotonic() < end:
            await asyncio.sleep(_LOOK_SECONDS)
        if not self.should_exit:
            self.stop()


def create_server(content: Content, serving: Serving, started: Callable[[], None]) -> _Server:
    """A server for an application over `content`, not yet started."""
    app = create_app(
        content,
        limits=serving.limits,
        operations=serving.operations,
        introspection=serving.introspection,
        suggestions=serving.suggestions,
        response_cache=serving.response_cache,
        cors_origins=serving.cors_origins,
        cors_credentials=serving.cors_credentials,
        access_log=write_to_stdout if serving.access_log else None,
    )
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        http=protocol_for(app),
        ws="none",
        proxy_headers=False,
        server_header=False,
        lifespan="off",
        timeout_graceful_shutdown=serving.grace,
        root_path=serving.root_path,
    )
    return _Server(config, started)


def run(server: _Server, content: Content, main: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a coroutine function on the event loop that uvicorn prefers.

    Where a thread is still computing when it is done, the process ends here with status 0: what is computed
    has no reader any more and may take half a minute, and the libraries it calls into crash when the
    interpreter is taken down beneath them.
    """
    sys.setswitchinterval(_SWITCH_SECONDS)
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(main())
        if content.is_computing:
            logging.shutdown()
            sys.stdout.flush()
            os._exit(0)


def serve_alone(
    content: Content,
    listening: socket.socket,
    settings: Settings,
    started: Callable[[], None],
    settled: Callable[[], object] = lambda: None,
) -> None:
    """Serve from this process until SIGTERM or SIGINT.

    Parameters
    ----------
    content
        What is served. Nobody else should hold its graph, or it stays in memory when it is replaced.
    listening
        A bound socket.
    settings
        How to serve.
    started
        Called when the first request can be answered.
    settled
        Waits until the first snapshot is in its place: no reload begins before.
    """
    server = create_server(content, settings.serving, started)

    async def built(failure: str | None) -> None:
        if failure is None:
            await content.reload()
        else:
            content.fail(failure)

    async def learned(found: Learned) -> None:
        await asyncio.to_thread(content.learned, found)

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        reloader = Reloader(settings.build_command, built, settled)
        loop.add_signal_handler(signal.SIGHUP, reloader.request)
        learner = Learner(settings.serving.resolution, learned, warm=settings.serving.warm)
        content.settle(lambda *wanted: loop.call_soon_threadsafe(learner.want, *wanted))
        async with background(settings, reloader, learner):
            await server.serve(sockets=[listening])

    run(server, content, main)


@contextlib.asynccontextmanager
async def background(settings: Settings, reloader: Reloader, learner: Learner) -> AsyncIterator[None]:
    """Answer reload requests, make them when files change, and learn what is wanted, while the block runs."""
    tasks = [asyncio.create_task(reloader.run()), asyncio.create_task(learner.run())]
    if settings.watched is not None:
        tasks.append(asyncio.create_task(watch(settings.watched, reloader.request)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def serve_as_worker(
    content: Content,
    listening: socket.socket,
    channel: socket.socket,
    serving: Serving,
    *,
    is_reloaded: bool = False,
    unkept: Learned | None = None,
) -> None:
    """Body of a worker, in a fork of the opener: serve until the supervisor says stop or is gone.

    The supervisor sends lines of JSON: pairs of what is told and a value. The worker sends a line when it
    begins to serve.

    Parameters
    ----------
    content
        What is served; a worker serves no other.
    listening
        The bound socket.
    channel
        This worker's end of a socket pair.
    serving
        How to serve.
    is_reloaded
        Whether a reload has brought this content.
    unkept
        Says that what recommendations need cannot be kept, where it is so.
    """
    server = create_server(content, serving, lambda: channel.sendall(b"serving\n"))
    if is_reloaded:
        content.note_reload()

    async def listen() -> None:
        if unkept is not None:
            content.learned(unkept)
        reader, _ = await asyncio.open_connection(sock=channel)
        leaving: asyncio.Task[None] | None = None
        while line := await reader.readline():
            match json.loads(line):
                case ["failed", reason]:
                    content.fail(reason)
                case ["unchanged", _]:
                    content.note_unchanged()
                case ["learned", found]:
                    await asyncio.to_thread(content.learned, Learned(*found))
                case ["leave", _]:
                    content.wait_no_longer()
                    leaving = leaving or asyncio.create_task(server.leave())
        if leaving is not None:
            leaving.cancel()
        server.stop()

    async def main() -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
        content.prepare()
        task = asyncio.create_task(listen())
        await server.serve(sockets=[listening])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(server, content, main)
