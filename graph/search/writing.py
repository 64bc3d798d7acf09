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
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

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
_FIELDS = 3
"""Title, keywords (with a question that the title does not ask) and answer."""
_WEIGHTS = np.array([30.0, 8.0, 1.0])
_LENGTH_WEIGHTS = np.array([0.5, 0.5, 0.75])


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
    parts = _read_parts(graph)
    words, offsets, positions = _merge(parts)
    lengths = np.concatenate([np.zeros((0, _FIELDS), np.int64), *(part.lengths for part in parts)])
    arrays = {
        "position_offsets": offsets,
        "positions": positions,
        "starts": np.concatenate([[0], lengths.sum(axis=1).cumsum()]),
        **_postings(offsets, positions, lengths),
    }
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


def _read_parts(graph: KnowledgeGraph) -> list[_Part]:
    """Read all articles, in several processes where there are many."""
    firsts = range(0, graph.article_count, _BATCH)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    processes = min(cores, len(firsts) // _BATCHES_WORTH_A_PROCESS)
    if processes > 1:
        snapshot = os.path.abspath(graph.snapshot)  # noqa: PTH100 - links stay what they are
        with contextlib.suppress(WorkerError, OSError):  # it may have been replaced: read what is open here
            batches = [(snapshot, graph.version, first) for first in firsts]
            return list(map_batches(read_part_of_snapshot, batches, processes))
    return [_read_part(_fields_of(graph, first)) for first in firsts]


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


def _merge(parts: list[_Part]) -> tuple[list[str], Array, Array]:
    """Words, offsets and positions of all parts."""
    words = sorted(set[str]().union(*(part.words for part in parts)))
    number_of = {word: number for number, word in enumerate(words)}
    numbers = [np.array([number_of[word] for word in part.words], np.intp) for part in parts]
    counts = np.zeros(len(words), np.int64)
    for part, their_numbers in zip(parts, numbers, strict=True):
        counts[their_numbers] += np.diff(part.offsets)
    offsets = _offsets(counts)
    positions = np.empty(offsets[-1], np.uint32)
    ends = offsets[:-1].copy()  # of what is there of each word so far
    before = 0
    for part, their_numbers in zip(parts, numbers, strict=True):
        counts = np.diff(part.offsets)
        places = np.arange(len(part.positions)) + np.repeat(ends[their_numbers] - part.offsets[:-1], counts)
        positions[places] = part.positions + np.uint32(before)
        ends[their_numbers] += counts
        before += len(part.positions)
    return words, offsets, positions


def _postings(offsets: Array, positions: Array, lengths: Array) -> dict[str, Array]:
    """Who has each word how often, weighted, from where it stands."""
    means = np.maximum(lengths.mean(axis=0), 1) if len(lengths) else np.ones(_FIELDS)
    weights = (_WEIGHTS / (1 - _LENGTH_WEIGHTS + _LENGTH_WEIGHTS * lengths / means)).ravel()
    # one entry for each word and field that has it
    fields, firsts, rows = _runs(
        np.repeat(np.arange(lengths.size, dtype=np.uint32), lengths.ravel())[positions], offsets
    )
    frequencies = np.diff(firsts, append=len(positions)) * weights[fields]
    in_title = fields % _FIELDS == 0
    # and one for each word and article that has it
    articles, firsts, word_offsets = _runs(fields // _FIELDS, rows)
    return {
        "word_offsets": word_offsets,
        "articles": articles,
        "frequencies": np.add.reduceat(frequencies, firsts).astype(np.float32) if len(firsts) else firsts,
        "title_offsets": _offsets(in_title)[rows],
        "title_articles": fields[in_title] // _FIELDS,
        "title_frequencies": frequencies[in_title].astype(np.float32),
    }


def _runs(values: Array, offsets: Array) -> tuple[Array, Array, Array]:
    """Equal neighbours within a row made one: the values, where each began, and the rows' new offsets."""
    is_first = np.ones(len(values), np.bool_)
    is_first[1:] = values[1:] != values[:-1]
    is_first[offsets[:-1]] = True  # no row is empty
    firsts = np.flatnonzero(is_first)
    return values[firsts], firsts, np.searchsorted(firsts, offsets)


def _offsets(counts: Array) -> Array:
    return np.concatenate([[0], np.cumsum(counts, dtype=np.int64)])
