"""Results are computed once, by one thread of one process, and stored whole or not at all."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest

import graph.derived
from graph.derived import Array, DerivedResults, computed_once


class Counting:
    """Computes an array and counts how often."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> Mapping[str, Array]:
        self.calls += 1
        return {"values": np.arange(5)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "content.snapshot.derived"


def test_a_result_is_computed_once_and_then_read_from_its_files(folder: Path) -> None:
    compute = Counting()
    first = DerivedResults(folder, "v1")
    assert first.arrays("x", compute) is first.arrays("x", compute)
    again = DerivedResults(folder, "v1").arrays("x", compute)
    assert compute.calls == 1
    assert again["values"].tolist() == [0, 1, 2, 3, 4]


def test_another_version_or_another_name_is_another_result(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    compute = Counting()
    DerivedResults(folder, "v1").arrays("x", compute)
    DerivedResults(folder, "v2").arrays("x", compute)
    DerivedResults(folder, "v2").arrays("y", compute)
    assert compute.calls == 3
    monkeypatch.setattr(graph.derived, "__version__", "99")
    DerivedResults(folder, "v2").arrays("y", compute)
    assert compute.calls == 4


def test_threads_that_ask_at_once_wait_for_one_computation(folder: Path) -> None:
    results = DerivedResults(folder, "v1")
    begun, go_on = threading.Event(), threading.Event()
    calls = []

    def compute() -> Mapping[str, Array]:
        calls.append(threading.get_ident())
        begun.set()
        assert go_on.wait(10)
        return {"values": np.arange(3)}

    found: list[Mapping[str, Array]] = []
    threads = [threading.Thread(target=lambda: found.append(results.arrays("x", compute))) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert len(calls) == 1
    assert len(found) == 8
    assert all(each is found[0] for each in found)


def test_another_process_that_waits_for_the_lock_finds_the_result_done(folder: Path) -> None:
    compute = Counting()

    def compute_while_another_asks() -> Mapping[str, Array]:
        # another process is another object here: it has locks of its own, and waits for that of the file
        other.start()
        other.join(0.2)
        assert other.is_alive()
        return compute()

    other = threading.Thread(target=lambda: DerivedResults(folder, "v1").arrays("x", compute))
    DerivedResults(folder, "v1").arrays("x", compute_while_another_asks)
    other.join(10)
    assert not other.is_alive()
    assert compute.calls == 1


@pytest.mark.parametrize("damage", ["truncated", "changed", "missing", "no manifest"])
def test_a_damaged_result_is_computed_anew(damage: str, folder: Path) -> None:
    compute = Counting()
    DerivedResults(folder, "v1").arrays("x", compute)
    (file,) = folder.parent.rglob("values.npy")
    if damage == "truncated":
        os.truncate(file, 20)
    elif damage == "changed":
        raw = bytearray(file.read_bytes())
        raw[-1] ^= 1
        file.write_bytes(raw)
    elif damage == "missing":
        file.unlink()
    else:
        (file.parent / "manifest.json").unlink()
    assert DerivedResults(folder, "v1").arrays("x", compute)["values"].tolist() == [0, 1, 2, 3, 4]
    DerivedResults(folder, "v1").arrays("x", compute)
    assert compute.calls == 2


def test_what_fails_leaves_nothing_and_can_be_tried_again(folder: Path) -> None:
    results = DerivedResults(folder, "v1")

    def fail() -> Mapping[str, Array]:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        results.arrays("x", fail)
    assert not [path for path in folder.parent.rglob("*") if path.is_file() and path.suffix != ".lock"]
    assert results.arrays("x", Counting())["values"].size == 5


def test_what_a_killed_process_left_is_cleared_away(folder: Path) -> None:
    DerivedResults(folder, "v1").arrays("y", Counting())
    left = next(folder.parent.rglob("y")).parent / ".x.tmp"
    left.mkdir()
    (left / "half").write_bytes(b"1")
    DerivedResults(folder, "v1").arrays("x", Counting())
    assert not left.exists()


def folders(folder: Path) -> list[str]:
    root = folder
    return sorted(path.name.split("-")[0] for path in root.iterdir()) if root.exists() else []


def test_the_results_of_two_versions_stay(folder: Path) -> None:
    for time, version in enumerate(["v1", "v2", "v3"]):
        DerivedResults(folder, version).arrays("x", Counting())
        for path in folder.glob(f"{version}-*"):
            os.utime(path, (time, time))
    assert folders(folder) == ["v2", "v3"]


def test_where_nothing_can_be_written_results_live_in_memory(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder.write_text("in the way")
    compute = Counting()
    results = DerivedResults(folder, "v1")
    assert results.arrays("x", compute)["values"].size == 5
    results.arrays("x", compute)
    assert compute.calls == 1
    assert "x cannot be kept in" in caplog.text


def test_files_are_kept_in_a_folder_of_their_own(folder: Path) -> None:
    def write(folder: Path) -> None:
        (folder / "index").write_bytes(b"words")

    written = DerivedResults(folder, "v1").folder("search", write)
    assert (written / "index").read_bytes() == b"words"

    def never(folder: Path) -> None:
        raise AssertionError

    assert DerivedResults(folder, "v1").folder("search", never) == written


def test_files_that_cannot_be_kept_are_there_for_as_long_as_the_graph(folder: Path) -> None:
    folder.write_text("in the way")
    results = DerivedResults(folder, "v1")
    calls = []

    def write(folder: Path) -> None:
        calls.append(folder)
        if len(calls) == 1:
            (folder / "half").touch()
            raise RuntimeError("no")
        (folder / "index").write_bytes(b"words")

    with pytest.raises(RuntimeError):
        results.folder("search", write)
    folder = results.folder("search", write)
    assert [file.name for file in folder.iterdir()] == ["index"]
    assert results.folder("search", write) == folder
    assert len(calls) == 2


def test_an_object_is_made_once(folder: Path) -> None:
    results = DerivedResults(folder, "v1")
    assert results.once("x", list) is results.once("x", list)


def test_a_property_is_computed_once_by_one_of_several_threads() -> None:
    begun, go_on = threading.Event(), threading.Event()
    calls: list[int] = []

    class Thing:
        @computed_once
        def value(self) -> object:
            """What it is."""
            calls.append(threading.get_ident())
            begun.set()
            assert go_on.wait(10)
            return object()

    thing, found = Thing(), list[object]()
    threads = [threading.Thread(target=lambda: found.append(thing.value)) for _ in range(8)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    go_on.set()
    for thread in threads:
        thread.join(10)
    assert len(calls) == 1
    assert len(found) == 8
    assert all(each is thing.value for each in found)
    assert Thing.value.__doc__ == "What it is."
