"""How good rankings are: where the hidden targets stand in them, and what else a reader gets."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from itertools import chain

import numpy as np
import numpy.typing as npt

from ..rows import Integers, Rows, offsets_of
from ..strategy import Ranking
from ..training import Stems, TrainingGraph
from .extra import extra
from .results import BEYOND_ACCURACY

Floats = npt.NDArray[np.float64]
Hits = Sequence[Sequence[int]]
"""For each test item the ranks, from 1 and ascending, at which hidden targets stand."""

_DIGITS = 10
"""To which numbers are rounded, so that no processor's logarithm shows."""


def accuracy(rankings: Sequence[Ranking], truth: Rows, k: int) -> dict[str, Floats]:
    """How well rankings find what is hidden, cut at each rank up to k.

    A recommendation is right or wrong: it is a hidden target or not. Nothing is left out: rankings are of all
    items that may be recommended. With t targets hidden of an item, and its ranking cut at rank c:

    - ``hit_rate`` is 1 where any target is found, else 0;
    - ``recall`` is the targets found / t;
    - ``mrr`` is 1 / the rank of the first target found, 0 for none;
    - ``ndcg`` is the sum of 1 / log2(rank + 1) over the targets found, / the same sum over the ranks 1 to
      min(t, c), the best there could be (Järvelin and Kekäläinen, Cumulated Gain-based Evaluation of IR
      Techniques, 2002);
    - ``map`` is the sum over the targets found of the share of targets down to their rank, / t. It is
      divided by t where t > c too, so that no ranking reaches 1 there; others divide by min(t, c).

    They are computed by trec_eval, the program of the TREC conferences, through pytrec_eval.

    Parameters
    ----------
    rankings
        One for each of m test items.
    truth
        The hidden targets of each, at least one.
    k
        The last rank.

    Returns
    -------
    dict
        For each name of `ACCURACY` each test item's value at ranks 1 to k, shape (m, k). What a ranking
        shorter than that lacks is wrong.

    Raises
    ------
    ExperimentError
        Where pytrec_eval is not installed.
    """
    return accuracy_of(hits(rankings, truth), truth.sizes.tolist(), k)


def hits(rankings: Sequence[Ranking], truth: Rows) -> tuple[tuple[int, ...], ...]:
    """The ranks at which hidden targets stand; parameters as `accuracy` takes them."""
    found = (np.isin(ranking.items, truth[row]) for row, ranking in enumerate(rankings))
    return tuple(tuple((np.flatnonzero(right) + 1).tolist()) for right in found)


def fingerprint(items: Integers, truth: Rows) -> str:
    """A fingerprint of test items and what is hidden of them: equal where two runs ask the same."""
    parts = (np.asarray(part, "<i8").tobytes() for part in (items, truth.offsets, truth.values))
    return hashlib.sha256(b"".join(parts)).hexdigest()[:16]


def accuracy_of(found: Hits, targets: Sequence[int], k: int) -> dict[str, Floats]:
    """The same as `accuracy`, of what `hits` gives.

    Parameters
    ----------
    found
        Where targets were found.
    targets
        How many each test item has.
    k
        The last rank.
    """
    queries = [str(number) for number in range(len(found))]
    relevant = {
        query: dict.fromkeys(chain(map(str, ranks), (f"missed {n}" for n in range(count - len(ranks)))), 1)
        for query, ranks, count in zip(queries, found, targets, strict=True)
    }
    cuts = range(1, k + 1)
    ranking = {str(rank): -float(rank) for rank in cuts}  # a document is called by its rank
    asked = [
        f"{measure}.{','.join(map(str, cuts))}" for measure in ("success", "recall", "ndcg_cut", "map_cut")
    ]
    evaluator = extra("pytrec_eval").RelevanceEvaluator(relevant, [*asked, "recip_rank"])
    values = evaluator.evaluate(dict.fromkeys(queries, ranking))

    def at_each_cut(measure: str) -> Floats:
        names = [f"{measure}_{cut}" for cut in cuts]
        rows = (values[query] for query in queries)
        return np.array([[row[name] for name in names] for row in rows], np.float64).reshape(-1, k)

    hit = at_each_cut("success")
    first = np.array([values[query]["recip_rank"] for query in queries], np.float64)
    return {
        "hit_rate": hit,
        "recall": at_each_cut("recall"),
        "mrr": hit * first[:, None],  # not cut by trec_eval; before the first target nothing is hit
        "ndcg": at_each_cut("ndcg_cut"),
        "map": at_each_cut("map_cut"),
    }


