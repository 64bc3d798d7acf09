"""Recommends what most articles link to: what every other strategy must beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .rows import Integers, Rows
from .strategy import Evidence, Ranking, Strategy, best
from .training import TrainingGraph


@dataclass
class Popular(Strategy):
    """The items that most items link to: those that share a subject with the item first, then all others.

    Every item is recommended at last, so there are always k where the graph has as many.
    """

    name: ClassVar[str] = "popular"
    description: ClassVar[str] = "What most articles link to, on the same subject first."
    evidence: ClassVar[tuple[Evidence, ...]] = (Evidence.POPULARITY,)
    is_learned: ClassVar[bool] = False

    def fit(self, graph: TrainingGraph) -> None:
        """Rank the items of each subject."""
        self._links = graph.incoming.sizes
        self._by_rank = np.argsort(-self._links, kind="stable")
        rank = np.argsort(self._by_rank)
        self._subjects = graph.subjects
        subjects, owners = graph.subjects.values, graph.subjects.owners()
        self._ranks = Rows.of_pairs(subjects, rank[owners], int(subjects.max(initial=-1)) + 1)

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        """Recommend items for one item, see `Strategy`."""
        enough = k + len(exclude)
        firsts = [self._ranks[subject][:enough] for subject in self._subjects[item]]
        mates = self._by_rank[np.concatenate([np.zeros(0, np.int32), *firsts])]
        items = np.union1d(mates, self._by_rank[:enough])
        above_all_others = np.isin(items, mates) * (self._links[self._by_rank[0]] + 1)
        return best(items, 1.0 + self._links[items] + above_all_others, k, exclude)
