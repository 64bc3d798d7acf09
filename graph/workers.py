"""Run a function over many batches in several Python processes.

The children are fresh interpreters that talk over pipes. `multiprocessing` would fork, which is unsafe beside
threads (a notebook, a server), or import the caller's main module again, which breaks scripts that have no
``if __name__ == "__main__"``. Where there is certainly one thread alone, forks may do it, which begin sooner.

Each child is given all batches at its start and afterwards only their indices: these fit into any pipe, so
that parent and child never wait for each other to read. A child has some more than the one it works on.
One thread reads the answers: several would wait for each other's turn in the interpreter, and the children
with them.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import selectors
import signal
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_PACKAGE_PARENT = str(Path(__file__).resolve().parent.parent)
_INDEX = struct.Struct("<q")
_ANSWER = struct.Struct("<q?q")
"""Which batch, whether all went well, and how many bytes follow."""
_PIPE_SIZE = 1 << 20
_IN_HAND = 4
"""How many batches a child has: enough to go on with while this process is busy."""
_AHEAD = 8
"""How many batches for each child may be done before the first of them is taken."""


class WorkerError(Exception):
    """A child process ended or failed; the message says how."""


def command(statement: str) -> list[str]:
    """The command that runs a statement in a fresh interpreter which finds this package."""
    # -P: the folder that we happen to be in may hold Markdown, and a random.py too
    return [sys.executable, "-P", "-c", f"import sys; sys.path.insert(0, {_PACKAGE_PARENT!r}); {statement}"]


def map_batches(function: Callable[[T], R], batches: Sequence[T], processes: int) -> Iterator[R]:
    """Apply a function to each batch, in child processes where more than one is asked for.

    Parameters
    ----------
    function
        A function at the top level of a module of this package.
    batches
        Its arguments; like its results they must be picklable.
    processes
        How many processes to use; with 1, or a single batch, all runs in this one.

    Yields
    ------
    R
        The results, in the order of the batches.

    Raises
    ------
    WorkerError
        Where a child ended without an answer, or the function raised.
    """
    processes = min(processes, len(batches))
    if processes <= 1:
        yield from map(function, batches)
        return
    work = pickle.dumps((function, batches), protocol=5)
    with contextlib.ExitStack() as started:
        children = [started.enter_context(FreshChild()) for _ in range(processes)]
        for child_process in children:
            child_process.send(_INDEX.pack(len(work)) + work)
        yield from in_order(children, len(batches))


@contextlib.contextmanager
def forked(function: Callable[[T], object], batches: Sequence[T], processes: int) -> Iterator[list[Child]]:
    """Forks of this process, which must have one thread; they begin at once, with all at hand that it has.

    Parameters
    ----------
    function, batches
        As for `map_batches`; only the results must be picklable.
    processes
        How many.

    Yields
    ------
    list
        The forks; `in_order` gives what they answer.
    """
    children: list[Child] = []
    with contextlib.ExitStack() as started:
        for _ in range(processes):
            children.append(started.enter_context(ForkedChild(function, batches, children)))
        yield [*children]


def in_order(children: Sequence[Child], count: int) -> Iterator[Any]:
    """What children make of so many batches, in their order.

    Raises
    ------
    WorkerError
        Where a child ended without an answer, or the function raised.
    """
    answers: dict[int, list[Any]] = {}  # of each batch, whether all went well and the result
    handed_out = 0
    idle = [*children] * _IN_HAND
    with selectors.DefaultSelector() as selector:
        for child_process in children:
            selector.register(child_process.answers, selectors.EVENT_READ, child_process)
        for wanted in range(count):
            limit = min(count, wanted + _AHEAD * len(children))
            while True:
                while idle and handed_out < limit:
                    idle.pop().send(_INDEX.pack(handed_out))
                    handed_out += 1
                if wanted in answers:
                    break
                for key, _ in selector.select():
                    index, *answer = key.data.receive()
                    answers[index] = answer
                    idle.append(key.data)
            is_well, result = answers.pop(wanted)
            if not is_well:
                raise WorkerError(f"a worker process failed:\n{result}")
            yield result


class Child:
    """A child process; it is ended when the block is left, whatever it is doing where that fails.

    Parameters
    ----------
    calls, answers
        Our ends of its pipes.
    """

    def __init__(self, calls: Any, answers: Any) -> None:
        self.calls = calls
        self.answers = answers
        # a child that need not wait for us to read is faster; not every system or user may have such pipes
        with contextlib.suppress(ImportError, AttributeError, OSError):
            import fcntl

            fcntl.fcntl(answers.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_SIZE)

    def _kill(self) -> None:
        raise NotImplementedError

    def _wait(self) -> int:
        raise NotImplementedError

    def send(self, data: bytes) -> None:
        """Send it something.

        Raises
        ------
        WorkerError
            Where it has ended.
        """
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[self.calls.write(rest) :]
        except OSError:
            self._fail()

    def receive(self) -> tuple[int, bool, Any]:
        """Wait for an answer: which batch, whether all went well, and the result.

        Raises
        ------
        WorkerError
            Where it has ended.
        """
        index, is_well, size = _ANSWER.unpack(self._read(_ANSWER.size))
        return index, is_well, pickle.loads(self._read(size))  # noqa: S301 - our own child's words

    def __enter__(self) -> Child:
        return self

    def __exit__(self, failure: object, *_: object) -> None:
        if failure is not None:
            self._kill()  # whatever it is doing, nobody wants its answer any more
        with contextlib.suppress(OSError):
            self.calls.close()
        self.answers.close()
        self._wait()

    def _read(self, size: int) -> bytearray:
        data = bytearray(size)
        rest = memoryview(data)
        while rest:
            read = self.answers.readinto(rest)
            if not read:
                self._fail()
            rest = rest[read:]
        return data

    def _fail(self) -> None:
        status = self._wait()
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        raise WorkerError(f"a worker process {how}; is the machine short of memory?")


class FreshChild(Child):
    """A fresh interpreter: it is sent what to do."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            command("from graph.workers import child; child()"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            bufsize=0,
            process_group=0,  # Ctrl-C in a terminal is our business; a child ends when its pipe closes
        )
        super().__init__(self._process.stdin, self._process.stdout)

    def _kill(self) -> None:
        self._process.kill()

    def _wait(self) -> int:
        return self._process.wait()


