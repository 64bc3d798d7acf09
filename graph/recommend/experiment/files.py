"""results.json and results.csv: written whole or not at all, and read back.

In results.json the times stand in a section of their own, the last: all before it is the same on every run.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .errors import ExperimentError
from .records import WrongRecordError, made, plain, pretty
from .results import ACCURACY, Evaluation
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
    try:
        # A lone surrogate becomes its escape, which JSON reads back.
        write_whole(folder, {name: text.encode("utf-8", "backslashreplace") for name, text in texts.items()})
    except OSError as error:
        raise ExperimentError(f"results cannot be written to {folder}: {error.strerror or error}") from error


def write_whole(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files in place of those that are there, once all of them are written.

    Parameters
    ----------
    folder
        Where; it is made if there is none.
    files
        Their contents by name.

    Raises
    ------
    OSError
        Where one cannot be written; then those that were there are as they were.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = {name: folder / f".{name}.tmp" for name in files}
    try:
        for name, content in files.items():
            temporary[name].write_bytes(content)
        for name, path in temporary.items():
            path.replace(folder / name)
    finally:
        for path in temporary.values():
            path.unlink(missing_ok=True)


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
        evaluation = made(Evaluation, _joined(found))
        _check(evaluation)
        return evaluation
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


def _check(evaluation: Evaluation) -> None:
    """Whether all is there that comparing needs, and fits together."""
    settings, items, asked = evaluation.settings, evaluation.counts.get("test_items"), evaluation.targets
    for name in ("k", "seed", "resamples"):
        if type(settings.get(name)) is not int or settings[name] < (name != "seed"):
            raise WrongRecordError(f"settings.{name} must be a whole number")
    metrics = settings.get("metrics")
    if not isinstance(metrics, list) or not metrics or not all(metric in ACCURACY for metric in metrics):
        raise WrongRecordError("settings.metrics must be a list of metrics")
    if items is None:
        raise WrongRecordError("counts has no 'test_items'")
    if (asked and len(asked) != items) or any(targets < 1 for targets in asked):
        raise WrongRecordError(f"targets must be {items} numbers from 1, one for each test item")
    for number, strategy in enumerate(evaluation.strategies):
        where, k = f"strategies[{number}]", evaluation.k
        for metric in ACCURACY:
            if len(strategy.accuracy.get(metric, ())) != k:
                raise WrongRecordError(f"{where}.accuracy.{metric} must be {k} estimates")
        if len(strategy.hits) not in ({items} if asked else {0, items}):
            raise WrongRecordError(f"{where}.hits must be {items} lists, one for each test item")
        if any(list(ranks) != sorted({*ranks} & {*range(1, k + 1)}) for ranks in strategy.hits):
            raise WrongRecordError(f"{where}.hits must be ranks from 1 to {k}, ascending")


def _csv(evaluation: Evaluation) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(Row._fields)
    writer.writerows(rows(evaluation))
    return text.getvalue()
