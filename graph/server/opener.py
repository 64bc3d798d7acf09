"""The process that opens the content. All workers are forks of it: what they only read they share.

It has one thread and no event loop, so that a fork takes nothing along that is in the midst of something. The
supervisor tells it what to do in lines of JSON, one after the other, and it answers in lines.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import traceback
from collections import deque
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from .. import warming
from ..knowledge import KnowledgeGraph
from ..snapshot import SnapshotError
from ..workers import command
from .content import Content, give_back, reason_of
from .learning import Learned
from .metrics import DIRECTORY
from .process import Serving, log_to_stderr, prepare_imports, serve_as_worker

logger = logging.getLogger("articlegraph")

_AT_ONCE = 1 << 16


class OpenerError(Exception):
    """The opener has ended, or cannot open what it is told to; the message says why."""


class Opened(NamedTuple):
    """What the opener has open: a graph's version, and whether all is kept that is computed for it."""

    version: str
    is_complete: bool


class Opener:
    """The opener as the supervisor sees it.

    Parameters
    ----------
    listening
        The bound socket of the server.
    serving
        How workers serve.
    counts
        The folder in which they count together.
    """

    def __init__(self, listening: socket.socket, serving: Serving, counts: str) -> None:
        self._listening = listening
        self._serving = serving
        self._counts = counts
        self._process: subprocess.Popen[bytes] | None = None
        self._replies: deque[asyncio.Future[Any]] = deque()
        self._ends: dict[int, asyncio.Future[int | None]] = {}

    @property
    def is_running(self) -> bool:
        """Whether there is a process that can be told something."""
        return self._process is not None

    async def start(self, snapshot: Path, derived: Path) -> Opened:
        """Start the process and have it open a snapshot.

        Raises
        ------
        OpenerError
            Where it ended instead; it has said why. Where the server stops.
        """
        if self._listening.fileno() < 0:
            raise OpenerError("the server stops")
        self._channel, theirs = socket.socketpair()
        arguments = (str(snapshot), str(derived), self._listening.fileno(), theirs.fileno(), self._serving)
        self._process = subprocess.Popen(
            command(
                "from graph.server.process import Limits, Serving; from graph.server.opener import run; "
                f"run(*{arguments!r})"
            ),
            env={**os.environ, DIRECTORY: self._counts},
            pass_fds=(self._listening.fileno(), theirs.fileno()),
            stdin=subprocess.DEVNULL,
        )
        theirs.close()
        reader, self._writer = await asyncio.open_connection(sock=self._channel.dup())
        opened = self._reply()
        self._reading = asyncio.create_task(self._read(reader, self._process))
        return Opened(*await opened)

    async def open(self, snapshot: Path) -> Opened:
        """Have it open another snapshot; forks are of that then.

        Raises
        ------
        OpenerError
            Where it cannot; the one before stays open.
        """
        self._tell({"open": str(snapshot)})
        return Opened(*await self._reply())

    async def fork(
        self, channel: socket.socket, heir_to: int | None, *, is_reloaded: bool
    ) -> tuple[int, asyncio.Future[int | None]]:
        """Have it fork a worker.

        Parameters
        ----------
        channel
            The worker's end of a socket pair.
        heir_to
            A process that has ended, whose counts it goes on with.
        is_reloaded
            Whether it serves what a reload has brought.

        Returns
        -------
        tuple
            The id of its process; and its status when it ends, None where nobody knows it.

        Raises
        ------
        OpenerError
            Where it ended before it had done so.
        """
        self._tell({"fork": heir_to, "reloaded": is_reloaded}, channel)
        forked: tuple[int, asyncio.Future[int | None]] = await self._reply()
        return forked

    def learned(self, found: Learned) -> None:
        """Tell what has been computed."""
        with contextlib.suppress(OpenerError):
            self._tell({"learned": found})

    def stop_listening(self) -> None:
        """Have it close the server's socket, so that clients are refused when the workers have, too."""
        with contextlib.suppress(OpenerError):
            self._tell({"stop": True})

    async def stop(self) -> None:
        """End the process; its workers are left alone."""
        if self._process is not None:
            self._channel.shutdown(socket.SHUT_RDWR)
            await self._reading

    def _tell(self, what: dict[str, Any], *sockets: socket.socket) -> None:
        if self._process is None:
            raise OpenerError("the process that opens the content is gone")
        try:
            socket.send_fds(self._channel, [json.dumps(what).encode() + b"\n"], [s.fileno() for s in sockets])
        except OSError as error:
            raise OpenerError(f"the process that opens the content is gone ({error})") from None

    def _reply(self) -> asyncio.Future[Any]:
        reply = asyncio.get_running_loop().create_future()
        self._replies.append(reply)
        return reply

    async def _read(self, reader: asyncio.StreamReader, process: subprocess.Popen[bytes]) -> None:
        with contextlib.suppress(ConnectionError):
            while line := await reader.readline():
                what, value = json.loads(line)
                if what == "ended":
                    pid, status = value
                    self._ends.pop(pid).set_result(status)
                    continue
                reply = self._replies.popleft()
                if reply.cancelled():
                    continue
                if what == "forked":
                    self._ends[value] = asyncio.get_running_loop().create_future()
                    value = (value, self._ends[value])
                if what == "failed":
                    reply.set_exception(OpenerError(value))
                else:
                    reply.set_result(value)
        self._writer.close()
        self._channel.close()
        self._process = None
        for end in self._ends.values():
            end.set_result(None)
        self._ends.clear()
        status = await asyncio.to_thread(process.wait)
        while self._replies:
            if not (reply := self._replies.popleft()).cancelled():
                reply.set_exception(
                    OpenerError(f"the process that opens the content ended with status {status}")
                )


