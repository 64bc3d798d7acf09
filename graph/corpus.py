"""A folder → its files' documents and problems, read in parallel, the same in whatever order they come."""

from __future__ import annotations

import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from .article import Document, Problem, Severity

ENDINGS = (".md", ".markdown")
"""What an article's file name ends with, in any case."""
MAX_FILE_SIZE = 5_000_000
"""Bytes; a larger file is refused, not read."""
FEW = 256
"""Up to so many files are read in one process: starting others would take longer."""
_SETTLED_NS = 100_000_000
"""A file that changed less than so long before it was read may change again within its clock's tick."""

Progress = Callable[[int, int], None]
"""Called with how many files are done and how many there are."""


class ContentError(Exception):
    """The content folder cannot be used at all; the message says why and what would be right."""


@dataclass(frozen=True, slots=True)
class ContentOptions:
    """How a content folder is read.

    Parameters
    ----------
    max_file_size
        In bytes; a larger file is a problem and no article.
    follow_symlinks
        Whether symbolic links are followed.
    """

    max_file_size: int = MAX_FILE_SIZE
    follow_symlinks: bool = False

    def __str__(self) -> str:
        return f"{self.max_file_size} {self.follow_symlinks}"


FileState: TypeAlias = tuple[int, int, int, int]
"""What tells, without reading a file, that it is the one that was read before: its size, when its content and
when its state last changed (in nanoseconds), its inode."""
UNKNOWN: FileState = (0, 0, 0, 0)


@dataclass(slots=True)
class Scan:
    """What a folder holds: each article file's path (relative, '/'-separated) and state, sorted by path."""

    files: dict[str, FileState] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReadFile:
    """One file as it was read.

    Parameters
    ----------
    path
        Relative to the content folder.
    state
        At the time of reading; all zeros where it cannot be trusted to tell a later change.
    digest
        SHA-256 of the bytes; empty where they could not be read.
    same
        The digest is the one that was known before, and the file was not parsed again.
    document, problems
        What the file says, and what is wrong with it.
    """

    path: str
    state: FileState
    digest: bytes
    same: bool
    document: Document | None
    problems: list[Problem]


def scan(folder: Path, *, follow_symlinks: bool = False, with_states: bool = True) -> Scan:
    """Find the article files in a folder, without reading them.

    Names that begin with a dot are passed over, folders too.

    Parameters
    ----------
    folder
        The content folder.
    follow_symlinks
        Follow symbolic links; each real folder is entered once, so loops end. Otherwise each link is a
        problem.
    with_states
        Whether to ask for the state of each file, which takes most of the time; otherwise it is all zeros.

    Returns
    -------
    Scan
        Files and problems, both sorted.

    Raises
    ------
    ContentError
        Where the folder is missing, is no folder, cannot be read, or holds no article file.
    """
    if not folder.exists():
        raise ContentError(f"{folder}: no such folder; name a folder of Markdown files")
    if not folder.is_dir():
        raise ContentError(f"{folder}: not a folder; name a folder of Markdown files or a snapshot")
    found = Scan()
    _Scanner(found, follow_symlinks, with_states).enter(os.fspath(folder), "")
    if not found.files:
        detail = f" ({found.problems[0].message})" if found.problems else ""
        raise ContentError(f"{folder}: no Markdown file in it (*.md, *.markdown){detail}")
    found.files = {path: found.files[path] for path in sorted(found.files)}
    found.problems.sort(key=lambda problem: (problem.file, problem.code))
    return found


@dataclass(slots=True)
class _Scanner:
    found: Scan
    follow: bool
    with_states: bool
    entered: dict[tuple[int, int], str] = field(default_factory=dict)

    def enter(self, folder: str, prefix: str) -> None:
        root = os.stat(folder)  # noqa: PTH116 - scandir works on text paths, and this is its loop
        self.entered[root.st_dev, root.st_ino] = "."
        pending = [(folder, prefix)]
        while pending:
            folder, prefix = pending.pop()
            try:
                with os.scandir(folder) as listing:
                    entries = sorted(listing, key=lambda entry: entry.name)
            except OSError as error:
                self.problem(
                    Severity.ERROR, "unreadable", prefix.rstrip("/") or ".", f"cannot list: {error.strerror}"
                )
                continue
            for entry in entries:
                name = entry.name
                if name[0] == ".":
                    continue
                if name[-3:] == ".md" and entry.is_file(follow_symlinks=False):  # nearly all
                    self.plain_file(entry, prefix + name)
                else:
                    self.entry(entry, prefix + name, pending)

    def plain_file(self, entry: os.DirEntry[str], path: str) -> None:
        if not self.with_states:
            self.file(path, UNKNOWN)
            return
        try:
            status = entry.stat(follow_symlinks=False)
        except OSError as error:
            self.problem(Severity.ERROR, "unreadable", path, f"cannot read: {error.strerror}")
        else:
            self.file(path, _state(status))

    def entry(self, entry: os.DirEntry[str], path: str, pending: list[tuple[str, str]]) -> None:
        wanted = path.lower().endswith(ENDINGS)
        try:
            is_link = entry.is_symlink()
            if is_link and not self.follow:
                if wanted or entry.is_dir():
                    message = "a symbolic link, which is not followed; use --follow-symlinks to follow it"
                    self.problem(Severity.WARNING, "symlink", path, message)
                return
            is_folder = entry.is_dir()
            if not is_folder and not wanted:
                return
            status = entry.stat()
        except OSError as error:
            if wanted:
                self.problem(Severity.ERROR, "unreadable", path, f"cannot read: {error.strerror}")
            return
        if is_folder:
            first = self.entered.setdefault((status.st_dev, status.st_ino), path)
            if first != path:
                self.problem(Severity.WARNING, "symlink", path, f"the same folder as {first}, read there")
            else:
                pending.append((entry.path, path + "/"))
        elif not stat.S_ISREG(status.st_mode):
            self.problem(Severity.ERROR, "unreadable", path, "not a regular file (a pipe, socket or device)")
        else:
            self.file(path, _state(status))

    def file(self, path: str, state: FileState) -> None:
        try:
            path.encode()
        except UnicodeEncodeError:
            self.problem(Severity.ERROR, "file-name", path, "the file's name is not UTF-8; rename it")
            return
        self.found.files[path] = state

    def problem(self, severity: Severity, code: str, path: str, message: str) -> None:
        file, message = (
            text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            for text in (path, message)
        )
        self.found.problems.append(Problem(severity, code, file, None, None, message))


