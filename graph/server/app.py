"""The Starlette application: which path answers what."""

from __future__ import annotations

import importlib.resources
from collections.abc import Callable, Sequence

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ..knowledge import KnowledgeGraph
from ..recommend import recommender_of
from ..schema import Context, create_schema
from .content import Content
from .graphql import GraphQLEndpoint
from .limits import Limits
from .metrics import CONTENT_TYPE, Metrics
from .observing import Observing


def create_app(
    content: KnowledgeGraph | Content,
    *,
    limits: Limits | None = None,
    operations: int = 64,
    introspection: bool = True,
    suggestions: bool = True,
    cors_origins: Sequence[str] = (),
    cors_credentials: bool = False,
    access_log: Callable[[bytes], object] | None = None,
) -> Starlette:
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
    cors_origins
        Origins such as ``https://example.org`` whose pages may ask from a browser; ``*`` for all.
    cors_credentials
        Whether those pages may send cookies and authorization.
    access_log
        Takes a line of JSON for each request.

    Returns
    -------
    Starlette
        With GraphQL at /graphql, the playground at /graphiql, /healthz, /readyz and /metrics.
    """
    served = Content(content) if isinstance(content, KnowledgeGraph) else content
    metrics = Metrics(served)
    endpoint = GraphQLEndpoint(
        create_schema(),
        lambda: Context(graph=served.graph),
        limits=limits,
        operations=operations,
        introspection=introspection,
        suggestions=suggestions,
        is_ready=lambda context: not recommender_of(context["graph"]).is_awaited(),
    )

    async def health(_: Request) -> Response:
        return JSONResponse(_health(served))

    async def ready(_: Request) -> Response:
        return JSONResponse({"status": "ready", "version": served.graph.version})

    async def counts(_: Request) -> Response:
        return Response(metrics.exposition(), headers={"content-type": CONTENT_TYPE})

    middleware = [Middleware(Observing, metrics, access_log)]
    if cors_origins:
        middleware.append(_cross_origin(cors_origins, credentials=cors_credentials))
    return Starlette(
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


async def _home(request: Request) -> Response:
    return RedirectResponse(request.scope.get("root_path", "") + "/graphiql")


async def _playground(_: Request) -> Response:
    page = (importlib.resources.files("strawberry") / "static" / "graphiql.html").read_text("utf-8")
    # Strawberry's page expects GraphQL at its own address
    return HTMLResponse(
        page.replace('window.location.href.split("?")[0]', 'new URL("graphql", window.location.href).href')
    )
