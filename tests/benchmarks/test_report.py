"""The text of measurements: no figure that was not measured, and where others are ahead."""

from typing import Any

ENVIRONMENT = {
    "date": "2026-01-02",
    "processor": "some",
    "cores": 2,
    "system": "Linux",
    "python": "3.11",
    "node": "v20",
    "versions": {"uvicorn": "1"},
}


def figures(median: float) -> dict[str, float]:
    return {"median": median, "least": median - 1, "most": median + 1}


def row(ours: float, theirs: float) -> dict[str, Any]:
    from throughput import CEILING, MERCURIUS, OURS, STRAWBERRY

    rates = {OURS: ours, MERCURIUS: theirs, STRAWBERRY: 50.0, CEILING: 900.0}
    return {
        "name": "one article",
        "throughput": {name: figures(rate) | {"bytes": 200.0} for name, rate in rates.items()},
        "latency": {
            name: {"rate": theirs / 2, "p50": figures(1.0), "p99": figures(1000 / rate), "unanswered": 0}
            for name, rate in rates.items()
        },
    }


def made(**sections: Any) -> str:
    from report import report

    return report({"environment": ENVIRONMENT, **sections})


def test_ratios_are_those_of_the_medians() -> None:
    text = made(peers={"one": row(300.0, 100.0)})
    assert "| one article | 3.00 | 6.00 | 0.33 | not run |" in text
    assert "- nowhere." in text


def test_a_peer_that_wins_is_named() -> None:
    text = made(peers={"one": row(100.0, 150.0)})
    assert "Mercurius + graphql-jit answers 1.50 times as many" in text
    assert "has a p99 of 6.67 ms, not 10.0" in text
    assert "ceiling: raw ASGI answers" not in text


def test_what_was_not_measured_is_left_out() -> None:
    text = made()
    assert "2026-01-02" in text
    assert "##" not in text


IN_PROCESS = {
    "listing": {"warm": 5.0, "p50": 1.5, "p99": 3.5},
    "search": {
        "index": {"seconds": 4.0, "megabytes": 60.0},
        "all matches": {"p50": 0.7, "p99": 2.25},
        "highlights": {"p50": 1.9, "p99": 4.75},
    },
    "measures": {"PageRank": figures(2.5) | {"wait": 1.0}},
    "neighbours": {
        **{
            kind: {key: figures(8.0) for key in ("p50", "p99", "most")}
            for kind in ("alone", "heavy", "hostile")
        },
        "memory": 300.0,
        "refusals": {"count": 40, "p50": 0.5, "most": 6.5},
    },
    "recommending": {
        "first start": figures(20.0),
        "later start": figures(3.0),
        "kept": 70.0,
        "strategies": {
            "hybrid": {"fit": 9.0, **{kind: {"p50": 2.0, "p99": 6.0} for kind in ("linked", "alone")}}
        },
    },
}


def test_all_that_was_measured_in_process_is_there() -> None:
    text = made(**IN_PROCESS)
    for told in (
        "random filters and orders | 1.50 | 3.50 |",
        "of a title, ranked | 0.70 | 2.25 |",
        "| PageRank | 2.50 (1.50 to 3.50) |",
        "| search index, 60 MB | 4.00 |",
        "| repeats a query at the cost limit | 8.00 (7.00 to 9.00) |",
        "A first start recommends after 20.0 s (19.0 to 21.0), a later one after",
        "| hybrid | 9.00 | 2.00 / 6.00 | 2.00 / 6.00 |",
    ):
        assert told in text


def test_a_part_alone_has_no_empty_tables_beside_it() -> None:
    for name, figures_of_it in IN_PROCESS.items():
        lines = made(**{name: figures_of_it}).splitlines()
        rules = [number for number, line in enumerate(lines) if line.startswith("|---")]
        assert rules
        assert all(lines[number + 1].startswith("|") for number in rules), name
