"""What an experiment found: plain, typed records, and the files that they are kept in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import table

ACCURACY = ("hit_rate", "recall", "mrr", "ndcg", "map")
"""What is measured at every rank up to k, each with an interval."""
BEYOND_ACCURACY = ("coverage", "gini", "cross_subject", "diversity", "novelty", "served")
"""What is measured at k alone."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over the test items, with its 95 % bootstrap interval."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Stratum:
    """The test items that have something in common, and how well they were served.

    Parameters
    ----------
    dimension
        "degree", "subject" or "copies".
    value
        Such as "2-3", "Mathematics", "with copies".
    items
        How many test items.
    metrics
        Accuracy at k: an estimate for each name of `ACCURACY`.
    """

    dimension: str
    value: str
    items: int
    metrics: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a strategy took; the only results that differ from run to run."""

    fit_seconds: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class LeakCheck:
    """How many of the links of some items a strategy finds where no link at all is shown to it.

    Parameters
    ----------
    recall
        The share that it finds among its k.
    by_text
        The share that `content` finds: what can be known from texts.
    leaks
        Whether it finds too many of those that `content` does not: it must know them from elsewhere.
    """

    recall: float
    by_text: float
    leaks: bool


@dataclass(frozen=True, slots=True)
class StrategyResult:
    """One strategy's results.

    Parameters
    ----------
    label
        Unique in the experiment: the strategy's name, with the parameters that are not its defaults.
    strategy, parameters
        Its name and all its parameters.
    accuracy
        For each name of `ACCURACY` k estimates, at ranks 1 to k.
    beyond
        A number for each name of `BEYOND_ACCURACY`, at k.
    strata
        The same accuracy by stratum.
    leak
        What the leak check found.
    timing
        How long it took.
    hits
        For each test item the ranks, from 1, at which hidden targets were found. All accuracy follows from
        them, and a paired test between two runs.
    """

    label: str
    strategy: str
    parameters: Mapping[str, Any]
    accuracy: Mapping[str, tuple[Estimate, ...]]
    beyond: Mapping[str, float]
    strata: tuple[Stratum, ...]
    leak: LeakCheck
    timing: Timing
    hits: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two strategies on the same test items: a paired randomization test.

    Parameters
    ----------
    metric
        A name of `ACCURACY`, at k.
    first, second
        Labels.
    difference
        Mean of first minus second, with its paired 95 % bootstrap interval.
    p, p_corrected
        Two-sided p-value, and the same after Holm's correction for all comparisons on this metric.
    """

    metric: str
    first: str
    second: str
    difference: Estimate
    p: float
    p_corrected: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One combination of a grid, measured on the validation part.

    Parameters
    ----------
    strategy, parameters
        What was tried.
    score
        The mean of the experiment's `tune` metric at k.
    chosen
        Whether it was the best of its strategy, and so was measured on the test part.
    """

    strategy: str
    parameters: Mapping[str, Any]
    score: float
    chosen: bool


@dataclass(frozen=True, slots=True, repr=False)
class Evaluation:
    """A whole experiment.

    Parameters
    ----------
    name
        Of the experiment.
    graph_version, package_version
        What it was run on, and with.
    settings
        All that it was run with: split, sizes, k, seed, resamples, metrics; enough to run it again.
    counts
        Articles, items, links in the graph; links hidden; test items.
    strategies
        In the order in which they were asked for.
    comparisons
        Every pair, for each metric that is compared.
    trials
        Of grids; none without.
    complete
        False where it was interrupted, and later strategies are missing.
    targets
        For each test item how many targets are hidden.
    test_set
        A fingerprint of the test items and their targets: two runs with the same one asked the same.
    """

    name: str
    graph_version: str
    package_version: str
    settings: Mapping[str, Any]
    counts: Mapping[str, int]
    strategies: tuple[StrategyResult, ...]
    comparisons: tuple[Comparison, ...]
    trials: tuple[Trial, ...]
    complete: bool
    targets: tuple[int, ...] = ()
    test_set: str = ""

    def __getitem__(self, label: str) -> StrategyResult:
        """The results of the strategy with a label."""
        for result in self.strategies:
            if result.label == label:
                return result
        raise KeyError(f"{label!r}; there are: {', '.join(result.label for result in self.strategies)}")

    @property
    def k(self) -> int:
        """How many recommendations were asked for."""
        return int(self.settings["k"])

    def to_pandas(self) -> Any:
        """All numbers as one tidy table, as in results.csv.

        Returns
        -------
        pandas.DataFrame
            A row for each number; columns as `table.Row` says.

        Raises
        ------
        ExperimentError
            Where pandas is not installed.
        """
        return table.data_frame(self)

    def __repr__(self) -> str:
        return table.as_text(self)

    def _repr_html_(self) -> str:
        return table.as_html(self)
