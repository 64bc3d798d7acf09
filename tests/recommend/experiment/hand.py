"""Graphs made by hand, and strategies that go by rules that a reader can follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from graph.recommend.rows import Integers, Rows
from graph.recommend.strategy import Ranking, Strategy, best
from graph.recommend.training import Stems, Text, TrainingGraph

Links = Mapping[int, Sequence[int]]


def hand_graph(links: Links, items: int, words: Sequence[Sequence[int]] | None = None) -> TrainingGraph:
    """A graph of items called "item 0" and so on, with these words in their titles; by default none."""
    pairs = [(source, target) for source, targets in links.items() for target in targets]
    sources, targets = np.array(pairs, np.int32).reshape(-1, 2).T
    title = rows(words or [[]] * items)
    nothing = rows([[]] * items)
    return TrainingGraph(
        Rows.of_pairs(sources, targets, items),
        rows([[item % 3] for item in range(items)]),
        lambda: Stems(title, nothing, nothing, int(title.values.max(initial=0)) + 1),
        lambda item: Text(f"item {item}", (), ""),
    )


def rows(lists: Sequence[Sequence[int]]) -> Rows:
    offsets = np.cumsum([0, *map(len, lists)])
    return Rows(offsets, np.array([value for row in lists for value in row], np.int32))


def links_of(graph: TrainingGraph) -> set[tuple[int, int]]:
    return {*zip(graph.outgoing.owners().tolist(), graph.outgoing.values.tolist(), strict=True)}


def circles(items: int, steps: Sequence[int] = (1, 2, 3)) -> Links:
    """Each item links to those so many places further on."""
    return {item: [(item + step) % items for step in steps] for item in range(items)}


class ByText(Strategy):
    """Whatever has more words of the title in its own title."""

    name: ClassVar[str] = "by-text"
    description: ClassVar[str] = "Shares words."

    def fit(self, graph: TrainingGraph) -> None:
        self._titles = [set(graph.stems.title[item].tolist()) for item in range(len(graph))]

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        shared = [len(self._titles[item] & other) for other in self._titles]
        return best(np.arange(len(shared)), np.array(shared, float), k, exclude)


class Near(Strategy):
    """Whatever shares most neighbors."""

    name: ClassVar[str] = "near"
    description: ClassVar[str] = "Shares neighbors."

    def __init__(self, *, power: float = 1.0, own: bool = True) -> None:
        if power <= 0:
            raise ValueError(f"power must be above 0, not {power}")
        self.power = power
        self.own = own

    def fit(self, graph: TrainingGraph) -> None:
        self._near = graph.neighbors

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        neighbors = self._near[item]
        scores = np.bincount(self._near.gather(neighbors), minlength=len(self._near)) ** self.power
        if self.own:
            scores[neighbors] += 0.5
        return best(np.arange(len(scores)), scores.astype(float), k, exclude)


class Popular(Strategy):
    """Whatever is linked to most."""

    name: ClassVar[str] = "most-linked"
    description: ClassVar[str] = "Linked to most."

    def fit(self, graph: TrainingGraph) -> None:
        self._scores = graph.incoming.sizes + 1.0

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        return best(np.arange(len(self._scores)), self._scores, k, exclude)
