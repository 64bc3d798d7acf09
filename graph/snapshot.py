"""The snapshot: one file that holds a folder's documents and the graph they make, to be mapped into memory.

It is written beside its place and renamed into it, so at any moment there is the old one or the new one. Sums
(CRC-32) of all its bytes stand at its end: a damaged file is known before anything of it is served. Whoever
serves a snapshot never writes it.

A file is texts (of each document, as they come), sections (arrays and JSON, by name) and a table of contents.
A snapshot that follows another one may leave the texts that have not changed where they are: it then names
that file, its *base*, which lies beside it under a name of its own. So a change costs what changed, and the
columns.
"""

from __future__ import annotations

import contextlib
import fcntl
import glob
import itertools
import mmap
import os
import struct
import threading
import time
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from .article import Problem, Severity

FORMAT = 3
"""Changes with every change of the sections or of what is in them."""

_HEADER = b"articlegraph\0\0\0" + bytes([FORMAT])
_SAME_KIND = _HEADER[:15]
_OLDER_KIND = b"agph"  # at 68 in the SQLite files that snapshots were before format 3
_FOOTER = struct.Struct("<QII16s")
"""Where the table of contents begins, its size and its checksum; and the header again."""
_BLOCK = 4 << 20
_ALIGNED = 8
_NEW_SECONDS = 60
_MAPPED = 4096
"""How many texts are read before all are let go of: with each come up to some 200 kB beside it."""
_turns = itertools.count()
_being_written = set[Path]()
_SIZE_AND_SUM = tuple[int, int]


class SnapshotError(Exception):
    """A file cannot be served as a snapshot; the message says why."""


class ForeignFileError(SnapshotError):
    """The file is something else altogether."""


class _BaseGoneError(Exception):
    """A snapshot was replaced while it was being opened, and its base with it."""


