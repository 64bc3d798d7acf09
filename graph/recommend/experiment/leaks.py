"""Finds strategies that know links which they were not shown.

A strategy is given no url, number, date or file, but items in an order that is drawn, and a graph without
the hidden links. It can still have them from elsewhere, such as the whole graph in a variable of its module,
in which it finds the articles again by their titles. Such a strategy gives itself away where no link at all
is shown to it, and it is asked for the one link of an article that is not excluded: it finds many of those
that texts do not tell. One that uses what it knows seldom, or hides it, is not caught: it can behave there
and cheat later, and nothing inside of one Python process can prevent that.
"""

from __future__ import annotations

import functools
import math

import numpy as np
import numpy.typing as npt

from ..strategy import Strategy
from ..training import TrainingGraph
from .contestant import Contestant
from .results import LeakCheck
from .splitting import blind

_ITEMS = 200
_SMALL = 0.01
"""In a library of which k articles are more than this share, subjects alone tell many links."""
_HONEST, _HONEST_IN_SMALL = 0.25, 0.5
"""Which share of the links that `content` does not find may be found honestly, beside chance."""
_SIGNIFICANT = 0.05


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

        It is judged by the links that texts do not tell. It leaks where it finds significantly more of them
        than a quarter, or than half in a small library, and chance together (one-sided binomial test).

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
        found = self._found(label, strategy)
        by_text = self._by_text
        untold = found[~by_text]
        chance = min(1.0, self._k / max(1, len(self._blind.graph) - 1))
        honest = _HONEST if chance < _SMALL else _HONEST_IN_SMALL
        p = _at_least(int(untold.sum()), len(untold), honest + (1 - honest) * chance)
        return LeakCheck(float(found.mean()), float(by_text.mean()), p < _SIGNIFICANT)

    @functools.cached_property
    def _by_text(self) -> npt.NDArray[np.bool_]:
        return self._found(self._reference.name, self._reference)

    def _found(self, label: str, strategy: Strategy) -> npt.NDArray[np.bool_]:
        """Of which articles it finds the link."""
        truth = self._blind.truth
        rankings = Contestant(f"{label}, where no link is shown", strategy, self._blind, self._k).rankings()
        return np.array([truth.values[row] in ranking.items for row, ranking in enumerate(rankings)])


def _at_least(successes: int, trials: int, share: float) -> float:
    """How likely as many successes or more are, where each has this share of a chance."""
    return math.fsum(
        math.comb(trials, n) * share**n * (1 - share) ** (trials - n) for n in range(successes, trials + 1)
    )
