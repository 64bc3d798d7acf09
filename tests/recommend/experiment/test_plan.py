"""A plan refuses what cannot be meant, and says what would be right."""

from __future__ import annotations

import json
from typing import Any, ClassVar

import pytest

from graph.recommend import registry
from graph.recommend.experiment.plan import ExperimentError, Plan, SplitKind, StrategyPlan, strategy_plan
from graph.recommend.rows import Integers
from graph.recommend.strategy import Ranking, Strategy

from .hand import Near, Popular

NEAR = StrategyPlan(Near)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"strategies": ()}, "strategies: there must be at least one"),
        ({"strategies": (NEAR, StrategyPlan(Popular), NEAR)}, "strategies: near is there 2 times"),
        (
            {"strategies": (NEAR, StrategyPlan(Near, {"own": True}))},
            "near is there 2 times; give one of them",
        ),
        ({"name": " "}, "name must be a text, not ' '"),
        ({"name": 7}, "name must be a text, not 7"),
        (
            {"split": "cold-strat"},
            "split: unknown split 'cold-strat'; did you mean 'cold-start'.; known are: ",
        ),
        ({"split": "x"}, "split: unknown split 'x'; known are: hidden-links, cold-start$"),
        ({"articles": 0}, "articles must be a whole number from 1, not 0"),
        ({"articles": 2.0}, "articles must be a whole number from 1, not 2.0"),
        ({"articles": True}, "articles must be a whole number from 1, not True"),
        ({"hide": 0}, "hide must be a whole number of links from 1, or a share above 0 and below 1, not 0$"),
        ({"hide": -1}, "hide must .* not -1"),
        ({"hide": 0.0}, "hide must .* not 0.0"),
        ({"hide": 1.0}, "hide must .* not 1.0"),
        ({"hide": 1.5}, "hide must .* not 1.5"),
        ({"hide": float("nan")}, "hide must .* not nan"),
        ({"hide": True}, "hide must .* not True"),
        ({"hide": "one"}, "hide must .* not 'one'"),
        ({"k": 0}, "k must be a whole number from 1 to 100, not 0"),
        ({"k": 101}, "k must be a whole number from 1 to 100, not 101"),
        ({"k": "10"}, "k must be a whole number from 1 to 100, not '10'"),
        ({"seed": -1}, "seed must be a whole number from 0, not -1"),
        ({"seed": None}, "seed must be a whole number from 0, not None"),
        ({"resamples": 99}, "resamples must be a whole number from 100, not 99"),
        ({"metrics": ()}, "metrics must be a list of at least one of hit_rate, recall, mrr, ndcg, map"),
        ({"metrics": "mrr"}, "metrics must be a list .* not 'mrr'"),
        (
            {"metrics": ("mrr", "nDCG")},
            "metrics: unknown metric 'nDCG'; did you mean 'ndcg'.; known are: hit_rate",
        ),
        ({"metrics": ("mrr", "coverage")}, "metrics: coverage is measured in any case, but no article has"),
        ({"metrics": ("mrr", "mrr")}, "metrics: mrr is there 2 times"),
        ({"tune": "hitrate"}, "tune: unknown metric 'hitrate'; did you mean 'hit_rate'"),
        ({"tune": "gini"}, "tune: gini is measured in any case"),
    ],
)
def test_a_wrong_value_is_refused(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ExperimentError, match=message):
        Plan(**{"strategies": (NEAR,)} | wrong)


@pytest.mark.parametrize(
    "right",
    [
        {"articles": None}, {"articles": 1}, {"hide": 0.001}, {"hide": 50}, {"k": 1}, {"k": 100}, {"seed": 0},
        {"seed": 2**70}, {"resamples": 100}, {"metrics": ("map",)}, {"split": SplitKind.COLD_START},
    ],
)  # fmt: skip
def test_a_value_at_the_edge_is_taken(right: dict[str, Any]) -> None:
    Plan((NEAR,), **right)


class NoName(Strategy):
    def fit(self, graph: object) -> None: ...

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        raise NotImplementedError


