"""Measure listings: a filtered, ordered page of 20 with its total and two facets, in process.

python benchmarks/listing.py CONTENT [--queries 500]

Filters, orders and facets are drawn at random (seeded) from the content's subjects and titles.
No filter comes twice, so that none is answered from those that the graph keeps.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import random
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson
from measurements import record

import graph
from graph.warming import warm

QUERY = """query($where: ArticleFilter, $orderBy: [ArticleOrder!], $one: ArticleFacet!, $two: ArticleFacet!) {
  articles(where: $where, orderBy: $orderBy, first: 20) {
    totalCount nodes { id title url date subject { name } }
    one: facets(by: $one, first: 20) { value count } two: facets(by: $two, first: 20) { value count } } }"""
FIELDS = [
    "URL",
    "TITLE",
    "DATE",
    "NUMBER",
    "SUBJECT",
    "IN_DEGREE",
    "OUT_DEGREE",
    "PAGERANK",
    "READING_MINUTES",
]
FACETS = ["SUBJECT", "AUTHOR", "YEAR", "MONTH", "KEYWORD", "IN_DEGREE", "OUT_DEGREE"]


def variables(loaded: graph.KnowledgeGraph, chance: random.Random) -> dict[str, Any]:
    """A listing that someone may ask for."""
    words = chance.choice(loaded.columns.title).split() or ["x"]
    conditions: list[dict[str, Any]] = [
        {"subject": {"in": [s.name for s in chance.sample(loaded.subjects, min(3, len(loaded.subjects)))]}},
        {"title": {"containsIgnoreCase": chance.choice(words)}},
        {"title": {"startsWith": chance.choice(words)}},
        {"keyword": {"contains": chance.choice(words)}},
        {"date": {"gte": f"2024-{chance.randint(1, 12):02}-{chance.randint(1, 28):02}"}},
        {"inDegree": {"gte": chance.randint(0, 5)}, "isDeadEnd": False},
        {"not": {"isIsolated": True}},
    ]
    chosen = chance.sample(conditions, chance.randint(1, 3))
    chosen.append({"url": {"ne": f"/{chance.random()}"}})  # no filter comes twice
    order = [
        {"field": field, "direction": chance.choice(["ASC", "DESC"])}
        for field in chance.sample(FIELDS, chance.randint(0, 2))
    ]
    one, two = chance.sample(FACETS, 2)
    where = {"and": chosen} if chance.random() < 0.7 else {"or": chosen}
    return {"where": where, "orderBy": order, "one": one, "two": two}


async def ask(app: Any, body: bytes) -> bytes:
    """Send a POST through the application."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "root_path": "", "query_string": b""}
    await app({**scope, "headers": headers}, receive, send)
    answered: bytes = sent[-1]["body"]
    return answered


async def measure(loaded: graph.KnowledgeGraph, count: int) -> list[float]:
    """Milliseconds of each listing."""
    chance = random.Random(7)
    app = graph.create_app(loaded)
    bodies = [orjson.dumps({"query": QUERY, "variables": variables(loaded, chance)}) for _ in range(count)]
    times = []
    for body in bodies:
        began = time.perf_counter()
        answered = await ask(app, body)
        times.append((time.perf_counter() - began) * 1000)
        assert b'"errors"' not in answered, answered[:500]
    return times[len(times) // 10 :]  # the first make orders that the rest find made


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("content", type=Path, nargs="?", default=Path("seeds"))
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        loaded = graph.load(arguments.content, cache=Path(scratch))
        print(
            f"{loaded.article_count:,} articles, Python {platform.python_version()}, {os.cpu_count()} cores"
        )
        began = time.perf_counter()
        warm(loaded)
        warming = time.perf_counter() - began
        print(f"{'warm, with an empty cache':<32} {warming:10.2f} s")
        times = asyncio.run(measure(loaded, arguments.queries))
        p99 = statistics.quantiles(times, n=100)[98]
        p50 = statistics.median(times)
        print(f"{'listing with two facets':<32} {p50:10.2f} ms   (p99 {p99:.2f})")
    record(arguments.json, "listing", {"warm": warming, "p50": p50, "p99": p99})


if __name__ == "__main__":
    main()
