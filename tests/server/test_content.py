"""What is served: replaced while requests go on, brought up to date when asked to, watched for changes."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
import threading
import weakref
from collections.abc import AsyncGenerator, Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from library import Library, exchange

from graph import warming
from graph.knowledge import KnowledgeGraph
from graph.loading import snapshot_of
from graph.recommend import Recommender, recommender_of
from graph.server import content as content_module
from graph.server.app import create_app
from graph.server.content import Content, Reloader, watch
from graph.server.limits import Limits

from .clock import Clock

RECOMMENDED = '{ article(url: "/b") { url recommendations(first: 1) { article { url } } } }'
BY_CHANCE = RECOMMENDED.replace("first: 1", 'first: 1, strategy: "random"')
PATIENCE = 20.0
COUNT = "{ graph { articleCount version } }"


class TestContent:
    @pytest.fixture
    def preparing(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
        """Until it is set, recommendations are being prepared."""
        may_go_on, prepare = threading.Event(), Recommender.prepare

        def held(recommender: Recommender, *names: Any) -> None:
            assert may_go_on.wait(PATIENCE)
            prepare(recommender, *names)

        monkeypatch.setattr(Recommender, "prepare", held)
        yield may_go_on
        may_go_on.set()

    @pytest.fixture
    def content(self, library: Library, served: KnowledgeGraph) -> Content:
        return Content(served, snapshot_of(library.folder, library.cache))

    def test_is_replaced_by_a_new_version(self, library: Library, content: Content) -> None:
        app, old = create_app(content), content.graph
        library.write("c")
        new = library.load()
        asyncio.run(content.reload())
        assert content.graph is not old
        body = exchange(app, "POST", "/graphql", json={"query": COUNT}).json()
        assert body["data"]["graph"] == {"articleCount": 3, "version": new.version}
        assert exchange(app, "GET", "/readyz").json()["version"] == new.version

    def test_that_was_replaced_is_let_go(self, library: Library) -> None:
        content = Content(library.load(), snapshot_of(library.folder, library.cache))
        old = weakref.ref(content.graph)
        app = create_app(content)
        for query in (COUNT, "{ articles { nodes { title related { subject { name } } } } }"):
            assert exchange(app, "POST", "/graphql", json={"query": query}).status_code == 200
        assert content.graph.nx
        assert content.graph.subjects == ()
        library.write("c", subject="Maths")
        library.load()
        asyncio.run(content.reload())
        assert old() is None

    def test_stays_when_the_version_is_the_same(self, content: Content) -> None:
        old = content.graph
        asyncio.run(content.reload())
        assert content.graph is old
        assert content.failure is None

    def test_a_request_keeps_the_graph_that_it_began_with(
        self, library: Library, content: Content, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = content.graph
        library.write("c")
        new = library.load()

        def replaced_meanwhile(_: KnowledgeGraph) -> float:
            content.graph = new
            return 0.5

        monkeypatch.setattr(KnowledgeGraph, "density", property(replaced_meanwhile))
        app = create_app(content)
        query = '{ a: graph { density } b: graph { version articleCount } article(url: "/c") { url } }'
        data = exchange(app, "POST", "/graphql", json={"query": query}).json()["data"]
        assert data == {
            "a": {"density": 0.5},
            "b": {"version": old.version, "articleCount": 2},
            "article": None,
        }
        assert content.graph is new

    def test_stays_when_the_snapshot_cannot_be_read_and_health_says_so(
        self, library: Library, content: Content, caplog: pytest.LogCaptureFixture
    ) -> None:
        app, old = create_app(content), content.graph
        snapshot = snapshot_of(library.folder, library.cache)
        whole = snapshot.read_bytes()
        snapshot.unlink()
        snapshot.write_bytes(whole[:-10])
        asyncio.run(content.reload())
        assert content.graph is old
        health = exchange(app, "GET", "/healthz")
        assert health.status_code == 200
        failure = health.json()["reloadFailure"]
        assert failure["message"]
        assert datetime.fromisoformat(failure["at"]).tzinfo
        assert str(library.root) not in health.text
        assert "reload failed, the old content stays" in caplog.text
        assert str(snapshot) in caplog.text
        assert exchange(app, "GET", "/readyz").status_code == 200
        snapshot.write_bytes(whole)
        asyncio.run(content.reload())
        assert exchange(app, "GET", "/healthz").json()["reloadFailure"] is None

    def test_stays_whatever_goes_wrong_while_it_is_opened(
        self, content: Content, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def reopen(*_: object) -> KnowledgeGraph:
            raise MemoryError

        old = content.graph
        monkeypatch.setattr(KnowledgeGraph, "reopen", reopen)
        asyncio.run(content.reload())
        assert content.graph is old
        assert content.failure is not None

    @pytest.mark.parametrize("warm", [True, False])
    def test_is_warmed_in_the_background_after_each_load_when_asked_to(
        self, library: Library, warm: bool, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        warmed: list[str] = []
        called = threading.Event()

        def warm_up(graph: KnowledgeGraph, **_: object) -> None:
            warmed.append(graph.version)
            called.set()
            raise ValueError("no reason to stop serving")

        monkeypatch.setattr(warming, "warm", warm_up)
        content = Content(library.load(), snapshot_of(library.folder, library.cache), warm=warm)
        content.settle()
        assert called.wait(PATIENCE if warm else 0.05) is warm
        called.clear()
        library.write("c")
        library.load()
        asyncio.run(content.reload())
        assert called.wait(PATIENCE if warm else 0.05) is warm
        assert warmed == ([*warmed[:1], content.graph.version] if warm else [])

    def test_recommendations_wait_for_those_who_are_there_first(
        self, content: Content, preparing: threading.Event
    ) -> None:
        content.settle()
        answers = []

        def ask() -> None:
            answers.append(exchange(app, "POST", "/graphql", json={"query": RECOMMENDED}).json())

        app = create_app(content)
        asking = threading.Thread(target=ask)
        asking.start()
        other = exchange(app, "POST", "/graphql", json={"query": BY_CHANCE})
        assert other.status_code == 200
        assert answers == []
        preparing.set()
        asking.join(PATIENCE)
        assert answers == [
            {"data": {"article": {"url": "/b", "recommendations": [{"article": {"url": "/a"}}]}}}
        ]

    def test_recommendations_that_are_not_there_in_time_leave_the_rest_of_a_page(
        self, content: Content, preparing: threading.Event, clock: Clock
    ) -> None:
        content.settle()
        app = create_app(content, limits=Limits(deadline=1.0))
        with clock.moved(0.9):  # when it has waited, and a little time is left to say so
            body = exchange(app, "POST", "/graphql", json={"query": RECOMMENDED}).json()
        assert body["data"] == {"article": {"url": "/b", "recommendations": None}}
        (error,) = body["errors"]
        assert error["extensions"]["code"] == "DEADLINE_EXCEEDED"
        assert "ask again in some seconds" in error["message"]
        assert error["path"] == ["article", "recommendations"]

    def test_nobody_waits_for_what_was_replaced(
        self, library: Library, content: Content, preparing: threading.Event
    ) -> None:
        content.settle()
        old = recommender_of(content.graph)
        assert old.is_awaited()
        library.write("c")
        library.load()
        asyncio.run(content.reload())
        assert not old.is_awaited()
        assert not recommender_of(content.graph).is_awaited()
        body = exchange(create_app(content), "POST", "/graphql", json={"query": RECOMMENDED}).json()
        assert body["data"]["article"]["recommendations"]

    def test_nobody_waits_for_what_has_failed(
        self, content: Content, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def prepare(_: Recommender, *names: Any) -> None:
            raise MemoryError

        monkeypatch.setattr(Recommender, "prepare", prepare)
        content.settle()
        body = exchange(create_app(content), "POST", "/graphql", json={"query": RECOMMENDED}).json()
        assert "errors" not in body

    def test_is_replaced_at_once_and_answers_from_what_was_learned_before(
        self, library: Library, content: Content, preparing: threading.Event
    ) -> None:
        preparing.set()
        recommender_of(content.graph).prepare()
        preparing.clear()
        library.write("c")
        library.load()
        asyncio.run(content.reload())
        assert content.graph.article_count == 3
        app = create_app(content)
        body = exchange(app, "POST", "/graphql", json={"query": RECOMMENDED}).json()
        found = body["data"]["article"]["recommendations"]
        assert found == [{"article": {"url": "/a"}}]

    def test_is_left_out_of_garbage_collection(self, content: Content) -> None:
        content.settle()
        try:
            assert gc.get_freeze_count() > 0
        finally:
            gc.unfreeze()

    def test_of_a_graph_alone_has_nothing_to_reload(self, served: KnowledgeGraph) -> None:
        content = Content(served)
        asyncio.run(content.reload())
        assert content.graph is served


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


class TestReloader:
    """Brings the snapshot up to date when asked to."""

    def told(self, command: list[str] | None, requests: int = 1) -> list[str | None]:
        """What it tells of builds that are asked for one after the other."""
        told: list[str | None] = []

        async def main() -> None:
            answered = asyncio.Event()

            async def done(failure: str | None) -> None:
                told.append(failure)
                answered.set()

            reloader = Reloader(command, done)
            task = asyncio.create_task(reloader.run())
            for _ in range(requests):
                answered.clear()
                reloader.request()
                await asyncio.wait_for(answered.wait(), PATIENCE)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(main())
        return told

    def test_has_nothing_to_build_without_a_command(self) -> None:
        assert self.told(None, 2) == [None, None]

    def test_tells_that_a_build_is_done(self) -> None:
        assert self.told(python("print('not read')")) == [None]

    def test_tells_why_a_build_failed(self) -> None:
        assert self.told(python("import sys; sys.exit('  no content\\n')")) == ["no content"]
        assert self.told(python("import sys; sys.exit(3)")) == ["the build ended with status 3"]
        code = "import sys; sys.stderr.buffer.write(b'bad \\xff'); sys.exit(1)"
        assert self.told(python(code)) == ["bad \ufffd"]

    def test_goes_on_when_a_build_cannot_even_be_started(self) -> None:
        told = self.told(["/nowhere/python"], 2)
        assert len(told) == 2
        assert all("cannot be started" in str(failure) for failure in told)

    def test_makes_one_more_build_of_several_requests_while_one_is_under_way(self, tmp_path: Path) -> None:
        log, may_end = tmp_path / "log", tmp_path / "end"
        command = python(
            "import os, sys, time\n"
            f"if sys.stdin.read(1): open({str(log)!r}, 'a').write('x')\n"
            f"while not os.path.exists({str(may_end)!r}): time.sleep(0.01)"
        )
        told: list[str | None] = []

        async def main() -> None:
            async def done(failure: str | None) -> None:
                told.append(failure)

            reloader = Reloader(command, done)
            task = asyncio.create_task(reloader.run())
            reloader.request()
            async with asyncio.timeout(PATIENCE):
                while not log.exists():
                    await asyncio.sleep(0.01)
            for _ in range(5):
                reloader.request()
                await asyncio.sleep(0.01)
            assert told == []
            may_end.touch()
            async with asyncio.timeout(PATIENCE):
                while len(told) < 2:
                    await asyncio.sleep(0.01)
            await asyncio.sleep(0.1)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

        asyncio.run(main())
        assert told == [None, None]
        assert log.read_text() == "xx"

    def test_ends_the_build_when_it_is_cancelled(self, tmp_path: Path) -> None:
        log = tmp_path / "log"
        command = python(f"import os, time; open({str(log)!r}, 'w').write(str(os.getpid())); time.sleep(60)")

        async def main() -> None:
            async def done(failure: str | None) -> None:
                raise AssertionError(failure)

            reloader = Reloader(command, done)
            task = asyncio.create_task(reloader.run())
            reloader.request()
            async with asyncio.timeout(PATIENCE):
                while not (log.exists() and log.read_text()):
                    await asyncio.sleep(0.01)
            task.cancel()
            async with asyncio.timeout(PATIENCE):
                await asyncio.gather(task, return_exceptions=True)

        asyncio.run(main())
        with pytest.raises(ProcessLookupError):
            os.kill(int(log.read_text()), 0)


Looks = asyncio.Queue[set[tuple[Any, str]]]
Watched = Callable[[Path, list[Callable[[], object]]], list[str]]


class TestWatch:
    @pytest.fixture
    def looks(self, monkeypatch: pytest.MonkeyPatch) -> Looks:
        """What changed, each time that the watch has looked and has told of it; nothing, as a rule."""
        looks: Looks = asyncio.Queue()
        changes = content_module._changes

        async def noted(path: Path) -> AsyncGenerator[set[tuple[Any, str]]]:
            async for found in changes(path):
                try:
                    yield found
                finally:  # when what to do about it is done
                    looks.put_nowait(found)

        monkeypatch.setattr(content_module, "_changes", noted)
        monkeypatch.setattr(content_module, "_WATCH_SECONDS", 0.1)
        return looks

    @pytest.fixture
    def watched(self, looks: Looks) -> Watched:
        """Watch a path while it is acted on; each act must be noticed. Returns the paths that changed."""

        async def watched(path: Path, acts: list[Callable[[], object]]) -> list[str]:
            changed: list[str] = []

            async def quiet() -> None:
                """Until it watches, and has told of all that was done before."""
                former = looks.qsize()
                while (found := await looks.get()) or former > 0:
                    former -= 1
                    changed.extend(changed_path for _, changed_path in found)

            noticed = asyncio.Event()
            task = asyncio.create_task(watch(path, noticed.set))
            for act in acts:
                async with asyncio.timeout(PATIENCE):
                    await quiet()
                    noticed.clear()
                    act()
                    await noticed.wait()
            async with asyncio.timeout(PATIENCE):
                await quiet()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return changed

        return lambda path, acts: asyncio.run(watched(path, acts))

    def test_notices_what_changes_below_a_folder(self, library: Library, watched: Watched) -> None:
        library.write("sub/d")
        changed = watched(
            library.folder,
            [
                lambda: library.write("a", answer="New."),
                lambda: library.write("sub/d", answer="New."),
                lambda: library.write_raw("new/folder/c.md", "---\ntitle: C\n---\n"),
                lambda: library.remove("b"),
            ],
        )
        assert {str(library.folder / name) for name in ("a.md", "sub/d.md", "new", "b.md")} <= set(changed)

    def test_notices_each_time_that_a_snapshot_is_replaced_and_nothing_beside_it(
        self, library: Library, watched: Watched
    ) -> None:
        file = library.root / "served.snapshot"
        file.write_text("0")

        def replace() -> None:
            beside = library.root / "beside"
            beside.write_text("1")
            beside.replace(file)

        assert set(watched(file, [replace] * 3)) == {str(file)}

    def test_notices_a_folder_in_the_place_of_another(self, tmp_path: Path, watched: Watched) -> None:
        folder, other = tmp_path / "served", tmp_path / "other"
        for each in (folder, other):
            each.mkdir()

        def swap() -> None:
            folder.rename(tmp_path / "old")
            other.rename(folder)

        watched(folder, [swap, lambda: (folder / "a.md").write_text("new")])
