"""The files of a folder: those that a snapshot knows, those that are there now, and what was read of them."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .article import Problem, Severity
from .corpus import Scan
from .documents import Stored, stored_text
from .reading import BatchRead
from .snapshot import Snapshot

Array = NDArray[Any]


@dataclass(slots=True)
class Files:
    """All article files of a folder, in order of path.

    Parameters
    ----------
    paths
        Relative to the folder.
    states
        Shape (f, 4).
    digests
        Shape (f, 32); zeros where a file could not be read.
    problems
        Of the files that have any.
    """

    paths: list[str]
    states: Array
    digests: Array
    problems: dict[str, list[Problem]]


@dataclass
class Known:
    """What the snapshot in place knows.

    Parameters
    ----------
    snapshot
        It.
    files
        Its files.
    index
        Of each path, where it stands in `files`.
    folder_problems
        Problems of the folder, not of a file.
    """

    snapshot: Snapshot
    files: Files
    index: dict[str, int]
    folder_problems: list[Problem]

    @classmethod
    def of(cls, snapshot: Snapshot) -> Known:
        """What a snapshot knows."""
        paths: list[str] = stored_text(snapshot, "path").tolist()
        states = np.asarray(snapshot.section("state", "q")).reshape(-1, 4)
        digests = np.asarray(snapshot.section("digest")).reshape(-1, 32)
        problems: dict[str, list[Problem]] = {}
        found = snapshot.json("problems")
        for severity, *rest in found["file"]:
            problem = Problem(Severity(severity), *rest)
            problems.setdefault(problem.file, []).append(problem)
        folder = [Problem(Severity(severity), *rest) for severity, *rest in found["folder"]]
        files = Files(paths, states, digests, problems)
        return cls(snapshot, files, {path: n for n, path in enumerate(paths)}, folder)

    @cached_property
    def stored(self) -> Stored:
        """Its documents."""
        return Stored.of(self.snapshot)

    def says(self, files: Files, folder_problems: list[Problem]) -> bool:
        """Whether it knows of each file what was found, and of the folder."""
        return (
            files.paths == self.files.paths
            and bool((files.states == self.files.states).all())
            and folder_problems == self.folder_problems
        )


@dataclass(slots=True)
class Found:
    """The files that were found in a folder, beside those that its snapshot knows.

    Parameters
    ----------
    files
        The files. Of those that are to be read it has digests and problems when these were noted.
    folder_problems
        Problems of the folder.
    known
        What the snapshot knows; None where there is none.
    was
        Where each file stands in the snapshot's files, -1 where it does not; shape (f,).
    pending
        Which of the files are to be read, in order.
    """

    files: Files
    folder_problems: list[Problem]
    known: Known | None
    was: Array
    pending: Array
    same: Array = field(default_factory=lambda: np.zeros(0, np.bool_))
    """Of each of those, once it was read, whether it says what it said before."""

    @classmethod
    def of(cls, scan: Scan, known: Known | None, *, verify: bool) -> Found:
        """Compare what was found with what is known; with `verify` every file is to be read."""
        paths = list(scan.files)
        count = len(paths)
        states = np.fromiter(itertools.chain.from_iterable(scan.files.values()), np.int64, 4 * count).reshape(
            -1, 4
        )
        files = Files(paths, states, np.zeros((count, 32), np.uint8), {})
        was = np.full(count, -1)
        if known is not None:
            if paths == known.files.paths:
                was = np.arange(count)
            else:
                was = np.fromiter((known.index.get(path, -1) for path in paths), np.int64, count)
            files.digests[was >= 0] = known.files.digests[was[was >= 0]]
            some = known.files.problems.items()
            files.problems = {path: problems for path, problems in some if path in scan.files}
        is_same = was >= 0
        if known is not None and not verify:
            is_same[is_same] = (known.files.states[was[is_same]] == states[is_same]).all(axis=1)
        return cls(files, scan.problems, known, was, np.arange(count) if verify else np.flatnonzero(~is_same))

    @property
    def pending_paths(self) -> list[str]:
        """The paths of the files that are to be read."""
        return [self.files.paths[n] for n in self.pending.tolist()]

    @property
    def pending_digests(self) -> bytes:
        """What is known of what they held: 32 bytes each, zeros where nothing is."""
        return self.files.digests[self.pending].tobytes()

    def note(self, reads: Sequence[BatchRead]) -> bool:
        """Note what was read of the files; whether anything is new."""
        self.same = np.frombuffer(b"".join(read.same for read in reads), np.bool_)
        if not len(self.pending):
            return False
        files = self.files
        states = np.concatenate([np.asarray(read.states) for read in reads]).reshape(-1, 4)
        digests = np.frombuffer(b"".join(read.digests for read in reads), np.uint8).reshape(-1, 32)
        changed = self.known is None or bool((digests != files.digests[self.pending]).any())
        before = {path: some for path in self._parsed() if (some := files.problems.pop(path, None))}
        firsts = itertools.accumulate((len(read.same) for read in reads), initial=0)
        now = {
            files.paths[self.pending[first + number]]: some
            for first, read in zip(firsts, reads, strict=False)
            for number, some in read.problems.items()
            if not read.same[number]
        }
        files.problems |= now
        files.states[self.pending], files.digests[self.pending] = states, digests
        return changed or now != before

    def _parsed(self) -> Iterable[str]:
        """The files that were parsed, if any had a problem before."""
        if not self.files.problems:
            return ()
        return (self.files.paths[n] for n in self.pending[~self.same].tolist())

    def is_known(self) -> bool:
        """Whether the snapshot says of each file what was found, and of the folder."""
        return self.known is not None and self.known.says(self.files, self.folder_problems)

    def stays_at(self) -> Array:
        """Where each of the snapshot's files whose documents stay stands now; -1 for the others."""
        assert self.known is not None
        now = np.full(len(self.known.files.paths), -1, np.int32)
        stays = self.was >= 0
        stays[self.pending[~self.same]] = False
        now[self.was[stays]] = np.flatnonzero(stays)
        return now