class Half(Strategy):
    name: ClassVar[str] = "half"

    def fit(self, graph: object) -> None: ...


@pytest.mark.parametrize(
    ("kind", "parameters", "grid", "message"),
    [
        (
            Near,
            {"pwoer": 1},
            {},
            "near has no parameter 'pwoer'; did you mean 'power'.; known are: power, own",
        ),
        (Near, {}, {"pwoer": [1]}, "near has no parameter 'pwoer'; did you mean 'power'"),
        (Popular, {"power": 1}, {}, "most-linked has no parameter 'power'; it has none"),
        (Near, {"power": -1}, {}, "near: power must be above 0, not -1"),
        (Near, {}, {"power": [1.0, 0.0]}, "near: power must be above 0, not 0.0"),
        (Near, {"power": "high"}, {}, "near: '<=' not supported"),
        (Near, {"power": 1.0}, {"power": [1.0]}, "near: power has a value and a grid; it can have only one"),
        (Near, {}, {"power": []}, r"near: grid: power must be a list of values to try, not \[\]"),
        (Near, {}, {"power": 2.0}, "near: grid: power must be a list of values to try, not 2.0"),
        (Near, {}, {"power": "ab"}, "near: grid: power must be a list of values to try, not 'ab'"),
        (int, {}, {}, "<class 'int'> is no strategy: a subclass of graph.recommend.Strategy is one"),
        (7, {}, {}, "7 is no strategy"),
        (NoName, {}, {}, "NoName must have a name and the methods fit and recommend"),
        (Half, {}, {}, "Half must have a name and the methods fit and recommend"),
    ],
)
def test_a_strategy_that_cannot_be_made_is_refused(
    kind: Any, parameters: dict[str, Any], grid: dict[str, Any], message: str
) -> None:
    with pytest.raises(ExperimentError, match=message):
        StrategyPlan(kind, parameters, grid)


def test_a_label_tells_what_is_not_the_default() -> None:
    assert StrategyPlan(Near).label == "near"
    assert StrategyPlan(Near, {"power": 1.0, "own": True}).label == "near"
    assert StrategyPlan(Near, {"power": 2.0, "own": False}).label == "near (power=2.0, own=False)"
    assert StrategyPlan(Near, {"own": False}, {"power": [1, 2]}).label == "near (own=False, power tuned)"


def test_a_grid_has_every_combination_in_order() -> None:
    plan = StrategyPlan(Near, {}, {"power": [1.0, 2.0], "own": [True, False]})
    assert [(c["power"], c["own"]) for c in plan.combinations()] == [
        (1.0, True), (1.0, False), (2.0, True), (2.0, False)
    ]  # fmt: skip
    assert StrategyPlan(Near, {"own": False}).combinations() == [{"own": False}]


def test_a_strategy_is_planned_by_name_or_by_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "strategies", lambda: {"near": Near})
    assert strategy_plan("near", {"own": False}) == strategy_plan(Near, {"own": False})
    assert strategy_plan("near", grid={"own": [False]}) == StrategyPlan(Near, {}, {"own": [False]})
    with pytest.raises(
        ExperimentError, match=r"unknown strategy 'nera'; did you mean 'near'\?; known are: near"
    ):
        strategy_plan("nera")


def test_settings_are_json() -> None:
    settings = Plan((StrategyPlan(Near, {"own": False}, {"power": (1.0, 2.0)}),), articles=None).settings()
    assert json.loads(json.dumps(settings)) == settings
    assert settings["strategies"] == [
        {"strategy": "near", "parameters": {"own": False}, "grid": {"power": [1.0, 2.0]}}
    ]


def test_a_grid_that_would_never_end_is_refused_at_once() -> None:
    grid = {"power": [1.0 + step for step in range(10**6)], "own": [True, False]}
    with pytest.raises(ExperimentError, match="near: the grid has 2,000,000 combinations; at most 1,000 can"):
        StrategyPlan(Near, grid=grid)
