"""What operators see of requests: the access log and the metrics."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from datetime import datetime
from typing import Any

import httpx
import pytest
from library import SEEDS, Library
from prometheus_client.parser import text_string_to_metric_families
from starlette.applications import Starlette

from graph.loading import snapshot_of
from graph.server import observing
from graph.server.app import create_app
from graph.server.content import Content
from graph.server.limits import Limits
from graph.server.metrics import resident_memory

QUERY = "query Title($u: String!) { article(url: $u) { title } }"
SECRET = "/very/secret"


class Served:
    """An application, its access log, and a client."""

    def __init__(self, content: Any, **options: Any) -> None:
        self.lines: list[bytes] = []
        self.app: Starlette = create_app(content, access_log=self.lines.append, **options)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        async def exchange() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
                return await client.request(method, path, **options)

        return asyncio.run(exchange())

    def ask(self, query: str, **variables: Any) -> httpx.Response:
        return self.request("POST", "/graphql", json={"query": query, "variables": variables})

    @property
    def log(self) -> list[dict[str, Any]]:
        assert all(line.endswith(b"\n") and line.count(b"\n") == 1 for line in self.lines)
        return [json.loads(line) for line in self.lines]

    def metrics(self) -> dict[tuple[str, str], float]:
        """Values by name and labels, such as `path="/graphql",status="200"`."""
        response = self.request("GET", "/metrics")
        assert response.status_code == 200
        assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
        return {
            (sample.name, ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))): (
                sample.value
            )
            for family in text_string_to_metric_families(response.text)
            for sample in family.samples
        }


@pytest.fixture
def served(library: Library) -> Served:
    return Served(library.load())


class TestAccessLog:
    def test_has_a_line_for_each_request(self, served: Served) -> None:
        assert served.ask(QUERY, u=SECRET).status_code == 200
        served.request("GET", "/healthz")
        graphql, health = served.log
        assert datetime.fromisoformat(graphql.pop("time")).tzinfo
        assert 0 < graphql.pop("ms") < 60_000
        assert graphql == {
            "method": "POST",
            "path": "/graphql",
            "status": 200,
            "operation": "Title",
            "hash": hashlib.sha256(QUERY.encode()).hexdigest(),
            "cost": 1,
        }
        assert set(health) == {"time", "method", "path", "status", "ms"}

    def test_names_the_codes_of_errors_each_once(self, served: Served) -> None:
        served.ask("{ a: node(id: 1) { id } b: node(id: 2) { id } }")
        served.ask("{ nope }")
        served.ask("{")
        served.request("POST", "/graphql", content=b"{}")
        assert [(line["status"], line["errors"]) for line in served.log] == [
            (200, ["INVALID_ID"]),
            (200, ["GRAPHQL_VALIDATION_FAILED"]),
            (200, ["GRAPHQL_PARSE_FAILED"]),
            (415, ["BAD_REQUEST"]),
        ]

    def test_tells_nothing_of_what_was_asked_for(self, served: Served) -> None:
        served.ask(QUERY, u=SECRET)
        served.ask(f'{{ article(url: "{SECRET}") {{ title }} }}')
        served.request(
            "GET", "/graphql", params={"query": "{ __typename }", "variables": f'{{"x": "{SECRET}"}}'}
        )
        served.request("GET", f"/nothing?{SECRET}")
        assert len(served.lines) == 4
        assert SECRET.encode() not in b"".join(served.lines)

    def test_stays_in_its_form_whatever_comes(self, served: Served) -> None:
        served.request("GET", "/" + "x" * 5000)
        served.request("GET", "/%0A%22%00")
        served.ask("query " + "A" * 3000 + " { __typename }")
        served.request(
            "POST", "/graphql", content=b'{"query": "\\ud800"}', headers={"content-type": "application/json"}
        )
        assert [line["status"] for line in served.log] == [404, 404, 200, 400]
        assert max(map(len, served.lines)) < 1000

    def test_notes_a_client_that_went_away(self, served: Served) -> None:
        async def receive() -> Any:
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            raise AssertionError

        headers = [(b"content-type", b"application/json")]
        scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "query_string": b"",
            "headers": headers,
        }
        asyncio.run(served.app(scope, receive, send))
        assert [line["status"] for line in served.log] == [499]

    def test_nobody_reads_is_no_reason_to_fail(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Gone:
            class buffer:  # noqa: N801
                @staticmethod
                def write(_: bytes) -> None:
                    raise BrokenPipeError

        monkeypatch.setattr(observing.sys, "stdout", Gone)
        observing.write_to_stdout(b"line\n")

    def test_can_be_left_out(self, library: Library, capsys: pytest.CaptureFixture[str]) -> None:
        app = Served(library.load())
        app.app = create_app(library.load())
        assert app.ask("{ __typename }").status_code == 200
        assert app.lines == []
        assert capsys.readouterr().out == ""


class TestMetrics:
    def test_count_requests_by_path_and_status(self, served: Served) -> None:
        for _ in range(3):
            served.ask(QUERY, u="/a")
        served.request("PUT", "/graphql")
        for path in ("/x", "/y"):
            served.request("GET", path)
        metrics = served.metrics()
        name = "articlegraph_http_requests_total"
        assert metrics[name, 'path="/graphql",status="200"'] == 3
        assert metrics[name, 'path="/graphql",status="405"'] == 1
        assert metrics[name, 'path="other",status="404"'] == 2
        assert metrics["articlegraph_http_request_seconds_count", 'path="/graphql"'] == 4
        assert metrics["articlegraph_http_request_seconds_bucket", 'le="+Inf",path="/graphql"'] == 4
        assert metrics["articlegraph_http_requests_in_flight", ""] == 1  # that for the metrics
        assert served.metrics()[name, 'path="/metrics",status="200"'] == 1

    def test_count_errors_and_refusals_by_code(self, library: Library) -> None:
        served = Served(library.load(), limits=Limits(cost=5))
        served.ask("{ nope nope2 }")
        served.ask("{ node(id: 1) { id } }")
        served.ask("{ articles(first: 500) { nodes { url } } }")
        metrics = served.metrics()
        errors, refused = "articlegraph_graphql_errors_total", "articlegraph_graphql_refused_total"
        assert metrics[errors, 'code="GRAPHQL_VALIDATION_FAILED"'] == 2
        assert metrics[refused, 'code="GRAPHQL_VALIDATION_FAILED"'] == 1
        assert metrics[errors, 'code="INVALID_ID"'] == 1
        assert (refused, 'code="INVALID_ID"') not in metrics
        assert metrics[refused, 'code="COST_LIMIT_EXCEEDED"'] == 1

    def test_tell_what_is_served_and_what_became_of_reloads(self, library: Library) -> None:
        content = Content(library.load(), snapshot_of(library.folder, library.cache))
        served = Served(content)
        version = content.graph.version
        metrics = served.metrics()
        assert metrics["articlegraph_graph_info", f'version="{version}"'] == 1
        assert metrics["articlegraph_graph_articles", ""] == 2
        assert metrics["articlegraph_graph_links", ""] == 1
        assert metrics["articlegraph_graph_loaded_timestamp_seconds", ""] == pytest.approx(
            content.graph.loaded_at.timestamp(), abs=1e-3
        )
        assert metrics["articlegraph_graph_reload_failed", ""] == 0
        assert {metrics["articlegraph_reloads_total", f'result="{r}"'] for r in ("changed", "failed")} == {0}

        asyncio.run(content.reload())
        library.write("c")
        library.load()
        asyncio.run(content.reload())
        content.fail("for the test")
        metrics = served.metrics()
        assert metrics["articlegraph_graph_articles", ""] == 3
        assert ("articlegraph_graph_info", f'version="{version}"') not in metrics
        assert metrics["articlegraph_graph_reload_failed", ""] == 1
        results = ("changed", "unchanged", "failed")
        assert [metrics["articlegraph_reloads_total", f'result="{r}"'] for r in results] == [1, 1, 1]

    @pytest.mark.skipif(resident_memory() is None, reason="the system does not tell a process' memory")
    def test_tell_the_memory(self, served: Served) -> None:
        metrics = served.metrics()
        assert 2e7 < metrics["articlegraph_resident_memory_bytes", ""] < 1e10

    def test_are_described(self, served: Served) -> None:
        text = served.request("GET", "/metrics").text
        names = set(re.findall(r"^# TYPE (articlegraph_\w+) ", text, re.MULTILINE))
        names = {name for name in names if not name.endswith("_created")}
        guide = (SEEDS.parent / "docs" / "operating.md").read_text("utf-8")
        assert names == set(re.findall(r"^\| `(articlegraph_\w+)` \|", guide, re.MULTILINE))
        for name in names:
            assert re.search(rf"^# HELP {name} \w+", text, re.MULTILINE), name

    def test_of_two_applications_are_apart(self, served: Served, library: Library) -> None:
        served.ask("{ __typename }")
        other = Served(library.load()).metrics()
        assert ("articlegraph_http_requests_total", 'path="/graphql",status="200"') not in other
