"""Measure how long each measure of a graph takes, and how long it keeps other threads from running.

python benchmarks/measures.py CONTENT [--repeat 5]
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from measurements import median_of, record

import graph
from graph.centrality import betweenness, core_numbers, hits, pagerank
from graph.communities import communities, modularity
from graph.components import strong_components, weak_components
from graph.knowledge import KnowledgeGraph
from graph.metrics import clustering_coefficient, degree_distribution, reciprocity
from graph.mixing import assortativity, subject_links

TICK = 0.001
"""Seconds that the other thread sleeps at a time."""


def measures_of(served: KnowledgeGraph) -> dict[str, Callable[[], object]]:
    """Each measure by name, ready to be called."""
    outgoing, incoming, subjects = served.outgoing, served.incoming, served.columns.subject
    weak = weak_components(outgoing)
    return {
        "degree distribution": lambda: degree_distribution(outgoing, incoming),
        "reciprocity": lambda: reciprocity(outgoing),
        "clustering coefficient": lambda: clustering_coefficient(outgoing, incoming),
        "PageRank": lambda: pagerank(outgoing),
        "HITS": lambda: hits(outgoing),
        "betweenness": lambda: betweenness(outgoing),
        "core numbers": lambda: core_numbers(outgoing, incoming),
        "weak components": lambda: weak_components(outgoing),
        "strong components": lambda: strong_components(outgoing, incoming),
        "communities": lambda: communities(outgoing, incoming),
        "modularity": lambda: modularity(outgoing, incoming, weak),
        "subject links": lambda: subject_links(outgoing, subjects),
        "assortativity by subject": lambda: assortativity(outgoing, subjects),
    }


def timed(measure: Callable[[], object]) -> tuple[float, float]:
    """Seconds that a measure takes in a thread, and by how many another thread woke too late meanwhile."""
    ready = threading.Event()
    seconds: list[float] = []

    def run() -> None:
        ready.wait()
        began = time.perf_counter()
        measure()
        seconds.append(time.perf_counter() - began)

    thread = threading.Thread(target=run)
    thread.start()
    late, last = 0.0, time.perf_counter()
    ready.set()
    running = True
    while running:
        running = thread.is_alive()
        time.sleep(TICK)
        now = time.perf_counter()
        late, last = max(late, now - last - TICK), now
    return seconds[0], late


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("content", type=Path, nargs="?", default=Path("seeds"))
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as cache:
        served = graph.load(arguments.content, cache=Path(cache))
        print(
            f"{served.article_count:,} articles, {served.link_count:,} links, "
            f"Python {platform.python_version()}, {os.cpu_count()} cores"
        )
        found = {}
        for name, measure in measures_of(served).items():
            seconds, late = zip(*(timed(measure) for _ in range(arguments.repeat)), strict=True)
            spread = f"({min(seconds):.3f} to {max(seconds):.3f})"
            wait = f"others wait {max(late) * 1000:.1f} ms"
            print(f"{name:<32} {statistics.median(seconds):10.3f} s    {spread}, {wait}")
            found[name] = median_of(list(seconds)) | {"wait": max(late) * 1000}
    record(arguments.json, "measures", found)


if __name__ == "__main__":
    main()
