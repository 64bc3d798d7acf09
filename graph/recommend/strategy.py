"""What a strategy is: how to recommend, and what it gives."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from enum import StrEnum
from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from .rows import Integers, Numbers
from .selection import perhaps_highest
from .training import TrainingGraph


class Ranking(NamedTuple):
    """Recommended items, best first.

    Parameters
    ----------
    items
        Shape (m,), m at most the k that was asked for; none twice.
    scores
        Shape (m,), descending; they compare within one ranking only.
    """

    items: npt.NDArray[np.int32]
    scores: npt.NDArray[np.float64]


class Evidence(StrEnum):
    """What a strategy rests on; a reason for a reader is given in its terms."""

    LINKS = "links"
    TEXT = "text"
    POPULARITY = "popularity"
    CHANCE = "chance"


class Strategy(abc.ABC):
    """A way to recommend articles. A subclass in a file of its own is all that a new one takes.

    Its parameters are the arguments of its constructor, which all have defaults. An object is fitted once, to
    one graph, and must answer from any number of threads after that.
    """

    name: ClassVar[str]
    """Small letters, digits and hyphens; unique."""
    description: ClassVar[str]
    """One sentence for a reader."""
    evidence: ClassVar[tuple[Evidence, ...]] = (Evidence.LINKS, Evidence.TEXT)
    """What it rests on, most important first."""
    is_learned: ClassVar[bool] = True
    """Whether fitting it takes long on a large library. A server has that done in a process of its own, and
    opens what was kept."""

    @abc.abstractmethod
    def fit(self, graph: TrainingGraph) -> None:
        """Prepare to recommend on a graph; called once.

        Parameters
        ----------
        graph
            The articles, copies of one question made one item, as far as a strategy may know them. What takes
            long to compute is kept beside the snapshot by ``graph.kept``.
        """

    @abc.abstractmethod
    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        """Recommend items for one item.

        Parameters
        ----------
        item
            The item that is read.
        k
            How many at most, from 1.
        exclude
            Items that must not be recommended, each once, in no order; `item` is among them.

        Returns
        -------
        Ranking
            Fewer than k where the strategy knows no more: `best` makes one of scores.
        """

    def recommend_all(self, items: Integers, k: int, exclude: Sequence[Integers]) -> list[Ranking]:
        """Recommend for many items, as evaluation does; worth overriding where that is faster together.

        Parameters
        ----------
        items
            Shape (m,).
        k
            How many for each.
        exclude
            m arrays, as `recommend` takes them.
        """
        return [self.recommend(int(item), k, left) for item, left in zip(items, exclude, strict=True)]


def best(items: Integers, scores: Numbers, k: int, exclude: Integers) -> Ranking:
    """The k items with the highest scores; ties by item.

    Parameters
    ----------
    items
        Shape (m,), none twice.
    scores
        Shape (m,). They are rounded to single precision first, so that rounding errors decide no tie. Items
        with a score of 0 or less are not recommended.
    k
        How many at most.
    exclude
        Items to leave out.
    """
    rounded = scores.astype(np.float32)
    high = perhaps_highest(rounded, k + len(exclude))
    allowed = high[~np.isin(items[high], exclude)]
    items, rounded = items[allowed], rounded[allowed]
    if len(items) > k:
        least = np.partition(rounded, len(items) - k)[len(items) - k]
        among = np.flatnonzero(rounded >= least)
        items, rounded = items[among], rounded[among]
    order = np.lexsort((items, -rounded))[:k]
    return Ranking(items[order].astype(np.int32), rounded[order].astype(np.float64))


NOTHING = Ranking(np.zeros(0, np.int32), np.zeros(0))
"""The ranking of a strategy that knows nothing to recommend."""
