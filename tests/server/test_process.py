"""The server as an operator runs it: a process of its own, asked over HTTP, told by signals."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from library import SEEDS, Library

import graph
from graph.server.process import Settings
from graph.server.supervisor import Supervisor

PATIENCE = 20.0
"""Seconds; nothing here takes a tenth of it on an idle machine."""
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
STATE = "{ graph { version articleCount } articles(first: 0) { totalCount } }"


def until(what: str, condition: Callable[[], Any]) -> Any:
    """Wait for a condition; return what it says."""
    end = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert time.monotonic() < end, f"waited {PATIENCE:.0f} seconds for {what}"
        time.sleep(0.02)
    return found


def children_of(process: int) -> set[int]:
    """Ids of the processes that a process has started and that still run, those that wait to build aside."""
    listed = subprocess.run(
        ["ps", "-ww", "-o", "pid=,stat=,args=", "--ppid", str(process)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    rows = [line.split() for line in listed.stdout.splitlines() if "graph.updating" not in line]
    return {int(pid) for pid, state, *_ in rows if not state.startswith("Z")}


def open_files(process: int) -> list[str]:
    """What a process has open; nothing where it has ended."""
    found = []
    with contextlib.suppress(FileNotFoundError):
        for link in Path(f"/proc/{process}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                found.append(str(link.readlink()))
    return found


def watches(process: int) -> bool:
    """Whether a process watches a folder."""
    with contextlib.suppress(FileNotFoundError):
        for file in Path(f"/proc/{process}/fdinfo").iterdir():
            with contextlib.suppress(FileNotFoundError):
                if "\ninotify wd:" in f"\n{file.read_text()}":
                    return True
    return False


def sockets_of(process: int) -> set[str]:
    return {name for name in open_files(process) if name.startswith("socket:")}


def runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


class Server:
    """A server in a process of its own, on a free port."""

    def __init__(
        self,
        cache: Path,
        *arguments: object,
        meanwhile: Callable[[int], object] | None = None,
        program: Sequence[str] = ("-m", "graph"),
    ) -> None:
        command = [sys.executable, *program, "serve", *map(str, arguments), "--port", "0"]
        self.process = subprocess.Popen(
            command,
            env={**os.environ, "ARTICLEGRAPH_CACHE_DIR": str(cache)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._started: set[int] = set()
        try:
            if meanwhile:
                meanwhile(self.process.pid)
            self.port = int(self.logged(r"serving on http://127\.0\.0\.1:(\d+) ")[1])
        except BaseException:
            self.kill()
            raise
        self.url = f"http://127.0.0.1:{self.port}"
        self.client = httpx.Client(base_url=self.url, timeout=PATIENCE, trust_env=False)

    def _read(self) -> None:
        assert self.process.stdout is not None
        self.lines.extend(self.process.stdout)  # as they come

    @property
    def log(self) -> str:
        return "".join(self.lines)

    def logged(self, pattern: str, count: int = 1) -> re.Match[str]:
        """Wait until the log has a line for the count'th time."""

        def found() -> re.Match[str] | None:
            matches = list(re.finditer(pattern, self.log))
            assert matches or self.process.poll() is None or self._reader.is_alive() or not self.lines, (
                self.log
            )
            return matches[count - 1] if len(matches) >= count else None

        match: re.Match[str] = until(f"{pattern!r} in the log, which is\n{self.log}", found)
        return match

    def ask(self, query: str = STATE) -> Any:
        response = self.client.post("/graphql", json={"query": query})
        assert response.status_code == 200, response.text
        body = response.json()
        assert "errors" not in body, body
        return body["data"]

    def ask_anew(self, query: str = STATE) -> Any:
        """Ask over a connection of its own, which any worker may accept."""
        with httpx.Client(base_url=self.url, timeout=PATIENCE, trust_env=False) as client:
            body = client.post("/graphql", json={"query": query}).json()
        assert "errors" not in body, body
        return body["data"]

    @property
    def count(self) -> int:
        return int(self.ask()["graph"]["articleCount"])

    def health(self) -> dict[str, Any]:
        response = self.client.get("/healthz")
        assert response.status_code == 200
        found: dict[str, Any] = response.json()
        return found

    def tell(self, number: signal.Signals) -> None:
        if number is signal.SIGINT:  # as Ctrl-C does: it reaches the workers too
            os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)

    def opener(self) -> int | None:
        """The process that several workers are forks of; what is learned or built is done beside it."""
        for child in children_of(self.process.pid):
            with contextlib.suppress(OSError):
                if b"opener" in Path(f"/proc/{child}/cmdline").read_bytes():
                    self._started.add(child)
                    return child
        return None

    def workers(self) -> set[int]:
        opener = self.opener()
        found = set() if opener is None else children_of(opener)
        self._started |= found
        return found

    def wait(self) -> int:
        status = self.process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        return status

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        self.tell(number)
        return self.wait()

    def kill(self) -> None:
        """End it and whatever it started, by their ids."""
        if self.process.poll() is None:
            self._started |= children_of(self.process.pid) | self.workers()
            self.process.kill()
        self.process.wait(PATIENCE)
        for child in self._started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        assert self.process.stdout is not None
        self._reader.join(PATIENCE)
        self.process.stdout.close()
        if hasattr(self, "client"):
            self.client.close()


