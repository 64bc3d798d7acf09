"""The snapshot: one SQLite file that holds a folder's documents and the graph they make.

It is written beside its place and renamed into it, so at any moment there is the old one or the new one. Its
header carries a CRC-32 of all its bytes (in SQLite's user_version, which is ours to use): a damaged file is
known before anything of it is served. Whoever serves a snapshot never writes it.
"""

from __future__ import annotations

import contextlib
import glob
import os
import sqlite3
import threading
import zlib
from pathlib import Path
from typing import Any

from .article import Problem, Severity

FORMAT = 2
"""Changes with every change of the tables or of what is in them."""

_APPLICATION_ID = 0x61677068  # "agph", so that `file` and we know one from other SQLite files
_CHECKSUM_OFFSET = 60  # of user_version in the SQLite header
_HEADER_SIZE = 100
_BLOCK = 1 << 20

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
-- what was found in the folder
CREATE TABLE file (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, size INTEGER NOT NULL, mtime_ns INTEGER NOT NULL,
    ctime_ns INTEGER NOT NULL, inode INTEGER NOT NULL, digest BLOB NOT NULL);
-- what each file says
CREATE TABLE document (
    file_id INTEGER PRIMARY KEY, url TEXT NOT NULL, url_line INTEGER NOT NULL, url_column INTEGER NOT NULL,
    number INTEGER, title TEXT NOT NULL, date TEXT, author TEXT, subject TEXT, score REAL,
    no_index INTEGER NOT NULL, reading_minutes INTEGER NOT NULL, keywords TEXT NOT NULL);
CREATE TABLE text (
    file_id INTEGER PRIMARY KEY, question TEXT, answer TEXT, escaped INTEGER NOT NULL,
    has_seo INTEGER NOT NULL, seo_title TEXT,
    seo_description TEXT, front_matter TEXT NOT NULL);
CREATE TABLE reference (
    file_id INTEGER NOT NULL, position INTEGER NOT NULL, field TEXT NOT NULL, number INTEGER, title TEXT,
    url TEXT, PRIMARY KEY (file_id, position)) WITHOUT ROWID;
-- file_id is null where the problem comes from the folder or from several files at once
CREATE TABLE problem (
    file_id INTEGER, severity TEXT NOT NULL, code TEXT NOT NULL, file TEXT NOT NULL, line INTEGER,
    column INTEGER, message TEXT NOT NULL);
CREATE INDEX problem_file ON problem (file_id);
"""

_GRAPH_TABLES = """
DROP TABLE IF EXISTS article;
DROP TABLE IF EXISTS subject;
DROP TABLE IF EXISTS link;
DROP TABLE IF EXISTS dangling;
-- the graph: articles numbered from 0 in order of url
CREATE TABLE article (n INTEGER PRIMARY KEY, file_id INTEGER NOT NULL, subject INTEGER);
CREATE TABLE subject (n INTEGER PRIMARY KEY, name TEXT NOT NULL, slug TEXT NOT NULL);
CREATE TABLE link (
    source INTEGER NOT NULL, target INTEGER NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY (source, position)) WITHOUT ROWID;
CREATE TABLE dangling (
    source INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (source, position)) WITHOUT ROWID;
