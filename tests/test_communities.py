"""Communities lie within components, hang together, and are the same every time."""

from __future__ import annotations

import random
from itertools import combinations, pairwise

import networkx
import numpy as np
import pytest
from test_columns import stored
from test_metrics import Drawn, drawn_from, random_graphs

from graph.communities import communities, modularity, most_central
from graph.components import Labels, largest_first, weak_components

Links = list[tuple[int, int]]


def clique(*members: int) -> Links:
    return list(combinations(members, 2))


def groups_of(labels: Labels) -> list[set[int]]:
    groups: dict[int, set[int]] = {}
    for position, label in enumerate(labels.tolist()):
        groups.setdefault(label, set()).add(position)
    return list(groups.values())


def found_in(links: Links, count: int, resolution: float = 1.0) -> list[int]:
    return communities(*stored(links, count), resolution).tolist()


TWO = [*clique(0, 2, 4, 6), *clique(1, 3, 5, 7), (6, 7)]
"""Two groups of four, joined by one link."""


def test_a_component_of_two_groups_is_two_communities_each_named_by_its_smallest_position() -> None:
    assert found_in(TWO, 9) == [0, 1, 0, 1, 0, 1, 0, 1, 8]


def test_communities_are_more_than_components() -> None:
    outgoing, incoming = stored(TWO, 9)
    assert len(set(weak_components(outgoing).tolist())) == 2
    assert len(largest_first(communities(outgoing, incoming))[0]) == 3


def _planted(groups: int, size: int, inside: float, across: int, seed: int = 2) -> tuple[Links, int]:
    chance = random.Random(seed)
    links = [
        pair
        for group in range(groups)
        for pair in clique(*range(group * size, (group + 1) * size))
        if chance.random() < inside
    ]
    count = groups * size
    links += [(chance.randrange(count), chance.randrange(count)) for _ in range(across)]
    return sorted({(a, b) for a, b in links if a != b}), count