class _File:
    """One file of a snapshot, mapped."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as opened:
                self.contents = _read_contents(path, opened)
                self.identity: _SIZE_AND_SUM = self.contents.pop("identity")
                self.mapped = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
                self._descriptor: int | None = os.dup(opened.fileno())
        except OSError as error:
            raise SnapshotError(f"{path}: cannot read: {error.strerror}") from None

    @classmethod
    def unsealed(cls, path: Path, contents: dict[str, Any]) -> _File:
        """A file that its writer has finished but for the table of contents."""
        file = cls.__new__(cls)
        file.contents, file.identity, file._descriptor = contents, (0, 0), None
        with path.open("rb") as opened:
            file.mapped = mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ)
        return file

    @property
    def size(self) -> int:
        return len(self.mapped)

    def forget_texts(self) -> None:
        """Let go of the pages of all texts: the system keeps them as long as it has room, but not as ours."""
        end = min(start for start, _ in self.contents["sections"].values())
        with contextlib.suppress(AttributeError, OSError):  # not every system can be told
            self.mapped.madvise(mmap.MADV_DONTNEED, 0, end)

    def is_whole(self) -> bool:
        """Compare all checksums. It reads the file: pages that it would touch mapped count as ours."""
        from concurrent.futures import ThreadPoolExecutor

        assert self._descriptor is not None
        sums: list[int] = self.contents["sums"]
        with ThreadPoolExecutor(2) as pool:
            halves = pool.map(self._is_whole, (sums[0::2], sums[1::2]), (0, 1))
            whole = all(list(halves))
        os.close(self._descriptor)
        self._descriptor = None
        return whole

    def _is_whole(self, sums: list[int], first: int) -> bool:
        assert self._descriptor is not None
        buffer = bytearray(_BLOCK)
        end = self.identity[0]
        for number, expected in enumerate(sums):
            start = (2 * number + first) * _BLOCK
            block = memoryview(buffer)[: min(_BLOCK, end - start)]
            if os.preadv(self._descriptor, [block], start) != len(block) or zlib.crc32(block) != expected:
                return False
        return True

    def __del__(self) -> None:
        if getattr(self, "_descriptor", None) is not None:
            os.close(self._descriptor)  # type: ignore[arg-type]


class Snapshot:
    """A snapshot that is open. It stays valid when the file is replaced.

    Parameters
    ----------
    path
        The file.
    file, base
        Its files.
    is_settled
        Set when it is in its place; None where it is.
    """

    def __init__(
        self, path: Path, file: _File, base: _File | None, is_settled: threading.Event | None = None
    ) -> None:
        self._path = path
        self._is_settled = is_settled
        self.file = file
        self.base = base
        self.meta: dict[str, Any] = file.contents["meta"]
        self._read = 0
        self._view = memoryview(file.mapped)
        self._base_view = memoryview(base.mapped) if base else None

    @property
    def path(self) -> Path:
        """The file; who asks for it waits until it is there."""
        if self._is_settled is not None:
            self._is_settled.wait()
        return self._path

    @property
    def name(self) -> Path:
        """The file, whether it is there yet or not."""
        return self._path

    def section(self, name: str, kind: str = "B") -> memoryview:
        """A part of the file, as numbers of some kind; see `struct`."""
        start, size = self.file.contents["sections"][name]
        part: memoryview = self._view[start : start + size].cast(kind)  # type: ignore[call-overload]
        return part

    def json(self, name: str) -> Any:
        """A part of the file that is JSON."""
        return orjson.loads(self.section(name))

    def text(self, start: int, size: int) -> memoryview:
        """Some bytes of this file, or of the base where `start` is ``~start`` there."""
        self._read += 1
        if self._read >= _MAPPED:
            self._read = 0
            for file in (self.file, self.base):
                if file is not None:
                    file.forget_texts()
        if start >= 0:
            return self._view[start : start + size]
        assert self._base_view is not None
        return self._base_view[~start : ~start + size]

    def close(self) -> None:
        """Read no more texts; columns that are in use stay."""
        self.text = _closed  # type: ignore[method-assign, assignment]

    def problems(self) -> list[Problem]:
        """All problems, sorted by file and place."""
        found = self.json("problems")
        rows = [*found["file"], *found["folder"], *found["twice"]]
        return [Problem(Severity(row[0]), *row[1:]) for row in sorted(rows, key=_by_place)]


def _closed(*_: object) -> memoryview:
    raise ValueError("the snapshot is closed")


def _by_place(row: list[Any]) -> tuple[Any, ...]:
    _, code, file, line, column, message = row
    return file, -1 if line is None else line, -1 if column is None else column, code, message


def open_snapshot(path: Path, previous: Snapshot | None = None, *, base_too: bool = True) -> Snapshot:
    """Open a snapshot for reading, after checking that it is whole.

    Parameters
    ----------
    path
        The file.
    previous
        An open snapshot; what this one shares with it is not opened and checked again.
    base_too
        Whether to check its base too, which takes longest.

    Returns
    -------
    Snapshot
        It can be used from any thread.

    Raises
    ------
    SnapshotError
        Where the file is missing, no snapshot, damaged, or of another format.
    """
    for _ in range(10):
        with contextlib.suppress(_BaseGoneError):
            snapshot = _open(path, previous)
            break
    else:
        raise SnapshotError(f"{path}: the file that it goes on from is missing")
    shared = (previous.file, previous.base) if previous else ()
    files = (snapshot.file, snapshot.base if base_too else None)
    if not all(file.is_whole() for file in files if file is not None and file not in shared):
        raise SnapshotError(f"{path}: the snapshot is damaged or incomplete")
    return snapshot


def _open(path: Path, previous: Snapshot | None) -> Snapshot:
    file = _File(path)
    wanted = file.contents["base"]
    if wanted is None:
        return Snapshot(path, file, None)
    identity = tuple(wanted["identity"])
    for known in (previous.base, previous.file) if previous else ():
        if known is not None and known.identity == identity:
            return Snapshot(path, file, known)
    place = path.with_name(wanted["name"])
    if not place.exists():
        raise _BaseGoneError
    base = _File(place)
    if base.identity != identity:
        raise SnapshotError(f"{path}: the file that it goes on from is damaged")
    return Snapshot(path, file, base)


def _read_contents(path: Path, opened: BinaryIO) -> dict[str, Any]:
    header = opened.read(100)
    if header[:16] != _HEADER:
        if header[:15] == _SAME_KIND or (header.startswith(b"SQLite") and header[68:72] == _OLDER_KIND):
            raise SnapshotError(f"{path}: the snapshot has another format than this version reads, {FORMAT}")
        raise ForeignFileError(f"{path}: not an articlegraph snapshot")
    damaged = SnapshotError(f"{path}: the snapshot is damaged or incomplete")
    size = opened.seek(0, os.SEEK_END)
    if size < len(_HEADER) + _FOOTER.size:
        raise damaged
    opened.seek(size - _FOOTER.size)
    start, length, expected, last = _FOOTER.unpack(opened.read())
    if last != _HEADER or start + length + _FOOTER.size != size:
        raise damaged
    opened.seek(start)
    data = opened.read(length)
    if zlib.crc32(data) != expected:
        raise damaged
    contents: dict[str, Any] = orjson.loads(data)
    contents["identity"] = start, expected
    return contents


class SnapshotWriter:
    """Writes a snapshot beside its place; `commit` renames it into place, leaving without it leaves nothing.

    Parameters
    ----------
    path
        Where the snapshot is to be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.temporary = path.with_name(f".{path.name}.{os.getpid()}-{next(_turns)}.tmp")
        self._opened: BinaryIO
        self._contents: dict[str, Any]
        self._unsealed: _File | None = None
        self._is_settled = threading.Event()

    def __enter__(self) -> SnapshotWriter:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._remove_leftovers()
        _being_written.add(self.temporary)
        self._opened = self.temporary.open("xb", buffering=0)
        self._opened.write(_HEADER)
        return self

    def __exit__(self, *_: object) -> None:
        self._is_settled.set()
        _being_written.discard(self.temporary)
        self._opened.close()
        self.temporary.unlink(missing_ok=True)

    def append(self, pieces: Iterable[memoryview]) -> int:
        """Append texts; where they begin."""
        return append_texts(self._opened.fileno(), pieces)

    def base_on(self, known: Snapshot) -> str | None:
        """Give a snapshot in our place, or its base, a name that stays; None where it cannot have one."""
        if known.base is not None:
            name = known.file.contents["base"]["name"]
            with contextlib.suppress(OSError):
                os.utime(self.path.with_name(name))
                return name  # type: ignore[no-any-return]
            return None
        size, checksum = known.file.identity  # the name says what it is, so it may be there already
        name = f"{self.path.name}.{size:x}-{checksum:08x}.base"
        place = self.path.with_name(name)
        try:
            place.unlink(missing_ok=True)
            place.hardlink_to(self.path)
            if _File(place).identity != known.file.identity:  # another process has replaced it meanwhile
                place.unlink()
                return None
        except (OSError, SnapshotError):
            return None
        return name

    def finish(
        self, sections: Mapping[str, Any], meta: Mapping[str, Any], base: Mapping[str, Any] | None = None
    ) -> None:
        """Write all but the texts."""
        places: dict[str, tuple[int, int]] = {}
        position = self._opened.seek(0, os.SEEK_END)
        pieces: list[Any] = []
        for name, values in sections.items():
            data = memoryview(values).cast("B") if len(values) else b""
            gap = -position % _ALIGNED
            pieces += [bytes(gap), data] if gap else [data]
            places[name] = position + gap, len(data)
            position += gap + len(data)
        for piece in pieces:
            _write(self._opened.fileno(), piece)
        self._contents = {"meta": meta, "sections": places, "base": base}

    def opened(self) -> Snapshot:
        """What is finished, as it will be in its place; it can be read before it is there."""
        base = self._contents["base"]
        known = _File(self.path.with_name(base["name"])) if base else None
        self._unsealed = _File.unsealed(self.temporary, self._contents)
        return Snapshot(self.path, self._unsealed, known, self._is_settled)

    def seal(self) -> None:
        """Write the checksums and the table of contents, and make sure that all is on the disk."""
        sums = []
        with self.temporary.open("rb", buffering=0) as opened:
            buffer = bytearray(_BLOCK)
            while size := opened.readinto(buffer):
                sums.append(zlib.crc32(memoryview(buffer)[:size]))
        end = self._opened.seek(0, os.SEEK_END)
        data = orjson.dumps(self._contents | {"sums": sums})
        _write(self._opened.fileno(), data + _FOOTER.pack(end, len(data), zlib.crc32(data), _HEADER))
        os.fsync(self._opened.fileno())
        if self._unsealed is not None:
            self._unsealed.identity = end, zlib.crc32(data)

    def commit(self) -> None:
        """Put the file in its place."""
        self.seal()
        self.temporary.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        self._remove_bases()

    def _remove_leftovers(self) -> None:
        """Delete what builds of this snapshot that were killed have left."""
        for leftover in self._beside(".tmp"):
            number, _, rest = leftover.name.split(".")[-2].partition("-")
            process = int(number) if number.isdigit() else 0
            # in a container a process that was killed may have had our number
            ours = process == os.getpid() and rest.isdigit() and leftover not in _being_written
            if not process or ours or not _is_running(process):
                leftover.unlink(missing_ok=True)

    def _remove_bases(self) -> None:
        """Delete the bases that no snapshot needs, in our place or kept by a server for its workers."""
        bases = list(self.path.parent.glob(f"{glob.escape(self.path.name)}.*.base"))
        if not bases:
            return
        wanted = set()
        for user in (self.path, *self._beside("-serving.tmp")):
            with contextlib.suppress(SnapshotError):
                wanted.add((_File(user).contents["base"] or {}).get("name"))
        for base in bases:
            # one that is new may belong to a snapshot that another process is writing
            if base.name not in wanted and base.stat().st_ctime < time.time() - _NEW_SECONDS:
                base.unlink(missing_ok=True)

    def _beside(self, ending: str) -> list[Path]:
        return list(self.path.parent.glob(f".{glob.escape(self.path.name)}.*{ending}"))


def append_texts(descriptor: int, pieces: Iterable[bytes | memoryview]) -> int:
    """Append to a file that others append to at the same time, each for its turn; where it begins."""
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        start = os.lseek(descriptor, 0, os.SEEK_END)
        for piece in pieces:
            _write(descriptor, piece)
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    return start


def _write(descriptor: int, data: bytes | memoryview) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def _is_running(process: int) -> bool:
    with contextlib.suppress(PermissionError):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True
