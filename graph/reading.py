"""Files read in parallel, each batch given as columns: little to hand over, and nothing to look through.

What is heavy (answers, front matter) goes to the snapshot's file at once, from the process that read it. This
module is what such a process imports, so it keeps to what is quick to import.
"""

from __future__ import annotations

import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

import orjson

from .article import Document, Problem
from .corpus import FEW, ContentOptions, Progress, ReadFile, available_cores, open_folder, read_file, vanished
from .snapshot import append_texts
from .workers import Child, in_order, map_batches

_BATCH = 128
_DIGEST = 32
_NO_NUMBER = -(2**63)

Joined: TypeAlias = "tuple[bytes, array[int]]"
"""The JSON of some values, a comma behind each; and the size of each, with its comma."""


class Batch(NamedTuple):
    """Files to read, and how.

    Parameters
    ----------
    folder
        The content folder.
    paths
        Those of the files, with NUL between them: much quicker to hand over than a list.
    digests
        32 bytes a file: the digest of what it held before, zeros where nothing is known; or nothing at all.
    options
        How they are read.
    texts
        The file that texts are appended to.
    """

    folder: str
    paths: str
    digests: bytes
    options: ContentOptions
    texts: str

    @property
    def size(self) -> int:
        """How many files there are."""
        return self.paths.count("\0") + 1 if self.paths else 0

    @property
    def listed(self) -> list[str]:
        """The paths, one by one."""
        return self.paths.split("\0") if self.paths else []


class Columns(NamedTuple):
    """Some documents, one value each.

    Parameters
    ----------
    file
        Index of the document's file in its batch.
    texts
        url, title, author, keywords and subject as it is spelt.
    numbers
        One array for each of number, date, score, flags, minutes, line and column of the url, references (how
        many), and start, front, answer, rest: where its texts begin, and the size of each.
    reference_numbers, reference_urls
        One value for each reference of each document; a number that is missing is -2^63.
    """

    file: array[int]
    texts: dict[str, Joined]
    numbers: dict[str, array[int] | array[float]]
    reference_numbers: array[int]
    reference_urls: Joined


class BatchRead(NamedTuple):
    """A batch as it was read.

    Parameters
    ----------
    states
        Four numbers a file.
    digests
        32 bytes a file; zeros where it could not be read.
    same
        Whether each file's digest is the one that was known, so that it was not parsed.
    problems
        Of each file that has any, by its index.
    documents
        What was parsed.
    """

    states: array[int]
    digests: bytes
    same: bytes
    problems: dict[int, list[Problem]]
    documents: Columns


class Reads:
    """What was read of many files, gathered while the rest is being read.

    Parameters
    ----------
    batches
        What is being read.
    """

    def __init__(self, batches: Iterable[BatchRead]) -> None:
        self.batches: list[BatchRead] = []
        self.urls: list[str] = []
        """The url of each document."""
        self.named: list[str | None] = []
        """The url of each reference."""
        for batch in batches:
            self.batches.append(batch)
            self.urls += _decoded(batch.documents.texts["url"])
            self.named += _decoded(batch.documents.reference_urls)


def read_batches(
    batch: Batch,
    *,
    processes: int | None = None,
    progress: Progress | None = None,
) -> Iterator[BatchRead]:
    """Read and parse files over all cores.

    Parameters
    ----------
    batch
        All files.
    processes
        How many to use; by default one for each core that this process may run on.
    progress
        Told after each part.

    Yields
    ------
    BatchRead
        Of some files each, in the order given.
    """
    count = batch.size
    if processes is None:
        processes = available_cores() if count > FEW else 1
    return _told(map_batches(read_batch, parted(batch), processes), count, progress)


