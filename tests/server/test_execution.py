"""Running an operation: a budget that ends all of it, and a result that is encoded while it grows."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from typing import Any

import orjson
import pytest
import strawberry
from graphql import GraphQLError, parse
from strawberry import scalars

from graph.execution import encoding
from graph.server import execution
from graph.server.execution import BoundedExecutor, Budget, Result, encode, execute, execute_here


@strawberry.type
class Item:
    number: int

    @strawberry.field
    def items(self, count: int = 3) -> list[Item] | None:
        return [Item(number=number) for number in range(count)]

    @strawberry.field
    async def later(self, count: int = 3) -> list[Item] | None:
        await asyncio.sleep(0)
        return [Item(number=number) for number in range(count)]

    @strawberry.field
    async def never(self) -> Item | None:
        await asyncio.sleep(600)
        return None

    @strawberry.field
    def slow(self) -> Item | None:
        time.sleep(0.02)
        return self

    @strawberry.field
    def same(self) -> Item | None:
        return self

    @strawberry.field
    def failing(self) -> Item | None:
        raise ValueError

    @strawberry.field
    def thread(self) -> str:
        return str(threading.get_ident())

    @strawberry.field
    def value(self, what: str) -> scalars.JSON | None:
        values = {"big": 2**80, "surrogate": "a\ud800b", "deep": json.loads("[" * 300 + "]" * 300)}
        return values[what]  # type: ignore[return-value]


@strawberry.type
class Query:
    @strawberry.field
    def item(self) -> Item | None:
        return Item(number=0)


SCHEMA = strawberry.Schema(Query)._schema


def prepared(query: str, nodes: int = 1_000_000, seconds: float = 60.0) -> tuple[BoundedExecutor, Budget]:
    budget = Budget(nodes, seconds)
    executor = BoundedExecutor.build(SCHEMA, parse(query), context_value={}, budget=budget)
    assert isinstance(executor, BoundedExecutor)
    return executor, budget


def in_a_thread(query: str, **limits: Any) -> Result:
    """The result of an operation that is run off the event loop, as a server does."""
    executor, budget = prepared(query, **limits)

    async def main() -> Result:
        return await asyncio.to_thread(execute, executor, budget)

    return asyncio.run(main())


def on_the_loop(query: str, **limits: Any) -> Result:
    return asyncio.run(execute_here(*prepared(query, **limits)))


RUNNERS = pytest.mark.parametrize("run", [in_a_thread, on_the_loop])
NESTED = "{ item { number items(count: 10) { number items(count: 10) { number } } } }"
AWAITED = NESTED.replace("items", "later")


@RUNNERS
class TestBudget:
    @pytest.mark.parametrize("query", [NESTED, AWAITED])
    def test_of_nodes_is_all_that_may_be_used(self, run: Any, query: str) -> None:
        assert orjson.loads(run(query, nodes=111).body)["data"]["item"]
        with pytest.raises(GraphQLError) as caught:
            run(query, nodes=110)
        assert caught.value.extensions == {
            "code": "LIMIT_EXCEEDED",
            "limit": "nodes",
            "maximum": 110,
            "actual": 111,
        }

    @pytest.mark.parametrize("query", [NESTED, AWAITED])
    def test_that_is_used_up_ends_the_operation_at_once(
        self, run: Any, query: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        counted = []
        spend = Budget.spend

        def counting(budget: Budget) -> None:
            counted.append(1)
            spend(budget)

        monkeypatch.setattr(Budget, "spend", counting)
        with pytest.raises(GraphQLError):
            run(query, nodes=20)
        # fields that are awaited side by side each come to their next object before they are cancelled
        assert 21 <= len(counted) <= (21 if query is NESTED else 32)

    def test_of_time_ends_an_operation_between_its_objects(self, run: Any) -> None:
        query = "{ item { " + "slow { " * 40 + "number" + " }" * 40 + " } }"
        with pytest.raises(GraphQLError) as caught:
            run(query, seconds=0.1)
        extensions = caught.value.extensions or {}
        assert (extensions["code"], extensions["limit"]) == ("DEADLINE_EXCEEDED", "deadline")
        assert (extensions["maximum"], extensions["actual"] >= 0.1) == (0.1, True)

    def test_of_time_ends_what_is_awaited(self, run: Any) -> None:
        with pytest.raises(GraphQLError, match=r"longer than 0\.1 seconds") as caught:
            run("{ item { number items { never { number } } } }", seconds=0.1)
        assert (caught.value.extensions or {})["actual"] < 4  # the field waits for 600

    def test_that_was_ended_from_outside_ends_the_operation(self, run: Any) -> None:
        executor, budget = prepared(NESTED)
        budget.expire()
        with pytest.raises(GraphQLError, match="longer than"):
            execute(executor, budget)

    def test_leaves_failing_fields_alone(self, run: Any) -> None:
        result = run("{ item { number failing { number } items { number } } }", nodes=4)
        body = orjson.loads(result.body)
        assert body["data"]["item"]["failing"] is None
        assert len(body["data"]["item"]["items"]) == 3
        assert [error["path"] for error in body["errors"]] == [["item", "failing"]]
        assert body["errors"] == result.errors


class TestThread:
    def test_is_another_one(self) -> None:
        body = orjson.loads(in_a_thread("{ item { thread later { thread } } }").body)
        threads = {
            body["data"]["item"]["thread"],
            *(item["thread"] for item in body["data"]["item"]["later"]),
        }
        assert len(threads) == 1
        assert str(threading.get_ident()) not in threads

    def test_lets_others_in_from_time_to_time_and_the_loop_never_waits(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        pauses: list[float] = []
        monkeypatch.setattr(execution, "STRETCH", 0.0)
        monkeypatch.setattr(time, "sleep", pauses.append)
        on_the_loop(NESTED)
        assert pauses == []
        in_a_thread(NESTED)
        assert pauses == [execution.PAUSE] * 111


def expected(levels: int, count: int) -> dict[str, Any]:
    item: dict[str, Any] = {"number": 0}
    if levels:
        item["items"] = [expected(levels - 1, count) | {"number": n} for n in range(count)]
    return item


class TestEncoding:
    """Results become bytes part by part; nobody can tell from the outside."""

    def query(self, levels: int, count: int, innermost: str = "") -> str:
        fields = f"number {innermost}"
        for _ in range(levels):
            fields = f"number items(count: {count}) {{ {fields} }}"
        return f"{{ item {{ {fields} }} }}"

    @RUNNERS
    @pytest.mark.parametrize(
        ("levels", "count"), [(0, 0), (1, 62), (1, 63), (1, 64), (2, 9), (3, 12), (5, 4)]
    )
    def test_gives_what_the_parts_are(
        self, run: Any, levels: int, count: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delattr(encoding.json, "dumps")  # the slow way is not needed for plain values
        body = run(self.query(levels, count)).body
        assert body == orjson.dumps({"data": {"item": expected(levels, count)}})

    @pytest.mark.parametrize(
        ("fields", "total", "calls"),
        [
            # lists in lists, lists side by side, objects side by side in a list
            ("items(count: 20) { items(count: 20) { items(count: 20) { number } } }", 8421, 25),
            (" ".join(f"a{n}: items(count: 500) {{ number }}" for n in range(6)), 3001, 10),
            ("items(count: 60) {" + " ".join(f"a{n}: same {{ number }}" for n in range(80)) + "}", 4861, 65),
        ],
    )
    def test_keeps_no_large_part_in_pieces(
        self, fields: str, total: int, calls: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sizes: list[int] = []
        dumps = orjson.dumps

        def measuring(value: Any, **options: Any) -> bytes:
            sizes.append(objects(value))
            return dumps(value, **options)

        def objects(value: Any) -> int:
            if isinstance(value, dict):
                return 1 + sum(map(objects, value.values()))
            return sum(map(objects, value)) if isinstance(value, list) else 0

        monkeypatch.setattr(encoding.orjson, "dumps", measuring)
        in_a_thread(f"{{ item {{ {fields} }} }}", nodes=total)
        assert max(sizes) < 10 * execution.PIECE
        assert sum(sizes) >= total
        assert len(sizes) <= calls  # nor is a part encoded again with each that it is in

    @RUNNERS
    def test_of_what_is_awaited_is_whole(self, run: Any) -> None:
        later = run(self.query(2, 20).replace("items", "later")).body
        assert later.replace(b"later", b"items") == run(self.query(2, 20)).body

    @pytest.mark.parametrize("what", ["big", "surrogate", "deep"])
    def test_of_values_that_are_rarely_met(self, what: str) -> None:
        plain = in_a_thread(f'{{ item {{ value(what: "{what}") }} }}').body
        value = json.loads(plain)["data"]["item"]["value"]
        assert (
            value == {"big": 2**80, "surrogate": "a\ufffdb", "deep": json.loads("[" * 300 + "]" * 300)}[what]
        )
        # the last one, so that there are encoded parts before it, and it is inside of one
        values = f'items2: items(count: 70) {{ value(what: "{what}") }}'
        query = f"{{ item {{ items(count: 70) {{ number }} {values} }} }}"
        body = json.loads(in_a_thread(query).body)["data"]["item"]
        assert body["items"] == [{"number": number} for number in range(70)]
        assert body["items2"] == [{"value": value}] * 70

    def test_of_no_json_is_an_error(self) -> None:
        with pytest.raises(TypeError, match="set is no JSON"):
            encode({"data": {1, 2}})
