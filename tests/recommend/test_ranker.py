"""A ranker learns what is right from lists with known answers."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from graph.recommend.ranker import Ranker, train

Rule = Callable[[np.ndarray], np.ndarray]
LISTS, CANDIDATES, FEATURES = 2000, 20, 4


def linear(features: np.ndarray) -> np.ndarray:
    """How right each candidate is."""
    return features @ np.array([2.0, -1.0, 0.0, 0.5])


def in_the_middle(features: np.ndarray) -> np.ndarray:
    """What no sum of features tells: those that are neither low nor high are right."""
    return -np.abs(features[..., 1])


def lists(rule: Rule, seed: int, right: int = 1, count: int = LISTS) -> tuple[np.ndarray, np.ndarray]:
    """Features of candidates, and which are right."""
    features = np.random.default_rng(seed).normal(size=(count, CANDIDATES, FEATURES)).astype(np.float32)
    values = rule(features)
    least = np.sort(values, axis=1)[:, [-right]]
    return features, values >= least


def found(ranker: Ranker, features: np.ndarray, answers: np.ndarray) -> float:
    """How often the first is right."""
    scores = np.array([ranker.score(some) for some in features])
    return float(np.take_along_axis(answers, scores.argmax(axis=1)[:, None], axis=1).mean())


@pytest.mark.parametrize("rule", [linear, in_the_middle])
@pytest.mark.parametrize("right", [1, 3])
def test_a_rule_is_learned(rule: Rule, right: int) -> None:
    ranker = Ranker(train(*lists(rule, 0, right), seed=0))
    assert found(ranker, *lists(rule, 1, right)) > 0.85


def test_what_is_right_is_not_what_was_turned_around() -> None:
    features, answers = lists(linear, 0)
    ranker = Ranker(train(-features, answers, seed=0))
    assert found(ranker, *lists(linear, 1)) < 0.05


def test_a_seed_gives_the_same_digits_and_another_one_others() -> None:
    some = lists(in_the_middle, 0, count=100)
    first, again, other = (train(*some, seed=seed) for seed in (3, 3, 4))
    assert all(first[name].tobytes() == again[name].tobytes() for name in first)
    assert not np.array_equal(Ranker(first).score(some[0][0]), Ranker(other).score(some[0][0]))


def test_features_may_be_of_any_size_and_one_may_be_the_same_everywhere() -> None:
    sizes, shift = np.array([1e4, 1e-3, 0, 1]), np.array([5e4, -2, 7, 0])

    def changed(features: np.ndarray) -> np.ndarray:
        return (features * sizes + shift).astype(np.float32)

    features, answers = lists(linear, 0)
    ranker = Ranker(train(changed(features), answers, seed=0))
    tested, right = lists(linear, 1)
    assert found(ranker, changed(tested), right) > 0.85


def test_each_candidate_is_scored_by_itself() -> None:
    features, answers = lists(in_the_middle, 0, count=100)
    ranker = Ranker(train(features, answers, seed=0))
    scores = ranker.score(features[0])
    assert scores.shape == (CANDIDATES,)
    assert ranker.score(features[0][::-1])[::-1] == pytest.approx(scores)
    assert ranker.score(features[0][3:4]) == pytest.approx(scores[3:4])
    assert ranker.score(features[0][:0]).shape == (0,)


def test_a_few_lists_are_enough_to_begin_with() -> None:
    for count, least in ((1, 0), (40, 0.4)):
        ranker = Ranker(train(*lists(linear, 0, count=count), seed=0))
        assert found(ranker, *lists(linear, 1)) >= least
