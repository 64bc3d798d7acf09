"""Make results.md of the measurements in a JSON file.

python benchmarks/report.py measurements.json > benchmarks/results.md
"""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from throughput import CEILING, MERCURIUS, OURS, ROUTED, STRAWBERRY, UNKEPT

Section = dict[str, Any]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table, its lines ending with an empty one."""
    yield f"| {' | '.join(head)} |"
    yield "|---" * len(head) + "|"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""


def paragraph(text: str) -> Iterator[str]:
    """Lines of a paragraph, and an empty one."""
    yield textwrap.fill(" ".join(text.split()), 116, break_long_words=False, break_on_hyphens=False)
    yield ""


def number(value: float) -> str:
    """Three digits that count, or all before the point."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}" if value >= 0.1 else f"{value:.3f}"


def spread(figures: Section, unit: str = "") -> str:
    """A median with its range."""
    range_ = f"{number(figures['least'])} to {number(figures['most'])}"
    return f"{number(figures['median'])}{unit and ' '}{unit} ({range_})"


def heading(measured: Section) -> Iterator[str]:
    """When, where, with what."""
    about, corpus = measured["environment"], measured.get("serving")
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    files = f"The corpus: {corpus['files']:,} files, {corpus['megabytes']:.1f} MB." if corpus else ""
    yield "# Results"
    yield ""
    yield from paragraph(
        f"""{about["date"]}, {about["processor"]}, {about["cores"]} cores, {about["system"]}, Python
        {about["python"]}, Node {about["node"]}; {versions}. {files} Made by `make bench`; `report.py`
        writes this file from what was measured. Compare figures of one run only: the machine may be
        shared."""
    )


def peers(measured: Section) -> Iterator[str]:
    """Beside other servers."""
    rows: dict[str, Section] = measured["peers"]
    yield "## Beside other servers"
    yield ""
    yield from paragraph(
        """One process each over the same corpus, in memory; before it is measured, all give the same data
        for random articles. Requests a second with 8 keep-alive connections of one thread of wrk, one
        server after the other in rounds, medians with their ranges. Random roots are 5,000 drawn
        uniformly from all articles. *Nothing kept* is articlegraph without a cache of responses. The
        ceiling sends bytes made ahead from a raw ASGI application under uvicorn. Mercurius compiles
        queries with graphql-jit; Yoga, plain Strawberry and Ariadne keep parsed and validated documents.
        Latency counts from when a request was due, at half of what Mercurius bears; the ceiling's is the
        client's own."""
    )
    yield from table(
        ["articlegraph against", "Mercurius + JIT", "plain Strawberry", "ceiling", "nothing kept, Mercurius"],
        (summary(row) for row in rows.values()),
    )
    for row in rows.values():
        yield from peer_table(row)
    yield from winners(rows)


def summary(row: Section) -> list[str]:
    """Ratios of one query."""
    rates = row["throughput"]

    def ratio(ours: str, theirs: str) -> str:
        return f"{rates[ours]['median'] / rates[theirs]['median']:.2f}" if ours in rates else "not run"

    pairs = ((OURS, MERCURIUS), (OURS, STRAWBERRY), (OURS, CEILING), (UNKEPT, MERCURIUS))
    return [row["name"], *(ratio(*pair) for pair in pairs)]


def peer_table(row: Section) -> Iterator[str]:
    """Throughput and latency of one query."""
    rates, latencies = row["throughput"], row["latency"]
    yield f"### {row['name'].capitalize()}"
    yield ""
    yield from table(
        ["", "requests a second", "bytes", "times Mercurius", "times Strawberry", "times the ceiling"],
        (
            [
                name,
                spread(figures),
                f"{figures['bytes']:,.0f}",
                *(
                    f"{figures['median'] / rates[each]['median']:.2f}"
                    for each in (MERCURIUS, STRAWBERRY, CEILING)
                ),
            ]
            for name, figures in rates.items()
        ),
    )
    yield from table(
        [f"at {latencies[MERCURIUS]['rate']:,.0f} a second", "p50, ms", "p99, ms", "left unanswered"],
        (
            [name, spread(figures["p50"]), spread(figures["p99"]), f"{figures['unanswered']:,}"]
            for name, figures in latencies.items()
        ),
    )


