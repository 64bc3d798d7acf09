"""uvicorn's protocol, with a short way for requests that can be answered the moment they are there.

Under ASGI each request becomes a task of the event loop with messages to and fro. Most queries take less time
than that. So the protocol waits until such a request is there as a whole, offers it to the application, and
writes what that returns; whatever the application wants to think about goes the ordinary way.
"""

from __future__ import annotations

from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from .app import Application

__all__ = ["protocol_for"]

SMALL = 16_384
"""Bytes of a body up to which it is waited for."""


class _Protocol(HttpToolsProtocol):
    """Answers requests at once where the application can.

    Where a version of uvicorn should not call what is overridden here, all requests go the ordinary way.
    """

    application: Application
    _held: tuple[RequestResponseCycle, Any] | None = None
    """A request whose body is waited for, with its application as uvicorn wraps it."""

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        # a pipelined request is complete by the time that it is its turn
        is_incomplete = cycle is self.cycle and cycle.more_body and not cycle.waiting_for_100_continue
        if is_incomplete and self.application.may_answer_at_once(cast("Scope", cycle.scope)):
            self._held = cycle, app
        else:
            super()._start_asgi_task(cycle, app)

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        if self._held is not None and len(self._held[0].body) > SMALL:
            self._release()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._held is None:
            return
        cycle, _ = self._held
        if self.flow.write_paused or not self._answer(cycle):
            self._release()
        else:
            self._held = None

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._release()  # whoever counts requests must hear of it

    def _release(self) -> None:
        """Let the request that is held go the ordinary way."""
        held, self._held = self._held, None
        if held is not None:
            super()._start_asgi_task(*held)

    def _answer(self, cycle: RequestResponseCycle) -> bool:
        """Answer a request, if it can be answered at once."""
        response = self.application.respond_at_once(cast("Scope", cycle.scope), bytes(cycle.body))
        if response is None:
            return False
        cycle.response_started = cycle.response_complete = True
        head = [STATUS_LINE[response.status]]
        for name, text in (*cycle.default_headers, *response.headers):
            head += (name, b": ", text, b"\r\n")
        if not cycle.keep_alive:
            head.append(b"connection: close\r\n")
        head.append(b"\r\n")
        if cycle.scope["method"] != "HEAD":
            head.append(response.body)
        self.transport.write(b"".join(head))
        if not cycle.keep_alive:
            self.transport.close()
        self.on_response_complete()
        return True


def protocol_for(application: Application) -> type[HttpToolsProtocol]:
    """The protocol class that offers requests to an application."""
    return type("Protocol", (_Protocol,), {"application": application})
