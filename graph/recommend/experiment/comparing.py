"""Two runs side by side: what changed from the first to the second, and whether they may be compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .metrics import accuracy_of
from .results import ACCURACY, Estimate, Evaluation, StrategyResult
from .statistics import compare, holm

_SPLIT = ("split", "articles", "hide", "seed")
"""The settings that decide which links are hidden."""


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one metric of one strategy.

    Parameters
    ----------
    label, metric
        Of the strategy; a name of `ACCURACY`.
    first, second
        Its mean in each run, with its interval.
    difference
        Second minus first. With its paired 95 % bootstrap interval where the test items are the same, else
        with nothing: None.
    p, p_corrected
        Of the paired randomization test, and after Holm's correction for all strategies on this metric; None
        where the test items differ.
    """

    label: str
    metric: str
    first: Estimate
    second: Estimate
    difference: Estimate | None
    p: float | None
    p_corrected: float | None

    @property
    def change(self) -> float:
        """Second minus first."""
        return self.second.mean - self.first.mean

    @property
    def overlap(self) -> bool:
        """Whether the two intervals overlap: that alone is no proof of no difference."""
        return self.first.low <= self.second.high and self.second.low <= self.first.high


class Differing(NamedTuple):
    """Something that the runs were made with, and its two values; None where a run has no such thing."""

    name: str
    first: Any
    second: Any


@dataclass(frozen=True, slots=True)
class RunComparison:
    """Two runs side by side.

    Parameters
    ----------
    first, second
        Their names.
    k
        At which rank they are compared: the smaller of their k.
    changes
        For each metric that either run shows, strategy by strategy in the first run's order.
    only_first, only_second
        Labels of the strategies that one run alone has.
    differing
        What they were made with and is not the same: versions, settings, and parameters of the strategies in
        both.
    paired
        Whether they have the same test items, so that each item's results could be compared.
    warnings
        Why they may not be compared, or with care; in sentences.
    """

    first: str
    second: str
    k: int
    changes: tuple[Change, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    differing: tuple[Differing, ...]
    paired: bool
    warnings: tuple[str, ...]


def compare_runs(first: Evaluation, second: Evaluation) -> RunComparison:
    """Compare two runs by the strategies that both have, matched by label.

    Where both asked for the same hidden links, the differences are tested item by item with the first run's
    seed and number of resamples, as strategies within a run are. Where not, there are means and intervals
    only.

    Parameters
    ----------
    first, second
        What two experiments found, such as before and after a change.

    Returns
    -------
    RunComparison
        What changed, and what makes the runs hard to compare.
    """
    labels = [[result.label for result in run.strategies] for run in (first, second)]
    both = [label for label in labels[0] if label in labels[1]]
    k = min(first.k, second.k)
    paired = bool(first.test_set) and first.test_set == second.test_set
    return RunComparison(
        first=first.name,
        second=second.name,
        k=k,
        changes=tuple(_changes(first, second, both, k, paired)),
        only_first=tuple(label for label in labels[0] if label not in both),
        only_second=tuple(label for label in labels[1] if label not in both),
        differing=tuple(_differing(first, second, both)),
        paired=paired,
        warnings=tuple(_warnings(first, second, both, paired)),
    )


def _changes(
    first: Evaluation, second: Evaluation, both: list[str], k: int, paired: bool
) -> Iterator[Change]:
    shown = {*first.settings["metrics"], *second.settings["metrics"]}
    drawing = first.settings["seed"], first.settings["resamples"]
    before, after = ([_at(run, run[label], k) for label in both if paired] for run in (first, second))
    for metric in (name for name in ACCURACY if name in shown):
        tests = [compare(new[metric], old[metric], *drawing) for old, new in zip(before, after, strict=True)]
        corrected = holm([p for _, p in tests])
        for number, label in enumerate(both):
            old, new = (run[label].accuracy[metric][k - 1] for run in (first, second))
            test = (*tests[number], corrected[number]) if paired else (None, None, None)
            yield Change(label, metric, old, new, *test)


def _at(run: Evaluation, result: StrategyResult, k: int) -> Mapping[str, npt.NDArray[np.float64]]:
    return {name: values[:, -1] for name, values in accuracy_of(result.hits, run.targets, k).items()}


def _differing(first: Evaluation, second: Evaluation, both: Iterable[str]) -> Iterator[Differing]:
    pairs = [
        (name, getattr(first, name), getattr(second, name)) for name in ("graph_version", "package_version")
    ]
    settings = dict.fromkeys([*first.settings, *second.settings])
    settings.pop("strategies", None)  # told by label
    pairs += [(name, first.settings.get(name), second.settings.get(name)) for name in settings]
    for label in both:
        here, there = first[label].parameters, second[label].parameters
        names = dict.fromkeys([*here, *there])
        pairs += [(f"{label}: {name}", here.get(name), there.get(name)) for name in names]
    return (Differing(*pair) for pair in pairs if pair[1] != pair[2])


def _warnings(first: Evaluation, second: Evaluation, both: list[str], paired: bool) -> Iterator[str]:
    if not both:
        yield "No strategy is in both runs."
    if first.graph_version != second.graph_version:
        yield "The graphs differ: strategies did not know the same."
    differing = [name for name in _SPLIT if first.settings.get(name) != second.settings.get(name)]
    if differing:
        yield f"Other links are hidden, for these settings differ: {', '.join(differing)}."
    if not paired:
        yield "The test items are not the same: a difference may be theirs, and no paired test can be made."
    if first.k != second.k:
        yield f"k is {first.k} and {second.k}: they are compared at {min(first.k, second.k)}."
    for run, which in ((first, "first"), (second, "second")):
        if not run.complete:
            yield f"The {which} run was interrupted: strategies are missing."