def winners(rows: dict[str, Section]) -> Iterator[str]:
    """Say where others are ahead."""
    yield "Where others are ahead of articlegraph:"
    yield ""
    found = []
    for row in rows.values():
        rates, latencies = row["throughput"], row["latency"]
        ahead = [
            f"{name} answers {figures['median'] / rates[OURS]['median']:.2f} times as many"
            for name, figures in rates.items()
            if name not in (CEILING, ROUTED, UNKEPT) and figures["median"] > rates[OURS]["median"]
        ]
        ours, theirs = latencies[OURS]["p99"]["median"], latencies[MERCURIUS]["p99"]["median"]
        if theirs < ours:
            ahead.append(f"{MERCURIUS} has a p99 of {number(theirs)} ms, not {number(ours)}")
        found += [f"- {row['name']}: {'; '.join(ahead)}."] if ahead else []
    yield from found or ["- nowhere."]
    yield ""


def serving(measured: Section) -> Iterator[str]:
    """Starts, reloads, memory."""
    found = measured["serving"]
    yield "## Loading and memory"
    yield ""
    rows = []
    if "first" in found:
        first = found["first"]
        rows.append(["first load, until the first answer", spread(first["answered"], "s")])
        if "complete" in first:
            told = "first load, complete with snapshot and search index"
            rows.append([told, spread(first["complete"], "s")])
        if "gray" in first:
            ratio = first["answered"]["median"] / first["gray"]["median"]
            rows.append(["gray-matter over the same files, in turn with it", spread(first["gray"], "s")])
            rows.append(["until the first answer, as a share of gray-matter's time", f"{ratio:.2f}"])
        if "memory" in first:
            rows.append(["resident after it", spread(first["memory"], "MB")])
    if "restart" in found:
        rows.append(
            [
                "restart with nothing changed, until the first answer",
                spread(found["restart"]["answered"], "s"),
            ]
        )
    for workers, figures in found.get("reload", {}).items():
        rows.append(
            [f"one file changed, from SIGHUP until all connections get it, {workers}", spread(figures, "s")]
        )
    for workers, figures in found.get("memory", {}).items():
        told = (
            f"{figures['resident']:.0f} MB resident "
            f"({figures['resident'] / found['megabytes']:.2f} times the files), "
            f"{figures['peak']:.0f} at most, {figures['unique']:.0f} of its own"
        )
        rows.append([f"a serving process with recommendations loaded and asked for, {workers}", told])
    yield from table(["", "median (range)"], rows)
    yield from paragraph(
        """Seconds count from the start of the process. *Of its own* is what no other process shares
        (unique set size)."""
    )
    if "latency" in found:
        latency = (
            [name, number(each["p50"]), number(each["p99"])] for name, each in found["latency"].items()
        )
        yield from table(["one connection, one after the other", "p50, ms", "p99, ms"], latency)


def growth(measured: Section) -> Iterator[str]:
    """From 10,000 articles up."""
    sizes = sorted(measured["growth"].items(), key=lambda item: int(item[0]))
    yield "## Growth"
    yield ""
    yield from paragraph(
        """Synthetic folders (`synthetic.py`); one worker, one connection, random roots and words;
        latencies are p50 / p99 in milliseconds, with what the client adds, which is measured of a process
        that sends as many bytes. For the first worker over a snapshot another process computes what is kept
        for all that come later: the search index, and up to 100,000 articles recommendations. *One worker,
        MB* is what is resident after all the queries, with the pages of the snapshot that they have read.
        Client and server each have a core."""
    )
    queries = ("nested", "list", "filter", "search", "facets", "client")
    head = [
        "articles",
        "files, MB",
        "build, s",
        "build, MB",
        "open, s",
        "first answer, s",
        "one worker, MB",
        "the first, at most",
        *queries,
    ]
    yield from table(
        head,
        (
            [
                f"{int(articles):,}",
                *(
                    number(found[key])
                    for key in (
                        "megabytes",
                        "build",
                        "build memory",
                        "open",
                        "first answer",
                        "resident",
                        "peak",
                    )
                ),
                *(f"{number(found[name]['p50'])} / {number(found[name]['p99'])}" for name in queries),
            ]
            for articles, found in sizes
        ),
    )
    yield "![Time, memory and latency over the number of articles](../docs/images/growth.svg)"
    yield ""
    if "growth compared" in measured:
        yield from paragraph("Round by round in turn, the median of 12:")
        rows = []
        for name, of_sizes in measured["growth compared"].items():
            (small, fast), (large, slow) = sorted(of_sizes.items(), key=lambda item: int(item[0]))
            rows.append([name, number(fast), number(slow), number(slow / fast)])
        yield from table(["", f"{int(small):,}, ms", f"{int(large):,}, ms", "times"], rows)


