"""How sure a mean or a difference is: bootstrap, randomization test, and correction for many tests.

Every sum here is exact, so that neither the order of its terms nor the number of cores changes a digit:
values are rounded to whole multiples of a power of two, small enough that a sum of all of them still fits in
a float64.

The resamples depend on the seed, their number and the number of values only. They are drawn once, and shared
by all metrics and strategies: one matrix product gives all resampled means.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .results import Estimate

Floats = npt.NDArray[np.float64]

_INTERVAL = (0.025, 0.975)
_CELLS = 1 << 17
"""How many entries of a matrix of resamples are in work at once."""


def estimate(values: Floats, seed: int, resamples: int) -> Estimate:
    """The mean of values with its 95 % interval, as `estimates` gives for several columns."""
    return estimates(values[:, None], seed, resamples)[0]


def estimates(values: Floats, seed: int, resamples: int) -> tuple[Estimate, ...]:
    """The mean of each column with its 95 % interval.

    The interval is the percentile bootstrap's (Efron and Tibshirani, An Introduction to the Bootstrap, 1993,
    chapter 13).

    Parameters
    ----------
    values
        Shape (m, columns), a row for each test item, from -1 to 1; m is at least 1.
    seed
        Of the resamples.
    resamples
        How many.
    """
    whole, unit = _whole(values)
    sums = _product(_counts(len(whole), seed, resamples), whole)
    low, high = np.quantile(sums, _INTERVAL, axis=0)
    columns = np.stack([whole.sum(axis=0), low, high], axis=1) * unit / len(whole)
    return tuple(Estimate(*column) for column in columns.tolist())


def compare(first: Floats, second: Floats, seed: int, resamples: int) -> tuple[Estimate, float]:
    """How much better one strategy is than another on the same test items.

    The p-value is that of a paired randomization test: how often the mean difference is at least as far from
    0 when each item's difference has a random sign. Observed signs count as one of the draws, so that p is
    never 0 (Smucker, Allan and Carterette, A Comparison of Statistical Significance Tests for Information
    Retrieval Evaluation, 2007; Phipson and Smyth, Permutation P-values Should Never Be Zero, 2010).

    Parameters
    ----------
    first, second
        Each of shape (m,): a metric's value for each test item, from 0 to 1.
    seed
        Of the resamples and the signs.
    resamples
        How many of each.

    Returns
    -------
    tuple
        The mean of first minus second with its paired 95 % bootstrap interval, and the two-sided p-value.
    """
    difference = first - second
    whole, _ = _whole(difference[:, None])
    drawn = _product(_signs(len(whole), seed, resamples), whole)
    as_far = int((np.abs(drawn) >= abs(whole.sum())).sum())
    return estimate(difference, seed, resamples), (1 + as_far) / (resamples + 1)


def holm(p: Sequence[float]) -> list[float]:
    """P-values corrected for how many tests there are.

    Whoever believes in all differences with a corrected value of at most 0.05 believes in any false one with
    a chance of at most 0.05 (Holm, A Simple Sequentially Rejective Multiple Test Procedure, 1979).

    Parameters
    ----------
    p
        P-values of one family of tests, in any order.

    Returns
    -------
    list
        In the same order, at most 1.
    """
    ascending = np.argsort(p, kind="stable")
    steps = np.asarray(p, np.float64)[ascending] * np.arange(len(p), 0, -1)
    corrected = np.empty(len(p))
    corrected[ascending] = np.minimum(np.maximum.accumulate(steps), 1)
    return corrected.tolist()


def _whole(values: Floats) -> tuple[Floats, float]:
    """Values as whole numbers of a unit; a sum of as many as there are rows is below 2**53, hence exact."""
    bits = 52 - len(values).bit_length()
    return np.rint(np.ldexp(values, bits)), 2.0**-bits


def _product(matrix: npt.NDArray[Any], whole: Floats) -> Floats:
    """The matrix product, without BLAS, whose threads take twenty times as long on a busy machine."""
    columns = np.ascontiguousarray(whole.T)
    blocks = (matrix[block].astype(np.float64) for block in _blocks(*matrix.shape))
    return np.concatenate([np.einsum("ij,kj->ik", block, columns) for block in blocks])


@functools.lru_cache(64)
def _counts(m: int, seed: int, resamples: int) -> npt.NDArray[np.uint8]:
    """How often each of m rows is in each resample; shape (resamples, m)."""
    random = np.random.default_rng((seed, 0))
    counts = np.empty((resamples, m), np.uint8)  # more than 255 times would take longer than there is time
    for block in _blocks(resamples, m):
        part = counts[block]
        drawn = random.integers(m, size=part.shape) + np.arange(len(part))[:, None] * m
        part[:] = np.bincount(drawn.ravel(), minlength=part.size).reshape(part.shape)
    return counts


@functools.lru_cache(64)
def _signs(m: int, seed: int, resamples: int) -> npt.NDArray[np.int8]:
    """Random signs, 1 or -1; shape (resamples, m)."""
    random = np.random.default_rng((seed, 1))
    signs = random.integers(2, size=(resamples, m), dtype=np.int8)
    return 2 * signs - 1


def _blocks(rows: int, columns: int) -> Iterator[slice]:
    step = max(_CELLS // columns, 1)
    return (slice(start, start + step) for start in range(0, rows, step))
