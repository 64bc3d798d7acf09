"""Offline experiments: hide links, ask strategies for them, and compare how well they are found."""

from .comparing import Change, RunComparison, compare_runs
from .errors import ExperimentError
from .evaluating import Progress, evaluate, run
from .files import read_results, write_results
from .plan import Plan, SplitKind, StrategyPlan, strategy_plan
from .report import write_report
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
    "Change",
    "Comparison",
    "Estimate",
    "Evaluation",
    "ExperimentError",
    "LeakCheck",
    "Plan",
    "Progress",
    "RunComparison",
    "SplitKind",
    "StrategyPlan",
    "StrategyResult",
    "Stratum",
    "Timing",
    "Trial",
    "compare_runs",
    "evaluate",
    "read_results",
    "run",
    "strategy_plan",
    "write_report",
    "write_results",
]
