"""The texts of a graph → the files of an index.

The words are sorted, so that all words that begin alike are neighbours, and what belongs to each word lies in
compressed sparse rows in the same order: a beginning is one slice of every array. The arrays are mapped into
memory and shared by all processes that serve one graph.
"""

from __future__ import annotations

import contextlib
import functools
import os
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..columns import view
from ..escape import unescape
from ..workers import WorkerError, map_batches
from .markup import without_hidden_words
from .words import fold, split_words, stem_all

if TYPE_CHECKING:
    from ..knowledge import KnowledgeGraph

FORMAT = 2
"""Changes with the layout of the files and with what counts as a word."""

Array = npt.NDArray[Any]

_BATCH = 2000
_BATCHES_WORTH_A_PROCESS = 4
_AT_ONCE = 1 << 25
"""How many places of words are put in order at once, in some 40 bytes each."""
_FIELDS = 3
"""Title, keywords (with a question that the title does not ask) and answer."""
_WEIGHTS = np.array([30.0, 8.0, 1.0])
_LENGTH_WEIGHTS = np.array([0.5, 0.5, 0.75])
_ROWS: dict[str, npt.DTypeLike] = {
    "positions": np.uint32,
    "articles": np.uint32,
    "frequencies": np.float32,
    "title_articles": np.uint32,
    "title_frequencies": np.float32,
}
"""The arrays that have a row for each word, and how they are kept."""


@dataclass(frozen=True, slots=True)
class _Part:
    """Some consecutive articles: their words, sorted, and where each stands.

    Word i stands at ``positions[offsets[i]:offsets[i + 1]]``, counted from the part's first word on;
    `lengths` has a row for each article and a column for each field.
    """

    words: list[str]
    offsets: Array
    positions: Array
    lengths: Array


@dataclass(frozen=True, slots=True)
class _Kept:
    """What stays in memory of a part whose positions lie in a file.

    Parameters
    ----------
    words
        The number that each of its words has among those of all parts, ascending.
    offsets
        As in the part.
    lengths
        As in the part.
    first
        Where its first word stands among those of all parts, and its positions in the file.
    """

    words: Array
    offsets: Array
    lengths: Array
    first: int


def write_index(graph: KnowledgeGraph, folder: Path) -> None:
    """Write the index of a graph's articles.

    Parameters
    ----------
    graph
        The articles.
    folder
        An empty folder. It gets `words.txt`, the distinct folded words, sorted; `stems.txt`, their stems,
        sorted; and arrays, of which `x_offsets` cuts others into rows, one for each word, or for each stem.

        - `stem_offsets`, `stem_words`: the numbers of the words that have a stem.
        - `word_offsets`, `articles`, `frequencies`: the positions of the articles that have a word,
          ascending, and its weighted frequency there.
        - `title_offsets`, `title_articles`, `title_frequencies`: the same for titles alone.
        - `position_offsets`, `positions`: the places of a word, ascending, where all words of all articles
          are numbered through, with a gap behind each field and each keyword.
        - `starts`: the place of each article's first word, and the end.

        The weighted frequency is that of BM25F (H. Zaragoza et al., "Microsoft Cambridge at TREC-13", 2004):
        over the fields, the sum of weight · count / (1 - b + b · length / mean length).
    """
    waiting = folder / "positions"
    words, offsets, parts = _read(graph, waiting)
    lengths = np.concatenate([np.zeros((0, _FIELDS), np.int64), *(part.lengths for part in parts)])
    arrays = {
        "position_offsets": offsets,
        "starts": np.concatenate([[0], lengths.sum(axis=1).cumsum()]),
        **_write_rows(waiting, offsets, parts, lengths, folder),
    }
    waiting.unlink()
    stems = stem_all(words)
    distinct = sorted(set(stems))
    number_of = {stem: number for number, stem in enumerate(distinct)}
    numbers = np.array([number_of[stem] for stem in stems], np.int64)
    arrays["stem_words"] = np.argsort(numbers, kind="stable").astype(np.uint32)
    arrays["stem_offsets"] = _offsets(np.bincount(numbers, minlength=len(distinct)))
    for name, values in arrays.items():
        np.save(folder / f"{name}.npy", values, allow_pickle=False)
    (folder / "words.txt").write_text("\n".join(words), encoding="utf-8")
    (folder / "stems.txt").write_text("\n".join(distinct), encoding="utf-8")


