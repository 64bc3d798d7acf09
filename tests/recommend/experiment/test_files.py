"""Results come back from their files as they were, and damaged files are called so."""

from __future__ import annotations

import csv
import dataclasses
import json
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from graph.recommend.experiment.errors import ExperimentError
from graph.recommend.experiment.files import read_results, write_results
from graph.recommend.experiment.results import ACCURACY, Estimate, Evaluation

from .made_up import FAR, NEAR, evaluation, result


def written(found: Evaluation, folder: Path) -> str:
    write_results(found, folder)
    return (folder / "results.json").read_text()


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "results.csv").open(newline="") as file:
        return [*csv.DictReader(file)]


def test_what_is_written_is_read_from_the_folder_or_the_file(tmp_path: Path) -> None:
    found = evaluation()
    write_results(found, tmp_path / "new" / "folder")
    assert read_results(tmp_path / "new" / "folder") == found
    assert read_results(tmp_path / "new" / "folder" / "results.json") == found
    assert sorted(path.name for path in (tmp_path / "new" / "folder").iterdir()) == [
        "results.csv",
        "results.json",
    ]


def test_an_interrupted_experiment_without_strategies_is_written_too(tmp_path: Path) -> None:
    found = dataclasses.replace(evaluation(), strategies=(), comparisons=(), trials=(), complete=False)
    write_results(found, tmp_path)
    assert read_results(tmp_path) == found
    assert table(tmp_path) == []


def test_two_runs_differ_in_their_last_section_only(tmp_path: Path) -> None:
    quick = written(evaluation(result("near", NEAR, slow=1)), tmp_path / "1")
    slow = written(evaluation(result("near", NEAR, slow=2)), tmp_path / "2")
    assert quick != slow
    assert quick.partition('"timings"')[0] == slow.partition('"timings"')[0]
    assert next(iter(json.loads(quick))) == "format"
    assert list(json.loads(quick))[-1] == "timings"


def test_results_json_is_for_readers_too(tmp_path: Path) -> None:
    lines = written(evaluation(name="Müller"), tmp_path).splitlines()
    assert '  "name": "Müller",' in lines
    assert '          {"mean": 0.5, "low": 0.0, "high": 1.0},' in lines  # an estimate on one line
    assert '    "near": [[1], [2], [], [1]],' in lines


def test_numbers_that_are_none_are_no_numbers_in_json_either(tmp_path: Path) -> None:
    strange = result("near", NEAR, {"b": math.inf, "c": np.int64(3), "d": Path("x"), "e": (1, math.nan)})
    wrong = dataclasses.replace(
        strange, accuracy=dict.fromkeys(ACCURACY, (Estimate(math.nan, -math.inf, math.inf),) * 3)
    )

    def refuse(name: str) -> None:
        raise AssertionError(name)

    json.loads(written(evaluation(wrong, comparisons=()), tmp_path), parse_constant=refuse)
    read = read_results(tmp_path)["near"]
    assert read.parameters == {"b": "inf", "c": 3, "d": "x", "e": [1, "nan"]}
    estimate = read.accuracy["mrr"][0]
    assert math.isnan(estimate.mean)
    assert (estimate.low, estimate.high) == (-math.inf, math.inf)
    assert json.loads(table(tmp_path)[0]["parameters"]) == read.parameters


def test_a_number_may_be_written_without_a_point(tmp_path: Path) -> None:
    text = written(evaluation(), tmp_path)
    (tmp_path / "results.json").write_text(text.replace('"fit_seconds": 1.0', '"fit_seconds": 1'))
    assert read_results(tmp_path) == evaluation()
    assert isinstance(read_results(tmp_path)["near"].timing.fit_seconds, float)


def test_a_name_that_is_no_unicode_is_written_and_read(tmp_path: Path) -> None:
    found = evaluation(name="bad \udc80 name")
    write_results(found, tmp_path)
    assert read_results(tmp_path) == found


