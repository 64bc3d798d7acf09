"""Vectors for texts: hashed words, then the directions in which linked items agree."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from .rows import Rows, offsets_of
from .training import Stems

Vectors = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]

_TITLE_COUNTS = 2
"""How often a title's words are counted."""
_HASHES = 4
"""How many features a stem adds to or takes from."""
_ITEMS_AT_ONCE = 2048


def hashed_texts(stems: Stems, features: int, seed: int) -> Vectors:
    """The items' words, weighted by how rare they are, each spread over a few random features.

    A stem weighs (1 + ln(times in the item)) · ln(items / items that have it); one that a single item has
    tells nothing of others. It is added with a random sign to each of 4 features, which hardly changes the
    angles between texts (D. Kane and J. Nelson, "Sparser Johnson-Lindenstrauss transforms", 2014).

    Parameters
    ----------
    stems
        The texts of n items.
    features
        How many features there are.
    seed
        Of what is random.

    Returns
    -------
    ndarray
        Shape (n, features); rows of length 1, or 0 where nothing is said that others say.
    """
    n = len(stems.title)
    words, weights = _weighted(stems, n)
    random = np.random.default_rng(seed)
    feature = random.integers(0, features, (stems.count, _HASHES))
    sign = random.choice(np.array([-1.0, 1.0], np.float32), (stems.count, _HASHES))
    vectors = np.zeros((n, features), np.float32)
    for begin in range(0, n, _ITEMS_AT_ONCE):
        rows = np.arange(begin, min(begin + _ITEMS_AT_ONCE, n))
        places, sizes = words.places(rows)
        found = words.values[places]
        cells = np.repeat((rows - begin) * features, sizes)[:, None] + feature[found]
        added = weights[places][:, None] * sign[found]
        sums = np.bincount(cells.ravel(), added.ravel(), len(rows) * features)
        vectors[rows] = sums.reshape(len(rows), features)
    return unit(vectors)


def _weighted(stems: Stems, n: int) -> tuple[Rows, Vectors]:
    """The different stems of each item, and the weight of each."""
    fields = (*[stems.title] * _TITLE_COUNTS, stems.keywords, stems.answer)
    keys = np.concatenate([field.owners().astype(np.int64) * stems.count + field.values for field in fields])
    keys.sort()
    begins = np.flatnonzero(np.diff(keys, prepend=-1))
    item, stem = np.divmod(keys[begins], stems.count)
    times = np.diff(begins, append=len(keys))
    having = np.bincount(stem, minlength=stems.count)
    tells = (stem > 0) & (having[stem] > 1)
    item, stem, times = item[tells], stem[tells], times[tells]
    weights = (1 + np.log(times)) * np.log(n / having[stem])
    return Rows(offsets_of(np.bincount(item, minlength=n)), stem.astype(np.int32)), weights.astype(np.float32)


def agreeing_directions(vectors: Vectors, neighbors: Rows, count: int, ridge: float) -> Vectors:
    """The directions in which linked items differ least, compared with all items.

    This is linear discriminant analysis (R. Fisher, "The use of multiple measurements in taxonomic problems",
    1936) with links in the place of classes: the differences between linked items are made equally large in
    all directions, and of the directions in which the items then spread, the widest are taken.

    Parameters
    ----------
    vectors
        Shape (n, d).
    neighbors
        The items that each item links to or is linked from.
    count
        How many directions are wanted, at most d.
    ridge
        How much difference is assumed in every direction, as a part of the items' mean spread; above 0.
        Without links this is all, and the directions are those of principal component analysis.

    Returns
    -------
    ndarray
        Shape (d, count), the widest first: ``vectors @ directions`` are the items' places.
    """
    n, d = vectors.shape
    links = max(len(neighbors.values), 1)
    spread = _products(vectors, vectors) / max(n, 1)
    linked = _products(
        vectors, neighbors.sizes[:, None].astype(np.float32) * vectors - summed(neighbors, vectors)
    )
    assumed = max(ridge * float(np.trace(spread)) / d, np.finfo(np.float32).tiny)
    differences = (linked + linked.T) / links + assumed * np.eye(d)
    even = np.linalg.inv(np.linalg.cholesky(differences)).T
    _, widest = np.linalg.eigh(even.T @ spread @ even)
    return np.asarray(even @ widest[:, ::-1][:, :count], np.float32)


def summed(rows: Rows, vectors: Vectors) -> Vectors:
    """For each row the sum of the vectors that it names; shape (rows, d)."""
    sums = np.zeros((len(rows), vectors.shape[1]), np.float32)
    for begin in range(0, len(rows), _ITEMS_AT_ONCE):
        some = np.arange(begin, min(begin + _ITEMS_AT_ONCE, len(rows)))
        some = some[rows.sizes[some] > 0]
        if len(some):
            places, sizes = rows.places(some)
            sums[some] = np.add.reduceat(vectors[rows.values[places]], np.cumsum(sizes) - sizes, axis=0)
    return sums


def unit(vectors: npt.NDArray[np.floating[Any]]) -> Vectors:
    """Rows of length 1, or 0 where they are 0."""
    lengths = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))
    return np.asarray(vectors / np.maximum(lengths, np.finfo(np.float32).tiny)[:, None], np.float32)


def _products(left: Vectors, right: Vectors) -> Matrix:
    return (left.T @ right).astype(np.float64)
