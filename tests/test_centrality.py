"""Scores are NetworkX's, run to convergence."""

from __future__ import annotations

import math
import random
from itertools import pairwise

import networkx
import numpy as np
import pytest
from test_columns import stored
from test_metrics import Drawn, drawn_from, random_graphs

from graph.centrality import betweenness, core_numbers, hits, pagerank

CONVERGED = {"tol": 1e-12, "max_iter": 1000}


def close(expected: dict[int, float]) -> object:
    """Equal to a relative error of 1e-6; what NetworkX has instead of 0 is rounding."""
    return pytest.approx(list(expected.values()), rel=1e-6, abs=1e-13)


def test_the_article_that_others_link_to_ranks_first() -> None:
    scores = pagerank(stored([(1, 0), (2, 0), (3, 0), (0, 1)], 5)[0])
    assert scores.argmax() == 0
    assert scores[1] > scores[2] == scores[3] == scores[4]


def test_pagerank_is_networkx_s() -> None:
    for drawn in random_graphs():
        scores = pagerank(drawn.outgoing)
        assert scores.tolist() == close(networkx.pagerank(drawn.nx, **CONVERGED))
        assert scores.sum() == pytest.approx(1, abs=1e-11)


def test_pagerank_is_converged_where_readers_hardly_ever_meet() -> None:
    drawn = drawn_from(301, [(node, node + 1) for node in range(300)] + [(300, 299)])
    assert pagerank(drawn.outgoing).tolist() == close(networkx.pagerank(drawn.nx, **CONVERGED))


def test_a_hub_links_to_authorities() -> None:
    hubs, authorities = hits(stored([(0, 2), (0, 3), (0, 4), (1, 3), (1, 4)], 5)[0])
    assert hubs[0] > hubs[1] > 0
    assert authorities[3] == authorities[4] > authorities[2] > 0
    assert hubs[2:].tolist() == [0, 0, 0]
    assert authorities[:2].tolist() == [0, 0]


def test_hits_are_0_beside_the_most_densely_linked_part() -> None:
    dense = [(a, b) for a in range(4) for b in range(4) if a != b]
    for scores in hits(stored([*dense, (4, 5), (4, 6), (5, 6), (3, 7)], 8)[0]):
        assert scores[:4].min() > 0.2
        assert scores[4:7].tolist() == [0, 0, 0]
        assert scores.sum() == pytest.approx(1)


def test_parts_with_one_eigenvalue_keep_what_they_had_of_an_equal_start() -> None:
    """One article that links to four, and two that link to the same two, both have the eigenvalue 4."""
    star = [(0, 1), (0, 2), (0, 3), (0, 4)]
    square = [(5, 7), (5, 8), (6, 7), (6, 8)]
    hubs, authorities = hits(stored([*star, *square, (9, 10)], 11)[0])
    assert authorities.tolist() == pytest.approx([0, *[1 / 6] * 4, 0, 0, *[1 / 6] * 2, 0, 0], rel=1e-9, abs=0)
    assert hubs.tolist() == pytest.approx([1 / 2, 0, 0, 0, 0, 1 / 4, 1 / 4, 0, 0, 0, 0], rel=1e-9, abs=0)


def _projected(drawn: Drawn) -> tuple[np.ndarray, bool]:
    """Authorities by the definition, and whether one part alone has the largest eigenvalue."""
    matrix = networkx.to_numpy_array(drawn.nx)
    values, vectors = np.linalg.eigh(matrix.T @ matrix)
    largest = vectors[:, values > values[-1] * (1 - 1e-9)]
    scores = largest @ largest.sum(axis=0)
    return scores / scores.sum(), largest.shape[1] == 1 and bool(values[-2] < values[-1] * (1 - 1e-4))


def test_hits_are_networkx_s_where_those_are_defined() -> None:
    alone = shared = 0
    for drawn in random_graphs(150):
        if not drawn.nx.size():
            continue
        hubs, authorities = hits(drawn.outgoing)
        expected, defined = _projected(drawn)
        assert authorities.tolist() == pytest.approx(expected.tolist(), rel=1e-6, abs=1e-13)
        if defined:
            alone += 1
            nx_hubs, nx_authorities = networkx.hits(drawn.nx, **CONVERGED)
            assert hubs.tolist() == close(nx_hubs)
            assert authorities.tolist() == close(nx_authorities)
        else:
            shared += 1
    assert alone > 50
    assert shared > 10


def test_hits_are_converged_on_a_long_chain() -> None:
    """Its largest eigenvalues are so close that passing scores back and forth takes a million rounds."""
    count = 400
    links = [pair for a, b in pairwise(range(count)) for pair in ((a, b), (b, a))]
    expected = np.sin(np.arange(1, count + 1) * np.pi / (count + 1))
    for scores in hits(stored(links, count)[0]):
        assert scores.tolist() == pytest.approx((expected / expected.sum()).tolist(), rel=1e-6)


