"""Recommends what says the same: cosines of TF-IDF over titles, keywords and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .likeness import Likeness, cosines, summed
from .rows import Integers
from .strategy import Evidence, Ranking, Strategy, best
from .terms import terms_of
from .training import TrainingGraph


@dataclass
class Content(Strategy):
    """The items whose terms are most alike, by the cosine of their weights.

    A term's weight is its saturated frequency as in BM25 times its rarity, ln(items / items that have it), to a
    power.

    Parameters
    ----------
    power
        Above 1 rare terms count more than in TF-IDF. Above 0.

    Raises
    ------
    ValueError
        Where a parameter is out of range.
    """

    name: ClassVar[str] = "content"
    description: ClassVar[str] = "Articles that use the same rare words and phrases."
    evidence: ClassVar[tuple[Evidence, ...]] = (Evidence.TEXT,)

    power: float = 1.5

    def __post_init__(self) -> None:
        if not self.power > 0:
            raise ValueError(f"power must be above 0, not {self.power}")

    def fit(self, graph: TrainingGraph) -> None:
        terms = terms_of(graph)
        self._likeness = Likeness.weighted(terms, terms.rarity**self.power)
        self._lengths = self._likeness.whole_lengths()

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        n = len(self._lengths)
        products = summed(self._likeness.shared(item), n)
        scores = cosines(products, float(self._lengths[item]), self._lengths)
        return best(np.arange(n, dtype=np.int32), scores, k, exclude)
