"""Measure how long the strategies take to fit and to answer, and how soon a first start recommends.

python benchmarks/recommending.py CONTENT [--articles 1000]
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measurements import median_of, record

import graph
from graph.knowledge import Article, KnowledgeGraph
from graph.recommend import Recommender, recommender_of, strategies

FIRST = 10
STARTS = 3
ASK = """
import sys, graph
g = graph.load(sys.argv[1], cache=sys.argv[2])
found = graph.recommend.recommender_of(g).recommend([g.isolated()[0] if g.isolated() else g.articles[0]], 10)
assert len(found) == 10
"""


def seconds_of_a_start(content: Path, cache: Path) -> float:
    """From the start of a process to the default recommendations of an article without links."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", ASK, str(content), str(cache)], check=True)
    return time.perf_counter() - began


def measure_starts(content: Path) -> dict[str, Any]:
    """Print how soon starts recommend: first ones with an empty cache, files just read, and later ones."""
    first, later = [], []
    for _ in range(STARTS):
        for file in content.rglob("*.md"):
            file.read_bytes()
        with tempfile.TemporaryDirectory() as scratch:
            cache = Path(scratch)
            first.append(seconds_of_a_start(content, cache))
            later.append(seconds_of_a_start(content, cache))
            files = cache.glob("*.derived/*/recommend-*/*")
            kept = sum(file.stat().st_size for file in files) / 1e6
    for name, seconds in (("first start to recommendations", first), ("a later one", later)):
        told = " ".join(f"{s:.2f}" for s in sorted(seconds))
        print(f"{name:<31} {statistics.median(seconds):8.2f} s  ({told})")
    print(f"kept for recommendations        {kept:8.0f} MB")
    return {"first start": median_of(first), "later start": median_of(later), "kept": kept}


def fit_times(recommender: Recommender, name: str) -> tuple[float, float]:
    """Seconds, and those of CPU time, that fitting a strategy costs with what it is the first to need."""
    cpu, began = time.process_time(), time.perf_counter()
    recommender.fitted(name)
    return time.perf_counter() - began, time.process_time() - cpu


def answer_times(recommender: Recommender, name: str, articles: list[Article]) -> dict[str, float]:
    """Median and 99th percentile of the time for one article, reasons included."""
    times = []
    for article in articles:
        began = time.perf_counter()
        recommender.recommend([article], FIRST, strategy=name)
        times.append((time.perf_counter() - began) * 1000)
    return {"p50": statistics.median(times), "p99": statistics.quantiles(times, n=100)[98]}


def measure(loaded: KnowledgeGraph, count: int) -> dict[str, Any]:
    """Print a line for each strategy: fit, then answers for articles with links and without."""
    seeded = random.Random(1)
    alone = list(loaded.isolated())
    others = [article for article in loaded.articles if article.related]
    recommender = recommender_of(loaded)
    print(f"{'strategy':<24} {'fit':>22}   {'with links p50 / p99':>22}   {'without':>18}")
    found = {}
    for name in strategies():
        seconds, cpu = fit_times(recommender, name)
        linked, isolated = (seeded.sample(some, min(count, len(some))) for some in (others, alone or others))
        answer_times(recommender, name, linked[:20])  # reads the files for the first time
        found[name] = {
            "fit": seconds,
            "linked": answer_times(recommender, name, linked),
            "alone": answer_times(recommender, name, isolated),
        }
        fit = f"{seconds:8.2f} s ({cpu:.2f} s CPU)"
        told = [
            f"{each['p50']:7.2f} / {each['p99']:.2f} ms"
            for each in (found[name]["linked"], found[name]["alone"])
        ]
        print(f"{name:<24} {fit:>22}   {told[0]:>22}   {told[1]:>18}", flush=True)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("content", type=Path, nargs="?", default=Path("seeds"))
    parser.add_argument("--articles", type=int, default=1000)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores")
    found = measure_starts(arguments.content)
    with tempfile.TemporaryDirectory() as scratch:
        loaded = graph.load(arguments.content, cache=Path(scratch))
        found["strategies"] = measure(loaded, arguments.articles)
    record(arguments.json, "recommending", found)
    print(
        f"peak memory of this process     {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:8} MB"
    )


if __name__ == "__main__":
    main()
