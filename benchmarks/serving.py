"""Measure loading, restart, reload, memory and latency of real server processes over HTTP.

python benchmarks/serving.py CONTENT [--repeat 3] [--parts first,restart,reload,memory,latency] [--json FILE]

First loads alternate with gray-matter, which reads the same files' front matter in one thread of Node and
does no more. It needs `npm ci` in benchmarks/peers, and is left out without.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import shutil
import signal
import statistics
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson
from measurements import median_of, record
from queries import LIST, NESTED, ONE
from servers import LIMIT, PEERS, Server, articlegraph, ask, ask_until_answered, post, wait_for

from graph.cache import snapshot_of

CONNECTIONS = 16
"""So many that each of two workers has some of them."""

HTML = "query($u: String!) { article(url: $u) { answer(format: HTML) } }"
SEARCH = "query($q: String!) { search(query: $q) { totalCount } }"
RECOMMENDED = "query($u: String!) { article(url: $u) { recommendations(first: 5) { article { url } } } }"
VERSION = "{ graph { version } }"
QUERIES = {
    "one article, title": ONE,
    "nested 3 levels, hubs as roots": NESTED,
    "50 articles, their related": LIST,
    "an answer as HTML": HTML,
}


def first_start(content: Path, cache: Path, url: str) -> dict[str, float]:
    """Seconds from the start of the process to the first answer, and until it is complete; memory in MB.

    It is complete when the snapshot is in its place and searches are answered from their index.
    """
    snapshot = snapshot_of(content, cache)
    with articlegraph(content, cache) as server:
        ask(server.connect(), ONE, u=url)
        answered = time.perf_counter() - server.began
        memory = server.memory()
        wait_for("the snapshot", snapshot.exists)
        ask_until_answered(server, SEARCH, LIMIT, q="what")
        complete = time.perf_counter() - server.began
        return {"answered": answered, "memory": memory, "complete": complete}


def gray_matter(content: Path) -> float:
    """Seconds that gray-matter takes for the same files, from the start of its process."""
    command = ["node", str(PEERS / "gray.mjs"), str(content)]
    run = subprocess.run(command, capture_output=True, check=True, timeout=LIMIT)
    seconds: float = orjson.loads(run.stdout)["seconds"]
    return seconds


def measure_first(content: Path, scratch: Path, url: str, repeat: int) -> dict[str, Any]:
    """First loads with an empty cache, and gray-matter in turn with them."""
    has_gray = (PEERS / "node_modules" / "gray-matter").exists()
    starts, grays = [], []
    for number in range(repeat):
        cache = scratch / f"first-{number}"
        starts.append(first_start(content, cache, url))
        shutil.rmtree(cache)
        if has_gray:
            grays.append(gray_matter(content))
    found = {key: median_of([start[key] for start in starts]) for key in starts[0]}
    return found | ({"gray": median_of(grays)} if grays else {})


def measure_restart(content: Path, cache: Path, url: str, repeat: int) -> dict[str, Any]:
    """Starts with nothing changed."""
    seconds, memory = [], []
    for _ in range(repeat):
        with articlegraph(content, cache) as server:
            ask(server.connect(), ONE, u=url)
            seconds.append(time.perf_counter() - server.began)
            memory.append(server.memory())
    return {"answered": median_of(seconds), "memory": median_of(memory)}


def reload_seconds(server: Server, file: Path, count: int) -> float:
    """From SIGHUP, one file having changed, until every connection gets another version."""
    connections = [server.connect() for _ in range(CONNECTIONS)]
    body = orjson.dumps({"query": VERSION})
    before = {post(connection, body) for connection in connections}
    change = b"\nchange_%d: true\n---\n" % count
    file.write_bytes(file.read_bytes().replace(b"\n---\n", change, 1))
    began = time.perf_counter()
    server.process.send_signal(signal.SIGHUP)
    waiting = list(connections)

    def all_get_it() -> bool:
        while waiting and post(waiting[-1], body) not in before:
            waiting.pop()
        return not waiting

    wait_for("the reload", all_get_it, 0.002)
    return time.perf_counter() - began


def measure_reload(copy: Path, cache: Path, workers: int, repeat: int) -> dict[str, float]:
    """Seconds until a changed file is visible."""
    file = min(copy.rglob("*.md"))
    seconds = []
    with articlegraph(copy, cache, "--workers", str(workers)) as server:
        server.rest()
        for count in range(repeat):
            seconds.append(reload_seconds(server, file, count + workers * 1000))
            server.rest()
    return median_of(seconds)


def measure_memory(content: Path, cache: Path, workers: int, urls: list[str]) -> dict[str, Any]:
    """MB of each serving process when recommendations are loaded and were asked for, and all is at rest."""
    with articlegraph(content, cache, "--workers", str(workers)) as server:
        ask_until_answered(server, RECOMMENDED, u=urls[0])
        server.rest()
        connections = [server.connect() for _ in range(CONNECTIONS)]
        for number, url in enumerate(urls):
            for query in (RECOMMENDED, NESTED):
                ask(connections[number % CONNECTIONS], query, u=url)
        server.rest()
        serving = server.workers()
        return {
            "resident": max(megabytes(process, "status", "VmRSS:") for process in serving),
            "peak": max(megabytes(process, "status", "VmHWM:") for process in serving),
            "unique": max(megabytes(process, "smaps_rollup", "Private_") for process in serving),
            "share": sum(megabytes(process, "smaps_rollup", "Pss:") for process in serving),
        }


def megabytes(process: int, file: str, prefix: str) -> float:
    """The sum of a process's figures that begin in some way, in MB of 1,000,000 bytes."""
    lines = Path(f"/proc/{process}/{file}").read_text().splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith(prefix)) * 1024 / 1e6