def read_by(children: Sequence[Child], batch: Batch, progress: Progress | None = None) -> Iterator[BatchRead]:
    """The same by forks that do `read_batch` for what the batch is parted into."""
    count = batch.size
    return _told(in_order(children, -(-count // _BATCH)), count, progress)


def _told(reads: Iterable[BatchRead], count: int, progress: Progress | None) -> Iterator[BatchRead]:
    done = 0
    for read in reads:
        yield read
        done += len(read.same)
        if progress:
            progress(done, count)


def parted(batch: Batch) -> list[Batch]:
    """A batch as many small ones."""
    paths = batch.listed
    return [
        batch._replace(
            paths="\0".join(paths[first : first + _BATCH]),
            digests=batch.digests[_DIGEST * first : _DIGEST * (first + _BATCH)],
        )
        for first in range(0, len(paths), _BATCH)
    ]


def read_batch(batch: Batch) -> BatchRead:
    """Read some files, one after the other."""
    files = list(_read_files(batch))
    states = array("q")
    for file in files:
        states.extend(file.state)
    return BatchRead(
        states,
        b"".join([file.digest or bytes(32) for file in files]),
        bytes([file.same for file in files]),
        {number: file.problems for number, file in enumerate(files) if file.problems},
        _columns(files, batch.texts),
    )


def _read_files(batch: Batch) -> Iterator[ReadFile]:
    paths = batch.listed
    try:
        folder = open_folder(batch.folder)
    except OSError:
        yield from map(vanished, paths)
        return
    try:
        for number, path in enumerate(paths):
            yield read_file(
                folder,
                path,
                batch.digests[_DIGEST * number : _DIGEST * (number + 1)],
                max_file_size=batch.options.max_file_size,
                follow_symlinks=batch.options.follow_symlinks,
            )
    finally:
        os.close(folder)


def _columns(files: list[ReadFile], texts: str) -> Columns:
    found = [(number, file.document) for number, file in enumerate(files) if file.document is not None]
    documents = [document for _, document in found]
    fronts = [document.front_matter.encode() for document in documents]
    answers = [orjson.dumps(document.answer) for document in documents]
    rests = [orjson.dumps(_rest(document)) for document in documents]
    pieces = [piece for pieces in zip(fronts, answers, rests, strict=True) for piece in pieces]
    begin = _append(texts, b"".join(pieces))
    start = array("q")
    for front, answer, rest in zip(fronts, answers, rests, strict=True):
        start.append(begin)
        begin += len(front) + len(answer) + len(rest)
    references = [reference for document in documents for reference in document.references]
    return Columns(
        array("i", [number for number, _ in found]),
        {
            "url": _joined([document.url for document in documents]),
            "title": _joined([document.title for document in documents]),
            "author": _joined([document.author for document in documents]),
            "keywords": _joined([document.keywords for document in documents]),
            "subject": _joined([document.subject for document in documents]),
        },
        {
            "number": array("q", [_NO_NUMBER if d.number is None else d.number for d in documents]),
            "date": array("i", [d.date.toordinal() if d.date else 0 for d in documents]),
            "score": array("d", [float("nan") if d.score is None else d.score for d in documents]),
            "no_index": array("b", [d.no_index for d in documents]),
            "escaped": array("b", [d.escaped for d in documents]),
            "minutes": array("i", [d.reading_minutes for d in documents]),
            "line": array("i", [d.url_place[0] for d in documents]),
            "column": array("i", [d.url_place[1] for d in documents]),
            "references": array("i", [len(d.references) for d in documents]),
            "start": start,
            "front": array("i", map(len, fronts)),
            "answer": array("i", map(len, answers)),
            "rest": array("i", map(len, rests)),
        },
        array("q", [_NO_NUMBER if r.number is None else r.number for r in references]),
        _joined([reference.url for reference in references]),
    )


def _append(path: str, data: bytes) -> int:
    descriptor = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        return append_texts(descriptor, [data])
    finally:
        os.close(descriptor)


def _rest(document: Document) -> tuple[object, ...]:
    return (
        document.question,
        document.has_seo,
        document.seo_title,
        document.seo_description,
        [tuple(reference) for reference in document.references],
    )


def _joined(values: Iterable[object]) -> Joined:
    encoded = list(map(orjson.dumps, values))
    return b",".join([*encoded, b""]), array("q", [len(value) + 1 for value in encoded])


def _decoded(values: Joined) -> list[Any]:
    return orjson.loads(b"[" + values[0][:-1] + b"]")  # type: ignore[no-any-return]
