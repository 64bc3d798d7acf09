"""Work in child processes: in order, with every failure told, and no process left behind."""

from __future__ import annotations

import math
import operator
import os
import pickle
import posix
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from processes import has_children

import graph.workers
from graph.workers import WorkerError, command, forked, in_order, map_batches


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[bytes]]:
    """Every process that is started."""
    started: list[subprocess.Popen[bytes]] = []
    real = subprocess.Popen

    def popen(*args: object, **options: object) -> subprocess.Popen[bytes]:
        process = real(*args, **options)  # type: ignore[call-overload]
        started.append(process)
        return process  # type: ignore[no-any-return]

    monkeypatch.setattr(graph.workers.subprocess, "Popen", popen)
    return started


def ended(processes: list[subprocess.Popen[bytes]]) -> bool:
    """Whether each process has ended and been waited for."""
    return all(process.returncode is not None for process in processes)


def test_results_come_in_the_order_of_the_batches(started: list[subprocess.Popen[bytes]]) -> None:
    sizes = [2_000_000, 10, 500_000, *range(30), 1_000_000, 5]  # the first takes longest
    batches = [range(size) for size in sizes]
    assert list(map_batches(sum, batches, 3)) == [sum(batch) for batch in batches]
    assert len(started) == 3
    assert ended(started)
    assert [process.returncode for process in started] == [0, 0, 0]


@pytest.mark.parametrize(("count", "processes"), [(0, 4), (1, 4), (5, 1), (5, 0)])
def test_little_work_is_done_in_this_process(
    started: list[subprocess.Popen[bytes]], count: int, processes: int
) -> None:
    mine = os.getpid()
    results = list(map_batches(os.getpgid, [0] * count, processes))
    assert results == [os.getpgid(mine)] * count
    assert started == []


def test_there_are_no_more_processes_than_batches(started: list[subprocess.Popen[bytes]]) -> None:
    assert list(map_batches(operator.neg, [1, 2], 8)) == [-1, -2]
    assert len(started) == 2


def test_an_exception_in_a_child_is_told(started: list[subprocess.Popen[bytes]]) -> None:
    with pytest.raises(WorkerError, match=r"(?s)a worker process failed:.*ValueError: .*'seven'"):
        list(map_batches(int, ["1", "2", "seven", *"3456789"], 2))
    assert len(started) == 2
    assert ended(started)


def test_results_before_an_exception_are_given(started: list[subprocess.Popen[bytes]]) -> None:
    results = map_batches(math.sqrt, [4, 9, -1, 16], 2)
    assert [next(results), next(results)] == [2.0, 3.0]
    with pytest.raises(WorkerError, match="math domain error"):
        next(results)
    assert ended(started)


def test_an_exception_in_this_process_is_itself() -> None:
    with pytest.raises(ValueError, match="seven"):
        list(map_batches(int, ["seven"], 1))


def test_a_child_that_exits_is_told(started: list[subprocess.Popen[bytes]]) -> None:
    with pytest.raises(WorkerError, match="ended with status 3; is the machine short of memory"):
        list(map_batches(posix._exit, [3] * 8, 2))  # os._exit, which coverage replaces
    assert ended(started)


def test_a_child_that_is_killed_is_told(started: list[subprocess.Popen[bytes]]) -> None:
    with pytest.raises(WorkerError, match="was ended by signal 9"):
        list(map_batches(signal.raise_signal, [signal.SIGKILL] * 8, 2))
    assert ended(started)


def test_a_child_killed_between_two_calls_is_told(started: list[subprocess.Popen[bytes]]) -> None:
    results = map_batches(operator.neg, range(100), 2)
    next(results)
    for process in started:
        process.kill()
        process.wait()
    with pytest.raises(WorkerError, match="was ended by signal 9"):
        list(results)
    assert ended(started)


def test_an_abandoned_generator_leaves_no_process(started: list[subprocess.Popen[bytes]]) -> None:
    results = map_batches(time.sleep, [0, *[60] * 50], 3)
    next(results)
    began = time.monotonic()
    results.close()  # type: ignore[attr-defined]
    assert ended(started)
    assert len(started) == 3
    assert time.monotonic() - began < 30
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ThreadPoolExecutor")]


def test_work_runs_ahead_of_a_slow_consumer_only_so_far(tmp_path: Path) -> None:
    folders = [str(tmp_path / str(number)) for number in range(60)]
    results = map_batches(os.mkdir, folders, 2)
    next(results)
    time.sleep(0.3)
    assert 1 <= len(list(tmp_path.iterdir())) <= 2 * graph.workers._AHEAD
    list(results)
    assert len(list(tmp_path.iterdir())) == 60


