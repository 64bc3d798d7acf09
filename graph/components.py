"""Which articles hang together, and in what order groups of articles are listed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from .columns import Adjacency

Labels = NDArray[np.int32]
"""One per article: the smallest position in its group."""


def weak_components(outgoing: Adjacency) -> Labels:
    """Label the components of the graph without directions.

    Parameters
    ----------
    outgoing
        The links.

    Returns
    -------
    ndarray
        Shape (n,): for each article the smallest position in its component
        (``networkx.weakly_connected_components``).
    """
    return connected(*outgoing.links(), len(outgoing))


def connected(sources: NDArray[np.int32], targets: NDArray[np.int32], count: int) -> Labels:
    """Label what links connect, whatever their direction.

    Each round hangs every group below the smallest group that a link joins it to, as in the algorithm of
    Shiloach and Vishkin (1982), until no link joins two groups.

    Parameters
    ----------
    sources, targets
        Shape (m,): the ends of the links, as positions.
    count
        How many articles there are.

    Returns
    -------
    ndarray
        Shape (n,): for each article the smallest position in its group.
    """
    labels = np.arange(count, dtype=np.int32)
    while True:
        one, other = labels[sources], labels[targets]
        joins = one != other
        if not joins.any():
            return labels
        np.minimum.at(labels, np.maximum(one, other)[joins], np.minimum(one, other)[joins])
        while not np.array_equal(labels, higher := labels[labels]):
            labels = higher


def strong_components(outgoing: Adjacency, incoming: Adjacency) -> Labels:
    """Label the sets of articles that all lead to each other.

    Articles are taken in the reverse order of leaving them, depth first, along the links; whatever leads to
    one of them against the links and has no label yet is in its component (Kosaraju and Sharir, 1981).

    Parameters
    ----------
    outgoing, incoming
        The links.

    Returns
    -------
    ndarray
        Shape (n,): for each article the smallest position in its component
        (``networkx.strongly_connected_components``).
    """
    order = list(_left_last(outgoing))
    labels = np.full(len(outgoing), -1, dtype=np.int32)
    seen = bytearray(len(outgoing))
    for start in reversed(order):
        if seen[start]:
            continue
        seen[start] = True
        members = [start]
        for position in members:
            for neighbor in incoming[position]:
                if not seen[neighbor]:
                    seen[neighbor] = True
                    members.append(neighbor)
        labels[members] = min(members)
    return labels


def _left_last(links: Adjacency) -> Iterator[int]:
    """Every position, in the order in which a depth-first walk leaves them."""
    seen = bytearray(len(links))
    for start in range(len(links)):
        if seen[start]:
            continue
        seen[start] = True
        path = [(start, iter(links[start]))]
        while path:
            position, neighbors = path[-1]
            for neighbor in neighbors:
                if not seen[neighbor]:
                    seen[neighbor] = True
                    path.append((neighbor, iter(links[neighbor])))
                    break
            else:
                path.pop()
                yield position


def largest_first(labels: Labels) -> tuple[Labels, NDArray[np.int64]]:
    """List groups: components or communities.

    Parameters
    ----------
    labels
        Shape (n,): each article's group.

    Returns
    -------
    tuple
        The groups' labels and how many articles each has; largest first, ties by label.
    """
    names, sizes = np.unique(labels, return_counts=True)
    order = np.lexsort((names, -sizes))
    return names[order], sizes[order]
