"""A list of numbers for each item, in two arrays, behaves as lists do."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graph.recommend import Rows
from graph.recommend.rows import offsets_of

PAIRS = Rows.of_pairs(np.array([3, 0, 3, 0, 3]), np.array([5, 9, 1, 2, 5]), 5)


def listed(rows: Rows) -> list[list[int]]:
    return [rows[row].tolist() for row in range(len(rows))]


def test_pairs_make_rows_that_ascend_and_have_nothing_twice() -> None:
    assert listed(PAIRS) == [[2, 9], [], [], [1, 5], []]
    assert (PAIRS.offsets.dtype, PAIRS.values.dtype) == (np.int64, np.int32)


def test_sizes_and_owners() -> None:
    assert PAIRS.sizes.tolist() == [2, 0, 0, 2, 0]
    assert PAIRS.owners().tolist() == [0, 0, 3, 3]


def test_rows_are_taken_in_any_order_and_more_than_once() -> None:
    taken = PAIRS.take(np.array([3, 1, 0, 3]))
    assert listed(taken) == [[1, 5], [], [2, 9], [1, 5]]
    assert PAIRS.gather(np.array([3, 1, 0, 3])).tolist() == [1, 5, 2, 9, 1, 5]
    assert taken.owners().tolist() == [0, 0, 2, 2, 3, 3]


def test_nothing_is_nothing() -> None:
    nobody = np.zeros(0, np.int32)
    assert listed(Rows.of_pairs(nobody, nobody, 0)) == []
    assert listed(Rows.of_pairs(nobody, nobody, 2)) == [[], []]
    assert listed(PAIRS.take(nobody)) == []
    assert PAIRS.gather(nobody).tolist() == []
    assert offsets_of(nobody).tolist() == [0]


def test_large_numbers_do_not_run_over() -> None:
    most = 2**31 - 1
    rows = Rows.of_pairs(np.array([40_000, 40_000], np.int32), np.array([most, 0], np.int32), 40_001)
    assert rows[40_000].tolist() == [0, most]
    assert rows.sizes.sum() == 2


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 30)), max_size=60),
    st.lists(st.integers(0, 9), max_size=15),
)
def test_rows_are_lists(pairs: list[tuple[int, int]], some: list[int]) -> None:
    owners, values = np.array(pairs, np.int32).reshape(-1, 2).T
    rows = Rows.of_pairs(owners, values, 10)
    lists = [sorted({value for owner, value in pairs if owner == row}) for row in range(10)]
    assert listed(rows) == lists
    assert rows.owners().tolist() == [row for row in range(10) for _ in lists[row]]
    assert listed(rows.take(np.array(some, np.int32))) == [lists[row] for row in some]
