"""Articles that link among themselves more than to others."""

from __future__ import annotations

import random
from collections import deque

import numpy as np
from numpy.typing import NDArray

from .columns import Adjacency
from .components import Labels, connected, weak_components
from .metrics import degrees, undirected

SEED = 1
"""Decides the order in which articles are looked at."""

_TRIES = 10
"""How many partitions are made of a component that is worth splitting; the best counts."""

_WORTH_IT = 0.3
"""By how much a split must raise a component's modularity, lest a handful of articles that nearly all link to
each other is cut in two at random. Newman, "Fast algorithm for detecting community structure in networks"
(2004), takes modularity above 0.3 for a sign of communities."""

_HOPELESS = 0.1
"""How far below that a try is, where no other one will reach it: two tries never differ by so much."""

_Weights = list[dict[int, int]]
"""For each group: how many links join it to each other group."""


def communities(
    outgoing: Adjacency, incoming: Adjacency, resolution: float = 1.0, seed: int = SEED
) -> Labels:
    """Split each weak component into communities, directions ignored.

    The Louvain method (Blondel and others, "Fast unfolding of communities in large networks", 2008) with
    refinement at every level (Rotta and Noack, "Multilevel local search algorithms for modularity
    clustering", 2011); of ten tries the one with the highest modularity. Each component is split by its own
    modularity, because by that of the whole graph no component that is small beside it is worth splitting;
    and on its own, so that no change elsewhere changes its communities. A component whose modularity no split
    raises by 0.3 (times the resolution) is one community. Every community is connected.

    Parameters
    ----------
    outgoing, incoming
        The links.
    resolution
        Above 0; the higher, the more and the smaller communities.
    seed
        The same graph, resolution and seed give the same communities, on any machine.

    Returns
    -------
    ndarray
        Shape (n,): for each article the smallest position in its community.

    Raises
    ------
    ValueError
        Where `resolution` is not above 0.
    """
    if not 0 < resolution < float("inf"):
        raise ValueError(f"resolution must be a number above 0, got {resolution}")
    neighbors = undirected(outgoing, incoming)
    found = list(range(len(outgoing)))  # no array: a thread that calls NumPy all the time starves the others
    for members in _members(weak_components(outgoing)):
        index = {member: number for number, member in enumerate(members)}
        weights = [{index[neighbor]: 1 for neighbor in neighbors[member]} for member in members]
        for member, group in zip(members, _best_partition(weights, resolution, seed), strict=True):
            found[member] = members[group]
    labels = np.array(found)
    sources, targets = outgoing.links()
    inside = labels[sources] == labels[targets]
    return connected(sources[inside], targets[inside], len(outgoing))


def modularity(
    outgoing: Adjacency, incoming: Adjacency, labels: NDArray[np.int32], resolution: float = 1.0
) -> float:
    """The share of links inside groups, less what links drawn at random would have.

    The sum over all groups of L / m - resolution (K / 2 m)^2, where the whole graph without directions has m
    links, and the group's articles have L among themselves and K ends (Newman and Girvan, 2004).

    Parameters
    ----------
    outgoing, incoming
        The links.
    labels
        Shape (n,): each article's group.
    resolution
        As for `communities`.

    Returns
    -------
    float
        Below 1; 0 for no links (``networkx.community.modularity`` of ``G.to_undirected()``).
    """
    links = undirected(outgoing, incoming)
    ends = len(links.neighbors)
    if not ends:
        return 0.0
    sources, targets = links.links()
    inside = np.count_nonzero(labels[sources] == labels[targets])
    shares = np.bincount(labels, degrees(links)) / ends
    return float(inside / ends - resolution * (shares @ shares))


def most_central(labels: Labels, scores: NDArray[np.float64]) -> Labels:
    """The article of each group with the highest score, ties by position (that is, by url).

    Parameters
    ----------
    labels
        Shape (n,): each article's group.
    scores
        Shape (n,).

    Returns
    -------
    ndarray
        Shape (n,): for each article the position of the most central one of its group.
    """
    order = np.lexsort((np.arange(len(labels)), -scores, labels))
    _, first, inverse = np.unique(labels[order], return_index=True, return_inverse=True)
    central = np.empty_like(labels)
    central[order] = order[first][inverse]
    return central


