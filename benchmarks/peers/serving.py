"""Serve an ASGI application with uvicorn, set as articlegraph sets it."""

from __future__ import annotations

import logging
import socket
from typing import Any

import uvicorn


def serve(app: Any) -> None:
    """Serve on a free port, and say on standard output which."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(2048)
    config = uvicorn.Config(
        app,
        loop="uvloop",
        http="httptools",
        log_config=None,
        log_level=logging.WARNING,
        access_log=False,
        server_header=False,
        lifespan="off",
    )
    print(f"serving on http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
    uvicorn.Server(config).run(sockets=[listening])