def measure_latency(content: Path, cache: Path, urls: list[str]) -> dict[str, Any]:
    """Milliseconds of each query over one connection, one after the other."""
    chance = random.Random(7)
    found = {}
    with articlegraph(content, cache) as server:
        server.rest()
        connection = server.connect()
        for name, query in QUERIES.items():
            times = []
            for _ in range(400):
                variables = {"u": chance.choice(urls)} if "$u" in query else {}
                began = time.perf_counter()
                ask(connection, query, **variables)
                times.append((time.perf_counter() - began) * 1000)
            cut = statistics.quantiles(times, n=100)
            found[name] = {"p50": statistics.median(times), "p99": cut[98]}
    return found


def show(name: str, seconds: float, figures: Any) -> None:
    """Print what a part gave, and how long that took."""
    print(f"{name} ({seconds:.0f} s)")
    for key, value in figures.items():
        if isinstance(value, dict) and "least" in value:
            print(f"  {key:<32} {value['median']:10.2f}   ({value['least']:.2f} to {value['most']:.2f})")
        elif isinstance(value, dict):
            print(f"  {key:<32} " + "   ".join(f"{part} {figure:.2f}" for part, figure in value.items()))
        else:
            print(f"  {key:<32} {value:10.2f}", flush=True)


def prepare(content: Path, cache: Path) -> list[str]:
    """Fill a cache with all that is kept, and return the urls of hubs."""
    with articlegraph(content, cache) as server:
        connection = server.connect()
        server.rest()  # or what is derived would be computed by every start again
        hubs = ask(connection, "{ graph { hubs(first: 500) { article { url } } } }")["graph"]["hubs"]
    return [hub["article"]["url"] for hub in hubs]


def measure(part: str, content: Path, scratch: Path, urls: list[str], repeat: int) -> dict[str, Any]:
    """One part."""
    cache = scratch / "cache"
    match part:
        case "first":
            return measure_first(content, scratch, urls[0], repeat)
        case "restart":
            return measure_restart(content, cache, urls[0], repeat)
        case "reload":
            # the content itself is never written to
            copy = shutil.copytree(content, scratch / "copy", copy_function=shutil.copyfile)
            return {
                f"{workers} worker{'s' * (workers > 1)}": measure_reload(copy, cache, workers, repeat)
                for workers in (1, 2)
            }
        case "memory":
            return {
                f"{workers} worker{'s' * (workers > 1)}": measure_memory(content, cache, workers, urls)
                for workers in (1, 2)
            }
        case "latency":
            return measure_latency(content, cache, urls)
    raise SystemExit(f"there is no part {part}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("content", type=Path, nargs="?", default=Path("seeds"))
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--parts", default="first,restart,reload,memory,latency")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    content: Path = arguments.content.absolute()
    sizes = [len(file.read_bytes()) for file in content.rglob("*.md")]  # fills the page cache
    print(f"{len(sizes):,} files, Python {platform.python_version()}, {os.cpu_count()} cores")
    record(arguments.json, "serving", {"files": len(sizes), "megabytes": sum(sizes) / 1e6})
    with tempfile.TemporaryDirectory() as temporary:
        scratch = Path(temporary)
        urls = prepare(content, scratch / "cache")
        for part in arguments.parts.split(","):
            began = time.perf_counter()
            found = measure(part, content, scratch, urls, arguments.repeat)
            show(part, time.perf_counter() - began, found)
            record(arguments.json, "serving", {part: found})


if __name__ == "__main__":
    main()
