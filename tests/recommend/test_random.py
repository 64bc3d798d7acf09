"""Anything, each as likely as each other, and always the same."""

from __future__ import annotations

import numpy as np
import pytest

from graph.recommend.random import Random

from .small import fitted, graph_of, ranked


def drawn(seed: int, item: int, k: int, *others: int, count: int = 100) -> list[int]:
    return ranked(fitted(Random(seed), graph_of({}, count)), item, k, *others)


def test_an_item_always_gets_the_same() -> None:
    assert drawn(7, 3, 10) == drawn(7, 3, 10)


def test_another_seed_or_item_gets_others() -> None:
    assert len({tuple(drawn(seed, item, 10)) for seed in range(5) for item in range(5)}) == 25


def test_k_are_given_none_twice_and_none_that_is_left_out() -> None:
    assert sorted(drawn(0, 3, 99)) == [item for item in range(100) if item != 3]
    assert sorted(drawn(0, 3, 200, 4, 5)) == [item for item in range(100) if item not in (3, 4, 5)]
    assert drawn(0, 0, 10, count=1) == []


def test_less_is_the_beginning_of_more() -> None:
    assert drawn(0, 3, 20)[:5] == drawn(0, 3, 5)
    without = [item for item in drawn(0, 3, 20) if item != drawn(0, 3, 1)[0]]
    assert drawn(0, 3, 19, *drawn(0, 3, 1)) == without


def test_each_is_as_likely_as_each_other() -> None:
    strategy = fitted(Random(), graph_of({}, 1000))
    counts = np.bincount([other for item in range(1000) for other in ranked(strategy, item, 10)])
    # 10 each in the mean; Poisson's variance is the mean
    assert len(counts) == 1000
    assert 8 < counts.var() < 12
    assert 9 < counts[:500].mean() < 11


@pytest.mark.parametrize("seed", [-1, 1.5, "7", None])
def test_other_seeds_are_refused(seed: int) -> None:
    with pytest.raises(ValueError, match=r"seed must be a whole number from 0, got "):
        Random(seed)
