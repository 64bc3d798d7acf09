"""What is learned beside the server: one process at a time, for the newest content, gone when it is done."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
import uvicorn

from graph.server import learning
from graph.server.learning import FAILED, Learned, Learner
from graph.warming import COMPLETE

PATIENCE = 20.0


def learns(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Have the process run something else: `version` is what was asked for."""

    def command(statement: str) -> list[str]:
        version = statement.split("'")[5]
        return [sys.executable, "-c", f"version = {version!r}\n{code}"]

    monkeypatch.setattr(learning, "command", command)


def told(
    ask: Callable[[Learner], Awaitable[object]], until: Callable[[list[Learned]], bool]
) -> list[Learned]:
    """What is told until something is."""
    found: list[Learned] = []

    async def main() -> None:
        enough = asyncio.Event()

        async def tell(one: Learned) -> None:
            found.append(one)
            if until(found):
                enough.set()

        learner = Learner(1.0, tell, warm=False)
        task = asyncio.create_task(learner.run())
        await ask(learner)
        await asyncio.wait_for(enough.wait(), PATIENCE)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    with asyncio.Runner(loop_factory=uvicorn.Config("").get_loop_factory()) as runner:  # as the server does
        runner.run(main())
    return found


async def one(learner: Learner) -> None:
    learner.want("one", Path("snapshot"), Path("derived"))


def has_ended(found: list[Learned]) -> bool:
    return found[-1].what in (COMPLETE, FAILED)


def test_each_thing_that_is_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    learns(monkeypatch, "print('hybrid'); print('complete')")
    assert told(one, has_ended) == [("one", "hybrid"), ("one", COMPLETE)]


@pytest.mark.parametrize(
    "code", ["raise SystemExit(3)", "print('hybrid', flush=True); import os; os.abort()"]
)
def test_a_process_that_fails_is_told(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    learns(monkeypatch, code)
    assert told(one, has_ended)[-1] == ("one", FAILED)


def test_a_process_that_cannot_be_started_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learning, "command", lambda _: ["/nowhere/python"])
    assert told(one, has_ended) == [("one", FAILED)]


def test_what_is_under_way_is_given_up_for_what_is_newer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    learns(
        monkeypatch,
        f"log = open({str(log)!r}, 'a'); print(version, 'begins', file=log, flush=True)\n"
        "import time\n"
        "if version != 'last': print('hybrid', flush=True); time.sleep(60)\n"
        "print('complete')",
    )

    async def ask(learner: Learner) -> None:
        learner.want("first", Path("snapshot"), Path("derived"))
        async with asyncio.timeout(PATIENCE):
            while not log.exists() or not log.read_text():
                await asyncio.sleep(0.01)
        for version in ("second", "third", "last"):
            learner.want(version, Path("snapshot"), Path("derived"))

    assert told(ask, has_ended)[-1] == ("last", COMPLETE)
    assert log.read_text().split("\n") == ["first begins", "last begins", ""]


def test_the_process_ends_with_the_learner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    learns(
        monkeypatch,
        f"import os, time; open({str(pid)!r}, 'w').write(str(os.getpid()))\n"
        "print('x', flush=True); time.sleep(60)",
    )
    told(one, lambda found: found[-1].what == "x")
    assert not Path(f"/proc/{pid.read_text()}").exists()
