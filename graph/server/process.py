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
from collections.abc import Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from ..knowledge import KnowledgeGraph
from ..snapshot import SnapshotError
from .app import create_app
from .content import Content, Reloader, watch
from .limits import Limits
from .observing import write_to_stdout

logger = logging.getLogger("articlegraph")

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
    limits, operations, introspection, suggestions, cors_origins, cors_credentials
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


def create_server(content: Content, serving: Serving, started: Callable[[], None]) -> _Server:
    """A server for an application over `content`, not yet started."""
    app = create_app(
        content,
        limits=serving.limits,
        operations=serving.operations,
        introspection=serving.introspection,
        suggestions=serving.suggestions,
        cors_origins=serving.cors_origins,
        cors_credentials=serving.cors_credentials,
        access_log=write_to_stdout if serving.access_log else None,
    )
    content.settle()
    config = uvicorn.Config(
        app,
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
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

    async def main() -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, server.stop)
        reloader = Reloader(settings.build_command, built, settled)
        loop.add_signal_handler(signal.SIGHUP, reloader.request)
        async with background(reloader, settings):
            await server.serve(sockets=[listening])

    run(server, content, main)


@contextlib.asynccontextmanager
async def background(reloader: Reloader, settings: Settings):  # type: ignore[no-untyped-def]
    """Answer reload requests, and make them when files change, while the block runs."""
    tasks = [asyncio.create_task(reloader.run())]
    if settings.watched is not None:
        tasks.append(asyncio.create_task(watch(settings.watched, reloader.request)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def serve_as_worker(snapshot: str, derived: str, listening: int, control: int, serving: Serving) -> None:
    """Body of a worker: serve until the supervisor says stop or is gone.

    The supervisor sends a line of JSON for each reload: null to open the snapshot again, or the reason why
    the build failed. The worker sends a line when it begins to serve.

    Parameters
    ----------
    snapshot
        Path of the snapshot.
    derived
        Path of the folder for derived results, which all workers share.
    listening, control
        File descriptors: the bound socket, and this worker's end of a socket pair.
    serving
        How to serve.
    """
    log_to_stderr()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor decides
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        content = Content(  # the graph has no name here: it must go when it is replaced
            KnowledgeGraph(Path(snapshot), resolution=serving.resolution, derived=Path(derived)),
            Path(snapshot),
            warm=serving.warm,
        )
    except SnapshotError as error:
        sys.exit(str(error))
    channel = socket.socket(fileno=control)
    server = create_server(content, serving, lambda: channel.sendall(b"serving\n"))

    async def listen() -> None:
        reader, _ = await asyncio.open_connection(sock=channel)
        while line := await reader.readline():
            failure = json.loads(line)
            if failure is None:
                await content.reload()
            else:
                content.fail(failure)
        server.stop()

    async def main() -> None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.stop)
        task = asyncio.create_task(listen())
        await server.serve(sockets=[socket.socket(fileno=listening)])
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    run(server, content, main)
