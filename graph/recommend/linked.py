"""Recommends what links here, then what is linked beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .rows import Integers
from .strategy import Evidence, Ranking, Strategy, best
from .training import TrainingGraph


@dataclass
class Linked(Strategy):
    """The items that link to an item, then those that are co-cited with it.

    Above are the items that link to it, those first that share the most neighbors with it, links taken as
    going both ways. Below are all that other items link to beside it, by how many do: co-citation (H. Small,
    "Co-citation in the scientific literature", 1973).
    """

    name: ClassVar[str] = "linked"
    description: ClassVar[str] = "What links to an article, then what is linked from the same articles."
    evidence: ClassVar[tuple[Evidence, ...]] = (Evidence.LINKS,)
    is_learned: ClassVar[bool] = False

    def fit(self, graph: TrainingGraph) -> None:
        """Take the links."""
        self._outgoing, self._incoming, self._neighbors = graph.outgoing, graph.incoming, graph.neighbors

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        """Recommend items for one item, see `Strategy`."""
        linking = self._incoming[item]
        cited, citations = np.unique(self._outgoing.gather(linking), return_counts=True)
        beside = ~np.isin(cited, linking)
        # each that links here once, and once for each neighbor that it shares
        around = np.concatenate([linking, self._neighbors.gather(self._neighbors[item])])
        near, times = np.unique(around, return_counts=True)
        return best(
            np.concatenate([linking, cited[beside]]),
            np.concatenate([times[np.searchsorted(near, linking)], citations[beside] / (len(linking) + 1)]),
            k,
            exclude,
        )
