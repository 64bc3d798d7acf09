"""Which articles are alike by their links alone."""

from __future__ import annotations

import enum
import heapq
import math
from collections import Counter
from itertools import chain

from .columns import Adjacency
from .traversal import Direction, neighbors, require_position


class SimilarityMeasure(enum.Enum):
    """What makes two articles alike."""

    CO_CITATION = "CO_CITATION"
    JACCARD = "JACCARD"
    ADAMIC_ADAR = "ADAMIC_ADAR"


def similar(
    outgoing: Adjacency, incoming: Adjacency, position: int, measure: SimilarityMeasure, first: int
) -> list[tuple[int, float]]:
    """The articles most like one.

    Parameters
    ----------
    outgoing, incoming
        The links.
    position
        The article.
    measure
        CO_CITATION: how many articles link to both (Small 1973, "Co-citation in the scientific literature").

        The others take links as going both ways, a pair of links between two articles as one:

        JACCARD: the share of the neighbors of either that are neighbors of both, from 0 to 1
        (``networkx.jaccard_coefficient``).

        ADAMIC_ADAR: the sum of 1 / ln(degree) over the neighbors of both, so that a neighbor counts for more
        the fewer it has itself (Adamic and Adar 2003, "Friends and neighbors on the Web";
        ``networkx.adamic_adar_index``).
    first
        How many at most.

    Returns
    -------
    list
        Position and score, highest score first, ties by url; only scores above 0. An article that is linked
        with this one already is among them where it shares neighbors too; the article itself never is.

    Raises
    ------
    ValueError
        Where `position` is no article's or `first` is negative.
    """
    require_position("position", position, outgoing)
    if first < 0:
        raise ValueError(f"first must not be negative, got {first}")
    scores = _SCORES[measure](outgoing, incoming, position)
    return heapq.nsmallest(first, scores.items(), key=lambda scored: (-scored[1], scored[0]))


def _co_citation(outgoing: Adjacency, incoming: Adjacency, position: int) -> dict[int, float]:
    counts = Counter(chain.from_iterable(outgoing[citing] for citing in incoming[position]))
    del counts[position]
    return {other: float(count) for other, count in counts.items()}


def _jaccard(outgoing: Adjacency, incoming: Adjacency, position: int) -> dict[int, float]:
    between = _around(outgoing, incoming, position)
    shared = Counter(chain.from_iterable(_around(outgoing, incoming, p) for p in between))
    del shared[position]
    scores = {}
    for other, count in shared.items():
        either = len(between) + len(_around(outgoing, incoming, other)) - count
        scores[other] = count / either
    return scores


def _adamic_adar(outgoing: Adjacency, incoming: Adjacency, position: int) -> dict[int, float]:
    around = [_around(outgoing, incoming, p) for p in _around(outgoing, incoming, position)]
    scores: dict[int, float] = {}
    # By degree: the same terms in another order can give another last bit, and ties would not be ties.
    for beside in sorted(around, key=len):
        for other in beside:
            if other != position:
                scores[other] = scores.get(other, 0.0) + 1 / math.log(len(beside))
    return scores


def _around(outgoing: Adjacency, incoming: Adjacency, position: int) -> list[int]:
    return neighbors(outgoing, incoming, position, Direction.BOTH)


_SCORES = {
    SimilarityMeasure.CO_CITATION: _co_citation,
    SimilarityMeasure.JACCARD: _jaccard,
    SimilarityMeasure.ADAMIC_ADAR: _adamic_adar,
}
