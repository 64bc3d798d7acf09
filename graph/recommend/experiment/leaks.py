"""Finds strategies that know links which they were not shown.

A strategy is given no url, number, date or file, but items in an order that is drawn, and a graph without
the hidden links. It can still have them from elsewhere, such as the whole graph in a variable of its module,
in which it finds the articles again by their titles. Such a strategy gives itself away where no link at all
is shown to it, and it is asked for the one link of an article that is not excluded: it finds far more of them
than texts tell. One that is made to deceive can behave there and cheat later; nothing inside of one Python
process can prevent that.
"""

from __future__ import annotations

import functools

from ..strategy import Strategy
from ..training import TrainingGraph
from .contestant import Contestant
from .results import LeakCheck
from .splitting import blind

_ITEMS = 200


class LeakAudit:
    """Checks strategies on one graph.

    Parameters
    ----------
    graph
        The whole graph; one with links.
    by_text
        A strategy that goes by texts alone, not yet fitted: what can be found without links.
    k
        How many recommendations strategies are asked for.
    seed
        Of the articles that are asked about.
    """

    def __init__(self, graph: TrainingGraph, by_text: Strategy, k: int, seed: int) -> None:
        self._blind = blind(graph, _ITEMS, seed)
        self._reference = by_text
        self._k = k

    def check(self, label: str, strategy: Strategy) -> LeakCheck:
        """Whether a strategy finds more links than it can know.

        It leaks where it finds more than half of what texts, or chance in a small graph, do not.

        Parameters
        ----------
        label
            What it is called in messages.
        strategy
            Not yet fitted.

        Raises
        ------
        ExperimentError
            Where the strategy fails.
        """
        recall = self._recall(label, strategy)
        known = max(self._by_text, min(1.0, self._k / max(1, len(self._blind.graph) - 1)))
        return LeakCheck(recall, self._by_text, recall > known + (1 - known) / 2)

    @functools.cached_property
    def _by_text(self) -> float:
        return self._recall(self._reference.name, self._reference)

    def _recall(self, label: str, strategy: Strategy) -> float:
        """The share of the articles whose link it finds."""
        truth = self._blind.truth
        rankings = Contestant(f"{label}, where no link is shown", strategy, self._blind, self._k).rankings()
        found = sum(truth.values[row] in ranking.items for row, ranking in enumerate(rankings))
        return float(found / len(rankings))
