"""All documents of a folder as columns: those of a snapshot and those that were just read, put together."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .article import Problem, Reference, Severity
from .columns import TextColumn, offsets_of, spans, view
from .reading import Reads
from .snapshot import Snapshot
from .texts import read_references

Array = NDArray[Any]

TEXTS = ("url", "title", "author", "keywords", "subject")
NUMBERS = {
    "number": "q", "date": "i", "score": "d", "no_index": "b", "escaped": "b", "minutes": "i", "line": "i",
    "column": "i", "references": "i", "start": "q", "front": "i", "answer": "i", "rest": "i",
}  # fmt: skip
"""What is said of each document beside its texts, and how it is kept."""
UNRESOLVED = -1
"""No article has the url of a reference."""
NO_URL = -2
"""A reference has no url."""


@dataclass(slots=True)
class Documents:
    """Documents, one row each.

    Parameters
    ----------
    file
        Index of each document's file; shape (d,).
    texts
        The columns of `TEXTS`.
    numbers
        Those of `NUMBERS`, each of shape (d,).
    reference_numbers
        Of each reference, the number beside it or `NO_NUMBER`; shape (m,), grouped by document.
    named
        Of each reference, the row of the article that has its url; `UNRESOLVED` or `NO_URL`; shape (m,).
    """

    file: Array
    texts: dict[str, TextColumn[Any]]
    numbers: dict[str, Array]
    reference_numbers: Array
    named: Array

    def __len__(self) -> int:
        return len(self.file)

    def take(self, order: Array) -> Documents:
        """Some documents in some order."""
        references = self._references_of(order)
        return Documents(
            self.file[order],
            {name: column.take(order) for name, column in self.texts.items()},
            {name: values[order] for name, values in self.numbers.items()},
            self.reference_numbers[references],
            self.named[references],
        )

    def _references_of(self, order: Array) -> Array:
        sizes = self.numbers["references"]
        return spans(offsets_of(sizes)[order], sizes[order])

    def sources(self) -> Array:
        """The row of each reference."""
        return np.repeat(np.arange(len(self)), self.numbers["references"])

    @staticmethod
    def chained(parts: Sequence[Documents]) -> Documents:
        """One after the other."""
        return Documents(
            np.concatenate([part.file for part in parts]),
            {name: TextColumn.chained([part.texts[name] for part in parts]) for name in TEXTS},
            {name: np.concatenate([part.numbers[name] for part in parts]) for name in NUMBERS},
            np.concatenate([part.reference_numbers for part in parts]),
            np.concatenate([part.named for part in parts]),
        )


@dataclass(slots=True)
class Stored:
    """The documents of a snapshot.

    Parameters
    ----------
    documents
        All of them; each reference names a row among them.
    urls
        The url of each.
    unresolved
        Which references name no article, and the url of each.
    """

    documents: Documents
    urls: list[str]
    unresolved: dict[int, str]

    @classmethod
    def of(cls, snapshot: Snapshot) -> Stored:
        """Those of a snapshot."""
        documents = Documents(
            np.asarray(snapshot.section("file", "i")),
            {name: stored_text(snapshot, name) for name in TEXTS},
            {name: np.asarray(snapshot.section(name, kind)) for name, kind in NUMBERS.items()},
            np.asarray(snapshot.section("reference.number", "q")),
            np.asarray(snapshot.section("reference.named", "i")),
        )
        return cls(documents, documents.texts["url"].tolist(), _unresolved(documents, snapshot))

    def staying(self, now: Array) -> tuple[Documents, list[str]]:
        """The documents whose files stay, and their urls.

        Parameters
        ----------
        now
            Where each file stands now; -1 where it does not stay.

        Returns
        -------
        tuple
            The documents; instead of what a reference names they have its index among all of `documents`.
            And the urls.
        """
        every = self.documents
        files = now[every.file]
        rows = np.flatnonzero(files >= 0)
        indexed = replace(every, file=files, named=np.arange(len(every.named)))
        return indexed.take(rows), [self.urls[row] for row in rows.tolist()]

    def named_among(self, position_of: Mapping[str | None, int]) -> Array:
        """What all its references name among other articles, given by url."""
        found = map(position_of.get, self.urls, itertools.repeat(UNRESOLVED))
        again = np.fromiter(found, np.int32, len(self.urls))
        named = self.documents.named
        named = np.where(named >= 0, again[named], named) if len(again) else named.copy()
        for reference, url in self.unresolved.items():
            named[reference] = position_of.get(url, UNRESOLVED)
        return named


def _unresolved(documents: Documents, snapshot: Snapshot) -> dict[int, str]:
    unresolved = np.flatnonzero(documents.named == UNRESOLVED)
    numbers = documents.numbers
    sources, firsts = documents.sources()[unresolved], offsets_of(numbers["references"])
    found: dict[int, str] = {}
    before, references = -1, list[Reference]()
    for reference, row in zip(unresolved.tolist(), sources.tolist(), strict=True):
        if row != before:
            places = (int(numbers[name][row]) for name in ("start", "front", "answer", "rest"))
            before, references = row, read_references(snapshot, *places)
        url = references[reference - firsts[row]].url
        assert url is not None
        found[reference] = url
    return found


def stored_text(snapshot: Snapshot, name: str) -> TextColumn[Any]:
    """A column of text of a snapshot."""
    return TextColumn(snapshot.section(name), snapshot.section(f"{name}.offsets", "q"))


def read_documents(reads: Reads, files: Array) -> Documents:
    """The documents that were just read; their references name nothing yet.

    Parameters
    ----------
    reads
        What was read.
    files
        The index that each of the files read has among all files.
    """
    parts = [read.documents for read in reads.batches]
    firsts = offsets_of(np.array([len(read.same) for read in reads.batches], np.int64))
    of_file = [np.asarray(part.file) + first for part, first in zip(parts, firsts[:-1], strict=True)]
    return Documents(
        files[np.concatenate([np.zeros(0, np.int64), *of_file])].astype(np.int32),
        {name: _joined([part.texts[name] for part in parts]) for name in TEXTS},
        {
            name: np.concatenate([np.zeros(0, kind), *(np.asarray(part.numbers[name]) for part in parts)])
            for name, kind in NUMBERS.items()
        },
        np.concatenate([np.zeros(0, np.int64), *(np.asarray(part.reference_numbers) for part in parts)]),
        np.full(len(reads.named), UNRESOLVED, np.int32),
    )


def _joined(parts: Iterable[tuple[bytes, Any]]) -> TextColumn[Any]:
    blobs, sizes = zip(*parts, strict=True) if parts else ((), ())
    return TextColumn(
        b"".join(blobs),
        view(offsets_of(np.concatenate([np.zeros(0, np.int64), *map(np.asarray, sizes)]))),
    )


@dataclass(slots=True)
class Served:
    """Which documents are served, and what became of the others.

    Parameters
    ----------
    order
        Rows in order of url, those that are served first.
    urls
        The urls of those that are served, in order.
    problems
        Of the others: of several files with one url the first in order of path is served.
    """

    order: Array
    urls: list[str]
    problems: list[Problem]


TWICE = "duplicate-url"


def choose_served(documents: Documents, urls: Sequence[str], paths: Sequence[str]) -> Served:
    """Choose which documents are served.

    Parameters
    ----------
    documents
        All.
    urls
        The url of each.
    paths
        Those of all files.
    """
    order = sorted(range(len(urls)), key=urls.__getitem__)
    if len(set(urls)) == len(urls):
        return Served(np.array(order, np.int64), [urls[row] for row in order], [])
    path_of = [paths[file] for file in documents.file.tolist()]
    order.sort(key=lambda row: (urls[row], path_of[row]))
    served: list[int] = []
    others: list[int] = []
    for row in order:
        (others if served and urls[served[-1]] == urls[row] else served).append(row)
    holder = {urls[row]: path_of[row] for row in served}
    lines, columns = documents.numbers["line"], documents.numbers["column"]
    problems = [
        Problem(
            Severity.ERROR,
            TWICE,
            path_of[row],
            int(lines[row]),
            int(columns[row]),
            f"the url {urls[row]} is taken by {holder[urls[row]]}, which is served; "
            "give this article another one",
        )
        for row in others
    ]
    return Served(np.array(served + others, np.int64), [urls[row] for row in served], problems)


def count_spellings(documents: Documents, served: int) -> tuple[list[str | None], Counter[str | None]]:
    """The subject of each document as it is spelt, and how many of those served have each spelling."""
    spellings = documents.texts["subject"].tolist()
    return spellings, Counter(spellings[:served])
