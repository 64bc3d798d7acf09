"""How central each article is. Scores are as NetworkX gives them where it is run to convergence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .columns import Adjacency
from .components import weak_components
from .metrics import degrees, undirected

Scores = NDArray[np.float64]
Positions = NDArray[np.integer]

DAMPING = 0.85
"""PageRank: the share of readers who follow a link, where there is one."""

PIVOTS = 2_000
"""Betweenness: how many articles of one component shortest paths are counted from."""

_SIGNIFICANT = 2.0**40
"""Scores keep 40 bits, 12 digits: articles in equal places have equal scores, on any machine the same."""

_UNCHANGED = 1e-12
"""PageRank: the mean change of a score below which scores are passed on no more."""

_NOTHING = 1e-12
"""HITS: the share of the highest score below which a score is rounding."""

_STEPS = 24
"""HITS: how many vectors the Lanczos method keeps."""

_RESTARTS = 400
"""HITS: how often it begins again."""

_CELLS = 1 << 17
"""Betweenness: how many pairs of a source and an article are worked on at a time; a few MB."""


def pagerank(outgoing: Adjacency) -> Scores:
    """The chance of finding a reader at each article who follows links and sometimes starts anew anywhere.

    The reader follows a random link with probability 0.85; else, or where there is no link, goes to any
    article at random (Page, Brin, Motwani and Winograd, 1999). Scores are passed on until their mean change
    is below 1e-12, as NetworkX does with ``tol=1e-12``; of 36,000 articles a few have a score that is then
    still wrong by 1.6 millionths of itself.

    Parameters
    ----------
    outgoing
        The links.

    Returns
    -------
    ndarray
        Shape (n,), summing to 1 (``networkx.pagerank(G, tol=1e-12)``).
    """
    count = len(outgoing)
    sources, targets = outgoing.links()
    links = degrees(outgoing)
    scores, change = np.full(count, 1 / max(count, 1)), 1.0
    while change > _UNCHANGED * count:
        passed = DAMPING * scores / np.maximum(links, 1)
        anew = 1 - DAMPING + DAMPING * scores[links == 0].sum()
        before, scores = scores, anew / max(count, 1) + _sums(targets, passed[sources], count)
        change = float(np.abs(scores - before).sum())
    return _rounded(scores)


def hits(outgoing: Adjacency) -> tuple[Scores, Scores]:
    """Hubs link to good authorities; good hubs link to authorities.

    The scores that repeated passing back and forth along the links tends to when every article starts equal
    (Kleinberg, 1999): the eigenvector of the largest eigenvalue. It lives on the most densely linked part of
    the graph alone; in all others every score is 0. Where several parts share the largest eigenvalue, each
    keeps what it had of the equal start.

    Parameters
    ----------
    outgoing
        The links.

    Returns
    -------
    tuple
        Hubs and authorities, each of shape (n,) and summing to 1; all 0 where there are no links
        (``networkx.hits``, which is undefined where several parts share the largest eigenvalue).
    """
    count = len(outgoing)
    sources, targets = outgoing.links()
    if not len(sources):
        return np.zeros(count), np.zeros(count)

    def hubs_of(authorities: Scores) -> Scores:
        return _sums(sources, authorities[targets], count)

    def passed_on(authorities: Scores) -> Scores:
        return _sums(targets, hubs_of(authorities)[sources], count)

    authorities = _dominant(passed_on, np.ones(count))
    authorities[authorities < _NOTHING * authorities.max()] = 0
    hubs = hubs_of(authorities)
    return _rounded(hubs / hubs.sum()), _rounded(authorities / authorities.sum())


def _dominant(multiply: Callable[[Scores], Scores], start: Scores) -> Scores:
    """The direction of `start`'s part in the eigenspace of the largest eigenvalue.

    By the Lanczos method, restarted from its best vector: repeated multiplication alone takes a million
    steps on a chain of a thousand articles.

    Parameters
    ----------
    multiply
        A symmetric matrix without negative values, as a function.
    start
        Shape (n,), without negative values.

    Returns
    -------
    ndarray
        Shape (n,), of length 1. Its error is 1e-14 divided by the relative distance of the next eigenvalue,
        or what 400 restarts of 24 steps reach.
    """
    best = start
    for _ in range(_RESTARTS):
        basis = np.zeros((_STEPS + 1, len(start)))
        matrix = np.zeros((_STEPS + 1, _STEPS + 1))
        basis[0] = best / np.linalg.norm(best)
        for step in range(_STEPS):
            following = multiply(basis[step])
            scale = np.linalg.norm(following)
            for _ in range(2):  # once leaves rounding errors that grow
                parts = basis[: step + 1] @ following
                matrix[: step + 1, step] += parts
                following -= parts @ basis[: step + 1]
            length = np.linalg.norm(following)
            size = step + 1
            weights = np.linalg.eigh(matrix[:size, :size], UPLO="U")[1][:, -1]
            if length * abs(weights[-1]) <= 1e-14 * scale:
                return np.abs(weights @ basis[:size])
            basis[size] = following / length
        best = np.abs(weights @ basis[:_STEPS])
    return best


def betweenness(outgoing: Adjacency, pivots: int = PIVOTS) -> Scores:
    """The share of shortest paths between other articles that lead through each.

    Counted as Brandes does ("A faster algorithm for betweenness centrality", 2001), a level of many
    breadth-first searches at a time. Exact in every weak component of at most `pivots` articles. In a larger
    one, paths are counted from `pivots` of its articles, drawn at random with a fixed seed, and scaled up
    (Brandes and Pich, "Centrality estimation in large networks", 2007). Then, with s the articles of the
    component and n all articles, all its scores are with 99% probability within
    sqrt(ln(200 s) / (2 (pivots - 1))) (s - 1) (s - 2) / ((n - 1) (n - 2)) of the exact ones (Hoeffding's
    inequality); for s = n = 10,000 and 2,000 pivots that is 0.06, and usually they are much closer.

    Parameters
    ----------
    outgoing
        The links.
    pivots
        From how many articles of one component at most, at least 2.

    Returns
    -------
    ndarray
        Shape (n,), from 0 to 1: the share of all (n - 1) (n - 2) pairs
        (``networkx.betweenness_centrality`` of the directed graph).
    """
    count = len(outgoing)
    if count < 3:
        return np.zeros(count)
    grouped = _grouped(outgoing)
    chance = np.random.Generator(np.random.PCG64(0))
    chosen = np.ones(count, dtype=bool)
    for start in np.unique(grouped.start[grouped.size > pivots]):
        size = grouped.size[start]
        chosen[start : start + size] = np.isin(np.arange(size), chance.choice(size, pivots, replace=False))
    totals = np.zeros(count)
    for sources in _batches(np.flatnonzero(chosen), grouped.size):
        _add_dependencies(totals, grouped, sources)
    others = np.bincount(grouped.start, chosen, count)[grouped.start] - chosen  # sources beside the article
    scores = np.zeros(count)
    scores[grouped.position] = totals * (grouped.size - 1) / others.clip(1)
    return _rounded(scores / ((count - 1) * (count - 2)))


class _Grouped(NamedTuple):
    """Links with the articles renumbered, those of one weak component side by side."""

    position: Positions
    start: Positions
    size: Positions
    offsets: Positions
    degree: Positions
    neighbors: Positions


def _grouped(outgoing: Adjacency) -> _Grouped:
    labels = weak_components(outgoing)
    order = np.argsort(labels, kind="stable")
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    sources, targets = (place[ends] for ends in outgoing.links())
    counts = np.bincount(sources, minlength=len(order))
    return _Grouped(
        position=order,
        start=place[labels[order]],  # a label is its component's first position
        size=np.bincount(labels)[labels[order]],
        offsets=np.cumsum(counts) - counts,
        degree=counts,
        neighbors=targets[np.argsort(sources, kind="stable")],
    )


def _batches(sources: Positions, sizes: Positions) -> Iterator[Positions]:
    ends = np.cumsum(sizes[sources])
    first = 0
    while first < len(sources):
        done = ends[first - 1] if first else 0
        last = max(int(np.searchsorted(ends, done + _CELLS, side="right")), first + 1)
        yield sources[first:last]
        first = last


def _add_dependencies(totals: Scores, graph: _Grouped, sources: Positions) -> None:
    """Add to each article's total its share of the shortest paths from each source to each other article.

    A *cell* is a source and an article of its component; a level holds the cells at one distance from their
    sources.
    """
    sizes = graph.size[sources]
    shifts = np.cumsum(sizes) - sizes - graph.start[sources]  # an article's cell is itself and this
    place = np.full(int(sizes.sum()), -1)
    place[sources + shifts] = 0
    nodes, paths = sources, np.ones(len(sources))
    levels: list[tuple[Positions, Scores, Positions, Positions]] = []
    while len(nodes):
        parents, neighbors = _rows(graph, nodes)
        cells = neighbors + shifts[parents]
        unseen = place[cells] < 0
        parents, neighbors, cells = parents[unseen], neighbors[unseen], cells[unseen]
        order = np.arange(len(cells))
        place[cells] = order
        once = place[cells] == order  # of the links to one cell, the one that was written last
        place[cells[once]] = np.arange(np.count_nonzero(once))
        children = place[cells]
        levels.append((nodes, paths, parents, children))
        nodes, shifts = neighbors[once], shifts[parents[once]]
        paths = _sums(children, paths[parents], len(nodes))
    beyond = np.zeros(0)  # (1 + dependency) / paths, of the level that lies one further
    for nodes, paths, parents, children in reversed(levels[1:]):
        dependencies = paths * _sums(parents, beyond[children], len(nodes))
        totals += _sums(nodes, dependencies, len(totals))
        beyond = (1 + dependencies) / paths


def _rows(graph: _Grouped, nodes: Positions) -> tuple[Positions, Positions]:
    """The neighbors of some articles, one row after the other, and which article each belongs to."""
    counts = graph.degree[nodes]
    parents = np.repeat(np.arange(len(nodes)), counts)
    skipped = graph.offsets[nodes] - np.cumsum(counts) + counts
    return parents, graph.neighbors[np.arange(len(parents)) + skipped[parents]]


def core_numbers(outgoing: Adjacency, incoming: Adjacency) -> NDArray[np.int64]:
    """The largest k for which an article is in a part of the graph where each has k neighbors or more.

    Articles are taken away in order of what is left of their neighbors (Batagelj and Zaversnik, 2003).

    Parameters
    ----------
    outgoing, incoming
        The links; directions are ignored, so two articles that link to each other are neighbors once.

    Returns
    -------
    ndarray
        Shape (n,) (``networkx.core_number(G.to_undirected())``).
    """
    neighbors = undirected(outgoing, incoming)
    core = neighbors.degrees().tolist()
    waiting: list[list[int]] = [[] for _ in range(max(core, default=-1) + 1)]
    for position, degree in enumerate(core):
        waiting[degree].append(position)
    for level, positions in enumerate(waiting):
        for position in positions:  # grows as it is read
            if core[position] != level:
                continue  # it was taken away at a lower level
            for neighbor in neighbors[position]:
                if core[neighbor] > level:
                    core[neighbor] -= 1
                    waiting[core[neighbor]].append(neighbor)
    return np.array(core, dtype=np.int64)


def _sums(positions: Positions, values: Scores, count: int) -> Scores:
    """What the values of each position from 0 to `count` add up to."""
    return np.bincount(positions, values, count).astype(np.float64, copy=False)


def _rounded(scores: Scores) -> Scores:
    mantissa, exponent = np.frexp(scores)
    return np.ldexp(np.round(mantissa * _SIGNIFICANT) / _SIGNIFICANT, exponent)
