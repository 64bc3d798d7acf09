"""Recommendations for a reader: what strategies rank, as articles, with reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from ..derived import computed_once
from ..knowledge import Article
from .reasons import Reasons
from .registry import DEFAULT, make_strategy, strategy_named
from .rows import Integers
from .strategy import NOTHING, Ranking, Strategy, best
from .training import Items, TrainingGraph, training_graph

if TYPE_CHECKING:
    from ..knowledge import KnowledgeGraph

FILLERS = ("popular", "random")
"""The strategies that go on, in this order, where the one that was chosen knows too few."""

_DEPTH = 500
"""How much of each ranking counts where several are merged."""
_FUSION = 60
"""What is added to a rank there, so that the first few do not decide alone."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """An article that is recommended.

    Parameters
    ----------
    article
        The article.
    score
        Higher is better; comparable within the recommendations of one strategy for one reader only.
    rank
        From 1.
    reasons
        True statements about it and what was read, in words for a reader, strongest first; one to three.
    strategy
        The name of the strategy that recommends it.
    """

    article: Article
    score: float
    rank: int
    reasons: tuple[str, ...]
    strategy: str


def recommender_of(graph: KnowledgeGraph) -> Recommender:
    """The recommender of a graph, made when it is first asked for."""
    return graph.derived.once("recommender", lambda: Recommender(graph))


class Recommender:
    """Recommends articles of one graph; any number of threads may ask.

    Parameters
    ----------
    graph
        The graph.
    """

    def __init__(self, graph: KnowledgeGraph) -> None:
        self._graph = graph
        self._items = Items(graph.columns.number.tolist())
        self._awaited: frozenset[str] = frozenset()

    def expect(self, names: Iterable[str]) -> None:
        """Note for which strategies someone is about to `prepare`, so that nobody else computes the same."""
        self._awaited = frozenset(names)

    def is_awaited(self, name: str | None = None) -> bool:
        """Whether someone else is about to fit a strategy, the default one without a name."""
        return (DEFAULT if name is None else name) in self._awaited

    def prepare(self, names: Iterable[str] = (DEFAULT,)) -> None:
        """Compute now what recommendations by some strategies need.

        Raises
        ------
        StrategyError
            Where there is no strategy of a name.
        """
        wanted = (*names, *FILLERS)
        try:
            self._reasons.prepare()
            for name in wanted:
                self.fitted(name)
        finally:
            self._awaited = self._awaited.difference(wanted)

    def fitted(self, name: str = DEFAULT) -> Strategy:
        """A strategy, fitted when it is first asked for; of several threads that ask at once one fits it.

        Raises
        ------
        StrategyError
            Where there is none of that name; the message lists those that there are.
        """
        strategy_named(name)  # before anything is remembered under a name that anyone may have made up
        return self._graph.derived.once(f"strategy {name}", lambda: self._fit(name))

    def _fit(self, name: str) -> Strategy:
        strategy = make_strategy(name)
        strategy.fit(self._training)
        return strategy

    @computed_once
    def _training(self) -> TrainingGraph:
        return training_graph(self._graph, self._items)

    @computed_once
    def _reasons(self) -> Reasons:
        return Reasons(self._graph, self._items, self._training)

    def recommend(
        self,
        articles: Sequence[Article],
        first: int = 5,
        *,
        strategy: str | None = None,
        exclude: Sequence[Article] = (),
        include_linked: bool = False,
        include_duplicates: bool = False,
    ) -> list[Recommendation]:
        """Recommend articles to someone who reads an article, or has read several.

        What was read is never recommended, nor is a copy of it: another article with its number. Where the
        strategy knows too few, the most linked articles fill up, and then any, so that there are always as
        many as are asked for if the library has them.

        The rankings for several articles are merged by reciprocal rank fusion (G. V. Cormack et al.,
        "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods", 2009): the score
        is the sum of 1 / (60 + rank) over the first 500 of each. Every question that was read weighs the
        same.

        Parameters
        ----------
        articles
            What is read, or was: at least one, most recent last.
        first
            How many to recommend at most.
        strategy
            A strategy's name; the default one without it.
        exclude
            Articles that must not be recommended, nor any copy of them.
        include_linked
            Whether also those may be recommended that one of `articles` links to itself, and copies of them.
        include_duplicates
            Whether every copy of a question is recommended. Otherwise it is one alone: one in the subject of
            what was read, of these the one that most articles link to; ties by url.

        Returns
        -------
        list
            Best first.

        Raises
        ------
        ValueError
            Where `articles` is empty or `first` is negative.
        StrategyError
            Where there is no such strategy; the message lists those that there are.
        """
        if not articles:
            raise ValueError("articles must hold at least one")
        if first < 0:
            raise ValueError(f"first must not be negative, got {first}")
        chosen = DEFAULT if strategy is None else strategy
        strategy_named(chosen)
        left_out = [*articles, *exclude]
        if not include_linked:
            left_out += [linked for article in articles for linked in article.related]
        ranked = self._ranked(chosen, self._items_of(articles), first, self._items_of(left_out))
        subjects = Counter(self._graph.columns.subject[article.position] for article in articles)
        found = islice(self._shown(ranked, subjects, every=include_duplicates), first)
        return self._explained(articles, list(found))

    def _items_of(self, articles: Sequence[Article]) -> Integers:
        """The items of articles, each once, in the order in which they are first met."""
        items = (int(self._items.of[article.position]) for article in articles)
        return np.fromiter(dict.fromkeys(items), np.int32)

    def _ranked(
        self, chosen: str, read: Integers, first: int, left_out: Integers
    ) -> Iterator[tuple[int, float, Strategy]]:
        """As many items as are asked for, each with its score and the strategy that ranks it."""
        taken = set(left_out.tolist())
        wanted = len(taken) + first
        for name in dict.fromkeys((chosen, *FILLERS)):
            strategy = self.fitted(name)
            exclude = np.fromiter(sorted(taken), np.int32)
            ranking = _ranking(strategy, read, wanted - len(taken), exclude)
            for item, score in zip(ranking.items.tolist(), ranking.scores.tolist(), strict=True):
                if item not in taken:  # whatever a strategy of another package gives
                    taken.add(item)
                    yield item, score, strategy

    def _shown(
        self, ranked: Iterator[tuple[int, float, Strategy]], subjects: Counter[int | None], *, every: bool
    ) -> Iterator[tuple[int, float, Strategy]]:
        """The articles that stand for items."""
        columns, incoming = self._graph.columns, self._graph.incoming

        def order(position: int) -> tuple[int, int, int]:
            subject = columns.subject[position]
            read = 0 if subject is None else subjects[subject]
            return -read, -incoming.degree(position), position

        for item, score, strategy in ranked:
            copies = sorted(self._items.copies[item].tolist(), key=order)
            for position in copies if every else copies[:1]:
                yield position, score, strategy

    def _explained(
        self, articles: Sequence[Article], found: list[tuple[int, float, Strategy]]
    ) -> list[Recommendation]:
        explain = self._reasons.for_reader([article.position for article in articles])
        return [
            Recommendation(
                Article(self._graph, position), score, rank, explain(position, strategy), strategy.name
            )
            for rank, (position, score, strategy) in enumerate(found, 1)
        ]


def _ranking(strategy: Strategy, read: Integers, k: int, exclude: Integers) -> Ranking:
    """A strategy's ranking for all that was read."""
    if len(read) == 1:
        return strategy.recommend(int(read[0]), k, exclude)
    rankings = strategy.recommend_all(read, max(k, _DEPTH), [exclude] * len(read))
    ranks = [1 + np.arange(len(ranking.items)) for ranking in rankings]
    items, places = np.unique(np.concatenate([r.items for r in rankings]), return_inverse=True)
    if not len(items):
        return NOTHING
    scores = np.bincount(places, 1 / (_FUSION + np.concatenate(ranks))).astype(np.float64)
    return best(items, scores, k, exclude)
