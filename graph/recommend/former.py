"""What was learned for an earlier version of the content, in use with a later one meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from .rows import Integers
from .strategy import NOTHING, Evidence, Ranking, Strategy
from .training import Items, TrainingGraph

Numbers = npt.NDArray[np.int32]

_GONE = -1


class Former(Strategy):
    """A strategy that was fitted to an earlier graph, asked in the items of a later one.

    What is new it has nothing to recommend for, and what is gone it does not recommend.

    Parameters
    ----------
    strategy
        The strategy.
    later
        The later graph's item for each of the earlier one, -1 where it is gone.
    earlier
        The earlier graph's item for each of the later one, -1 where it is new.
    """

    name: ClassVar[str] = "former"
    description: ClassVar[str] = "What another strategy learned before."
    evidence: ClassVar[tuple[Evidence, ...]] = ()

    def __init__(self, strategy: Strategy, later: Numbers, earlier: Numbers) -> None:
        self._strategy = strategy
        self._later = later
        self._earlier = earlier
        self._gone = np.flatnonzero(later == _GONE).astype(np.int32)
        vars(self).update(name=strategy.name, evidence=strategy.evidence)  # as which it is shown

    def fit(self, graph: TrainingGraph) -> None:
        """Do nothing: it is fitted."""

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        """Recommend items for one item, see `Strategy`."""
        known = int(self._earlier[item])
        if known == _GONE:
            return NOTHING
        excluded = self._earlier[exclude]
        left_out = np.unique(np.concatenate([excluded[excluded != _GONE], self._gone]))
        items, scores = self._strategy.recommend(known, k, left_out)
        found = self._later[items]
        is_new = ~np.isin(found, exclude)  # what were two questions may be one now
        return Ranking(found[is_new], scores[is_new])

    def carried(self, later: Numbers, earlier: Numbers) -> Former:
        """The same for a graph that is later still, from how that one's items follow on these."""
        return Former(self._strategy, _chained(self._later, later), _chained(earlier, self._earlier))


def carried(
    strategies: Mapping[str, Strategy], items: Items, later: Items, places: Numbers
) -> dict[str, Strategy]:
    """Strategies for a later graph.

    Parameters
    ----------
    strategies
        Strategies of the earlier graph, by name.
    items, later
        The items of both graphs.
    places
        Where each article of the earlier graph is in the later one; -1 where it is gone.
    """
    if not strategies:
        return {}
    stays = np.flatnonzero(places != _GONE)
    old, new = items.of[stays], later.of[places[stays]]
    forward, back = np.full(len(items), _GONE, np.int32), np.full(len(later), _GONE, np.int32)
    forward[old[::-1]], back[new[::-1]] = new[::-1], old[::-1]  # of several copies the first decides
    return {
        name: strategy.carried(forward, back)
        if isinstance(strategy, Former)
        else Former(strategy, forward, back)
        for name, strategy in strategies.items()
    }


def _chained(first: Numbers, second: Numbers) -> Numbers:
    """Where each leads by way of both; -1 where either leads nowhere."""
    return np.where(first == _GONE, np.int32(_GONE), np.append(second, np.int32(_GONE))[first])
