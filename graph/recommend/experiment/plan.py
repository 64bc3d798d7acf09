"""What an experiment is to do: a checked, plain record."""

from __future__ import annotations

import inspect
import itertools
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeGuard

from ..registry import StrategyError, parameters_of, perhaps_meant, strategy_named
from ..strategy import Strategy
from .errors import ExperimentError as ExperimentError
from .results import ACCURACY, BEYOND_ACCURACY

MOST_K = 100
LEAST_RESAMPLES = 100
MOST_COMBINATIONS = 1000


class SplitKind(StrEnum):
    """How links are hidden."""

    HIDDEN_LINKS = "hidden-links"
    """Some links of each test item that has at least two."""
    COLD_START = "cold-start"
    """All links to and from the test items."""


@dataclass(frozen=True, slots=True)
class StrategyPlan:
    """A strategy to measure.

    Parameters
    ----------
    kind
        The strategy.
    parameters
        Those that are not its defaults.
    grid
        Values to try for parameters. Every combination is measured on the validation part, and only the best
        on the test part.

    Raises
    ------
    ExperimentError
        Where `kind` is no strategy, has no such parameter, or refuses a value; or the grid is too large.
    """

    kind: type[Strategy]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    grid: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _check_kind(self.kind)
        has = parameters_of(self.kind)
        for parameter in (*self.parameters, *self.grid):
            if parameter not in has:
                known = nearest(str(parameter), has) if has else "; it has none"
                raise ExperimentError(f"{self.name} has no parameter {parameter!r}{known}")
        for parameter, values in self.grid.items():
            if parameter in self.parameters:
                raise ExperimentError(
                    f"{self.name}: {parameter} has a value and a grid; it can have only one"
                )
            if not isinstance(values, Sequence) or isinstance(values, str) or not values:
                raise ExperimentError(
                    f"{self.name}: grid: {parameter} must be a list of values to try, not {values!r}"
                )
        count = math.prod(map(len, self.grid.values()))
        if count > MOST_COMBINATIONS:
            raise ExperimentError(
                f"{self.name}: the grid has {count:,} combinations; "
                f"at most {MOST_COMBINATIONS:,} can be tried"
            )
        for combination in self.combinations():
            self.make(combination)

    @property
    def name(self) -> str:
        """The strategy's name."""
        return self.kind.name

    @property
    def label(self) -> str:
        """The name, with the parameters that are not the defaults; those of a grid by name."""
        defaults = parameters_of(self.kind)
        told = [f"{key}={value}" for key, value in self.parameters.items() if value != defaults[key]]
        told += [f"{key} tuned" for key in self.grid]
        return f"{self.name} ({', '.join(told)})" if told else self.name

    def combinations(self) -> list[dict[str, Any]]:
        """The parameters with each combination of the grid's values, the last varying fastest."""
        return [
            dict(self.parameters) | dict(zip(self.grid, values, strict=True))
            for values in itertools.product(*self.grid.values())
        ]

    def make(self, parameters: Mapping[str, Any]) -> Strategy:
        """The strategy with parameters, not yet fitted.

        Raises
        ------
        ExperimentError
            Where it refuses them.
        """
        try:
            return self.kind(**parameters)
        except (TypeError, ValueError) as error:
            raise ExperimentError(f"{self.name}: {error}") from error


def strategy_plan(
    strategy: str | type[Strategy],
    parameters: Mapping[str, Any] | None = None,
    grid: Mapping[str, Sequence[Any]] | None = None,
) -> StrategyPlan:
    """A plan for a strategy by its name, or for one that has none to be found by.

    Raises
    ------
    ExperimentError
        Where there is no such strategy, or `StrategyPlan` refuses it.
    """
    try:
        kind = strategy_named(strategy) if isinstance(strategy, str) else strategy
    except StrategyError as error:
        raise ExperimentError(str(error)) from error
    return StrategyPlan(kind, parameters or {}, grid or {})


