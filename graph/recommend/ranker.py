"""A small network that ranks candidates by their features, learned from lists with known answers."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

_HIDDEN = 32
_NETWORKS = 2
"""Trained from different beginnings; their scores are added."""
_EPOCHS = 20
_LISTS_A_STEP = 50
_NAMES = ("mean", "deviation", "inner", "bias", "outer", "linear")
_RATE = 3e-3
_DECAY = 1e-4


class Ranker:
    """Scores candidates by their features.

    The score is linear in the features plus one hidden layer of tanh, trained by Adam (D. Kingma and J. Ba,
    2015) on the cross entropy of a softmax over each list (ListNet: Z. Cao et al., "Learning to Rank: From
    Pairwise Approach to Listwise Approach", 2007).

    Parameters
    ----------
    arrays
        What `train` made, perhaps among others.
    """

    def __init__(self, arrays: Mapping[str, npt.NDArray[Any]]) -> None:
        self._arrays = {name: arrays[name].astype(np.float64) for name in _NAMES}

    def score(self, features: npt.NDArray[np.floating[Any]]) -> npt.NDArray[np.float64]:
        """The scores of candidates, to single precision; features of shape (m, d) give shape (m,)."""
        a = self._arrays
        scaled = (features - a["mean"]) / a["deviation"]
        scores = np.zeros(len(features))
        for n in range(_NETWORKS):
            hidden = np.tanh(scaled @ a["inner"][n] + a["bias"][n])
            scores += hidden @ a["outer"][n] + scaled @ a["linear"][n]
        # the last digits of a product depend on the number of threads: they must decide nothing
        return (scores / _NETWORKS).astype(np.float32).astype(np.float64)


def train(features: Floats, answers: npt.NDArray[np.bool_], seed: int) -> dict[str, npt.NDArray[Any]]:
    """Learn to rank.

    Parameters
    ----------
    features
        Shape (lists, candidates, d).
    answers
        Which candidates are right, at least one in each list; shape (lists, candidates).
    seed
        Of the networks' beginnings and of the order of training.

    Returns
    -------
    dict
        What a `Ranker` takes.
    """
    flat = features.reshape(-1, features.shape[2])
    mean, deviation = flat.mean(axis=0, dtype=np.float64), flat.std(axis=0, dtype=np.float64) + 1e-6
    scaled = ((features - mean) / deviation).astype(np.float32)
    wanted = (answers / answers.sum(axis=1, keepdims=True)).astype(np.float32)
    randoms = [np.random.default_rng([seed, n]) for n in range(_NETWORKS)]
    with ThreadPoolExecutor(_NETWORKS) as pool:
        networks = list(pool.map(lambda random: _train_one(scaled, wanted, random), randoms))
    weights = (np.stack(parts) for parts in zip(*networks, strict=True))
    return dict(zip(_NAMES, (mean, deviation, *weights), strict=True))


def _train_one(features: Floats, wanted: Floats, random: np.random.Generator) -> list[Floats]:
    d = features.shape[2]
    weights = [
        random.normal(0, d**-0.5, (d, _HIDDEN)).astype(np.float32),
        np.zeros(_HIDDEN, np.float32),
        random.normal(0, 0.1 * _HIDDEN**-0.5, _HIDDEN).astype(np.float32),
        np.zeros(d, np.float32),
    ]
    means = [np.zeros_like(w) for w in weights]
    squares = [np.zeros_like(w) for w in weights]
    batch = min(_LISTS_A_STEP, len(features))
    steps = _EPOCHS * (len(features) // batch)
    step = 0
    for _ in range(_EPOCHS):
        order = random.permutation(len(features))
        for begin in range(0, len(order) - batch + 1, batch):
            step += 1
            chosen = order[begin : begin + batch]
            gradients = _gradients(weights, features[chosen], wanted[chosen])
            rate = _RATE * (1 - 0.9 * step / steps)
            for w, g, m, s in zip(weights, gradients, means, squares, strict=True):
                g += _DECAY * len(features) / 1000 * w
                m += 0.1 * (g - m)
                s += 0.001 * (g * g - s)
                w -= rate * (m / (1 - 0.9**step)) / (np.sqrt(s / (1 - 0.999**step)) + 1e-8)
    return weights


def _gradients(weights: list[Floats], features: Floats, wanted: Floats) -> list[Floats]:
    """The gradient of the mean cross entropy by each of the weights."""
    inner, bias, outer, linear = weights
    lists, candidates, d = features.shape
    flat = features.reshape(-1, d)
    hidden = flat @ inner
    hidden += bias
    np.tanh(hidden, out=hidden)
    scores = (hidden @ outer + flat @ linear).reshape(lists, candidates)
    chances = np.exp(scores - scores.max(axis=1, keepdims=True))
    chances /= chances.sum(axis=1, keepdims=True)
    by_score = ((chances - wanted) / lists).ravel()
    by_hidden = np.square(hidden)  # each array of this size that is saved makes training faster
    np.subtract(1, by_hidden, out=by_hidden)
    by_hidden *= outer
    by_hidden *= by_score[:, None]
    return [flat.T @ by_hidden, by_hidden.sum(axis=0), hidden.T @ by_score, flat.T @ by_score]
