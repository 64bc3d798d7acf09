"""What a load begins with, in other processes, so that this one can import meanwhile what comes next."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import pickle
from array import array
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from .article import Problem
from .corpus import FEW, UNKNOWN, ContentOptions, FileState, Progress, Scan, available_cores, scan, states_of
from .reading import Batch, Reads, parted, read_batch, read_by
from .snapshot import SnapshotWriter
from .workers import Child, forked

_PIPE_SIZE = 1 << 20


class Ahead:
    """The files of a folder, and forks that read them.

    Parameters
    ----------
    find
        Gives the files that were found.
    """

    def __init__(self, find: Callable[[], Scan]) -> None:
        self.scan = find
        self.reads: Reads | None = None
        """What was read of all files; None where nothing was."""
        self._batch: Batch | None = None
        self._children: list[Child] = []
        self._writer: SnapshotWriter | None = None

    @contextlib.contextmanager
    def reading(self, folder: Path, options: ContentOptions, snapshot: Path, cores: int) -> Iterator[None]:
        """Have all files read by forks while the block runs; their texts go to the snapshot that is to be."""
        self._writer = SnapshotWriter(snapshot).__enter__()
        try:
            texts = os.fspath(self._writer.temporary)
            self._batch = Batch(os.fspath(folder), "\0".join(self.scan().files), b"", options, texts)
            with forked(read_batch, parted(self._batch), cores) as self._children:
                yield
        finally:
            if self._writer is not None:  # nobody has taken it
                self._writer.__exit__()

    @property
    def is_reading(self) -> bool:
        """Whether files are being read."""
        return self._batch is not None

    def read(self, progress: Progress | None = None) -> None:
        """Gather what is being read of the files.

        Parameters
        ----------
        progress
            Told how many of them are done.

        Raises
        ------
        WorkerError
            Where a process has failed.
        """
        assert self._batch is not None
        self.reads = Reads(read_by(self._children, self._batch, progress))

    def take_writer(self) -> SnapshotWriter:
        """What writes the snapshot, and holds texts already; whoever takes it ends it."""
        assert self._writer is not None
        writer, self._writer = self._writer, None
        return writer


@contextlib.contextmanager
def begin(folder: Path, options: ContentOptions, snapshot: Path) -> Iterator[Ahead]:
    """Begin to load a folder; for a process that has one thread.

    Where there is a snapshot, few files are read but the state of each is asked for. Where there is none,
    forks read them, if they are many.

    Parameters
    ----------
    folder
        The content folder.
    options
        How it is read.
    snapshot
        The place of its snapshot.

    Yields
    ------
    Ahead
        What was begun. It ends with the block.

    Raises
    ------
    ContentError
        Where the folder cannot be used; where there is a snapshot, `Ahead.scan` raises it.
    OSError
        Where the snapshot cannot be written.
    """
    if snapshot.exists():
        with _Fork(lambda: _scanned(folder, options)) as scanning:
            yield Ahead(lambda: _scan(*scanning.result()))
        return
    with _Fork(lambda: _listed(folder, options)) as listing:
        from . import fields  # noqa: F401 - a parser, at the same time, for this process or forks of it

        listed, others, problems = listing.result()
    found = Scan(dict.fromkeys(listed.split("\0"), UNKNOWN) | others, problems)
    ahead, cores = Ahead(lambda: found), available_cores()
    if cores == 1 or len(found.files) <= FEW:
        yield ahead
        return
    with ahead.reading(folder, options, snapshot, cores):
        yield ahead


def scan_known(folder: Path, options: ContentOptions, known: Sequence[str]) -> Scan:
    """Scan a folder most of whose files are known; for a process that has one thread.

    A fork lists the folder; this process asks meanwhile for the states of the files that are known.

    Parameters
    ----------
    folder
        The content folder.
    options
        How it is read.
    known
        The paths of the files that are probably there.

    Raises
    ------
    ContentError
        Where the folder cannot be used.
    """
    name = os.fspath(folder)
    with _Fork(lambda: _listed(folder, options)) as listing:
        states = dict(zip(known, states_of(name, known), strict=True))
        listed, others, problems = listing.result()
    paths = listed.split("\0")
    if paths != known:
        new = [path for path in paths if path not in states]
        states |= zip(new, states_of(name, new), strict=True)
        states = {path: states[path] for path in paths}
    return Scan(states | others, problems)


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


def _listed(folder: Path, options: ContentOptions) -> tuple[str, dict[str, FileState], list[Problem]]:
    """The paths of all files, the states of those that are known by listing them, and problems."""
    found = scan(folder, follow_symlinks=options.follow_symlinks, with_states=False)
    others = {path: state for path, state in found.files.items() if state is not UNKNOWN}
    return "\0".join(found.files), others, found.problems


def _scanned(folder: Path, options: ContentOptions) -> tuple[str, array[int], list[Problem]]:
    found = scan(folder, follow_symlinks=options.follow_symlinks)
    numbers = array("q", itertools.chain.from_iterable(found.files.values()))
    return "\0".join(found.files), numbers, found.problems


def _scan(paths: str, numbers: array[int], problems: list[Problem]) -> Scan:
    of_all = iter(numbers)
    return Scan(dict(zip(paths.split("\0"), zip(*[of_all] * 4, strict=True), strict=True)), problems)
