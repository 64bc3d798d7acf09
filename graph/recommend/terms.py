"""What items say: their words, pairs of neighboring words, and keywords, in both directions.

A *term* is a word's stem, a pair of neighboring stems, or a whole keyword, in one field; the same word in a
title and in an answer is two terms. A term that one item alone has tells nothing of others, and one that very
many have hardly anything: both are left out.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from .rows import Rows, offsets_of
from .training import Arrays, Stems, TrainingGraph

FORMAT = 2
"""Changes with what is kept of the same texts."""


class Field(IntEnum):
    """Where a term stands, and what it is."""

    TITLE = 0
    KEYWORDS = 1
    ANSWER = 2
    TITLE_PAIRS = 3
    ANSWER_PAIRS = 4
    KEYWORD = 5
    """A whole keyword."""


_MOST_ITEMS = (2_000, 3_000, 700, 2_000, 300, 10_000)
"""By field: a term that more items have is left out."""
_MOST_TIMES = 30_000
"""A word that stands more often in a field makes no pairs: with such words they would be twice as many."""
_SATURATION, _LENGTH_WEIGHT = 1.2, 0.75
"""k1 and b of BM25."""
_SIGNS = 40
"""Bits by which a whole keyword is told from others."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of n items, m of them, in order of field.

    Parameters
    ----------
    field
        The `Field` of each term; shape (m,), ascending.
    items
        The items that have each term, ascending: m rows.
    frequencies
        For each value of `items` how much the item has of the term: the saturated frequency of BM25 (S.
        Robertson and H. Zaragoza, "The Probabilistic Relevance Framework", 2009), above 0 and below 2.2; 1
        for a whole keyword.
    terms
        The terms of each item, ascending: n rows.
    term_frequencies
        The frequencies for each value of `terms`.
    """

    field: npt.NDArray[np.int8]
    items: Rows
    frequencies: npt.NDArray[np.float32]
    terms: Rows
    term_frequencies: npt.NDArray[np.float32]

    @property
    def rarity(self) -> npt.NDArray[np.float64]:
        """The logarithm of the number of items over that of a term's; shape (m,)."""
        return np.log(len(self.terms) / np.maximum(self.items.sizes, 1))


def terms_of(graph: TrainingGraph) -> Terms:
    """The terms of a graph's items, kept beside its snapshot."""
    kept = graph.kept(f"terms-{FORMAT}", lambda: _index(graph.stems))
    return Terms(
        field=kept["field"],
        items=Rows(kept["item_offsets"], kept["items"]),
        frequencies=kept["frequencies"],
        terms=Rows(kept["term_offsets"], kept["terms"]),
        term_frequencies=kept["term_frequencies"],
    )


def _index(stems: Stems) -> Arrays:
    n = len(stems.title)
    readers: dict[Field, Callable[[], tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]]] = {
        Field.TITLE: lambda: _words(stems.title),
        Field.KEYWORDS: lambda: _words(stems.keywords),
        Field.ANSWER: lambda: _words(stems.answer),
        Field.TITLE_PAIRS: lambda: _pairs(stems.title, stems.count),
        Field.ANSWER_PAIRS: lambda: _pairs(stems.answer, stems.count),
        Field.KEYWORD: lambda: _keywords(stems.keywords, stems.count),
    }
    with ThreadPoolExecutor(
        2
    ) as pool:  # sorts let other threads run; answers' words and pairs take equally long
        parts = list(pool.map(lambda field: _postings(field, *readers[field](), n), readers))
    sizes, items, frequencies = (np.concatenate(part) for part in zip(*parts, strict=True))
    terms = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    small = np.uint16 if n <= 1 << 16 else np.int32  # 16 bits are sorted by counting
    by_item = np.argsort(items.astype(small, copy=False), kind="stable")
    return {
        "field": np.repeat(np.arange(len(parts), dtype=np.int8), [len(part[0]) for part in parts]),
        "item_offsets": offsets_of(sizes),
        "items": items,
        "frequencies": frequencies,
        "term_offsets": offsets_of(np.bincount(items, minlength=n)),
        "terms": terms[by_item],
        "term_frequencies": frequencies[by_item],
    }


def _words(texts: Rows) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Each word, and the item that it stands in."""
    is_word = texts.values > 0
    return texts.values[is_word].astype(np.int64), texts.owners()[is_word].astype(np.int64)


def _pairs(texts: Rows, count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Each pair of neighboring words that are not among the commonest, and the item that it stands in."""
    words, items = texts.values, texts.owners()
    tells = np.bincount(words, minlength=count) <= _MOST_TIMES
    tells[0] = False
    is_telling = tells[words]
    first = np.flatnonzero(is_telling[:-1] & is_telling[1:] & (items[:-1] == items[1:]))
    pairs = words.take(first).astype(np.int64) * count + words.take(first + 1)
    return pairs, items.take(first).astype(np.int64)


def _keywords(texts: Rows, count: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Each whole keyword, as the sum of its words' signs, so that the order of its words does not matter."""
    words, items = texts.values, texts.owners().astype(np.int64)
    signs = np.random.default_rng(1).integers(1, 1 << _SIGNS, count)
    signs[0] = 0
    begins = np.flatnonzero(np.concatenate([[True], words[:-1] == 0])[: len(words)])
    if not len(begins):
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    sums = np.add.reduceat(signs[words], begins)
    _, keyword = np.unique(sums, return_inverse=True)
    return keyword.astype(np.int64)[sums > 0], items[begins][sums > 0]


def _postings(
    field: Field, words: npt.NDArray[np.int64], items: npt.NDArray[np.int64], n: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """How many items have each term that counts; which, term by term; and their frequencies."""
    keys = words * n + items
    if keys.max(initial=0) < 1 << 32:
        keys = keys.astype(np.uint32)  # sorted twice as fast
    keys.sort()
    begins = _begins(keys)
    counts = np.diff(begins, append=len(keys))
    term, item = np.divmod(keys[begins].astype(np.int64), n)
    firsts = _begins(term)
    sizes = np.diff(firsts, append=len(term))
    counts_in = (sizes >= 2) & (sizes <= _MOST_ITEMS[field])
    kept = np.repeat(counts_in, sizes)
    item = item[kept]
    frequencies = np.ones(len(item)) if field is Field.KEYWORD else _saturated(counts[kept], item, items, n)
    return sizes[counts_in], item.astype(np.int32), frequencies.astype(np.float32)


def _begins(values: npt.NDArray[np.int64] | npt.NDArray[np.uint32]) -> npt.NDArray[np.intp]:
    """Where runs of equal values begin."""
    is_other = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=is_other[1:])
    return np.flatnonzero(is_other)


def _saturated(
    counts: npt.NDArray[np.int64], item: npt.NDArray[np.int64], words_of: npt.NDArray[np.int64], n: int
) -> npt.NDArray[np.float64]:
    """BM25's frequencies, from how often items have terms, and the item of each word."""
    lengths = np.bincount(words_of, minlength=n).astype(np.float64)
    lengths /= lengths[lengths > 0].mean() if len(words_of) else 1
    damping = _SATURATION * (1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * lengths)
    frequencies: npt.NDArray[np.float64] = counts * (_SATURATION + 1) / (counts + damping[item])
    return frequencies
