"""Measure how build, opening, memory and latency grow with the number of articles.

python benchmarks/growth.py [--most 300000] [--folder DIR] [--queries 300] [--json FILE] [--plot FILE]

Synthetic folders (synthetic.py) of 10,000 to 1,000,000 articles are written, built and served, one after the
other. What DIR holds from an earlier run is used again: the largest folder has 4.5 GB, its snapshot more.

Latencies are those of one keep-alive connection, and a client that writes bytes to a socket. What it adds
itself (`client`) is measured of a process that sends bytes made ahead, as many as the nested answer has.
"""

from __future__ import annotations

import argparse
import itertools
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import orjson
import synthetic
from measurements import record
from pacing import Connection, connection, request_of, undisturbed
from queries import LIST, NESTED
from search import fragments
from servers import Server, ask_until_answered
from serving import megabytes

ROUNDS = 12
BASE = 36_000
SIZES = (10_000, 36_000, 100_000, 300_000, 1_000_000)
OPEN = """
import sys, time
from pathlib import Path
from graph.knowledge import KnowledgeGraph
began = time.perf_counter()
KnowledgeGraph(Path(sys.argv[1]))
print(time.perf_counter() - began)
"""
CANNED = """
import socket, sys
listening = socket.create_server(("127.0.0.1", 0))
print(listening.getsockname()[1], flush=True)
connected, _ = listening.accept()
connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
size = int(sys.argv[1])
answer = b"HTTP/1.1 200 OK\\r\\ncontent-length: %d\\r\\n\\r\\n" % size + bytes(size)
while connected.recv(1 << 16):
    connected.sendall(answer)
"""
FILTER = (
    "query($w: String!) { articles(first: 20, where: {title: {containsIgnoreCase: $w}}) "
    "{ totalCount nodes { id title url } } }"
)
FACETS = (
    "query($w: String!) { articles(first: 0, where: {url: {ne: $w}}) "
    "{ one: facets(by: SUBJECT, first: 20) { value count } two: facets(by: MONTH) { value count } } }"
)
SEARCH = "query($w: String!) { search(query: $w, first: 20) { totalCount edges { node { title } } } }"
TITLE = re.compile(r"^title: >-\n    (.*)\n", re.MULTILINE)
URL = re.compile(r"^url: (.*)\n", re.MULTILINE)


def sampled(content: Path, count: int) -> tuple[list[str], list[str]]:
    """Urls and titles of random articles."""
    files = sorted(content.rglob("*.md"))
    texts = [file.read_text() for file in random.Random(7).sample(files, min(count, len(files)))]
    return [URL.findall(text)[0] for text in texts], [TITLE.findall(text)[0].rstrip("?") for text in texts]


