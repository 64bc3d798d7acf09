"""Requests a second of this server and of others over the same corpus, and latency at a rate they all bear.

python benchmarks/throughput.py CONTENT [--rounds 5] [--seconds 3] [--rows one,largest] [--json FILE]

All servers are started first; one at a time is under load, in rounds of A B C … A B C …, each with 8
keep-alive connections from one thread of wrk. Before that, all must give the same data for random articles.
Latency is measured at half of what Mercurius bears, in an open loop; the ceiling's tells what is the
client's own.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
from measurements import median_of, record
from pacing import paced
from peers.data import exported
from queries import Row, rows_of
from servers import PEERS, Server, articlegraph, post

import graph

OURS = "articlegraph"
UNKEPT = "articlegraph, nothing kept"
MERCURIUS, STRAWBERRY, CEILING = "Mercurius + graphql-jit", "plain Strawberry", "ceiling: raw ASGI"
REFERENCES = {"Mercurius": MERCURIUS, "Strawberry": STRAWBERRY, "ceiling": CEILING}
ROUTED = "ceiling: Starlette route"
PACED = (OURS, UNKEPT, MERCURIUS, CEILING)


def serve_help() -> str:
    """What `articlegraph serve --help` prints."""
    command = [sys.executable, "-m", "graph", "serve", "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@contextlib.contextmanager
def started(content: Path, cache: Path, scratch: Path, rows: list[Row]) -> Iterator[dict[str, Server]]:
    """All servers, ready to answer; the ceiling gets its answers from ours."""
    data, answers = scratch / "data.json", scratch / "answers.json"
    with contextlib.ExitStack() as stack:
        servers = {OURS: stack.enter_context(articlegraph(content, cache))}
        if "--response-cache" in serve_help():
            servers[UNKEPT] = stack.enter_context(articlegraph(content, cache, "--response-cache", "0"))
        answers.write_bytes(orjson.dumps(answered(servers[OURS], rows)))
        commands: dict[str, list[str | Path]] = {
            MERCURIUS: ["node", PEERS / "mercurius.mjs", data],
            "GraphQL Yoga": ["node", PEERS / "yoga.mjs", data],
            STRAWBERRY: [sys.executable, PEERS / "strawberry_plain.py", data],
            "Ariadne": [sys.executable, PEERS / "ariadne_plain.py", data],
            CEILING: [sys.executable, PEERS / "ceiling.py", answers],
            ROUTED: [sys.executable, PEERS / "ceiling.py", answers, "--starlette"],
        }
        for name, command in commands.items():
            servers[name] = stack.enter_context(Server(command))
        yield servers


def answered(server: Server, rows: list[Row]) -> list[tuple[str, str | None, str]]:
    """Query, url and answer of every request that will be sent."""
    connection = server.connect()
    return [
        (row.query, url, post(connection, body).decode())
        for row in rows
        for url, body in zip(row.urls or [None], row.bodies(), strict=True)
    ]


def differences(servers: dict[str, Server], rows: list[Row], count: int) -> list[str]:
    """Where a server's data is not ours, over random articles of each row."""
    found = []
    chance = random.Random(11)
    connections = {name: server.connect() for name, server in servers.items()}
    for row in rows:
        bodies = row.bodies()
        for body in chance.sample(bodies, min(count, len(bodies))):
            expected = orjson.loads(post(connections[OURS], body))
            assert "errors" not in expected, expected
            found += [
                f"{name}, {row.key}: {body.decode()}"
                for name, connection in connections.items()
                if orjson.dumps(orjson.loads(post(connection, body))["data"])
                != orjson.dumps(expected["data"])
            ]
    return found


def load(server: Server, bodies: Path, seconds: int) -> dict[str, float]:
    """Put a server under load."""
    command = ["wrk", "-t1", "-c8", f"-d{seconds}s", "-s", Path(__file__).with_name("wrk.lua")]
    run = subprocess.run(
        [*map(str, command), f"http://127.0.0.1:{server.port}/graphql", "--", str(bodies)],
        capture_output=True,
        text=True,
        timeout=seconds + 30,
    )
    if run.returncode:
        raise RuntimeError(f"wrk failed: {run.stdout}{run.stderr}")
    result: dict[str, float] = orjson.loads(run.stderr.splitlines()[-1])
    if result["failed"]:
        raise RuntimeError(f"{result['failed']} requests failed")
    return result