def test_planted_groups_are_found_again() -> None:
    links, count = _planted(groups=8, size=12, inside=0.5, across=40)
    assert found_in(links, count) == [node // 12 * 12 for node in range(count)]


def test_a_small_component_is_split_though_the_graph_is_large() -> None:
    """By the modularity of the whole graph it would not be worth it."""
    links, count = _planted(groups=1, size=200, inside=0.3, across=0)
    moved = [(a + count, b + count) for a, b in TWO]
    everything = [*links, *moved]
    assert found_in(everything, count + 8)[count:] == [count, count + 1] * 4
    apart = networkx.Graph(everything)
    whole = [set(range(count)), set(range(count, count + 8))]
    halves = [set(range(count)), set(range(count, count + 8, 2)), set(range(count + 1, count + 8, 2))]
    assert networkx.community.modularity(apart, whole) > networkx.community.modularity(apart, halves)


def test_what_happens_in_one_component_changes_no_other() -> None:
    links, count = _planted(groups=6, size=10, inside=0.4, across=40)
    alone = found_in(links, count)
    before = [(0, 1), (1, 2), *[(a + 3, b + 3) for a, b in links]]
    assert found_in(before, count + 3)[3:] == [label + 3 for label in alone]
    after = [*links, *[(a + count, b + count) for a, b in TWO]]
    assert found_in(after, count + 8)[:count] == alone


@pytest.mark.parametrize(
    "links",
    [
        clique(0, 1),
        clique(0, 1, 2),
        list(pairwise(range(4))),
        list(pairwise(range(5))),
        [(0, node) for node in range(1, 9)],
        clique(*range(6)),
        [link for link in clique(*range(8)) if link not in {(0, 7), (1, 6), (2, 5)}],
    ],
)
def test_a_few_articles_without_groups_stay_together(links: Links) -> None:
    count = 1 + max(map(max, links))
    assert found_in(links, count) == [0] * count


def test_the_higher_the_resolution_the_smaller_the_communities() -> None:
    links, count = _planted(groups=6, size=10, inside=0.5, across=25)
    sizes = [len(set(found_in(links, count, resolution))) for resolution in (0.05, 0.4, 1, 3, 1000)]
    assert sizes == sorted(sizes)
    assert sizes[0] == 1 < sizes[1] == sizes[2] == 6 < sizes[3] < sizes[4] == count


@pytest.mark.parametrize("resolution", [0, -1, float("nan"), float("inf")])
def test_a_resolution_must_be_above_0(resolution: float) -> None:
    with pytest.raises(ValueError, match=f"resolution must be a number above 0, got {resolution}"):
        communities(*stored(TWO, 9), resolution)


def test_the_same_graph_gives_the_same_communities_however_its_links_are_written() -> None:
    links, count = _planted(groups=6, size=10, inside=0.3, across=60)
    once = found_in(links, count)
    turned = random.Random(9).sample([(b, a) for a, b in links], len(links))
    assert found_in(links, count) == found_in(turned, count) == once
    both_ways = [*links, *[(b, a) for a, b in links]]
    assert found_in(both_ways, count) == once


def test_the_seed_decides_where_there_is_more_than_one_way() -> None:
    drawn = _tangled(3)
    found = {tuple(communities(drawn.outgoing, drawn.incoming, seed=seed).tolist()) for seed in range(6)}
    assert len(found) > 1


def _tangled(seed: int) -> Drawn:
    links, count = _planted(groups=12, size=15, inside=0.25, across=300, seed=seed)
    return drawn_from(count, links)


def test_modularity_is_no_lower_than_networkx_s_louvain_has() -> None:
    for seed in range(4):
        drawn = _tangled(seed)
        plain = drawn.without_directions
        theirs = max(
            networkx.community.modularity(plain, networkx.community.louvain_communities(plain, seed=s))
            for s in range(5)
        )
        assert _quality(drawn) >= theirs


def test_of_several_tries_the_best_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [_quality(_tangled(seed)) for seed in range(4)]
    monkeypatch.setattr("graph.communities._TRIES", 1)
    once = [_quality(_tangled(seed)) for seed in range(4)]
    assert many > once
    assert all(best >= first for best, first in zip(many, once, strict=True))


def _quality(drawn: Drawn) -> float:
    return modularity(drawn.outgoing, drawn.incoming, communities(drawn.outgoing, drawn.incoming))


def test_communities_are_connected_and_lie_within_components() -> None:
    for drawn in [*random_graphs(100), *map(_tangled, range(4))]:
        for resolution in (0.3, 1.0, 2.0):
            labels = communities(drawn.outgoing, drawn.incoming, resolution)
            for group in groups_of(labels):
                assert networkx.is_connected(drawn.without_directions.subgraph(group))
                assert labels[min(group)] == min(group)


def test_modularity_is_networkx_s_of_the_whole_graph_without_directions() -> None:
    chance = np.random.default_rng(1)
    for drawn in random_graphs():
        if not drawn.nx.size():
            continue
        labels = chance.integers(0, 4, len(drawn.outgoing)).astype(np.int32)
        for resolution in (1.0, 0.5):
            expected = networkx.community.modularity(
                drawn.without_directions, groups_of(labels), resolution=resolution
            )
            found = modularity(drawn.outgoing, drawn.incoming, labels, resolution)
            assert found == pytest.approx(expected)


def test_the_most_central_article_has_the_highest_score_and_of_equals_the_smallest_position() -> None:
    labels = np.array([0, 1, 0, 1, 4, 1], dtype=np.int32)
    scores = np.array([0.1, 0.3, 0.2, 0.3, 0.0, 0.1])
    assert most_central(labels, scores).tolist() == [2, 1, 2, 1, 4, 1]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("count", [0, 1, 3])
def test_an_article_without_links_is_a_community(count: int) -> None:
    outgoing, incoming = stored([], count)
    labels = communities(outgoing, incoming)
    assert labels.tolist() == list(range(count))
    assert modularity(outgoing, incoming, labels) == 0
    assert most_central(labels, np.zeros(count)).tolist() == list(range(count))
