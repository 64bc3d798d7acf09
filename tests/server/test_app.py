"""The application: which path answers what."""

from __future__ import annotations

from datetime import datetime

import pytest
from library import exchange
from starlette.applications import Starlette

from graph.knowledge import KnowledgeGraph
from graph.server.app import create_app
from graph.server.limits import Limits

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
COUNT = "{ graph { articleCount version } }"


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
