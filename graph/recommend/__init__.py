"""Recommendations: strategies that rank articles, what a reader is given, and experiments that compare them.

    import graph

    g = graph.load("seeds")
    graph.recommend.recommender_of(g).recommend([g.articles[0]], 5)

Names are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

_HOMES = {
    "DEFAULT": "registry",
    "Evaluation": "experiment",
    "Evidence": "strategy",
    "ExperimentError": "experiment",
    "Items": "training",
    "NotKeptError": "training",
    "Plan": "experiment",
    "Ranking": "strategy",
    "Recommendation": "recommending",
    "Recommender": "recommending",
    "Rows": "rows",
    "RunComparison": "experiment",
    "Stems": "training",
    "Strategy": "strategy",
    "StrategyError": "registry",
    "StrategyPlan": "experiment",
    "Text": "training",
    "TrainingGraph": "training",
    "best": "strategy",
    "compare_runs": "experiment",
    "evaluate": "experiment",
    "make_strategy": "registry",
    "read_results": "experiment",
    "recommender_of": "recommending",
    "strategies": "registry",
    "strategy_named": "registry",
    "training_graph": "training",
    "write_report": "experiment",
    "write_results": "experiment",
}

__all__ = [
    "DEFAULT",
    "Evaluation",
    "Evidence",
    "ExperimentError",
    "Items",
    "NotKeptError",
    "Plan",
    "Ranking",
    "Recommendation",
    "Recommender",
    "Rows",
    "RunComparison",
    "Stems",
    "Strategy",
    "StrategyError",
    "StrategyPlan",
    "Text",
    "TrainingGraph",
    "best",
    "compare_runs",
    "evaluate",
    "make_strategy",
    "read_results",
    "recommender_of",
    "strategies",
    "strategy_named",
    "training_graph",
    "write_report",
    "write_results",
]

if TYPE_CHECKING:
    from .experiment import (
        Evaluation,
        ExperimentError,
        Plan,
        RunComparison,
        StrategyPlan,
        compare_runs,
        evaluate,
        read_results,
        write_report,
        write_results,
    )
    from .recommending import Recommendation, Recommender, recommender_of
    from .registry import DEFAULT, StrategyError, make_strategy, strategies, strategy_named
    from .rows import Rows
    from .strategy import Evidence, Ranking, Strategy, best
    from .training import Items, NotKeptError, Stems, Text, TrainingGraph, training_graph


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
