"""Made-up evaluations, as real ones look."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from graph.recommend.experiment.results import (
    ACCURACY,
    Comparison,
    Estimate,
    Evaluation,
    LeakCheck,
    StrategyResult,
    Stratum,
    Timing,
    Trial,
)

NINE = (
    "hybrid", "personalized-pagerank", "personalized-pagerank (restart=0.3)", "adamic-adar", "linked",
    "content", "embedding (dimensions=64, window=5)", "popular", "random",
)  # fmt: skip
_STRATA = {
    "degree": {"1": 212, "2-3": 702, "4-7": 1204, "8-15": 771, "16+": 111},
    "subject": {"Mathematics": 800, "History of Science": 640, "Computing": 410, "other": 1000, "none": 150},
    "copies": {"without copies": 2780, "with copies": 220},
}


def made_up(
    labels: Sequence[str] = NINE,
    *,
    k: int = 10,
    seed: int = 0,
    scale: float = 1.0,
    leaking: Sequence[str] = (),
    strata: bool = True,
    trials: bool = True,
    complete: bool = True,
    **settings: Any,
) -> Evaluation:
    """An evaluation of strategies, each a little worse than the one before it.

    Parameters
    ----------
    labels
        Of the strategies.
    k
        How many recommendations.
    seed
        Of the numbers.
    scale
        Of all accuracy; 0 where nothing was found.
    leaking
        The labels of those that leak.
    strata, trials
        Whether there are any.
    complete
        Whether it was not interrupted.
    settings
        Others than the usual.
    """
    random = np.random.default_rng(seed)
    results = [
        _result(label, number, k, scale * 0.8 / (1 + 0.18 * number**1.4), label in leaking, strata, random)
        for number, label in enumerate(labels)
    ]
    compared = [result for result in results if not result.leak.leaks]
    return Evaluation(
        name="links",
        graph_version="6f1c0a9be27d4385",
        package_version="0.1.0",
        settings={
            "split": "hidden-links", "articles": 3000, "hide": 1, "k": k, "seed": 7, "resamples": 2000,
            "metrics": ["hit_rate", "mrr", "ndcg"], "tune": "mrr",
            "strategies": [
                {"strategy": label.split(" ")[0], "parameters": {}, "grid": {}} for label in labels
            ],
            **settings,
        },
        counts={"articles": 35950, "items": 33404, "links": 128211, "hidden_links": 3000, "test_items": 3000},
        strategies=tuple(results),
        comparisons=tuple(
            _comparison(metric, first, second)
            for metric in ("hit_rate", "mrr", "ndcg")
            for first, second in itertools.combinations(compared, 2)
        ),
        trials=tuple(
            Trial("content", {"b": b, "steps": steps}, 0.2 + 0.01 * steps - b / 100, (b, steps) == (0.5, 2))
            for b in (0.5, 0.75)
            for steps in (0, 1, 2)
        ) if trials else (),
        complete=complete,
    )  # fmt: skip


def _result(
    label: str, number: int, k: int, level: float, leaks: bool, strata: bool, random: np.random.Generator
) -> StrategyResult:
    share = {"hit_rate": 1.0, "recall": 0.97, "mrr": 0.55, "ndcg": 0.64, "map": 0.53}
    ranks = np.log1p(np.arange(1, k + 1)) / np.log1p(k)
    accuracy = {
        metric: tuple(_estimate(level * share[metric] * rank**0.8, 3000) for rank in ranks.tolist())
        for metric in ACCURACY
    }
    groups = [
        Stratum(dimension, value, items, {
            metric: _estimate(level * share[metric] * random.uniform(0.7, 1.1), items) for metric in ACCURACY
        })
        for dimension, values in _STRATA.items() for value, items in values.items()
    ] if strata else []  # fmt: skip
    beyond = {
        "coverage": random.uniform(0.3, 0.7), "gini": random.uniform(0.3, 0.9),
        "cross_subject": random.uniform(0, 0.3), "diversity": random.uniform(0.4, 0.9),
        "novelty": random.uniform(10, 16), "served": 1.0 if number % 2 else 0.87,
    }  # fmt: skip
    p50 = 0.02 * 1.9**number
    return StrategyResult(
        label=label,
        strategy=label.split(" ")[0],
        parameters={"restart": 0.5, "steps": number} if number else {},
        accuracy=accuracy,
        beyond=beyond,
        strata=tuple(groups),
        leak=LeakCheck(0.93 if leaks else 0.19, 0.21, leaks),
        timing=Timing(0.002 * 3.1**number, p50, p50 * random.uniform(1.5, 9)),
    )


def _estimate(mean: float, items: int) -> Estimate:
    half = 1.96 * (max(mean * (1 - mean), 0) / items) ** 0.5
    return Estimate(mean, max(mean - half, 0), min(mean + half, 1))


def _comparison(metric: str, first: StrategyResult, second: StrategyResult) -> Comparison:
    mean = first.accuracy[metric][-1].mean - second.accuracy[metric][-1].mean
    p = float(np.exp(-abs(mean) * 60))
    return Comparison(
        metric, first.label, second.label, Estimate(mean, mean - 0.017, mean + 0.017), p, min(1, 3 * p)
    )