def build(content: Path, snapshot: Path) -> dict[str, float]:
    """Seconds to make the snapshot of a folder, and the most memory of any process that does."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "graph", "build", str(content), "-o", str(snapshot), "--quiet"]
    with subprocess.Popen(command) as process:
        _, process.returncode, used = os.wait4(process.pid, 0)
    if process.returncode:
        raise RuntimeError("the build failed")
    return {"build": time.perf_counter() - began, "build memory": used.ru_maxrss * 1024 / 1e6}


def opening(snapshot: Path) -> float:
    """Seconds to open a snapshot, the median of three processes."""
    command = [sys.executable, "-c", OPEN, str(snapshot)]
    runs = [subprocess.run(command, check=True, capture_output=True, text=True) for _ in range(3)]
    return statistics.median(float(run.stdout) for run in runs)


def latencies(connected: Connection, requests: Iterator[bytes], count: int) -> dict[str, float]:
    """Milliseconds of requests over one connection, and the bytes of their answers."""
    times, sizes = [], []
    for number in range(count + count // 10):
        request = next(requests)
        began = time.perf_counter()
        answer = connected.ask(request)
        took = (time.perf_counter() - began) * 1000
        if b'"errors"' in answer[:20]:
            raise RuntimeError(f"the server answered {answer[:500]!r}")
        if number >= count // 10:  # the first meet what was never used before
            times.append(took)
            sizes.append(len(answer))
    quantiles = statistics.quantiles(times, n=100)
    return {"p50": statistics.median(times), "p99": quantiles[98], "bytes": statistics.median(sizes)}


def client(size: int, count: int) -> dict[str, float]:
    """What the client itself takes, for answers of some size."""
    command = [sys.executable, "-c", CANNED, str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        with connection(int(server.stdout.readline())) as connected:
            return latencies(connected, itertools.repeat(request_of(NESTED, u="/")), count)


@contextmanager
def apart(*servers: Server) -> Iterator[None]:
    """Client and servers have cores of their own, or where they happen to run would decide."""
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    if len(cores) < 2:
        yield
        return
    for server in servers:
        for thread in Path(f"/proc/{server.process.pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), cores[1:])
    os.sched_setaffinity(0, cores[:1])
    try:
        yield
    finally:
        os.sched_setaffinity(0, cores)


def serve(snapshot: Path) -> Server:
    """One worker over a snapshot."""
    return Server([sys.executable, "-m", "graph", "serve", snapshot, "--no-access-log", "--port", "0"])


def prepared(snapshot: Path) -> dict[str, float]:
    """The most memory of the worker that is the first to serve a snapshot, and computes all that is kept."""
    with serve(snapshot) as server:
        ask_until_answered(server, NESTED, u="")
        server.rest(600)
        ask_until_answered(server, SEARCH, w="x")  # when there is an index
        server.rest(600)
        return {"peak": megabytes(server.process.pid, "status", "VmHWM:")}


def served(content: Path, snapshot: Path, count: int) -> dict[str, Any]:
    """Memory and latency of one worker that finds all computed."""
    urls, titles = sampled(content, 1000)
    chance = random.Random(11)
    words = fragments(titles, count * 2)

    with serve(snapshot) as server:
        ask_until_answered(server, NESTED, u=urls[0])
        found: dict[str, Any] = {"first answer": time.perf_counter() - server.began}
        server.rest(600)
        queries: dict[str, Callable[[], bytes]] = {
            "nested": lambda: request_of(NESTED, u=chance.choice(urls)),
            "list": lambda: request_of(LIST),
            "filter": lambda: request_of(FILTER, w=chance.choice(chance.choice(titles).split())),
            "search": lambda: request_of(SEARCH, w=chance.choice(words)),
            "facets": lambda: request_of(FACETS, w=f"/{chance.random()}"),
        }
        with connection(server.port) as connected, apart(server), undisturbed():
            for name, draw in queries.items():
                found[name] = latencies(connected, iter(draw, None), count)
        (worker,) = server.workers()
        found["resident"] = megabytes(worker, "status", "VmRSS:")
        found["most"] = megabytes(worker, "status", "VmHWM:")
    found["client"] = client(int(found["nested"]["bytes"]), count)
    return found


def measure(folder: Path, articles: int, queries: int, known: dict[str, Any]) -> dict[str, Any]:
    """One size; what it took to make what is used again is taken from the run that made it."""
    content, snapshot = folder / f"{articles}", folder / f"{articles}.snapshot"
    found: dict[str, Any] = {
        key: known[key] for key in ("megabytes", "build", "build memory", "peak") if key in known
    }
    if not content.exists():
        unfinished = folder / f"{articles}.unfinished"
        found["megabytes"] = synthetic.write(unfinished, articles) / 1e6
        unfinished.rename(content)
    if "megabytes" not in found:
        found["megabytes"] = sum(file.stat().st_size for file in content.rglob("*.md")) / 1e6
    if "build" not in found or not snapshot.exists():
        snapshot.unlink(missing_ok=True)
        found |= build(content, snapshot)
    found["snapshot"] = snapshot.stat().st_size / 1e6
    found["open"] = opening(snapshot)
    if "peak" not in found:
        shutil.rmtree(snapshot.with_name(f"{snapshot.name}.derived"), ignore_errors=True)
        found |= prepared(snapshot)
    return found | served(content, snapshot, queries)


def compared(folder: Path, sizes: tuple[int, int], count: int) -> dict[str, Any]:
    """Median milliseconds of nested queries and lists over two sizes, round by round in turn."""
    drawn = {size: itertools.cycle(sampled(folder / f"{size}", ROUNDS * count)[0]) for size in sizes}
    took: dict[str, dict[int, list[float]]] = {"nested": defaultdict(list), "list": defaultdict(list)}
    with ExitStack() as opened:
        servers = [opened.enter_context(serve(folder / f"{size}.snapshot")) for size in sizes]
        for server in servers:
            ask_until_answered(server, NESTED, u="")
            server.rest(600)
        connections = [opened.enter_context(connection(server.port)) for server in servers]
        opened.enter_context(apart(*servers))
        opened.enter_context(undisturbed())
        for size, connected in list(zip(sizes, connections, strict=True)) * ROUNDS:
            roots = drawn[size]
            nested = (request_of(NESTED, u=root) for root in roots)
            took["nested"][size].append(latencies(connected, nested, count)["p50"])
            took["list"][size].append(latencies(connected, itertools.repeat(request_of(LIST)), count)["p50"])
    return {
        name: {str(size): statistics.median(of_size[size]) for size in sizes}
        for name, of_size in took.items()
    }


def show(articles: int, found: dict[str, Any]) -> None:
    """Print one size."""
    told = [
        f"{name} p50 {value['p50']:.2f} p99 {value['p99']:.2f} ms"
        if isinstance(value, dict)
        else f"{name} {value:,.2f}"
        for name, value in found.items()
    ]
    print(f"{articles:>9,} articles: {', '.join(told)}", flush=True)


def plot(sizes: dict[str, Any], file: Path) -> None:
    """Draw time, memory and latency over the number of articles."""
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "growth"
    import matplotlib.pyplot as plt

    counts = sorted(map(int, sizes))

    def values(*path: str) -> list[float | None]:
        found = []
        for count in counts:
            value = sizes[str(count)]
            for key in path:
                value = value.get(key) if value is not None else None
            found.append(value)
        return found

    figure, ((times, memory), (pages, scans)) = plt.subplots(2, 2, figsize=(9, 8), layout="constrained")
    for name in ("build", "open", "first answer"):
        times.plot(counts, values(name), "o-", label=name)
    times.set_ylabel("seconds")
    for name, label in (
        ("megabytes", "files"),
        ("resident", "one worker"),
        ("peak", "the first one, at most"),
        ("build memory", "the build, at most"),
    ):
        memory.plot(counts, values(name), "o-", label=label)
    memory.set_ylabel("MB")
    for axes, names in ((pages, ("nested", "list", "client")), (scans, ("filter", "search", "facets"))):
        for name in names:
            (line,) = axes.plot(counts, values(name, "p50"), "o-", label=name)
            axes.plot(counts, values(name, "p99"), ":", color=line.get_color(), label=f"{name}, p99")
        axes.set_ylabel("milliseconds")
    for axes in (times, memory, pages, scans):
        axes.set(xscale="log", yscale="log", xlabel="articles")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=3, frameon=False)
    figure.savefig(file, metadata={"Date": None})


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--most", type=int, default=SIZES[-1])
    parser.add_argument("--least", type=int, default=SIZES[0])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    file: Path | None = arguments.json
    known: dict[str, Any] = {}
    if file and file.exists():
        known = orjson.loads(file.read_bytes()).get("growth", {})
    with tempfile.TemporaryDirectory() as scratch:
        folder = arguments.folder or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        for articles in SIZES:
            if arguments.least <= articles <= arguments.most:
                found = measure(folder, articles, arguments.queries, known.get(str(articles), {}))
                known[str(articles)] = found
                show(articles, found)
                record(file, "growth", {str(articles): found})
        if arguments.most > BASE >= arguments.least:
            largest = max(size for size in SIZES if size <= arguments.most)
            found = compared(folder, (BASE, largest), arguments.queries)
            print(found, flush=True)
            record(file, "growth compared", found)
    if arguments.plot:
        plot(known, arguments.plot)


if __name__ == "__main__":
    main()
