"""The highest of many numbers."""

from __future__ import annotations

import numpy as np
import pytest

from graph.recommend.selection import highest, perhaps_highest

DRAWN = [
    (kind, size, count)
    for kind in ("numbers", "few different", "steep", "ascending", "every eighth", "none above 0")
    for size in (0, 1, 7, 40, 100, 1000, 5000)
    for count in (1, 3, 10, 150)
]


def drawn(kind: str, size: int) -> np.ndarray:
    random = np.random.default_rng([size, len(kind)])
    match kind:
        case "numbers":
            return random.random(size) - 0.3
        case "few different":
            return random.choice([-1.0, 0.0, 0.25, 0.5, 1.0], size)
        case "steep":
            return np.exp(-30 * random.random(size))
        case "ascending":
            return np.arange(size, dtype=np.float32) - 3
        case "every eighth":  # so that a guess from these is far too high
            return np.where(np.arange(size) % 8 == 0, 2.0, random.random(size))
    return -random.random(size)


@pytest.mark.parametrize(("kind", "size", "count"), DRAWN)
def test_highest_is_what_a_sort_gives(kind: str, size: int, count: int) -> None:
    values = drawn(kind, size)
    first = np.lexsort((np.arange(size), -values))[:count]
    expected = np.sort(first[values[first] > 0])
    assert np.array_equal(highest(values, count), expected)


@pytest.mark.parametrize(("kind", "size", "count"), DRAWN)
def test_nothing_left_out_is_as_high_as_what_is_wanted(kind: str, size: int, count: int) -> None:
    values = drawn(kind, size)
    places = perhaps_highest(values, count)
    left_out = np.delete(values, places)
    above = left_out[left_out > 0]
    assert np.array_equal(places, np.sort(places))
    assert (values[places] > 0).all()
    assert not len(above) or (values[places] > above.max()).sum() >= count


def test_most_values_are_not_looked_at() -> None:
    values = np.random.default_rng(0).random(100_000)
    assert len(perhaps_highest(values, 300)) < 1000
