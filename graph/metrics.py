"""Measures of a graph, as functions over its links. Each says what NetworkX calls it."""

from __future__ import annotations

from array import array

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .columns import Adjacency, view


def orphans(incoming: Adjacency) -> array[int]:
    """Positions of the articles that no article links to, ascending."""
    return _without_neighbors(incoming)


def dead_ends(outgoing: Adjacency) -> array[int]:
    """Positions of the articles that link to no article, ascending."""
    return _without_neighbors(outgoing)


def isolated(outgoing: Adjacency, incoming: Adjacency) -> array[int]:
    """Positions of the articles with no link in either direction, ascending (``networkx.isolates``)."""
    return _as_array(np.flatnonzero(degrees(outgoing, incoming) == 0))


def density(articles: int, links: int) -> float:
    """Links as a share of all that could be: m / (n (n - 1)), 0 below two articles (``networkx.density``)."""
    return links / (articles * (articles - 1)) if articles > 1 else 0.0


def average_degree(articles: int, links: int) -> float:
    """Mean number of links of an article, in and out: 2 m / n; 0 for no articles."""
    return 2 * links / articles if articles else 0.0


def reciprocity(outgoing: Adjacency) -> float:
    """Share of the links whose reverse is a link too (``networkx.overall_reciprocity``); 0 without links."""
    if not outgoing.neighbors:
        return 0.0
    sources, targets = (ends.astype(np.int64) for ends in outgoing.links())
    count = len(outgoing)
    return float(np.isin(sources * count + targets, targets * count + sources).mean())


def degrees(*directions: Adjacency) -> NDArray[np.int64]:
    """Count the links of each article.

    Parameters
    ----------
    directions
        Which links: incoming, outgoing, or both. Two articles that link to each other have two links.

    Returns
    -------
    ndarray
        Shape (n,): how many links each article has.
    """
    counts = np.zeros(len(directions[0]), dtype=np.int64)
    for links in directions:
        counts += np.diff(links.offsets)
    return counts


def degree_distribution(*directions: Adjacency) -> list[tuple[int, int]]:
    """Count the articles of each degree.

    Parameters
    ----------
    directions
        Which links count: incoming, outgoing, or both.

    Returns
    -------
    list
        Each degree that an article has, ascending, and how many have it (``networkx.degree_histogram``
        without its zeros).
    """
    values, counts = np.unique(degrees(*directions), return_counts=True)
    return list(zip(values.tolist(), counts.tolist(), strict=True))


def undirected(outgoing: Adjacency, incoming: Adjacency) -> Adjacency:
    """The graph without directions: each article's neighbors, once each, in order of position."""
    count = len(outgoing)
    sources, targets = (np.concatenate(ends) for ends in zip(outgoing.links(), incoming.links(), strict=True))
    pairs = np.sort(sources * np.int64(count) + targets)
    pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    offsets = np.searchsorted(pairs, np.arange(count + 1) * np.int64(count))
    return Adjacency(view(offsets.astype(np.int32)), view((pairs % max(count, 1)).astype(np.int32)))


def _as_array(values: NDArray[np.int64]) -> array[int]:
    return array("i", values.astype(np.int32).tobytes())


def clustering(outgoing: Adjacency, incoming: Adjacency) -> NDArray[np.float64]:
    """The share of each article's pairs of neighbors that are neighbors, directions ignored.

    Parameters
    ----------
    outgoing, incoming
        The links.

    Returns
    -------
    ndarray
        Shape (n,), from 0 to 1; 0 below two neighbors (``networkx.clustering(G.to_undirected())``).
    """
    links = undirected(outgoing, incoming)
    neighbors = [set(links[position]) for position in range(len(links))]
    closed = [sum(len(near & neighbors[other]) for other in near) for near in neighbors]
    pairs = degrees(links) * (degrees(links) - 1)
    return np.divide(closed, np.where(pairs, pairs, 1))


def clustering_coefficient(outgoing: Adjacency, incoming: Adjacency) -> float:
    """The mean of `clustering` over all articles, 0 for none (``networkx.average_clustering``)."""
    return float(clustering(outgoing, incoming).mean()) if len(outgoing) else 0.0


def highest(scores: ArrayLike, among: ArrayLike, count: int) -> list[int]:
    """Positions with the highest scores, ties in order of position (that is, of url).

    Parameters
    ----------
    scores
        One per article, by position.
    among
        The positions to choose from.
    count
        How many at most.

    Returns
    -------
    list
        At most `count` positions, highest score first.
    """
    positions = np.sort(np.asarray(among, np.int64))
    best = np.argsort(-np.asarray(scores)[positions], kind="stable")[:count]
    found: list[int] = positions[best].tolist()
    return found


def _without_neighbors(links: Adjacency) -> array[int]:
    return _as_array(np.flatnonzero(degrees(links) == 0))
