"""Walks along links: what is near an article, and how one article leads to another.

All functions take the links in both directions, `outgoing` and `incoming`, and positions; all give positions.
"""

from __future__ import annotations

import enum
import heapq
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import chain

from .columns import Adjacency

Step = Callable[[int], Sequence[int]]
"""From an article to those that one step leads to; one may be named twice."""

_WORK = 500_000
"""How many neighbors and places in paths `shortest_paths` looks at before it gives up: about 0.1 s."""


class Direction(enum.Enum):
    """Which links to follow: an article's own, those of others to it, or both."""

    OUT = "OUT"
    IN = "IN"
    BOTH = "BOTH"


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Some articles and all links among them.

    Parameters
    ----------
    positions
        The articles, without repeats.
    links
        Source and target of each link: by the source's place in `positions`, then in the order of its front
        matter.
    truncated
        Whether a limit cut it.
    """

    positions: list[int]
    links: list[tuple[int, int]]
    truncated: bool


@dataclass(frozen=True, slots=True)
class Neighborhood(Subgraph):
    """What lies near an article, nearest first.

    Parameters
    ----------
    distances
        How many links away each of `positions` is; 0 for the article itself.
    """

    distances: list[int]


@dataclass(frozen=True, slots=True)
class Paths:
    """Shortest simple paths.

    Parameters
    ----------
    found
        Each from source to target, both included; shortest first, equals in order of their positions.
    complete
        False where the search was given up before it had found as many as were asked for: those found are
        the first ones, and there may be more.
    """

    found: list[list[int]]
    complete: bool


def neighbors(outgoing: Adjacency, incoming: Adjacency, position: int, direction: Direction) -> list[int]:
    """Articles one link away, without repeats.

    Parameters
    ----------
    outgoing, incoming
        The links.
    position
        The article.
    direction
        Which links count.

    Returns
    -------
    list
        First those that the article links to, in the order of its front matter, then those that link to it,
        by url.
    """
    require_position("position", position, outgoing)
    ahead, _ = _steps(outgoing, incoming, direction)
    return list(dict.fromkeys(ahead(position)))


def common_neighbors(
    outgoing: Adjacency, incoming: Adjacency, a: int, b: int, direction: Direction
) -> list[int]:
    """Articles one link away from both of two (``networkx.common_neighbors``).

    Parameters
    ----------
    outgoing, incoming
        The links.
    a, b
        The two articles.
    direction
        OUT: that both link to. IN: that link to both. BOTH: linked with each in whichever direction.

    Returns
    -------
    list
        By url. Neither of the two is among them, for no article links to itself.
    """
    require_position("a", a, outgoing)
    require_position("b", b, outgoing)
    ahead, _ = _steps(outgoing, incoming, direction)
    return sorted(set(ahead(a)).intersection(ahead(b)))


def subgraph(outgoing: Adjacency, positions: Iterable[int], limit: int) -> Subgraph:
    """Articles and all links among them.

    Parameters
    ----------
    outgoing
        The links.
    positions
        The articles; a repeat counts once.
    limit
        How many articles to keep, from the first.

    Returns
    -------
    Subgraph
        The articles in the order given; truncated where there were more than `limit`.

    Raises
    ------
    ValueError
        Where a position is no article's, or `limit` is negative.
    """
    _require_not_negative("limit", limit)
    nodes = list(dict.fromkeys(positions))
    for end in (min(nodes, default=None), max(nodes, default=None)):
        if end is not None:
            require_position("positions", end, outgoing)
    kept = nodes[:limit]
    return Subgraph(kept, _links_among(outgoing, kept), len(kept) < len(nodes))


def neighborhood(
    outgoing: Adjacency, incoming: Adjacency, start: int, depth: int, direction: Direction, limit: int
) -> Neighborhood:
    """What lies within some links of an article.

    Parameters
    ----------
    outgoing, incoming
        The links.
    start
        The article.
    depth
        How many links away at most; 0 gives the article alone.
    direction
        Which links lead from one article to the next. The links that are given are all those among the
        articles found, whatever the direction.
    limit
        How many articles at most, the first included. The nearest are kept.

    Returns
    -------
    Neighborhood
        The article first, then the others as a breadth-first walk meets them: nearest first; of equally near
        ones first the neighbors of what came first, each article's in the order of `neighbors`.

    Raises
    ------
    ValueError
        Where `start` is no article's position, or `depth` or `limit` is negative.
    """
    require_position("start", start, outgoing)
    _require_not_negative("depth", depth)
    _require_not_negative("limit", limit)
    ahead, _ = _steps(outgoing, incoming, direction)
    distances = {start: 0}
    for position in (walk := [start]):  # it grows while it is walked
        if distances[position] == depth or len(walk) > limit:
            break
        for neighbor in ahead(position):
            if neighbor not in distances:
                distances[neighbor] = distances[position] + 1
                walk.append(neighbor)
    kept = walk[:limit]
    links = _links_among(outgoing, kept)
    return Neighborhood(kept, links, len(kept) < len(walk), [distances[position] for position in kept])


def shortest_path(
    outgoing: Adjacency, incoming: Adjacency, source: int, target: int, direction: Direction
) -> list[int] | None:
    """A shortest path (``networkx.shortest_path``), found by breadth-first search from both ends.

    Parameters
    ----------
    outgoing, incoming
        The links.
    source, target
        Where it begins and ends.
    direction
        Which links to follow: OUT from article to linked article, IN against the links, BOTH either way.

    Returns
    -------
    list or None
        From `source` to `target`, both included; of several the first in order of their positions, so that
        the smallest url is taken at the first article where they part. `source` alone where it is `target`;
        None where there is no path.

    Raises
    ------
    ValueError
        Where `source` or `target` is no article's position.
    """
    require_position("source", source, outgoing)
    require_position("target", target, outgoing)
    ahead, back = _steps(outgoing, incoming, direction)
    return _search(ahead, back, {source}, target, set())


def shortest_paths(
    outgoing: Adjacency, incoming: Adjacency, source: int, target: int, direction: Direction, k: int
) -> Paths:
    """The `k` shortest simple paths (``networkx.shortest_simple_paths``): no article comes twice in one.

    The first is that of `shortest_path`. Once one is found, the remaining paths fall into groups by where
    they leave it, so that no path is found twice (Lawler 1972, "A procedure for computing the k best
    solutions"). A group's first path is mostly read off the distances to the target; only where that walk
    comes back to the group's own beginning is it searched for, and only once no other group may come before.

    Parameters
    ----------
    outgoing, incoming
        The links.
    source, target
        Where they begin and end.
    direction
        Which links to follow, as for `shortest_path`.
    k
        How many at most.

    Returns
    -------
    Paths
        As many as there are, at most `k`. The work is bounded: after one walk over all that leads to the
        target, the search looks at 500,000 neighbors and places in paths, counted with repeats. Where they
        are spent the result is not `complete`.

    Raises
    ------
    ValueError
        Where `source` or `target` is no article's position, or `k` is negative.
    """
    require_position("source", source, outgoing)
    require_position("target", target, outgoing)
    _require_not_negative("k", k)
    ahead, back = _steps(outgoing, incoming, direction)
    return _PathSearch(ahead, back, target).run(source, k)


def require_position(name: str, position: int, links: Adjacency) -> None:
    """Raise a ValueError that names the argument where no article has a position."""
    if not 0 <= position < len(links):
        raise ValueError(f"{name} must be at least 0 and less than {len(links)}, got {position}")


def _require_not_negative(name: str, value: int) -> None:
    if value < 0:
        raise ValueError(f"{name} must not be negative, got {value}")


def _steps(outgoing: Adjacency, incoming: Adjacency, direction: Direction) -> tuple[Step, Step]:
    """A step in a direction, and the step back."""
    if direction is Direction.OUT:
        return outgoing.__getitem__, incoming.__getitem__
    if direction is Direction.IN:
        return incoming.__getitem__, outgoing.__getitem__

    def either(position: int) -> list[int]:
        return [*outgoing[position], *incoming[position]]

    return either, either


def _links_among(outgoing: Adjacency, positions: Sequence[int]) -> list[tuple[int, int]]:
    among = set(positions)
    return [(source, target) for source in positions for target in outgoing[source] if target in among]


def _search(ahead: Step, back: Step, starts: set[int], target: int, blocked: set[int]) -> list[int] | None:
    """The first shortest path from any of the starts to the target that keeps out of what is blocked."""
    from_starts, to_target = [starts], [{target}]
    seen_ahead, seen_back = blocked | starts, blocked | {target}
    while not (meeting := from_starts[-1] & to_target[-1]):
        if len(from_starts[-1]) <= len(to_target[-1]):
            levels, step, seen = from_starts, ahead, seen_ahead
        else:
            levels, step, seen = to_target, back, seen_back
        levels.append(set(chain.from_iterable(map(step, levels[-1]))) - seen)
        if not levels[-1]:
            return None
        seen |= levels[-1]
    # Whatever lies on the target's side leads to it; on the other side only what leads to the meeting does.
    from_starts[-1] = meeting
    for place in range(len(from_starts) - 2, -1, -1):
        leading_on = set(chain.from_iterable(map(back, from_starts[place + 1])))
        from_starts[place] = from_starts[place] & leading_on
    path = [min(from_starts[0])]
    for level in (*from_starts[1:], *reversed(to_target[:-1])):
        path.append(min(level.intersection(ahead(path[-1]))))
    return path


class _WorkSpentError(Exception):
    """The bound of work is reached."""


@dataclass(frozen=True, slots=True, order=True)
class _Group:
    """The paths that begin with `path[:parting]` and go on to one of `starts`, which all lead to the target.

    In order of `length` and `path`, a group's `path`, of `length` articles, comes before or is its first one:
    it is the first of its walks, and simple where the group is `settled`.
    """

    length: int
    path: list[int]
    parting: int
    starts: set[int]
    settled: bool


class _PathSearch:
    """One search for the shortest simple paths to a target."""

    def __init__(self, ahead: Step, back: Step, target: int) -> None:
        self.ahead, self.back, self.target = self.counted(ahead), self.counted(back), target
        self.distances = _distances(back, target)
        self.groups: list[_Group] = []
        self.work = 0

    def run(self, source: int, k: int) -> Paths:
        found: list[list[int]] = []
        try:
            self.add([], 0, {source})
            while self.groups and len(found) < k:
                group = heapq.heappop(self.groups)
                if not group.settled:
                    self.settle(group)
                    continue
                found.append(group.path)
                if len(found) < k:
                    self.part(group)
        except _WorkSpentError:
            return Paths(found, complete=False)
        return Paths(found, complete=True)

    def add(self, path: list[int], parting: int, starts: set[int]) -> None:
        """Add the group that begins as a path does up to a place, by the first of its walks."""
        distances = self.distances
        starts = {start for start in starts if start in distances}
        if not starts:
            return
        place = min(starts, key=lambda start: (distances[start], start))
        walk = [*path[:parting], place]
        while place != self.target:
            nearer = distances[place] - 1
            place = min(p for p in self.ahead(place) if distances.get(p) == nearer)
            walk.append(place)
        self.spend(len(walk))
        settled = len(set(walk)) == len(walk)
        heapq.heappush(self.groups, _Group(len(walk), walk, parting, starts, settled))

    def settle(self, group: _Group) -> None:
        """Replace the walk of a group by the first of its paths, if it has any."""
        prefix = group.path[: group.parting]
        rest = _search(self.ahead, self.back, group.starts, self.target, set(prefix))
        if rest is not None:
            path = prefix + rest
            heapq.heappush(self.groups, _Group(len(path), path, group.parting, group.starts, settled=True))

    def part(self, group: _Group) -> None:
        """Group the other paths of a group by where they leave its first one."""
        path = group.path
        self.add(path, group.parting, group.starts - {path[group.parting]})
        taken = set(path[: group.parting + 1])
        for parting in range(group.parting + 1, len(path)):
            taken.add(path[parting])
            self.add(path, parting, set(self.ahead(path[parting - 1])) - taken)

    def counted(self, step: Step) -> Step:
        def counting(position: int) -> Sequence[int]:
            reached = step(position)
            self.spend(1 + len(reached))
            return reached

        return counting

    def spend(self, work: int) -> None:
        self.work += work
        if self.work > _WORK:
            raise _WorkSpentError


def _distances(back: Step, target: int) -> dict[int, int]:
    """How many steps each article is away from the target, of those that lead to it."""
    distances = {target: 0}
    for position in (walk := [target]):  # it grows while it is walked
        for neighbor in back(position):
            if neighbor not in distances:
                distances[neighbor] = distances[position] + 1
                walk.append(neighbor)
    return distances
