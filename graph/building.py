"""A content folder → its snapshot, reading only the files that changed since the last one."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import orjson

from . import __version__
from .article import Document, Problem, Severity
from .corpus import MAX_FILE_SIZE, FileState, Progress, ReadFile, Scan, read_files, scan
from .links import Resolution, WrittenReference, resolve
from .snapshot import (
    FORMAT,
    ForeignFileError,
    SnapshotError,
    SnapshotWriter,
    create_graph_tables,
    open_snapshot,
    read_meta,
    select_problems,
)
from .subjects import unite_subjects


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


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What a build did.

    Parameters
    ----------
    path
        The snapshot.
    written
        False where the snapshot was there already and nothing had changed.
    parsed
        How many files were parsed.
    notes
        What the operator should know: why an old snapshot was not used.
    """

    path: Path
    written: bool
    parsed: int
    notes: tuple[str, ...] = ()


class ContentProblemsError(Exception):
    """The content has ERROR problems, and the build was to be strict.

    Parameters
    ----------
    problems
        The ERRORs, sorted by file and place.
    """

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__(f"the content has {len(problems)} errors")
        self.problems = problems


@dataclass(slots=True)
class _Known:
    """What the snapshot in place knows of each file."""

    database: sqlite3.Connection
    ids: dict[str, int] = field(default_factory=dict)
    states: dict[str, FileState] = field(default_factory=dict)
    digests: dict[str, bytes] = field(default_factory=dict)

    def load(self) -> _Known:
        rows = self.database.execute("SELECT id, path, size, mtime_ns, ctime_ns, inode, digest FROM file")
        for identifier, path, size, mtime_ns, ctime_ns, inode, digest in rows:
            self.ids[path] = identifier
            self.states[path] = FileState(size, mtime_ns, ctime_ns, inode)
            self.digests[path] = digest
        return self

    def problems(self, where: str, *arguments: object) -> list[Problem]:
        return select_problems(self.database, where, *arguments)


def build(
    content: str | os.PathLike[str],
    output: str | os.PathLike[str],
    *,
    options: ContentOptions | None = None,
    verify: bool = False,
    strict: bool = False,
    replace: bool = False,
    processes: int | None = None,
    progress: Progress | None = None,
) -> BuildResult:
    """Bring a snapshot up to date with a content folder.

    Parameters
    ----------
    content
        The folder of Markdown files.
    output
        The snapshot to write. One that is there already is the base: files that have not changed since are
        not parsed again. A damaged one, or one of another format or version, is built anew.
    options
        How the folder is read.
    verify
        Hash every file instead of trusting size, times and inode.
    strict
        Refuse content with any ERROR problem and leave the snapshot as it was.
    replace
        Write over a file that is no snapshot.
    processes
        How many to parse with; by default one for each core.
    progress
        Told how many of the files to be read are done.

    Returns
    -------
    BuildResult
        What was done.

    Raises
    ------
    ContentError
        Where the folder is missing or holds no article file.
    ContentProblemsError
        Where `strict` and a file has an ERROR problem.
    SnapshotError
        Where something else lies in the snapshot's place, and not `replace`.
    OSError
        Where the snapshot cannot be written.
    """
    folder, path = Path(content), Path(output)
    options = options or ContentOptions()
    found = scan(folder, follow_symlinks=options.follow_symlinks)
    known, note = _open_known(path, options, replace=replace)
    try:
        states, digests = (known.states, known.digests) if known else ({}, {})
        pending = [
            (file, digests.get(file, b""))
            for file, state in found.files.items()
            if verify or states.get(file) != state
        ]
        readings = read_files(
            folder,
            pending,
            max_file_size=options.max_file_size,
            processes=processes,
            follow_symlinks=options.follow_symlinks,
            progress=progress,
        )
        if known is None:
            parsed = _write(path, None, found, readings, options, strict=strict)
            return BuildResult(path, True, parsed, (note,) if note else ())
        changed = [reading for reading in readings if _has_changed(known, reading)]
        gone = [file for file in known.ids if file not in found.files]
        if (
            not changed
            and not gone
            and found.problems == known.problems("file_id IS NULL AND code != ?", _TWICE)
        ):
            if strict:
                _refuse_errors(known.database)
            return BuildResult(path, False, 0)
        _write(path, known, found, changed, options, gone, strict=strict)
        return BuildResult(path, True, sum(not reading.same for reading in changed))
    finally:
        if known:
            known.database.close()


