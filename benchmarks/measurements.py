"""Measurements in one JSON file, from which report.py makes results.md."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import orjson


def median_of(values: list[float]) -> dict[str, float]:
    """The median of some runs, and how far they lie apart."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def record(file: Path | None, section: str, values: dict[str, Any]) -> None:
    """Put values into a section, beside those that are there from other runs; nowhere without a file."""
    if file is None:
        return
    measured = orjson.loads(file.read_bytes()) if file.exists() else {}
    measured.setdefault(section, {}).update(values)
    file.write_bytes(orjson.dumps(measured, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
