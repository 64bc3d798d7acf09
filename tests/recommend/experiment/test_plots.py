"""Plots: what they show, that labels keep apart, and that they take the page's colours."""

from __future__ import annotations

import functools
import re
from itertools import pairwise
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from evaluations import NINE, made_up
from hypothesis import given
from hypothesis import strategies as st

from graph.recommend.experiment import plots

HOSTILE = (
    "<script>alert(1)</script>",
    "a $x^2$ & \"b\" 'c'",
    "nul \x00 bell \x07",
    "_under #000001",
    "ünï → 漢字",
)
TWELVE = (*NINE, "m" * 60, "hybrid (weights=[1, 2, 0.5], strategies=['content', 'linked'])", "x")


@functools.cache
def drawn(labels: tuple[str, ...] = NINE, k: int = 10, scale: float = 1.0) -> dict[str, str]:
    """Every kind of plot."""
    strategies = made_up(labels, k=k, scale=scale).strategies
    times = [(s.timing.p50_ms * scale, s.timing.p99_ms * scale) for s in strategies]
    return {
        "rank": plots.by_rank("rank", "By rank", strategies, "hit_rate"),
        "stratum": plots.by_stratum("stratum", "By degree", strategies, "ndcg", "degree"),
        "coverage": plots.coverage_against("coverage", "Coverage", strategies, "mrr"),
        "latency": plots.spans("latency", "Latency", strategies, times, "milliseconds"),
        "fit": plots.spans("fit", "Fit", strategies, [time[:1] for time in times], "seconds"),
    }


def texts(svg: str) -> str:
    """All text in a plot, its lines joined."""
    return " ".join(element.text or "" for element in ElementTree.fromstring(svg).iter("text"))


@pytest.mark.parametrize(
    ("labels", "k", "scale"),
    [
        (NINE, 10, 1.0),
        (TWELVE, 10, 1.0),
        (NINE[:1], 1, 1.0),
        (NINE, 1, 1.0),
        (NINE[:3], 100, 0.0),
        (HOSTILE, 3, 1e-6),
    ],
)
def test_every_plot_names_every_strategy(labels: tuple[str, ...], k: int, scale: float) -> None:
    for svg in drawn(labels, k, scale).values():
        shown = re.sub(r"\s", "", texts(svg))
        for label in labels:
            assert re.sub(r"\s", "", re.sub(r"[\x00-\x1f]", "\N{REPLACEMENT CHARACTER}", label)) in shown
        assert "nan" not in svg


def test_a_plot_tells_its_numbers_to_those_who_do_not_see_it() -> None:
    for name, svg in drawn().items():
        root = ElementTree.fromstring(svg)
        title, description = root[0], root[1]
        assert (title.tag, description.tag, root.get("role")) == ("title", "desc", "img")
        assert root.get("aria-labelledby") == f"{title.get('id')} {description.get('id')}"
        assert title.get("id") == f"{name}-title"
        assert "random: " in (description.text or "")
    assert "At k = 10: hybrid: 0.800;" in drawn()["rank"]


def test_points_stand_where_their_numbers_are() -> None:
    strategies = made_up(("good", "bad"), k=3).strategies
    root = ElementTree.fromstring(plots.coverage_against("c", "Coverage", strategies, "hit_rate"))
    places = {  # the first marker of each colour is the point, the second stands by the label
        use.get("style"): (float(use.get("x", 0)), float(use.get("y", 0)))
        for use in reversed([*root.iter("use")])
        if "--series" in use.get("style", "")
    }
    (x_good, y_good), (x_bad, y_bad) = (place for _, place in sorted(places.items()))
    (axis,) = {float(use.get("y", 0)) for use in root.iter("text") if use.text == "0.0"}
    assert y_good < y_bad < axis
    assert (x_good < x_bad) == (strategies[0].beyond["coverage"] < strategies[1].beyond["coverage"])


def test_intervals_are_drawn() -> None:
    assert drawn()["rank"].count("fill-opacity: 0.16") == len(NINE)
    assert "fill-opacity" not in drawn(k=1)["rank"]


def test_the_page_decides_colours_and_font() -> None:
    for svg in drawn(TWELVE).values():
        styles = " ".join(element.get("style", "") for element in ElementTree.fromstring(svg).iter())
        assert not re.search(r"#[0-9a-f]{3}|rgb|font-family|DejaVu", styles)
        assert "<style" not in svg  # it would reach the whole page
        used = {int(number) for number in re.findall(r"var\(--series-(\d+)\)", styles)}
        assert used == set(range(plots.COLORS))


def test_ids_are_the_plot_s_own_and_all_lead_somewhere() -> None:
    for name, svg in drawn().items():
        ids = re.findall(r' id="([^"]+)"', svg)
        assert len(ids) == len(set(ids))
        assert all(each.startswith(f"{name}-") for each in ids)
        assert set(re.findall(r'(?:href="|url\()#([^")]+)', svg)) <= set(ids)


def test_nothing_is_loaded_from_elsewhere() -> None:
    for svg in drawn(HOSTILE).values():
        assert not re.search(
            r"https?:|//|@import|<image|<script", svg.replace("http://www.w3.org/2000/svg", "")
        )


def test_a_plot_is_the_same_bytes_each_time_and_whatever_the_user_s_settings() -> None:
    first = drawn()
    with mpl.rc_context(
        {"lines.linewidth": 9, "font.family": "serif", "path.sketch": (3, 100, 2), "axes.grid": False}
    ):
        before = dict(mpl.rcParams)
        assert drawn.__wrapped__() == first
        assert dict(mpl.rcParams) == before


def test_two_digits_of_a_time_and_no_exponent() -> None:
    strategies = made_up(("a", "b", "c", "d")).strategies
    svg = plots.spans("t", "Times", strategies, [(0.000123, 0), (0.5, 12345.0), (0,), (99.6,)], "s")
    assert "0.00012" in texts(svg)
    assert "0.5 \N{EN DASH} 12000" in texts(svg)
    assert "100" in texts(svg)
    assert "e-" not in texts(svg)


@given(st.lists(st.tuples(st.floats(0, 300), st.floats(5, 60)), min_size=1, max_size=12))
def test_labels_keep_apart_and_in_order(labels: list[tuple[float, float]]) -> None:
    wanted, heights = [w for w, _ in labels], [h for _, h in labels]
    high = max(300.0, sum(heights))
    places = plots.apart(wanted, heights, 0, high)
    edges = sorted((p - h / 2, p + h / 2) for p, h in zip(places, heights, strict=True))
    assert edges[0][0] >= -1e-6
    assert edges[-1][1] <= high + 1e-6
    assert all(before[1] <= after[0] + 1e-6 for before, after in pairwise(edges))
    for first in range(len(labels)):
        for second in range(len(labels)):
            if wanted[first] < wanted[second]:
                assert places[first] < places[second]


def test_labels_with_room_stay_where_they_are_wanted() -> None:
    assert plots.apart([50, 10, 90], [16, 16, 16], 0, 100) == pytest.approx([50, 10, 90])
    assert plots.apart([50, 50], [16, 16], 0, 100) == pytest.approx([58, 42])
    assert plots.apart([0, 100], [16, 16], 0, 100) == pytest.approx([8, 92])
