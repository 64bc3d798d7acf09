"""Recommends what says the same: cosines of TF-IDF over titles, keywords and answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .likeness import Likeness, Shared, cosines
from .rows import Integers
from .strategy import Evidence, Ranking, Strategy, best
from .terms import FORMAT, Terms, terms_of
from .training import Keep, TrainingGraph


@dataclass
class Content(Strategy):
    """The items whose terms are most alike, by the cosine of their weights.

    A term's weight is its saturated frequency as in BM25 times a power of its rarity, which is the logarithm
    of items over items that have it.

    Parameters
    ----------
    power
        Above 0 and below 10; above 1 rare terms count more than in TF-IDF.

    Raises
    ------
    ValueError
        Where a parameter is out of range.
    """

    name: ClassVar[str] = "content"
    description: ClassVar[str] = "Articles that use the same rare words and phrases."
    evidence: ClassVar[tuple[Evidence, ...]] = (Evidence.TEXT,)

    power: float = 2.0

    def __post_init__(self) -> None:
        if not (isinstance(self.power, int | float) and 0 < self.power < 10):
            raise ValueError(f"power must be above 0 and below 10, got {self.power!r}")

    def fit(self, graph: TrainingGraph) -> None:
        """Weigh the terms of all items, or open what an earlier start weighed."""
        self.weigh(terms_of(graph), graph.kept)

    def weigh(self, terms: Terms, kept: Keep) -> None:
        """The same with terms that are known already."""
        weighed = kept(
            f"content-{FORMAT}-{self.power}",
            lambda: Likeness.weighted(terms, terms.rarity**self.power).arrays(),
        )
        self._likeness = Likeness(terms, **weighed)
        self._lengths = self._likeness.whole_lengths()

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        """Recommend items for one item, see `Strategy`."""
        n = len(self._lengths)
        products = self._likeness.products(Shared.of(self._likeness.terms, item)).sum(axis=0)
        scores = cosines(products, float(self._lengths[item]), self._lengths)
        return best(np.arange(n, dtype=np.int32), scores, k, exclude)
