"""results.json and results.csv: written whole or not at all, and read back.

In results.json the times stand in a section of their own, the last: all before it is the same on every run.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from .errors import ExperimentError
from .records import WrongRecordError, made, plain, pretty
from .results import Evaluation
from .table import Row, rows

JSON = "results.json"
CSV = "results.csv"
FORMAT = 1
"""Which layout results.json has; another one is not read."""

_APART = {"hits": "hits", "timings": "timing"}
"""Sections of results.json that hold one field of each strategy, by its label."""


def write_results(evaluation: Evaluation, folder: Path) -> None:
    """Write results.json and results.csv, in place of those that are there.

    Parameters
    ----------
    evaluation
        What was found.
    folder
        Where; it is made if there is none.

    Raises
    ------
    ExperimentError
        Where they cannot be written; then those that were there are as they were.
    """
    texts = {JSON: _json(evaluation), CSV: _csv(evaluation)}
    temporary = {name: folder / f".{name}.tmp" for name in texts}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            for name, text in texts.items():
                # A lone surrogate becomes its escape, which JSON reads back.
                temporary[name].write_bytes(text.encode("utf-8", "backslashreplace"))
            for name, path in temporary.items():
                path.replace(folder / name)
        finally:
            for path in temporary.values():
                path.unlink(missing_ok=True)
    except OSError as error:
        raise ExperimentError(f"results cannot be written to {folder}: {error.strerror or error}") from error


def read_results(path: Path) -> Evaluation:
    """Read what an experiment found.

    Parameters
    ----------
    path
        A folder that holds results.json, or such a file.

    Raises
    ------
    ExperimentError
        Where there is none, it is damaged, or it is of another format.
    """
    file = path / JSON if path.is_dir() else path
    try:
        found = json.loads(file.read_bytes())
    except FileNotFoundError as error:
        raise ExperimentError(f"no results: there is no {file}") from error
    except OSError as error:
        raise ExperimentError(f"{file} cannot be read: {error.strerror or error}") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ExperimentError(f"{file} is damaged: {where}: {error.msg}") from error
    except (ValueError, RecursionError) as error:
        raise ExperimentError(f"{file} is damaged: it is no JSON in UTF-8") from error
    if not isinstance(found, dict) or "format" not in found:
        raise ExperimentError(f"{file} holds no results of an experiment: it has no format")
    if found["format"] != FORMAT:
        written = f"format {found['format']!r}, written by articlegraph {found.get('package_version', '?')}"
        raise ExperimentError(f"{file} is of {written}; this one reads format {FORMAT}: run it again")
    try:
        return made(Evaluation, _joined(found))
    except WrongRecordError as error:
        raise ExperimentError(f"{file} is damaged: {error}") from error


def _json(evaluation: Evaluation) -> str:
    record = {"format": FORMAT} | plain(evaluation)
    for section, field in _APART.items():
        record[section] = {strategy["label"]: strategy.pop(field) for strategy in record["strategies"]}
    return pretty(record) + "\n"


def _joined(record: dict[str, Any]) -> dict[str, Any]:
    """The record with what stands apart put back in its strategy."""
    try:
        strategies = [
            strategy | {field: record[section][strategy["label"]] for section, field in _APART.items()}
            for strategy in record["strategies"]
        ]
    except (KeyError, TypeError) as error:
        raise WrongRecordError("the sections strategies, hits and timings do not belong together") from error
    return record | {"strategies": strategies}


def _csv(evaluation: Evaluation) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Row._fields)
    writer.writerows(rows(evaluation))
    return text.getvalue()