class _Numbers(dict[str, int]):
    """Numbers words in the order of their first appearance."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self)
        return number


class _OtherVersionError(Exception):
    """A snapshot has been replaced since a graph was made of it."""


def _read(graph: KnowledgeGraph, file: Path) -> tuple[list[str], Array, list[_Kept]]:
    """Read all articles, positions into a file: all words, the offsets of their positions, and the parts."""
    numbers, parts, first = _Numbers(), list[_Kept](), 0
    with file.open("wb") as opened:
        for read in _read_parts(graph):
            parts.append(_Kept(_numbered(numbers, read.words), read.offsets, read.lengths, first))
            opened.write(view(read.positions))
            first += len(read.positions)
    words = sorted(numbers)
    rank_of = np.empty(len(words), np.int32)
    rank_of[_numbered(numbers, words)] = np.arange(len(words))
    counts = np.zeros(len(words), np.int64)
    ranked = [replace(part, words=rank_of[part.words]) for part in parts]
    for part in ranked:
        counts[part.words] += np.diff(part.offsets)
    return words, _offsets(counts), ranked


def _numbered(numbers: _Numbers, words: list[str]) -> Array:
    return np.fromiter(map(numbers.__getitem__, words), np.int32, len(words))


def _read_parts(graph: KnowledgeGraph) -> Iterator[_Part]:
    """Read all articles, in several processes where there are many."""
    firsts = range(0, graph.article_count, _BATCH)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    processes = min(cores, len(firsts) // _BATCHES_WORTH_A_PROCESS)
    done = 0
    if processes > 1:
        snapshot = os.path.abspath(graph.snapshot)  # noqa: PTH100 - links stay what they are
        with contextlib.suppress(WorkerError, OSError):  # it may have been replaced: read what is open here
            batches = [(snapshot, graph.version, first) for first in firsts]
            for part in map_batches(read_part_of_snapshot, batches, processes):
                done += 1
                yield part
    for first in firsts[done:]:
        yield _read_part(_fields_of(graph, first))


def read_part_of_snapshot(batch: tuple[str, str, int]) -> _Part:
    """Read some articles in a process of its own: path and version of the snapshot, and the first article."""
    path, version, first = batch
    return _read_part(_fields_of(_open(path, version), first))


@functools.cache
def _open(path: str, version: str) -> KnowledgeGraph:
    from ..knowledge import KnowledgeGraph

    graph = KnowledgeGraph(Path(path))
    if graph.version != version:
        raise _OtherVersionError(path)
    return graph


def _fields_of(graph: KnowledgeGraph, first: int) -> Iterator[Iterator[list[str]]]:
    """The fields of some articles."""
    for position in range(first, min(first + _BATCH, graph.article_count)):
        columns, texts = graph.columns, graph.texts
        yield _fields(
            columns.title[position],
            texts.rest(position).question,
            *texts.stored_answer(position),
            columns.keywords[position],
        )


def _read_part(articles: Iterable[Iterator[list[str]]]) -> _Part:
    numbers = _Numbers(
        {"": 0}
    )  # the empty word is the gap: no phrase reaches over it, and nobody asks for it
    number_of = numbers.__getitem__
    text = array("i")
    ends = [0]
    for fields in articles:
        for field in fields:
            for piece in field:
                text.extend(map(number_of, split_words(piece)))
                text.append(0)
            ends.append(len(text))
    folded = list(map(fold, numbers))
    words = sorted(set(folded))
    rank_of = {word: rank for rank, word in enumerate(words)}
    # 16 bits where they do: numpy sorts these by counting
    kind = np.uint16 if len(words) <= 1 << 16 else np.uint32
    ranks = np.array([rank_of[word] for word in folded], kind)[np.frombuffer(text, np.intc)]
    return _Part(
        words,
        _offsets(np.bincount(ranks, minlength=len(words))),
        np.argsort(ranks, kind="stable").astype(np.uint32),
        np.diff(ends).reshape(-1, _FIELDS),
    )


def _fields(
    title: str, question: str | None, answer: str | None, escaped: bool, keywords: list[str]
) -> Iterator[list[str]]:
    yield [title]
    others = list(keywords)
    if question and question.casefold() != title.casefold():
        others.append(question)
    yield others
    answer = answer or ""
    yield [without_hidden_words(unescape(answer) if escaped else answer)]


def _write_rows(
    file: Path, offsets: Array, parts: list[_Kept], lengths: Array, folder: Path
) -> dict[str, Array]:
    """Write what belongs to each word, for some words after the other; the rows' offsets."""
    means = np.maximum(lengths.mean(axis=0), 1) if len(lengths) else np.ones(_FIELDS)
    weights = (_WEIGHTS / (1 - _LENGTH_WEIGHTS + _LENGTH_WEIGHTS * lengths / means)).ravel()
    read = np.memmap(file, np.uint32, "r") if offsets[-1] else np.zeros(0, np.uint32)
    ends: dict[str, list[Array]] = {
        "word_offsets": [np.zeros(1, np.int64)],
        "title_offsets": [np.zeros(1, np.int64)],
    }
    with contextlib.ExitStack() as opened:
        arrays = {
            name: opened.enter_context(_ArrayFile(folder / f"{name}.npy", kind))
            for name, kind in _ROWS.items()
        }
        for first, end in _pieces(offsets):
            positions, fields = _gather(read, parts, offsets, first, end)
            rows = offsets[first : end + 1] - offsets[first]
            for name, values in {"positions": positions, **_postings(rows, fields, weights)}.items():
                if name in arrays:
                    arrays[name].append(values)
                else:
                    ends[name].append(ends[name][-1][-1] + values[1:])
    return {name: np.concatenate(found) for name, found in ends.items()}


