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


def measure_starts(content: Path) -> None:
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


def fit_time(recommender: Recommender, name: str) -> str:
    """What fitting a strategy costs, with what it is the first to need."""
    cpu, began = time.process_time(), time.perf_counter()
    recommender.fitted(name)
    return f"{time.perf_counter() - began:8.2f} s ({time.process_time() - cpu:.2f} s CPU)"


def answer_times(recommender: Recommender, name: str, articles: list[Article]) -> str:
    """Median and 99th percentile of the time for one article, reasons included."""
    times = []
    for article in articles:
        began = time.perf_counter()
        recommender.recommend([article], FIRST, strategy=name)
        times.append((time.perf_counter() - began) * 1000)
    return f"{statistics.median(times):7.2f} / {statistics.quantiles(times, n=100)[98]:.2f} ms"


def measure(loaded: KnowledgeGraph, count: int) -> None:
    """Print a line for each strategy: fit, then answers for articles with links and without."""
    seeded = random.Random(1)
    alone = list(loaded.isolated())
    others = [article for article in loaded.articles if article.related]
    recommender = recommender_of(loaded)
    print(f"{'strategy':<24} {'fit':>22}   {'with links p50 / p99':>22}   {'without':>18}")
    for name in strategies():
        fit = fit_time(recommender, name)
        linked, isolated = (seeded.sample(some, min(count, len(some))) for some in (others, alone or others))
        answer_times(recommender, name, linked[:20])  # reads the files for the first time
        told = (
            f"{answer_times(recommender, name, linked):>22}   {answer_times(recommender, name, isolated):>18}"
        )
        print(f"{name:<24} {fit:>22}   {told}", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("content", type=Path, nargs="?", default=Path("seeds"))
    parser.add_argument("--articles", type=int, default=1000)
    arguments = parser.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores")
    measure_starts(arguments.content)
    with tempfile.TemporaryDirectory() as scratch:
        loaded = graph.load(arguments.content, cache=Path(scratch))
        measure(loaded, arguments.articles)
    print(
        f"peak memory of this process     {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:8} MB"
    )


if __name__ == "__main__":
    main()
