"""The plots of a report, as SVG; strategies keep their colour and marker in all of them."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .extra import extra
from .results import Estimate, StrategyResult
from .svg import SURFACE, WIDTH, house_style, inline_svg, printable, series_color

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLORS = 6
"""How many colours there are; the strategies after these have them again with broken lines."""

_MARKERS = "osD^vPX<>phd"
_DASHES = ("-", (0, (4, 2)), (0, (1, 1.5)))
_LABEL_SIZE, _LINE_HEIGHT = 10.5, 13
_LABEL_LETTERS = 22
_LEFT, _TOP, _BOTTOM = 34, 10, 38


def by_rank(name: str, title: str, strategies: Sequence[StrategyResult], metric: str) -> str:
    """A metric at each rank up to k, with its intervals.

    Parameters
    ----------
    name
        Of the plot, unique in the page.
    title
        What it shows, for those who do not see it.
    strategies
        At least one.
    metric
        A name of `ACCURACY`.
    """
    curves = [strategy.accuracy[metric] for strategy in strategies]
    k = len(curves[0])
    said = [f"{s.label}: {curve[-1].mean:.3f}" for s, curve in zip(strategies, curves, strict=True)]
    with house_style():
        figure, axes, page = _canvas(_labels_height(strategies), WIDTH - _labels_width(strategies))
        ends = _draw_curves(axes, curves, bands=k > 1)
        every = math.ceil(k / 10)
        axes.set_xticks(range(every - 1, k, every), [str(rank) for rank in range(every, k + 1, every)])
        axes.set_xlabel("k")
        _label_ends(page, axes, strategies, ends)
        return inline_svg(figure, name, title, f"At k = {k}: {'; '.join(said)}.")


def by_stratum(
    name: str, title: str, strategies: Sequence[StrategyResult], metric: str, dimension: str
) -> str:
    """A metric in each stratum of a dimension that has an order, with its intervals.

    Parameters
    ----------
    name, title, strategies, metric
        As for `by_rank`.
    dimension
        One that all strategies have strata of.
    """
    strata = [[stratum for stratum in s.strata if stratum.dimension == dimension] for s in strategies]
    curves = [[stratum.metrics[metric] for stratum in row] for row in strata]
    said = [
        f"{s.label}: {', '.join(f'{stratum.value}: {stratum.metrics[metric].mean:.3f}' for stratum in row)}"
        for s, row in zip(strategies, strata, strict=True)
    ]
    with house_style():
        figure, axes, page = _canvas(_labels_height(strategies), WIDTH - _labels_width(strategies))
        ends = _draw_curves(axes, curves, bands=False)
        axes.set_xticks(range(len(strata[0])), [stratum.value for stratum in strata[0]])
        axes.set_xlabel(dimension)
        _label_ends(page, axes, strategies, ends)
        return inline_svg(figure, name, title, f"{'; '.join(said)}.")


def coverage_against(name: str, title: str, strategies: Sequence[StrategyResult], metric: str) -> str:
    """Catalogue coverage and a metric at k, a point for each strategy; arguments as for `by_rank`."""
    points = [(s.beyond["coverage"], s.accuracy[metric][-1].mean) for s in strategies]
    said = [f"{s.label}: {x:.3f}, {y:.3f}" for s, (x, y) in zip(strategies, points, strict=True)]
    with house_style():
        figure, axes, page = _canvas(_labels_height(strategies), WIDTH - _labels_width(strategies))
        for number, (x, y) in enumerate(points):
            axes.plot([x], [y], **_marker(number, 7.5), clip_on=False, zorder=3)
        axes.set_xlim(-0.03, 1.03)
        axes.set_xticks([0, 0.5, 1], ["0", "0.5", "1"])
        axes.set_ylim(*_limits([y for _, y in points]))
        axes.set_xlabel("coverage")
        _label_ends(page, axes, strategies, points)
        return inline_svg(figure, name, title, f"{title}: {'; '.join(said)}.")


def spans(
    name: str, title: str, strategies: Sequence[StrategyResult], spans: Sequence[Sequence[float]], unit: str
) -> str:
    """Durations on a logarithmic scale, a row for each strategy.

    Parameters
    ----------
    name, title, strategies
        As for `by_rank`.
    spans
        For each strategy its durations, ascending: one, or two that a line joins.
    unit
        Of the durations.
    """
    numbers = [" \N{EN DASH} ".join(map(_brief, span)) for span in spans]
    said = [f"{s.label}: {number} {unit}" for s, number in zip(strategies, numbers, strict=True)]
    heights = [max(26, _LINE_HEIGHT * len(_lines(s.label)) + 8) for s in strategies]
    with house_style():
        right = WIDTH - 14 - max(map(_width, numbers))
        figure, axes, page = _canvas(sum(heights), right, _labels_width(strategies) - 8)
        low, high = _decades([value for span in spans for value in span])
        axes.set_xscale("log")
        axes.set_xlim(low, high)
        axes.set_ylim(sum(heights), 0)
        axes.set_yticks([])
        decades = round(math.log10(high / low))
        ticks = [low * 10**step for step in range(0, decades + 1, math.ceil(decades / 4))]
        axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_xticks([], minor=True)
        axes.set_xlabel(unit)
        top = 0.0
        for number, (strategy, span, height) in enumerate(zip(strategies, spans, heights, strict=True)):
            row, shown = top + height / 2, [max(value, low) for value in span]
            axes.plot(shown, [row] * len(span), color=series_color(number % COLORS), linewidth=3, alpha=0.5)
            axes.plot(shown[:1], [row], **_marker(number, 7), clip_on=False)
            axes.plot(shown[-1:], [row], **_marker(number, 7), clip_on=False)
            at = _on_page(axes, low, row)[1]
            _label(page, 2, at, strategy.label, number)
            page.text(WIDTH, at, numbers[number], ha="right", va="center_baseline", fontsize=_LABEL_SIZE)
            top += height
        return inline_svg(figure, name, title, f"{'; '.join(said)}.")


def apart(wanted: Sequence[float], heights: Sequence[float], low: float, high: float) -> list[float]:
    """The places nearest to those wanted at which labels do not overlap: a regression under their order.

    Of equals the first is on top.

    Parameters
    ----------
    wanted
        The middle that each label should have.
    heights
        Of the labels.
    low, high
        What they stay between, where there is room for all.
    """
    order = np.lexsort([-np.arange(len(wanted)), np.asarray(wanted)])
    high_ordered = np.asarray(heights, float)[order]
    middles = np.cumsum(high_ordered) - high_ordered / 2
    shifts = extra("scipy.optimize").isotonic_regression(np.asarray(wanted, float)[order] - middles).x
    places = np.empty(len(order))
    places[order] = np.clip(shifts, low, high - high_ordered.sum()) + middles
    return [float(place) for place in places]


def _canvas(height: float, right: float, left: float = _LEFT) -> tuple[Figure, Axes, Axes]:
    """A figure, the axes to plot in, and axes over the whole figure in its own units."""
    from matplotlib.figure import Figure

    total = _TOP + height + _BOTTOM
    figure = Figure(figsize=(WIDTH / 72, total / 72))
    axes = figure.add_axes((left / WIDTH, _BOTTOM / total, (right - left) / WIDTH, height / total))
    page = figure.add_axes((0, 0, 1, 1))
    page.set(xlim=(0, WIDTH), ylim=(0, total))
    page.axis("off")
    return figure, axes, page


def _draw_curves(axes: Axes, curves: Sequence[Sequence[Estimate]], bands: bool) -> list[tuple[float, float]]:
    """A line for each curve, with its intervals as a band, or as bars side by side; gives where each ends."""
    ends = []
    for number, curve in enumerate(curves):
        lows, highs = [e.low for e in curve], [e.high for e in curve]
        color = series_color(number % COLORS)
        if bands:
            places = np.arange(len(curve), dtype=float)
            axes.fill_between(places, lows, highs, color=color, alpha=0.16, linewidth=0)
        else:
            places = np.arange(len(curve)) + 0.6 * ((number + 0.5) / len(curves) - 0.5)
            axes.vlines(places, lows, highs, color=color, linewidth=1.4)
        dashes = _DASHES[number // COLORS % len(_DASHES)]
        means = [e.mean for e in curve]
        axes.plot(places, means, color=color, linewidth=1.6 if bands else 0.7, linestyle=dashes)
        axes.plot(places, means, **_marker(number, 4.5), zorder=3, clip_on=False)
        ends.append((float(places[-1]), means[-1]))
    margin = 0.2 if bands else 0.5
    axes.set_xlim(-margin, len(curves[0]) - 1 + margin)
    axes.set_ylim(*_limits([e.high for curve in curves for e in curve]))
    axes.grid(visible=False, axis="x")
    return ends


def _label_ends(
    page: Axes,
    axes: Axes,
    strategies: Sequence[StrategyResult],
    ends: Sequence[tuple[float, float]],
) -> None:
    """Put each strategy's label on the right, near to where its points end, and a line between them."""
    left = WIDTH - _labels_width(strategies) + 26
    heights = [_height(s.label) for s in strategies]
    points = [_on_page(axes, x, y) for x, y in ends]
    places = apart([y for _, y in points], heights, 2, page.get_ylim()[1] - 2)
    for number, (strategy, (x, y), place) in enumerate(zip(strategies, points, places, strict=True)):
        color = series_color(number % COLORS)
        page.plot([x + 5, left - 4], [y, place], color=color, linewidth=0.8, alpha=0.6)
        _label(page, left, place, strategy.label, number)


