"""Watches every request: a line of the access log for each, and what the metrics count."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .metrics import Metrics
from .record import Record, begin

GONE = 499
"""Status of a request whose client went away before there was an answer; no response carries it."""
_LONGEST = 200


class Observing:
    """ASGI middleware that notes every request.

    Parameters
    ----------
    app
        The application.
    notes
        Where requests are noted.
    """

    def __init__(self, app: ASGIApp, notes: Notes) -> None:
        self._app = app
        self._notes = notes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, and note it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        record = begin(scope)
        status = GONE

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._notes.metrics.under_way += 1
        try:
            await self._app(scope, receive, noting)
        finally:
            self._notes.metrics.under_way -= 1
            self._notes.note(scope, status, began, record)


class Notes:
    """Where requests are noted: in the metrics, and in the access log.

    Parameters
    ----------
    metrics
        What counts.
    log
        Takes each line of the access log; None for no log.
    """

    def __init__(self, metrics: Metrics, log: Callable[[bytes], object] | None) -> None:
        self.metrics = metrics
        self._log = log

    def note(self, scope: Scope, status: int, began: float, record: Record) -> None:
        """Note a request that has been answered, and when that began, by `time.perf_counter`."""
        seconds = time.perf_counter() - began
        self.metrics.count(scope["path"].removeprefix(scope.get("root_path", "")), status, seconds, record)
        if self._log is not None:
            self._log(access_line(scope["method"], scope["path"], status, seconds, record))


def access_line(method: str, path: str, status: int, seconds: float, record: Record) -> bytes:
    """A line of the access log: a JSON object. It has no query string, no variables and no document."""
    members: dict[str, object] = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "method": method,
        "path": path[:_LONGEST],
        "status": status,
        "ms": round(seconds * 1000, 2),
    }
    if record.document is not None:
        members |= {
            "operation": record.operation and record.operation[:_LONGEST],
            "hash": record.hash,
            "cost": record.cost,
        }
    if record.codes:
        members["errors"] = list(dict.fromkeys(record.codes))
    return orjson.dumps(members, option=orjson.OPT_APPEND_NEWLINE)


def write_to_stdout(line: bytes) -> None:
    """Write a line to standard output, at once and whole, so that those of several processes do not mix."""
    try:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    except (OSError, ValueError):  # whoever read it has gone, and requests go on
        pass
