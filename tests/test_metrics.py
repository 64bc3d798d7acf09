"""Measures are what NetworkX says they are."""

from __future__ import annotations

from array import array

import networkx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_columns import stored

from graph.metrics import average_degree, dead_ends, density, highest, isolated, orphans, reciprocity

graphs = st.integers(1, 9).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda e: e[0] != e[1]),
            unique=True,
            max_size=40,
        ),
    )
)


@given(graphs)
@example((0, []))
@example((1, []))
@example((2, [(0, 1), (1, 0)]))
@example((3, [(0, 1)]))
def test_measures_are_networkx_s(made: tuple[int, list[tuple[int, int]]]) -> None:
    count, links = made
    outgoing, incoming = stored(links, count)
    nx = networkx.DiGraph()
    nx.add_nodes_from(range(count))
    nx.add_edges_from(links)
    assert density(count, len(links)) == pytest.approx(networkx.density(nx))
    assert reciprocity(outgoing) == pytest.approx(networkx.overall_reciprocity(nx) if links else 0.0)
    assert list(isolated(outgoing, incoming)) == list(networkx.isolates(nx))
    assert list(orphans(incoming)) == [node for node, degree in nx.in_degree if degree == 0]
    assert list(dead_ends(outgoing)) == [node for node, degree in nx.out_degree if degree == 0]
    assert list(incoming.degrees()) == [degree for _, degree in nx.in_degree]
    assert list(outgoing.degrees()) == [degree for _, degree in nx.out_degree]
    degrees = [degree for _, degree in nx.degree]
    assert average_degree(count, len(links)) == pytest.approx(sum(degrees) / count if count else 0.0)


@pytest.mark.parametrize(
    ("articles", "links", "expected"), [(0, 0, 0.0), (1, 0, 0.0), (2, 1, 0.5), (4, 12, 1.0)]
)
def test_density_is_a_share_of_all_that_could_be(articles: int, links: int, expected: float) -> None:
    assert density(articles, links) == expected


def test_highest_breaks_ties_by_position() -> None:
    scores = array("i", [3, 5, 3, 5, 1, 3])
    assert highest(scores, range(6), 4) == [1, 3, 0, 2]
    assert highest(scores, [5, 4, 2, 0], 3) == [0, 2, 5]
    assert highest(scores, range(6), 0) == []
    assert highest(scores, [], 4) == []
    assert highest(scores, range(6), 100) == [1, 3, 0, 2, 5, 4]
