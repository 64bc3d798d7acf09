"""Latency at a fixed rate: an open loop, which asks when a request is due, whether or not answers have come.

Each latency counts from the moment when its request was due, not from when it could be sent. So a server that
stops for a while is charged for every request that would have come meanwhile.
"""

from __future__ import annotations

import ctypes
import gc
import itertools
import select
import socket
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import orjson

CONNECTIONS = 8
WARMING = 0.5
"""Seconds at the beginning that do not count."""
_TIMER_SLACK = 29  # prctl's PR_SET_TIMERSLACK
_BUFFER = 1 << 18


@dataclass(slots=True, eq=False)
class Connection:
    """A keep-alive connection and the answer that is coming on it."""

    socket: socket.socket
    due: float = 0.0
    missing: int = -1
    """Bytes of the answer still to come; negative while its head is."""
    head: bytes = b""

    def take(self, data: bytes) -> bool:
        """Take what has come, and tell whether the answer is whole."""
        if not data:
            raise RuntimeError("the server closed a connection")
        if self.missing < 0:
            self.head += data
            head, found, body = self.head.partition(b"\r\n\r\n")
            if not found:
                return False
            if not head.startswith(b"HTTP/1.1 200"):
                raise RuntimeError(f"the server answered {head[:200]!r}")
            at = head.lower().index(b"content-length:") + len(b"content-length:")
            self.missing = int(head[at:].split(b"\r\n", 1)[0]) - len(body)
            self.head = b""
        else:
            self.missing -= len(data)
        if self.missing > 0:
            return False
        self.missing = -1
        return True

    def ask(self, request: bytes) -> bytes:
        """Send a request, and return its answer's body when it is whole."""
        self.socket.sendall(request)
        parts = [self.socket.recv(_BUFFER)]
        while not self.take(parts[-1]):
            parts.append(self.socket.recv(_BUFFER))
        return b"".join(parts).partition(b"\r\n\r\n")[2]


@dataclass(slots=True)
class Paced:
    """What a run gave.

    Parameters
    ----------
    latencies
        Seconds from when each request was due; of those not answered in the end, the least that it can be.
    unanswered
        How many of them were not.
    """

    latencies: list[float] = field(default_factory=list)
    unanswered: int = 0

    def percentile(self, share: float) -> float:
        """The latency that a share of the requests did not exceed."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def request_of(query: str, **variables: object) -> bytes:
    """The bytes that ask a query."""
    return _request(orjson.dumps({"query": query, "variables": variables}))


def _request(body: bytes) -> bytes:
    return (
        b"POST /graphql HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n"
        b"content-length: %d\r\n\r\n%b" % (len(body), body)
    )


def paced(port: int, bodies: list[bytes], rate: float, seconds: float) -> Paced:
    """Ask at a rate, bodies in turn.

    Parameters
    ----------
    port
        Of the server, on this machine.
    bodies
        What is posted to /graphql.
    rate
        Requests a second.
    seconds
        How long.
    """
    requests = list(map(_request, bodies))
    with connections(port) as opened, undisturbed():
        return _run(opened, itertools.cycle(requests), rate, seconds)


def _run(opened: list[Connection], requests: Iterator[bytes], rate: float, seconds: float) -> Paced:
    result = Paced()
    clock = time.perf_counter
    by_socket = {connection.socket: connection for connection in opened}
    free, busy = deque(opened), set[socket.socket]()
    began = clock()
    sent, total = 0, int(rate * seconds)
    while True:
        now = clock() - began
        if now > seconds:
            break
        while free and sent < total and sent / rate <= now:
            connection = free.popleft()
            connection.due = sent / rate
            connection.socket.sendall(next(requests))
            busy.add(connection.socket)
            sent += 1
        wait = max(0.0, sent / rate - (clock() - began)) if free else seconds
        for ready in select.select(busy, (), (), wait)[0]:
            connection = by_socket[ready]
            if connection.take(ready.recv(_BUFFER)):
                if connection.due >= WARMING:
                    result.latencies.append(clock() - began - connection.due)
                busy.discard(ready)
                free.append(connection)
    waiting = [connection.due for connection in opened if connection.socket in busy]
    waiting += [number / rate for number in range(sent, total)]
    result.unanswered = len(waiting)
    result.latencies += [seconds - due for due in waiting if due >= WARMING]
    return result


@contextmanager
def connections(port: int) -> Iterator[list[Connection]]:
    """Connections to a server, closed in the end."""
    with ExitStack() as stack:
        yield [stack.enter_context(connection(port)) for _ in range(CONNECTIONS)]


@contextmanager
def connection(port: int) -> Iterator[Connection]:
    """A connection to a server, closed in the end."""
    with socket.create_connection(("127.0.0.1", port)) as opened:
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield Connection(opened)


@contextmanager
def undisturbed() -> Iterator[None]:
    """No garbage collection, and timers as exact as the system has them."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_TIMER_SLACK, 1)
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
