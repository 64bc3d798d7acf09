"""Recommendations for a reader: what strategies rank, as articles, with reasons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from ..derived import computed_once
from ..knowledge import Article
from .former import Former, carried
from .reasons import Reasons
from .registry import DEFAULT, make_strategy, strategy_named
from .rows import Integers
from .strategy import NOTHING, Ranking, Strategy, best
from .training import Items, NotKeptError, TrainingGraph, training_graph

if TYPE_CHECKING:
    from ..knowledge import KnowledgeGraph

FILLERS = ("popular", "random")
"""The strategies that go on, in this order, where the one that was chosen knows too few."""
STAND_IN = "personalized-pagerank"
"""The strategy that goes on before these while the one that was chosen is not learned."""

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
        self._items = Items(graph.columns.number)
        self._fitted: dict[str, Strategy] = {}
        self._awaited: frozenset[str] = frozenset()
        self._meanwhile: Mapping[str, Strategy] | None = None
        self._may_compute = True

    def expect(self, names: Iterable[str], meanwhile: Mapping[str, Strategy] | None = None) -> None:
        """Note which strategies someone else has fitted, so that from now on nobody here computes the same.

        Such a strategy can be had when `prepare` has opened what was kept.

        Parameters
        ----------
        names
            The strategies.
        meanwhile
            What answers in their places; where it has none for one, those that are not learned do. Without it
            their recommendations must be waited for.
        """
        self._awaited = frozenset(names)
        self._meanwhile = meanwhile
        self._may_compute = False

    def release(self, names: Iterable[str]) -> None:
        """Note that strategies are awaited no longer: each is opened, or computed, when it is asked for."""
        self._awaited = awaited = self._awaited.difference(names)
        if self._meanwhile is not None:
            self._meanwhile = {name: other for name, other in self._meanwhile.items() if name in awaited}

    def stand_in(self) -> None:
        """Note that what is awaited may never come: strategies that are not learned answer in its place."""
        if self._meanwhile is None:
            self._meanwhile = {}

    def compute(self) -> None:
        """Let what is not there be computed here, as it is where nobody else is expected to."""
        self._may_compute = True

    def is_awaited(self, name: str | None = None) -> bool:
        """Whether a strategy, the default one without a name, can only be waited for."""
        return self._meanwhile is None and (DEFAULT if name is None else name) in self._awaited

    @property
    def awaited(self) -> frozenset[str]:
        """The strategies that someone else is to have fitted, and that are not open yet."""
        return self._awaited

    def prepare(self, names: Iterable[str] = (DEFAULT,)) -> None:
        """Compute now what recommendations by some strategies need, or open it where others compute it.

        Raises
        ------
        StrategyError
            Where there is no strategy of a name.
        NotKeptError
            Where it can only be opened and is not there.
        """
        for name in (*names, *FILLERS):
            self.fitted(name)
            self.release([name])
        self._reasons.prepare()

    def for_later(self, later: Recommender) -> dict[str, Strategy]:
        """What was learned here, to be used for a later graph until that is learned."""
        own = {name: strategy for name, strategy in self._fitted.items() if strategy.is_learned}
        found = {**(self._meanwhile or {}), **own}
        return carried(found, self._items, later._items, self._places_in(later))

    def _places_in(self, later: Recommender) -> npt.NDArray[np.int32]:
        """Where each article is in a later graph; -1 where it is gone."""
        urls, later_urls = self._graph.columns.url, later._graph.columns.url
        if urls.blob == later_urls.blob:
            return np.arange(len(urls), dtype=np.int32)
        position_of = {url: position for position, url in enumerate(later_urls)}
        return np.fromiter((position_of.get(url, -1) for url in urls), np.int32, len(urls))

    def fitted(self, name: str = DEFAULT) -> Strategy:
        """A strategy, fitted when it is first asked for; of several threads that ask at once one fits it.

        Raises
        ------
        StrategyError
            Where there is none of that name; the message lists those that there are.
        NotKeptError
            Where it can only be opened and is not there.
        """
        strategy_named(name)  # before anything is remembered under a name that anyone may have made up
        return self._graph.derived.once(f"strategy {name}", lambda: self._fit(name))

    def _fit(self, name: str) -> Strategy:
        strategy = make_strategy(name)
        strategy.fit(self._training)
        self._training.forget()
        self._fitted[name] = strategy
        return strategy

    def _at_hand(self, name: str) -> Strategy | None:
        """A strategy, or what answers in its place; None where nothing does."""
        if name not in self._awaited:
            try:
                return self.fitted(name)
            except NotKeptError:
                pass
        return (self._meanwhile or {}).get(name)

    @computed_once
    def _training(self) -> TrainingGraph:
        return training_graph(self._graph, self._items, lambda: self._may_compute)

    @computed_once
    def _reasons(self) -> Reasons:
        return Reasons(self._graph, self._items, self._training)

    @computed_once
    def _reasons_unlearned(self) -> Reasons:
        return Reasons(self._graph, self._items, None)

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
        for strategy in self._answering(chosen):
            exclude = np.fromiter(sorted(taken), np.int32)
            ranking = _ranking(strategy, read, wanted - len(taken), exclude)
            for item, score in zip(ranking.items.tolist(), ranking.scores.tolist(), strict=True):
                if item not in taken:  # whatever a strategy of another package gives
                    taken.add(item)
                    yield item, score, strategy

    def _answering(self, chosen: str) -> Iterator[Strategy]:
        """The strategies that are asked one after the other until there is enough."""
        strategy = self._at_hand(chosen)
        if strategy is not None:
            yield strategy
        is_learned = strategy is not None and not isinstance(strategy, Former)
        for name in FILLERS if is_learned else (STAND_IN, *FILLERS):
            if name != chosen:
                yield self.fitted(name)

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
        reasons = self._reasons_unlearned if DEFAULT in self._awaited else self._reasons
        explain = reasons.for_reader([article.position for article in articles])
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
