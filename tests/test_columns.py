"""Columns and links in memory hold what the snapshot's tables hold."""

from __future__ import annotations

import random
from array import array
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest
from content import related, write
from hypothesis import given
from hypothesis import strategies as st

from graph.columns import Adjacency, Positions, TextColumn, adjacencies
from graph.loading import load


def stored(links: Iterable[tuple[int, int]], articles: int) -> tuple[Adjacency, Adjacency]:
    """Both directions of links."""
    ends = np.array(sorted(links, key=lambda link: link[0]), np.int64).reshape(-1, 2)
    return adjacencies(ends[:, 0], ends[:, 1], articles)


def test_links_are_rows_of_neighbors() -> None:
    outgoing, incoming = stored([(0, 2), (0, 1), (2, 0), (3, 1)], 5)
    assert [list(outgoing[position]) for position in range(5)] == [[2, 1], [], [0], [1], []]
    assert [list(incoming[position]) for position in range(5)] == [[2], [0, 3], [0], [], []]
    assert (len(outgoing), len(incoming)) == (5, 5)
    assert list(outgoing.degrees()) == [2, 0, 1, 1, 0]
    assert [incoming.degree(position) for position in range(5)] == [1, 2, 1, 0, 0]
    assert outgoing.offsets == array("i", [0, 2, 2, 3, 4, 4])


def test_no_articles_have_no_links() -> None:
    for adjacency in stored([], 0):
        assert (len(adjacency), list(adjacency.neighbors), list(adjacency.degrees())) == (0, [], [])
    assert [list(row) for row in (stored([], 3)[0][position] for position in range(3))] == [[], [], []]


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), unique=True, max_size=30))
def test_links_out_are_in_their_order_and_links_in_by_position(links: list[tuple[int, int]]) -> None:
    outgoing, incoming = stored(links, 7)
    for position in range(7):
        assert list(outgoing[position]) == [target for source, target in links if source == position]
        assert list(incoming[position]) == sorted(source for source, target in links if target == position)
        assert outgoing.degree(position) == len(outgoing[position]) == outgoing.degrees()[position]
        assert incoming.degree(position) == len(incoming[position]) == incoming.degrees()[position]


@given(st.lists(st.none() | st.text() | st.lists(st.text(max_size=3), max_size=2)), st.randoms())
def test_text_is_kept_as_json(values: list[Any], chosen: random.Random) -> None:
    column = TextColumn[Any].of(values)
    assert column == values
    assert list(column) == values
    assert [column[place] for place in range(len(values))] == values
    assert column[1:] == values[1:]
    assert [column[place - len(values)] for place in range(len(values))] == values
    assert column.encoded_list() == [orjson.dumps(value) for value in values]
    assert [column.encoded(place) for place in range(len(values))] == column.encoded_list()
    assert column.first(len(values) // 2) == values[: len(values) // 2]
    order = [place for place in range(len(values)) for _ in range(chosen.randrange(3))]
    if chosen.random() < 0.5:
        chosen.shuffle(order)
    assert column.take(np.array(order, np.int64)) == [values[place] for place in order]
    assert TextColumn.chained([column, column.first(1) if values else column]) == values + values[:1]
    with pytest.raises(IndexError):
        column[len(values)]


@given(st.lists(st.text(max_size=4), unique=True), st.text(max_size=4))
def test_a_url_is_found_without_a_table_of_all(urls: list[str], other: str) -> None:
    positions = Positions.of(TextColumn.of(urls))
    assert [positions[url] for url in urls] == list(range(len(urls)))
    assert positions[other] == (urls.index(other) if other in urls else None)
    assert positions["\ud800"] is None


def test_columns_are_in_order_of_url(tmp_path: Path) -> None:
    content = tmp_path / "content"
    write(
        content,
        "a.md",
        title="A",
        url="/z",
        id=1,
        date=date(2024, 1, 31),
        author="N. N.",
        subject="B",
        score=1,
    )
    write(
        content, "b.md", title="B", url="/Z", author="N. N.", subject="A", no_index=True, answer="word " * 500
    )
    write(content, "c.md", title="C", url="/é", id=-1, date=date(2024, 1, 31), related_article1=related("/z"))
    columns = load(content, cache=tmp_path / "cache").columns
    assert columns.url == ["/Z", "/z", "/é"]
    assert columns.title == ["B", "A", "C"]
    assert columns.file == ["b.md", "a.md", "c.md"]
    assert columns.number == [None, 1, -1]
    assert columns.date == [None, date(2024, 1, 31), date(2024, 1, 31)]
    assert columns.author == ["N. N.", "N. N.", None]
    assert columns.subject == [0, 1, None]
    assert columns.score == [None, 1.0, None]
    assert columns.no_index == [True, False, False]
    assert columns.reading_minutes[0] > 1
    assert columns.reading_minutes[1:] == [0, 0]


def test_columns_cannot_be_replaced(tmp_path: Path) -> None:
    write(tmp_path / "content", "a.md")
    columns = load(tmp_path / "content", cache=tmp_path / "cache").columns
    with pytest.raises(AttributeError):
        columns.url = []  # type: ignore[misc]