def _pieces(offsets: Array) -> Iterator[tuple[int, int]]:
    """The words in pieces, each of one word or of no more places than are put in order at once."""
    first, count = 0, len(offsets) - 1
    while first < count:
        end = max(first + 1, int(np.searchsorted(offsets, offsets[first] + _AT_ONCE, side="right")) - 1)
        yield first, end
        first = end


def _gather(read: Array, parts: list[_Kept], offsets: Array, first: int, end: int) -> tuple[Array, Array]:
    """Where some words stand, and in which field of all articles' each of these places is."""
    positions = np.empty(offsets[end] - offsets[first], np.uint32)
    fields = np.empty(len(positions), np.uint32)
    ends = offsets[first:end] - offsets[first]  # of what is there of each word so far
    before = 0
    for part in parts:
        low, high = np.searchsorted(part.words, [first, end])
        words, rows = part.words[low:high] - first, part.offsets[low : high + 1]
        theirs = read[part.first + rows[0] : part.first + rows[-1]]
        counts = np.diff(rows)
        places = np.arange(len(theirs)) + np.repeat(ends[words] - (rows[:-1] - rows[0]), counts)
        positions[places] = theirs + np.uint32(part.first)
        of_field = np.arange(before, before + part.lengths.size, dtype=np.uint32)
        fields[places] = np.repeat(of_field, part.lengths.ravel())[theirs]
        ends[words] += counts
        before += part.lengths.size
    return positions, fields


def _postings(offsets: Array, fields: Array, weights: Array) -> dict[str, Array]:
    """Who has each word how often, weighted, from the fields that it stands in."""
    # one entry for each word and field that has it
    count = len(fields)
    fields, firsts, rows = _runs(fields, offsets)
    frequencies = np.diff(firsts, append=count) * weights[fields]
    in_title = fields % _FIELDS == 0
    # and one for each word and article that has it
    articles, firsts, word_offsets = _runs(fields // _FIELDS, rows)
    return {
        "word_offsets": word_offsets,
        "articles": articles,
        "frequencies": np.add.reduceat(frequencies, firsts),
        "title_offsets": _offsets(in_title)[rows],
        "title_articles": fields[in_title] // _FIELDS,
        "title_frequencies": frequencies[in_title],
    }


def _runs(values: Array, offsets: Array) -> tuple[Array, Array, Array]:
    """Equal neighbours within a row made one: the values, where each began, and the rows' new offsets."""
    is_first = np.ones(len(values), np.bool_)
    is_first[1:] = values[1:] != values[:-1]
    is_first[offsets[:-1]] = True  # no row is empty
    firsts = np.flatnonzero(is_first)
    return values[firsts], firsts, np.searchsorted(firsts, offsets)


class _ArrayFile:
    """An array that is written piece by piece, as `numpy.save` writes it at once.

    Parameters
    ----------
    path
        The file.
    kind
        The type of its numbers.
    """

    def __init__(self, path: Path, kind: npt.DTypeLike) -> None:
        self._path = path
        self._kind = np.dtype(kind)
        self._count = 0

    def __enter__(self) -> _ArrayFile:
        self._opened = self._path.open("wb")
        self._write_header()
        return self

    def __exit__(self, *_: object) -> None:
        with self._opened:
            self._opened.seek(0)
            self._write_header()

    def append(self, values: Array) -> None:
        """Write some more numbers."""
        self._opened.write(view(values.astype(self._kind, copy=False)))
        self._count += len(values)

    def _write_header(self) -> None:
        """Write what comes first: it has room for any count."""
        described: Any = np.lib.format.dtype_to_descr(self._kind)
        header = {"descr": described, "fortran_order": False, "shape": (self._count,)}
        np.lib.format.write_array_header_1_0(self._opened, header)


def _offsets(counts: Array) -> Array:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
