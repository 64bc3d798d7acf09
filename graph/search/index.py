"""What a query finds, best first."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .query import Term, parse_query
from .words import stem_all
from .writing import Array

Mask = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

_SATURATION = 5.0
_BEGUN = 0.5
"""What a word counts that only begins as the query's last word does."""
_AFTER_ALL = "\U0010ffff"


class Wanted(NamedTuple):
    """A term of a query, and the folded words of the corpus that are forms of its word."""

    term: Term
    forms: frozenset[str]


@dataclass(frozen=True, slots=True)
class Matches:
    """What a query found.

    Parameters
    ----------
    positions
        All articles that match, best first; ties by position, that is by url.
    scores
        Their scores, in the same order: greater than 0.
    wanted
        What was looked for: `highlight` needs it.
    """

    positions: npt.NDArray[np.intp]
    scores: npt.NDArray[np.float32]
    wanted: tuple[Wanted, ...]


class SearchIndex:
    """An index that `write_index` wrote. Its arrays are mapped into memory; any number of threads may search.

    Parameters
    ----------
    folder
        The folder that holds its files.
    """

    def __init__(self, folder: Path) -> None:
        def read(name: str) -> Array:
            mapped: Array = np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
            return mapped.view(np.ndarray)  # slices of a memmap are slow

        def rows(name: str, *values: str) -> list[_Rows]:
            offsets = read(f"{name}_offsets")
            return [_Rows(offsets, read(value)) for value in values]

        self._words = _lines(folder / "words.txt")
        self._stems = _lines(folder / "stems.txt")
        (self._words_with,) = rows("stem", "stem_words")
        (self._places,) = rows("position", "positions")
        self._having = rows("word", "articles", "frequencies")
        self._titles_having = rows("title", "title_articles", "title_frequencies")
        self._starts = read("starts")

    def __len__(self) -> int:
        """How many articles it holds."""
        return len(self._starts) - 1

    def stems_in_order(self) -> tuple[Array, Array]:
        """All texts as the numbers of their words' stems, in order.

        Returns
        -------
        tuple
            The numbers, int32, of all articles one after the other: in each article its title, its keywords
            and its answer, with 0, which is no stem, behind each title, keyword and answer. And where each
            article's begin, and the end; shape (n + 1,).
        """
        stem_of = np.zeros(len(self._words), np.int32)
        stem_of[self._words_with.values] = self._words_with.owners()
        stems = np.zeros(int(self._starts[-1]), np.int32)
        stems[self._places.values] = stem_of[self._places.owners()]
        return stems, self._starts

    def search(self, query: str, mask: Mask | None = None) -> Matches:
        """Find the articles that a query means.

        An article matches if it has every quoted phrase and, of the words, as many as any article that may be
        found and has these phrases: all of them, where there is one that has all. A word stands for all words
        with its stem, the last one also for those that it is the beginning of; see `parse_query`. As it was
        typed it counts a second time.

        The score is BM25F (H. Zaragoza et al., "Microsoft Cambridge at TREC-13", 2004): over the terms, the
        sum of ln(1 + (N - n + 1/2) / (n + 1/2)) · f / (f + 5), where N articles are in the index, n have the
        term, and f is the term's weighted frequency in the article, see `write_index`.

        Parameters
        ----------
        query
            Any text.
        mask
            Which articles may be found, by position; None for all.

        Returns
        -------
        Matches
            Nothing where the query has no words.
        """
        wanted = tuple(Wanted(term, self._forms(term)) for term in parse_query(query))
        score = np.zeros(len(self))
        had = np.zeros(len(self), np.int32)
        found = np.ones(len(self), np.bool_)
        for want in wanted:
            worth = self._worth(want)
            has = worth > 0
            score += worth
            if want.term.is_required:
                found &= has
            elif not want.term.only_ranks:
                had += has
        if mask is not None:
            found &= mask
        found &= (had == had.max(where=found, initial=0)) & (score > 0)
        positions = np.flatnonzero(found)
        scores = score[positions].astype(np.float32)
        order = np.argsort(-scores, kind="stable")
        return Matches(positions[order], scores[order], wanted)

    def _forms(self, term: Term) -> frozenset[str]:
        if term.is_phrase:
            return frozenset(term.words)
        if term.is_short and term.is_stop_word:  # "a" is in nearly every text
            return frozenset()
        (stem,) = stem_all(term.words)
        number = _find(self._stems, stem)
        if number is None:
            return frozenset()
        return frozenset(self._words[word] for word in self._words_with.between(number, number + 1))

    def _worth(self, want: Wanted) -> Numbers:
        """What a term adds to each article's score: 0 where it is missing."""
        term = want.term
        if term.is_phrase:
            return self._weighed(self._phrase(term))
        whole, exact = np.zeros(len(self)), np.zeros(len(self))
        for form in sorted(want.forms):
            frequencies = self._frequencies(*self._range(form))
            whole += frequencies
            if form == term.words[0]:
                exact = self._weighed(frequencies)
        return exact + self._worth_in_any_form(term, whole)

    def _worth_in_any_form(self, term: Term, whole: Numbers) -> Numbers:
        """What a word adds whose forms have a frequency in each article."""
        if not term.is_unfinished:
            return self._weighed(whole)
        begun = _BEGUN * self._frequencies(*self._beginning(term.words[0]), titles_only=term.is_short)
        if term.only_ranks:  # "vitamin c": a whole word, if there is one, is far rarer than all that begin so
            return np.maximum(self._weighed(whole), _BEGUN * self._weighed(begun))
        return self._weighed(whole + begun)

    def _weighed(self, frequencies: Numbers) -> Numbers:
        having = np.count_nonzero(frequencies)
        # rounded: the last digit of a logarithm is not the same on every machine, and scores must be
        rarity = round(math.log(1 + (len(self) - having + 0.5) / (having + 0.5)), 9)
        return rarity * frequencies / (frequencies + _SATURATION)

    def _phrase(self, term: Term) -> Numbers:
        """The weighted frequency of a phrase in each article: where it is, that of its rarest word there."""
        ranges = [self._range(word) for word in term.words]
        if term.is_unfinished:
            ranges[-1] = self._beginning(term.words[-1])
        places = [(self._places.between(*words), shift) for shift, words in enumerate(ranges)]
        places.sort(key=lambda place: len(place[0]))
        (fewest, shift), *others = places
        starts = fewest - np.uint32(shift)  # below 0 it wraps round to where no word is
        for candidates, shift in others:
            starts = starts[_are_among(starts + np.uint32(shift), candidates)]
        occurs = np.zeros(len(self), np.bool_)
        occurs[np.searchsorted(self._starts, starts, side="right") - 1] = True
        least = np.minimum.reduce([self._frequencies(*words) for words in dict.fromkeys(ranges)])
        return np.where(occurs, least, 0.0)

    def _frequencies(self, first: int, end: int, *, titles_only: bool = False) -> Numbers:
        """The weighted frequency of some neighbouring words in each article."""
        having = self._titles_having if titles_only else self._having
        articles, frequencies = (rows.between(first, end) for rows in having)
        return np.bincount(articles, frequencies, len(self)).astype(np.float64, copy=False)

    def _range(self, word: str) -> tuple[int, int]:
        number = _find(self._words, word)
        return (0, 0) if number is None else (number, number + 1)

    def _beginning(self, letters: str) -> tuple[int, int]:
        return bisect_left(self._words, letters), bisect_left(self._words, letters + _AFTER_ALL)


class _Rows:
    """Compressed sparse rows."""

    __slots__ = ("_offsets", "values")

    def __init__(self, offsets: Array, values: Array) -> None:
        self._offsets = offsets
        self.values = values

    def owners(self) -> Array:
        """For each value the row that it stands in."""
        return np.repeat(np.arange(len(self._offsets) - 1), np.diff(self._offsets))

    def between(self, first: int, end: int) -> Array:
        """The values of neighbouring rows, one after the other."""
        return self.values[self._offsets[first] : self._offsets[end]]


def _are_among(values: Array, candidates: Array) -> Mask:
    """Which values are among those of the rows of one or several words."""
    if not len(candidates):
        return np.zeros(len(values), np.bool_)
    if np.any(candidates[1:] < candidates[:-1]):
        candidates = np.sort(candidates)
    places = np.searchsorted(candidates, values)
    are: Mask = candidates[np.minimum(places, len(candidates) - 1)] == values
    return are


def _find(ascending: list[str], text: str) -> int | None:
    number = bisect_left(ascending, text)
    return number if number < len(ascending) and ascending[number] == text else None


def _lines(file: Path) -> list[str]:
    text = file.read_text(encoding="utf-8")
    return text.split("\n") if text else []
