"""Offline experiments: hide links, ask strategies for them, and compare how well they are found."""

from .errors import ExperimentError
from .evaluating import Progress, evaluate, run
from .plan import Plan, SplitKind, StrategyPlan, strategy_plan
from .results import (
    ACCURACY,
    BEYOND_ACCURACY,
    Comparison,
    Estimate,
    Evaluation,
    LeakCheck,
    StrategyResult,
    Stratum,
    Timing,
    Trial,
)

__all__ = [
    "ACCURACY",
    "BEYOND_ACCURACY",
    "Comparison",
    "Estimate",
    "Evaluation",
    "ExperimentError",
    "LeakCheck",
    "Plan",
    "Progress",
    "SplitKind",
    "StrategyPlan",
    "StrategyResult",
    "Stratum",
    "Timing",
    "Trial",
    "evaluate",
    "run",
    "strategy_plan",
]