def _members(labels: Labels) -> list[list[int]]:
    """The members of every group of two articles or more."""
    groups: dict[int, list[int]] = {}
    for position, label in enumerate(labels.tolist()):
        groups.setdefault(label, []).append(position)
    return [members for members in groups.values() if len(members) > 1]


def _best_partition(weights: _Weights, resolution: float, seed: int) -> list[int]:
    chance = random.Random(seed)  # noqa: S311 - nothing is secret here
    ends = [len(row) for row in weights]
    factor = resolution / sum(ends)
    best = [0] * len(weights)
    least = highest = _modularity(weights, best, resolution) + _WORTH_IT * resolution
    for _ in range(_TRIES):
        groups = _partition(weights, ends, factor, chance)
        quality = _modularity(weights, groups, resolution)
        if quality < least - _HOPELESS:
            break  # most components: there is nothing to split
        if quality > highest:
            best, highest = groups, quality
    return best


def _partition(weights: _Weights, ends: list[int], factor: float, chance: random.Random) -> list[int]:
    """Move nodes between groups, split the smaller graph whose nodes are the groups, and move nodes again."""
    groups = _moved(weights, ends, list(range(len(weights))), factor, chance)
    names: dict[int, int] = {}
    groups = [names.setdefault(group, len(names)) for group in groups]
    if len(names) == len(weights):
        return groups
    above = _partition(*_merged(weights, ends, groups, len(names)), factor, chance)
    return _moved(weights, ends, [above[group] for group in groups], factor, chance)


def _moved(
    weights: _Weights, ends: list[int], groups: list[int], factor: float, chance: random.Random
) -> list[int]:
    """Move each node to the neighboring group where modularity is highest, until none gains by moving.

    Parameters
    ----------
    weights, ends
        For each node: the links to each other node, and how many ends of links it has.
    groups
        For each node its group, below the number of nodes; changed in place.
    factor
        The resolution divided by the ends of all links.
    chance
        Decides in which order nodes are looked at first.

    Returns
    -------
    list
        `groups`.
    """
    total = [0] * len(weights)
    for node, group in enumerate(groups):
        total[group] += ends[node]
    queue = deque(sorted(range(len(weights)), key=lambda _: chance.random()))
    waiting = [True] * len(weights)
    while queue:
        node = queue.popleft()
        waiting[node] = False
        joined = {groups[node]: 0}
        for other, weight in weights[node].items():
            group = groups[other]
            joined[group] = joined.get(group, 0) + weight
        cost = factor * ends[node]
        total[groups[node]] -= ends[node]
        best, most = groups[node], joined[groups[node]] - cost * total[groups[node]]
        for group, weight in joined.items():
            gain = weight - cost * total[group]
            if gain > most + 1e-9:  # rounding is no gain: it could go round in circles
                best, most = group, gain
        total[best] += ends[node]
        if best != groups[node]:
            groups[node] = best
            for other in weights[node]:
                if groups[other] != best and not waiting[other]:
                    waiting[other] = True
                    queue.append(other)
    return groups


def _merged(weights: _Weights, ends: list[int], groups: list[int], count: int) -> tuple[_Weights, list[int]]:
    """The graph whose nodes are the groups."""
    rows: _Weights = [{} for _ in range(count)]
    sums = [0] * count
    for node, group in enumerate(groups):
        sums[group] += ends[node]
        row = rows[group]
        for other, weight in weights[node].items():
            if groups[other] != group:
                row[groups[other]] = row.get(groups[other], 0) + weight
    return rows, sums


def _modularity(weights: _Weights, groups: list[int], resolution: float) -> float:
    ends = sum(map(len, weights))
    sums = [0] * len(weights)
    inside = 0
    for node, row in enumerate(weights):
        sums[groups[node]] += len(row)
        inside += sum(groups[other] == groups[node] for other in row)
    return inside / ends - resolution * sum(size * size for size in sums) / ends**2