def test_results_csv_has_a_row_for_each_number(tmp_path: Path) -> None:
    write_results(evaluation(), tmp_path)
    rows = table(tmp_path)
    assert list(rows[0]) == [
        "label", "strategy", "parameters", "part", "dimension", "stratum",
        "metric", "k", "value", "low", "high", "items",
    ]  # fmt: skip
    # Of both: 5 metrics at 3 ranks and 5 in a stratum, 6 beyond accuracy, 2 of leaks, 3 times. 2 trials.
    assert len(rows) == 2 * (5 * 3 + 5 + 6 + 2 + 3) + 2
    found = [row for row in rows if row["label"] == "far (b=2)" and row["metric"] == "hit_rate"]
    assert [(row["dimension"], row["stratum"], row["k"], row["value"], row["items"]) for row in found] == [
        ("all", "all", "1", "0.0", "4"),
        ("all", "all", "2", "0.25", "4"),
        ("all", "all", "3", "0.5", "4"),
        ("degree", "2-3", "3", "0.5", "2"),
    ]
    assert found[0]["parameters"] == '{"a": [1, "x"], "b": 2}'
    assert float(found[1]["low"]) <= 0.25 <= float(found[1]["high"])
    single = {row["metric"]: row for row in rows if row["label"] == "near" and not row["low"]}
    assert [single[name]["value"] for name in ("gini", "leak_recall", "fit_seconds", "p99_ms")] == [
        "0.125", "0.25", "1.0", "0.2"
    ]  # fmt: skip
    assert rows[-1]["part"] == "validation"
    assert (rows[-1]["metric"], rows[-1]["value"], rows[-1]["items"]) == ("mrr", "0.625", "")


def test_pandas_has_the_rows_of_results_csv(tmp_path: Path) -> None:
    found = evaluation()
    write_results(found, tmp_path)
    frame = found.to_pandas()
    read = pd.read_csv(tmp_path / "results.csv").astype({"items": "Int64"})
    pd.testing.assert_frame_equal(frame, read)
    mrr = frame.query("part == 'test' and dimension == 'all' and metric == 'mrr' and k == 3")
    assert mrr.set_index("label")["value"].round(6).to_dict() == {
        "near": 0.625,
        "far (b=2)": round((1 / 3 + 1 / 2) / 4, 6),
    }


def test_a_missing_pandas_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ExperimentError, match=r"pandas.*pip install 'articlegraph\[experiments\]'"):
        evaluation().to_pandas()


def test_an_evaluation_gives_a_strategy_by_its_label() -> None:
    found = evaluation()
    assert found["near"] is found.strategies[0]
    with pytest.raises(KeyError, match=r"'nearer'; there are: near, far"):
        found["nearer"]


def test_an_evaluation_shows_a_small_table() -> None:
    lines = repr(evaluation()).splitlines()
    assert lines[0] == "made up: hidden-links, 4 test items"
    assert lines[1].split() == ["strategy", "hit_rate@3", "mrr@3"]
    assert lines[2].startswith("near      0.750 [0.")
    assert "0.625 [" in lines[2]
    assert len(lines) == 4
    assert repr(evaluation(complete=False)).splitlines()[0].endswith("interrupted")


def test_a_notebook_shows_html_with_nothing_of_a_label_as_markup() -> None:
    shown = evaluation(result("near (a=<b>)", NEAR), result("far", FAR), name="<i>")._repr_html_()
    assert "<th>mrr@3</th>" in shown
    assert "<td>near (a=&lt;b&gt;)</td>" in shown
    assert "<caption>&lt;i&gt;: " in shown
    assert "<i>" not in shown


def message(path: Path) -> str:
    with pytest.raises(ExperimentError) as raised:
        read_results(path)
    return str(raised.value).replace(str(path), "PATH")


def test_no_results_are_said_to_be_none(tmp_path: Path) -> None:
    assert message(tmp_path / "gone") == "no results: there is no PATH"
    assert message(tmp_path) == "no results: there is no PATH/results.json"


