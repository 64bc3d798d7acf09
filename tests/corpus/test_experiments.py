"""Experiments on the real corpus are hard enough, fast enough, and show no link that they hide."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from graph.knowledge import KnowledgeGraph
from graph.recommend.experiment import Evaluation, SplitKind, evaluate
from graph.recommend.experiment.splitting import Part, Split, split
from graph.recommend.training import Items, TrainingGraph, training_graph

pytestmark = pytest.mark.corpus

TESTED = 3000


@pytest.fixture(scope="module")
def whole(loaded: KnowledgeGraph) -> TrainingGraph:
    return training_graph(loaded, Items(loaded.columns.number))


def keys(graph: TrainingGraph, order: np.ndarray | None = None) -> np.ndarray:
    """Its links, each as one number, in the numbers that items had before."""
    ends = graph.outgoing.owners(), graph.outgoing.values
    sources, targets = ends if order is None else (order[end] for end in ends)
    return np.sort(sources.astype(np.int64) * len(graph) + targets)


def asked(drawn: Split) -> np.ndarray:
    sources, targets = drawn.order[drawn.items[drawn.truth.owners()]], drawn.order[drawn.truth.values]
    return np.sort(sources.astype(np.int64) * len(drawn.order) + targets)


def test_one_link_of_each_test_item_is_hidden(whole: TrainingGraph) -> None:
    drawn = split(whole, SplitKind.HIDDEN_LINKS, TESTED, 1, seed=0)
    assert drawn.truth.sizes.tolist() == [1] * TESTED
    assert np.array_equal(np.union1d(keys(drawn.graph, drawn.order), asked(drawn)), keys(whole))
    assert len(np.intersect1d(keys(drawn.graph, drawn.order), asked(drawn))) == 0


def test_a_cold_start_leaves_no_link_of_the_test_items(whole: TrainingGraph) -> None:
    drawn = split(whole, SplitKind.COLD_START, TESTED, 1, seed=0)
    assert not drawn.graph.neighbors.sizes[drawn.items].any()
    assert np.array_equal(drawn.truth.sizes, whole.outgoing.sizes[drawn.order[drawn.items]])
    hidden = np.setdiff1d(keys(whole), keys(drawn.graph, drawn.order))
    assert len(hidden) == drawn.hidden
    assert np.isin(asked(drawn), hidden).all()


@pytest.mark.parametrize("kind", SplitKind)
def test_the_validation_part_has_nothing_of_the_test_part(whole: TrainingGraph, kind: SplitKind) -> None:
    test, validation = (split(whole, kind, TESTED, 1, 0, part) for part in (Part.TEST, Part.VALIDATION))
    assert not np.isin(asked(validation), asked(test)).any()
    assert np.isin(keys(validation.graph, validation.order), keys(test.graph, test.order)).all()
    assert len(asked(validation)) >= TESTED


@pytest.fixture(scope="module")
def hidden_links(loaded: KnowledgeGraph) -> Evaluation:
    return evaluate(loaded, ["personalized-pagerank", "popular"])


def at_ten(evaluation: Evaluation, metric: str) -> list[float]:
    return [result.accuracy[metric][-1].mean for result in evaluation.strategies]


def test_personalized_pagerank_finds_what_it_was_measured_to_find(hidden_links: Evaluation) -> None:
    hit_rate, mrr = (at_ten(hidden_links, metric) for metric in ("hit_rate", "mrr"))
    assert 0.75 < hit_rate[0] < 0.81
    assert 0.38 < mrr[0] < 0.44
    assert hit_rate[1] < 0.03
    (difference,) = (c for c in hidden_links.comparisons if c.metric == "mrr")
    assert difference.p_corrected < 0.001
    assert [result.leak.leaks for result in hidden_links.strategies] == [False, False]
    assert hidden_links.counts["items"] == 33_476


def test_articles_with_copies_are_no_easier_than_others(hidden_links: Evaluation) -> None:
    """Where copies were candidates, or kept a copy's links, theirs would be nearly all found."""
    found = {
        stratum.value: stratum.metrics["hit_rate"]
        for stratum in hidden_links.strategies[0].strata
        if stratum.dimension == "copies"
    }
    assert abs(found["with copies"].mean - found["without copies"].mean) < 0.06


def test_a_cold_start_is_cold(loaded: KnowledgeGraph) -> None:
    evaluation = evaluate(loaded, ["personalized-pagerank"], split="cold-start")
    assert at_ten(evaluation, "hit_rate") == [0]


_DIGITS = """
import sys
import graph
from graph.recommend.experiment import evaluate
g = graph.load(sys.argv[1], cache=sys.argv[2])
for result in evaluate(g, ["adamic-adar"], articles=300, resamples=100).strategies:
    print(result.accuracy, result.beyond, result.strata, result.leak)
"""


def test_digits_depend_on_no_number_of_cores(loaded: KnowledgeGraph) -> None:
    ask = partial(
        subprocess.run,
        [sys.executable, "-c", _DIGITS, str(loaded.snapshot), str(loaded.snapshot.parent)],
        capture_output=True,
        check=True,
        text=True,
    )
    outputs = {
        ask(env=os.environ | {"OPENBLAS_NUM_THREADS": cores, "PYTHONHASHSEED": cores}).stdout
        for cores in ("1", "2")
    }
    assert len(outputs) == 1
    assert len(outputs.pop()) > 1000