def test_hits_are_right_far_from_the_middle_too() -> None:
    """Along a tail on a dense part scores fall far below what is rounding beside the highest."""
    dense = [(a, b) for a in range(8) for b in range(8) if a != b]
    links = [*dense, *[link for a, b in pairwise(range(7, 17)) for link in ((a, b), (b, a))]]
    matrix = np.zeros((17, 17))
    matrix[tuple(zip(*links, strict=True))] = 1
    expected = np.ones(17)
    for _ in range(100):
        expected = matrix.T @ (matrix @ expected)
        expected /= expected.sum()
    assert expected.min() < 1e-8
    for scores in hits(stored(links, 17)[0]):
        assert scores.tolist() == pytest.approx(expected.tolist(), rel=1e-11)


def test_paths_lead_through_the_middle() -> None:
    scores = betweenness(stored([(0, 1), (1, 2), (2, 3), (4, 5)], 7)[0])
    assert scores.tolist() == pytest.approx([0, 2 / 30, 2 / 30, 0, 0, 0, 0])


def test_of_two_paths_as_short_as_each_other_each_counts_half() -> None:
    scores = betweenness(stored([(0, 1), (0, 2), (1, 3), (2, 3)], 4)[0])
    assert scores.tolist() == pytest.approx([0, 0.5 / 6, 0.5 / 6, 0])


def test_betweenness_is_networkx_s() -> None:
    for drawn in random_graphs(100):
        assert betweenness(drawn.outgoing).tolist() == close(networkx.betweenness_centrality(drawn.nx))


def test_betweenness_does_not_depend_on_how_much_is_worked_on_at_a_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("graph.centrality._CELLS", 50)
    for drawn in random_graphs(30):
        assert betweenness(drawn.outgoing).tolist() == close(networkx.betweenness_centrality(drawn.nx))


def test_a_large_component_is_sampled_within_the_stated_error_and_a_small_one_is_exact() -> None:
    chance, size, count, pivots = random.Random(4), 300, 320, 100
    ring = [(node, (node + step) % size) for node in range(size) for step in (1, chance.randint(2, 60))]
    chain = [(node, node + 1) for node in range(size, count - 1)]
    outgoing, _ = stored([*ring, *chain], count)
    exact, sampled = betweenness(outgoing), betweenness(outgoing, pivots=pivots)
    assert sampled[size:].tolist() == exact[size:].tolist()
    assert sampled[:size].tolist() != exact[:size].tolist()
    share = (size - 1) * (size - 2) / ((count - 1) * (count - 2))
    stated = math.sqrt(math.log(200 * size) / (2 * (pivots - 1))) * share
    assert np.abs(sampled - exact).max() <= stated
    assert sampled[:size].sum() == pytest.approx(exact[:size].sum(), rel=0.02)
    assert sampled.tolist() == betweenness(outgoing, pivots=pivots).tolist()
    assert exact.tolist() == betweenness(outgoing, pivots=size).tolist()


def test_a_triangle_has_a_deeper_core_than_what_hangs_on_it() -> None:
    links = [(0, 1), (1, 0), (1, 2), (2, 0), (3, 0), (4, 3)]
    assert core_numbers(*stored(links, 6)).tolist() == [2, 2, 2, 1, 1, 0]


def test_who_is_taken_away_early_is_not_taken_away_again() -> None:
    """Article 6 has three neighbors but a core number of 1; each of the six beside it has five."""
    dense = [(a, b) for a in range(6) for b in range(a)]
    assert core_numbers(*stored([*dense, (6, 0), (6, 7), (6, 8)], 9)).tolist() == [5] * 6 + [1] * 3


def test_core_numbers_are_networkx_s() -> None:
    for drawn in random_graphs():
        expected = networkx.core_number(drawn.without_directions)
        assert core_numbers(drawn.outgoing, drawn.incoming).tolist() == list(expected.values())


def test_articles_in_equal_places_have_equal_scores_whatever_the_order_of_links() -> None:
    """Two copies of a graph whose links are written in another order."""
    chance = random.Random(6)
    links = [(a, b) for a in range(30) for b in range(30) if a != b and chance.random() < 0.15]
    copy = [(a + 30, b + 30) for a, b in chance.sample(links, len(links))]
    outgoing, _ = stored([*links, *copy], 60)
    for scores in (pagerank(outgoing), *hits(outgoing), betweenness(outgoing)):
        assert scores[:30].tolist() == scores[30:].tolist()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_without_links_all_are_equal(count: int) -> None:
    outgoing, incoming = stored([], count)
    assert pagerank(outgoing).tolist() == pytest.approx([1 / count] * count if count else [])
    for scores in (*hits(outgoing), betweenness(outgoing), core_numbers(outgoing, incoming)):
        assert scores.tolist() == [0] * count


@pytest.mark.filterwarnings("error")
def test_two_articles_and_a_link() -> None:
    outgoing, incoming = stored([(1, 0)], 2)
    hubs, authorities = hits(outgoing)
    assert (hubs.tolist(), authorities.tolist()) == ([0, 1], [1, 0])
    assert betweenness(outgoing).tolist() == [0, 0]
    assert core_numbers(outgoing, incoming).tolist() == [1, 1]
