"""What the server counts, for Prometheus."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from .content import Content
from .record import Record

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"
"""The environment variable that names the folder in which several processes count together."""

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_PATHS = frozenset(("/", "/graphql", "/graphiql", "/healthz", "/readyz", "/metrics"))
_MEMORY_SECONDS = 1.0
_TRIES = 3


class Metrics:
    """Counts requests; several processes of one server count as one.

    Parameters
    ----------
    content
        What is served.
    """

    def __init__(self, content: Content) -> None:
        registry = CollectorRegistry()
        self._content = content
        self._registry = registry
        self._requests = Counter(
            "articlegraph_http_requests", "Requests answered.", ("path", "status"), registry=registry
        )
        self._seconds = Histogram(
            "articlegraph_http_request_seconds",
            "From a request's first byte to its response's last.",
            ("path",),
            buckets=_SECONDS,
            registry=registry,
        )
        self.in_flight = Gauge(
            "articlegraph_http_requests_in_flight",
            "Requests that are being answered.",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self._errors = Counter(
            "articlegraph_graphql_errors", "Errors in GraphQL responses.", ("code",), registry=registry
        )
        self._refused = Counter(
            "articlegraph_graphql_refused",
            "Operations that were not run, or not to their end, by the code of their first error.",
            ("code",),
            registry=registry,
        )
        self._reloads = Counter(
            "articlegraph_reloads", "Reloads; each worker counts its own.", ("result",), registry=registry
        )
        self._memory = Gauge(
            "articlegraph_resident_memory_bytes",
            "Memory of each process that serves.",
            registry=registry,
            multiprocess_mode="liveall",
        )
        self._memory_noted = 0.0
        for result in ("changed", "unchanged", "failed"):
            self._reloads.labels(result)
        content.on_reload = lambda result: self._reloads.labels(result).inc()
        self._note_memory()

    def count(self, path: str, status: int, seconds: float, record: Record) -> None:
        """Count a request that has been answered."""
        path = path if path in _PATHS else "other"
        self._requests.labels(path, str(status)).inc()
        self._seconds.labels(path).observe(seconds)
        for code in record.codes:
            self._errors.labels(code).inc()
        if record.refused and record.codes:
            self._refused.labels(record.codes[0]).inc()
        self._note_memory()

    def exposition(self) -> bytes:
        """All counts, in Prometheus' text format."""
        directory = os.environ.get(DIRECTORY)
        registry = self._registry
        if directory:  # this process' own registry knows only what happened here
            registry = CollectorRegistry()
            MultiProcessCollector(registry, directory)  # type: ignore[no-untyped-call]
            for _ in range(_TRIES):
                with contextlib.suppress(
                    FileNotFoundError
                ):  # a worker has just taken over an ended one's counts
                    return generate_latest(registry) + generate_latest(_state(self._content))
        return generate_latest(registry) + generate_latest(_state(self._content))

    def _note_memory(self) -> None:
        now = time.monotonic()
        if now - self._memory_noted < _MEMORY_SECONDS:
            return
        self._memory_noted = now
        memory = resident_memory()
        if memory is not None:
            self._memory.set(memory)


def resident_memory() -> int | None:
    """Bytes of memory that this process occupies; None where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[1])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def _state(content: Content) -> CollectorRegistry:
    """What the graph is now: every process serves the same, so whichever is asked says it."""
    graph = content.graph

    class State(Collector):
        def collect(self) -> Iterator[Metric]:
            info = GaugeMetricFamily(
                "articlegraph_graph_info", "The graph that is served.", labels=["version"]
            )
            info.add_metric([graph.version], 1)
            yield info
            for name, description, value in (
                ("articles", "Articles of the graph.", graph.article_count),
                ("links", "Links of the graph.", graph.link_count),
                ("loaded_timestamp_seconds", "When it was loaded.", graph.loaded_at.timestamp()),
                ("reload_failed", "1 while the last reload has failed.", float(content.failure is not None)),
            ):
                yield GaugeMetricFamily(f"articlegraph_graph_{name}", description, value=value)

    registry = CollectorRegistry()
    registry.register(State())
    return registry
