"""An evaluation → report.html: one page that needs nothing else, to read, print and pass on."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from . import plots
from .errors import ExperimentError
from .extra import extra
from .files import write_whole
from .plan import SplitKind
from .records import plain
from .results import ACCURACY, BEYOND_ACCURACY, Comparison, Estimate, Evaluation, StrategyResult, Stratum

SIGNIFICANT = 0.05
"""A corrected p-value below this is a difference."""

METRICS = {
    "hit_rate": ("hit rate", "The share of test articles for which any hidden link is among the k."),
    "recall": ("recall", "The share of an article's hidden links that are among the k; the mean."),
    "mrr": (
        "MRR",
        "1 divided by the rank of the first hidden link, 0 where none is among the k; the mean.",
    ),
    "ndcg": (
        "nDCG",
        "Hidden links found, each worth less the further down it stands, as a share of what the best order "
        "would give; the mean.",
    ),
    "map": (
        "MAP",
        "At each hidden link found, the share of hidden links among what stands down to it; their sum "
        "divided by how many links are hidden; the mean.",
    ),
    "coverage": ("coverage", "The share of all articles that are recommended for any test article."),
    "gini": ("Gini", "How unevenly recommendations fall on articles: 0 is evenly, 1 is all on one."),
    "cross_subject": (
        "cross-subject",
        "The share of recommendations that have no subject in common with the article.",
    ),
    "diversity": ("diversity", "How unlike the articles of one list are, from 0, all alike, to 1."),
    "novelty": (
        "novelty",
        "How rarely what is recommended is linked to, in bits: higher is less well known.",
    ),
    "served": ("served", "The share of test articles that are given k recommendations."),
}
"""What each metric is called, and how to read it."""

_DIMENSIONS = {
    "degree": "how many articles it links to or is linked from",
    "subject": "its first, where it has several",
    "copies": "whether the question is asked under several subjects",
}
_HIGHER, _LOWER = {*ACCURACY, "coverage", "served"}, {"gini", "fit_seconds", "p50_ms", "p99_ms"}
_TIMES = ("fit_seconds", "p50_ms", "p99_ms")
_CURVES = ("hit_rate", "ndcg")


class Plot(NamedTuple):
    """A plot, with its heading and what it shows."""

    heading: str
    caption: str
    svg: str


@dataclass(frozen=True, slots=True)
class Rival:
    """A strategy beside the best one: by how much that is better, and whether that may be chance."""

    label: str
    difference: Estimate
    p: float

    @property
    def is_worse(self) -> bool:
        """Whether the difference is significant."""
        return self.p < SIGNIFICANT


def write_report(evaluation: Evaluation, folder: Path) -> Path:
    """Write the report of an evaluation.

    Parameters
    ----------
    evaluation
        What was found.
    folder
        Where to; it is made if there is none.

    Returns
    -------
    Path
        The file, ``report.html``. The same evaluation gives the same bytes.

    Raises
    ------
    ExperimentError
        Where it cannot be written, and then one that was there is as it was; or where a package is missing
        that experiments need.
    """
    path = folder / "report.html"
    content = _html(evaluation).encode("utf-8", "replace")
    try:
        write_whole(folder, {path.name: content})
    except OSError as error:
        raise ExperimentError(f"{path} cannot be written: {error.strerror or error}") from error
    return path


def _html(evaluation: Evaluation) -> str:
    first = evaluation.settings["metrics"][0]
    ranked = sorted(evaluation.strategies, key=lambda s: (s.leak.leaks, -s.accuracy[first][-1].mean))
    honest = [strategy for strategy in ranked if not strategy.leak.leaks]
    highest = honest[0].accuracy[first][-1].mean if honest else 0
    leaders = [strategy for strategy in honest if strategy.accuracy[first][-1].mean == highest]
    compared = _compared(evaluation.comparisons)
    return str(
        _template().render(
            evaluation=evaluation,
            settings=evaluation.settings,
            counts=evaluation.counts,
            first=first,
            ranked=ranked,
            rank={strategy.label: number for number, strategy in enumerate(ranked, 1)},
            leaders=leaders,
            rivals=_rivals(leaders, honest, first, compared),
            bests=_bests(honest),
            accuracy=ACCURACY,
            beyond=BEYOND_ACCURACY,
            strata=_strata(ranked, first),
            plots=_plots(ranked, first, evaluation.settings["k"]) if ranked else [],
            honest=honest,
            compared=compared,
            sheet=_sheet(evaluation),
        )
    )


def _compared(comparisons: Sequence[Comparison]) -> dict[tuple[str, str, str], Rival]:
    """Each comparison from both sides: metric, one label, the other's → the other as a rival."""
    found = {}
    for c in comparisons:
        turned = Estimate(-c.difference.mean, -c.difference.high, -c.difference.low)
        found[c.metric, c.first, c.second] = Rival(c.second, c.difference, c.p_corrected)
        found[c.metric, c.second, c.first] = Rival(c.first, turned, c.p_corrected)
    return found