Serve = Callable[..., Server]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Start servers; each is ended with the test."""
    running: list[Server] = []

    def start(*arguments: object, **options: Any) -> Server:
        running.append(Server(tmp_path / "cache", *arguments, **options))
        return running[-1]

    yield start
    for server in running:
        server.kill()


@pytest.fixture
def library(tmp_path: Path) -> Library:
    library = Library(tmp_path)
    library.write("a", "b", answer="Text.")
    library.write("b")
    return library


class TestAnswers:
    @pytest.fixture(scope="class")
    @classmethod
    def server(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
        server = Server(tmp_path_factory.mktemp("cache"), SEEDS)
        yield server
        server.kill()

    def test_the_log_says_what_is_served_and_where(self, server: Server) -> None:
        first, second = server.log.splitlines()[:2]
        assert first == "articlegraph: 72 articles, 244 links"
        assert second == f"articlegraph: serving on {server.url} (Ctrl-C stops)"

    def test_graphql_is_answered(self, server: Server) -> None:
        data = server.ask('{ article(url: "/learn/graph-theory/questions/what-is-pagerank") { title } }')
        assert data == {"article": {"title": "What is PageRank?"}}

    def test_a_browser_at_the_root_ends_at_the_playground(self, server: Server) -> None:
        response = server.client.get("/", headers=BROWSER, follow_redirects=True)
        assert response.status_code == 200
        assert response.url.path == "/graphiql"
        assert response.headers["content-type"].startswith("text/html")
        assert 'new URL("graphql", window.location.href)' in response.text

    def test_there_is_no_graphql_at_the_root(self, server: Server) -> None:
        assert server.client.post("/", json={"query": STATE}).status_code == 405
        assert server.client.get("/", params={"query": STATE}).status_code == 307

    def test_health_and_readiness_name_the_version(self, server: Server) -> None:
        version = server.ask()["graph"]["version"]
        assert server.health()["version"] == version
        assert server.client.get("/readyz").json() == {"status": "ready", "version": version}

    def test_no_response_tells_of_the_machine(self, server: Server) -> None:
        responses = [
            server.client.get("/nothing"),
            server.client.get("/graphql"),
            server.client.put("/graphql"),
            server.client.get("/healthz"),
            server.client.post("/graphql", content=b"\xff", headers={"content-type": "application/json"}),
            server.client.post("/graphql", json={"query": "{ nothing }"}),
            server.client.post("/graphql", json={"query": '{ node(id: "x") { id } }'}),
            server.client.post("/graphql", json={"query": "{ articles(first: 501) { totalCount } }"}),
            server.client.post("/graphql", json={"query": "{" * 5000}),
        ]
        assert responses[0].status_code == 404
        places = (
            str(Path(graph.__file__).parent),
            str(Path.home()) + "/",
            "site-packages",
            "Traceback",
            ".py",
        )
        for response in responses:
            assert not [place for place in places if place in response.text], response.text
            assert "server" not in response.headers

    def test_many_ask_at_once(self, server: Server) -> None:
        with contextlib.ExitStack() as stack:
            clients = [
                stack.enter_context(httpx.Client(base_url=server.url, trust_env=False)) for _ in range(30)
            ]
            answers = [client.post("/graphql", json={"query": STATE}).json() for client in clients]
        assert {answer["data"]["graph"]["articleCount"] for answer in answers} == {72}


class TestOperating:
    def test_below_the_path_of_a_proxy_all_leads_to_where_it_is_shown(self, serve: Serve) -> None:
        server = serve(SEEDS, "--root-path", "/kb")
        # a proxy that shows http://host/kb/... asks here without /kb
        redirect = server.client.get("/", headers=BROWSER)
        assert redirect.headers["location"] == "/kb/graphiql"
        page = server.client.get("/graphiql", headers=BROWSER)
        assert 'new URL("graphql", window.location.href)' in page.text  # relative to where it is shown
        assert server.ask("{ __typename }") == {"__typename": "Query"}
        assert server.client.get("/healthz").status_code == 200
        metrics = server.client.get("/metrics").text
        assert 'articlegraph_http_requests_total{path="/graphql",status="200"} 1' in metrics

    def test_each_request_is_a_line_of_standard_output(self, serve: Serve) -> None:
        server = serve(SEEDS)
        server.ask("query Name { __typename }")
        line = json.loads(server.logged(r'(?m)^\{.*"/graphql".*\}$')[0])
        assert (line["status"], line["operation"], line["cost"]) == (200, "Name", 0)

    def test_there_is_no_line_where_the_log_is_off(self, serve: Serve) -> None:
        server = serve(SEEDS, "--no-access-log")
        server.ask("{ __typename }")
        server.stop()
        assert "{" not in server.log

    def test_limits_and_switches_reach_the_server(self, serve: Serve) -> None:
        server = serve(SEEDS, "--limit", "depth=1", "--no-introspection", "--workers", 2)
        for query, expected in (
            ("{ graph { version } }", "LIMIT_EXCEEDED"),
            ("{ __schema { __typename } }", "INTROSPECTION_DISABLED"),
        ):
            body = server.client.post("/graphql", json={"query": query}).json()
            assert body["errors"][0]["extensions"]["code"] == expected

    def test_metrics_count_for_all_workers(self, serve: Serve) -> None:
        server = serve(SEEDS, "--workers", 3)
        for _ in range(30):
            server.ask_anew("{ __typename }")

        def counted() -> dict[str, float]:
            with httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False) as client:
                lines = client.get("/metrics").text.splitlines()
            return {line.rpartition(" ")[0]: float(line.split()[-1]) for line in lines if line[0] != "#"}

        requests = 'articlegraph_http_requests_total{path="/graphql",status="200"}'
        until("all counts", lambda: {counted()[requests] for _ in range(10)} == {30.0})
        memory = "articlegraph_resident_memory_bytes{"
        pids = {int(re.findall(r"\d+", name)[0]) for name in counted() if name.startswith(memory)}
        workers = server.workers()
        assert pids == workers
        assert counted()["articlegraph_graph_articles"] == 72

        victim = min(workers)
        os.kill(victim, signal.SIGKILL)
        until("another worker", lambda: len(server.workers() - workers) == 1)
        until("its metrics", lambda: len([n for n in counted() if n.startswith(memory)]) == 3)
        assert not [name for name in counted() if f'"{victim}"' in name]
        assert counted()[requests] == 30.0
        assert counted()["articlegraph_http_requests_in_flight"] >= 1


class HalfRequest:
    """A POST whose body is sent in two halves, the second when the server waits for it."""

    def __init__(self, port: int, query: str = STATE) -> None:
        body = b'{"query": "%s"}' % query.encode()
        fields = (
            "host: x",
            "content-type: application/json",
            f"content-length: {len(body)}",
            "expect: 100-continue",
        )
        head = "\r\n".join(("POST /graphql HTTP/1.1", *fields))
        self._rest = body[10:]
        self._socket = socket.create_connection(("127.0.0.1", port), PATIENCE)
        self._socket.sendall(head.encode() + b"\r\n\r\n" + body[:10])
        said = b"HTTP/1.1 100 Continue\r\n\r\n"
        assert self._socket.recv(len(said), socket.MSG_WAITALL) == said

    def finish(self) -> bytes:
        self._socket.sendall(self._rest)
        answer = b""
        while data := self._socket.recv(65536):
            answer += data
        return answer

    def close(self) -> None:
        self._socket.close()


def refuses_connections(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return True
    return False


COMPUTES_LONG = """
import logging, sys
import numpy as np
import graph.warming
from graph.cli import main