def likeness(measured: Section) -> Iterator[str]:
    """How alike the synthetic corpus is."""
    found = measured["likeness"]
    yield f"How alike a synthetic folder of {found['synthetic']['articles']:,} articles is to the corpus:"
    yield ""
    rows = []
    for what, quantiles in found["corpus"]["quantiles"].items():
        for name, values in (
            (f"{what}, corpus", quantiles),
            ("synthetic", found["synthetic"]["quantiles"][what]),
        ):
            rows.append([name, *(f"{value:,.0f}" for value in values)])
    yield from table(["quantiles", *(f"{share:g}" for share in found["shares"])], rows)
    counts = found["synthetic"]["counts"]
    yield from table(
        ["counts for 1,000 articles, and shares", "corpus", "synthetic"],
        ([what, number(value), number(counts[what])] for what, value in found["corpus"]["counts"].items()),
    )


def in_process(measured: Section) -> Iterator[str]:
    """Listing, search, measures, neighbours, recommending."""
    yield "## Listing, search, measures, neighbours, recommending"
    yield ""
    rows = []
    if "listing" in measured:
        rows.append(
            ["a page of 20 with its total and two facets, random filters and orders", measured["listing"]]
        )
    if "search" in measured:
        rows.append(
            ["search: all matches of a fragment of a title, ranked", measured["search"]["all matches"]]
        )
        rows.append(["the same with a page of 20 highlights", measured["search"]["highlights"]])
    if rows:
        yield from table(
            ["in process", "p50, ms", "p99, ms"],
            ([name, number(each["p50"]), number(each["p99"])] for name, each in rows),
        )
    rows = [[name, spread(each)] for name, each in measured.get("measures", {}).items()]
    if "search" in measured:
        index = measured["search"]["index"]
        rows.append([f"search index, {index['megabytes']:.0f} MB", number(index["seconds"])])
    if "listing" in measured:
        rows.append(["all of it, with an empty cache (`--warm`)", number(measured["listing"]["warm"])])
    if rows:
        yield from table(["computed once for each version", "seconds"], rows)
    if "neighbours" in measured:
        yield from neighbours(measured["neighbours"])
    if "recommending" in measured:
        yield from recommending(measured["recommending"])


def neighbours(found: Section) -> Iterator[str]:
    """What others notice of a greedy client."""
    kinds = {
        "alone": "does nothing",
        "heavy": "repeats a query at the cost limit",
        "hostile": "sends hostile queries again and again",
    }
    yield from table(
        ["a one-article query while another client …", "p50, ms", "p99, ms", "slowest, ms"],
        (
            [told, *(spread(found[kind][key]) for key in ("p50", "p99", "most"))]
            for kind, told in kinds.items()
        ),
    )
    refusals = found["refusals"]
    yield from paragraph(
        f"""Each of {refusals["count"]} hostile queries is refused within {number(refusals["p50"])} ms
        (median; the slowest {number(refusals["most"])}). The server's memory is then
        {found["memory"]:.0f} MB."""
    )


def recommending(found: Section) -> Iterator[str]:
    """What strategies cost."""
    yield from paragraph(
        f"""A first start recommends after {spread(found["first start"], "s")}, a later one after
        {spread(found["later start"], "s")}; {found["kept"]:.0f} MB are kept for it."""
    )
    yield from table(
        ["strategy", "fit, s", "answer with links, p50 / p99 ms", "without links"],
        (
            [name, number(each["fit"])]
            + [f"{number(each[kind]['p50'])} / {number(each[kind]['p99'])}" for kind in ("linked", "alone")]
            for name, each in found["strategies"].items()
        ),
    )


def report(measured: Section) -> str:
    """The whole text, of those sections that were measured."""
    sections = (
        (heading, ("environment",)),
        (peers, ("peers",)),
        (serving, ("serving",)),
        (growth, ("growth",)),
        (likeness, ("likeness",)),
        (in_process, ("listing", "search", "measures", "neighbours", "recommending")),
    )
    lines = []
    for make, keys in sections:
        if any(key in measured for key in keys):
            lines += make(measured)
        for remark in (measured.get("remarks", {}).get(key) for key in keys):
            lines += paragraph(remark) if remark else ()
    lines += paragraph(
        """The corpus's counts (links, orphans, dead ends, subjects …) are held by tests/corpus, and
        printed by `articlegraph stats`."""
    )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(report(orjson.loads(Path(sys.argv[1]).read_bytes())))
