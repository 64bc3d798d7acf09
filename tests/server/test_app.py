"""The application: which path answers what, over a graph and over content that is replaced."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from library import Library
from starlette.applications import Starlette

from graph import warming
from graph.knowledge import KnowledgeGraph
from graph.loading import snapshot_of
from graph.recommend import Recommender, recommender_of
from graph.server import content as content_module
from graph.server.app import create_app
from graph.server.content import Content, Reloader, watch
from graph.server.limits import Limits

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
RECOMMENDED = '{ article(url: "/b") { url recommendations(first: 1) { article { url } } } }'
BY_CHANCE = RECOMMENDED.replace("first: 1", 'first: 1, strategy: "random"')
PATIENCE = 20.0
COUNT = "{ graph { articleCount version } }"


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path)
    library.write("a", "b")
    library.write("b")
    return library


@pytest.fixture
def served(library: Library) -> KnowledgeGraph:
    return library.load()


def exchange(app: Starlette, method: str, path: str, **options: Any) -> httpx.Response:
    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            return await client.request(method, path, **options)

    return asyncio.run(send())


class TestRoutes:
    def test_the_root_redirects_browsers_to_the_playground(self, served: KnowledgeGraph) -> None:
        response = exchange(create_app(served), "GET", "/", headers=BROWSER)
        assert response.status_code in (302, 303, 307)
        assert response.headers["location"] == "/graphiql"

    def test_the_root_redirects_within_the_path_it_is_mounted_at(self, served: KnowledgeGraph) -> None:
        outer = Starlette()
        outer.mount("/kb", create_app(served))
        response = exchange(outer, "GET", "/kb/", headers=BROWSER)
        assert response.headers["location"] == "/kb/graphiql"
        response = exchange(outer, "POST", "/kb/graphql", json={"query": COUNT})
        assert response.json()["data"]["graph"]["articleCount"] == 2

    def test_the_root_speaks_no_graphql(self, served: KnowledgeGraph) -> None:
        app = create_app(served)
        assert exchange(app, "POST", "/", json={"query": COUNT}).status_code == 405
        response = exchange(app, "GET", "/", params={"query": COUNT}, headers={"accept": "application/json"})
        assert response.is_redirect
        assert response.content == b""

    def test_the_playground_asks_the_endpoint_beside_it(self, served: KnowledgeGraph) -> None:
        response = exchange(create_app(served), "GET", "/graphiql", headers=BROWSER)
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/html; charset=utf-8"
        assert 'fetchURL = new URL("graphql", window.location.href).href' in response.text
        assert 'window.location.href.split("?")' not in response.text

    def test_health_names_the_graph(self, served: KnowledgeGraph) -> None:
        response = exchange(create_app(served), "GET", "/healthz")
        assert response.status_code == 200
        assert response.json() == {
            "status": "alive",
            "version": served.version,
            "loadedAt": served.loaded_at.isoformat(),
            "articles": 2,
            "reloadFailure": None,
        }
        assert datetime.fromisoformat(response.json()["loadedAt"]).tzinfo

    def test_readiness_names_the_version(self, served: KnowledgeGraph) -> None:
        response = exchange(create_app(served), "GET", "/readyz")
        assert (response.status_code, response.json()) == (
            200,
            {"status": "ready", "version": served.version},
        )

    @pytest.mark.parametrize("path", ["/graphiql", "/healthz", "/readyz", "/metrics"])
    def test_pages_answer_head_and_refuse_post(self, served: KnowledgeGraph, path: str) -> None:
        app = create_app(served)
        assert exchange(app, "HEAD", path).status_code == 200
        assert exchange(app, "POST", path, json={"query": COUNT}).status_code == 405

    @pytest.mark.parametrize("path", ["/nothing", "/graphql/x", "/../etc/passwd", "/static/x", "/healthz/"])
    def test_other_paths_are_not_found_or_lead_to_one_that_is(
        self, served: KnowledgeGraph, path: str
    ) -> None:
        response = exchange(create_app(served), "GET", path)
        assert response.status_code == 404 or response.headers["location"].endswith(path.rstrip("/"))

    def test_a_get_asks_as_well_as_a_post(self, served: KnowledgeGraph) -> None:
        app = create_app(served)
        expected = {"data": {"graph": {"articleCount": 2, "version": served.version}}}
        assert exchange(app, "GET", "/graphql", params={"query": COUNT}).json() == expected
        assert exchange(app, "POST", "/graphql", json={"query": COUNT}).json() == expected


ORIGIN = "https://app.example.org"
PREFLIGHT = {"origin": ORIGIN, "access-control-request-method": "POST"}


class TestCrossOrigin:
    """Pages of other origins, which ask from a browser."""

    def test_may_not_ask_unless_named(self, served: KnowledgeGraph) -> None:
        for app in (create_app(served), create_app(served, cors_origins=["https://other.example.org"])):
            asked = exchange(app, "POST", "/graphql", json={"query": COUNT}, headers={"origin": ORIGIN})
            preflight = exchange(app, "OPTIONS", "/graphql", headers=PREFLIGHT)
            for response in (asked, preflight):
                assert "access-control-allow-origin" not in response.headers

    @pytest.mark.parametrize("origins", [[ORIGIN], ["https://other.example.org", ORIGIN], ["*"]])
    def test_may_ask_where_named(self, served: KnowledgeGraph, origins: list[str]) -> None:
        app = create_app(served, cors_origins=origins)
        allowed = "*" if origins == ["*"] else ORIGIN
        headers = {**PREFLIGHT, "access-control-request-headers": "content-type,apollo-require-preflight"}
        preflight = exchange(app, "OPTIONS", "/graphql", headers=headers)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == allowed
        assert set(preflight.headers["access-control-allow-methods"].split(", ")) == {"GET", "POST"}
        assert "content-type" in preflight.headers["access-control-allow-headers"]
        for method, options in (("POST", {"json": {"query": COUNT}}), ("GET", {"params": {"query": COUNT}})):
            response = exchange(app, method, "/graphql", headers={"origin": ORIGIN}, **options)
            assert response.json()["data"]["graph"]["articleCount"] == 2
            assert response.headers["access-control-allow-origin"] == allowed
            assert "access-control-allow-credentials" not in response.headers
            assert "retry-after" in response.headers["access-control-expose-headers"].lower()
        refused = {**PREFLIGHT, "access-control-request-method": "DELETE"}
        assert exchange(app, "OPTIONS", "/graphql", headers=refused).status_code == 400

    def test_may_send_credentials_only_where_that_is_said(self, served: KnowledgeGraph) -> None:
        app = create_app(served, cors_origins=[ORIGIN], cors_credentials=True)
        response = exchange(app, "POST", "/graphql", json={"query": COUNT}, headers={"origin": ORIGIN})
        assert response.headers["access-control-allow-credentials"] == "true"
        with pytest.raises(ValueError, match="name the origins"):
            create_app(served, cors_origins=["*"], cors_credentials=True)

    def test_can_read_errors(self, served: KnowledgeGraph) -> None:
        app = create_app(served, cors_origins=[ORIGIN])
        response = exchange(app, "POST", "/graphql", content=b"{}", headers={"origin": ORIGIN})
        assert response.status_code == 415
        assert response.headers["access-control-allow-origin"] == ORIGIN


class TestOptions:
    def test_limits_are_those_given(self, served: KnowledgeGraph) -> None:
        app = create_app(served, limits=Limits(depth=2, nodes=3))
        body = {"query": "{ articles { nodes { url } } }"}
        error = exchange(app, "POST", "/graphql", json=body).json()["errors"][0]
        assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "depth", "maximum": 2, "actual": 3}
        app = create_app(served, limits=Limits(nodes=2))
        response = exchange(app, "POST", "/graphql", json=body)
        assert "data" not in response.json()
        (error,) = response.json()["errors"]
        assert error["extensions"] == {"code": "LIMIT_EXCEEDED", "limit": "nodes", "maximum": 2, "actual": 3}

    def test_cost_follows_the_variables_of_each_request(self, served: KnowledgeGraph) -> None:
        app = create_app(served, limits=Limits(cost=50))
        query = "query ($n: Int) { articles(first: $n) { nodes { url } } }"

        def codes(first: int) -> list[str]:
            response = exchange(app, "POST", "/graphql", json={"query": query, "variables": {"n": first}})
            return [error["extensions"]["code"] for error in response.json().get("errors", [])]

        assert [codes(10), codes(500), codes(10)] == [[], ["COST_LIMIT_EXCEEDED"], []]

    def test_introspection_and_suggestions_are_as_told(self, served: KnowledgeGraph) -> None:
        app = create_app(served, introspection=False, suggestions=False)
        body = {"query": "{ __schema { queryType { name } } }"}
        error = exchange(app, "POST", "/graphql", json=body).json()["errors"][0]
        assert error["extensions"]["code"] == "INTROSPECTION_DISABLED"
        message = exchange(app, "POST", "/graphql", json={"query": "{ article { titel } }"}).text
        assert "Did you mean" not in message


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
        assert called.wait(5 if warm else 0.05) is warm
        called.clear()
        library.write("c")
        library.load()
        asyncio.run(content.reload())
        assert called.wait(5 if warm else 0.05) is warm
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
        self, content: Content, preparing: threading.Event
    ) -> None:
        content.settle()
        app = create_app(content, limits=Limits(deadline=1.0))
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
                await asyncio.wait_for(answered.wait(), 20)
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
        log = tmp_path / "log"
        command = python(
            f"import sys, time; sys.stdin.read(1) and open({str(log)!r}, 'a').write('x'); time.sleep(0.3)"
        )
        told: list[str | None] = []

        async def main() -> None:
            async def done(failure: str | None) -> None:
                told.append(failure)

            reloader = Reloader(command, done)
            task = asyncio.create_task(reloader.run())
            reloader.request()
            async with asyncio.timeout(20):
                while not log.exists():
                    await asyncio.sleep(0.01)
            for _ in range(5):
                reloader.request()
                await asyncio.sleep(0.01)
            async with asyncio.timeout(20):
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
            async with asyncio.timeout(20):
                while not (log.exists() and log.read_text()):
                    await asyncio.sleep(0.01)
            task.cancel()
            async with asyncio.timeout(10):
                await asyncio.gather(task, return_exceptions=True)

        asyncio.run(main())
        with pytest.raises(ProcessLookupError):
            os.kill(int(log.read_text()), 0)


class TestWatch:
    def changes(self, path: Path, acts: list[Callable[[], object]]) -> int:
        """How many of the acts are noticed."""

        async def main() -> int:
            noticed = asyncio.Event()
            task = asyncio.create_task(watch(path, noticed.set))
            await asyncio.sleep(0.3)  # until it watches, for which there is no sign
            count = 0
            for act in acts:
                noticed.clear()
                act()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(noticed.wait(), 1.5)
                    count += 1
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            return count

        return asyncio.run(main())

    def test_notices_what_changes_below_a_folder(self, library: Library) -> None:
        acts: list[Callable[[], object]] = [
            lambda: library.write("a", answer="New."),
            lambda: library.write_raw("new/folder/c.md", "---\ntitle: C\n---\n"),
            lambda: library.remove("b"),
        ]
        assert self.changes(library.folder, acts) == 3

    def test_notices_each_time_that_a_snapshot_is_replaced(self, library: Library) -> None:
        file = library.root / "served.snapshot"
        file.write_text("0")

        def replace() -> None:
            beside = library.root / "beside"
            beside.write_text("1")
            beside.replace(file)

        assert self.changes(file, [replace] * 3) == 3

    def test_does_not_mind_the_files_beside_a_snapshot(self, library: Library) -> None:
        file = library.root / "served.snapshot"
        file.write_text("0")
        assert self.changes(file, [lambda: (library.root / "other").write_text("x")]) == 0

    def test_notices_a_folder_in_the_place_of_another(
        self, library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(content_module, "_WATCH_SECONDS", 0.1)
        folder, other = tmp_path / "served", tmp_path / "other"
        for each in (folder, other):
            each.mkdir()

        def swap() -> None:
            folder.rename(tmp_path / "old")
            other.rename(folder)

        assert self.changes(folder, [swap, lambda: (folder / "a.md").write_text("new")]) == 2
