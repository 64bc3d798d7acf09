"""What experiments could have found."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from graph.recommend.experiment.metrics import Hits, accuracy_of
from graph.recommend.experiment.results import (
    BEYOND_ACCURACY,
    Comparison,
    Evaluation,
    LeakCheck,
    StrategyResult,
    Stratum,
    Timing,
    Trial,
)
from graph.recommend.experiment.statistics import compare, estimate, estimates

SETTINGS = {
    "split": "hidden-links",
    "articles": 4,
    "hide": 1,
    "k": 3,
    "seed": 5,
    "resamples": 200,
    "metrics": ["hit_rate", "mrr"],
    "tune": "mrr",
    "strategies": [{"strategy": "near", "parameters": {}, "grid": {}}],
}
NEAR: Hits = ((1,), (2,), (), (1,))
FAR: Hits = ((3,), (), (), (2,))


def result(
    label: str, found: Hits, parameters: Mapping[str, Any] | None = None, k: int = 3, slow: float = 1.0
) -> StrategyResult:
    """A strategy that found the one target of each test item at these ranks."""
    values = accuracy_of(found, [1] * len(found), k)
    half = {name: column[: len(found) // 2, -1] for name, column in values.items()}
    stratum = Stratum("degree", "2-3", len(found) // 2, {n: estimate(v, 5, 200) for n, v in half.items()})
    return StrategyResult(
        label=label,
        strategy=label.partition(" ")[0],
        parameters=parameters or {},
        accuracy={name: estimates(columns, 5, 200) for name, columns in values.items()},
        beyond={name: 0.125 * number for number, name in enumerate(BEYOND_ACCURACY)},
        strata=(stratum,),
        leak=LeakCheck(0.25, 0.5, leaks=False),
        timing=Timing(slow, slow / 10, slow / 5),
        hits=tuple(tuple(ranks) for ranks in found),
    )


def evaluation(
    *results: StrategyResult, settings: Mapping[str, Any] | None = None, **other: Any
) -> Evaluation:
    """An experiment that found these results; by default near and far."""
    results = results or (result("near", NEAR), result("far (b=2)", FAR, {"b": 2, "a": [1, "x"]}))
    all_settings = SETTINGS | dict(settings or {})
    made = Evaluation(
        name="made up",
        graph_version="0123abcd",
        package_version="1.2.3",
        settings=all_settings,
        counts={"articles": 20, "items": 18, "links": 40, "hidden_links": 4, "test_items": 4},
        strategies=results,
        comparisons=tuple(comparisons(results)),
        trials=(Trial("near", {"b": 1}, 0.5, chosen=False), Trial("near", {"b": 2}, 0.625, chosen=True)),
        complete=True,
        targets=(1,) * len(results[0].hits),
        test_set="feedbeef",
    )
    return dataclasses.replace(made, **other)


def comparisons(results: Sequence[StrategyResult]) -> list[Comparison]:
    if len(results) < 2:
        return []
    first, second = results[:2]
    values = [accuracy_of(each.hits, [1] * len(each.hits), 3)["mrr"][:, -1] for each in (first, second)]
    difference, p = compare(*values, 5, 200)
    return [Comparison("mrr", first.label, second.label, difference, p, p)]
