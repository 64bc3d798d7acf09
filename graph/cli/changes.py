"""What changed between two runs of an experiment, as plain tables."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from ..recommend.experiment.comparing import Change, RunComparison
from ..recommend.experiment.report import SIGNIFICANT
from .tables import Column, interval, tables


def changes(comparison: RunComparison, width: int) -> str:
    """What changed from a run A to a run B, for people to read.

    Parameters
    ----------
    comparison
        Of the two.
    width
        The longest line, in characters; at least 60.
    """
    by_metric: dict[str, list[Change]] = {}
    for change in comparison.changes:
        by_metric.setdefault(change.metric, []).append(change)
    shown = [
        table
        for metric, found in by_metric.items()
        for table in tables(
            [change.label for change in found], [*_columns(f"{metric}@{comparison.k}", found)], width
        )
    ]
    texts = [textwrap.fill(text, width, subsequent_indent="  ") for text in _texts(comparison)]
    return "\n\n".join([f"A: {comparison.first}\nB: {comparison.second}", *shown, "\n".join(texts)]).rstrip()


def _columns(metric: str, found: Sequence[Change]) -> Iterator[Column]:
    yield Column(f"{metric}: A", [interval(change.first) for change in found])
    yield Column("B", [interval(change.second) for change in found])
    yield Column("B - A  ", [f"{_difference(change)} {_mark(change)}" for change in found])


def _difference(change: Change) -> str:
    within = (
        ""
        if change.difference is None
        else f" [{change.difference.low:+z.3f} {change.difference.high:+z.3f}]"
    )
    return f"{change.change:+z.3f}{within}"


def _mark(change: Change) -> str:
    return "*" if change.p_corrected is not None and change.p_corrected < SIGNIFICANT else " "


def _texts(comparison: RunComparison) -> Iterator[str]:
    if comparison.paired:
        yield "* significant (paired randomization test, Holm, p < 0.05)"
    for name, labels in (("A", comparison.only_first), ("B", comparison.only_second)):
        if labels:
            yield f"only in {name}: {', '.join(labels)}"
    for each in comparison.differing:
        yield f"{each.name}: {each.first} in A, {each.second} in B"
    for warning in comparison.warnings:
        yield f"WARNING: {warning}"
