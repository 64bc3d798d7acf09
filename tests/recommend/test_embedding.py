"""What is near whom by texts and links, digits that do not depend on threads, and the formulas behind."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import scipy.linalg
from threadpoolctl import threadpool_limits

from graph.recommend import Stems, Strategy, TrainingGraph
from graph.recommend.embedding import Embedding
from graph.recommend.factoring import agreeing_directions, hashed_texts, summed, unit
from graph.recommend.one_thread import one_thread
from graph.recommend.training import Arrays

from .small import fitted, graph_of, random_graph, ranked, ranking, rows_of

Texts = Sequence[Sequence[int]]
Links = Mapping[int, Sequence[int]]


def stems_of(answers: Texts, titles: Texts = (), keywords: Texts = ()) -> Stems:
    """Texts as numbers of words, from 1."""
    many = (len(answers), [titles, keywords, answers])
    count = 1 + max((word for field in many[1] for text in field for word in text), default=0)
    fields = []
    for field in many[1]:
        sizes = [len(field[item]) if item < len(field) else 0 for item in range(len(answers))]
        rows = rows_of({}, len(answers))
        values = np.array([word for text in field for word in text], np.int32)
        fields.append(type(rows)(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64), values))
    return Stems(*fields, count)


def library(
    links: Links, answers: Texts, kept: Callable[..., Arrays] | None = None, **fields: Any
) -> TrainingGraph:
    without = graph_of(links, len(answers))
    texts = lambda: stems_of(answers, **fields)  # noqa: E731
    return TrainingGraph(without.outgoing, without.subjects, texts, without.text, kept)


def random_texts(count: int, words: int, seed: int) -> Texts:
    random = np.random.default_rng(seed)
    return [(1 + words * random.random(60) ** 3).astype(int).tolist() for _ in range(count)]


def random_library(count: int, seed: int = 0, kept: Callable[..., Arrays] | None = None) -> TrainingGraph:
    links = random_graph(count, 2 * count, seed).outgoing
    lists = {item: links[item].tolist() for item in range(count)}
    return library(lists, random_texts(count, 2000, seed), kept)


def small(**parameters: Any) -> Strategy:
    return Embedding(**{"features": 128, "dimensions": 64, **parameters})


def test_what_says_the_same_comes_first() -> None:
    texts = [[1, 2, 3], [4, 5, 6], [1, 2, 7], [4, 5, 8], [1, 9, 9], [8, 9, 3]]
    strategy = fitted(small(), library({}, texts))
    assert ranked(strategy, 0, 1) == [2]
    assert ranked(strategy, 1, 1) == [3]


def test_an_item_without_links_finds_what_is_linked_with_its_like_in_other_words() -> None:
    texts = [[1, 2, 3], [1, 2, 3], [4, 5], [4, 5], [6, 7, 8], [6, 7, 8]]
    links = {1: [2], 4: [5]}
    assert ranked(fitted(small(), library(links, texts)), 0, 2) == [1, 2]
    assert 2 not in ranked(fitted(small(links=0), library({}, texts)), 0, 1)


def test_neighbors_of_neighbors_are_near_whatever_they_say() -> None:
    texts = [[1, 2], [3, 4], [5, 6], [1, 2], [3, 4], [5, 6]]
    strategy = fitted(small(links=5.0), library({0: [1], 2: [1]}, texts))
    assert ranked(strategy, 0, 1, 1) == [2]


def test_links_teach_which_words_tell_what_belongs_together() -> None:
    # each item has one of 20 topics and one of 20 manners, equally rare; those on one topic link, in a ring
    random = np.random.default_rng(0)
    topic, manner = random.permuted(np.tile(np.arange(20), 20)), random.permuted(np.tile(np.arange(20), 20))
    texts = [
        [*range(1 + 3 * t, 4 + 3 * t), *range(101 + 4 * m, 105 + 4 * m)]
        for t, m in zip(topic, manner, strict=True)
    ]
    links = {}
    for one in range(20):
        members = np.flatnonzero(topic == one).tolist()
        links.update({a: [b] for a, b in pairwise(members) if b < 350})
    learned, plain = (fitted(small(links=0), library(known, texts)) for known in (links, {}))
    cold = [item for item in range(350, 400) if item not in links]
    assert len(cold) > 25

    def on_topic(strategy: Strategy) -> float:
        return float(np.mean([np.mean(topic[ranked(strategy, item, 5)] == topic[item]) for item in cold]))

    assert on_topic(learned) > 0.9 > 0.5 > on_topic(plain)


def test_title_words_count_twice() -> None:
    # 0 has one word in common with each: with 1 and 2 in the answer, with 3 in both titles
    texts = [[1, 2, 3], [1, 7, 8], [2, 7, 8], [9, 7, 8], [3, 9]]
    first = ranked(fitted(small(), library({}, texts, titles=[[5], [], [], [5]])), 0, 1)
    assert first == [3]


def test_scores_are_cosines_of_texts_spread_over_links() -> None:
    graph = random_library(300)
    texts = hashed_texts(graph.stems, 256, 3)
    vectors = unit(texts @ agreeing_directions(texts, graph.neighbors, 200, 0.2)).astype(np.float64)
    near = np.zeros((300, 300))
    near[graph.neighbors.owners(), graph.neighbors.values] = 1
    degrees = np.maximum(near.sum(axis=1), 1)
    near /= np.sqrt(np.outer(degrees, degrees))
    vectors += 0.7 * (near @ vectors + near @ near @ vectors)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    strategy = fitted(Embedding(200, 256, ridge=0.2, links=0.7, seed=3), graph)
    for item in (0, 17, 299):
        found = ranking(strategy, item, 300)
        cosines = vectors @ vectors[item]
        assert found.scores == pytest.approx(cosines[found.items], abs=2e-3)
        assert found.scores[:5] == pytest.approx(np.sort(np.delete(cosines, item))[::-1][:5], abs=2e-3)


def test_the_widest_directions_are_enough_to_find_the_nearest() -> None:
    graph = random_library(3000)
    strategy = fitted(Embedding(features=512, dimensions=256), graph)
    everything = [ranked(strategy, item, 2999) for item in range(40)]
    assert min(len(found) for found in everything) > 2500
    assert np.mean([len({*ranked(strategy, i, 10)} & {*everything[i][:10]}) for i in range(40)]) > 9.5


def test_many_at_once_get_what_each_gets() -> None:
    strategy = fitted(small(), random_library(400))
    items = np.arange(0, 400, 2)
    exclude = [np.array([item, item // 2, 399]) for item in items.tolist()]
    exclude = [np.unique(left) for left in exclude]
    together = strategy.recommend_all(items, 7, exclude)
    assert len(together) == len(items)
    for item, left, found in zip(items.tolist(), exclude, together, strict=True):
        alone = strategy.recommend(item, 7, left)
        assert found.items.tolist() == alone.items.tolist()
        assert found.scores.tolist() == alone.scores.tolist()
        assert not {*found.items.tolist()} & {*left.tolist()}


def test_digits_do_not_depend_on_threads_or_runs() -> None:
    made: list[Arrays] = []

    def keep(_name: str, compute: Callable[[], Arrays]) -> Arrays:
        made.append(compute())
        return made[-1]

    rankings = []
    for threads in (1, 2, 2):
        with threadpool_limits(threads, user_api="blas"):
            strategy = fitted(Embedding(features=256, dimensions=192), random_library(2000, 0, keep))
            rankings.append([ranking(strategy, item, 20).scores.tolist() for item in range(0, 2000, 100)])
    for again in made[1:]:
        assert all(np.array_equal(values, again[key]) for key, values in made[0].items())
    assert rankings[0] == rankings[1] == rankings[2]


def test_products_are_exact_in_single_precision() -> None:
    made: dict[str, Arrays] = {}

    def keep(name: str, compute: Callable[[], Arrays]) -> Arrays:
        return made.setdefault(name, compute())

    fitted(Embedding(features=512, dimensions=512), random_library(500, 1, keep))
    (arrays,) = made.values()
    vectors = np.hstack([arrays["wide"], arrays["narrow"]]).astype(np.float64)
    assert np.array_equal(vectors, np.rint(vectors))
    assert 3900 < np.linalg.norm(vectors, axis=1).max() <= 4096


def test_one_caller_at_a_time_limits_threads_and_puts_them_back() -> None:
    from threadpoolctl import threadpool_info

    def threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    with threadpool_limits(2, user_api="blas"):
        with one_thread():
            assert threads() == {1}
        assert threads() == {2}


def test_what_was_learned_is_kept_under_all_its_parameters() -> None:
    names: list[str] = []

    def keep(name: str, compute: Callable[[], Arrays]) -> Arrays:
        names.append(name)
        return compute()

    other: list[dict[str, Any]] = [
        {},
        {"dimensions": 8},
        {"features": 64},
        {"ridge": 0.3},
        {"links": 1.0},
        {"seed": 1},
    ]
    for parameters in other:
        fitted(small(**parameters), random_library(20, 0, keep))
    assert len({*names}) == len(other)
    assert all(re.fullmatch(r"embedding-[-.\w]+", name) for name in names)


def test_what_was_kept_is_not_learned_again() -> None:
    kept: dict[str, Arrays] = {}

    def keep(name: str, compute: Callable[[], Arrays]) -> Arrays:
        if name not in kept:
            kept[name] = compute()
        return kept[name]

    first = ranked(fitted(small(), random_library(50, 0, keep)), 3, 5)

    def refuse() -> Stems:
        raise AssertionError("texts are read again")

    graph = random_library(50, 0, keep)
    again = TrainingGraph(graph.outgoing, graph.subjects, refuse, graph.text, keep)
    assert ranked(fitted(small(), again), 3, 5) == first


def test_another_seed_hashes_otherwise() -> None:
    graph = random_library(100)
    scores = [ranking(fitted(small(seed=seed), graph), 0, 5).scores.tolist() for seed in (0, 0, 1)]
    assert scores[0] == scores[1] != scores[2]


def test_an_item_without_text_is_where_its_neighbors_are_and_one_without_either_gets_nothing() -> None:
    texts: Texts = [[], [1, 2, 3], [1, 2, 3], [], [4, 5], [4, 5]]
    strategy = fitted(small(), library({0: [1]}, texts))
    assert ranked(strategy, 0, 2) == [1, 2]
    assert ranked(strategy, 3, 5) == []
    assert 3 not in ranked(strategy, 0, 5)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_libraries_that_say_nothing_are_no_trouble(count: int) -> None:
    strategy = fitted(small(), graph_of({0: [1]} if count > 1 else {}, count))
    assert [ranked(strategy, item, 5) for item in range(count)] == [[]] * count
    assert strategy.recommend_all(np.arange(count), 5, [np.array([i]) for i in range(count)]) is not None


def test_hashing_keeps_the_cosines_of_weighted_words() -> None:
    texts, count = random_texts(200, 300, 5), 301
    hashed = hashed_texts(stems_of(texts), 2048, 0)
    times = np.array([np.bincount(text, minlength=count) for text in texts])
    having = (times > 0).sum(axis=0)
    rarity = np.where(having > 1, np.log(200 / np.maximum(having, 1)), 0)
    exact = np.where(times > 0, 1 + np.log(np.maximum(times, 1)), 0) * rarity
    exact /= np.linalg.norm(exact, axis=1, keepdims=True)
    wrong = (hashed @ hashed.T - exact @ exact.T)[np.triu_indices(200, 1)]
    assert abs(wrong.mean()) < 0.01
    assert wrong.std() < 1.2 / np.sqrt(2048)


def test_words_of_one_item_alone_and_of_all_weigh_nothing_nor_do_ends_of_keywords() -> None:
    answers, keywords = [[1, 2, 9], [1, 2, 8], [2, 5], [5, 2]], [[1, 0, 0], [1], [5, 0], [5]]
    same = hashed_texts(stems_of(answers, keywords=keywords), 64, 0)
    assert np.allclose(same[0], same[1])
    assert not np.allclose(same[0], 0)


def test_sums_over_rows_are_those_of_a_matrix() -> None:
    random = np.random.default_rng(0)
    graph = random_graph(5000, 7000, 2)
    vectors = random.standard_normal((5000, 3)).astype(np.float32)
    expected = np.zeros((5000, 3))
    np.add.at(expected, graph.outgoing.owners(), vectors[graph.outgoing.values])
    assert (graph.outgoing.sizes == 0).any()
    assert summed(graph.outgoing, vectors) == pytest.approx(expected, abs=1e-5)


def test_directions_solve_fishers_problem() -> None:
    random = np.random.default_rng(0)
    graph = random_graph(500, 900, 1)
    vectors = (random.standard_normal((500, 12)) @ random.standard_normal((12, 12))).astype(np.float32)
    directions = agreeing_directions(vectors, graph.neighbors, 5, 0.1).astype(np.float64)
    apart = vectors[graph.neighbors.owners()] - vectors[graph.neighbors.values]
    spread = vectors.T @ vectors / 500
    differences = apart.T @ apart / len(apart) + 0.1 * np.trace(spread) / 12 * np.eye(12)
    assert directions.T @ differences @ directions == pytest.approx(np.eye(5), abs=1e-3)
    widest = scipy.linalg.eigh(spread, differences, eigvals_only=True)[::-1][:5]
    assert np.diag(directions.T @ spread @ directions) == pytest.approx(widest, rel=1e-3)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"dimensions": 0}, "dimensions must be a whole number from 1, got 0"),
        ({"dimensions": 8.0}, "dimensions must be a whole number from 1, got 8.0"),
        ({"dimensions": True}, "dimensions must be a whole number from 1, got True"),
        ({"dimensions": 65, "features": 64}, "dimensions must be at most features and 4096, got 65"),
        ({"dimensions": 4097, "features": 5000}, "dimensions must be at most features and 4096, got 4097"),
        ({"features": "many"}, "features must be a whole number from 1, got 'many'"),
        ({"seed": -1}, "seed must be a whole number from 0, got -1"),
        ({"ridge": 0}, "ridge must be a number above 0, got 0"),
        ({"ridge": float("nan")}, "ridge must be a number above 0, got nan"),
        ({"links": -0.1}, "links must be a number from 0, got -0.1"),
        ({"links": float("inf")}, "links must be a number from 0, got inf"),
        ({"links": None}, "links must be a number from 0, got None"),
    ],
)
def test_values_out_of_range_are_refused(parameters: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        Embedding(**parameters)
