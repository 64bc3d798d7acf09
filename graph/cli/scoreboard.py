"""What an experiment found, as plain tables."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from ..recommend.experiment import Evaluation, StrategyResult
from ..recommend.experiment.report import SIGNIFICANT
from .tables import Column, interval, tables


def scoreboard(evaluation: Evaluation, width: int) -> str:
    """What an experiment found, for people to read.

    Parameters
    ----------
    evaluation
        With at least one strategy.
    width
        The longest line, in characters; at least 60.
    """
    results = evaluation.strategies
    labels = [result.label for result in results]
    accuracy, others = [*_accuracy(evaluation)], [*_others(results)]
    shown = tables(labels, accuracy + others, width)
    if len(shown) > 1:
        shown = tables(labels, accuracy, width) + tables(labels, others, width)
    below = (*_legend(results), *_chosen(evaluation), *_warnings(results))
    return "\n\n".join((_head(evaluation), *shown, *(textwrap.fill(text, width) for text in below)))


def _head(evaluation: Evaluation) -> str:
    counts, settings = evaluation.counts, evaluation.settings
    hidden = f"{counts['hidden_links']:,} of {counts['links']:,} links hidden"
    return (
        f"{evaluation.name}: {settings['split']}, k = {evaluation.k}, seed {settings['seed']}\n"
        f"{hidden}, {counts['test_items']:,} test articles"
    )


def _accuracy(evaluation: Evaluation) -> Iterator[Column]:
    """For each metric the mean with its interval, and a mark for the best and those that may be as good."""
    for metric in evaluation.settings["metrics"]:
        marks = _marks(evaluation, metric)
        cells = [
            f"{interval(result.accuracy[metric][-1])} {marks.get(result.label, ' ')}"
            for result in evaluation.strategies
        ]
        yield Column(f"{metric}@{evaluation.k}  ", cells)


def _marks(evaluation: Evaluation, metric: str) -> dict[str, str]:
    """A strategy that leaks is neither the best nor as good."""
    means = {
        result.label: result.accuracy[metric][-1].mean
        for result in evaluation.strategies
        if not result.leak.leaks
    }
    if len(evaluation.strategies) < 2 or not means:
        return {}
    best = {label: "*" for label, mean in means.items() if mean == max(means.values())}
    unsure = {
        label: "~"
        for test in evaluation.comparisons
        if test.metric == metric
        and best.keys() & {test.first, test.second}
        and test.p_corrected >= SIGNIFICANT
        for label in (test.first, test.second)
    }
    return unsure | best


def _others(results: Sequence[StrategyResult]) -> Iterator[Column]:
    yield Column("coverage", [f"{result.beyond['coverage']:.1%}" for result in results])
    yield Column("fit s", [f"{result.timing.fit_seconds:.2f}" for result in results])
    yield Column("p50 ms", [f"{result.timing.p50_ms:.2f}" for result in results])
    yield Column("p99 ms", [f"{result.timing.p99_ms:.2f}" for result in results])


def _legend(results: Sequence[StrategyResult]) -> Iterator[str]:
    if len(results) > 1:
        yield "* best; ~ not significantly worse (paired randomization test, Holm, p >= 0.05)"


def _chosen(evaluation: Evaluation) -> Iterator[str]:
    """The parameters of those that were tuned: their labels do not tell."""
    for planned, result in zip(evaluation.settings["strategies"], evaluation.strategies, strict=False):
        if planned["grid"]:
            told = ", ".join(f"{name}={result.parameters[name]}" for name in planned["grid"])
            yield f"{result.label}: chosen {told}"


def _warnings(results: Iterable[StrategyResult]) -> Iterator[str]:
    for result in results:
        if result.leak.leaks:
            found, told = result.leak.recall, result.leak.by_text
            yield (
                f"WARNING: {result.label} leaks. Where no link at all is shown it finds {found:.0%} of them, "
                f"and texts tell {told:.0%}: it has them from elsewhere. Its figures mean nothing."
            )
