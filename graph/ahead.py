"""What a load begins with, in other processes, so that this one can import meanwhile what comes next."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import pickle
from array import array
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from .article import Problem
from .corpus import UNKNOWN, ContentOptions, FileState, Scan, available_cores, scan, states_of
from .reading import FEW, read_batch
from .workers import Child

_PIPE_SIZE = 1 << 20


class Ahead:
    """The files of a folder, and processes to read them.

    Parameters
    ----------
    find
        Gives the files that were found.
    children
        Processes that can read.
    """

    def __init__(self, find: Callable[[], Scan], children: list[Child]) -> None:
        self.scan = find
        self.children = children


@contextlib.contextmanager
def begin(folder: Path, options: ContentOptions, *, is_known: bool) -> Iterator[Ahead]:
    """Begin to load a folder; for a process that has one thread.

    Parameters
    ----------
    folder
        The content folder.
    options
        How it is read.
    is_known
        Whether there is a snapshot of it, so that few files are read but the state of each is asked for.

    Yields
    ------
    Ahead
        What was begun. It ends with the block.

    Raises
    ------
    ContentError
        Where the folder cannot be used; if it `is_known`, `Ahead.scan` raises it.
    """
    if is_known:
        with _Fork(lambda: _scanned(folder, options)) as scanning:
            yield Ahead(lambda: _scan(*scanning.result()), [])
        return
    found = scan(folder, follow_symlinks=options.follow_symlinks, with_states=False)
    cores = available_cores() if len(found.files) > FEW else 1
    with contextlib.ExitStack() as started:
        names = [read_batch.__module__] * cores if cores > 1 else []
        yield Ahead(lambda: found, [started.enter_context(Child(name)) for name in names])


def scan_in_two(folder: Path, options: ContentOptions) -> Scan:
    """Scan a folder; a fork of this process, which must have one thread, asks for half of the states.

    Raises
    ------
    ContentError
        Where the folder cannot be used.
    """
    found = scan(folder, follow_symlinks=options.follow_symlinks, with_states=False)
    unknown = [path for path, state in found.files.items() if state is UNKNOWN]
    middle = len(unknown) // 2 if len(unknown) > FEW else 0
    name = os.fspath(folder)
    with _Fork(lambda: _numbers(states_of(name, unknown[:middle]))) as fork:
        others = list(states_of(name, unknown[middle:]))
        states = _states(fork.result()) if middle else []
    found.files |= zip(unknown, [*states, *others], strict=True)
    return found


class _Fork:
    """A fork of this process that computes something; a thread would take turns with this one."""

    def __init__(self, compute: Callable[[], object]) -> None:
        self._compute = compute

    def __enter__(self) -> _Fork:
        answers, answer = os.pipe()
        with contextlib.suppress(AttributeError, OSError):
            fcntl.fcntl(answer, fcntl.F_SETPIPE_SZ, _PIPE_SIZE)
        self._pid = os.fork()
        if not self._pid:
            try:
                os.close(answers)
                with os.fdopen(answer, "wb") as pipe:
                    pipe.write(pickle.dumps(self._computed(), protocol=5))
            finally:
                os._exit(0)
        os.close(answer)
        self._answers = os.fdopen(answers, "rb")
        return self

    def __exit__(self, *_: object) -> None:
        self._answers.close()  # a child that still writes ends by it
        os.waitpid(self._pid, 0)

    def _computed(self) -> object:
        try:
            return self._compute()
        except Exception as error:
            return error

    def result(self) -> Any:
        """Wait for what is computed; it is computed here where the child has failed."""
        data = self._answers.read()
        result = pickle.loads(data) if data else self._compute()  # noqa: S301 - our own child's words
        if isinstance(result, Exception):
            raise result
        return result


def _scanned(folder: Path, options: ContentOptions) -> tuple[str, array[int], list[Problem]]:
    found = scan(folder, follow_symlinks=options.follow_symlinks)
    return "\0".join(found.files), _numbers(found.files.values()), found.problems


def _scan(paths: str, states: array[int], problems: list[Problem]) -> Scan:
    return Scan(dict(zip(paths.split("\0"), _states(states), strict=True)), problems)


def _numbers(states: Iterable[FileState]) -> array[int]:
    return array("q", itertools.chain.from_iterable(states))


def _states(numbers: array[int]) -> Iterator[FileState]:
    of_all = iter(numbers)
    return map(FileState._make, zip(*[of_all] * 4, strict=True))
