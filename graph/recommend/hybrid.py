"""The default: what links tell, and where there are too few of them, what texts tell of an item's topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from .association import CommonTerms
from .closeness import Closeness
from .content import Content
from .likeness import Likeness
from .one_thread import one_thread
from .personalized_pagerank import PersonalizedPageRank
from .ranker import Ranker, train
from .rows import Integers, Rows, offsets_of
from .strategy import NOTHING, Evidence, Ranking, Strategy
from .terms import FORMAT, Terms, terms_of
from .topics import CANDIDATES, Topics, topics_of
from .training import Arrays, TrainingGraph

_FORMAT = 1
"""Changes with what is learned from the same graph."""
_LEAST_LISTS = 50
"""With fewer examples nothing is learned, and content ranks."""
_MOST_HIDDEN = 1 / 3
"""The share of the items with links whose links are hidden at most: the others have to show the topics."""


@dataclass
class Hybrid(Strategy):
    """By links first; after that, or for an item without links, by topic.

    By links it is personalized PageRank. By topic it takes items alike by text and what is close to these by
    links, and lets a small network rank them. The network learns from items whose links are hidden for the
    purpose, so that they look as new articles do. Where the topic is in doubt the list takes from several:
    after each choice those close to it count for less. What is still missing is by `Content`, and all of it
    in a library that is too small to learn from.

    Parameters
    ----------
    examples
        How many items' links are hidden to learn from; 0 or more, and at most a third of those with links.
    restart
        Of personalized PageRank; between 0 and 1.
    variety
        How much less an item counts for each that was chosen before, per share of closeness; 0 for not at
        all.
    seed
        Of what is drawn.

    Raises
    ------
    ValueError
        Where a parameter is out of range.
    """

    name: ClassVar[str] = "hybrid"
    description: ClassVar[str] = "By links where there are enough, by text and topic elsewhere."
    evidence: ClassVar[tuple[Evidence, ...]] = (Evidence.LINKS, Evidence.TEXT)

    examples: int = 2500
    restart: float = 0.5
    variety: float = 1.5
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("examples", "seed"):
            value = getattr(self, name)
            if type(value) is not int or value < 0:
                raise ValueError(f"{name} must be a whole number from 0, got {value!r}")
        if not (isinstance(self.variety, int | float) and 0 <= self.variety < np.inf):
            raise ValueError(f"variety must be 0 or more, got {self.variety!r}")
        self._by_links = PersonalizedPageRank(restart=self.restart)
        self._by_text = Content()

    def fit(self, graph: TrainingGraph) -> None:
        """Learn from the links how to rank without them, or open what was learned."""
        terms = terms_of(graph)
        self._by_links.fit(graph)
        self._by_text.weigh(terms, graph.kept)
        kept = graph.kept(
            f"hybrid-{_FORMAT}-{FORMAT}-{self.examples}-{self.seed}",
            lambda: self._learn(terms, graph.outgoing, graph.subjects),
        )
        self._topics = _opened(kept, terms, graph.subjects)
        self._ranker = Ranker(kept) if "inner" in kept else None

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        """Recommend items for one item, see `Strategy`."""
        ranking = NOTHING
        for recommend in (self._by_links.recommend, self._by_topic, self._by_text.recommend):
            missing = k - len(ranking.items)
            if missing:
                ranking = _after(ranking, recommend(item, missing, np.concatenate([exclude, ranking.items])))
        return ranking

    def _by_topic(self, item: int, k: int, exclude: Integers) -> Ranking:
        if self._ranker is None:
            return NOTHING
        candidates = self._topics.candidates(item, exclude)
        if not len(candidates.items):
            return NOTHING
        scores = self._ranker.score(candidates.features)
        chances = np.exp(scores - scores.max())
        near = self._topics.closeness.among(candidates.items)
        return _varied(candidates.items, chances / chances.sum(), near, k, self.variety)

    def _learn(self, terms: Terms, outgoing: Rows, subjects: Rows) -> Arrays:
        common = CommonTerms.of(terms, outgoing)
        rare = Likeness.weighted(terms, terms.rarity)
        learned: Arrays = {}
        with one_thread():  # the last digits of a product depend on the number of threads
            lists = self._examples(terms, outgoing, subjects, common, rare)
            if len(lists) >= _LEAST_LISTS:
                features, answers = (np.array(part) for part in zip(*lists, strict=True))
                learned = train(features, answers, self.seed)
        return {**learned, **_closed(topics_of(terms, outgoing, subjects, common, rare))}

    def _examples(
        self, terms: Terms, outgoing: Rows, subjects: Rows, common: CommonTerms, rare: Likeness
    ) -> list[tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]]:
        """Lists of candidates for items whose links are hidden, and which of them the links led to."""
        random = np.random.default_rng([self.seed, 0])
        linked = np.flatnonzero(outgoing.sizes)
        drawn = random.permutation(linked)[: min(self.examples, int(len(linked) * _MOST_HIDDEN))]
        is_drawn = np.zeros(len(outgoing), np.bool_)
        is_drawn[drawn] = True
        sources, targets = outgoing.owners(), outgoing.values
        left = ~(is_drawn[sources] | is_drawn[targets])
        others = Rows(offsets_of(np.bincount(sources[left], minlength=len(outgoing))), targets[left])
        topics = topics_of(terms, others, subjects, common.take(left), rare)
        lists = []
        for item in np.sort(drawn).tolist():
            candidates = topics.candidates(item, np.array([item]))
            answers = np.isin(candidates.items, outgoing[item])
            if answers.any() and len(answers) == CANDIDATES:
                lists.append((candidates.features, answers))
        return lists


def _varied(
    items: npt.NDArray[np.int32],
    chances: npt.NDArray[np.float64],
    near: npt.NDArray[np.float32],
    k: int,
    variety: float,
) -> Ranking:
    """One after the other the item that is likeliest right if those before it were wrong.

    Items close to each other are right or wrong together, so each choice makes those close to it less likely
    (after R. Agrawal et al., "Diversifying Search Results", 2009).
    """
    chances = chances.astype(np.float32).astype(np.float64)
    chosen, scores = [], []
    for _ in range(min(k, len(items))):
        place = int(chances.argmax())
        chosen.append(place)
        scores.append(chances[place])
        chances *= 1 - np.minimum(variety * near[place], 0.9)
        chances[place] = -1
    return Ranking(items[chosen], np.array(scores))


def _after(first: Ranking, second: Ranking) -> Ranking:
    """One ranking behind another, its scores below the other's."""
    if not len(first.items):
        return second
    below = first.scores.min() * 0.5
    scores = second.scores * (below / max(second.scores.max(initial=0), 1e-300))
    return Ranking(np.concatenate([first.items, second.items]), np.concatenate([first.scores, scores]))


def _closed(topics: Topics) -> Arrays:
    return {
        "linked_squares": topics.linked.squares,
        "linked_lengths": topics.linked.lengths,
        "rare_squares": topics.rare.squares,
        "rare_lengths": topics.rare.lengths,
        "close_offsets": topics.closeness.items.offsets,
        "close_items": topics.closeness.items.values,
        "close_shares": topics.closeness.shares,
        "cohesion": topics.cohesion,
    }


def _opened(kept: Mapping[str, npt.NDArray[Any]], terms: Terms, subjects: Rows) -> Topics:
    linked = Likeness(terms, kept["linked_squares"], kept["linked_lengths"])
    return Topics(
        linked,
        Likeness(terms, kept["rare_squares"], kept["rare_lengths"]),
        Closeness(Rows(kept["close_offsets"], kept["close_items"]), kept["close_shares"]),
        subjects,
        kept["cohesion"],
        linked.whole_lengths(),
    )
