"""Measure full-text search: how fast it is, how long its index takes and how large that is.

python benchmarks/search.py CONTENT [--queries 1000]

The queries are fragments of random titles: 1 to 4 words, stop words included, the last one cut at any letter.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from measurements import record

import graph
from graph.knowledge import KnowledgeGraph
from graph.search import SearchIndex, highlight, write_index

PAGE = 20
ALONE = ["a", "the", "what is", "con", '"of the"', '"machine learning"', "the of and " * 900]


def fragments(titles: list[str], count: int) -> list[str]:
    """What people type, more or less."""
    chance = random.Random(7)
    queries = []
    for _ in range(count):
        words = chance.choice(titles).split()
        length = chance.randint(1, 4)
        start = chance.randrange(max(1, len(words) - length + 1))
        *whole, last = words[start : start + length]
        queries.append(" ".join([*whole, last[: chance.randint(1, len(last))]]))
    return queries


def milliseconds(function: Callable[[str], object], query: str) -> float:
    """How long one call takes."""
    began = time.perf_counter()
    function(query)
    return (time.perf_counter() - began) * 1000


def report(name: str, times: list[float]) -> dict[str, float]:
    """Print a median with the 99th percentile and the slowest."""
    p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    print(f"{name:<32} {p50:10.2f} ms   (p99 {p99:.2f}, slowest {max(times):.2f})")
    return {"p50": p50, "p99": p99}


def measure_index(loaded: KnowledgeGraph, folder: Path) -> dict[str, float]:
    """Print what writing and opening the index costs."""
    cpu, began = time.process_time(), time.perf_counter()
    write_index(loaded, folder)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'write the index':<32} {seconds:10.2f} s    ({cpu:.2f} s of CPU time)")
    print(f"{'its size':<32} {size:10.1f} MB   (peak memory of this process {memory:.0f} MB)")
    return {"seconds": seconds, "megabytes": size}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("content", type=Path, nargs="?", default=Path("seeds"))
    parser.add_argument("--queries", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        loaded = graph.load(arguments.content, cache=Path(scratch) / "cache")
        print(
            f"{loaded.article_count:,} articles, Python {platform.python_version()}, {os.cpu_count()} cores"
        )
        folder = Path(scratch) / "index"
        folder.mkdir()
        found: dict[str, Any] = {"index": measure_index(loaded, folder)}
        began = time.perf_counter()
        index = SearchIndex(folder)
        print(f"{'open it':<32} {(time.perf_counter() - began) * 1000:10.2f} ms")

        def page(query: str) -> list[str]:
            matches = index.search(query)
            return [highlight(loaded.articles[int(place)], matches) for place in matches.positions[:PAGE]]

        queries = fragments(loaded.columns.title, arguments.queries)
        for query in queries:
            index.search(query)  # reads the files for the first time
        times = [milliseconds(index.search, query) for query in queries]
        found["all matches"] = report("search, all matches", times)
        times = [milliseconds(page, query) for query in queries]
        found["highlights"] = report(f"the same with {PAGE} highlights", times)
        for query in ALONE:
            report(f"{query[:24]!r} alone", [milliseconds(index.search, query) for _ in range(20)])
    record(arguments.json, "search", found)


if __name__ == "__main__":
    main()