@dataclass(frozen=True, slots=True)
class Plan:
    """An experiment.

    Parameters
    ----------
    strategies
        What is measured, in this order.
    name
        Of the experiment, for its report.
    split
        How links are hidden.
    articles
        How many test items are drawn, or all that can be if they are fewer; None for all.
    hide
        Of each test item's links, as a number from 1 or a share below 1; at least one stays visible and one
        is hidden. A cold start hides all.
    k
        How many recommendations are asked for.
    seed
        Of everything that is drawn.
    resamples
        Of each bootstrap and randomization test.
    metrics
        Those that are compared between strategies and shown; all are measured.
    tune
        The metric by which a grid's best is chosen.

    Raises
    ------
    ExperimentError
        Where a value is wrong.
    """

    strategies: tuple[StrategyPlan, ...]
    name: str = "experiment"
    split: SplitKind = SplitKind.HIDDEN_LINKS
    articles: int | None = 3000
    hide: int | float = 1
    k: int = 10
    seed: int = 0
    resamples: int = 2000
    metrics: tuple[str, ...] = ("hit_rate", "mrr", "ndcg")
    tune: str = "mrr"

    def __post_init__(self) -> None:
        _check_strategies(self.strategies)
        if not isinstance(self.name, str) or not self.name.strip():
            raise ExperimentError(f"name must be a text, not {self.name!r}")
        split_kind(self.split)
        if self.articles is not None:
            _check_whole("articles", self.articles, 1)
        _check_hide(self.hide)
        _check_whole("k", self.k, 1, MOST_K)
        _check_whole("seed", self.seed, 0)
        _check_whole("resamples", self.resamples, LEAST_RESAMPLES)
        _check_metrics(self.metrics)
        _check_metric("tune", self.tune)

    def settings(self) -> dict[str, Any]:
        """All of it as JSON would have it."""
        return {
            "split": str(self.split),
            "articles": self.articles,
            "hide": self.hide,
            "k": self.k,
            "seed": self.seed,
            "resamples": self.resamples,
            "metrics": list(self.metrics),
            "tune": self.tune,
            "strategies": [
                {"strategy": s.name, "parameters": dict(s.parameters), "grid": _lists(s.grid)}
                for s in self.strategies
            ],
        }


def split_kind(name: str) -> SplitKind:
    """A split by its name.

    Raises
    ------
    ExperimentError
        Where there is none of that name.
    """
    if name not in list(SplitKind):
        raise ExperimentError(f"split: unknown split {name!r}{nearest(str(name), SplitKind)}")
    return SplitKind(name)


def nearest(given: str, known: Iterable[str]) -> str:
    """The end of a message about a wrong name: the nearest right one, if any is near, and all."""
    known = [str(name) for name in known]
    return f"{perhaps_meant(given.lower(), known)}; known are: {', '.join(known)}"


def _lists(grid: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    return {parameter: list(values) for parameter, values in grid.items()}


def _check_kind(kind: object) -> None:
    if not (isinstance(kind, type) and issubclass(kind, Strategy)):
        raise ExperimentError(f"{kind!r} is no strategy: a subclass of graph.recommend.Strategy is one")
    if inspect.isabstract(kind) or not isinstance(getattr(kind, "name", None), str):
        raise ExperimentError(f"{kind.__name__} must have a name and the methods fit and recommend")


def _check_strategies(strategies: tuple[StrategyPlan, ...]) -> None:
    if not strategies:
        raise ExperimentError("strategies: there must be at least one")
    label, times = Counter(plan.label for plan in strategies).most_common(1)[0]
    if times > 1:
        raise ExperimentError(
            f"strategies: {label} is there {times} times; give one of them other parameters"
        )


def _check_whole(name: str, value: object, least: int, most: float = math.inf) -> None:
    if not _is_whole(value) or not least <= value <= most:
        to = f" to {most}" if most < math.inf else ""
        raise ExperimentError(f"{name} must be a whole number from {least}{to}, not {value!r}")


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_hide(hide: object) -> None:
    number = _is_whole(hide) and hide >= 1
    share = isinstance(hide, float) and 0 < hide < 1
    if not number and not share:
        raise ExperimentError(
            f"hide must be a whole number of links from 1, or a share above 0 and below 1, not {hide!r}"
        )


def _check_metrics(metrics: object) -> None:
    if not isinstance(metrics, tuple) or not metrics:
        raise ExperimentError(
            f"metrics must be a list of at least one of {', '.join(ACCURACY)}, not {metrics!r}"
        )
    for metric in metrics:
        _check_metric("metrics", metric)
        if metrics.count(metric) > 1:
            raise ExperimentError(f"metrics: {metric} is there {metrics.count(metric)} times")


def _check_metric(argument: str, metric: object) -> None:
    if metric in BEYOND_ACCURACY:
        raise ExperimentError(
            f"{argument}: {metric} is measured in any case, but no article has a value of it to compare; "
            f"those that have are: {', '.join(ACCURACY)}"
        )
    if metric not in ACCURACY:
        raise ExperimentError(f"{argument}: unknown metric {metric!r}{nearest(str(metric), ACCURACY)}")
