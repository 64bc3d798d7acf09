"""Why an article is recommended: true statements about the graph, in words for a reader."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..derived import computed_once
from ..search.words import STOP_WORDS, find_words, fold, split_words
from .rows import Rows, offsets_of
from .strategy import Evidence, Strategy
from .training import Items, TrainingGraph

if TYPE_CHECKING:
    from ..knowledge import KnowledgeGraph

Explain = Callable[[int, Strategy], tuple[str, ...]]

_MOST = 3
"""How many reasons a recommendation has at most."""
_MOST_OF_A_KIND = 2
_MOST_KEYWORDS = 3
_MOST_WORDS = 2
_RARE = 0.01
"""A word that more titles than this share have says little; up to five may always have it."""
_KEPT_ANSWERS = 512
"""How many answers' words are kept."""
_COPIES = ", counting copies of a question as one"
_DIRECT = 10**6
"""How strong a link is: no number of articles between two comes near it."""


class _Fact(NamedTuple):
    """A statement; of several of its kind the stronger ones are told."""

    strength: int
    words: str


class _Links(NamedTuple):
    """What is linked from one place, and what links to it."""

    linked: frozenset[int]
    linking: frozenset[int]


_WAYS = (
    ("linked", "linking", "linked from {articles} that {one} links to"),
    ("linking", "linking", "linked together with {one} from {articles}"),
    ("linked", "linked", "links to {articles} that {one} links to"),
    ("linking", "linked", "links to {articles} that {link} to {one}"),
)
"""Of what was read and of what is recommended the links that meet, and what is said then."""


@dataclass(frozen=True)
class _Side:
    """What an article is compared by: links, its own and its question's, codes of keywords, title's words."""

    position: int
    item: int
    own: _Links
    of_item: _Links
    keywords: frozenset[int]
    words: dict[str, str]


@dataclass(frozen=True)
class _Read(_Side):
    """An article that was read, and what it is called: "this article", "this one", or by its title."""

    name: str
    one: str


