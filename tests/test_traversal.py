"""Walks give what a reader of the links expects, and what NetworkX gives."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from itertools import islice, pairwise

import networkx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from test_columns import stored

from graph.columns import Adjacency
from graph.traversal import (
    Direction,
    Neighborhood,
    Paths,
    Subgraph,
    common_neighbors,
    neighborhood,
    neighbors,
    shortest_path,
    shortest_paths,
    subgraph,
)

OUT, IN, BOTH = Direction.OUT, Direction.IN, Direction.BOTH

Links = list[tuple[int, int]]

# 0 and 3 link to each other, 4 links to 0, 5 is alone; 0 names 3 before 1.
SMALL: Links = [(0, 3), (0, 1), (1, 2), (2, 0), (3, 0), (3, 2), (4, 0)]
OUTGOING, INCOMING = stored(SMALL, 6)


def linked(count: int, *links: tuple[int, int]) -> tuple[Adjacency, Adjacency]:
    return stored(links, count)


def seen_from(direction: Direction, count: int, links: Links) -> networkx.DiGraph[int]:
    """The graph whose links are the steps in a direction."""
    nx: networkx.DiGraph[int] = networkx.DiGraph()
    nx.add_nodes_from(range(count))
    nx.add_edges_from(links if direction is not IN else [(t, s) for s, t in links])
    return nx.to_undirected().to_directed() if direction is BOTH else nx


def random_links(count: int, links: int, seed: int) -> Links:
    return list(networkx.gnm_random_graph(count, links, seed, directed=True).edges)


@dataclass(frozen=True, slots=True)
class Counting(Adjacency):
    """Links that count how many neighbors were read."""

    read: list[int] = field(default_factory=list)

    def __getitem__(self, position: int) -> array[int]:
        row = Adjacency.__getitem__(self, position)
        self.read.append(1 + len(row))
        return row


def counting(links: Links, count: int) -> tuple[Counting, Counting]:
    outgoing, incoming = stored(links, count)
    return Counting(outgoing.offsets, outgoing.neighbors), Counting(incoming.offsets, incoming.neighbors)


WIDTH = 70
GRID = [
    (x * WIDTH + y, a * WIDTH + b)
    for x in range(WIDTH)
    for y in range(WIDTH)
    for a, b in ((x + 1, y), (x, y + 1), (x - 1, y), (x, y - 1))
    if 0 <= a < WIDTH and 0 <= b < WIDTH
]

graphs = st.integers(1, 8).flatmap(
    lambda count: st.tuples(
        st.just(count),
        st.lists(
            st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda e: e[0] != e[1]),
            unique=True,
            max_size=30,
        ),
    )
)
directions = st.sampled_from(Direction)


@pytest.mark.parametrize(
    ("position", "direction", "expected"),
    [
        (0, OUT, [3, 1]),
        (0, IN, [2, 3, 4]),
        (0, BOTH, [3, 1, 2, 4]),
        (5, BOTH, []),
    ],
)
def test_neighbors_stand_in_the_order_of_the_front_matter_and_then_by_url(
    position: int, direction: Direction, expected: list[int]
) -> None:
    assert neighbors(OUTGOING, INCOMING, position, direction) == expected


def test_a_neighborhood_is_nearest_first_and_has_all_links_among_its_articles() -> None:
    assert neighborhood(OUTGOING, INCOMING, 1, 1, OUT, 9) == Neighborhood([1, 2], [(1, 2)], False, [0, 1])
    assert neighborhood(OUTGOING, INCOMING, 4, 2, OUT, 9) == Neighborhood(
        [4, 0, 3, 1], [(4, 0), (0, 3), (0, 1), (3, 0)], False, [0, 1, 2, 2]
    )
    assert neighborhood(OUTGOING, INCOMING, 1, 1, BOTH, 9) == Neighborhood(
        [1, 2, 0], [(1, 2), (2, 0), (0, 1)], False, [0, 1, 1]
    )
    assert neighborhood(OUTGOING, INCOMING, 2, 1, IN, 9) == Neighborhood(
        [2, 1, 3], [(1, 2), (3, 2)], False, [0, 1, 1]
    )


def test_equally_near_articles_follow_what_they_were_found_from() -> None:
    outgoing, incoming = linked(6, (0, 5), (0, 1), (5, 4), (5, 3), (1, 2), (1, 4))
    assert neighborhood(outgoing, incoming, 0, 2, OUT, 9).positions == [0, 5, 1, 4, 3, 2]


def test_an_article_s_neighborhood_may_be_itself() -> None:
    alone = Neighborhood([5], [], False, [0])
    assert neighborhood(OUTGOING, INCOMING, 5, 3, BOTH, 9) == alone
    assert neighborhood(OUTGOING, INCOMING, 5, 3, BOTH, 1) == alone
    assert neighborhood(OUTGOING, INCOMING, 0, 0, BOTH, 9) == Neighborhood([0], [], False, [0])


def test_a_limit_keeps_the_nearest_and_says_that_it_cut() -> None:
    assert neighborhood(OUTGOING, INCOMING, 4, 2, OUT, 3) == Neighborhood(
        [4, 0, 3], [(4, 0), (0, 3), (3, 0)], True, [0, 1, 2]
    )
    assert neighborhood(OUTGOING, INCOMING, 0, 1, OUT, 1) == Neighborhood([0], [], True, [0])
    assert neighborhood(OUTGOING, INCOMING, 5, 0, OUT, 0) == Neighborhood([], [], True, [])


def test_a_limit_that_just_fits_cuts_nothing() -> None:
    assert not neighborhood(OUTGOING, INCOMING, 4, 2, OUT, 4).truncated  # 2 lies one further
    assert neighborhood(OUTGOING, INCOMING, 4, 3, OUT, 4).truncated
    assert not neighborhood(OUTGOING, INCOMING, 4, 10**9, OUT, 5).truncated


@given(graphs, directions, st.integers(0, 7), st.integers(0, 5), st.integers(0, 9))
def test_a_neighborhood_is_what_networkx_reaches(
    made: tuple[int, Links], direction: Direction, start: int, depth: int, limit: int
) -> None:
    count, links = made
    start %= count
    reached = networkx.single_source_shortest_path_length(seen_from(direction, count, links), start, depth)
    found = neighborhood(*stored(links, count), start, depth, direction, limit)
    assert len(found.positions) == len(set(found.positions)) == min(limit, len(reached))
    assert found.distances == [reached[position] for position in found.positions]
    assert found.distances == sorted(reached.values())[:limit]
    assert found.truncated == (len(reached) > limit)
    assert sorted(found.links) == sorted((s, t) for s, t in links if {s, t} <= set(found.positions))


def test_a_neighborhood_is_walked_no_further_than_its_limit() -> None:
    outgoing, incoming = counting(GRID, WIDTH * WIDTH)
    assert neighborhood(outgoing, incoming, 0, 10**6, BOTH, 20).truncated
    assert sum(incoming.read) < 100


def test_a_subgraph_s_links_are_in_the_order_of_its_articles() -> None:
    assert subgraph(OUTGOING, [2, 0, 5, 3], 9) == Subgraph(
        [2, 0, 5, 3], [(2, 0), (0, 3), (3, 0), (3, 2)], False
    )
    assert subgraph(OUTGOING, [], 9) == Subgraph([], [], False)


def test_a_subgraph_keeps_its_first_articles() -> None:
    assert subgraph(OUTGOING, range(6), 3) == Subgraph([0, 1, 2], [(0, 1), (1, 2), (2, 0)], True)
    assert subgraph(OUTGOING, range(6), 6).truncated is False
    assert subgraph(OUTGOING, range(6), 0) == Subgraph([], [], True)


def test_a_repeat_in_a_subgraph_counts_once() -> None:
    assert subgraph(OUTGOING, iter([0, 3, 0, 3]), 2) == Subgraph([0, 3], [(0, 3), (3, 0)], False)


def test_common_neighbors() -> None:
    outgoing, incoming = linked(
        7, (0, 4), (0, 3), (1, 3), (1, 4), (2, 0), (2, 1), (5, 0), (1, 5), (0, 1), (1, 0)
    )
    assert common_neighbors(outgoing, incoming, 0, 1, OUT) == [3, 4]
    assert common_neighbors(outgoing, incoming, 0, 1, IN) == [2]
    assert common_neighbors(outgoing, incoming, 0, 1, BOTH) == [2, 3, 4, 5]
    assert common_neighbors(outgoing, incoming, 0, 6, BOTH) == []


@given(graphs, directions, st.integers(0, 7), st.integers(0, 7))
def test_common_neighbors_are_networkx_s(
    made: tuple[int, Links], direction: Direction, a: int, b: int
) -> None:
    count, links = made
    a, b = a % count, b % count
    nx = seen_from(direction, count, links)
    expected = sorted(set(nx[a]) & set(nx[b]))
    assert common_neighbors(*stored(links, count), a, b, direction) == expected
    if direction is BOTH:
        assert expected == sorted(networkx.common_neighbors(nx.to_undirected(), a, b))


@pytest.mark.parametrize(
    ("source", "target", "direction", "expected"),
    [
        (4, 2, OUT, [4, 0, 1, 2]),  # not by way of 3, though 0 names it first
        (2, 4, IN, [2, 1, 0, 4]),
        (2, 4, OUT, None),
        (2, 4, BOTH, [2, 0, 4]),
        (0, 5, BOTH, None),
        (5, 5, OUT, [5]),
        (0, 3, BOTH, [0, 3]),
    ],
)
def test_a_shortest_path(source: int, target: int, direction: Direction, expected: list[int] | None) -> None:
    assert shortest_path(OUTGOING, INCOMING, source, target, direction) == expected
    assert shortest_paths(OUTGOING, INCOMING, source, target, direction, 1) == Paths(
        [] if expected is None else [expected], complete=True
    )


def test_of_equal_paths_the_first_in_order_of_positions_is_taken_wherever_the_search_meets() -> None:
    outgoing, incoming = linked(
        9, (0, 2), (0, 1), (1, 8), (2, 3), (8, 4), (3, 4), (4, 6), (4, 5), (6, 7), (5, 7), (1, 3)
    )
    assert shortest_path(outgoing, incoming, 0, 7, OUT) == [0, 1, 3, 4, 5, 7]
    assert shortest_path(outgoing, incoming, 7, 0, IN) == [7, 5, 4, 3, 1, 0]


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize("seed", range(4))
def test_shortest_paths_of_larger_graphs_are_as_long_as_networkx_s(direction: Direction, seed: int) -> None:
    count, links = 300, random_links(300, 450, seed)
    nx = seen_from(direction, count, links)
    outgoing, incoming = stored(links, count)
    for source in range(0, count, 29):
        reached = networkx.single_source_shortest_path_length(nx, source)
        for target in range(count):
            path = shortest_path(outgoing, incoming, source, target, direction)
            if path is None:
                assert target not in reached
            else:
                assert (path[0], path[-1], len(path) - 1) == (source, target, reached[target])
                assert networkx.is_path(nx, path)


def test_several_paths_are_shortest_first_and_equals_in_order_of_positions() -> None:
    outgoing, incoming = linked(
        6, (0, 4), (0, 2), (0, 1), (4, 5), (1, 5), (2, 1), (2, 3), (3, 5), (1, 0), (3, 0)
    )
    expected = [[0, 1, 5], [0, 4, 5], [0, 2, 1, 5], [0, 2, 3, 5]]
    for k in range(6):
        assert shortest_paths(outgoing, incoming, 0, 5, OUT, k) == Paths(expected[:k], complete=True)


def test_links_both_ways_make_one_path() -> None:
    outgoing, incoming = linked(3, (0, 1), (1, 0), (1, 2), (2, 1))
    assert shortest_paths(outgoing, incoming, 0, 2, BOTH, 5) == Paths([[0, 1, 2]], complete=True)


def test_from_an_article_to_itself_there_is_one_path() -> None:
    assert shortest_paths(OUTGOING, INCOMING, 0, 0, BOTH, 5) == Paths([[0]], complete=True)


# The second path must go round by 5: from 2, the nearest way to 4 leads back over 1.
@given(graphs, directions, st.integers(0, 7), st.integers(0, 7), st.integers(0, 25))
@example((6, [(0, 1), (1, 3), (3, 4), (1, 2), (2, 1), (2, 5), (5, 4)]), OUT, 0, 4, 9)
def test_the_shortest_simple_paths_are_the_first_of_all_simple_paths(
    made: tuple[int, Links], direction: Direction, source: int, target: int, k: int
) -> None:
    count, links = made
    source, target = source % count, target % count
    nx = seen_from(direction, count, links)
    simple = networkx.all_simple_paths(nx, source, target) if source != target else [[source]]
    expected = sorted(simple, key=lambda path: (len(path), path))[:k]
    outgoing, incoming = stored(links, count)
    assert shortest_paths(outgoing, incoming, source, target, direction, k) == Paths(expected, complete=True)
    if k:
        first = expected[0] if expected else None
        assert shortest_path(outgoing, incoming, source, target, direction) == first


@pytest.mark.parametrize("direction", Direction)
@pytest.mark.parametrize(("count", "sparse", "seed"), [(60, 150, 1), (60, 300, 2), (200, 600, 3)])
def test_shortest_simple_paths_of_larger_graphs_are_as_long_as_networkx_s(
    direction: Direction, count: int, sparse: int, seed: int
) -> None:
    links = random_links(count, sparse, seed)
    nx = seen_from(direction, count, links)
    outgoing, incoming = stored(links, count)
    several = 0
    for source, target in random_links(count, 12, seed + 1):
        paths = shortest_paths(outgoing, incoming, source, target, direction, 20)
        expected = (
            list(islice(networkx.shortest_simple_paths(nx, source, target), 20))
            if networkx.has_path(nx, source, target)
            else []
        )
        assert paths.complete
        assert list(map(len, paths.found)) == list(map(len, expected))
        assert all(networkx.is_simple_path(nx, path) for path in paths.found)
        assert all((len(a), a) < (len(b), b) for a, b in pairwise(paths.found))
        several += len(expected) == 20
    assert several > 3


def test_a_shortest_path_is_searched_from_both_ends() -> None:
    outgoing, incoming = counting(random_links(6_000, 18_000, 7), 6_000)
    path = shortest_path(outgoing, incoming, 0, 5_999, OUT)
    assert path is not None
    assert len(path) > 5
    assert sum(outgoing.read) + sum(incoming.read) < 4_000


def test_a_search_that_takes_too_long_gives_the_first_paths_and_says_that_there_may_be_more() -> None:
    outgoing, incoming = counting(GRID, WIDTH * WIDTH)
    ends = (0, WIDTH * WIDTH - 1)
    cut = shortest_paths(outgoing, incoming, *ends, OUT, 1_000)
    assert not cut.complete
    assert 3 < len(cut.found) < 1_000
    assert sum(outgoing.read) + sum(incoming.read) < 600_000
    whole = shortest_paths(outgoing, incoming, *ends, OUT, 4)
    assert whole.complete
    assert cut.found[:4] == whole.found
    assert cut.found[0] == shortest_path(outgoing, incoming, *ends, OUT)
    assert all(len(path) == 2 * WIDTH - 1 for path in cut.found)


def test_a_search_that_finds_all_that_was_asked_for_is_complete() -> None:
    count = 3_000
    links = [(place, place + step) for place in range(count) for step in (1, 2) if place + step < count]
    outgoing, incoming = stored(links, count)
    first = shortest_path(outgoing, incoming, 0, count - 1, OUT) or []
    assert len(first) == count // 2 + 1
    assert shortest_paths(outgoing, incoming, 0, count - 1, OUT, 1) == Paths([first], complete=True)
    assert shortest_paths(outgoing, incoming, 0, count - 1, OUT, 2) == Paths([first], complete=False)


def test_paths_with_a_long_beginning_in_common_count_as_work() -> None:
    long, wide = 20_000, 12
    links = [(place, place + 1) for place in range(long)]
    links += [(long + a, long + b) for a in range(wide) for b in range(a + 1, wide)]
    paths = shortest_paths(*stored(links, long + wide), 0, long + wide - 1, OUT, 500)
    assert 5 < len(paths.found) < 100
    assert not paths.complete


def test_searches_that_find_nothing_count_as_work() -> None:
    # Each of the line's articles leads into a thicket that leads only to the line's beginning; much leads to
    # the line's end, but only from that beginning and by a long way.
    line, thicket = 40, 1_000
    links = [(place, place + 1) for place in range(line - 1)]
    thickets = [line, line + thicket]
    for first, seed in zip(thickets, (1, 2), strict=True):
        links += [(first + s, first + t) for s, t in random_links(thicket, 20 * thicket, seed)]
    links += [(place, line) for place in range(1, line - 1)] + [(line + 1, 0)]
    way = [0, *range(line + 2 * thicket, line + 2 * thicket + 200), thickets[1]]
    links += [*pairwise(way), (thickets[1] + 1, line - 1)]
    outgoing, incoming = stored(links, line + 2 * thicket + 200)
    ends = (0, line - 1)
    assert shortest_paths(outgoing, incoming, *ends, OUT, 1) == Paths([list(range(line))], complete=True)
    assert shortest_paths(outgoing, incoming, *ends, OUT, 2) == Paths([list(range(line))], complete=False)


def test_long_paths_are_no_long_work() -> None:
    count = 20_000
    there = [(place, place + 1) for place in range(count - 1)]
    outgoing, incoming = stored(there + [(target, source) for source, target in there], count)
    line = list(range(count))
    assert shortest_path(outgoing, incoming, 0, count - 1, OUT) == line
    assert shortest_paths(outgoing, incoming, 0, count - 1, BOTH, 20) == Paths([line], complete=True)


@pytest.mark.parametrize("position", [-1, 6, 10**12])
def test_a_position_that_no_article_has_is_named(position: int) -> None:
    def message(name: str) -> str:
        return f"^{name} must be at least 0 and less than 6, got {position}$"

    with pytest.raises(ValueError, match=message("position")):
        neighbors(OUTGOING, INCOMING, position, OUT)
    with pytest.raises(ValueError, match=message("positions")):
        subgraph(OUTGOING, [1, position, 2], 9)
    with pytest.raises(ValueError, match=message("start")):
        neighborhood(OUTGOING, INCOMING, position, 1, OUT, 9)
    for a, b, name in ((position, 0, "a"), (0, position, "b")):
        with pytest.raises(ValueError, match=message(name)):
            common_neighbors(OUTGOING, INCOMING, a, b, OUT)
    for source, target, name in ((position, 0, "source"), (0, position, "target")):
        with pytest.raises(ValueError, match=message(name)):
            shortest_path(OUTGOING, INCOMING, source, target, OUT)
        with pytest.raises(ValueError, match=message(name)):
            shortest_paths(OUTGOING, INCOMING, source, target, OUT, 2)


def test_negative_numbers_are_named() -> None:
    with pytest.raises(ValueError, match=r"^depth must not be negative, got -1$"):
        neighborhood(OUTGOING, INCOMING, 0, -1, OUT, 9)
    with pytest.raises(ValueError, match=r"^limit must not be negative, got -2$"):
        neighborhood(OUTGOING, INCOMING, 0, 1, OUT, -2)
    with pytest.raises(ValueError, match=r"^limit must not be negative, got -3$"):
        subgraph(OUTGOING, [0], -3)
    with pytest.raises(ValueError, match=r"^k must not be negative, got -4$"):
        shortest_paths(OUTGOING, INCOMING, 0, 1, OUT, -4)


def test_there_may_be_no_articles() -> None:
    outgoing, incoming = linked(0)
    assert subgraph(outgoing, [], 5) == Subgraph([], [], False)
    with pytest.raises(ValueError, match="less than 0"):
        shortest_path(outgoing, incoming, 0, 0, OUT)
