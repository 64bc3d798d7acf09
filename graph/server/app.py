"""The Starlette application: which path answers what."""

from __future__ import annotations

import importlib.resources

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from ..knowledge import KnowledgeGraph
from ..schema import Context, create_schema
from .content import Content
from .graphql import GraphQLEndpoint


def create_app(content: KnowledgeGraph | Content) -> Starlette:
    """The ASGI application.

    Parameters
    ----------
    content
        The graph to serve, or a `Content` that replaces its graph while the application runs.

    Returns
    -------
    Starlette
        With GraphQL at /graphql, the playground at /graphiql, and /healthz and /readyz.
    """
    served = Content(content) if isinstance(content, KnowledgeGraph) else content

    def context() -> Context:
        return {"graph": served.graph}

    async def health(_: Request) -> Response:
        return JSONResponse(_health(served))

    async def ready(_: Request) -> Response:
        return JSONResponse({"status": "ready", "version": served.graph.version})

    return Starlette(
        routes=[
            Route("/", _home, methods=["GET"]),
            Route("/graphql", GraphQLEndpoint(create_schema(), context)),
            Route("/graphiql", _playground, methods=["GET"]),
            Route("/healthz", health, methods=["GET"]),
            Route("/readyz", ready, methods=["GET"]),
        ]
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