_TWICE = "duplicate-url"
_BATCH = 512
"""Files per statement: a call for each would cost more than the writing."""


def _open_known(path: Path, options: ContentOptions, *, replace: bool) -> tuple[_Known | None, str | None]:
    if not path.exists():
        return None, None
    try:
        database = open_snapshot(path)
    except ForeignFileError as error:
        if not replace and path.stat().st_size:
            raise SnapshotError(f"{error}; it is left alone, so choose another output") from None
        return None, f"{error}; it is built anew"
    except SnapshotError as error:
        return None, f"{error}; it is built anew"
    try:
        meta = read_meta(database)
        if meta.get("package") != __version__:
            note = f"{path}: built by version {meta.get('package')}, this is {__version__}; it is built anew"
        elif meta.get("options") != str(options):
            note = f"{path}: built with other options; it is built anew"
        else:
            return _Known(database).load(), None
    except sqlite3.Error as error:
        note = f"{path}: the snapshot is damaged ({error}); it is built anew"
    database.close()
    return None, note


def _has_changed(known: _Known, reading: ReadFile) -> bool:
    """Whether a file that was read again gives the snapshot anything new."""
    identifier = known.ids.get(reading.path)
    if identifier is None or reading.digest != known.digests[reading.path]:
        return True
    if reading.digest:
        return reading.state != known.states[reading.path]
    return reading.problems != known.problems("file_id = ?", identifier)  # unreadable then and now


def _write(
    path: Path,
    known: _Known | None,
    found: Scan,
    readings: Iterable[ReadFile],
    options: ContentOptions,
    gone: Iterable[str] = (),
    *,
    strict: bool,
) -> int:
    with SnapshotWriter(path, known.database if known else None) as writer:
        database = writer.database
        ids = dict(known.ids) if known else {}
        for file in gone:
            _forget(database, ids.pop(file))
            database.execute("DELETE FROM file WHERE path = ?", (file,))
        parsed = _write_files(database, ids, readings)
        database.execute("DELETE FROM problem WHERE file_id IS NULL")
        _insert_problems(database, None, found.problems)
        resolution = _write_graph(database)
        meta = {
            "format": str(FORMAT),
            "package": __version__,
            "options": str(options),
            "version": _version(database),
            "references": json.dumps(
                {
                    "total": resolution.total,
                    "linked": len(resolution.links),
                    "repeated": resolution.repeated,
                    "self": resolution.self_references,
                    "dangling": len(resolution.dangling),
                }
            ),
        }
        database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", meta.items())
        if strict:
            _refuse_errors(database)
        writer.commit()
    return parsed


def _refuse_errors(database: sqlite3.Connection) -> None:
    problems = select_problems(database, "severity = ?", Severity.ERROR)
    if problems:
        raise ContentProblemsError(problems)


def _forget(database: sqlite3.Connection, identifier: int) -> None:
    """Delete all that a file said."""
    for table in ("document", "text", "reference", "problem"):
        database.execute(f"DELETE FROM {table} WHERE file_id = ?", (identifier,))  # noqa: S608


def _write_files(database: sqlite3.Connection, ids: dict[str, int], readings: Iterable[ReadFile]) -> int:
    free = max(ids.values(), default=0) + 1
    parsed = 0
    readings = iter(readings)
    while batch := list(islice(readings, _BATCH)):
        for reading in batch:
            identifier = ids.setdefault(reading.path, free)
            if identifier == free:
                free += 1
            elif not reading.same:
                _forget(database, identifier)
        database.executemany(
            "INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(ids[reading.path], reading.path, *reading.state, reading.digest) for reading in batch],
        )
        changed = [(ids[reading.path], reading) for reading in batch if not reading.same]
        parsed += len(changed)
        _insert_documents(database, [(i, r.document) for i, r in changed if r.document is not None])
        for identifier, reading in changed:
            if reading.problems:
                _insert_problems(database, identifier, reading.problems)
    return parsed


