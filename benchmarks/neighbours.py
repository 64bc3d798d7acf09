"""Measure what clients notice of another that asks for as much as it may.

python benchmarks/neighbours.py CONTENT [--seconds 10] [--attackers 1] [--repeat 3]

Clients in processes of their own repeat a query near the cost limit, or one hostile query after the other,
without a pause. Meanwhile another asks for one article again and again; at first it is alone. In the end
it is printed how long each hostile query takes to be refused.
"""

from __future__ import annotations

import argparse
import http.client
import itertools
import json
import platform
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measurements import median_of, record
from servers import Server, articlegraph, ask

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))
from server.hostile import HOSTILE

PAUSE = 0.02
ARTICLE = (
    "query($u: String!) { article(url: $u) { id title url date subject { name } related { title url } } }"
)
FIELDS = "id title subject { name } seo { title }"
PAGE = f"articles(first: 500) {{ edges {{ cursor node {{ {FIELDS} }} }} nodes {{ {FIELDS} }} }}"


HEAVY = "{" + " ".join(f"r{number}: {PAGE}" for number in range(50)) + "}"
"""Seven objects for each article of 50 pages of 500: close to 200,000."""
HEADERS = {"content-type": "application/json", "accept": "application/graphql-response+json"}


def attack(port: int, kind: str) -> None:
    """Send queries until ended; print the status, size and seconds of each answer."""
    bodies = [json.dumps({"query": HEAVY})]
    if kind == "hostile":
        bodies = [json.dumps({"query": each.query, "variables": each.variables}) for each in HOSTILE]
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    buffer = bytearray(1 << 20)
    for number in itertools.count():
        began = time.perf_counter()
        connection.request("POST", "/graphql", bodies[number % len(bodies)], HEADERS)
        response = connection.getresponse()
        size = 0
        while count := response.readinto(buffer):
            size += count
        print(response.status, size, f"{time.perf_counter() - began:.2f}", flush=True)


def refusals(server: Server, repeat: int) -> dict[str, float]:
    """Print how long it takes to refuse each hostile query: the median, and the slowest ones."""
    connection = server.connect()
    medians = {}
    for hostile in HOSTILE:
        times = []
        body = json.dumps({"query": hostile.query, "variables": hostile.variables})
        for number in range(repeat):  # another text each time, or the server would remember the answer
            text = body.replace('"query": "', f'"query": "#{number}\\n', 1)
            began = time.perf_counter()
            connection.request("POST", "/graphql", text, HEADERS)
            response = connection.getresponse()
            answer = json.loads(response.read())
            times.append((time.perf_counter() - began) * 1000)
            assert (response.status, answer["errors"][0]["extensions"]["code"]) == (400, hostile.code), answer
        medians[hostile.name] = statistics.median(times)
    slowest = sorted(medians, key=lambda name: -medians[name])[:3]
    median = statistics.median(medians.values())
    print(f"{len(medians)} hostile queries refused, p50 {median:.2f} ms; the slowest:", end=" ")
    print(", ".join(f"{name} {medians[name]:.1f} ms" for name in slowest))
    return {"count": len(medians), "p50": median, "most": max(medians.values())}


def measure(server: Server, urls: list[str], seconds: float) -> list[float]:
    """Milliseconds that each one-article query takes."""
    chance = random.Random(7)
    connection = server.connect()
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        ask(connection, ARTICLE, u=chance.choice(urls))
        times.append((time.perf_counter() - began) * 1000)
        time.sleep(PAUSE)
    return times


def report(name: str, times: list[float]) -> dict[str, float]:
    """Print percentiles of latencies."""
    cut = statistics.quantiles(times, n=100)
    print(
        f"{name:<28} p50 {statistics.median(times):7.2f} ms   p95 {cut[94]:7.2f}   p99 {cut[98]:7.2f}"
        f"   most {max(times):7.2f}   ({len(times)} queries)",
        flush=True,
    )
    return {"p50": statistics.median(times), "p99": cut[98], "most": max(times)}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("content", nargs="?", default="seeds")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--attackers", type=int, default=1)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--cache-dir", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--attack", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.attack:
        attack(int(arguments.attack[0]), arguments.attack[1])
    print(f"Python {platform.python_version()}, {arguments.attackers} heavy clients")
    with tempfile.TemporaryDirectory() as scratch:
        cache = arguments.cache_dir or Path(scratch)
        with articlegraph(Path(arguments.content).absolute(), cache) as server:
            server.rest()  # or it would be beside what the server computes in the background
            hubs = ask(server.connect(), "{ graph { hubs(first: 500) { article { url } } } }")
            urls = [hub["article"]["url"] for hub in hubs["graph"]["hubs"]]  # type: ignore[index]
            runs: dict[str, list[dict[str, float]]] = {"alone": [], "heavy": [], "hostile": []}
            for _ in range(arguments.repeat):
                runs["alone"].append(report("alone", measure(server, urls, arguments.seconds / 2)))
                for kind in ("heavy", "hostile"):
                    runs[kind].append(beside(server, urls, kind, arguments.attackers, arguments.seconds))
            found: dict[str, Any] = {
                kind: {key: median_of([run[key] for run in each]) for key in each[0]}
                for kind, each in runs.items()
            }
            found |= {"memory": server.memory(), "refusals": refusals(server, arguments.repeat)}
            record(arguments.json, "neighbours", found)


def beside(server: Server, urls: list[str], kind: str, attackers: int, seconds: float) -> dict[str, float]:
    """Measure and print the latency beside attackers."""
    command = [sys.executable, __file__, "--attack", str(server.port), kind]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(attackers)]
    time.sleep(1)
    lines = []
    try:
        found = report(f"beside {attackers} {kind}", measure(server, urls, seconds))
    finally:
        for attacker in running:
            attacker.terminate()
            lines += attacker.communicate()[0].splitlines()
    print(
        f"  they had {len(lines)} answers, the last {' '.join(lines[-1:])} s; memory {server.memory():.0f} MB"
    )
    return found


if __name__ == "__main__":
    main()
