"""Every metric by hand on small cases, and accuracy against a slow reading of its definitions."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence

import numpy as np
import pytest

from graph.recommend.experiment.errors import ExperimentError
from graph.recommend.experiment.metrics import accuracy, accuracy_of, beyond_accuracy, fingerprint, hits
from graph.recommend.experiment.results import ACCURACY, BEYOND_ACCURACY
from graph.recommend.rows import Rows
from graph.recommend.strategy import Ranking
from graph.recommend.training import Stems, Text, TrainingGraph

from .hand import rows

LOG3 = math.log2(3)


def ranking(*items: int) -> Ranking:
    return Ranking(np.array(items, np.int32), np.arange(len(items), 0, -1, float))


def cut(recommended: Sequence[int], targets: Sequence[int], k: int) -> dict[str, list[float]]:
    """The accuracy of one ranking at ranks 1 to k."""
    values = accuracy([ranking(*recommended)], rows([targets]), k)
    return {name: row.round(12).tolist() for name, (row,) in values.items()}


def about(*values: float) -> list[float]:
    return [round(value, 12) for value in values]


def test_several_targets_found_at_ranks_one_and_three() -> None:
    found = cut([3, 7, 5, 8], [3, 5, 9], 4)
    assert found == {
        "hit_rate": [1, 1, 1, 1],
        "recall": about(1 / 3, 1 / 3, 2 / 3, 2 / 3),
        "mrr": [1, 1, 1, 1],
        "ndcg": about(1, 1 / (1 + 1 / LOG3), 1.5 / (1.5 + 1 / LOG3), 1.5 / (1.5 + 1 / LOG3)),
        "map": about(1 / 3, 1 / 3, (1 + 2 / 3) / 3, (1 + 2 / 3) / 3),
    }


def test_one_target_found_at_rank_three() -> None:
    found = cut([4, 1, 6], [6], 4)
    assert found == {
        "hit_rate": [0, 0, 1, 1],
        "recall": [0, 0, 1, 1],
        "mrr": about(0, 0, 1 / 3, 1 / 3),
        "ndcg": [0, 0, 0.5, 0.5],
        "map": about(0, 0, 1 / 3, 1 / 3),
    }


def test_no_target_found() -> None:
    assert cut([1, 2, 3], [4, 5], 3) == {name: [0, 0, 0] for name in ACCURACY}


def test_nothing_recommended() -> None:
    assert cut([], [4], 2) == {name: [0, 0] for name in ACCURACY}


def test_a_ranking_shorter_than_k_has_found_what_it_has_found() -> None:
    found = cut([2, 4], [4, 5], 12)
    assert found["recall"] == [0, *[0.5] * 11]
    assert found["mrr"] == [0, *[0.5] * 11]
    assert found["map"] == [0, *[0.25] * 11]
    assert found["ndcg"] == about(0, *[1 / LOG3 / (1 + 1 / LOG3)] * 11)


def test_with_more_targets_than_k_only_hit_rate_mrr_and_ndcg_can_reach_one() -> None:
    found = cut([1, 2], [1, 2, 3, 4], 2)
    assert [found[name][1] for name in ("hit_rate", "mrr", "ndcg")] == [1, 1, 1]
    assert found["recall"] == [0.25, 0.5]
    assert found["map"] == [0.25, 0.5]


def test_a_target_behind_the_last_rank_is_not_found() -> None:
    assert cut([1, 2, 9], [9], 2) == {name: [0, 0] for name in ACCURACY}


def test_the_order_decides_and_not_the_scores() -> None:
    tied = Ranking(np.array([9, 8, 7, 6], np.int32), np.ones(4))
    values = accuracy([tied], rows([[8]]), 3)
    assert values["mrr"].tolist() == [[0, 0.5, 0.5]]


def test_each_test_item_has_a_row_of_its_own() -> None:
    values = accuracy([ranking(1, 2), ranking(), ranking(5, 0)], rows([[2], [3], [5]]), 2)
    assert values["hit_rate"].tolist() == [[0, 1], [0, 0], [1, 1]]


def test_without_test_items_there_are_no_rows() -> None:
    assert {values.shape for values in accuracy([], rows([]), 3).values()} == {(0, 3)}


def slow(recommended: list[int], targets: set[int], k: int) -> dict[str, float]:
    """The definitions, one after the other."""
    right = [item in targets for item in recommended[:k]]
    first = right.index(True) + 1 if True in right else math.inf
    gain = sum(1 / math.log2(rank + 1) for rank, hit in enumerate(right, 1) if hit)
    ideal = sum(1 / math.log2(rank + 1) for rank in range(1, min(len(targets), k) + 1))
    precisions = [sum(right[:rank]) / rank for rank, hit in enumerate(right, 1) if hit]
    return {
        "hit_rate": float(any(right)),
        "recall": sum(right) / len(targets),
        "mrr": 1 / first,
        "ndcg": gain / ideal,
        "map": sum(precisions) / len(targets),
    }


@pytest.mark.parametrize("k", [1, 5, 10, 100])
def test_accuracy_is_what_its_definitions_say(k: int) -> None:
    random = np.random.default_rng(k)
    recommended = [random.permutation(130)[: random.integers(0, k + 1)] for _ in range(60)]
    targets = [random.choice(130, random.integers(1, 15), replace=False).tolist() for _ in range(60)]
    values = accuracy([ranking(*items) for items in recommended], rows(targets), k)
    for row, (items, wanted) in enumerate(zip(recommended, targets, strict=True)):
        for at in range(1, k + 1):
            expected = slow(items.tolist(), {*wanted}, at)
            assert {name: values[name][row, at - 1] for name in ACCURACY} == pytest.approx(
                expected, abs=1e-12
            )


def test_all_accuracy_follows_from_the_ranks_of_hits() -> None:
    recommended, truth = [ranking(3, 7, 5), ranking(1), ranking(2, 4)], rows([[5, 3, 8], [2], [4]])
    assert hits(recommended, truth) == ((1, 3), (), (2,))
    direct, by_ranks = accuracy(recommended, truth, 2), accuracy_of([(1, 3), (), (2,)], [3, 1, 1], 2)
    assert all((direct[name] == by_ranks[name]).all() for name in ACCURACY)


def test_runs_have_one_fingerprint_where_they_ask_the_same() -> None:
    asked = fingerprint(np.array([4, 7]), rows([[1], [2, 3]]))
    assert asked == fingerprint(np.array([4, 7], np.int32), rows([[1], [2, 3]]))
    assert asked != fingerprint(np.array([4, 8]), rows([[1], [2, 3]]))
    assert asked != fingerprint(np.array([4, 7]), rows([[1], [2, 4]]))
    assert asked != fingerprint(np.array([4, 7]), rows([[1, 2], [3]]))


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytrec_eval", None)
    with pytest.raises(ExperimentError, match=r"pip install 'articlegraph\[experiments\]'"):
        cut([1], [1], 1)


def six_items(
    links: Sequence[Sequence[int]] = ((),) * 6,
    subjects: Sequence[Sequence[int]] = ((),) * 6,
    words: Sequence[Sequence[int]] = ((),) * 6,
) -> TrainingGraph:
    """Six items: their links, their subjects, and their words, spread over title, keywords and answer."""
    ends = rows(links)
    parts = [rows([list(row)[part::3] + [0] * (part == len(row) - 1) for row in words]) for part in range(3)]
    return TrainingGraph(
        Rows.of_pairs(ends.owners(), ends.values, len(links)),
        rows(subjects),
        lambda: Stems(*parts, 1 + max((word for row in words for word in row), default=0)),
        lambda item: Text("", (), ""),
    )


def beyond(graph: TrainingGraph, lists: dict[int, Sequence[int]], k: int = 2) -> dict[str, float]:
    """What is measured beyond accuracy of what is recommended for each item."""
    found = beyond_accuracy([ranking(*row) for row in lists.values()], np.array([*lists]), graph, k)
    assert tuple(found) == BEYOND_ACCURACY
    return found


def test_coverage_is_the_share_of_all_items_that_are_ever_recommended() -> None:
    assert beyond(six_items(), {0: [1, 2], 3: [2, 1], 4: [2, 5]})["coverage"] == 3 / 6


def test_served_is_the_share_of_items_that_got_k() -> None:
    assert beyond(six_items(), {0: [1, 2], 1: [2], 2: [], 3: [4, 5]})["served"] == 0.5


def test_gini_is_zero_where_all_items_are_recommended_as_often() -> None:
    assert beyond(six_items(), {0: [1, 2], 1: [0, 3], 2: [4, 5]})["gini"] == 0


def test_gini_is_greatest_where_one_item_takes_all() -> None:
    assert beyond(six_items(), {0: [5], 1: [5], 2: [5]})["gini"] == round(5 / 6, 10)


def test_gini_counts_items_that_are_never_recommended() -> None:
    # Exposures 0, 0, 0, 1, 2, 3: (1 * 1 + 3 * 2 + 5 * 3) / (6 * 6).
    assert beyond(six_items(), {0: [1, 2], 3: [1, 2], 4: [1, 5]})["gini"] == round(22 / 36, 10)


def test_gini_is_half_the_mean_difference_of_all_pairs() -> None:
    lists = {0: [1, 2], 3: [1, 4], 5: [1, 2], 4: [0]}
    exposure = np.array([1, 3, 2, 0, 1, 0])
    difference = np.abs(exposure[:, None] - exposure).mean() / (2 * exposure.mean())
    assert beyond(six_items(), lists)["gini"] == pytest.approx(difference, abs=1e-9)


def test_cross_subject_is_the_share_of_recommendations_with_no_common_subject() -> None:
    graph = six_items(subjects=[[0], [0, 1], [1], [2], [], [2, 3]])
    # 0 to 1: common; 0 to 2: none. 1 to 2: common; 1 to 3: none. 5 to 3: common.
    assert beyond(graph, {0: [1, 2], 1: [2, 3], 5: [3]})["cross_subject"] == 2 / 5


def test_items_without_subject_count_for_no_crossing() -> None:
    graph = six_items(subjects=[[0], [0, 1], [1], [2], [], [2, 3]])
    assert beyond(graph, {0: [4, 2], 4: [0, 1]})["cross_subject"] == 1
    assert beyond(graph, {0: [4, 1]})["cross_subject"] == 0
    assert beyond(graph, {4: [0, 1]})["cross_subject"] == 0


def cosine(first: dict[int, float], second: dict[int, float]) -> float:
    product = sum(weight * second.get(word, 0) for word, weight in first.items())
    lengths = (math.sqrt(sum(w * w for w in vector.values())) for vector in (first, second))
    return product / math.prod(lengths)


def test_diversity_is_one_minus_the_mean_cosine_of_a_list_s_texts() -> None:
    graph = six_items(words=[[1, 2], [1, 1, 3], [2, 3, 3, 3], [4], [4], [5]])
    one, two, three = math.log(6 / 2), math.log(6 / 2), math.log(6 / 2)
    vectors = [
        {1: one, 2: two},
        {1: (1 + math.log(2)) * one, 3: three},
        {2: two, 3: (1 + math.log(3)) * three},
    ]
    mean = (cosine(*vectors[:2]) + cosine(*vectors[1:]) + cosine(vectors[0], vectors[2])) / 3
    assert beyond(graph, {5: [0, 1, 2]})["diversity"] == pytest.approx(1 - mean, abs=1e-9)
    assert beyond(graph, {5: [3, 4]})["diversity"] == 0
    assert beyond(graph, {5: [0, 3]})["diversity"] == 1
    assert beyond(graph, {5: [3, 4], 0: [3, 5], 1: [4]})["diversity"] == 0.5  # the list of one says nothing


def test_rare_words_make_texts_more_alike_than_common_ones() -> None:
    graph = six_items(words=[[1, 2], [1, 3], [2, 3], [1], [1], [1]])
    assert beyond(graph, {5: [0, 2]})["diversity"] < beyond(graph, {5: [0, 1]})["diversity"]


def test_words_in_every_text_and_texts_without_words_are_like_none() -> None:
    assert beyond(six_items(words=[[1]] * 6), {0: [1, 2]})["diversity"] == 1
    assert beyond(six_items(words=[[1], [], [], [], [], []]), {3: [0, 1, 2]})["diversity"] == 1


def test_novelty_is_the_information_of_what_is_little_linked() -> None:
    graph = six_items(links=[[1, 2], [2], [], [2, 1], [2], []])
    # Of 6 links and 6 items, 1 has 2 + 1, 2 has 4 + 1 and 5 has 0 + 1 of 12.
    bits = [math.log2(12 / 3), math.log2(12 / 5), math.log2(12 / 1)]
    assert beyond(graph, {0: [1, 2], 3: [5]})["novelty"] == round(sum(bits) / 3, 10)


def test_where_nothing_is_recommended_all_is_zero() -> None:
    assert beyond(six_items(), {0: [], 1: []}) == dict.fromkeys(BEYOND_ACCURACY, 0)