def _insert_documents(database: sqlite3.Connection, documents: Sequence[tuple[int, Document]]) -> None:
    database.executemany(
        "INSERT INTO document VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                identifier,
                document.url,
                *document.url_place,
                document.number,
                document.title,
                document.date.isoformat() if document.date else None,
                document.author,
                document.subject,
                document.score,
                document.no_index,
                document.reading_minutes,
                orjson.dumps(document.keywords).decode(),
            )
            for identifier, document in documents
        ],
    )
    database.executemany(
        "INSERT INTO text VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                identifier,
                document.question,
                document.answer,
                document.escaped,
                document.has_seo,
                document.seo_title,
                document.seo_description,
                document.front_matter,
            )
            for identifier, document in documents
        ],
    )
    database.executemany(
        "INSERT INTO reference VALUES (?, ?, ?, ?, ?, ?)",
        [
            (identifier, position, reference.field, reference.number, reference.title, reference.url)
            for identifier, document in documents
            for position, reference in enumerate(document.references)
        ],
    )


def _insert_problems(
    database: sqlite3.Connection, identifier: int | None, problems: Iterable[Problem]
) -> None:
    database.executemany(
        "INSERT INTO problem VALUES (?, ?, ?, ?, ?, ?, ?)",
        ((identifier, p.severity, p.code, p.file, p.line, p.column, p.message) for p in problems),
    )


def _write_graph(database: sqlite3.Connection) -> Resolution:
    """Number the articles, unite the subjects, resolve the references."""
    create_graph_tables(database)
    served = _served(database)
    subjects = unite_subjects(subject for _, _, _, subject in served)
    position_of = {key: position for position, key in enumerate(subjects)}
    database.executemany(
        "INSERT INTO subject VALUES (?, ?, ?)",
        ((position, *names) for position, names in enumerate(subjects.values())),
    )
    database.executemany(
        "INSERT INTO article VALUES (?, ?, ?)",
        (
            (n, identifier, None if subject is None else position_of[subject.casefold()])
            for n, (identifier, _, _, subject) in enumerate(served)
        ),
    )
    urls = [url for _, url, _, _ in served]
    numbers = [number for _, _, number, _ in served]
    resolution = resolve(urls, numbers, _written_references(database))
    database.executemany("INSERT INTO link VALUES (?, ?, ?)", resolution.links)
    database.executemany("INSERT INTO dangling VALUES (?, ?)", resolution.dangling)
    return resolution


def _served(database: sqlite3.Connection) -> list[tuple[int, str, int | None, str | None]]:
    """File id, url, number and subject of each article, in order of url.

    Of several files with one url the first in order of path is served; each other is a problem.
    """
    first: dict[str, str] = {}
    served = []
    twice = []
    rows = database.execute(
        "SELECT file_id, path, url, url_line, url_column, number, subject "
        "FROM document JOIN file ON file.id = file_id ORDER BY path"
    )
    for identifier, path, url, line, column, number, subject in rows:
        holder = first.setdefault(url, path)
        if holder == path:
            served.append((identifier, url, number, subject))
        else:
            message = f"the url {url} is taken by {holder}, which is served; give this article another one"
            twice.append(Problem(Severity.ERROR, _TWICE, path, line, column, message))
    _insert_problems(database, None, twice)
    served.sort(key=lambda row: row[1])
    return served


def _written_references(database: sqlite3.Connection) -> Iterator[WrittenReference]:
    rows = database.execute(
        "SELECT n, position, number, url FROM article JOIN reference USING (file_id) ORDER BY n, position"
    )
    return map(WrittenReference._make, rows)


def _version(database: sqlite3.Connection) -> str:
    """A name for the content: the same files give the same one, whatever their order, times and place."""
    digest = hashlib.sha256()
    for path, file_digest in database.execute("SELECT path, digest FROM file ORDER BY path"):
        digest.update(path.encode() + b"\0" + file_digest + b"\n")
    for code, file in database.execute(
        "SELECT code, file FROM problem WHERE file_id IS NULL AND code != ? ORDER BY code, file", (_TWICE,)
    ):
        digest.update(f"{code}\0{file}\n".encode())
    return digest.hexdigest()[:16]
