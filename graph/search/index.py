"""What a query finds, best first."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from .postings import Found, Mask, Numbers, Postings, Rows, pieces
from .query import Term, parse_query
from .words import stem_all
from .writing import Array

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

        def rows(name: str, *values: str) -> list[Rows]:
            offsets = read(f"{name}_offsets")
            return [Rows(offsets, read(value)) for value in values]

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
        found, evidence = self._matching(wanted, mask)
        sums = np.zeros(len(found))
        for of_term in evidence:
            frequencies = of_term.frequencies(found)
            for some in pieces(len(found)):
                sums[some] += of_term.worth(*(values[some].astype(np.float64) for values in frequencies))
        order, scores = _descending(sums.astype(np.float32))
        return Matches(found.positions[order].astype(np.intp), scores, wanted)

    def _matching(self, wanted: Sequence[Wanted], mask: Mask | None) -> tuple[Found, list[_Word | _Phrase]]:
        """Which articles match, and what is known of each term."""
        any_of, had = np.zeros(len(self), np.bool_), np.zeros(len(self), np.uint8)
        required = np.ones(len(self), np.bool_) if mask is None else mask.copy()
        evidence = list[_Word | _Phrase]()
        for want in wanted:
            has = np.zeros(len(self), np.bool_)
            evidence.append(self._phrase(want.term, has) if want.term.is_phrase else self._word(want, has))
            any_of |= has
            if want.term.is_required:
                required &= has
            elif not want.term.only_ranks:
                had += has
        any_of &= required
        had *= any_of
        any_of &= had == had.max(initial=0)
        return Found(any_of), evidence

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

    def _word(self, want: Wanted, has: Mask) -> _Word:
        """What is known of a word; who has it is noted in a mask."""
        term, word = want.term, want.term.words[0]
        whole = self._postings(*map(self._range, sorted(want.forms)))
        exact = whole if want.forms == {word} else self._postings(*map(self._range, want.forms & {word}))
        begins = [self._beginning(word)] if term.is_unfinished else []
        begun = self._postings(*begins, titles_only=term.is_short)
        whole.mark(has)
        whole_rarity = self._rarity(np.count_nonzero(has))
        begins_so = np.zeros_like(has) if term.only_ranks else has
        begun.mark(begins_so)
        begun_rarity = self._rarity(np.count_nonzero(begins_so))
        has |= begins_so
        return _Word(
            exact, whole, begun, self._rarity(exact.total), whole_rarity, begun_rarity, term.only_ranks
        )

    def _phrase(self, term: Term, has: Mask) -> _Phrase:
        """What is known of a phrase; who has it is noted in a mask."""
        ranges = [self._range(word) for word in term.words]
        if term.is_unfinished:
            ranges[-1] = self._beginning(term.words[-1])
        places = [(self._places.between(*words), shift) for shift, words in enumerate(ranges)]
        places.sort(key=lambda place: len(place[0]))
        (fewest, shift), *others = places
        starts = fewest - np.uint32(shift)  # below 0 it wraps round to where no word is
        for candidates, shift in others:
            starts = starts[_are_among(starts + np.uint32(shift), candidates)]
        has[np.searchsorted(self._starts, starts, side="right") - 1] = True
        words = [self._postings(words) for words in dict.fromkeys(ranges)]
        return _Phrase(has, words, self._rarity(np.count_nonzero(has)))

    def _rarity(self, having: int | np.integer) -> float:
        """How rare something is that so many articles have."""
        # rounded: the last digit of a logarithm is not the same on every machine, and scores must be
        return round(math.log(1 + (len(self) - having + 0.5) / (having + 0.5)), 9)

    def _postings(self, *ranges: tuple[int, int], titles_only: bool = False) -> Postings:
        """Who has some words, which are given as ranges of neighbours."""
        articles, frequencies = self._titles_having if titles_only else self._having
        rows = [(articles.between(*words), frequencies.between(*words)) for words in ranges]
        return Postings(rows, is_one=len(ranges) == 1 and ranges[0][1] - ranges[0][0] == 1)

    def _range(self, word: str) -> tuple[int, int]:
        number = _find(self._words, word)
        return (0, 0) if number is None else (number, number + 1)

    def _beginning(self, letters: str) -> tuple[int, int]:
        return bisect_left(self._words, letters), bisect_left(self._words, letters + _AFTER_ALL)


@dataclass(frozen=True, slots=True)
class _Word:
    """What is known of a word of a query.

    Parameters
    ----------
    exact, exact_rarity
        The word as it was typed, and how rare it is.
    whole, whole_rarity
        All of its forms, and how rare one of them is.
    begun, begun_rarity
        What begins as it does, nothing where it is finished, and how rare that is; unless it only ranks, how
        rare that or one of the forms is.
    only_ranks
        Whether it only moves what has it forward.
    """

    exact: Postings
    whole: Postings
    begun: Postings
    exact_rarity: float
    whole_rarity: float
    begun_rarity: float
    only_ranks: bool

    def frequencies(self, found: Found) -> tuple[Numbers, ...]:
        """How often each article that was found has them."""
        whole = self.whole.frequencies(found)
        exact = whole if self.exact is self.whole else self.exact.frequencies(found)
        return exact, whole, self.begun.frequencies(found)

    def worth(self, exact: Numbers, whole: Numbers, begun: Numbers) -> Numbers:
        """What these frequencies add to the scores: 0 where all are 0."""
        begun = _BEGUN * begun
        if self.only_ranks:  # "vitamin c": a whole word, if there is one, is far rarer than all that begin so
            in_any_form = np.maximum(
                _weighed(whole, self.whole_rarity), _BEGUN * _weighed(begun, self.begun_rarity)
            )
        else:
            in_any_form = _weighed(whole + begun, self.begun_rarity)
        worth: Numbers = _weighed(exact, self.exact_rarity) + in_any_form
        return worth


@dataclass(frozen=True, slots=True)
class _Phrase:
    """What is known of a phrase: who has it, who has each of its words, and how rare it is."""

    has: Mask
    words: Sequence[Postings]
    rarity: float

    def frequencies(self, found: Found) -> tuple[Numbers, ...]:
        """How often each article that was found has it: as often as its rarest word there."""
        least = np.minimum.reduce([words.frequencies(found) for words in self.words])
        return (np.where(self.has[found.positions], least, 0.0),)

    def worth(self, frequencies: Numbers) -> Numbers:
        """What these frequencies add to the scores."""
        return _weighed(frequencies, self.rarity)


def _weighed(frequencies: Numbers, rarity: float) -> Numbers:
    weighed: Numbers = rarity * frequencies / (frequencies + _SATURATION)
    return weighed


def _descending(scores: npt.NDArray[np.float32]) -> tuple[Array, npt.NDArray[np.float32]]:
    """The order of scores, none below 0, highest first and ties as they come; and the scores in this order.

    Read as an integer a score has the same order. With its place behind it each is unique, so that it does to
    sort in the fastest way, which is not stable.
    """
    keys = np.empty((len(scores), 2), "<u4")
    keys[:, 0] = np.arange(len(scores), dtype=np.uint32)
    keys[:, 1] = ~scores.view(np.uint32)
    keys.view("<u8").reshape(-1).sort()  # in place
    return keys[:, 0], (~keys[:, 1]).view(np.float32)


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
