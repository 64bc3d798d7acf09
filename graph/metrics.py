"""Measures of a graph, as functions over its links. Each says what NetworkX calls it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence

from .columns import Adjacency


def orphans(incoming: Adjacency) -> array[int]:
    """Positions of the articles that no article links to, ascending."""
    return _without_neighbors(incoming)


def dead_ends(outgoing: Adjacency) -> array[int]:
    """Positions of the articles that link to no article, ascending."""
    return _without_neighbors(outgoing)


def isolated(outgoing: Adjacency, incoming: Adjacency) -> array[int]:
    """Positions of the articles with no link in either direction, ascending (``networkx.isolates``)."""
    return array("i", (p for p in orphans(incoming) if not outgoing.degree(p)))


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
    count = len(outgoing)
    links = {source * count + target for source in range(count) for target in outgoing[source]}
    mutual = sum(
        target * count + source in links for source, target in (divmod(link, count) for link in links)
    )
    return mutual / len(links)


def highest(scores: Sequence[float], among: Sequence[int], count: int) -> list[int]:
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
    return sorted(among, key=lambda position: (-scores[position], position))[:count]


def _without_neighbors(links: Adjacency) -> array[int]:
    return array("i", (position for position in range(len(links)) if not links.degree(position)))
