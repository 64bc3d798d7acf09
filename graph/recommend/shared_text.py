"""What two articles' texts have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..derived import computed_once
from ..search.words import STOP_WORDS, find_words, fold, split_words
from .rows import Rows, offsets_of
from .terms import Field, terms_of
from .training import TrainingGraph

if TYPE_CHECKING:
    from ..knowledge import KnowledgeGraph

_RARE_IN_TITLES = 0.01
"""A word that more titles than this share have says little; up to five may always have it."""
_RARE_IN_ANSWERS = 0.001
"""The same for words and pairs of words, and answers."""
_NEVER_MANY = 5


class SharedText:
    """Finds what two articles' texts have in common.

    Parameters
    ----------
    graph
        The graph.
    training
        The texts of its items.
    """

    def __init__(self, graph: KnowledgeGraph, training: TrainingGraph) -> None:
        self._graph = graph
        self._training = training

    def prepare(self) -> None:
        """Count now what is otherwise counted when it is first asked for."""
        self._keyword_counts, self._titles, self._rare_terms  # noqa: B018 - computed once

    def keywords(self, one: int, other: int) -> list[str]:
        """The keywords that two articles share, given by position: the rarest first."""
        shared = set(self._keywords[one].tolist()).intersection(self._keywords[other].tolist())
        counts, names = self._keyword_counts, self._graph.indexes.keyword.names
        return [names[code] for code in sorted(shared, key=lambda code: (counts[code], code))]

    def title_words(self, one: int, other: int) -> list[str]:
        """The rare words that two articles' titles share, as the second writes them: the rarest first."""
        titles = self._titles
        shared = set(titles.words[one].tolist()).intersection(titles.words[other].tolist())
        if not shared:
            return []
        found = (match[0] for match in find_words(self._graph.columns.title[other]))
        written = {titles.codes.get(fold(word), -1): word for word in found}
        ordered = sorted((code for code in written if code in shared), key=titles.counts.__getitem__)
        return [written[code] for code in ordered]

    def phrases(self, one: int, other: int) -> int:
        """How many rare words and pairs of words, by their stems, the answers of two items share."""
        terms = self._rare_terms
        return len(set(terms[one].tolist()).intersection(terms[other].tolist()))

    @computed_once
    def _rare_terms(self) -> Rows:
        terms = terms_of(self._training)
        is_rare = terms.items.sizes <= max(_NEVER_MANY, _RARE_IN_ANSWERS * len(self._training))
        is_rare &= (terms.field == Field.ANSWER) | (terms.field == Field.ANSWER_PAIRS)
        kept = is_rare[terms.terms.values]
        owners = terms.terms.owners()[kept]
        sizes = np.bincount(owners, minlength=len(self._training))
        return Rows(offsets_of(sizes), terms.terms.values[kept])

    @computed_once
    def _keywords(self) -> Rows:
        index = self._graph.indexes.keyword
        return Rows(offsets_of(index.lengths), index.codes.astype(np.int32))

    @computed_once
    def _keyword_counts(self) -> list[int]:
        counts: list[int] = np.bincount(self._keywords.values).tolist()
        return counts

    @computed_once
    def _titles(self) -> _Titles:
        return _Titles(self._graph.columns.title.tolist())


class _Titles:
    """The rare words of titles as numbers."""

    def __init__(self, titles: list[str]) -> None:
        self.codes: dict[str, int] = {}
        codes = self.codes
        split = [[codes.setdefault(fold(word), len(codes)) for word in split_words(t)] for t in titles]
        owners = np.repeat(np.arange(len(split)), [len(words) for words in split])
        values = np.fromiter((code for words in split for code in words), np.int64, len(owners))
        words = Rows.of_pairs(owners, values, len(split))
        counts = np.bincount(words.values, minlength=len(codes))
        telling = np.fromiter(map(_says_something, codes), np.bool_, len(codes))
        telling &= counts <= max(_NEVER_MANY, _RARE_IN_TITLES * len(titles))
        kept = telling[words.values]
        self.words = Rows.of_pairs(words.owners()[kept], words.values[kept], len(split))
        self.counts: list[int] = counts.tolist()


def _says_something(word: str) -> bool:
    return word not in STOP_WORDS and (len(word) > 1 or not word.isascii())
