"""On the real corpus the default recommends better than what it is made of, and everyone is served."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from graph.knowledge import Article, KnowledgeGraph
from graph.recommend import DEFAULT, Items, Recommender, make_strategy, recommender_of, training_graph
from graph.recommend.experiment import SplitKind
from graph.recommend.experiment.contestant import Contestant
from graph.recommend.experiment.splitting import split
from graph.recommend.experiment.statistics import compare

pytestmark = pytest.mark.corpus

TESTED, K = 3000, 10


@dataclass(frozen=True)
class Race:
    """How well each strategy found what was hidden: accuracy at 10 for each test item."""

    values: Mapping[str, Mapping[str, npt.NDArray[np.float64]]]

    def mean(self, name: str, metric: str) -> float:
        return float(self.values[name][metric].mean())

    def others(self) -> list[str]:
        return [name for name in self.values if name != DEFAULT]

    def low(self, other: str, metric: str) -> float:
        """The low end of the paired 95 % interval of how much better the default is."""
        estimate, _ = compare(self.values[DEFAULT][metric], self.values[other][metric], 0, 2000)
        return estimate.low


def race(loaded: KnowledgeGraph, kind: SplitKind, names: Sequence[str]) -> Race:
    whole = training_graph(loaded, Items(loaded.columns.number))
    drawn = split(whole, kind, TESTED, 1, seed=0)
    values = {}
    for name in names:
        rankings = Contestant(name, make_strategy(name), drawn, K).rankings()
        hits = [np.isin(ranking.items, drawn.truth[row]) for row, ranking in enumerate(rankings)]
        first = np.array([1 + hit.argmax() if hit.any() else np.inf for hit in hits])
        values[name] = {"hit_rate": (first <= K).astype(np.float64), "mrr": 1 / first}
    return Race(values)


@pytest.fixture(scope="module")
def cold(loaded: KnowledgeGraph) -> Race:
    return race(loaded, SplitKind.COLD_START, [DEFAULT, "content", "embedding", "linked", "popular"])


@pytest.fixture(scope="module")
def hidden(loaded: KnowledgeGraph) -> Race:
    return race(loaded, SplitKind.HIDDEN_LINKS, [DEFAULT, "personalized-pagerank", "adamic-adar", "linked"])


def test_articles_without_links_are_recommended_what_theirs_led_to(cold: Race) -> None:
    assert cold.mean(DEFAULT, "hit_rate") >= 0.58
    assert cold.mean(DEFAULT, "mrr") >= 0.30


def test_for_them_no_single_strategy_comes_near(cold: Race) -> None:
    for other in cold.others():
        assert cold.low(other, "hit_rate") > 0.04
        assert cold.low(other, "mrr") > 0.02


def test_a_single_hidden_link_is_found(hidden: Race) -> None:
    assert hidden.mean(DEFAULT, "hit_rate") >= 0.76
    assert hidden.mean(DEFAULT, "mrr") >= 0.40


def test_where_there_are_links_the_best_single_strategy_is_no_better(hidden: Race) -> None:
    for metric in ("hit_rate", "mrr"):
        best = max(hidden.others(), key=lambda name: hidden.mean(name, metric))
        assert hidden.low(best, metric) >= -0.005


@pytest.fixture(scope="module")
def recommender(loaded: KnowledgeGraph) -> Recommender:
    made = recommender_of(loaded)
    made.prepare()
    return made


def questions(loaded: KnowledgeGraph, articles: Iterable[Article]) -> list[object]:
    """What each article asks: copies ask the same."""
    numbers = ((loaded.columns.number[article.position], article) for article in articles)
    return [article.url if number is None else number for number, article in numbers]


def drawn_of(positions: npt.NDArray[np.integer[Any]], count: int) -> list[int]:
    drawn: list[int] = np.random.default_rng(0).permutation(positions)[:count].tolist()
    return drawn


def test_everyone_is_given_ten_other_questions_that_are_not_linked(
    loaded: KnowledgeGraph, recommender: Recommender
) -> None:
    degrees = np.asarray(loaded.outgoing.degrees()) + np.asarray(loaded.incoming.degrees())
    isolated = np.flatnonzero(degrees == 0)
    assert len(isolated) == 9329
    numbers = Counter(number for number in loaded.columns.number if number is not None)
    copied = np.array([p for p, number in enumerate(loaded.columns.number) if numbers[number] > 1])
    for position in {
        *drawn_of(np.arange(len(degrees)), 1500),
        *drawn_of(isolated, 750),
        *drawn_of(copied, 500),
    }:
        article = Article(loaded, position)
        found = recommender.recommend([article], K)
        assert [one.rank for one in found] == [*range(1, K + 1)]
        asked = questions(loaded, [one.article for one in found])
        assert len({*asked}) == K
        assert not {*asked} & {*questions(loaded, [article, *article.related])}


def test_texts_find_what_to_recommend_to_those_without_links(
    loaded: KnowledgeGraph, recommender: Recommender
) -> None:
    """Nothing is filled up with what is popular."""
    degrees = np.asarray(loaded.outgoing.degrees()) + np.asarray(loaded.incoming.degrees())
    for position in drawn_of(np.flatnonzero(degrees == 0), 300):
        found = recommender.recommend([Article(loaded, position)], K)
        assert {one.strategy for one in found} == {DEFAULT}
