"""Recommends what shares neighbors, rare ones above all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .rows import Integers
from .strategy import Evidence, Ranking, Strategy, best
from .training import TrainingGraph


@dataclass
class AdamicAdar(Strategy):
    """Items that share neighbors with an item; a neighbor counts for more the fewer it has itself.

    The score is the sum of 1 / ln(degree) over the neighbors of both, links taken as going both ways
    (L. Adamic and E. Adar, "Friends and neighbors on the Web", 2003; ``networkx.adamic_adar_index``).
    """

    name: ClassVar[str] = "adamic-adar"
    description: ClassVar[str] = "What has the same neighbors, those with few neighbors counting for more."
    evidence: ClassVar[tuple[Evidence, ...]] = (Evidence.LINKS,)
    is_learned: ClassVar[bool] = False

    def fit(self, graph: TrainingGraph) -> None:
        """Weigh the items as neighbors."""
        self._neighbors = graph.neighbors
        self._degrees = graph.neighbors.sizes
        # a neighbor of two items has at least two: below that the weight is not used
        self._weights = 1 / np.log(np.maximum(self._degrees, 2))

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        """Recommend items for one item, see `Strategy`."""
        near = self._neighbors[item]
        others, place = np.unique(self._neighbors.gather(near), return_inverse=True)
        weights = np.repeat(self._weights[near], self._degrees[near])
        return best(others, np.bincount(place, weights), k, exclude)