def open_folder(folder: str) -> int:
    """The descriptor of a folder, to be closed by who asks for it."""
    return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)


def states_of(folder: str, paths: Iterable[str]) -> Iterator[FileState]:
    """The state of each file of a folder; all zeros where it cannot be told or read."""
    lstat, is_regular = os.lstat, stat.S_ISREG
    try:
        opened = open_folder(folder)
    except OSError:
        yield from (UNKNOWN for _ in paths)
        return
    try:
        for path in paths:
            try:
                status = lstat(path, dir_fd=opened)  # half the time of a path from the root
            except OSError:
                yield UNKNOWN
            else:
                yield _state(status) if is_regular(status.st_mode) else UNKNOWN
    finally:
        os.close(opened)


def available_cores() -> int:
    """How many cores this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not Linux
        return os.cpu_count() or 1


def read_file(
    folder: int,
    path: str,
    known_digest: bytes,
    *,
    max_file_size: int = MAX_FILE_SIZE,
    follow_symlinks: bool = False,
) -> ReadFile:
    """Read and parse one file.

    Parameters
    ----------
    folder
        The descriptor of the content folder, which is open: the way to it need not be found for every file.
    path
        The file's, relative to the folder.
    known_digest
        The digest of what it held before; empty where unknown.
    max_file_size
        In bytes; a larger file becomes a problem.
    follow_symlinks
        Whether the path may be a symbolic link.
    """
    try:
        data, status, began = _read_bytes(folder, path, max_file_size, follow_symlinks)
    except FileNotFoundError:
        return vanished(path)
    except OSError as error:
        return _unread(path, "unreadable", f"cannot read: {error.strerror}")
    settled = status.st_ctime_ns < began - _SETTLED_NS
    state = _state(status) if settled else UNKNOWN
    if len(data) > max_file_size:
        message = f"{status.st_size:,} bytes, and at most {max_file_size:,} are read; shorten or split it"
        problem = Problem(Severity.ERROR, "too-large", path, None, None, message)
        digest = hashlib.sha256(b"too-large %d" % status.st_size).digest()
        return ReadFile(path, state, digest, digest == known_digest, None, [problem])
    digest = hashlib.sha256(data).digest()
    if digest == known_digest:
        return ReadFile(path, state, digest, True, None, [])
    from .fields import read_document  # a start that reads no file does without a parser

    document, problems = read_document(path, data)
    return ReadFile(path, state, digest, False, document, problems)


def vanished(path: str) -> ReadFile:
    """A file that was found and is not there any more."""
    return _unread(path, "vanished", "the file disappeared while the folder was read")


def _read_bytes(
    folder: int, path: str, most: int, follow_symlinks: bool
) -> tuple[bytes, os.stat_result, int]:
    """A file's bytes (one more than allowed: it is too large), its state, and when it was opened."""
    flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
    if not follow_symlinks:
        flags |= os.O_NOFOLLOW
    began = time.time_ns()
    descriptor = os.open(path, flags, dir_fd=folder)
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise OSError(0, "not a regular file")
        data = os.read(descriptor, min(status.st_size, most) + 1)
        if len(data) == status.st_size:  # one byte more was asked for, so this is the end
            return data, status, began
        while 0 < len(data) <= most and (more := os.read(descriptor, most + 1 - len(data))):
            data += more  # it has grown meanwhile, or the system gives little at a time
        return data, status, began
    finally:
        os.close(descriptor)


def _unread(path: str, code: str, message: str) -> ReadFile:
    problem = Problem(Severity.ERROR, code, path, None, None, message)
    return ReadFile(path, UNKNOWN, b"", False, None, [problem])


def _state(status: os.stat_result) -> FileState:
    inode = status.st_ino & 0x7FFF_FFFF_FFFF_FFFF  # some file systems use all 64 bits, and ours are signed
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, inode
