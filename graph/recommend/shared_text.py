"""What two articles' texts have in common."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..derived import computed_once
from ..search.words import STOP_WORDS, find_words, fold, split_words
from .rows import Rows, offsets_of
from .terms import FORMAT, Field, terms_of
from .training import Arrays, TrainingGraph

if TYPE_CHECKING:
    from ..knowledge import KnowledgeGraph

_FORMAT = 1
"""Changes with what is kept of the same texts and terms."""
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
        The texts of its items; None where nothing that must be computed from texts shall be found.
    """

    def __init__(self, graph: KnowledgeGraph, training: TrainingGraph | None) -> None:
        self._graph = graph
        self._training = training

    def prepare(self) -> None:
        """Count now what is otherwise counted when it is first asked for."""
        self._keyword_counts, self._kept  # noqa: B018 - computed once

    def keywords(self, one: int, other: int) -> list[str]:
        """The keywords that two articles share, given by position: the rarest first."""
        shared = set(self._keywords[one].tolist()).intersection(self._keywords[other].tolist())
        counts, names = self._keyword_counts, self._graph.indexes.keyword.names
        return [names[code] for code in sorted(shared, key=lambda code: (counts[code], code))]

    def title_words(self, one: int, other: int) -> list[str]:
        """The rare words that two articles' titles share, as the second writes them: the rarest first."""
        if self._training is None:
            return []
        titles, kept = self._graph.columns.title, self._kept
        words = {fold(word) for word in split_words(titles[one])}
        written = {fold(word): word for word in (match[0] for match in find_words(titles[other]))}
        counts = {}
        for folded in words.intersection(written):
            sign = _sign(folded)
            place = int(np.searchsorted(kept["signs"], sign))
            if place < len(kept["signs"]) and kept["signs"][place] == sign:
                counts[folded] = int(kept["counts"][place])
        rarest_first = sorted((folded for folded in written if folded in counts), key=counts.__getitem__)
        return [written[folded] for folded in rarest_first]

    def phrases(self, one: int, other: int) -> int:
        """How many rare words and pairs of words, by their stems, the answers of two items share."""
        if self._training is None:
            return 0
        terms = self._rare_terms
        return len(set(terms[one].tolist()).intersection(terms[other].tolist()))

    @computed_once
    def _kept(self) -> Arrays:
        assert self._training is not None
        training, titles = self._training, self._graph.columns.title
        return training.kept(f"shared-{FORMAT}-{_FORMAT}", lambda: _counted(titles, training))

    @computed_once
    def _rare_terms(self) -> Rows:
        return Rows(self._kept["rare_offsets"], self._kept["rare_terms"])

    @computed_once
    def _keywords(self) -> Rows:
        index = self._graph.indexes.keyword
        return Rows(offsets_of(index.lengths), index.codes.astype(np.int32))

    @computed_once
    def _keyword_counts(self) -> npt.NDArray[np.int64]:
        return np.bincount(self._keywords.values)


def _counted(titles: Sequence[str], training: TrainingGraph) -> Arrays:
    """The signs of the rare words of titles, ascending, and how many have each; the rare terms of answers."""
    having = Counter(word for title in titles for word in {fold(word) for word in split_words(title)})
    most = max(_NEVER_MANY, _RARE_IN_TITLES * len(titles))
    telling = sorted(
        (_sign(word), count) for word, count in having.items() if count <= most and _says_something(word)
    )
    signs, counts = np.array(telling, np.uint64).reshape(-1, 2).T
    rare = _rare_terms(training)
    return {
        "signs": signs.copy(),
        "counts": counts.astype(np.int32),
        "rare_offsets": rare.offsets,
        "rare_terms": rare.values,
    }


def _rare_terms(training: TrainingGraph) -> Rows:
    terms = terms_of(training)
    is_rare = terms.items.sizes <= max(_NEVER_MANY, _RARE_IN_ANSWERS * len(training))
    is_rare &= (terms.field == Field.ANSWER) | (terms.field == Field.ANSWER_PAIRS)
    kept = is_rare[terms.terms.values]
    owners = terms.terms.owners()[kept]
    sizes = np.bincount(owners, minlength=len(training))
    return Rows(offsets_of(sizes), terms.terms.values[kept])


def _sign(word: str) -> int:
    """64 bits by which a word is told from others."""
    return int.from_bytes(hashlib.blake2b(word.encode(errors="surrogatepass"), digest_size=8).digest())


def _says_something(word: str) -> bool:
    return word not in STOP_WORDS and (len(word) > 1 or not word.isascii())
