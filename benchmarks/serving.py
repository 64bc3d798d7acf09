"""Measure loading, restart, reload, memory and latency of a real server process over HTTP.

python benchmarks/serving.py CONTENT [--repeat 5]
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import platform
import random
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

LIMIT = 300.0
"""Seconds after which a start counts as failed."""

CARD = "id title subject { name } url"
QUERIES = {
    "one article, title": "query($u: String!) { article(url: $u) { title } }",
    "nested 3 levels": "query($u: String!) { article(url: $u) "
    f"{{ {CARD} related {{ {CARD} related {{ {CARD} related {{ id title url }} }} }} }} }}",
    "50 articles, their related": "{ articles(first: 50) "
    "{ nodes { id title url date related { id title url } } } }",
    "answer as HTML": "query($u: String!) { article(url: $u) { answer(format: HTML) } }",
}


class Server:
    """A server process of our own, and when it was started."""

    def __init__(self, content: Path, cache: Path, *options: str) -> None:
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "graph",
                "serve",
                str(content),
                "--no-access-log",
                "--port",
                "0",
                "--cache-dir",
                str(cache),
                *options,
            ],
            stderr=subprocess.PIPE,
            text=True,
        )
        self.port = 0

    def __enter__(self) -> Server:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            if "serving on http://" in line:
                self.port = int(line.split(" (", 1)[0].rsplit(":", 1)[1])
                threading.Thread(target=self.process.stderr.read, daemon=True).start()
                return self
        raise RuntimeError("the server did not start")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(60)

    def connect(self) -> http.client.HTTPConnection:
        """Open a keep-alive connection."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def memory(self) -> float:
        """Resident memory in MB of this process and its children, now."""
        children = subprocess.run(
            ["ps", "-o", "rss=", "--pid", str(self.process.pid), "--ppid", str(self.process.pid)],
            capture_output=True,
            text=True,
            check=True,
        )
        return sum(map(int, children.stdout.split())) / 1024


def ask(connection: http.client.HTTPConnection, query: str, **variables: object) -> dict[str, object]:
    """Ask one query and return its data."""
    body = json.dumps({"query": query, "variables": variables})
    connection.request("POST", "/graphql", body, {"content-type": "application/json"})
    answer = json.loads(connection.getresponse().read())
    if "errors" in answer:
        raise RuntimeError(answer["errors"])
    data: dict[str, object] = answer["data"]
    return data


def timed_start(content: Path, cache: Path, url: str) -> tuple[float, float]:
    """Seconds from the start of the process to the first answered query, and memory in MB."""
    with Server(content, cache) as server:
        connection = server.connect()
        ask(connection, "query($u: String!) { article(url: $u) { title } }", u=url)
        return time.perf_counter() - server.began, server.memory()


def report(name: str, values: list[float], unit: str) -> None:
    """Print a median with its range."""
    print(f"{name:<32} {statistics.median(values):10.2f} {unit:<4} ({min(values):.2f} to {max(values):.2f})")


def measure_reload(content: Path, cache: Path, repeat: int) -> list[float]:
    """Seconds from SIGHUP to the first answer with another version, one file having changed."""
    seconds = []
    file = min(content.rglob("*.md"))
    with Server(content, cache) as server:
        connection = server.connect()
        for count in range(repeat):
            before = ask(connection, "{ graph { version } }")
            change = b"\nchange_%d: true\n---\n" % count
            file.write_bytes(file.read_bytes().replace(b"\n---\n", change, 1))
            began = time.perf_counter()
            server.process.send_signal(signal.SIGHUP)
            while ask(connection, "{ graph { version } }") == before:
                if time.perf_counter() - began > LIMIT:
                    raise RuntimeError("the reload did not come")
                time.sleep(0.005)
            seconds.append(time.perf_counter() - began)
    return seconds


def measure_latency(content: Path, cache: Path) -> None:
    """Print the latency of each query over random articles."""
    chance = random.Random(7)
    with Server(content, cache) as server:
        connection = server.connect()
        hubs = ask(connection, "{ graph { hubs(first: 500) { article { url } } } }")
        urls = [hub["article"]["url"] for hub in hubs["graph"]["hubs"]]  # type: ignore[index]
        for name, query in QUERIES.items():
            times = []
            for _ in range(400):
                variables = {"u": chance.choice(urls)} if "$u" in query else {}
                began = time.perf_counter()
                ask(connection, query, **variables)
                times.append((time.perf_counter() - began) * 1000)
            cut = statistics.quantiles(times, n=100)
            print(f"{name:<32} {statistics.median(times):10.2f} ms   (p99 {cut[98]:.2f})")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("content", type=Path, nargs="?", default=Path("seeds"))
    parser.add_argument("--repeat", type=int, default=5)
    arguments = parser.parse_args()
    content: Path = arguments.content.absolute()
    files = [file for file in content.rglob("*.md") if file.read_bytes()]  # fills the page cache
    print(f"{len(files):,} files, Python {platform.python_version()}, {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory() as scratch:
        cache = Path(scratch)
        with Server(content, cache / "0") as server:
            first = ask(server.connect(), "{ articles(first: 1) { nodes { url } } }")
        url = first["articles"]["nodes"][0]["url"]  # type: ignore[index]
        cold = [timed_start(content, cache / str(i + 1), url) for i in range(arguments.repeat)]
        warm = [timed_start(content, cache / "1", url) for _ in range(arguments.repeat)]
        report("first load", [seconds for seconds, _ in cold], "s")
        report("memory after it", [memory for _, memory in cold], "MB")
        report("unchanged restart", [seconds for seconds, _ in warm], "s")
        report("memory after it", [memory for _, memory in warm], "MB")
        copy = shutil.copytree(content, cache / "copy")  # the content itself is never written to
        report("one file changed, SIGHUP", measure_reload(copy, cache / "1", arguments.repeat), "s")
        measure_latency(content, cache / "1")


if __name__ == "__main__":
    main()
