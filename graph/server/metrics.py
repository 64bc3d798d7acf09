"""What the server counts, for Prometheus."""

from __future__ import annotations

import asyncio
import contextlib
import os
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

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
_TRIES = 3
_FLUSH_SECONDS = 0.1
"""How long counts may stay where other processes do not see them."""


@dataclass(slots=True)
class _Tally:
    """Requests with one path and status that are not in the metrics yet."""

    count: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(default_factory=lambda: [0] * (len(_SECONDS) + 1))


class Metrics:
    """Counts requests; several processes of one server count as one.

    Requests are tallied here and moved to the metrics when these are read, or a little later where other
    processes read them: that costs a tenth of counting each one there.

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
        self.under_way = 0
        """Requests that are being answered."""
        self._in_flight = Gauge(
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
        self._tallies: dict[tuple[str, int], _Tally] = {}
        self._is_shared = DIRECTORY in os.environ
        self._flushing: asyncio.TimerHandle | None = None
        for result in ("changed", "unchanged", "failed"):
            self._reloads.labels(result)
        self._flush()

    def count(self, path: str, status: int, seconds: float, record: Record) -> None:
        """Count a request that has been answered."""
        tally = self._tallies.get((path, status))
        if tally is None:
            key = (path if path in _PATHS else "other", status)
            tally = self._tallies.setdefault(key, _Tally())
        tally.count += 1
        tally.seconds += seconds
        tally.buckets[bisect_left(_SECONDS, seconds)] += 1
        if record.codes:
            for code in record.codes:
                self._errors.labels(code).inc()
            if record.refused:
                self._refused.labels(record.codes[0]).inc()
        if self._is_shared and self._flushing is None:
            self._flushing = asyncio.get_running_loop().call_later(_FLUSH_SECONDS, self._flush)

    def count_reload(self, result: str) -> None:
        """Count a reload: "changed", "unchanged" or "failed"."""
        self._reloads.labels(result).inc()

    def exposition(self) -> bytes:
        """All counts, in Prometheus' text format."""
        self._flush()
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

    def _flush(self) -> None:
        self._flushing = None
        for (path, status), tally in self._tallies.items():
            self._requests.labels(path, str(status)).inc(tally.count)
            histogram: Any = self._seconds.labels(path)  # which takes one observation at a time
            histogram._sum.inc(tally.seconds)
            for bucket, count in zip(histogram._buckets, tally.buckets, strict=True):
                if count:
                    bucket.inc(count)
        self._tallies.clear()
        self._in_flight.set(self.under_way)
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
