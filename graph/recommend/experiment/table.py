"""An evaluation as rows: one for each number, for results.csv and pandas; a few for a notebook."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from .extra import extra
from .records import plain

if TYPE_CHECKING:
    from .results import Estimate, Evaluation, StrategyResult


class Row(NamedTuple):
    """One number.

    Parameters
    ----------
    label, strategy
        As in `StrategyResult`; of a trial the label is the strategy.
    parameters
        As JSON, names in order.
    part
        "test", or "validation" for the trials of a grid.
    dimension, stratum
        Which test items: as in `Stratum`, "all" for all.
    metric
        A name of `ACCURACY` or `BEYOND_ACCURACY`, "leak_recall" and "leak_by_text" as in `LeakCheck`, or
        "fit_seconds", "p50_ms" and "p99_ms" as in `Timing`.
    k
        At which rank rankings were cut.
    value, low, high
        The number and its 95 % interval; None where there is none.
    items
        Of how many test items; None for a trial.
    """

    label: str
    strategy: str
    parameters: str
    part: str
    dimension: str
    stratum: str
    metric: str
    k: int
    value: float
    low: float | None
    high: float | None
    items: int | None


def rows(evaluation: Evaluation) -> Iterator[Row]:
    """All numbers, strategy by strategy, then the trials of grids."""
    for result in evaluation.strategies:
        yield from _strategy_rows(result, evaluation.k, evaluation.counts["test_items"])
    tune = str(evaluation.settings["tune"])
    for trial in evaluation.trials:
        name, parameters = trial.strategy, _as_json(trial.parameters)
        which = (name, name, parameters, "validation", "all", "all", tune)
        yield Row(*which, evaluation.k, trial.score, None, None, None)


def _strategy_rows(result: StrategyResult, k: int, items: int) -> Iterator[Row]:
    parameters = _as_json(result.parameters)
    name = (result.label, result.strategy, parameters, "test")
    for metric, estimates in result.accuracy.items():
        for rank, estimate in enumerate(estimates, 1):
            yield Row(*name, "all", "all", metric, rank, *_numbers(estimate), items)
    for stratum in result.strata:
        for metric, estimate in stratum.metrics.items():
            which = (stratum.dimension, stratum.value, metric)
            yield Row(*name, *which, k, *_numbers(estimate), stratum.items)
    leak, timing = result.leak, result.timing
    single = {
        **result.beyond,
        "leak_recall": leak.recall,
        "leak_by_text": leak.by_text,
        "fit_seconds": timing.fit_seconds,
        "p50_ms": timing.p50_ms,
        "p99_ms": timing.p99_ms,
    }
    for metric, value in single.items():
        yield Row(*name, "all", "all", metric, k, value, None, None, items)


def _as_json(parameters: Mapping[str, Any]) -> str:
    return json.dumps(plain(parameters), sort_keys=True, ensure_ascii=False)


def _numbers(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.mean, estimate.low, estimate.high


def data_frame(evaluation: Evaluation) -> Any:
    """The rows as a pandas.DataFrame."""
    frame = extra("pandas").DataFrame.from_records(list(rows(evaluation)), columns=Row._fields)
    return frame.astype({"value": float, "low": float, "high": float, "items": "Int64"})


def as_text(evaluation: Evaluation) -> str:
    """The shown metrics of each strategy, to be read."""
    cells = _shown(evaluation)
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [" ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join([_heading(evaluation), *(line.rstrip() for line in lines)])


def as_html(evaluation: Evaluation) -> str:
    """The same as HTML."""
    head, *body = _shown(evaluation)
    lines = (_html_row(cells, "td") for cells in body)
    caption = f"<caption>{html.escape(_heading(evaluation))}</caption>"
    return f"<table>{caption}<thead>{_html_row(head, 'th')}</thead><tbody>{''.join(lines)}</tbody></table>"


def _html_row(cells: list[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"


def _heading(evaluation: Evaluation) -> str:
    about = f"{evaluation.settings['split']}, {evaluation.counts['test_items']:,} test items"
    return f"{evaluation.name}: {about}{'' if evaluation.complete else ', interrupted'}"


def _shown(evaluation: Evaluation) -> list[list[str]]:
    metrics = evaluation.settings["metrics"]
    return [["strategy", *(f"{metric}@{evaluation.k}" for metric in metrics)]] + [
        [result.label, *(_told(result.accuracy[metric][-1]) for metric in metrics)]
        for result in evaluation.strategies
    ]


def _told(estimate: Estimate) -> str:
    return f"{estimate.mean:.3f} [{estimate.low:.3f}, {estimate.high:.3f}]"