def test_damaged_json_has_a_place(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    text = written(evaluation(), tmp_path)
    file.write_text(text.replace('"k": 3', '"k": ', 1))
    assert message(file).startswith("PATH is damaged: line ")
    file.write_text(text[: len(text) // 2])
    assert message(file).startswith("PATH is damaged: line ")
    for raw in (b"", b"\xff\xfe\xff", b"[" * 100_000):
        file.write_bytes(raw)
        assert message(file).startswith("PATH is damaged: ")


@pytest.mark.parametrize("other", ["[1, 2]", '"text"', "{}", '{"version": 1}'])
def test_other_json_is_no_results(tmp_path: Path, other: str) -> None:
    file = tmp_path / "other.json"
    file.write_text(other)
    assert message(file) == "PATH holds no results of an experiment: it has no format"


def test_another_format_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "results.json"
    file.write_text(written(evaluation(), tmp_path).replace('"format": 1', '"format": 2'))
    assert message(file) == (
        "PATH is of format 2, written by articlegraph 1.2.3; this one reads format 1: run it again"
    )


def remove(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda record: record.__delitem__(name)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (remove("graph_version"), "it has no 'graph_version'"),
        (lambda record: record.update(complete=1), "complete must be true or false"),
        (lambda record: record.update(name=None), "name must be a text"),
        (lambda record: record.update(counts=[]), "counts must be an object"),
        (lambda record: record["counts"].update(items="1"), "counts.items must be a whole number"),
        (lambda record: record["counts"].update(items=True), "counts.items must be a whole number"),
        (lambda record: record["trials"][1].update(score="high"), "trials[1].score must be a number"),
        (lambda record: record["trials"].insert(0, 7), "trials[0] must be an object"),
        (lambda record: record.update(trials={}), "trials must be a list"),
        (
            lambda record: record["strategies"][0]["accuracy"]["mrr"][2].pop("low"),
            "strategies[0].accuracy.mrr[2] has no 'low'",
        ),
        (
            lambda record: record["timings"]["near"].update(p50_ms=None),
            "strategies[0].timing.p50_ms must be a number",
        ),
        (lambda record: record["settings"].pop("seed"), "settings.seed must be a whole number"),
        (lambda record: record["settings"].update(k=0), "settings.k must be a whole number"),
        (
            lambda record: record["settings"].update(metrics=["x"]),
            "settings.metrics must be a list of metrics",
        ),
        (lambda record: record["counts"].pop("test_items"), "counts has no 'test_items'"),
        (
            lambda record: record["targets"].pop(),
            "targets must be 4 numbers from 1, one for each test item",
        ),
        (
            lambda record: record["strategies"][1]["accuracy"]["mrr"].pop(),
            "strategies[1].accuracy.mrr must be 3 estimates",
        ),
        (
            lambda record: record["hits"]["near"].pop(),
            "strategies[0].hits must be 4 lists, one for each test item",
        ),
        *(
            (
                lambda record, ranks=ranks: record["hits"]["near"].__setitem__(0, ranks),
                "strategies[0].hits must be ranks from 1 to 3, ascending",
            )
            for ranks in ([0], [4], [2, 1], [1, 1])
        ),
        (remove("timings"), "the sections strategies, hits and timings do not belong together"),
        (
            lambda record: record["hits"].pop("near"),
            "the sections strategies, hits and timings do not belong together",
        ),
        (
            lambda record: record.update(strategies=3),
            "the sections strategies, hits and timings do not belong together",
        ),
    ],
)
def test_what_is_missing_or_wrong_is_named(
    tmp_path: Path, damage: Callable[[dict[str, Any]], None], said: str
) -> None:
    record = json.loads(written(evaluation(), tmp_path))
    damage(record)
    (tmp_path / "results.json").write_text(json.dumps(record))
    assert message(tmp_path / "results.json") == f"PATH is damaged: {said}"


def test_results_that_cannot_be_written_leave_those_that_were_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_results(evaluation(), tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    write_bytes = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if "csv" in path.name:
            write_bytes(path, data[:10])
            raise OSError(28, "No space left on device")
        return write_bytes(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(ExperimentError, match=r"cannot be written to .*: No space left on device"):
        write_results(evaluation(name="other"), tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_file_in_the_folder_s_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ExperimentError, match="cannot be written"):
        write_results(evaluation(), tmp_path / "file")
    assert (tmp_path / "file").read_text() == "mine"
