"""A content folder → its snapshot, reading only the files that changed since the last one."""

from __future__ import annotations

import hashlib
import itertools
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import orjson
from numpy.typing import NDArray

from . import __version__
from .ahead import Ahead
from .article import Problem, Severity
from .columns import Positions, TextColumn, adjacencies, offsets_of
from .corpus import ContentOptions, Progress, scan
from .documents import (
    NO_URL,
    NUMBERS,
    UNRESOLVED,
    Documents,
    choose_served,
    count_spellings,
    read_documents,
    stored_text,
)
from .files import Files, Found, Known
from .links import Resolution, resolve
from .reading import Batch, Reads, read_batches
from .snapshot import ForeignFileError, Snapshot, SnapshotError, SnapshotWriter, open_snapshot
from .subjects import unite_subjects

Array = NDArray[Any]


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
    work = Build(content, output, options=options, replace=replace, whole=True)
    try:
        return work.run(verify=verify, strict=strict, processes=processes, progress=progress)
    finally:
        work.abandon()


class Build:
    """A build under way.

    Parameters
    ----------
    content, output, options, replace
        As for `build`.
    whole
        Whether the snapshot is to be one file; otherwise texts that have not changed may stay in another one
        beside it.
    trusts_base
        Whether somebody else has checked the texts that are to stay where they are.
    """

    def __init__(
        self,
        content: str | os.PathLike[str],
        output: str | os.PathLike[str],
        *,
        options: ContentOptions | None = None,
        replace: bool = False,
        whole: bool = False,
        trusts_base: bool = False,
    ) -> None:
        self._folder, self._path = Path(content), Path(output)
        self._options = options or ContentOptions()
        self._replace = replace
        self._whole = whole
        self._trusts_base = trusts_base
        self._writer: SnapshotWriter | None = None
        self._unchanged_snapshot: Snapshot | None = None
        self._looked: tuple[_Identity | None, Known | None, str | None] = (None, None, None)

    def opened(self) -> Snapshot:
        """The snapshot that is up to date, whether it is in its place yet or not."""
        if self._writer is None:
            assert self._unchanged_snapshot is not None
            return self._unchanged_snapshot
        return self._writer.opened()

    def commit(self) -> None:
        """Put what was written, if anything was, in its place."""
        if self._writer is not None:
            try:
                self._writer.commit()
            finally:
                self.abandon()

    def abandon(self) -> None:
        """Leave nothing behind of what is not in its place."""
        if self._writer is not None:
            self._writer.__exit__()
            self._writer = None

    def look(self) -> list[str]:
        """Look already at the snapshot in place, as `run` will otherwise; the paths of the files it knows.

        Of a very large one nothing is: it would take much memory, and a build of it takes seconds anyway.
        """
        identity = _identity(self._path)
        try:
            snapshot, note = self._open()
        except SnapshotError:  # `run` raises it
            return []
        if snapshot is None or len(snapshot.section("digest")) > _DIGEST * _AT_HAND:
            return []
        known = Known.of(snapshot)
        known.stored  # noqa: B018 - it is made by being asked for
        self._looked = identity, known, note
        return known.files.paths

    def run(
        self,
        *,
        verify: bool = False,
        strict: bool = False,
        processes: int | None = None,
        progress: Progress | None = None,
        is_final: bool = True,
        ahead: Ahead | None = None,
    ) -> BuildResult:
        """Bring the snapshot up to date; see `build`.

        Where it `is_final`, it is in its place afterwards. What was begun `ahead` is gone on with.
        """
        reads = ahead.reads if ahead else None
        known, note = self._look() if reads is None else (None, None)
        if ahead:
            found = ahead.scan()
        else:
            follow_symlinks = self._options.follow_symlinks
            found = scan(self._folder, follow_symlinks=follow_symlinks, with_states=known is not None)
        files = Found.of(found, known, verify=verify)
        if known and not len(files.pending) and files.is_known():
            return self._unchanged(known, strict=strict)
        if ahead and reads is not None:
            self._writer = ahead.take_writer()
        else:
            self._writer = SnapshotWriter(self._path).__enter__()
            batch = Batch(
                os.fspath(self._folder),
                "\0".join(files.pending_paths),
                files.pending_digests if known else b"",
                self._options,
                os.fspath(self._writer.temporary),
            )
            reads = Reads(read_batches(batch, processes=processes, progress=progress))
        if not files.note(reads.batches) and known and files.is_known():
            self.abandon()
            return self._unchanged(known, strict=strict)
        self._write(files, reads, strict=strict)
        if is_final:
            self.commit()
        parsed = int((~files.same).sum())
        return BuildResult(self._path, True, parsed, (note,) if note else ())

    def _unchanged(self, known: Known, *, strict: bool) -> BuildResult:
        if strict:
            _refuse_errors(known.snapshot.problems())
        self._unchanged_snapshot = known.snapshot
        return BuildResult(self._path, False, 0)

    def _look(self) -> tuple[Known | None, str | None]:
        identity, known, note = self._looked
        if identity and identity == _identity(self._path):
            return known, note
        snapshot, note = self._open()
        return Known.of(snapshot) if snapshot else None, note

    def _open(self) -> tuple[Snapshot | None, str | None]:
        """The snapshot in place, where it can be gone on from; what the operator should know."""
        path = self._path
        if not path.exists():
            return None, None
        try:
            snapshot = open_snapshot(path, base_too=not self._trusts_base)
        except ForeignFileError as error:
            if not self._replace and path.stat().st_size:
                raise SnapshotError(f"{error}; it is left alone, so choose another output") from None
            return None, f"{error}; it is built anew"
        except SnapshotError as error:
            return None, f"{error}; it is built anew"
        if snapshot.meta["package"] != __version__:
            package = snapshot.meta["package"]
            return None, f"{path}: built by version {package}, this is {__version__}; it is built anew"
        if snapshot.meta["options"] != str(self._options):
            return None, f"{path}: built with other options; it is built anew"
        return snapshot, None

    def _write(self, found: Found, reads: Reads, *, strict: bool) -> None:
        assert self._writer is not None
        files, known = found.files, found.known
        documents, urls = read_documents(reads, found.pending), reads.urls
        if known:
            kept, kept_urls = known.stored.staying(found.stays_at())
            documents, urls = Documents.chained([kept, documents]), kept_urls + urls
        served = choose_served(documents, urls, files.paths)
        position_of: dict[str | None, int] = {url: position for position, url in enumerate(served.urls)}
        position_of[None] = NO_URL
        named = map(position_of.get, reads.named, itertools.repeat(UNRESOLVED))
        documents.named = np.fromiter(named, np.int32, len(reads.named))
        if known:
            again = known.stored.named_among(position_of)
            documents.named = np.concatenate([again[kept.named], documents.named])
        problems = {
            "file": [problem for path in sorted(files.problems) for problem in files.problems[path]],
            "folder": found.folder_problems,
            "twice": served.problems,
        }
        if strict:
            _refuse_errors([problem for some in problems.values() for problem in some])
        base = self._move_texts(known, documents, len(kept)) if known else None
        documents = documents.take(served.order)
        sections, resolution = _sections(documents, len(served.urls), files, problems)
        sections |= _positions(documents.texts["url"], len(served.urls), known)
        paths = _paths(files, known)
        sections |= {"path": paths.blob, "path.offsets": paths.offsets}
        meta = {
            "package": __version__,
            "options": str(self._options),
            "version": _version(paths, files.digests, found.folder_problems),
            "references": {
                "total": resolution.total,
                "linked": len(resolution.links),
                "repeated": resolution.repeated,
                "self": resolution.self_references,
                "dangling": len(resolution.dangling),
            },
        }
        self._writer.finish(sections, meta, base)

    def _move_texts(self, known: Known, documents: Documents, kept: int) -> dict[str, Any] | None:
        """Bring the texts of the documents that are kept along; the file of those that stay."""
        assert self._writer is not None
        numbers = documents.numbers
        start = numbers["start"][:kept]
        size = np.stack([numbers[name][:kept] for name in ("front", "answer", "rest")]).sum(
            axis=0, dtype=np.int64
        )
        snapshot = known.snapshot
        moving = start >= 0 if snapshot.base else np.zeros(kept, np.bool_)
        most = max(_SMALL, (snapshot.base or snapshot.file).size // _SHARE)
        base = None
        is_worth_it = (snapshot.base or snapshot.file).size > _SMALL
        if is_worth_it and not self._whole and size[moving].sum() <= most:
            base = self._writer.base_on(snapshot)
        if base is None and snapshot.base and self._trusts_base and not snapshot.base.is_whole():
            raise SnapshotError(f"{self._path}: the snapshot is damaged; start again to build it anew")
        if base is None:
            moving = np.ones(kept, np.bool_)
        elif snapshot.base is None:
            numbers["start"][:kept] = ~start
        rows = np.flatnonzero(moving)
        rows = rows[np.argsort(start[rows], kind="stable")]
        runs = np.split(rows, np.flatnonzero(start[rows][1:] != (start[rows] + size[rows])[:-1]) + 1)
        pieces = [snapshot.text(int(start[run[0]]), int(size[run].sum())) for run in runs if len(run)]
        if pieces:
            numbers["start"][rows] = self._writer.append(pieces) + offsets_of(size[rows])[:-1]
        identity = (snapshot.base or snapshot.file).identity
        return {"name": base, "identity": identity} if base else None


_AT_HAND = 100_000
"""Of how many files what is known is kept at hand, at most."""
_DIGEST = 32
_SMALL = 8 << 20
_SHARE = 8
"""Texts beside the base may take so many bytes, or such a share of it; then all become one file again."""


def _refuse_errors(problems: Sequence[Problem]) -> None:
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if errors:
        raise ContentProblemsError(sorted(errors, key=_place_of))


def _place_of(problem: Problem) -> tuple[Any, ...]:
    return problem.file, problem.line or 0, problem.column or 0, problem.code, problem.message


def _sections(
    documents: Documents, served: int, files: Files, problems: dict[str, list[Problem]]
) -> tuple[dict[str, Any], Resolution]:
    """All that the file holds beside the texts."""
    numbers = documents.numbers
    spellings, counts = count_spellings(documents, served)
    subjects = unite_subjects(counts)
    place_of = {key: place for place, key in enumerate(subjects)}
    subject_of = {s: -1 if s is None else place_of.get(s.casefold(), -1) for s in set(spellings)}
    references = int(numbers["references"][:served].sum())
    sources, firsts = documents.sources()[:references], offsets_of(numbers["references"])
    resolution = resolve(
        sources,
        np.maximum(documents.named[:references], -1),
        documents.reference_numbers[:references],
        numbers["number"][:served],
    )
    outgoing, incoming = adjacencies(sources[resolution.links], resolution.targets, served)
    dangling = resolution.dangling
    sections: dict[str, Any] = {
        "file": documents.file.astype(np.int32),
        **{name: numbers[name].astype(kind) for name, kind in NUMBERS.items()},
        "reference.number": documents.reference_numbers.astype(np.int64),
        "reference.named": documents.named.astype(np.int32),
        "state": files.states.ravel(),
        "digest": files.digests.ravel(),
        "subject.of": np.array([subject_of[s] for s in spellings[:served]], np.int32),
        "subjects": orjson.dumps([list(name) for name in subjects.values()]),
        "problems": orjson.dumps(
            {kind: [_row(problem) for problem in some] for kind, some in problems.items()}
        ),
        "outgoing.offsets": outgoing.offsets,
        "outgoing": outgoing.neighbors,
        "outgoing.reference": (resolution.links - firsts[sources[resolution.links]]).astype(np.int32),
        "incoming.offsets": incoming.offsets,
        "incoming": incoming.neighbors,
        "dangling.source": sources[dangling].astype(np.int32),
        "dangling.reference": (dangling - firsts[sources[dangling]]).astype(np.int32),
    }
    for name, column in documents.texts.items():
        sections[name], sections[f"{name}.offsets"] = column.blob, column.offsets
    return sections, resolution


def _paths(files: Files, known: Known | None) -> TextColumn[str]:
    """The paths of all files; those of the snapshot where they are the same."""
    if known and files.paths == known.files.paths:
        return stored_text(known.snapshot, "path")
    return TextColumn.of(files.paths)


def _positions(urls: TextColumn[str], served: int, known: Known | None) -> dict[str, Any]:
    """What finds a url; that of the snapshot where the urls are the same."""
    if known:
        section = known.snapshot.section
        if urls.blob == section("url") and served == len(section("subject.of", "i")):
            return {name: section(name) for name in ("bucket", "bucket.offsets")}
    buckets = Positions.of(urls.first(served))
    return {"bucket": buckets.members, "bucket.offsets": buckets.offsets}


def _row(problem: Problem) -> list[Any]:
    return [
        problem.severity.value, problem.code, problem.file, problem.line, problem.column, problem.message
    ]  # fmt: skip


def _version(paths: TextColumn[str], digests: Array, problems: Sequence[Problem]) -> str:
    """A name for the content: the same files give the same one, whatever their order, times and place."""
    digest = hashlib.sha256(paths.blob)
    digest.update(digests.tobytes())
    for code, file in sorted((problem.code, problem.file) for problem in problems):
        digest.update(f"{code}\0{file}\n".encode())
    return digest.hexdigest()[:16]


_Identity: TypeAlias = tuple[int, int, int, int]


def _identity(path: Path) -> _Identity | None:
    """What tells a file from another one that takes its place; None where there is none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
