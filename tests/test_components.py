"""Components are what NetworkX finds, each named by its smallest position and listed largest first."""

from __future__ import annotations

from collections.abc import Iterable

import networkx
import numpy as np
import pytest
from test_columns import stored
from test_metrics import random_graphs

from graph.components import connected, largest_first, strong_components, weak_components

LINKS = [(5, 1), (1, 3), (3, 5), (3, 2), (0, 6), (6, 0)]
"""A circle of 1, 3 and 5 that leads to 2, a circle of 0 and 6; 4 alone."""


def test_a_component_is_named_by_its_smallest_position() -> None:
    outgoing, incoming = stored(LINKS, 7)
    assert weak_components(outgoing).tolist() == [0, 1, 1, 1, 4, 1, 0]
    assert strong_components(outgoing, incoming).tolist() == [0, 1, 2, 1, 4, 1, 0]


def test_the_largest_is_first_and_ties_end_at_the_smallest_position() -> None:
    outgoing, incoming = stored(LINKS, 7)
    names, sizes = largest_first(weak_components(outgoing))
    assert (names.tolist(), sizes.tolist()) == ([1, 0, 4], [4, 2, 1])
    names, sizes = largest_first(strong_components(outgoing, incoming))
    assert (names.tolist(), sizes.tolist()) == ([1, 0, 2, 4], [3, 2, 1, 1])


def _named(groups: Iterable[set[int]]) -> dict[int, int]:
    return {node: min(group) for group in groups for node in group}


def test_components_are_networkx_s() -> None:
    split = 0
    for drawn in random_graphs(200):
        weak = weak_components(drawn.outgoing)
        assert dict(enumerate(weak.tolist())) == _named(networkx.weakly_connected_components(drawn.nx))
        strong = strong_components(drawn.outgoing, drawn.incoming)
        assert dict(enumerate(strong.tolist())) == _named(networkx.strongly_connected_components(drawn.nx))
        split += len(set(weak.tolist())) < len(set(strong.tolist())) < len(drawn.outgoing)
    assert split > 20


def test_a_long_chain_is_one_component_whatever_the_order_of_its_links() -> None:
    order = np.random.default_rng(5).permutation(5_000)
    links = list(zip(order[:-1].tolist(), order[1:].tolist(), strict=True))
    outgoing, incoming = stored(links, 5_000)
    assert set(weak_components(outgoing).tolist()) == {0}
    assert strong_components(outgoing, incoming).tolist() == list(range(5_000))
    closed = stored([*links, (links[-1][1], links[0][0])], 5_000)
    assert set(strong_components(*closed).tolist()) == {0}


def test_links_connect_in_both_directions() -> None:
    sources, targets = np.array([4, 3], dtype=np.int32), np.array([1, 4], dtype=np.int32)
    assert connected(sources, targets, 5).tolist() == [0, 1, 2, 1, 1]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_an_article_without_links_is_a_component(count: int) -> None:
    outgoing, incoming = stored([], count)
    for labels in (weak_components(outgoing), strong_components(outgoing, incoming)):
        names, sizes = largest_first(labels)
        assert labels.tolist() == names.tolist() == list(range(count))
        assert sizes.tolist() == [1] * count
