"""Recommends where a reader ends who follows links at random and keeps starting over."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .rows import Integers
from .strategy import NOTHING, Evidence, Ranking, Strategy, best
from .training import TrainingGraph


@dataclass
class PersonalizedPageRank(Strategy):
    """The items that a random walk from an item visits most.

    The walk takes links as going both ways. At each step it starts over from the item with probability
    `restart`. Its shares are those of ``networkx.pagerank`` with ``alpha = 1 - restart`` and all of the
    personalization on the item. They are found by pushing what has not been followed yet from neighbor to
    neighbor, for as long as it is worth it (R. Andersen, F. Chung and K. Lang, "Local graph partitioning
    using PageRank vectors", 2006), so an answer takes as long on a large graph as on a small one.

    Parameters
    ----------
    restart
        Above 0 and below 1; the higher, the nearer the recommendations.
    tolerance
        Above 0 and below 1: what has come to an item is followed on while it is at least this for each of the
        item's neighbors. No share is too low by more than this for each neighbor. The time to answer is at
        most in proportion to 1 / (restart · tolerance).
    """

    name: ClassVar[str] = "personalized-pagerank"
    description: ClassVar[str] = "Where someone ends who follows links at random and keeps starting over."
    evidence: ClassVar[tuple[Evidence, ...]] = (Evidence.LINKS,)
    is_learned: ClassVar[bool] = False

    restart: float = 0.5
    tolerance: float = 1e-4

    def __post_init__(self) -> None:
        if not (isinstance(self.restart, int | float) and 0 < self.restart < 1):
            raise ValueError(f"restart must be above 0 and below 1, got {self.restart!r}")
        if not (isinstance(self.tolerance, int | float) and 0 < self.tolerance < 1):
            raise ValueError(f"tolerance must be above 0 and below 1, got {self.tolerance!r}")

    def fit(self, graph: TrainingGraph) -> None:
        """Take the links: a push reads a few numbers from their memory, which numpy itself is slow at."""
        self._offsets = graph.neighbors.offsets.data
        self._neighbors = graph.neighbors.values.data

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        """Recommend items for one item, see `Strategy`."""
        if self._offsets[item] == self._offsets[item + 1]:
            return NOTHING
        shares = self._shares(item)
        items = np.fromiter(shares, np.int32, len(shares))
        return best(items, np.fromiter(shares.values(), np.float64, len(shares)), k, exclude)

    def _shares(self, item: int) -> dict[int, float]:
        """How much of the walk is at each item."""
        offsets, neighbors, tolerance = self._offsets, self._neighbors, self.tolerance
        followed: dict[int, float] = {}
        left = {item: 1.0}
        queue = deque([item])
        while queue:
            at = queue.popleft()
            share = left[at]
            left[at] = 0.0
            followed[at] = followed.get(at, 0.0) + share
            around = neighbors[offsets[at] : offsets[at + 1]].tolist()
            part = (1 - self.restart) * share / len(around)
            for other in around:
                before = left.get(other, 0.0)
                left[other] = after = before + part
                if (
                    after >= tolerance
                    and before < (tolerance * (offsets[other + 1] - offsets[other])) <= after
                ):
                    queue.append(other)
        # of what is left, too, the walk ends this part where it stands
        return {other: self.restart * (followed.get(other, 0.0) + rest) for other, rest in left.items()}
