"""Two runs side by side: what changed, how sure that is, and what makes them hard to compare."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graph.recommend.experiment.comparing import Change, RunComparison, compare_runs
from graph.recommend.experiment.metrics import Hits
from graph.recommend.experiment.results import Estimate, Evaluation
from graph.recommend.experiment.statistics import compare, holm

from .made_up import FAR, NEAR, evaluation, result


def drawn(seed: int, items: int = 200) -> Hits:
    """A target at rank 1, 2 or 3, or nowhere, for each of many test items."""
    ranks = np.random.default_rng(seed).integers(0, 4, items).tolist()
    return tuple((rank,) if rank else () for rank in ranks)


def named(comparison: RunComparison) -> dict[tuple[str, str], Change]:
    return {(change.label, change.metric): change for change in comparison.changes}


def values_of(found: Hits) -> np.ndarray[Any, np.dtype[np.float64]]:
    return np.array([1 / ranks[0] if ranks else 0 for ranks in found])


def test_two_equal_runs_differ_in_nothing() -> None:
    found = compare_runs(evaluation(), evaluation())
    assert [(change.label, change.metric, change.change) for change in found.changes] == [
        ("near", "hit_rate", 0),
        ("far (b=2)", "hit_rate", 0),
        ("near", "mrr", 0),
        ("far (b=2)", "mrr", 0),
    ]
    assert {change.difference for change in found.changes} == {Estimate(0, 0, 0)}
    assert {change.p_corrected for change in found.changes} == {1}
    assert (found.only_first, found.only_second, found.differing, found.warnings) == ((), (), (), ())
    assert (found.first, found.second, found.k, found.paired) == ("made up", "made up", 3, True)


def test_a_difference_is_second_minus_first_tested_item_by_item() -> None:
    before = evaluation(result("near", drawn(1)), result("far", drawn(2)))
    after = evaluation(result("far", drawn(3)), result("near", drawn(4)))
    changes = named(compare_runs(before, after))
    pairs = {"near": (drawn(4), drawn(1)), "far": (drawn(3), drawn(2))}
    tests = {label: compare(values_of(new), values_of(old), 5, 200) for label, (new, old) in pairs.items()}
    corrected = dict(zip(tests, holm([p for _, p in tests.values()]), strict=True))
    for label, (difference, p) in tests.items():
        change = changes[label, "mrr"]
        assert (change.difference, change.p, change.p_corrected) == (difference, p, corrected[label])
        assert (change.first, change.second) == (
            before[label].accuracy["mrr"][-1],
            after[label].accuracy["mrr"][-1],
        )
        assert change.difference is not None
        assert change.change == pytest.approx(change.difference.mean)


def test_p_values_are_corrected_for_the_strategies_of_one_metric() -> None:
    nothing: Hits = ((),) * 200
    before = evaluation(result("near", nothing), result("far", nothing))
    after = evaluation(result("near", drawn(1)), result("far", nothing))
    changes = named(compare_runs(before, after))
    for metric in ("hit_rate", "mrr"):
        assert changes["near", metric].p == 1 / 201
        assert changes["near", metric].p_corrected == 2 / 201
        assert changes["far", metric].p_corrected == 1


def test_strategies_of_one_run_alone_are_named() -> None:
    first = evaluation(result("near", NEAR), result("old", FAR))
    second = evaluation(result("new", FAR), result("near", NEAR), result("newer", FAR))
    found = compare_runs(first, second)
    assert (found.only_first, found.only_second) == (("old",), ("new", "newer"))
    assert {change.label for change in found.changes} == {"near"}


def test_runs_without_a_common_strategy_have_nothing_to_compare() -> None:
    found = compare_runs(evaluation(result("near", NEAR)), evaluation(result("far", FAR)))
    assert found.changes == ()
    assert found.warnings == ("No strategy is in both runs.",)


def test_metrics_that_either_run_shows_are_compared() -> None:
    second = evaluation(settings={"metrics": ["map", "hit_rate"]})
    assert [change.metric for change in compare_runs(evaluation(), second).changes] == [
        "hit_rate", "hit_rate", "mrr", "mrr", "map", "map"
    ]  # fmt: skip


def test_runs_with_another_k_are_compared_at_the_smaller() -> None:
    deep = evaluation(result("near", NEAR, k=3))
    flat = evaluation(result("near", NEAR, k=1), settings={"k": 1})
    for pair in ((deep, flat), (flat, deep)):
        found = compare_runs(*pair)
        assert found.k == 1
        assert found.paired
        assert named(found)["near", "hit_rate"].change == 0
        assert named(found)["near", "hit_rate"].difference == Estimate(0, 0, 0)
        assert "they are compared at 1" in found.warnings[0]


def unpaired(second: Evaluation) -> RunComparison:
    """The comparison of the usual run with one that has other test items."""
    found = compare_runs(evaluation(), second)
    assert not found.paired
    assert [(c.difference, c.p, c.p_corrected) for c in found.changes] == [(None, None, None)] * 4
    return found


def test_another_split_allows_no_paired_test() -> None:
    found = unpaired(evaluation(settings={"seed": 6, "hide": 2}, test_set="other"))
    assert [tuple(each) for each in found.differing] == [("hide", 1, 2), ("seed", 5, 6)]
    assert found.warnings == (
        "Other links are hidden, for these settings differ: hide, seed.",
        "The test items are not the same: a difference may be theirs, and no paired test can be made.",
    )


def test_another_graph_is_warned_of() -> None:
    found = unpaired(evaluation(graph_version="4567cdef", package_version="1.3.0", test_set="other"))
    assert [tuple(each) for each in found.differing] == [
        ("graph_version", "0123abcd", "4567cdef"),
        ("package_version", "1.2.3", "1.3.0"),
    ]
    assert found.warnings[0] == "The graphs differ: strategies did not know the same."


def test_runs_that_do_not_say_what_they_asked_are_not_paired() -> None:
    found = compare_runs(evaluation(test_set=""), evaluation(test_set=""))
    assert not found.paired
    assert len(found.warnings) == 1


def test_an_interrupted_run_is_warned_of() -> None:
    found = compare_runs(evaluation(), evaluation(complete=False))
    assert found.warnings == ("The second run was interrupted: strategies are missing.",)


def test_parameters_and_settings_that_differ_are_told() -> None:
    first = evaluation(result("near", NEAR, {"b": 1, "same": 0}))
    second = evaluation(
        result("near", NEAR, {"b": 2, "same": 0, "new": "x"}), settings={"extra": True, "strategies": []}
    )
    assert [tuple(each) for each in compare_runs(first, second).differing] == [
        ("extra", None, True),
        ("near: b", 1, 2),
        ("near: new", None, "x"),
    ]


def test_intervals_overlap_where_they_share_a_number() -> None:
    def overlap(first: tuple[float, float], second: tuple[float, float]) -> bool:
        return Change("", "", Estimate(0, *first), Estimate(0, *second), None, None, None).overlap

    assert overlap((0.1, 0.3), (0.2, 0.4))
    assert overlap((0.2, 0.4), (0.1, 0.3))
    assert overlap((0.1, 0.9), (0.2, 0.3))
    assert overlap((0.1, 0.2), (0.2, 0.3))
    assert not overlap((0.1, 0.2), (0.3, 0.4))
    assert not overlap((0.3, 0.4), (0.1, 0.2))
