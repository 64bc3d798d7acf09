"""Runs an experiment: each strategy on the same test items, measured, checked for leaks, compared."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from ... import __version__
from ...knowledge import KnowledgeGraph
from .. import registry
from ..one_thread import one_thread
from ..strategy import Strategy
from ..training import Items, training_graph
from .contestant import Contestant
from .errors import ExperimentError
from .leaks import LeakAudit
from .metrics import accuracy, beyond_accuracy, fingerprint, hits
from .plan import Plan, SplitKind, StrategyPlan, split_kind, strategy_plan
from .results import ACCURACY, Comparison, Estimate, Evaluation, StrategyResult, Stratum, Timing, Trial
from .splitting import Part, Split, split
from .statistics import compare, estimate, estimates, holm
from .strata import groups

Values = npt.NDArray[np.float64]
Named = str | type[Strategy]
Choice = Named | tuple[Named, Mapping[str, Any]] | StrategyPlan

_STEPS = ("fitting", "recommending", "timing", "checking for leaks", "measuring")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an experiment is.

    Parameters
    ----------
    strategy
        The label of the strategy that is measured; "" before the first.
    step
        What begins now, such as "fitting".
    done, total
        How many steps are over, and how many there are.
    """

    strategy: str
    step: str
    done: int
    total: int


def evaluate(
    graph: KnowledgeGraph,
    strategies: Named | StrategyPlan | Iterable[Choice] | None = None,
    *,
    split: str = SplitKind.HIDDEN_LINKS,
    articles: int | Literal["all"] | None = 3000,
    hide: int | float = 1,
    k: int = 10,
    seed: int = 0,
    resamples: int = 2000,
    metrics: str | Iterable[str] = ("hit_rate", "mrr", "ndcg"),
    tune: str = "mrr",
    name: str = "experiment",
    on_progress: Callable[[Progress], None] | None = None,
) -> Evaluation:
    """Measure and compare strategies: hide links, and see which strategies find them.

    Parameters
    ----------
    graph
        The graph.
    strategies
        One or several, each a name, a subclass of `Strategy`, a tuple of either and its parameters, or, where
        parameters are to be tuned, a `StrategyPlan`; None for all that can be named.
    split, articles, hide, k, seed, resamples, metrics, tune, name
        As `Plan` takes them; "all" articles are None.
    on_progress
        Is called before each step.

    Returns
    -------
    Evaluation
        The same on every run, but for the times. Where it was interrupted from the keyboard, it has the
        strategies that were finished.

    Raises
    ------
    ExperimentError
        Where an argument is wrong, no link can be hidden, or a strategy fails.

    Examples
    --------
    >>> evaluation = graph.recommend.evaluate(g, ["linked", ("content", {"power": 1.0}), MyOwn], k=5)
    """
    if strategies is None:
        strategies = registry.strategies()
    elif isinstance(strategies, str | type | StrategyPlan):
        strategies = (strategies,)
    elif not isinstance(strategies, Iterable):
        raise _no_choice(strategies)
    plan = Plan(
        tuple(map(_planned, strategies)),
        name=name,
        split=split_kind(split),
        articles=None if articles == "all" else articles,
        hide=hide,
        k=k,
        seed=seed,
        resamples=resamples,
        metrics=(metrics,) if isinstance(metrics, str) else tuple(metrics),
        tune=tune,
    )
    return run(graph, plan, on_progress=on_progress)


def run(
    graph: KnowledgeGraph,
    plan: Plan,
    *,
    on_progress: Callable[[Progress], None] | None = None,
    on_result: Callable[[Evaluation], None] | None = None,
) -> Evaluation:
    """Run an experiment as it is planned.

    Numpy's threads are limited to one as long as it runs, so that no digit depends on how many cores there
    are.

    Parameters
    ----------
    graph
        The graph.
    plan
        What to do.
    on_progress
        Is called before each step.
    on_result
        Is called after each strategy, with all that is known by then.

    Returns
    -------
    Evaluation
        Where it was interrupted from the keyboard, of the strategies that were finished.

    Raises
    ------
    ExperimentError
        Where no link can be hidden, a strategy fails, or a package is missing that experiments need.
    """
    with one_thread():
        experiment = _Experiment(graph, plan, on_progress or (lambda _progress: None))
        try:
            for planned in plan.strategies:
                experiment.measure(planned)
                if on_result:
                    on_result(experiment.evaluation())
        except KeyboardInterrupt:
            pass  # an evaluation says itself whether it is complete
        return experiment.evaluation()


