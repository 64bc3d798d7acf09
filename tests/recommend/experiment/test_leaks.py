"""Strategies that know what they were not shown gain nothing, or are found out; honest ones are not."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import pytest

from graph.recommend.experiment.contestant import Contestant
from graph.recommend.experiment.leaks import LeakAudit
from graph.recommend.experiment.plan import ExperimentError, SplitKind
from graph.recommend.experiment.results import LeakCheck
from graph.recommend.experiment.splitting import Split, split
from graph.recommend.rows import Integers
from graph.recommend.strategy import NOTHING, Ranking, Strategy, best
from graph.recommend.training import TrainingGraph

from .hand import ByText, Near, Popular, circles, hand_graph

ITEMS, STEPS = 120, (1, 2, 5)
WHOLE = hand_graph(circles(ITEMS, STEPS), ITEMS, [[1 + item // 6] for item in range(ITEMS)])
"""Six items share a word, so that texts tell a part of the links."""


class Cheat(Strategy):
    """Knows the whole graph; a subclass says how it finds its items there again."""

    name: ClassVar[str] = "cheat"
    description: ClassVar[str] = "Cheats."

    def fit(self, graph: TrainingGraph) -> None:
        self._graph = graph

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        scores = np.zeros(len(self._graph))
        scores[self.linked(item)] = 1
        return best(np.arange(len(scores)), scores, k, exclude)

    def linked(self, item: int) -> list[int]:
        raise NotImplementedError


class ByNumber(Cheat):
    def linked(self, item: int) -> list[int]:
        return WHOLE.outgoing[item].tolist()


class ByTitle(Cheat):
    def fit(self, graph: TrainingGraph) -> None:
        super().fit(graph)
        self._here = {graph.text(item).title: item for item in range(len(graph))}
        self._there = {WHOLE.text(item).title: item for item in range(len(WHOLE))}

    def linked(self, item: int) -> list[int]:
        targets = WHOLE.outgoing[self._there[self._graph.text(item).title]]
        return [self._here[WHOLE.text(target).title] for target in targets.tolist()]


class OneOnly(ByTitle):
    """Hides among what texts tell: of what it knows it recommends a single item."""

    def fit(self, graph: TrainingGraph) -> None:
        super().fit(graph)
        self._by_text = ByText()
        self._by_text.fit(graph)

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        known = super().recommend(item, k, exclude).items[:1]
        others = self._by_text.recommend(item, k, np.union1d(exclude, known)).items[: k - 1]
        items = np.concatenate([others, known])
        return Ranking(items, -np.arange(len(items), dtype=float))


class ByClosure(Cheat):
    """Takes what it is given apart, until it finds the graph that hides nothing."""

    def fit(self, graph: TrainingGraph) -> None:
        super().fit(graph)
        self._whole, self._order = graph, np.arange(len(graph))
        for _ in range(2):  # as it was before its items were shuffled, and before links were taken out
            inside = dict(
                zip(
                    self._whole._read_stems.__code__.co_freevars,
                    (cell.cell_contents for cell in self._whole._read_stems.__closure__ or ()),
                    strict=True,
                )
            )
            self._whole, self._order = inside["self"], inside.get("order", self._order)

    def linked(self, item: int) -> list[int]:
        number = np.argsort(self._order)
        return number[self._whole.outgoing[int(self._order[item])]].tolist()


class Chance(Strategy):
    name: ClassVar[str] = "chance"
    description: ClassVar[str] = "Anything."

    def fit(self, graph: TrainingGraph) -> None:
        self._count = len(graph)

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        scores = np.random.default_rng(item).random(self._count) + 0.1
        return best(np.arange(self._count), scores, k, exclude)


def checked(strategy: Strategy, graph: TrainingGraph = WHOLE, k: int = 10) -> LeakCheck:
    return LeakAudit(graph, ByText(), k, seed=0).check("tested", strategy)


def found(strategy: Strategy, drawn: Split) -> float:
    """The share of the hidden links that it finds."""
    rankings = Contestant("tested", strategy, drawn, 10).rankings()
    hits = sum(np.isin(ranking.items, drawn.truth[row]).sum() for row, ranking in enumerate(rankings))
    return float(hits / drawn.hidden)


@pytest.fixture
def hidden() -> Split:
    return split(WHOLE, SplitKind.HIDDEN_LINKS, None, 1, seed=0)


def test_who_answers_by_the_numbers_of_the_whole_graph_gains_nothing(hidden: Split) -> None:
    assert found(ByNumber(), hidden) < 0.1
    assert checked(ByNumber()).recall < 0.1
    assert not checked(ByNumber()).leaks


@pytest.mark.parametrize("cheat", [ByTitle, OneOnly, ByClosure])
def test_who_knows_the_whole_graph_is_found_out(cheat: type[Strategy], hidden: Split) -> None:
    assert found(cheat(), hidden) == 1
    check = checked(cheat())
    assert check.leaks
    assert check.recall == 1


def test_what_texts_tell_is_no_leak() -> None:
    check = checked(ByText())
    assert check.recall == check.by_text > 0.3
    assert not check.leaks


@pytest.mark.parametrize("make", [Near, Popular, Chance])
def test_honest_strategies_are_not_accused(make: Callable[[], Strategy]) -> None:
    assert not checked(make()).leaks


def test_a_strategy_that_knows_nothing_finds_nothing() -> None:
    class Silent(Chance):
        def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
            return NOTHING

    assert checked(Silent()) == LeakCheck(0.0, checked(ByText()).by_text, leaks=False)


@pytest.mark.parametrize("k", [1, 2])
def test_a_cheat_is_found_out_where_few_recommendations_are_asked_for(k: int) -> None:
    assert checked(ByTitle(), k=k).recall == 1
    assert checked(ByTitle(), k=k).leaks


def test_where_k_recommendations_are_nearly_all_that_there_is_chance_is_no_leak() -> None:
    tiny = hand_graph(circles(8, (1, 2)), 8)
    check = checked(Chance(), tiny)
    assert (check.recall, check.by_text, check.leaks) == (1, 0, False)


LARGE = hand_graph(circles(400, STEPS), 400, [[1 + item // 6] for item in range(400)])


class Sometimes(ByText):
    """Goes by texts, but knows the links of some articles."""

    share: ClassVar[float] = 0.5

    def fit(self, graph: TrainingGraph) -> None:
        super().fit(graph)
        self._there = [int(graph.text(item).title.split()[1]) for item in range(len(graph))]
        self._here = np.argsort(self._there)

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        there = self._there[item]
        if (there * 7) % 400 >= 400 * self.share:
            return super().recommend(item, k, exclude)
        known = self._here[(there + np.array(STEPS)) % 400]
        return best(known, np.ones(len(known)), k, exclude)


@pytest.mark.parametrize(("part", "leaks"), [(0.05, False), (0.15, False), (0.5, True), (0.8, True)])
def test_who_cheats_for_half_of_its_articles_is_found_out(part: float, leaks: bool) -> None:
    check = checked(type("Part", (Sometimes,), {"share": part})(), LARGE, k=3)
    assert check.leaks == leaks
    assert check.recall > check.by_text > 0.2


def test_where_k_is_much_of_the_library_more_than_half_is_a_leak() -> None:
    """For there subjects alone tell many of the links that words do not."""
    for part, leaks in ((0.3, False), (0.5, False), (0.9, True)):
        assert checked(type("Part", (Sometimes,), {"share": part})(), LARGE, k=5).leaks == leaks


def test_a_check_is_the_same_on_every_run_and_asks_about_others_with_another_seed() -> None:
    recalls = [LeakAudit(LARGE, ByText(), 10, seed).check("tested", ByText()).recall for seed in (0, 0, 1)]
    assert recalls[0] == recalls[1] != recalls[2]


def test_a_strategy_that_fails_where_there_are_no_links_is_called_by_name() -> None:
    class NeedsLinks(Chance):
        def fit(self, graph: TrainingGraph) -> None:
            graph.outgoing.values[0]

    with pytest.raises(ExperimentError, match="tested, where no link is shown: fit failed: IndexError"):
        checked(NeedsLinks())
