"""Plain tables that are as wide as there is room, and what stands in their cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from ..recommend.experiment import Estimate

_LONGEST_LABEL = 24
"""A longer one has a line of its own."""


class Column(NamedTuple):
    """A heading and a cell for each row."""

    heading: str
    cells: Sequence[str]


def tables(labels: Sequence[str], columns: Sequence[Column], width: int) -> list[str]:
    """A table of rows with these labels; several where the columns do not fit beside each other.

    Parameters
    ----------
    labels
        The first cell of each row.
    columns
        All others.
    width
        The longest line, in characters.
    """
    first = max((len(label) for label in labels if len(label) <= _LONGEST_LABEL), default=2)
    found, group, used = [], list[Column](), first
    for column in columns:
        wide = 2 + max(map(len, (column.heading, *column.cells)))
        if group and used + wide > width:
            found.append(_table(labels, group, first))
            group, used = [], first
        group.append(column)
        used += wide
    return [*found, _table(labels, group, first)]


def _table(labels: Sequence[str], columns: Sequence[Column], first: int) -> str:
    widths = [max(map(len, (column.heading, *column.cells))) for column in columns]
    lines = [_line("", [column.heading for column in columns], first, widths)]
    for row, label in enumerate(labels):
        if len(label) > first:
            lines.append(label)
            label = ""
        lines.append(_line(label, [column.cells[row] for column in columns], first, widths))
    return "\n".join(lines)


def _line(label: str, cells: Iterable[str], first: int, widths: Iterable[int]) -> str:
    padded = (f"  {cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
    return (f"{label:{first}}" + "".join(padded)).rstrip()


def interval(estimate: Estimate) -> str:
    """A mean with its interval."""
    return f"{estimate.mean:.3f} {_short(estimate.low)}-{_short(estimate.high)}"


def _short(share: float) -> str:
    """A share in four characters."""
    text = f"{share:.3f}"
    return text.removeprefix("0") if text < "1" else "1.00"