def _rivals(
    leaders: Sequence[StrategyResult],
    honest: Sequence[StrategyResult],
    metric: str,
    compared: Mapping[tuple[str, str, str], Rival],
) -> list[Rival]:
    """The others beside the first of the best."""
    return [compared[metric, leaders[0].label, other.label] for other in honest[len(leaders) :]]


def _bests(honest: Sequence[StrategyResult]) -> set[tuple[str, str]]:
    """The column and label of each value that is the best of its column, where not all are.

    Who recommends nothing is quick and even at it, and best at nothing.
    """
    found = set[tuple[str, str]]()
    serving = [strategy for strategy in honest if strategy.beyond["coverage"] > 0]
    for column in (*_HIGHER, *_LOWER):
        values = {strategy.label: _value(strategy, column) for strategy in serving}
        if len(set(values.values())) > 1:
            best = (min if column in _LOWER else max)(values.values())
            found |= {(column, label) for label, value in values.items() if value == best}
    return found


def _value(strategy: StrategyResult, column: str) -> float:
    if column in ACCURACY:
        return strategy.accuracy[column][-1].mean
    return float(getattr(strategy.timing, column)) if column in _TIMES else strategy.beyond[column]


def _strata(ranked: Sequence[StrategyResult], metric: str) -> dict[str, tuple[list[Stratum], float]]:
    """By dimension its strata, and the highest mean in any."""
    found: dict[str, tuple[list[Stratum], float]] = {}
    for dimension in dict.fromkeys(stratum.dimension for s in ranked for stratum in s.strata):
        members = [[stratum for stratum in s.strata if stratum.dimension == dimension] for s in ranked]
        found[dimension] = members[0], max(stratum.metrics[metric].mean for row in members for stratum in row)
    return found


def _plots(ranked: Sequence[StrategyResult], first: str, k: int) -> list[Plot]:
    drawn = []
    for metric in dict.fromkeys((*_CURVES, first)):
        title = _title(metric)
        drawn.append(
            Plot(
                f"{title} by k",
                "Of the first k recommendations, with 95 % intervals.",
                plots.by_rank(f"{metric}-by-rank", f"{title} by k", ranked, metric),
            )
        )
    if any(stratum.dimension == "degree" for stratum in ranked[0].strata):
        for metric in dict.fromkeys((*_CURVES, first)):
            title = f"{_title(metric)}@{k} by degree"
            caption = "By how many articles a test article links to or is linked from, with 95 % intervals."
            svg = plots.by_stratum(f"{metric}-by-degree", title, ranked, metric, "degree")
            drawn.append(Plot(title, caption, svg))
    title = f"Coverage and {METRICS[first][0]}@{k}"
    caption = "Further up finds more hidden links; further right recommends more of all articles."
    drawn.append(Plot(title, caption, plots.coverage_against("coverage", title, ranked, first)))
    title, caption = "Time of one answer", "From the median to the 99th percentile; logarithmic."
    answers = [(s.timing.p50_ms, s.timing.p99_ms) for s in ranked]
    drawn.append(Plot(title, caption, plots.spans("latency", title, ranked, answers, "milliseconds")))
    title, caption = "Time to fit", "Once for each version of the graph; logarithmic."
    fits = [(s.timing.fit_seconds,) for s in ranked]
    drawn.append(Plot(title, caption, plots.spans("fit", title, ranked, fits, "seconds")))
    return drawn


def _title(metric: str) -> str:
    name = METRICS[metric][0]
    return name if name[1].isupper() else name.capitalize()


def _sheet(evaluation: Evaluation) -> str:
    """The settings as the file that runs the experiment again."""
    settings = plain(evaluation.settings)
    strategies = [
        {"name": each["strategy"]} | {part: each[part] for part in ("parameters", "grid") if each[part]}
        for each in settings.pop("strategies")
    ]
    articles = settings.pop("articles")
    kind, hide = settings.pop("split"), settings.pop("hide")
    split = {"kind": kind, "articles": "all" if articles is None else articles}
    if kind != SplitKind.COLD_START:
        split["hide"] = hide
    sheet = {"name": evaluation.name, "split": split, **settings, "strategies": strategies}
    return str(yaml.safe_dump(sheet, sort_keys=False, allow_unicode=True, default_flow_style=False))


@functools.cache
def _template() -> Any:
    jinja2 = extra("jinja2")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(metrics=METRICS, dimensions=_DIMENSIONS, title=_title, value=_value)
    environment.filters.update(signed=_signed, p=_p, brief=_brief)
    return environment.get_template("report.html.jinja")


def _signed(number: float) -> str:
    return f"{number:+z.3f}".replace("-", "\N{MINUS SIGN}")


def _p(p: float) -> str:
    return f"= {p:.3f}" if p >= 0.001 else "< 0.001"


def _brief(number: float) -> str:
    """Three digits that matter, or two below 1, down to a thousandth, and no exponent."""
    if 0 < number < 0.001:
        return "< 0.001"
    if number < 1:
        return np.format_float_positional(number, 2, unique=False, fractional=False)
    decimals = 2 if number < 10 else 1 if number < 100 else 0
    return f"{number:,.{decimals}f}"
