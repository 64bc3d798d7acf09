"""Intervals that hold the truth as often as they say, exact tests, and the same digits everywhere."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
import scipy.stats

from graph.recommend.experiment.results import Estimate
from graph.recommend.experiment.statistics import compare, estimate, estimates, holm

Floats = npt.NDArray[np.float64]


def reciprocal_ranks(seed: int, m: int, columns: int = 1) -> Floats:
    """Values such as strategies have: mostly 0 or 1 / rank."""
    random = np.random.default_rng(seed)
    return (random.random((m, columns)) < 0.6) / random.integers(1, 11, (m, columns))


def test_the_mean_is_the_mean_and_the_interval_is_around_it() -> None:
    values = reciprocal_ranks(1, 400)[:, 0]
    found = estimate(values, 0, 1000)
    assert found.mean == pytest.approx(values.mean(), abs=1e-12)
    normal = 1.96 * values.std() / np.sqrt(400)
    assert found.low == pytest.approx(values.mean() - normal, abs=normal / 8)
    assert found.high == pytest.approx(values.mean() + normal, abs=normal / 8)


def test_the_interval_holds_the_truth_in_95_of_100_experiments() -> None:
    random = np.random.default_rng(3)
    drawn = (random.random((60, 400)) < 0.3).astype(float)
    held = [found.low <= 0.3 <= found.high for found in estimates(drawn, 0, 500)]
    assert 0.92 <= np.mean(held) <= 0.98


def test_the_interval_is_the_percentile_bootstrap_s() -> None:
    values = reciprocal_ranks(2, 80)[:, 0]
    theirs = scipy.stats.bootstrap((values,), np.mean, n_resamples=20_000, method="percentile", rng=0)
    found = estimate(values, 0, 20_000)
    assert (found.low, found.high) == pytest.approx(tuple(theirs.confidence_interval), abs=0.002)


def test_many_columns_are_as_each_alone() -> None:
    values = reciprocal_ranks(4, 300, 5)
    alone = tuple(estimate(values[:, column], 7, 200) for column in range(5))
    assert estimates(values, 7, 200) == alone


def test_the_seed_and_the_number_of_resamples_decide() -> None:
    values = reciprocal_ranks(5, 100)[:, 0]
    assert estimate(values, 1, 200) == estimate(values, 1, 200)
    assert estimate(values, 1, 200) != estimate(values, 2, 200)
    assert estimate(values, 1, 200) != estimate(values, 1, 201)
    p = {seed: compare(values, reciprocal_ranks(6, 100)[:, 0], seed, 200)[1] for seed in range(5)}
    assert len({*p.values()}) > 1


def test_one_item_or_equal_values_leave_no_doubt() -> None:
    assert estimate(np.array([0.5]), 0, 100) == Estimate(0.5, 0.5, 0.5)
    assert estimate(np.ones(999), 0, 100) == Estimate(1, 1, 1)
    third = estimate(np.full(7, 1 / 3), 0, 100)
    assert third.low == third.mean == third.high == pytest.approx(1 / 3, abs=1e-12)


def test_equal_strategies_do_not_differ() -> None:
    values = reciprocal_ranks(6, 50)[:, 0]
    assert compare(values, values.copy(), 0, 100) == (Estimate(0, 0, 0), 1)
    assert compare(np.ones(1), np.zeros(1), 0, 100)[1] == 1  # one item's sign says nothing


def test_a_difference_is_first_minus_second_item_by_item() -> None:
    second = reciprocal_ranks(7, 200)[:, 0] / 2
    difference, p = compare(second + 0.25, second, 0, 500)
    assert difference == Estimate(0.25, 0.25, 0.25)  # paired: what both share does not widen it
    assert p == 1 / 501
    assert compare(second, second + 0.25, 0, 500) == (Estimate(-0.25, -0.25, -0.25), p)


def test_the_p_value_is_near_that_of_all_signs() -> None:
    first, second = reciprocal_ranks(8, 10, 2).T
    differences = first - second
    signs = np.array([*itertools.product((1, -1), repeat=10)])
    exact = np.mean(np.abs(signs @ differences) >= abs(differences.sum()) - 1e-12)
    assert 0.05 < exact < 0.95
    assert compare(first, second, 0, 20_000)[1] == pytest.approx(exact, abs=0.012)


def test_the_p_value_is_near_scipy_s() -> None:
    first, second = reciprocal_ranks(9, 150, 2).T
    second[:20] = first[:20] / 2
    theirs = scipy.stats.permutation_test(
        (first, second),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=5000,
        rng=0,
    )
    assert compare(first, second, 0, 5000)[1] == pytest.approx(theirs.pvalue, abs=0.025)


def test_without_a_difference_small_p_values_are_as_rare_as_they_should_be() -> None:
    pairs = [reciprocal_ranks(seed, 40, 2).T for seed in range(300)]
    p = np.array([compare(first, second, 0, 399)[1] for first, second in pairs])
    assert 0.02 <= (p <= 0.05).mean() <= 0.08
    assert 0.4 <= (p <= 0.5).mean() <= 0.6


def test_as_far_is_exact_where_differences_are_tied() -> None:
    first = np.array([0.1, 0.2, 0.3, 0, 0, 0])
    second = np.array([0, 0, 0, 0.3, 0.2, 0.1])  # sums to 0 but for rounding: every draw is as far
    assert compare(first, second, 0, 300)[1] == 1


def test_holm_multiplies_the_smallest_by_the_number_of_tests() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.04, 0.01]) == pytest.approx([0.04, 0.02])
    assert holm([0.02, 0.02, 0.02]) == pytest.approx([0.06] * 3)
    assert holm([0.5, 0.9]) == [1, 1]
    assert holm([0.2]) == [0.2]
    assert holm([]) == []


def test_holm_keeps_the_order_of_p_values() -> None:
    p = np.random.default_rng(0).random(40) ** 3
    corrected = np.array(holm(p.tolist()))
    assert (corrected >= p).all()
    assert (corrected <= 1).all()
    assert (np.diff(corrected[np.argsort(p)]) >= 0).all()


DIGITS = """
import numpy as np
from graph.recommend.experiment.statistics import compare, estimates
random = np.random.default_rng(0)
values = (random.random((2500, 12)) < 0.6) / random.integers(1, 11, (2500, 12))
print(estimates(values, 0, 300), compare(values[:, 0], values[:, 1], 0, 300))
"""


def test_the_digits_do_not_depend_on_the_number_of_threads() -> None:
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
    printed = [
        subprocess.run(
            [sys.executable, "-c", DIGITS],
            env=os.environ | dict.fromkeys(names, str(threads)),
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for threads in (1, 2)
    ]
    assert "Estimate" in printed[0]
    assert printed[0] == printed[1]


def test_the_order_of_the_test_items_does_not_change_the_mean() -> None:
    values = reciprocal_ranks(10, 3001)[:, 0]
    shuffled = np.random.default_rng(0).permutation(values)
    assert estimate(values, 0, 10).mean == estimate(shuffled, 0, 10).mean