class _Experiment:
    """What is known so far."""

    def __init__(self, graph: KnowledgeGraph, plan: Plan, report: Callable[[Progress], None]) -> None:
        self._graph = graph
        self._plan = plan
        self._report = report
        self._done = 0
        self._total = 1 + sum(
            len(_STEPS) + (len(planned.combinations()) if planned.grid else 0) for planned in plan.strategies
        )
        self._results: list[StrategyResult] = []
        self._trials: dict[str, list[Trial]] = {}
        self._values: dict[str, dict[str, Values]] = {}
        self._compared: dict[tuple[str, str, str], tuple[Estimate, float]] = {}
        self._step("", "hiding links")
        self._items = Items(graph.columns.number)
        self._whole = training_graph(graph, self._items)
        self._split = self._drawn(Part.TEST)
        self._groups = groups(graph, self._items, self._whole, self._split.order[self._split.items])
        self._audit = LeakAudit(self._whole, registry.strategy_named("content")(), plan.k, plan.seed)

    def measure(self, planned: StrategyPlan) -> None:
        """Measure one strategy, and compare it with those before."""
        label, k = planned.label, self._plan.k
        trials = self._tried(planned) if planned.grid else []
        parameters = next((trial.parameters for trial in trials if trial.chosen), planned.parameters)
        self._step(label, "fitting")
        contestant = Contestant(label, planned.make(parameters), self._split, k)
        self._step(label, "recommending")
        rankings = contestant.rankings()
        self._step(label, "timing")
        p50, p99 = np.percentile(contestant.latencies(), (50, 99)).tolist()
        timing = Timing(contestant.fit_seconds, p50, p99)
        del contestant  # what it holds may be large
        self._step(label, "checking for leaks")
        leak = self._audit.check(label, planned.make(parameters))
        self._step(label, "measuring")
        values = accuracy(rankings, self._split.truth, k)
        result = StrategyResult(
            label=label,
            strategy=planned.name,
            parameters=registry.parameters_of(planned.kind) | dict(parameters),
            accuracy={name: estimates(values[name], *self._drawing) for name in ACCURACY},
            beyond=beyond_accuracy(rankings, self._split.items, self._split.graph, k),
            strata=tuple(self._strata({name: values[name][:, -1] for name in ACCURACY})),
            leak=leak,
            timing=timing,
            hits=hits(rankings, self._split.truth),
        )
        if not leak.leaks:
            self._compare(label, {name: values[name][:, -1] for name in self._plan.metrics})
        self._trials[label] = trials
        self._results.append(result)  # last: an interrupt leaves it out with all that belongs to it

    def evaluation(self) -> Evaluation:
        """All that is known."""
        return Evaluation(
            name=self._plan.name,
            graph_version=self._graph.version,
            package_version=__version__,
            settings=self._plan.settings(),
            counts={
                "articles": self._graph.article_count,
                "items": len(self._items),
                "links": len(self._whole.outgoing.values),
                "hidden_links": self._split.hidden,
                "test_items": len(self._split.items),
            },
            strategies=tuple(self._results),
            comparisons=tuple(self._comparisons()),
            trials=tuple(trial for result in self._results for trial in self._trials[result.label]),
            complete=len(self._results) == len(self._plan.strategies),
            targets=tuple(self._split.truth.sizes.tolist()),
            test_set=fingerprint(self._split.items, self._split.truth),
        )

    @property
    def _drawing(self) -> tuple[int, int]:
        return self._plan.seed, self._plan.resamples

    def _step(self, strategy: str, step: str) -> None:
        self._report(Progress(strategy, step, self._done, self._total))
        self._done += 1

    def _drawn(self, part: Part) -> Split:
        plan = self._plan
        return split(self._whole, plan.split, plan.articles, plan.hide, plan.seed, part)

    @functools.cached_property
    def _validation(self) -> Split:
        return self._drawn(Part.VALIDATION)

    def _tried(self, planned: StrategyPlan) -> list[Trial]:
        """Each combination of a strategy's parameters and its score on the validation part; one is chosen."""
        combinations = planned.combinations()
        scores = [self._score(planned, parameters) for parameters in combinations]
        best = int(np.argmax(scores))  # the first of equals
        return [
            Trial(planned.name, parameters, score, chosen=number == best)
            for number, (parameters, score) in enumerate(zip(combinations, scores, strict=True))
        ]

    def _score(self, planned: StrategyPlan, parameters: Mapping[str, Any]) -> float:
        told = ", ".join(f"{name}={parameters[name]}" for name in planned.grid)
        self._step(planned.label, f"trying {told}")
        validation, k = self._validation, self._plan.k
        contestant = Contestant(f"{planned.name} ({told})", planned.make(parameters), validation, k)
        values = accuracy(contestant.rankings(), validation.truth, k)[self._plan.tune]
        return round(float(values[:, -1].mean()), 10)  # no rounding error may choose

    def _strata(self, values: Mapping[str, Values]) -> Iterable[Stratum]:
        for dimension, value, members in self._groups:
            metrics = {name: estimate(values[name][members], *self._drawing) for name in ACCURACY}
            yield Stratum(dimension, value, len(members), metrics)

    def _compare(self, label: str, values: dict[str, Values]) -> None:
        tests = {
            (metric, earlier, label): compare(before[metric], values[metric], *self._drawing)
            for earlier, before in self._values.items()
            for metric in values
        }
        self._compared |= tests
        self._values[label] = values

    def _comparisons(self) -> Iterable[Comparison]:
        labels = [result.label for result in self._results if not result.leak.leaks]
        pairs = [*itertools.combinations(labels, 2)]
        for metric in self._plan.metrics:
            tests = [self._compared[metric, *pair] for pair in pairs]
            corrected = holm([p for _, p in tests])
            for pair, (difference, p), p_corrected in zip(pairs, tests, corrected, strict=True):
                yield Comparison(metric, *pair, difference, p, p_corrected)


def _planned(choice: Choice) -> StrategyPlan:
    if isinstance(choice, StrategyPlan):
        return choice
    if isinstance(choice, str | type):
        return strategy_plan(choice)
    match choice:
        case (str() | type() as named, Mapping() as parameters):
            return strategy_plan(named, parameters)
    raise _no_choice(choice)


def _no_choice(given: object) -> ExperimentError:
    right = "a name, a subclass of Strategy, a tuple of either and its parameters, or a StrategyPlan"
    return ExperimentError(
        f"strategies: {given!r} is no strategy: give {right}, such as ('random', {{'seed': 3}})"
    )
