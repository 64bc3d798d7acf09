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