def throughput(servers: dict[str, Server], bodies: Path, rounds: int, seconds: int) -> dict[str, Any]:
    """Requests a second of each server, round for round."""
    rates: dict[str, list[float]] = {name: [] for name in servers}
    sizes = dict.fromkeys(servers, 0.0)
    for server in servers.values():
        load(server, bodies, seconds)
    for _ in range(rounds):
        for name, server in servers.items():
            result = load(server, bodies, seconds)
            rates[name].append(result["requests"] / result["microseconds"] * 1e6)
            sizes[name] = result["bytes"] / result["requests"]
    return {name: median_of(values) | {"bytes": sizes[name]} for name, values in rates.items()}


def latency(servers: dict[str, Server], row: Row, rate: float, rounds: int, seconds: int) -> dict[str, Any]:
    """Milliseconds of each server at a rate, round for round."""
    bodies = row.bodies()
    asked = {name: servers[name] for name in PACED if name in servers}
    runs = {name: [] for name in asked}
    for _ in range(rounds):
        for name, server in asked.items():
            runs[name].append(paced(server.port, bodies, rate, seconds))
    return {
        name: {
            "rate": rate,
            "p50": median_of([run.percentile(0.5) * 1000 for run in each]),
            "p99": median_of([run.percentile(0.99) * 1000 for run in each]),
            "unanswered": max(run.unanswered for run in each),
        }
        for name, each in runs.items()
    }


def show(row: Row, rates: dict[str, Any], latencies: dict[str, Any]) -> None:
    """Print one row's tables."""
    print(f"\n{row.name}")
    for name, figures in rates.items():
        ratios = [
            f"{figures['median'] / rates[reference]['median']:6.2f} x {short}"
            for short, reference in REFERENCES.items()
        ]
        spread = f"({figures['least']:,.0f} to {figures['most']:,.0f})"
        print(
            f"  {name:<28} {figures['median']:9,.0f} /s {spread:<20} {figures['bytes']:8,.0f} B  ",
            *ratios,
        )
    for name, figures in latencies.items():
        p50, p99 = figures["p50"], figures["p99"]
        print(
            f"  {name:<28} at {figures['rate']:,.0f} /s: p50 {p50['median']:.2f} ms, "
            f"p99 {p99['median']:.2f} ms ({p99['least']:.2f} to {p99['most']:.2f}), "
            f"{figures['unanswered']} left unanswered",
            flush=True,
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("content", type=Path, nargs="?", default=Path("seeds"))
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--rows", type=lambda text: text.split(","))
    parser.add_argument("--paced-rounds", type=int, default=3)
    parser.add_argument("--cache-dir", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is missing: apt-get install wrk, or brew install wrk")
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        cache = arguments.cache_dir or scratch
        loaded = graph.load(arguments.content, cache=cache)
        (scratch / "data.json").write_bytes(orjson.dumps(exported(loaded)))
        rows = [row for row in rows_of(loaded) if arguments.rows is None or row.key in arguments.rows]
        del loaded
        with started(arguments.content.absolute(), cache, scratch, rows) as servers:
            if found := differences(servers, rows, 200):
                sys.exit("\n".join([f"{len(found)} answers differ:", *found[:10]]))
            print(f"{len(servers)} servers give the same data")
            for row in rows:
                bodies = scratch / f"{row.key}.txt"
                bodies.write_bytes(b"\n".join(row.bodies()) + b"\n")
                rates = throughput(servers, bodies, arguments.rounds, arguments.seconds)
                rate = rates[MERCURIUS]["median"] / 2
                latencies = latency(servers, row, rate, arguments.paced_rounds, arguments.seconds)
                show(row, rates, latencies)
                found = {"name": row.name, "throughput": rates, "latency": latencies}
                record(arguments.json, "peers", {row.key: found})


if __name__ == "__main__":
    main()
