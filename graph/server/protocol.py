"""uvicorn's protocol, with a short way for requests that can be answered the moment they are there.

Under ASGI each request becomes a task of the event loop, with messages to and fro. Most queries take less
time than that. So a request whose head was met before is offered to the application as it is, and what that
returns is written at once. Whatever is new or takes longer goes the ordinary way.

A head is known by its bytes alone. What they mean uvicorn's own parser has found out, when they came first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from starlette.types import Scope
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from .app import Application
from .exchange import Exchange

__all__ = ["protocol_for"]

LONGEST_HEAD = 4_096
"""Bytes of a head up to which it is remembered."""
LARGEST_BODY = 16_384
"""Bytes of a body up to which its request may go the short way."""
HEADS = 4_096
"""How many heads are remembered: one for each client program, and for each length of a body."""


@dataclass(frozen=True, slots=True)
class _Head:
    """What a request's head means."""

    scope: Scope
    exchange: Exchange
    length: int
    """Bytes of the body."""


class _Heads(dict[bytes, _Head]):
    """The heads that were met, by their bytes."""

    def remember(self, head: bytes, known: _Head) -> None:
        if len(self) >= HEADS:
            self.clear()
        self[head] = known


class _Protocol(HttpToolsProtocol):
    """Answers requests at once where the application can."""

    application: Application
    heads: _Heads
    _is_between = True
    """Whether the parser has seen the end of a request and nothing of the next."""
    _own_headers: list[tuple[bytes, bytes]] | None = None
    _own = b""
    _begun = b""
    """A head that is known, with as much of the body as is there."""
    _new_head: bytes | None = None
    """The head of the request that is being read, where it may be worth remembering."""
    _answered_at = 0.0
    """When a request was answered at once for the last time, by the loop's clock."""

    def data_received(self, data: bytes) -> None:
        """Read what has come: a whole request, as a rule."""
        data, self._begun = self._begun + data, b""
        if self._is_idle():
            end = data.find(b"\r\n\r\n", 0, LONGEST_HEAD) + 4
            head = data[:end] if end >= 4 else b""
            known = self.heads.get(head)
            if known is None:
                self._new_head = head or None
            elif len(data) < end + known.length:  # many clients send the body on its own
                self._begun = data
                self._unset_keepalive_if_required()
                return
            elif len(data) == end + known.length and self._answer(known, data[end:]):
                return
        super().data_received(data)

    def _is_idle(self) -> bool:
        """Whether the next byte begins a request, and its answer would be the next to be sent."""
        return (
            self._is_between
            and (self.cycle is None or self.cycle.response_complete)
            and not self.flow.write_paused
            and not self._is_closing_all()
            and not self.transport.is_closing()
        )

    def _is_closing_all(self) -> bool:
        """Whether the server ends each connection with its next answer."""
        self._own_lines()
        return b"connection: close" in self._own

    def on_message_begin(self) -> None:
        """Note that the parser is inside a request."""
        self._is_between = False
        super().on_message_begin()

    def on_message_complete(self) -> None:
        """Note that the parser has come to the end of a request."""
        self._is_between = True
        super().on_message_complete()

    def on_headers_complete(self) -> None:
        """Remember what a new head means, for the next time."""
        super().on_headers_complete()
        head, self._new_head = self._new_head, None
        if head is None or not self.cycle.keep_alive or self.parser.should_upgrade():
            return
        scope = cast("Scope", self.scope)
        fields = dict(scope["headers"])
        length = fields.get(b"content-length", b"0" if scope["method"] == "GET" else b"")
        if (
            self.application.may_answer_at_once(scope)
            and not fields.keys() & {b"transfer-encoding", b"expect"}
            and length.isdigit()
            and len(length) < 9
            and int(length) <= LARGEST_BODY
        ):
            self.heads.remember(head, _Head(scope, Exchange(scope), int(length)))

    def shutdown(self) -> None:
        """Let a request that has begun come to its end."""
        self._pass_on()
        super().shutdown()

    def connection_lost(self, exc: Exception | None) -> None:
        """Let the ordinary way hear of a request that will never be complete."""
        self._pass_on()
        super().connection_lost(exc)

    def _pass_on(self) -> None:
        if self._begun:
            begun, self._begun = self._begun, b""
            super().data_received(begun)

    def _answer(self, known: _Head, body: bytes) -> bool:
        """Answer a request, if it can be answered at once."""
        response = self.application.respond_at_once(known.scope, known.exchange, body)
        if response is None:
            return False
        lines = [STATUS_LINE[response.status], self._own_lines()]
        for name, text in response.headers:
            lines += (name, b": ", text, b"\r\n")
        lines.append(b"\r\n")
        self.transport.writelines((b"".join(lines), response.body))
        self.server_state.total_requests += 1
        self._answered_at = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self._await_next(self.timeout_keep_alive)
        return True

    def _own_lines(self) -> bytes:
        """The header lines of all responses, which change each second with the date."""
        own = self.server_state.default_headers
        if own is not self._own_headers:
            self._own_headers = own
            self._own = b"".join(b"%b: %b\r\n" % header for header in own)
        return self._own

    def _await_next(self, seconds: float) -> None:
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)

    def timeout_keep_alive_handler(self) -> None:
        """Close the connection if nothing has come for long: the timer is not set anew with each request."""
        left = self._answered_at + self.timeout_keep_alive - self.loop.time()
        if left > 0:
            self._await_next(left)
        else:
            super().timeout_keep_alive_handler()


def protocol_for(application: Application) -> type[HttpToolsProtocol]:
    """The protocol class that offers requests to an application."""
    own: dict[str, Any] = {"application": application, "heads": _Heads()}
    return type("Protocol", (_Protocol,), own)
