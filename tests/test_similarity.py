"""Likeness by links is what its definition says, and what NetworkX says."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable

import networkx
import pytest
from test_columns import stored

from graph.columns import Adjacency
from graph.knowledge import KnowledgeGraph
from graph.similarity import SimilarityMeasure, similar

CO_CITATION, JACCARD, ADAMIC_ADAR = SimilarityMeasure

Links = list[tuple[int, int]]


def expected(nx: networkx.DiGraph[int], position: int, measure: SimilarityMeasure) -> list[tuple[int, float]]:
    """What NetworkX says, by its definition of each measure."""
    pairs = [(position, other) for other in nx if other != position]
    if measure is CO_CITATION:
        cited_by = nx.reverse(copy=False)
        scored = [(b, float(len(set(cited_by[a]) & set(cited_by[b])))) for a, b in pairs]
    else:
        function: Callable[..., Iterable[tuple[int, int, float]]] = (
            networkx.jaccard_coefficient if measure is JACCARD else networkx.adamic_adar_index
        )
        scored = [(b, score) for _, b, score in function(nx.to_undirected(as_view=True), pairs)]
    return [(other, score) for other, score in scored if score > 0]


def assert_similar(outgoing: Adjacency, incoming: Adjacency, nx: networkx.DiGraph[int], position: int) -> int:
    """Hold all measures of an article against NetworkX; how many articles are like it."""
    likely = 0
    for measure in SimilarityMeasure:
        found = similar(outgoing, incoming, position, measure, len(outgoing))
        assert dict(found) == pytest.approx(dict(expected(nx, position, measure)), rel=1e-12)
        assert found == sorted(found, key=lambda scored: (-scored[1], scored[0]))
        assert all(type(score) is float for _, score in found)
        for first in (0, 1, 3):
            assert similar(outgoing, incoming, position, measure, first) == found[:first]
        likely += len(found)
    return likely


def test_articles_that_are_linked_from_the_same_places_are_alike() -> None:
    outgoing, incoming = stored([(0, 1), (0, 2), (3, 2), (3, 1), (3, 4), (1, 5)], 6)
    assert similar(outgoing, incoming, 1, CO_CITATION, 9) == [(2, 2.0), (4, 1.0)]
    assert similar(outgoing, incoming, 1, CO_CITATION, 1) == [(2, 2.0)]
    assert similar(outgoing, incoming, 5, CO_CITATION, 9) == []


def test_jaccard_is_a_share_of_neighbors_in_both_directions() -> None:
    outgoing, incoming = stored([(0, 1), (2, 1), (0, 3), (3, 2), (2, 4)], 6)
    assert similar(outgoing, incoming, 0, JACCARD, 9) == [(2, 2 / 3)]
    assert similar(outgoing, incoming, 2, JACCARD, 9) == [(0, 2 / 3)]
    assert similar(outgoing, incoming, 1, JACCARD, 9) == [(3, 1.0), (4, 0.5)]


def test_adamic_adar_counts_a_neighbor_for_more_the_fewer_it_has() -> None:
    outgoing, incoming = stored([(0, 1), (2, 1), (0, 3), (3, 4), (5, 3)], 6)
    assert similar(outgoing, incoming, 0, ADAMIC_ADAR, 9) == [
        (2, 1 / math.log(2)),
        (4, 1 / math.log(3)),
        (5, 1 / math.log(3)),
    ]


def test_links_both_ways_count_once() -> None:
    one_way = stored([(0, 1), (1, 2), (3, 2)], 4)
    both_ways = stored([(0, 1), (1, 0), (1, 2), (2, 1), (3, 2), (2, 3)], 4)
    for measure in (JACCARD, ADAMIC_ADAR):
        for position in range(4):
            assert similar(*both_ways, position, measure, 9) == similar(*one_way, position, measure, 9) != []


@pytest.mark.parametrize("measure", SimilarityMeasure)
def test_an_article_linked_already_can_be_alike_and_itself_never_is(measure: SimilarityMeasure) -> None:
    outgoing, incoming = stored([(2, 0), (2, 1), (0, 1)], 3)
    assert [other for other, _ in similar(outgoing, incoming, 0, measure, 9) if other != 2] == [1]
    assert 0 not in dict(similar(outgoing, incoming, 0, measure, 9))


@pytest.mark.parametrize("measure", SimilarityMeasure)
def test_nothing_is_like_an_article_without_links(measure: SimilarityMeasure) -> None:
    outgoing, incoming = stored([(0, 1)], 3)
    for position in range(3):
        assert similar(outgoing, incoming, position, measure, 9) == []


def test_equal_scores_are_in_order_of_position_however_they_come_about() -> None:
    # Articles 1 and 2 both share with 0 one neighbor of each of many degrees, met in opposite orders.
    degrees = [3, 5, 8, 13, 21, 7, 11, 6]
    links: Links = []
    count = 3 + 2 * len(degrees)
    for place, (of_one, of_two) in enumerate(zip(degrees, reversed(degrees), strict=True)):
        for other, degree, between in ((1, of_one, 3 + 2 * place), (2, of_two, 4 + 2 * place)):
            links += [(0, between), (between, other)]
            links += [(between, count + leaf) for leaf in range(degree - 2)]
            count += degree - 2
    outgoing, incoming = stored(links, count)
    for measure in (JACCARD, ADAMIC_ADAR):
        (first, one), (second, two) = similar(outgoing, incoming, 0, measure, 2)
        assert (first, second) == (1, 2)
        assert one == two


@pytest.mark.parametrize(("count", "links"), [(8, 14), (25, 40), (25, 200), (60, 300)])
@pytest.mark.parametrize("seed", range(5))
def test_scores_are_networkx_s(count: int, links: int, seed: int) -> None:
    draw = random.Random(seed)
    pairs: Links = list(networkx.gnm_random_graph(count, links, seed=draw, directed=True).edges)
    draw.shuffle(pairs)
    nx: networkx.DiGraph[int] = networkx.DiGraph()
    nx.add_nodes_from(range(count))
    nx.add_edges_from(pairs)
    outgoing, incoming = stored(pairs, count)
    assert sum(assert_similar(outgoing, incoming, nx, position) for position in range(count)) > count


@pytest.mark.parametrize("position", [-1, 3])
def test_a_position_that_no_article_has_is_named(position: int) -> None:
    outgoing, incoming = stored([(0, 1)], 3)
    with pytest.raises(ValueError, match=f"^position must be at least 0 and less than 3, got {position}$"):
        similar(outgoing, incoming, position, JACCARD, 9)


def test_a_negative_count_is_named() -> None:
    outgoing, incoming = stored([(0, 1)], 3)
    with pytest.raises(ValueError, match=r"^first must not be negative, got -1$"):
        similar(outgoing, incoming, 0, JACCARD, -1)


@pytest.mark.corpus
def test_scores_of_real_articles_are_networkx_s(loaded: KnowledgeGraph) -> None:
    outgoing, incoming = loaded.outgoing, loaded.incoming
    whole: networkx.DiGraph[int] = networkx.DiGraph()
    whole.add_nodes_from(range(len(outgoing)))
    whole.add_edges_from((source, target) for source in whole for target in outgoing[source])
    undirected = whole.to_undirected(as_view=True)
    most_linked = max(whole, key=incoming.degree)
    for position in (most_linked, *range(0, len(outgoing), 1_500)):
        near = networkx.node_connected_component(undirected, position)
        assert_similar(outgoing, incoming, networkx.DiGraph(whole.subgraph(near)), position)
