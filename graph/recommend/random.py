"""Recommends anything: what chance alone gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .rows import Integers
from .strategy import Evidence, Ranking, Strategy, best
from .training import TrainingGraph


@dataclass
class Random(Strategy):
    """Any items, each as likely as each other, and for one item always the same.

    Parameters
    ----------
    seed
        Another one gives other recommendations; not negative.
    """

    name: ClassVar[str] = "random"
    description: ClassVar[str] = "Anything."
    evidence: ClassVar[tuple[Evidence, ...]] = (Evidence.CHANCE,)
    is_learned: ClassVar[bool] = False

    seed: int = 0

    def __post_init__(self) -> None:
        if not (isinstance(self.seed, int) and self.seed >= 0):
            raise ValueError(f"seed must be a whole number from 0, got {self.seed!r}")

    def fit(self, graph: TrainingGraph) -> None:
        """Count the items."""
        self._items = np.arange(len(graph))

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        """Recommend items for one item, see `Strategy`."""
        drawn = np.random.default_rng([self.seed, item]).random(len(self._items))
        return best(self._items, 1 - drawn, k, exclude)  # above 0, all of them
