"""The best of what has scores; and what a strategy needs no line for."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.recommend import Ranking, Strategy, TrainingGraph, best
from graph.recommend.rows import Integers

NONE = np.zeros(0, np.int32)


def found(scores: dict[int, float], k: int = 10, *exclude: int) -> list[int]:
    ranking = best(np.array([*scores]), np.array([*scores.values()]), k, np.array(exclude, int))
    items: list[int] = ranking.items.tolist()
    return items


def test_the_highest_scores_come_first() -> None:
    assert found({3: 0.1, 7: 0.3, 5: 0.2}) == [7, 5, 3]
    assert found({3: 0.1, 7: 0.3, 5: 0.2}, 2) == [7, 5]


def test_ties_are_in_the_order_of_the_items() -> None:
    scores = {8: 1.0, 2: 2.0, 9: 1.0, 1: 1.0, 4: 1.0}
    assert found(scores) == [2, 1, 4, 8, 9]
    assert found(scores, 3) == [2, 1, 4]


def test_what_is_excluded_is_left_out_and_others_take_its_place() -> None:
    assert found({1: 4.0, 2: 3.0, 3: 2.0, 4: 1.0}, 2, 1, 3, 99) == [2, 4]


def test_what_has_no_score_is_not_recommended() -> None:
    assert found({1: 0.0, 2: -1.0, 3: 0.5, 4: float("nan")}) == [3]
    assert found({}) == []


def test_rounding_errors_decide_no_tie() -> None:
    assert found({1: 0.3, 2: 0.1 + 0.2, 3: 0.3 - 1e-16}) == [1, 2, 3]
    assert best(np.array([1]), np.array([0.1]), 1, NONE).scores.tolist() == [np.float32(0.1)]


def test_the_numbers_have_the_types_that_a_ranking_promises() -> None:
    for items, scores in ((np.arange(3), np.ones(3, np.float32)), (np.arange(3, dtype=np.uint8), np.ones(3))):
        ranking = best(items, scores, 2, NONE)
        assert (ranking.items.dtype, ranking.scores.dtype) == (np.int32, np.float64)


@given(
    st.dictionaries(st.integers(0, 50), st.sampled_from([-1.0, 0.0, 0.5, 1.0, 1.5, 2.0]), max_size=40),
    st.integers(1, 45),
    st.sets(st.integers(0, 50)),
)
def test_it_is_the_beginning_of_all_in_order(scores: dict[int, float], k: int, exclude: set[int]) -> None:
    allowed = [item for item in scores if scores[item] > 0 and item not in exclude]
    assert found(scores, k, *exclude) == sorted(allowed, key=lambda item: (-scores[item], item))[:k]


class Next(Strategy):
    """The items that come next."""

    name: ClassVar[str] = "next"
    description: ClassVar[str] = "What comes next."

    def fit(self, graph: TrainingGraph) -> None: ...

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        return best(np.arange(item + 1, item + 6), np.arange(5.0, 0.0, -1), k, exclude)


def test_many_are_recommended_for_as_one_is() -> None:
    rankings = Next().recommend_all(np.array([3, 8]), 2, [np.array([3, 4]), np.array([8])])
    assert [ranking.items.tolist() for ranking in rankings] == [[5, 6], [9, 10]]


def test_as_many_exclusions_as_items_are_needed() -> None:
    with pytest.raises(ValueError, match="shorter"):
        Next().recommend_all(np.array([3, 8]), 2, [np.array([3])])