def run(snapshot: str, derived: str, listening: int, control: int, serving: Serving) -> NoReturn:
    """Body of the opener: do what the supervisor says until it is gone.

    Parameters
    ----------
    snapshot
        Path of the snapshot to begin with.
    derived
        Path of the folder for derived results, which all workers share.
    listening, control
        File descriptors: the bound socket, and this process's end of a socket pair.
    serving
        How workers serve.
    """
    log_to_stderr()
    for number in (signal.SIGINT, signal.SIGHUP):  # these reach the whole group; the supervisor decides
        signal.signal(number, signal.SIG_IGN)
    prepare_imports()
    gc.collect()
    gc.freeze()  # all that is there before the first graph stays
    gc.disable()
    try:
        content = Content(  # the graph has no name here: it must go when it is replaced
            KnowledgeGraph(Path(snapshot), resolution=serving.resolution, derived=Path(derived))
        )
    except SnapshotError as error:
        sys.exit(str(error))
    _Forks(content, socket.socket(fileno=control), listening, serving).run()


class _Forks:
    """Does as the supervisor says.

    Parameters
    ----------
    content
        What is served.
    control
        Where the supervisor says it.
    listening
        The bound socket's file descriptor.
    serving
        How workers serve.
    """

    def __init__(self, content: Content, control: socket.socket, listening: int, serving: Serving) -> None:
        self._content = content
        self._control = control
        self._listening = listening
        self._serving = serving
        self._sockets: deque[int] = deque()
        self._unkept: Learned | None = None

    def run(self) -> NoReturn:
        """Go on until the supervisor is gone."""
        warming.expect(self._content.graph)
        warming.prepare(self._content.graph)  # workers share it; after a reload each makes it when it serves
        self._say_opened()
        awake, wake = os.pipe()
        for end in (awake, wake):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        self._pipe = (awake, wake)
        said = b""
        while True:
            ready, _, _ = select.select([self._control.fileno(), awake], [], [])
            if awake in ready:
                os.read(awake, _AT_ONCE)
                self._reap()
            if self._control.fileno() in ready:
                data, sockets, _, _ = socket.recv_fds(self._control, _AT_ONCE, 16)
                if not data:
                    os._exit(0)
                self._sockets.extend(sockets)
                *lines, said = (said + data).split(b"\n")
                for line in lines:
                    self._do(**json.loads(line))

    def _do(self, **told: Any) -> None:
        if "fork" in told:
            self._fork(self._sockets.popleft(), told["fork"], is_reloaded=told["reloaded"])
        elif "stop" in told:
            os.close(self._listening)
        elif "open" in told:
            self._open(Path(told["open"]))
        else:
            self._note(Learned(*told["learned"]))

    def _tell(self, what: str, value: Any) -> None:
        try:
            self._control.sendall(json.dumps([what, value]).encode() + b"\n")
        except OSError:  # the supervisor is gone
            os._exit(0)

    def _open(self, snapshot: Path) -> None:
        try:
            self._content.graph = self._content.open(snapshot)
        except Exception as error:  # whatever it is, the old graph can go on being served
            self._tell("failed", reason_of(error))
            return
        self._unkept = None
        self._say_opened()

    def _say_opened(self) -> None:
        """Open what workers would else have to open, each for itself; say what is served."""
        graph = self._content.graph
        is_complete = warming.open_kept(graph, everything=self._serving.warm)
        gc.collect()
        give_back()
        self._tell("opened", Opened(graph.version, is_complete))

    def _note(self, found: Learned) -> None:
        try:
            if found.what == warming.UNKEPT:  # each worker computes for itself
                self._unkept = found
            else:
                self._content.learned(found)
                gc.collect()
                give_back()
        except Exception:
            logger.exception("what was computed cannot be opened")

    def _fork(self, channel: int, heir_to: int | None, *, is_reloaded: bool) -> None:
        try:
            pid = os.fork()
        except OSError as error:  # no memory or no process to be had now; later there may be
            os.close(channel)
            self._tell("failed", f"no worker can be started: {error}")
            return
        if pid == 0:
            self._become_worker(channel, heir_to, is_reloaded=is_reloaded)
        os.close(channel)
        self._tell("forked", pid)

    def _become_worker(self, channel: int, heir_to: int | None, *, is_reloaded: bool) -> NoReturn:
        status = 1
        try:
            gc.freeze()  # what the opener has made stays: to look at it again would copy the pages it is on
            gc.enable()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            for end in (*self._pipe, *self._sockets):  # another worker's end would outlive that worker here
                os.close(end)
            _inherit_counts(heir_to)
            serve_as_worker(
                self._content,
                socket.socket(fileno=self._listening),
                socket.socket(fileno=channel),
                self._serving,
                is_reloaded=is_reloaded,
                unkept=self._unkept,
            )
            status = 0
        except SnapshotError as error:
            print(error, file=sys.stderr)
        except BaseException:
            traceback.print_exc()
        finally:  # nothing of the opener's own must be done here
            logging.shutdown()
            with contextlib.suppress(OSError):
                sys.stdout.flush()
            os._exit(status)

    def _reap(self) -> None:
        with contextlib.suppress(ChildProcessError):
            while True:
                pid, status = os.waitpid(-1, os.WNOHANG)
                if not pid:
                    return
                self._tell("ended", (pid, os.waitstatus_to_exitcode(status)))


def _inherit_counts(pid: int | None) -> None:
    """Go on with the counts of a process that has ended: else each reload would leave some behind."""
    if pid is None:
        return
    folder = Path(os.environ[DIRECTORY])
    for kind in ("counter", "histogram"):
        own = folder / f"{kind}_{os.getpid()}.db"
        if not own.exists():
            with contextlib.suppress(FileNotFoundError):
                (folder / f"{kind}_{pid}.db").rename(own)