def test_results_may_be_large() -> None:
    assert list(map_batches(bytes, [3_000_000, 1, 5_000_000], 2)) == [
        bytes(3_000_000),
        b"\0",
        bytes(5_000_000),
    ]
    batches = [bytes(3_000_000), bytes(5_000_000)]
    assert list(map_batches(len, batches, 2)) == [3_000_000, 5_000_000]


def test_what_a_child_prints_is_no_answer(capfd: pytest.CaptureFixture[str]) -> None:
    assert list(map_batches(print, ["one\n", "two\n"], 2)) == [None, None]
    assert sorted(capfd.readouterr().err.split()) == ["one", "two"]


def test_a_result_that_cannot_be_sent_is_told() -> None:
    with pytest.raises(WorkerError, match="ended with status 1"):
        list(map_batches(memoryview, [b"one", b"two"], 2))


def test_an_argument_that_cannot_be_sent_is_an_error(started: list[subprocess.Popen[bytes]]) -> None:
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        list(map_batches(str, [threading.Lock(), threading.Lock()], 2))
    assert ended(started)


def test_the_folder_that_we_are_in_is_not_imported_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pickle", "queue", "graph", "yaml"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('imported')")
    monkeypatch.chdir(tmp_path)
    assert list(map_batches(operator.neg, [1, 2], 2)) == [-1, -2]


def test_a_command_finds_the_package_from_anywhere(tmp_path: Path) -> None:
    statement = "import graph.links; print(graph.links.__name__)"
    ran = subprocess.run(command(statement), cwd=tmp_path, env={}, capture_output=True, check=True, text=True)
    assert ran.stdout == "graph.links\n"
    assert command("pass")[0] == sys.executable


def test_ctrl_c_is_the_parent_s_business(started: list[subprocess.Popen[bytes]]) -> None:
    results = map_batches(operator.neg, range(50), 2)
    next(results)
    groups = [os.getpgid(process.pid) for process in started]
    assert groups == [process.pid for process in started]  # not the group that a terminal's Ctrl-C goes to
    assert list(results) == [-number for number in range(1, 50)]


def in_forks(function: Callable[[Any], object], batches: Sequence[Any], processes: int = 2) -> Iterator[Any]:
    with forked(function, batches, processes) as children:
        yield from in_order(children, len(batches))


class TestForks:
    def test_answer_in_the_order_of_the_batches(self) -> None:
        known = [3, 1, 2]  # at hand without being sent
        groups = list(in_forks(lambda _: os.getpgrp(), range(50), 3))
        assert len({*groups, os.getpgrp()}) == 4  # each has its own: Ctrl-C in a terminal is not theirs
        assert list(in_forks(lambda batch: known[batch % 3] * 100_000 * "x", range(40), 3)) == [
            known[batch % 3] * 100_000 * "x" for batch in range(40)
        ]
        assert not has_children()

    def test_lose_nothing_that_is_printed(self, capfd: pytest.CaptureFixture[str]) -> None:
        print("zero", end="")
        assert list(in_forks(print, ["one\n", "two\n"])) == [None, None]
        sys.stdout.flush()
        said = capfd.readouterr().out
        assert sorted(said.removeprefix("zero").split()) == ["one", "two"]

    def test_say_what_failed(self) -> None:
        with pytest.raises(WorkerError, match="ZeroDivisionError"):
            list(in_forks(lambda batch: 1 // batch, [2, 1, 0, 3]))
        assert not has_children()

    @pytest.mark.parametrize(
        ("end", "how"),
        [
            (lambda _: os.kill(os.getpid(), signal.SIGKILL), "was ended by signal 9"),
            (lambda _: posix._exit(3), "ended with status 3"),
            (lambda _: threading.Lock(), "ended with status 1"),
        ],
    )
    def test_that_end_are_noticed(self, end: Callable[[int], object], how: str) -> None:
        with pytest.raises(WorkerError, match=how):
            list(in_forks(end, range(8)))
        assert not has_children()

    def test_end_with_who_started_them(self) -> None:
        results = in_forks(time.sleep, [0, *[60] * 50], 3)
        began = time.monotonic()
        next(results)
        with pytest.raises(ZeroDivisionError):
            results.throw(ZeroDivisionError())
        assert time.monotonic() - began < 30
        assert not has_children()

    def test_end_when_their_parent_does_not_wait(self) -> None:
        with forked(operator.neg, range(1000), 3) as children:
            assert next(in_order(children, 1000)) == 0
        assert not has_children()
