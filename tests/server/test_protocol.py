"""The short way through uvicorn's protocol: nobody can tell it from the ordinary one, whatever comes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
import pytest
import uvicorn
from library import Library
from uvicorn.server import ServerState

from graph.server.app import Application, create_app
from graph.server.protocol import protocol_for

QUERY = "query Title($u: String!) { article(url: $u) { title } }"


def request(
    query: str = QUERY, url: str = "/a", method: bytes = b"POST", version: bytes = b"1.1", **fields: str
) -> bytes:
    """The bytes of a request."""
    body = orjson.dumps({"query": query, "variables": {"u": url}})
    head = {"host": "x", "content-type": "application/json", "content-length": str(len(body)), **fields}
    lines = "".join(f"{name.replace('_', '-')}: {text}\r\n" for name, text in head.items()).encode()
    return b"%b /graphql HTTP/%b\r\n%b\r\n%b" % (method, version, lines, body)


class Transport(asyncio.Transport):
    """A connection whose client is the test."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = b""
        self.closed = False

    def write(self, data: Any) -> None:
        self.sent += data

    def writelines(self, list_of_data: Any) -> None:
        self.sent += b"".join(list_of_data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class Connection:
    """A connection to an application."""

    def __init__(self, app: Application, kind: Any) -> None:
        config = uvicorn.Config(
            app, log_config=None, http=kind, ws="none", lifespan="off", proxy_headers=False
        )
        config.load()
        self.transport = Transport()
        self.protocol: Any = kind(config, ServerState(), {}, asyncio.get_running_loop())
        self.protocol.connection_made(self.transport)

    async def send(self, *parts: bytes) -> bytes:
        """Send bytes in parts, and return what comes back for them."""
        before = len(self.transport.sent)
        for part in parts:
            if not self.transport.closed:
                self.protocol.data_received(part)
            for _ in range(20):
                await asyncio.sleep(0)
        return self.transport.sent[before:]


class Site:
    """An application, and how often it is asked for an answer at once."""

    def __init__(self, folder: Path) -> None:
        library = Library(folder)
        library.write("a", "b")
        library.write("b", "a", title="Ünïcode")
        self.lines: list[bytes] = []
        self.app = create_app(library.load(), access_log=self.lines.append)
        self.asked = 0
        respond = self.app.respond_at_once

        def counting(*arguments: Any) -> Any:
            self.asked += 1
            return respond(*arguments)

        self.app.respond_at_once = counting  # type: ignore[method-assign]
        self.kind = protocol_for(self.app)

    def run(self, talk: Callable[[Connection], Any]) -> Any:
        """Talk over a new connection."""

        async def main() -> Any:
            return await talk(Connection(self.app, self.kind))

        return asyncio.run(main())

    def exchange(self, *parts: bytes) -> bytes:
        return self.run(lambda connection: connection.send(*parts))  # type: ignore[no-any-return]

    @property
    def statuses(self) -> list[int]:
        return [orjson.loads(line)["status"] for line in self.lines]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    return Site(tmp_path)


def titles(sent: bytes) -> list[str]:
    """The titles in the responses that were sent, each of which must be whole."""
    found = []
    while sent:
        head, _, rest = sent.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        length = int(re.search(rb"content-length: (\d+)", head)[1])  # type: ignore[index]
        found.append(orjson.loads(rest[:length])["data"]["article"]["title"])
        sent = rest[length:]
    return found


def test_a_head_that_was_met_before_is_answered_at_once(site: Site) -> None:
    first, second, third = (site.exchange(request()) for _ in range(3))
    assert first == second == third
    assert titles(first) == ["Title of a"]
    assert site.asked == 2
    assert site.statuses == [200, 200, 200]


@pytest.mark.parametrize(
    "odd",
    [
        request(query="{"),
        request(query="{ nope }"),
        request(url=""),
        request(content_type="text/plain"),
        request(accept="text/html"),
        request(accept="application/graphql-response+json", query="{ nope }"),
        request(method=b"PUT"),
        request(content_length="3"),
        request(query="{ __schema { types { name } } }"),
        request(query="query ($u: String!) { node(id: $u) { id } }"),
        request(connection="close"),
        request(expect="100-continue"),
        request(version=b"1.0"),
        request(version=b"1.0", connection="keep-alive"),
        request(
            accept_encoding="gzip", query="{ articles(first: 500) { nodes { id url title file slug } } }"
        ),
        b"GET /graphql?query=%7Bgraph%7BlinkCount%7D%7D HTTP/1.1\r\nhost: x\r\n\r\n",
        b"HEAD /graphql?query=%7Bgraph%7BlinkCount%7D%7D HTTP/1.1\r\nhost: x\r\n\r\n",
        b"OPTIONS /graphql HTTP/1.1\r\nhost: x\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n",
        b"\x00\x01 /graphql HTTP/1.1\r\n\r\n",
    ],
)
def test_whatever_is_sent_is_answered_alike_both_ways(site: Site, odd: bytes) -> None:
    first = site.exchange(odd)
    assert first
    again = [site.exchange(odd) for _ in range(2)]
    assert again == [first, first]


def test_requests_in_parts_are_whole(site: Site) -> None:
    one, two = request(url="/a"), request(url="/b")
    assert len(one) == len(two)
    site.exchange(one)
    both = one + two
    for cut in range(1, len(both)):
        assert titles(site.exchange(both[:cut], both[cut:])) == ["Title of a", "Ünïcode"], cut
    assert titles(site.exchange(*(both[place : place + 1] for place in range(len(both))))) == [
        "Title of a",
        "Ünïcode",
    ]


def test_several_requests_at_once_are_answered_in_their_order(site: Site) -> None:
    one, two = request(url="/a"), request(url="/b")
    site.exchange(one)
    assert titles(site.exchange(one + two + one)) == ["Title of a", "Ünïcode", "Title of a"]
    # the second comes while the first, which takes the ordinary way, is under way
    slow = request(url="/b", x_new="y")
    assert titles(site.run(lambda c: together(c, slow, one))) == ["Ünïcode", "Title of a"]


async def together(connection: Connection, *parts: bytes) -> bytes:
    for part in parts:
        connection.protocol.data_received(part)
    return await connection.send(b"")


@pytest.mark.parametrize(
    "begun", [b"G", b"GET /x HTTP/1.1\r\nx: ", b"POST /graphql HTTP/1.1\r\nhost: x\r\nx: y"]
)
def test_a_known_head_inside_of_another_request_is_none(site: Site, begun: bytes) -> None:
    known = request()
    site.exchange(known)
    site.exchange(known)
    asked = site.asked
    sent = site.exchange(begun, known)
    assert site.asked == asked  # it was part of a head or of a method, as it is where all comes in one piece
    assert sent == site.exchange(begun + known)


def test_a_known_head_inside_of_a_body_is_none(site: Site) -> None:
    known = request()
    site.exchange(known)
    head = b"POST /graphql HTTP/1.1\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n" % len(
        known
    )
    sent = site.exchange(head, known)
    assert sent.startswith(b"HTTP/1.1 400")
    assert sent.count(b"HTTP/1.1") == 1


def test_a_body_that_says_it_goes_on_is_not_cut(site: Site) -> None:
    chunked = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
    chunked += b"transfer-encoding: chunked\r\n\r\n"
    body = orjson.dumps({"query": QUERY, "variables": {"u": "/a"}})
    whole = b"%b%x\r\n%b\r\n0\r\n\r\n" % (chunked, len(body), body)
    for _ in range(3):
        assert titles(site.exchange(whole)) == ["Title of a"]
    assert site.asked == 0


def test_a_client_that_goes_away_halfway_is_noted(site: Site) -> None:
    whole = request()
    site.exchange(whole)

    async def leave(connection: Connection) -> None:
        await connection.send(whole[:-5])
        connection.protocol.connection_lost(None)
        await asyncio.sleep(0.01)

    site.run(leave)
    assert site.statuses == [200, 499]


class Timer(NamedTuple):
    when: float
    callback: Callable[[], object]


class Timers:
    """A loop's timers, and a clock that goes on when the test says so."""

    def __init__(self) -> None:
        self._now = 100.0
        self._due: list[Timer] = []

    def time(self) -> float:
        return self._now

    def call_later(self, seconds: float, callback: Callable[[], object]) -> Timer:
        self._due.append(Timer(self._now + seconds, callback))
        return self._due[-1]

    def go_on(self, seconds: float) -> None:
        end = self._now + seconds
        while due := [timer for timer in self._due if timer.when <= end]:
            first = min(due, key=lambda timer: timer.when)
            self._due.remove(first)
            self._now = first.when
            first.callback()
        self._now = end


def test_a_connection_at_rest_is_closed_and_one_in_use_is_not(site: Site) -> None:
    site.exchange(request())

    async def use(connection: Connection) -> list[bool]:
        connection.protocol.loop = timers = Timers()
        connection.protocol.timeout_keep_alive = 5
        closed = []
        for _ in range(4):
            await connection.send(request())
            timers.go_on(3)
            closed.append(connection.transport.closed)
        timers.go_on(3)
        return [*closed, connection.transport.closed]

    assert site.run(use) == [False, False, False, False, True]


def test_a_server_that_stops_waits_for_what_has_begun(site: Site) -> None:
    whole = request()
    site.exchange(whole)

    async def stop(connection: Connection) -> tuple[bool, bytes, bool]:
        await connection.send(whole[:-5])
        connection.protocol.shutdown()
        closed = connection.transport.closed
        return closed, await connection.send(whole[-5:]), connection.transport.closed

    before, sent, after = site.run(stop)
    assert not before
    assert after
    assert titles(sent) == ["Title of a"]


def test_a_server_that_leaves_ends_each_connection_with_its_next_answer(site: Site) -> None:
    site.exchange(request())

    async def leave(connection: Connection) -> tuple[bytes, bool]:
        await connection.send(request())
        connection.protocol.server_state.default_headers = [(b"connection", b"close")]
        return await connection.send(request()), connection.transport.closed

    sent, closed = site.run(leave)
    assert titles(sent) == ["Title of a"]
    assert b"connection: close" in sent
    assert closed


def test_few_heads_are_remembered(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    from graph.server import protocol

    monkeypatch.setattr(protocol, "HEADS", 3)
    for number in range(10):
        site.exchange(request(x_number=str(number)))
    assert 1 <= len(site.kind.heads) <= 3  # type: ignore[attr-defined]