def _label(page: Axes, x: float, y: float, label: str, number: int) -> None:
    """A strategy's marker and label; x is its left end and y its middle."""
    page.plot([x + 4], [y], **_marker(number, 6))
    lines = _lines(label)
    for place, line in enumerate(lines):
        at = y + _LINE_HEIGHT * ((len(lines) - 1) / 2 - place)
        page.text(x + 13, at, line, va="center_baseline", fontsize=_LABEL_SIZE)


def _marker(number: int, size: float) -> dict[str, Any]:
    return {
        "marker": _MARKERS[number % len(_MARKERS)],
        "markersize": size,
        "color": series_color(number % COLORS),
        "markeredgecolor": SURFACE,
        "markeredgewidth": 0.7,
        "linestyle": "none",
    }


def _on_page(axes: Axes, x: float, y: float) -> tuple[float, float]:
    across, up = axes.transData.transform((x, y))
    return float(across), float(up)


def _limits(values: Sequence[float]) -> tuple[float, float]:
    top = max(values)
    return (0, top * 1.05) if top > 0 else (0, 1)


def _decades(values: Sequence[float]) -> tuple[float, float]:
    """Powers of ten around the values above 0; one at least."""
    positive = [value for value in values if value > 0] or [1]
    low, high = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)))
    return 10.0**low, 10.0 ** max(high, low + 1)


def _brief(value: float) -> str:
    """Two digits that matter, and no exponent."""
    return np.format_float_positional(value, 2, unique=False, fractional=False, trim="-")


def _lines(label: str) -> list[str]:
    return textwrap.wrap(printable(label), _LABEL_LETTERS) or [""]


def _height(label: str) -> float:
    return _LINE_HEIGHT * len(_lines(label)) + 3


def _width(text: str) -> float:
    """How wide text is in matplotlib's own font, which is wider than most."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    width, _, _ = text_to_path.get_text_width_height_descent(
        text, FontProperties(size=_LABEL_SIZE), ismath=False
    )
    return float(width)


def _labels_width(strategies: Sequence[StrategyResult]) -> float:
    return 39 + max(_width(line) for s in strategies for line in _lines(s.label))


def _labels_height(strategies: Sequence[StrategyResult]) -> float:
    return max(220, sum(_height(s.label) for s in strategies) - _BOTTOM)
