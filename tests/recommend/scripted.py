"""Strategies that do as they are told, in the place of those that there are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pytest

from graph.knowledge import KnowledgeGraph
from graph.recommend import Evidence, Items, Ranking, Strategy, TrainingGraph, best, registry
from graph.recommend.rows import Integers


class MostLinked(Strategy):
    """What most link to."""

    name = "popular"
    description = "What most link to."
    evidence = (Evidence.POPULARITY,)

    def fit(self, graph: TrainingGraph) -> None:
        self.counts = graph.incoming.sizes

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        return best(np.arange(len(self.counts)), self.counts.astype(float), k, exclude)


class Anything(Strategy):
    """All there is, in its order."""

    name = "random"
    description = "All there is."
    evidence = (Evidence.CHANCE,)

    def fit(self, graph: TrainingGraph) -> None:
        self.count = len(graph)

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        items = np.arange(self.count)
        return best(items, 1 / (1.0 + items), k, exclude)


Rankings = Mapping[str, Sequence[str]]
Tell = Callable[..., Any]


def scripted(graph: KnowledgeGraph, told: Rankings, *evidence: Evidence) -> type[Strategy]:
    """A strategy that ranks for an article, by url, what it is told to, in this order."""
    item = {article.url: int(Items(graph.columns.number).of[article.position]) for article in graph.articles}
    rankings = {item[url]: [item[other] for other in others] for url, others in told.items()}

    class Scripted(Strategy):
        name = "scripted"
        description = "Does as it is told."
        fits = 0

        def fit(self, graph: TrainingGraph) -> None:
            assert len(graph) == len(set(item.values()))
            type(self).fits += 1

        def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
            items = [other for other in rankings.get(item, []) if other not in exclude][:k]
            return Ranking(np.array(items, np.int32), np.arange(len(items), 0.0, -1.0))

    Scripted.evidence = evidence or Strategy.evidence
    return Scripted


def use(monkeypatch: pytest.MonkeyPatch, *strategies: type[Strategy]) -> None:
    """Have these strategies, and those that fill up, and no others."""
    known = {kind.name: kind for kind in (*strategies, MostLinked, Anything)}
    monkeypatch.setattr(registry, "_OWN", {})
    monkeypatch.setattr(registry, "strategies", lambda: known)
