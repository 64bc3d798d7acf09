"""What happens beside long operations, and when there are too many."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest
import strawberry
from starlette.applications import Starlette
from starlette.routing import Route

from graph.schema.define import schema_field
from graph.server import answering as module
from graph.server.capacity import LONG_THREADS
from graph.server.graphql import GraphQLEndpoint
from graph.server.limits import Limits

from .clock import Clock

PATIENCE = 20.0


class Gate:
    """A field that resolves when the test says so."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.entered = threading.Semaphore(0)

    def wait(self) -> None:
        self.entered.release()
        assert self.open.wait(PATIENCE)


@strawberry.type
class Item:
    @strawberry.field
    def name(self) -> str:
        return "item"


@strawberry.type
class Query:
    @strawberry.field
    def held(self, info: strawberry.Info) -> list[Item]:
        info.context["gate"].wait()
        return [Item()] * 3

    @strawberry.field
    def name(self) -> str:
        return "query"

    @strawberry.field
    def many(self) -> list[Item]:
        return [Item()] * 3

    @schema_field(derived=True, awaits=True)
    def late(self, info: strawberry.Info) -> str:
        """What waits until the gate is open."""
        return "open" if info.context["gate"].open.is_set() else "closed"


SCHEMA = strawberry.Schema(Query)
HELD = "{ held { name } }"
LATE = "{ late }"
Asking = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.open.set()


@pytest.fixture(autouse=True)
def everything_with_a_list_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "CHEAP", 3)
    monkeypatch.setattr(module, "SHORT", 3)


def endpoint(gate: Gate, **options: Any) -> GraphQLEndpoint:
    return GraphQLEndpoint(SCHEMA, lambda: {"gate": gate}, **options)


def talk(endpoint: GraphQLEndpoint, main: Callable[[Asking], Awaitable[None]]) -> None:
    """Run a conversation with an application on one event loop."""

    async def conversation() -> None:
        transport = httpx.ASGITransport(app=Starlette(routes=[Route("/graphql", endpoint)]))
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:

            async def ask(query: str, accept: str = "application/graphql-response+json") -> httpx.Response:
                return await client.post("/graphql", json={"query": query}, headers={"accept": accept})

            async with asyncio.timeout(PATIENCE):
                await main(ask)

    asyncio.run(conversation())


async def entered(gate: Gate, count: int = 1) -> None:
    """Wait until operations are held."""
    for _ in range(count):
        while not gate.entered.acquire(blocking=False):
            await asyncio.sleep(0.005)


async def under_way(served: GraphQLEndpoint, count: int) -> None:
    """Wait until so many operations run or wait for a thread."""
    while served.capacity.under_way < count:
        await asyncio.sleep(0.005)


def code(response: httpx.Response) -> str:
    return str(response.json()["errors"][0]["extensions"]["code"])


class TestLongOperations:
    def test_leave_the_event_loop_to_others(self, gate: Gate) -> None:
        async def main(ask: Asking) -> None:
            held = asyncio.create_task(ask(HELD))  # type: ignore[arg-type]
            await entered(gate)
            assert (await ask("{ name }")).json() == {"data": {"name": "query"}}
            assert not held.done()
            gate.open.set()
            assert (await held).json() == {"data": {"held": [{"name": "item"}] * 3}}

        talk(endpoint(gate), main)

    def test_do_not_stand_before_short_ones(self, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "CHEAP", -1)

        async def main(ask: Asking) -> None:
            held = [asyncio.create_task(ask(HELD)) for _ in range(LONG_THREADS + 3)]  # type: ignore[arg-type]
            await entered(gate, LONG_THREADS)
            assert (await ask("{ name }")).json() == {"data": {"name": "query"}}
            gate.open.set()
            for task in held:
                assert (await task).status_code == 200

        talk(endpoint(gate), main)

    def test_do_not_stand_before_long_documents(self, gate: Gate) -> None:
        async def main(ask: Asking) -> None:
            held = asyncio.create_task(ask(HELD))  # type: ignore[arg-type]
            await entered(gate)
            long = "{ name " + "#" * module.LONG_DOCUMENT + "\n}"
            assert (await ask(long)).json() == {"data": {"name": "query"}}
            gate.open.set()
            await held

        talk(endpoint(gate), main)


class TestLimitOfOperations:
    def test_turns_away_with_503_what_is_beyond(self, gate: Gate) -> None:
        async def main(ask: Asking) -> None:
            held = [asyncio.create_task(ask(HELD)) for _ in range(4)]  # type: ignore[arg-type]
            await under_way(served, 4)
            for accept in ("application/json", "application/graphql-response+json"):
                refused = await ask(HELD, accept)
                assert (refused.status_code, code(refused)) == (503, "OVERLOADED")
                assert int(refused.headers["retry-after"]) >= 1
            assert (await ask("{ name }")).status_code == 200
            gate.open.set()
            for task in held:
                assert (await task).status_code == 200
            assert (await ask(HELD)).status_code == 200

        served = endpoint(gate, operations=4)
        talk(served, main)