def beyond_accuracy(
    rankings: Sequence[Ranking], items: Integers, graph: TrainingGraph, k: int
) -> dict[str, float]:
    """What readers of the recommendations get beside what was hidden.

    - ``coverage``: the share of all items that are recommended at least once (catalogue coverage; Herlocker
      et al., Evaluating Collaborative Filtering Recommender Systems, 2004).
    - ``gini``: how unequally recommendations are spread over all items, those that are never recommended
      included: 0 where each is recommended as often, nearly 1 where one takes all. With exposures ascending,
      e_1 to e_n, it is the sum of (2 i - n - 1) e_i / (n sum of e_i) (Shani and Gunawardana, Evaluating
      Recommendation Systems, 2011).
    - ``cross_subject``: the share of recommendations that have no subject in common with the item they are
      for. An item without subject counts nowhere.
    - ``diversity``: 1 - the mean cosine of all pairs in a list, a mean over the lists of at least two
      (intra-list similarity; Ziegler et al., Improving Recommendation Lists Through Topic Diversification,
      2005). Vectors are TF-IDF over the stems of title, keywords and answer, (1 + ln tf) ln(n / df); an item
      without text is like none.
    - ``novelty``: the mean of -log2 p in bits, where p is a recommended item's share of visible links to it,
      one added to each item (self-information; Castells, Hurley and Vargas, Novelty and Diversity in
      Recommender Systems, 2015): how little known what is recommended is.
    - ``served``: the share of test items that got k recommendations.

    Each is 0 where there is nothing to take it of.

    Parameters
    ----------
    rankings
        One for each test item.
    items
        The test items, shape (m,).
    graph
        What the strategy was fitted to.
    k
        How many recommendations were asked for.

    Returns
    -------
    dict
        A number for each name of `BEYOND_ACCURACY`.
    """
    sizes = np.array([len(ranking.items) for ranking in rankings], np.int64)
    recommended = np.concatenate([np.zeros(0, np.int32), *(ranking.items for ranking in rankings)])
    lists = Rows(offsets_of(sizes), recommended.astype(np.int32))
    exposure = np.bincount(lists.values, minlength=len(graph))
    values = (
        _mean(exposure > 0),
        _gini(exposure),
        _cross_subject(np.asarray(items)[lists.owners()], lists.values, graph.subjects),
        _diversity(lists, graph.stems),
        _novelty(lists.values, graph),
        _mean(sizes >= k),
    )
    return {name: round(value, _DIGITS) for name, value in zip(BEYOND_ACCURACY, values, strict=True)}


def _mean(values: npt.NDArray[np.bool_] | Floats) -> float:
    return float(values.mean()) if len(values) else 0.0


def _gini(exposure: Integers) -> float:
    n, total = len(exposure), int(exposure.sum())
    weights = 2 * np.arange(1, n + 1) - n - 1
    return int((weights * np.sort(exposure)).sum()) / (n * total) if total else 0.0


def _cross_subject(readers: Integers, recommended: Integers, subjects: Rows) -> float:
    known = (subjects.sizes[readers] > 0) & (subjects.sizes[recommended] > 0)
    theirs = subjects.take(recommended[known])
    pairs, width = theirs.owners(), int(subjects.values.max(initial=0)) + 1
    wanted = readers[known][pairs].astype(np.int64) * width + theirs.values
    shared = np.isin(wanted, subjects.owners().astype(np.int64) * width + subjects.values)
    return _mean(np.bincount(pairs[shared], minlength=len(theirs)) == 0)


def _novelty(recommended: Integers, graph: TrainingGraph) -> float:
    known = graph.incoming.sizes + 1
    return _mean(np.log2(known.sum() / known)[recommended])


def _diversity(lists: Rows, stems: Stems) -> float:
    rarity = _rarity(stems)
    vectors = {item: _unit_vector(_words(stems, item), rarity) for item in np.unique(lists.values).tolist()}
    several = (lists[row].tolist() for row in np.flatnonzero(lists.sizes >= 2).tolist())
    return _mean(np.array([1 - _similarity([vectors[item] for item in items]) for items in several]))


def _similarity(vectors: Sequence[tuple[Integers, Floats]]) -> float:
    """The mean product of all pairs of unit vectors, from the length of their sum.

    Its square is the sum of the vectors' own squared lengths and twice that of all pairs' products.
    """
    stems, weights = (np.concatenate(parts) for parts in zip(*vectors, strict=True))
    own = sum(len(stems) > 0 for stems, _ in vectors)
    squared = float(np.square(np.bincount(stems, weights)).sum()) if own else 0.0
    return (squared - own) / (len(vectors) * (len(vectors) - 1))


def _unit_vector(words: Integers, rarity: Floats) -> tuple[Integers, Floats]:
    """An item's TF-IDF vector: its stems, each once, and their weights; none where it has no telling word."""
    stems, counts = np.unique(words[rarity[words] > 0], return_counts=True)
    weights = (1 + np.log(counts)) * rarity[stems]
    return stems, weights / np.sqrt(np.square(weights).sum())


def _rarity(stems: Stems) -> Floats:
    """Each stem's ln(n / df); 0 for what is no stem or in no text."""
    n = len(stems.title)
    documents = np.zeros(stems.count)
    for item in range(n):
        documents[_words(stems, item)] += 1  # once, however often a stem is there
    documents[0] = n
    return np.log(n / np.where(documents, documents, n))


def _words(stems: Stems, item: int) -> Integers:
    return np.concatenate([stems.title[item], stems.keywords[item], stems.answer[item]])