class ForkedChild(Child):
    """A fork of this process, which must have one thread.

    Parameters
    ----------
    function, batches
        What it is to do.
    others
        Those that were forked before: it must not keep their pipes open.
    """

    def __init__(
        self, function: Callable[[Any], object], batches: Sequence[Any], others: Sequence[Child]
    ) -> None:
        (called, call), (answers, answer) = os.pipe(), os.pipe()
        self._status: int | None = None
        sys.stdout.flush()  # or both would write what waits in it
        self._pid = os.fork()
        if not self._pid:
            try:
                os.setpgid(0, 0)  # Ctrl-C in a terminal is our parent's business
                for other in others:
                    other.calls.close()
                    other.answers.close()
                os.close(call)
                os.close(answers)
                _answer(function, batches, os.fdopen(called, "rb", buffering=0), os.fdopen(answer, "wb"))
            finally:
                os._exit(1)
        os.close(called)
        os.close(answer)
        super().__init__(os.fdopen(call, "wb", buffering=0), os.fdopen(answers, "rb", buffering=0))

    def _kill(self) -> None:
        if self._status is None:
            os.kill(self._pid, signal.SIGKILL)

    def _wait(self) -> int:
        if self._status is None:
            _, status = os.waitpid(self._pid, 0)
            self._status = os.waitstatus_to_exitcode(status)
        return self._status


def child() -> NoReturn:
    """Answer until standard input closes; the body of a fresh child process."""
    gc.disable()  # imports and batches leave no cycles worth looking for
    calls = os.fdopen(os.dup(0), "rb", buffering=0)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not write between the answers
    (size,) = _INDEX.unpack(calls.read(_INDEX.size))
    work = bytearray()
    while len(work) < size:
        work += calls.read(size - len(work)) or sys.exit()
    function, batches = pickle.loads(work)  # noqa: S301 - our own parent's words
    _answer(function, batches, calls, answers)


def _answer(function: Callable[[Any], object], batches: Sequence[Any], calls: Any, answers: Any) -> NoReturn:
    while request := calls.read(_INDEX.size):
        (index,) = _INDEX.unpack(request)
        try:
            is_well, result = True, function(batches[index])
        except Exception:
            import traceback

            is_well, result = False, traceback.format_exc()
        data = pickle.dumps(result, protocol=5)
        try:
            answers.write(_ANSWER.pack(index, is_well, len(data)))
            answers.write(data)
            answers.flush()
        except BrokenPipeError:  # our parent has gone
            os._exit(1)
    sys.stdout.flush()  # what was printed
    os._exit(0)  # our parent waits for the end, and the interpreter takes its time to tidy up
