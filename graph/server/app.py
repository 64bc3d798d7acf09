"""The Starlette application: which path answers what."""

from __future__ import annotations

import importlib.resources
import time
from collections.abc import Callable, Sequence
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.responses import Response as PlainResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ..execution import Planner
from ..knowledge import KnowledgeGraph
from ..recommend import recommender_of
from ..schema import Context, create_schema
from ..search import is_awaited
from .content import Content
from .cost import Cost
from .exchange import Exchange, Response
from .graphql import GraphQLEndpoint
from .limits import Limits
from .metrics import CONTENT_TYPE, Metrics
from .observing import Notes, Observing
from .record import Record

RESPONSE_CACHE = 64 * 1024 * 1024
"""Bytes that are kept of answers by default."""


class Application(Starlette):
    """Starlette's application with a short way to GraphQL, past its middleware and router.

    Parameters
    ----------
    endpoint
        What answers at /graphql.
    notes
        Where requests are noted.
    is_direct
        Whether the short way is open. It is past Starlette's middleware, of which only the noting is kept.
    options
        As for `Starlette`.
    """

    def __init__(self, endpoint: GraphQLEndpoint, notes: Notes, *, is_direct: bool, **options: Any) -> None:
        super().__init__(**options)
        self._endpoint = endpoint
        self._notes = notes
        self._observed = Observing(endpoint, notes)
        self._is_direct = is_direct

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if self.may_answer_at_once(scope):
            await self._observed(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    def may_answer_at_once(self, scope: Scope) -> bool:
        """Whether `respond_at_once` is to be asked."""
        return (
            self._is_direct
            and scope["type"] == "http"
            and scope["path"] == scope.get("root_path", "") + "/graphql"
        )

    def respond_at_once(self, scope: Scope, exchange: Exchange, body: bytes) -> Response | None:
        """Answer a request to GraphQL whose body is there, if nothing has to be waited for, and note it.

        See `GraphQLEndpoint.respond_at_once`.
        """
        began = time.perf_counter()
        record = Record()
        response = self._endpoint.respond_at_once(scope, exchange, body, record)
        if response is not None:
            self._notes.note(scope, response.status, began, record)
        return response


def create_app(
    content: KnowledgeGraph | Content,
    *,
    limits: Limits | None = None,
    operations: int = 64,
    introspection: bool = True,
    suggestions: bool = True,
    response_cache: int = RESPONSE_CACHE,
    cors_origins: Sequence[str] = (),
    cors_credentials: bool = False,
    access_log: Callable[[bytes], object] | None = None,
) -> Application:
    """The ASGI application.

    Parameters
    ----------
    content
        The graph to serve, or a `Content` that replaces its graph while the application runs.
    limits
        What a request may ask for; `Limits()` where it is left out.
    operations
        How many operations may be under way, running or waiting, before more are turned away.
    introspection
        Whether clients may ask for the schema.
    suggestions
        Whether errors name the fields and values that were perhaps meant.
    response_cache
        Bytes that answers, and parts of them, may take that are kept between requests; 0 keeps nothing.
    cors_origins
        Origins such as ``https://example.org`` whose pages may ask from a browser; ``*`` for all.
    cors_credentials
        Whether those pages may send cookies and authorization.
    access_log
        Takes a line of JSON for each request.

    Returns
    -------
    Application
        With GraphQL at /graphql, the playground at /graphiql, /healthz, /readyz and /metrics.
    """
    served = Content(content) if isinstance(content, KnowledgeGraph) else content
    metrics = Metrics(served)
    schema = create_schema()
    planner = Planner(schema, memory=response_cache, hide_suggestions=not suggestions)

    def reloaded(result: str) -> None:
        metrics.count_reload(result)
        planner.forget()

    served.on_reload = reloaded
    endpoint = GraphQLEndpoint(
        schema,
        lambda: Context(graph=served.graph),
        limits=limits,
        operations=operations,
        introspection=introspection,
        suggestions=suggestions,
        is_ready=_is_ready,
        planner=planner,
    )

    async def health(_: Request) -> PlainResponse:
        return JSONResponse(_health(served))

    async def ready(_: Request) -> PlainResponse:
        return JSONResponse({"status": "ready", "version": served.graph.version})

    async def counts(_: Request) -> PlainResponse:
        return PlainResponse(metrics.exposition(), headers={"content-type": CONTENT_TYPE})

    notes = Notes(metrics, access_log)
    middleware = [Middleware(Observing, notes)]
    if cors_origins:
        middleware.append(_cross_origin(cors_origins, credentials=cors_credentials))
    return Application(
        endpoint,
        notes,
        is_direct=not cors_origins,
        routes=[
            Route("/", _home, methods=["GET"]),
            Route("/graphql", endpoint),
            Route("/graphiql", _playground, methods=["GET"]),
            Route("/healthz", health, methods=["GET"]),
            Route("/readyz", ready, methods=["GET"]),
            Route("/metrics", counts, methods=["GET"]),
        ],
        middleware=middleware,
    )


def _cross_origin(origins: Sequence[str], *, credentials: bool) -> Middleware:
    if credentials and "*" in origins:
        raise ValueError(
            "credentials for every origin would let any page act as its visitor; name the origins"
        )
    return Middleware(
        CORSMiddleware,
        allow_origins=list(origins),
        allow_methods=["GET", "POST"],
        allow_headers=["*"],
        allow_credentials=credentials,
        expose_headers=["retry-after"],
    )


def _health(content: Content) -> dict[str, object]:
    graph, failure = content.graph, content.failure
    return {
        "status": "alive",
        "version": graph.version,
        "loadedAt": graph.loaded_at.isoformat(),
        "articles": graph.article_count,
        # the reason names paths of this machine: it is for the log
        "reloadFailure": failure
        and {"message": "the old content stays; the log says why", "at": failure.at.isoformat()},
    }


async def _home(request: Request) -> PlainResponse:
    return RedirectResponse(request.scope.get("root_path", "") + "/graphiql")


async def _playground(_: Request) -> PlainResponse:
    page = (importlib.resources.files("strawberry") / "static" / "graphiql.html").read_text("utf-8")
    # Strawberry's page expects GraphQL at its own address
    return HTMLResponse(
        page.replace('window.location.href.split("?")[0]', 'new URL("graphql", window.location.href).href')
    )


def _is_ready(context: Any, cost: Cost) -> bool:
    """Whether what an operation of some cost needs is there."""
    graph = context["graph"]
    if cost.needs_index and is_awaited(graph):
        return False
    return not (cost.awaits and recommender_of(graph).is_awaited())