"""


class SnapshotError(Exception):
    """A file cannot be served as a snapshot; the message says why."""


class ForeignFileError(SnapshotError):
    """The file is something else altogether."""


def create_tables(database: sqlite3.Connection) -> None:
    """Make the tables of an empty snapshot."""
    database.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
    _run(database, _TABLES)
    create_graph_tables(database)


def create_graph_tables(database: sqlite3.Connection) -> None:
    """Make the tables of the graph anew: they follow from the documents as a whole."""
    _run(database, _GRAPH_TABLES)


def _run(database: sqlite3.Connection, script: str) -> None:
    """Run statements inside the transaction under way, which `executescript` would end."""
    for statement in script.split(";"):
        database.execute(statement)


def open_snapshot(path: Path) -> sqlite3.Connection:
    """Open a snapshot for reading, after checking that it is whole.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    sqlite3.Connection
        Read-only, usable from any thread. It stays valid when the file is replaced.

    Raises
    ------
    SnapshotError
        Where the file is missing, no snapshot, damaged, or of another format.
    """
    try:
        with path.open("rb") as opened:
            header = opened.read(_HEADER_SIZE)
            if not header.startswith(b"SQLite format 3\0") or header[68:72] != _APPLICATION_ID.to_bytes(4):
                raise ForeignFileError(f"{path}: not an articlegraph snapshot")
            opened.seek(0)
            if _checksum(opened) != int.from_bytes(header[_CHECKSUM_OFFSET : _CHECKSUM_OFFSET + 4]):
                raise SnapshotError(f"{path}: the snapshot is damaged or incomplete")
    except OSError as error:
        raise SnapshotError(f"{path}: cannot read: {error.strerror}") from None
    database = connect(path)
    try:
        found = read_meta(database).get("format")
    except sqlite3.Error as error:
        database.close()
        raise SnapshotError(f"{path}: the snapshot is damaged ({error})") from None
    if found != str(FORMAT):
        database.close()
        raise SnapshotError(f"{path}: the snapshot has format {found}, and this version reads {FORMAT}")
    return database


def connect(path: Path) -> sqlite3.Connection:
    """Open a snapshot that is known to be whole, as `open_snapshot` does."""
    # immutable: no locks and no journal, for nobody ever writes to a finished snapshot
    uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    try:
        return sqlite3.connect(uri, uri=True, check_same_thread=False, isolation_level=None)
    except sqlite3.Error as error:
        raise SnapshotError(f"{path}: cannot read: {error}") from None


def read_meta(database: sqlite3.Connection) -> dict[str, str]:
    """All that a snapshot says about itself."""
    return dict(database.execute("SELECT key, value FROM meta"))


def select_problems(database: sqlite3.Connection, where: str, *arguments: object) -> list[Problem]:
    """Problems of a snapshot, sorted by file and place."""
    rows = database.execute(
        f"SELECT severity, code, file, line, column, message FROM problem WHERE {where} "  # noqa: S608
        "ORDER BY file, line, column, code, message",
        arguments,
    )
    return [Problem(Severity(severity), *rest) for severity, *rest in rows]


class SnapshotWriter:
    """Writes a snapshot beside its place; `commit` renames it into place, leaving without it leaves nothing.

    Parameters
    ----------
    path
        Where the snapshot is to be.
    base
        An open snapshot to begin with as a copy; an empty one where None. It is copied from the open file:
        by now another process may have put another snapshot in its place.
    """

    def __init__(self, path: Path, base: sqlite3.Connection | None = None) -> None:
        self.path = path
        self._temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}.tmp")
        self._base = base
        self.database: sqlite3.Connection

    def __enter__(self) -> SnapshotWriter:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._remove_leftovers()
        try:
            self.database = sqlite3.connect(self._temporary, isolation_level=None)
            self._begin()
        except sqlite3.Error as error:
            raise self._failure(error) from error
        return self

    def _begin(self) -> None:
        # nothing reads the file before it is finished, so a crash may leave it in any state
        self.database.execute("PRAGMA journal_mode = OFF")
        self.database.execute("PRAGMA synchronous = OFF")
        self.database.execute("PRAGMA page_size = 32768")
        if self._base is not None:
            self._base.backup(self.database)
        self.database.execute("BEGIN")
        if self._base is None:
            create_tables(self.database)

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self.database.close()
        self._temporary.unlink(missing_ok=True)
        if isinstance(error, sqlite3.Error):
            raise self._failure(error) from error

    def _failure(self, error: sqlite3.Error) -> OSError:
        return OSError(f"{self.path}: cannot write the snapshot: {error}")

    def commit(self) -> None:
        """Finish the file, make sure that it is on the disk, and put it in its place."""
        self.database.execute("COMMIT")
        self.database.close()
        with self._temporary.open("r+b") as opened:
            checksum = _checksum(opened)
            opened.seek(_CHECKSUM_OFFSET)
            opened.write(checksum.to_bytes(4))
            opened.flush()
            os.fsync(opened.fileno())
        self._temporary.replace(self.path)
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _remove_leftovers(self) -> None:
        """Delete what builds of this snapshot that were killed have left."""
        self._temporary.unlink(missing_ok=True)  # of a process that had our number, as in a container
        for leftover in self.path.parent.glob(f".{glob.escape(self.path.name)}.*.tmp"):
            process = leftover.name.split(".")[-2].partition("-")[0]
            if not process.isdigit() or not _is_running(int(process)):
                leftover.unlink(missing_ok=True)


def _checksum(opened: Any) -> int:
    """CRC-32 of a whole snapshot, its own four bytes taken as zero."""
    block = bytearray(opened.read(_BLOCK))
    block[_CHECKSUM_OFFSET : _CHECKSUM_OFFSET + 4] = bytes(4)
    checksum = zlib.crc32(block)
    while data := opened.read(_BLOCK):
        checksum = zlib.crc32(data, checksum)
    return checksum


def _is_running(process: int) -> bool:
    with contextlib.suppress(PermissionError):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return False
    return True
