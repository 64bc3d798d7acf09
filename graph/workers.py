"""Run a function over many batches in several Python processes.

The children are fresh interpreters that talk over pipes. `multiprocessing` would fork, which is unsafe beside
threads (a notebook, a server), or import the caller's main module again, which breaks scripts that have no
``if __name__ == "__main__"``.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
R = TypeVar("R")

_PACKAGE_PARENT = str(Path(__file__).resolve().parent.parent)


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
    children = [_Child() for _ in range(processes)]
    idle: queue.SimpleQueue[_Child] = queue.SimpleQueue()
    for child_process in children:
        idle.put(child_process)

    def run(batch: T) -> R:
        worker = idle.get()
        try:
            result: R = worker.call(function, batch)
            return result
        finally:
            idle.put(worker)

    ahead: deque[Future[R]] = deque()  # bounded, so that a slow consumer does not pile up results
    try:
        with ThreadPoolExecutor(processes) as threads:
            try:
                for batch in batches:
                    ahead.append(threads.submit(run, batch))
                    if len(ahead) > 3 * processes:
                        yield ahead.popleft().result()
                while ahead:
                    yield ahead.popleft().result()
            except BaseException:
                for future in ahead:
                    future.cancel()
                for worker in children:
                    worker.kill()  # ends the calls under way, so that the threads can be joined
                raise
    finally:
        for worker in children:
            worker.close()


class _Child:
    def __init__(self) -> None:
        self._process = subprocess.Popen(
            command("from graph.workers import child; child()"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # Ctrl-C in a terminal is our business; a child ends when its pipe closes
        )

    def call(self, function: Callable[[T], R], batch: T) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            pickle.dump((function, batch), self._process.stdin, protocol=5)
            self._process.stdin.flush()
            ok, result = pickle.load(self._process.stdout)  # noqa: S301 - our own child's words
        except (OSError, EOFError, pickle.UnpicklingError):
            status = self._process.wait()
            how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
            raise WorkerError(f"a worker process {how}; is the machine short of memory?") from None
        if not ok:
            raise WorkerError(f"a worker process failed:\n{result}")
        return result

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):  # killed with an unread message in the pipe
            self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait()


def child() -> None:
    """Answer calls on standard input until it closes; the body of a child process."""
    calls = os.fdopen(os.dup(0), "rb")
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints must not write between the answers
    while True:
        try:
            function, batch = pickle.load(calls)  # noqa: S301 - our own parent's words
        except EOFError:
            return
        try:
            answer = True, function(batch)
        except Exception:
            import traceback

            answer = False, traceback.format_exc()
        pickle.dump(answer, answers, protocol=5)
        answers.flush()
