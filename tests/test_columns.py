"""Columns and links in memory hold what the snapshot's tables hold."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from content import related, write
from hypothesis import given
from hypothesis import strategies as st

from graph.columns import Adjacency, load_columns, load_links, positions_of
from graph.loading import load
from graph.snapshot import create_tables


def stored(links: Iterable[tuple[int, int]], articles: int) -> tuple[Adjacency, Adjacency]:
    """Both directions of links, by way of the tables of a snapshot."""
    database = sqlite3.connect(":memory:")
    create_tables(database)
    rows = [(source, target, position) for position, (source, target) in enumerate(links)]
    database.executemany("INSERT INTO link VALUES (?, ?, ?)", rows)
    return load_links(database, articles)


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


def test_an_empty_snapshot_has_empty_columns() -> None:
    database = sqlite3.connect(":memory:")
    create_tables(database)
    columns = load_columns(database)
    assert (columns.url, columns.date, columns.subject, list(columns.file_id)) == ([], [], [], [])


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
    assert columns.author[0] is columns.author[1]
    assert columns.subject == [0, 1, None]
    assert columns.score == [None, 1.0, None]
    assert columns.no_index == [True, False, False]
    assert columns.reading_minutes[0] > 1
    assert columns.reading_minutes[1:] == [0, 0]
    assert positions_of(columns.url) == {"/Z": 0, "/z": 1, "/é": 2}


def test_columns_cannot_be_replaced(tmp_path: Path) -> None:
    write(tmp_path / "content", "a.md")
    columns = load(tmp_path / "content", cache=tmp_path / "cache").columns
    with pytest.raises(AttributeError):
        columns.url = []  # type: ignore[misc]