class Reasons:
    """Gives reasons for recommendations.

    Parameters
    ----------
    graph
        The graph.
    items
        Which of its articles are copies of one question.
    training
        The links between these.
    """

    def __init__(self, graph: KnowledgeGraph, items: Items, training: TrainingGraph) -> None:
        self._graph = graph
        self._items = items
        self._training = training
        self._answer_words = functools.lru_cache(_KEPT_ANSWERS)(self._words_of_answer)

    def prepare(self) -> None:
        """Count now what is otherwise counted for the first reader."""
        for name in ("_keyword_counts", "_title_counts", "_most_linked"):
            getattr(self, name)

    def for_reader(self, read: Sequence[int]) -> Explain:
        """Reasons for what is recommended to one who has read some articles.

        Parameters
        ----------
        read
            Their positions, most recent last. A single one is "this article" in what is said, and several are
            named by their titles.

        Returns
        -------
        function
            Takes the position of a recommended article and the strategy that recommends it, and gives one to
            three statements, strongest first: at most two each about links and texts, what the strategy
            rests on before the other.
        """
        titles = self._graph.columns.title
        latest_first = list(dict.fromkeys(reversed(read)))
        if len(latest_first) == 1:
            sides = [self._read(latest_first[0], "this article", "this one")]
        else:
            sides = [self._read(p, f'"{titles[p]}"', f'"{titles[p]}"') for p in latest_first]
        return functools.partial(self._explain, sides)

    def _explain(self, read: Sequence[_Read], position: int, strategy: Strategy) -> tuple[str, ...]:
        other = self._side(position)
        kinds = dict.fromkeys((*strategy.evidence, Evidence.LINKS, Evidence.TEXT))
        told = [fact for kind in kinds for fact in _strongest(self._about(kind, read, other))]
        told = told or _strongest(self._about_answers(read, other))
        more = (self._about_subject(read, other), self._about_popularity(other))
        words = dict.fromkeys(fact.words for fact in chain(told, *more))
        return tuple(islice(words, _MOST)) or (f"recommended by the strategy {strategy.name}",)

    def _about(self, kind: Evidence, read: Sequence[_Read], other: _Side) -> Iterable[_Fact]:
        match kind:
            case Evidence.LINKS:
                return self._about_links(read, other)
            case Evidence.TEXT:
                return self._about_texts(read, other)
            case Evidence.POPULARITY:
                return self._about_popularity(other)
            case Evidence.CHANCE:
                return [_Fact(0, "picked at random")]

    def _about_links(self, read: Sequence[_Read], other: _Side) -> Iterator[_Fact]:
        for one in read:
            yield from self._direct(one, other)
            yield from _by_way_of(one, other)

    def _direct(self, one: _Read, other: _Side) -> Iterator[_Fact]:
        if one.item in other.of_item.linked:
            theirs, ours = self._copies_between(other, one)
            subject = "" if theirs else "a copy of it "
            yield _Fact(_DIRECT, f"{subject}links to {'' if ours else 'a copy of '}{one.name}")
        if one.item in other.of_item.linking:
            ours, theirs = self._copies_between(one, other)
            subject = "" if theirs else "a copy of it is "
            yield _Fact(_DIRECT, f"{subject}linked from {'' if ours else 'a copy of '}{one.name}")

    def _copies_between(self, source: _Side, target: _Side) -> tuple[bool, bool]:
        """Whether a link from one question to another is the articles' own, at its start and at its end."""
        graph, copies = self._graph, self._items.copies
        for own_start, own_end in product((True, False), repeat=2):
            starts = [source.position] if own_start else copies[source.item].tolist()
            ends = {target.position} if own_end else set(copies[target.item].tolist())
            if any(end in ends for start in starts for end in graph.outgoing[start]):
                return own_start, own_end
        raise AssertionError("unreachable")  # pragma: no cover - the items are linked

    def _about_texts(self, read: Sequence[_Read], other: _Side) -> Iterator[_Fact]:
        alone = len(read) == 1
        for one in read:
            if shared := one.keywords & other.keywords:
                counts = self._keyword_counts
                rarest = sorted(shared, key=lambda code: (counts[code], code))[:_MOST_KEYWORDS]
                names = _listed(self._graph.indexes.keyword.names[code] for code in rarest)
                label = "keyword" if len(rarest) == 1 else "keywords"
                of = "" if alone else f" with {one.name}"
                yield _Fact(len(shared) + _MOST_WORDS, f"shares the {label} {names}{of}")
            if common := self._common_words(one, other):
                words = _listed(f'"{word}"' for word in common)
                titles = "both titles" if alone else f"its title and {one.name} both"
                yield _Fact(len(common), f"{titles} have {words}")

    def _common_words(self, one: _Side, other: _Side) -> list[str]:
        """The rarest words that two titles have in common, as the second writes them."""
        common = [word for word in other.words if word in one.words and self._is_rare(word)]
        rarest = sorted(common, key=self._title_counts.__getitem__)
        return [other.words[word] for word in rarest[:_MOST_WORDS]]

    def _about_answers(self, read: Sequence[_Read], other: _Side) -> Iterator[_Fact]:
        """The words that two answers say again and again and few titles have."""
        theirs, counts = self._answer_words(other.position), self._title_counts
        for one in read:
            ours = self._answer_words(one.position)
            common = [word for word in theirs if word in ours and self._is_rare(word)]
            if common:
                common.sort(key=lambda word: (counts[word] + 1) / min(ours[word], theirs[word]) ** 2)
                words = _listed(f'"{word}"' for word in common[:_MOST_WORDS])
                answers = "both answers" if len(read) == 1 else f"its answer and that of {one.name} both"
                yield _Fact(min(len(common), _MOST_WORDS), f"{answers} have {words}")

    def _is_rare(self, word: str) -> bool:
        return self._title_counts[word] <= max(5, _RARE * self._graph.article_count)

    def _words_of_answer(self, position: int) -> dict[str, int]:
        """The words that an answer has at least twice, and how often."""
        words = Counter(map(fold, split_words(self._graph.texts.answer(position) or "")))
        return {word: count for word, count in words.items() if count > 1 and _says_something(word)}

    def _about_subject(self, read: Sequence[_Read], other: _Side) -> Iterator[_Fact]:
        subjects = self._graph.columns.subject
        number = subjects[other.position]
        same = next((one for one in read if subjects[one.position] == number), None)
        if same is not None and number is not None:
            of = "" if len(read) == 1 else f" as {same.name}"
            yield _Fact(0, f"in the same subject{of}: {self._graph.subjects_by_name[number].name}")

    def _about_popularity(self, other: _Side) -> Iterator[_Fact]:
        count = len(other.own.linking)
        if not count:
            return
        words = "1 article links to it" if count == 1 else f"{count:,} articles link to it"
        subject = self._most_linked.get(other.position)
        yield _Fact(0, words if subject is None else f"{words}, more than to any other in {subject}")

    def _read(self, position: int, name: str, one: str) -> _Read:
        side = self._side(position)
        return _Read(**vars(side), name=name, one=one)

    def _side(self, position: int) -> _Side:
        graph, item = self._graph, int(self._items.of[position])
        words = {fold(found[0]): found[0] for found in find_words(graph.columns.title[position])}
        return _Side(
            position,
            item,
            _Links(frozenset(graph.outgoing[position]), frozenset(graph.incoming[position])),
            _Links(
                frozenset(self._training.outgoing[item].tolist()),
                frozenset(self._training.incoming[item].tolist()),
            ),
            frozenset(self._keywords[position].tolist()),
            {word: written for word, written in words.items() if _says_something(word)},
        )

    @computed_once
    def _keywords(self) -> Rows:
        index = self._graph.indexes.keyword
        return Rows(offsets_of(index.lengths), index.codes.astype(np.int32))

    @computed_once
    def _keyword_counts(self) -> list[int]:
        counts: list[int] = np.bincount(self._keywords.values).tolist()
        return counts

    @computed_once
    def _title_counts(self) -> Counter[str]:
        titles = ({fold(word) for word in split_words(title)} for title in self._graph.columns.title)
        return Counter(word for words in titles for word in words)

    @computed_once
    def _most_linked(self) -> dict[int, str]:
        """The articles that more articles link to than to any other of their subject, and its name."""
        found = {}
        for subject in self._graph.subjects_by_name:
            positions = subject.articles.array()
            degrees = self._graph.measures.in_degree[positions]
            highest = np.flatnonzero(degrees == degrees.max())
            if len(highest) == 1 and len(positions) > 1:
                found[int(positions[highest[0]])] = subject.name
        return found


def _by_way_of(one: _Read, other: _Side) -> Iterator[_Fact]:
    """What lies between two articles; where nothing does, what lies between the questions."""
    for ours, theirs, words in _WAYS:
        count, counted = len(getattr(one.own, ours) & getattr(other.own, theirs)), ""
        if not count:
            count, counted = len(getattr(one.of_item, ours) & getattr(other.of_item, theirs)), _COPIES
        if count:
            articles, link = ("1 article", "links") if count == 1 else (f"{count:,} articles", "link")
            said = words.format(articles=articles, link=link, one=one.one)
            yield _Fact(2 * count - bool(counted), said + counted)


def _strongest(facts: Iterable[_Fact]) -> list[_Fact]:
    return sorted(facts, key=lambda fact: -fact.strength)[:_MOST_OF_A_KIND]


def _says_something(word: str) -> bool:
    return word not in STOP_WORDS and (len(word) > 1 or not word.isascii())


def _listed(words: Iterable[str]) -> str:
    """Such as "a", "a and b", and "a, b and c"."""
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last