class TestDeadline:
    def test_is_answered_though_the_resolver_goes_on(self, gate: Gate, clock: Clock) -> None:
        async def main(ask: Asking) -> None:
            for accept, status in (("application/json", 200), ("application/graphql-response+json", 400)):
                held = asyncio.create_task(ask(HELD, accept))  # type: ignore[arg-type]
                await entered(gate)
                clock.now += 0.3
                answer = await held
                assert (answer.status_code, code(answer)) == (status, "DEADLINE_EXCEEDED")
                assert "data" not in answer.json()

        talk(endpoint(gate, limits=Limits(deadline=0.2)), main)

    def test_that_passes_while_an_operation_waits_is_overload(self, gate: Gate, clock: Clock) -> None:
        async def main(ask: Asking) -> None:
            held = [asyncio.create_task(ask(HELD)) for _ in range(LONG_THREADS + 1)]  # type: ignore[arg-type]
            await entered(gate, LONG_THREADS)
            await under_way(served, LONG_THREADS + 1)
            clock.now += 0.3
            answers = [await task for task in held]
            assert [code(answer) for answer in answers] == ["DEADLINE_EXCEEDED"] * LONG_THREADS + [
                "OVERLOADED"
            ]
            assert answers[-1].status_code == 503

        served = endpoint(gate, limits=Limits(deadline=0.2))
        talk(served, main)

    def test_frees_the_place_only_when_the_thread_is_free(self, gate: Gate, clock: Clock) -> None:
        async def main(ask: Asking) -> None:
            held = asyncio.create_task(ask(HELD))  # type: ignore[arg-type]
            await entered(gate)
            clock.now += 0.3
            assert code(await held) == "DEADLINE_EXCEEDED"
            assert code(await ask(HELD)) == "OVERLOADED"
            gate.open.set()
            while (await ask(HELD)).status_code == 503:
                await asyncio.sleep(0.005)
            assert (await ask(HELD)).status_code == 200

        talk(endpoint(gate, operations=1, limits=Limits(deadline=0.2)), main)


class TestWhatAwaitsTheServersStart:
    def test_is_kept_waiting_without_a_thread(self, gate: Gate) -> None:
        async def main(ask: Asking) -> None:
            late = [asyncio.create_task(ask(LATE)) for _ in range(LONG_THREADS + 3)]  # type: ignore[arg-type]
            await asyncio.sleep(0)
            assert (await ask("{ many { name } }")).json() == {"data": {"many": [{"name": "item"}] * 3}}
            assert not any(task.done() for task in late)
            gate.open.set()
            for task in late:
                assert (await task).json() == {"data": {"late": "open"}}

        talk(endpoint(gate, is_ready=lambda *_: gate.open.is_set()), main)

    def test_takes_no_place_of_those_that_run_and_goes_on_where_many_wait(self, gate: Gate) -> None:
        async def main(ask: Asking) -> None:
            late = [asyncio.create_task(ask(LATE)) for _ in range(2)]  # type: ignore[arg-type]
            while served.capacity.waiting < 2:
                await asyncio.sleep(0.005)
            assert served.capacity.under_way == 0
            assert (await ask("{ many { name } }")).status_code == 200
            assert (await ask(LATE)).json() == {"data": {"late": "closed"}}
            gate.open.set()
            for task in late:
                assert (await task).json() == {"data": {"late": "open"}}
            assert served.capacity.waiting == 0

        served = endpoint(gate, operations=2, is_ready=lambda *_: gate.open.is_set())
        talk(served, main)

    def test_says_itself_what_is_missing_while_there_is_time(self, gate: Gate, clock: Clock) -> None:
        async def main(ask: Asking) -> None:
            with clock.moved(0.9):
                assert (await ask("{ name late }")).json() == {"data": {"name": "query", "late": "closed"}}

        talk(endpoint(gate, limits=Limits(deadline=1.0), is_ready=lambda *_: gate.open.is_set()), main)


@pytest.mark.parametrize("query", [HELD, LATE])
def test_an_operation_ends_when_its_client_goes_away(query: str, gate: Gate) -> None:
    served = endpoint(gate, operations=1, is_ready=lambda *_: gate.open.is_set())
    sent: list[Any] = []

    async def main() -> None:
        left = asyncio.Event()
        messages = [{"type": "http.request", "body": b'{"query": "%s"}' % query.encode(), "more_body": False}]

        async def receive() -> Any:
            if messages:
                return messages.pop()
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {
            "type": "http",
            "method": "POST",
            "path": "/graphql",
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
        }
        request = asyncio.create_task(served(scope, receive, send))
        async with asyncio.timeout(PATIENCE):
            while not served.capacity.under_way + served.capacity.waiting:
                await asyncio.sleep(0.005)
        left.set()
        await asyncio.wait_for(request, PATIENCE)

    asyncio.run(main())
    assert sent == []
    gate.open.set()
    end = time.monotonic() + PATIENCE
    while served.capacity.under_way:
        assert time.monotonic() < end
        time.sleep(0.005)