least = int(sys.argv.pop(1))

def prepare(graph):
    if graph.article_count < least:
        return
    logging.getLogger("articlegraph").info("computing")
    matrix = np.eye(2000)
    for _ in range(1000):
        matrix = matrix @ matrix

graph.warming.prepare = prepare
main()
"""
"""The command, with indexes that take minutes to make of so many articles."""


class TestStopping:
    @pytest.mark.parametrize(
        ("number", "workers"), [(signal.SIGTERM, 1), (signal.SIGTERM, 2), (signal.SIGINT, 2)]
    )
    def test_ends_requests_under_way_and_exits_with_0(
        self, serve: Serve, library: Library, number: signal.Signals, workers: int
    ) -> None:
        server = serve(library.folder, "--workers", workers)
        started = server.workers()
        assert len(started) == (0 if workers == 1 else workers)
        assert server.count == 2
        server.client.close()
        with contextlib.closing(HalfRequest(server.port)) as request:
            server.tell(number)
            until("the port to close", lambda: refuses_connections(server.port))
            time.sleep(0.3)  # a server that did not wait would be gone by then
            assert server.process.poll() is None
            answer = request.finish()
        assert answer.startswith(b"HTTP/1.1 200 ")
        assert b'"articleCount":2' in answer
        assert server.wait() == 0
        assert "Traceback" not in server.log
        until("the workers to end", lambda: not any(map(runs, started)))

    def test_waits_no_longer_than_the_grace(self, serve: Serve, library: Library) -> None:
        server = serve(library.folder, "--grace", 1)
        with contextlib.closing(HalfRequest(server.port)):
            began = time.monotonic()
            assert server.stop() == 0
            assert 0.5 < time.monotonic() - began < 20

    @pytest.mark.parametrize("workers", [1, 2])
    def test_stops_at_once_when_asked_a_second_time(
        self, serve: Serve, library: Library, workers: int
    ) -> None:
        server = serve(library.folder, "--workers", workers)
        with contextlib.closing(HalfRequest(server.port)):
            server.tell(signal.SIGTERM)
            until("the port to close", lambda: refuses_connections(server.port))
            began = time.monotonic()
            assert server.stop() == 0
            assert time.monotonic() - began < 20

    @pytest.mark.parametrize("articles", [2, 3])
    def test_does_not_wait_for_what_is_computed_ahead(
        self, serve: Serve, library: Library, articles: int
    ) -> None:
        server = serve(library.folder, program=("-c", COMPUTES_LONG, str(articles)))
        if articles == 3:
            library.write("c")
            server.tell(signal.SIGHUP)
        server.logged("computing")
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 20
        assert "Traceback" not in server.log

    def test_a_taken_port_is_a_message_and_status_1(self, serve: Serve, library: Library) -> None:
        server = serve(library.folder)
        done = subprocess.run(
            [sys.executable, "-m", "graph", "serve", str(library.folder), "--port", str(server.port)],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            env={**os.environ, "ARTICLEGRAPH_CACHE_DIR": str(library.cache)},
        )
        assert (done.returncode, done.stdout) == (1, "")
        (line,) = done.stderr.splitlines()
        assert line.startswith(f"articlegraph: cannot listen on 127.0.0.1:{server.port}: ")
        assert server.count == 2


class TestReloading:
    def test_sighup_serves_what_has_changed(self, serve: Serve, library: Library) -> None:
        server = serve(library.folder)
        before = server.ask()["graph"]["version"]
        library.write("c", "a")
        library.write("a", answer="Other.")
        assert server.ask()["graph"]["version"] == before
        server.tell(signal.SIGHUP)
        until("the new article", lambda: server.count == 3)
        data = server.ask('{ article(url: "/a") { answer relatedBy { url } } graph { version } }')
        assert data["article"] == {"answer": "Other.", "relatedBy": [{"url": "/c"}]}
        assert data["graph"]["version"] == server.health()["version"] != before
        assert server.health()["reloadFailure"] is None

    def test_a_reload_reads_as_the_first_load_did(self, serve: Serve, library: Library) -> None:
        elsewhere = library.root / "elsewhere.md"
        elsewhere.write_text("---\ntitle: Linked\n---\n")
        (library.folder / "linked.md").symlink_to(elsewhere)
        library.write("large", answer="x" * 2000)
        server = serve(library.folder, "--follow-symlinks", "--max-file-size", 1000)
        assert server.count == 3
        library.write("c")
        server.tell(signal.SIGHUP)
        until("the new article", lambda: server.count == 4)
        assert server.ask('{ article(url: "/linked") { title } }') == {"article": {"title": "Linked"}}

    def test_sighup_without_a_change_keeps_the_graph(self, serve: Serve, library: Library) -> None:
        server = serve(library.folder)
        before = server.health()
        server.tell(signal.SIGHUP)
        server.logged("reload: the content is the same, version " + before["version"])
        assert server.health() == before
        began = time.monotonic()
        assert server.stop() == 0  # the connection that is kept is idle, and not waited for
        assert time.monotonic() - began < 20

    @pytest.mark.skipif(sys.platform != "linux", reason="what a process ignores is read from /proc")
    def test_sighup_before_it_serves_does_not_end_it(self, serve: Serve, library: Library) -> None:
        def ignores_sighup(process: int) -> bool:
            status = Path(f"/proc/{process}/status").read_text()
            ignored = re.search(r"^SigIgn:\s*(\w+)", status, re.M)
            return ignored is not None and bool(int(ignored[1], 16) & 1)

        def tell_early(process: int) -> None:
            until("SIGHUP to be ignored", lambda: ignores_sighup(process))
            os.kill(process, signal.SIGHUP)

        assert serve(library.folder, meanwhile=tell_early).count == 2

    @pytest.mark.parametrize("workers", [1, 2])
    def test_no_request_fails_while_the_content_is_replaced(
        self, serve: Serve, library: Library, workers: int
    ) -> None:
        for number in range(30):
            library.write(f"n{number:02}", "a", "b", answer=f"Text {number}.")
        server = serve(library.folder, "--workers", workers)
        first = server.count
        stop = threading.Event()
        failures: list[str] = []
        seen: set[tuple[str, int]] = set()
        asked = [0] * 4

        def hammer(number: int) -> None:
            query = (
                "{ graph { version articleCount } articles(first: 5) { totalCount nodes { url "
                "answer(format: HTML) frontMatter relatedBy { url } } } }"
            )
            try:
                with httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False) as client:
                    while not stop.is_set():
                        response = client.post("/graphql", json={"query": query})
                        body = response.json()
                        if response.status_code != 200 or "errors" in body:
                            failures.append(response.text)
                        state = body["data"]["graph"]
                        if state["articleCount"] != body["data"]["articles"]["totalCount"]:
                            failures.append("two graphs in one response")
                        seen.add((state["version"], state["articleCount"]))
                        asked[number] += 1
            except Exception as error:
                failures.append(repr(error))

        threads = [threading.Thread(target=hammer, args=(number,), daemon=True) for number in range(4)]
        for thread in threads:
            thread.start()
        try:
            for number in range(4):
                library.write(f"new{number}", "a")
                server.tell(signal.SIGHUP)
                until("a reload", lambda number=number: server.count == first + number + 1)
        finally:
            stop.set()
            for thread in threads:
                thread.join(PATIENCE)
        assert failures == []
        assert {count for _, count in seen} <= set(range(first, first + 5))
        assert len({version for version, _ in seen}) == len({count for _, count in seen}) >= 3
        assert min(asked) >= 5

    def test_a_reload_of_an_emptied_folder_keeps_the_old_content_and_says_so(
        self, serve: Serve, library: Library
    ) -> None:
        server = serve(library.folder)
        before = server.health()
        away = library.root / "away"
        away.mkdir()
        for path in list(library.folder.iterdir()):
            path.rename(away / path.name)
        server.tell(signal.SIGHUP)
        failure = until("the failure", lambda: server.health()["reloadFailure"])
        assert {**server.health(), "reloadFailure": None} == before
        assert str(library.root) not in str(failure)
        assert failure["message"]
        assert failure["at"]
        server.logged("ERROR reload failed, the old content stays: .*no Markdown file")
        assert server.count == 2
        assert server.client.get("/readyz").status_code == 200
        for path in list(away.iterdir()):
            path.rename(library.folder / path.name)
        library.write("c")
        server.tell(signal.SIGHUP)
        until("the new content", lambda: server.count == 3)
        assert server.health()["reloadFailure"] is None

    def test_a_broken_file_is_a_failed_reload_only_when_strict(self, serve: Serve, library: Library) -> None:
        server = serve(library.folder, "--strict")
        library.write("c")
        broken = library.write_raw("broken.md", "---\ntitle: [\n---\n")
        server.tell(signal.SIGHUP)
        failure = until("the failure", lambda: server.health()["reloadFailure"])
        assert str(library.root) not in str(failure)
        assert server.count == 2
        server.logged(r"broken\.md:3:1")
        server.logged("the content has 1 errors; nothing was changed")
        broken.unlink()
        server.tell(signal.SIGHUP)
        until("the new content", lambda: server.count == 3)
        assert server.health()["reloadFailure"] is None
        assert server.stop() == 0
        library.write_raw("broken.md", "---\ntitle: [\n---\n")
        lenient = serve(library.folder)
        assert "3 articles, 1 links, 1 problems (articlegraph check lists them)" in lenient.log
        library.write("d")
        lenient.tell(signal.SIGHUP)
        until("the new content", lambda: lenient.count == 4)
        assert lenient.ask("{ graph { problems { totalCount } } }")["graph"]["problems"]["totalCount"] == 1

    def test_watching_picks_up_each_change_in_every_worker(self, serve: Serve, library: Library) -> None:
        server = serve(library.folder, "--watch", "--workers", 2)
        until("it to watch", lambda: watches(server.process.pid))
        for count, name in ((3, "c"), (4, "sub/d")):
            library.write(name)
            server.logged(f"reload: {count} articles", count=2)
            until("the new article", lambda count=count: server.count == count)
        assert server.stop() == 0
        assert "Traceback" not in server.log

    def test_a_snapshot_is_served_and_replaced(self, serve: Serve, library: Library) -> None:
        file = library.root / "served.snapshot"
        graph.build(library.folder, file)
        server = serve(file)
        assert server.count == 2
        library.write("c")
        build = [sys.executable, "-m", "graph", "build", str(library.folder), "-o", str(file)]
        subprocess.run(build, check=True, capture_output=True, timeout=PATIENCE)
        assert server.count == 2
        assert server.ask('{ article(url: "/a") { answer } }') == {"article": {"answer": "Text."}}
        server.tell(signal.SIGHUP)
        until("the new article", lambda: server.count == 3)
        whole = file.read_bytes()
        file.unlink()
        server.tell(signal.SIGHUP)
        failure = until("the failure", lambda: server.health()["reloadFailure"])
        assert str(library.root) not in str(failure)
        assert server.count == 3
        file.write_bytes(whole)
        server.tell(signal.SIGHUP)
        until("recovery", lambda: server.health()["reloadFailure"] is None)
        assert server.stop() == 0
        assert not library.cache.exists()

    def test_a_watched_snapshot_is_reloaded_each_time_it_is_replaced(
        self, serve: Serve, library: Library
    ) -> None:
        file = library.root / "served.snapshot"
        graph.build(library.folder, file)
        server = serve(file, "--watch")
        until("it to watch", lambda: watches(server.process.pid))
        for count, name in ((3, "c"), (4, "d")):
            library.write(name)
            graph.build(library.folder, file)
            until("the new article", lambda count=count: server.count == count)


class TestWorkers:
    def answered_by(self, server: Server) -> set[int]:
        """The workers that have accepted one of several connections."""
        with contextlib.ExitStack() as stack:
            before = {pid: sockets_of(pid) for pid in server.workers()}
            for _ in range(12):
                client = stack.enter_context(
                    httpx.Client(base_url=server.url, timeout=PATIENCE, trust_env=False)
                )
                assert client.post("/graphql", json={"query": STATE}).status_code == 200
            return {pid for pid, sockets in before.items() if sockets_of(pid) - sockets}

    def test_all_serve_all_are_reloaded_and_all_end(self, serve: Serve, library: Library) -> None:
        server = serve(library.folder, "--workers", 2)
        workers = server.workers()
        assert len(workers) == 2
        self.until_all_answer(server, 2)
        old = server.ask()["graph"]["version"]
        library.write("c")
        server.tell(signal.SIGHUP)
        server.logged("reload: 3 articles", count=2)
        until("other workers in their places", lambda: not server.workers() & workers)
        versions = {server.ask_anew()["graph"]["version"] for _ in range(20)}
        assert len(versions) == 1
        assert old not in versions
        assert len(server.workers()) == 2
        assert server.stop() == 0
        until("the workers to end", lambda: not any(map(runs, workers)))
        assert "Traceback" not in server.log

    def until_all_answer(self, server: Server, count: int) -> None:
        answered: set[int] = set()

        def all_answered() -> bool:
            answered.update(self.answered_by(server))
            return len(answered) >= count

        until(f"{count} workers to answer", all_answered)

    def test_a_failed_reload_reaches_every_worker(self, serve: Serve, library: Library) -> None:
        server = serve(library.folder, "--workers", 2, "--strict")
        library.write_raw("broken.md", "no front matter")
        server.tell(signal.SIGHUP)
        server.logged("ERROR reload failed", count=3)  # the parent, and each worker
        for _ in range(12):
            with httpx.Client(base_url=server.url, trust_env=False) as client:
                health = client.get("/healthz").json()
            assert health["reloadFailure"]["message"]
            assert health["articles"] == 2

    def test_one_that_is_killed_is_replaced(self, serve: Serve, library: Library) -> None:
        server = serve(library.folder, "--workers", 2)
        workers = server.workers()
        killed = min(workers)
        os.kill(killed, signal.SIGKILL)
        server.logged(rf"worker {killed} ended with status -9; starting another")
        after = until("another worker", lambda: len(now := server.workers() - {killed}) == 2 and now)
        assert len(after & workers) == 1
        self.until_all_answer(server, 2)
        library.write("c")
        server.tell(signal.SIGHUP)
        server.logged("reload: 3 articles", count=2)
        assert server.stop() == 0
        until("the workers to end", lambda: not any(map(runs, after)))

    @pytest.mark.parametrize("workers", [1, 2])
    def test_what_a_reload_has_replaced_is_let_go(self, serve: Serve, library: Library, workers: int) -> None:
        server = serve(library.folder, "--workers", workers)
        for number in range(3):
            library.write(f"new-{number}")
            server.tell(signal.SIGHUP)
            server.logged("reload: ", count=workers * (number + 1))

        def replaced() -> list[str]:
            serving = server.workers() if workers > 1 else {server.process.pid}
            return [name for pid in serving for name in open_files(pid) if name.endswith("(deleted)")]

        if Path("/proc").exists():
            until("replaced snapshots to be closed", lambda: not [n for n in replaced() if ".snapshot" in n])

    def test_they_end_when_their_parent_is_killed(self, serve: Serve, library: Library) -> None:
        server = serve(library.folder, "--workers", 2)
        workers = server.workers()
        server.tell(signal.SIGKILL)
        assert server.wait() == -signal.SIGKILL
        until("the workers to end", lambda: not any(map(runs, workers)))

    def test_a_new_worker_serves_what_the_others_serve(self, serve: Serve, library: Library) -> None:
        server = serve(library.folder, "--workers", 2)
        before = server.ask()["graph"]["version"]
        library.write("another")
        library.load()  # brings the snapshot in the cache up to date, but nobody asked for a reload
        killed = min(server.workers())
        os.kill(killed, signal.SIGKILL)
        server.logged(rf"worker {killed} ended")
        until("two workers", lambda: len(server.workers()) == 2)
        time.sleep(1.5)
        assert {server.ask_anew()["graph"]["version"] for _ in range(20)} == {before}

    def test_the_server_gives_up_when_none_can_start(self, serve: Serve, library: Library) -> None:
        file = library.root / "served.snapshot"
        graph.build(library.folder, file)
        server = serve(file, "--workers", 2)
        file.unlink()
        for link in library.root.glob(".served.snapshot.*"):
            link.unlink()
        first, second = sorted(server.workers())
        opener = server.opener()
        assert opener is not None
        os.kill(opener, signal.SIGKILL)  # it has the snapshot open, whether that has a name or not
        os.kill(first, signal.SIGKILL)
        server.logged("cannot read: ")
        assert server.ask_anew()["graph"]["version"]  # the other one goes on
        os.kill(second, signal.SIGKILL)
        assert server.wait() == 1
        assert "Traceback" not in server.log
        last = server.log.splitlines()[-1]
        assert last == "articlegraph: workers ended 5 times right after their start; see the log"

    def test_workers_go_on_without_the_process_that_they_are_forks_of(
        self, serve: Serve, library: Library
    ) -> None:
        server = serve(library.folder, "--workers", 2)
        workers, opener = server.workers(), server.opener()
        assert opener is not None
        os.kill(opener, signal.SIGKILL)
        until("its end", lambda: server.opener() is None)
        assert server.count == 2
        library.write("c")
        server.tell(signal.SIGHUP)
        server.logged("reload: 3 articles", count=2)
        until("other workers", lambda: len(server.workers()) == 2 and not any(map(runs, workers)))
        assert server.count == 3
        assert server.stop() == 0

    def test_the_server_ends_its_workers_though_their_parent_is_gone(
        self, serve: Serve, library: Library
    ) -> None:
        server = serve(library.folder, "--workers", 2)
        workers, opener = server.workers(), server.opener()
        assert opener is not None
        os.kill(opener, signal.SIGKILL)
        until("its end", lambda: server.opener() is None)
        assert server.stop() == 0
        until("the workers to end", lambda: not any(map(runs, workers)))

    def test_a_signal_while_they_start_ends_them_too(self, serve: Serve, library: Library) -> None:
        server = serve(library.folder, "--workers", 2)
        for _ in range(2):
            killed = min(server.workers())
            os.kill(killed, signal.SIGKILL)
            server.logged(rf"worker {killed} ended")
        server.tell(signal.SIGTERM)
        assert server.wait() == 0
        until("the workers to end", lambda: not any(map(runs, server._started)))

    def test_one_that_was_being_started_when_the_signal_came_ends_too(self, library: Library) -> None:
        file = library.root / "served.snapshot"
        graph.build(library.folder, file)

        async def main(listening: socket.socket) -> int | None:
            supervisor = Supervisor(listening, Settings(file), lambda: None)
            await supervisor._open()
            supervisor._stopping.set()
            worker = await supervisor._start()
            worker.writer.close()
            status = await asyncio.wait_for(worker.ended, PATIENCE)
            await supervisor._opener.stop()
            return status

        with socket.create_server(("127.0.0.1", 0)) as listening:
            assert asyncio.run(main(listening)) == -signal.SIGTERM
