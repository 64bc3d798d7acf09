"""Recommends what is near in a space of texts and links, learned from the library alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from .factoring import Vectors, agreeing_directions, hashed_texts, summed, unit
from .one_thread import one_thread
from .rows import Integers, Rows
from .strategy import NOTHING, Evidence, Ranking, Strategy, best
from .training import Arrays, TrainingGraph

_LENGTH = 4000
"""Of a vector. Its coordinates are whole numbers, so products of vectors no longer than 4096 are whole and at
most 2 ** 24, and so are all partial sums. Single precision holds these exactly: the order of summing, which
depends on the number of cores, changes nothing."""
_WIDEST = 128
"""How many directions, the widest, choose the candidates; all directions rank them."""
_CANDIDATES = 512
_AT_ONCE = 128


@dataclass
class Embedding(Strategy):
    """The items whose vectors point the same way.

    An item's vector begins as its text: words by rarity, hashed to `features`, then seen along the
    `dimensions` directions in which linked items agree (`agreeing_directions`). To it are added the vectors
    of the items one and two links away, links taken as going both ways: with the adjacency matrix A, the
    degrees on the diagonal of D and P = D^(-1/2) A D^(-1/2), X becomes X + links · (P X + P² X). So an item
    without links stays where its text is, and a group of linked items moves together. Spreading vectors over
    a graph is from ProNE (J. Zhang et al., "ProNE: Fast and scalable network representation learning", 2019).

    Parameters
    ----------
    dimensions
        Of a vector, from 1; at most `features` and 4096.
    features
        How many features words are hashed to, from 1.
    ridge
        Above 0: how much linked items are taken to differ in every direction, as a part of the mean spread.
    links
        0 or above: how much neighbors count; 0 leaves texts, seen along what is learned from links.
    seed
        Of the hashing, from 0.
    """

    name: ClassVar[str] = "embedding"
    description: ClassVar[str] = "What is near in a space that is learned from the library's texts and links."
    evidence: ClassVar[tuple[Evidence, ...]] = (Evidence.TEXT, Evidence.LINKS)

    dimensions: int = 512
    features: int = 1024
    ridge: float = 0.15
    links: float = 1.5
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("dimensions", 1), ("features", 1), ("seed", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < least:
                raise ValueError(f"{name} must be a whole number from {least}, got {value!r}")
        if self.dimensions > min(self.features, 4096):
            raise ValueError(f"dimensions must be at most features and 4096, got {self.dimensions!r}")
        if not (_is_number(self.ridge) and 0 < self.ridge < np.inf):
            raise ValueError(f"ridge must be a number above 0, got {self.ridge!r}")
        if not (_is_number(self.links) and 0 <= self.links < np.inf):
            raise ValueError(f"links must be a number from 0, got {self.links!r}")

    def fit(self, graph: TrainingGraph) -> None:
        """Learn the vectors, or open those that an earlier start learned."""
        parameters = (self.dimensions, self.features, self.ridge, self.links, self.seed)
        name = "-".join(["embedding", *map(str, parameters)])
        kept = graph.kept(name, lambda: self._learned(graph))
        self._wide: Vectors = kept["wide"]
        self._narrow: Vectors = kept["narrow"]
        self._items = np.arange(len(graph), dtype=np.int32)

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        """Recommend items for one item, see `Strategy`."""
        return self._nearest(item, self._wide @ self._wide[item], k, exclude)

    def recommend_all(self, items: Integers, k: int, exclude: Sequence[Integers]) -> list[Ranking]:
        """Recommend for many items; the same as `recommend` gives, digit for digit."""
        found: list[Ranking] = []
        for begin in range(0, len(items), _AT_ONCE):
            some = items[begin : begin + _AT_ONCE]
            products = self._wide[some] @ self._wide.T
            for item, row, left in zip(some, products, exclude[begin : begin + _AT_ONCE], strict=True):
                found.append(self._nearest(int(item), row, k, left))
        return found

    def _nearest(self, item: int, products: Vectors, k: int, exclude: Integers) -> Ranking:
        """The nearest of those that are near by the widest directions alone."""
        near = best(self._items, products, max(k, _CANDIDATES), exclude).items
        products = products[near] + self._narrow[near] @ self._narrow[item]
        found = best(near, products, k, NOTHING.items)
        return Ranking(found.items, found.scores / _LENGTH**2)

    def _learned(self, graph: TrainingGraph) -> Arrays:
        texts = hashed_texts(graph.stems, self.features, self.seed)
        with one_thread():
            places = texts @ agreeing_directions(texts, graph.neighbors, self.dimensions, self.ridge)
        vectors = np.rint(_spread(unit(places), graph.neighbors, self.links) * _LENGTH)
        return {"wide": vectors[:, :_WIDEST].copy(), "narrow": vectors[:, _WIDEST:].copy()}


def _spread(vectors: Vectors, neighbors: Rows, weight: float) -> Vectors:
    """Add to each vector those around it; rows of length 1, or 0."""
    scale = (1 / np.sqrt(np.maximum(neighbors.sizes, 1))).astype(np.float32)[:, None]
    near = scale * summed(neighbors, scale * vectors)
    far = scale * summed(neighbors, scale * near)
    return unit(vectors + np.float32(weight) * (near + far))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
