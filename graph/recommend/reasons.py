"""Why an article is recommended: true statements about the graph, in words for a reader."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..derived import computed_once
from .shared_text import SharedText
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
_DIRECT = 10**6
"""How strong a link is: no number of articles between two comes near it."""


class _Fact(NamedTuple):
    """A statement; of several of its kind the stronger ones are told."""

    strength: int
    words: str


class _Links(NamedTuple):
    """An article's position, alone in a set; what it links to, and what links to it."""

    itself: frozenset[int]
    linked: frozenset[int]
    linking: frozenset[int]


_ITSELF, _LINKED, _LINKING = range(3)
_WAYS = (
    (_ITSELF, _LINKED, "{it}links to {whole}"),
    (_ITSELF, _LINKING, "{it}linked from {whole}"),
    (_LINKED, _LINKING, "{it}linked from {articles} that {one} links to"),
    (_LINKING, _LINKING, "{it}linked together with {one} from {articles}"),
    (_LINKED, _LINKED, "{it}links to {articles} that {one} links to"),
    (_LINKING, _LINKED, "{it}links to {articles} that {link} to {one}"),
)
"""Of what was read and of what is recommended the links that meet, and what is said then."""


@dataclass(frozen=True)
class _Side:
    """An article with its copies: itself first, and then the others, if there are any."""

    position: int
    item: int
    groups: tuple[tuple[_Links, ...], ...]


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
        The texts of these; None for reasons that nothing must be computed from texts for.
    """

    def __init__(self, graph: KnowledgeGraph, items: Items, training: TrainingGraph | None) -> None:
        self._graph = graph
        self._items = items
        self._shared = SharedText(graph, training)

    def prepare(self) -> None:
        """Count now what is otherwise counted for the first reader."""
        self._shared.prepare()
        self._most_linked  # noqa: B018 - computed once

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
        words: dict[str, None] = {}
        for fact in self._facts(read, self._side(position), strategy):
            words[fact.words] = None
            if len(words) == _MOST:
                break
        if not words:
            words = dict.fromkeys(fact.words for fact in self._about_phrases(read, self._side(position)))
        return tuple(words) or (f"recommended by the strategy {strategy.name}",)

    def _facts(self, read: Sequence[_Read], other: _Side, strategy: Strategy) -> Iterator[_Fact]:
        for kind in dict.fromkeys((*strategy.evidence, Evidence.LINKS, Evidence.TEXT)):
            yield from _strongest(self._about(kind, read, other))
        yield from self._about_subject(read, other)
        if Evidence.TEXT in strategy.evidence:
            yield from self._about_phrases(read, other)
        yield from self._about_popularity(other)

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
            yield from _by_way_of(one, other)

    def _about_texts(self, read: Sequence[_Read], other: _Side) -> Iterator[_Fact]:
        alone = len(read) == 1
        for one in read:
            if shared := self._shared.keywords(one.position, other.position):
                label = "keyword" if len(shared) == 1 else "keywords"
                of = "" if alone else f" with {one.name}"
                words = f"shares the {label} {_listed(shared[:_MOST_KEYWORDS])}{of}"
                yield _Fact(len(shared) + _MOST_WORDS, words)
            if common := self._shared.title_words(one.position, other.position)[:_MOST_WORDS]:
                titles = "both titles" if alone else f"its title and {one.name} both"
                words = _listed(f'"{word}"' for word in common)
                yield _Fact(len(common), f"{titles} have {words}")

    def _about_phrases(self, read: Sequence[_Read], other: _Side) -> Iterator[_Fact]:
        """Of all that was read, what shares most; an item's answer is that of its first copy."""
        counts = [self._shared.phrases(one.item, other.item) for one in read]
        count = max(counts)
        if count:
            one = read[counts.index(count)]
            it = "" if self._is_first(other) else "a copy of it "
            copy = "" if self._is_first(one) else "a copy of "
            of = f" with {copy}{one.one}" if copy or len(read) > 1 else ""
            phrases = "1 rare word or phrase" if count == 1 else f"{count:,} rare words or phrases"
            yield _Fact(0, f"{it}shares {phrases}{of}")

    def _is_first(self, side: _Side) -> bool:
        return bool(self._items.copies[side.item][0] == side.position)

    def _about_subject(self, read: Sequence[_Read], other: _Side) -> Iterator[_Fact]:
        subjects = self._graph.columns.subject
        number = subjects[other.position]
        same = [one for one in read if subjects[one.position] == number]
        if number is None or not same:
            return
        name = self._graph.subjects_by_name[number].name
        if len(read) == 1:
            yield _Fact(0, f"in the same subject: {name}")
        elif len(same) == 1:
            yield _Fact(0, f"in {name}, like {same[0].name}")
        else:
            yield _Fact(0, f"in {name}, the subject of {len(same):,} of those read")

    def _about_popularity(self, other: _Side) -> Iterator[_Fact]:
        count = self._graph.incoming.degree(other.position)
        if not count:
            return
        words = "1 article links to it" if count == 1 else f"{count:,} articles link to it"
        subject = self._most_linked.get(other.position)
        yield _Fact(0, words if subject is None else f"{words}, more than to any other in {subject}")

    def _read(self, position: int, name: str, one: str) -> _Read:
        side = self._side(position)
        return _Read(**vars(side), name=name, one=one)

    def _side(self, position: int) -> _Side:
        item = int(self._items.of[position])
        copies = self._items.copies[item].tolist()
        others = tuple(self._links(copy) for copy in copies if copy != position)
        itself = (self._links(position),)
        return _Side(position, item, (itself, others) if others else (itself,))

    def _links(self, position: int) -> _Links:
        graph = self._graph
        return _Links(
            frozenset((position,)), frozenset(graph.outgoing[position]), frozenset(graph.incoming[position])
        )

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


class _Found(NamedTuple):
    """How many, and whether only from a copy of what was read, and to a copy of what is recommended."""

    number: int
    of_ours: bool
    of_theirs: bool


def _by_way_of(one: _Read, other: _Side) -> Iterator[_Fact]:
    """What lies between two articles; where nothing does, what lies between copies of them."""
    for ours, theirs, words in _WAYS:
        if found := _between(one, ours, other, theirs):
            is_own = not (found.of_ours or found.of_theirs)
            strength = _DIRECT if ours == _ITSELF else 2 * found.number - (not is_own)
            yield _Fact(strength, _worded(words, one, found))


def _between(one: _Side, ours: int, other: _Side, theirs: int) -> _Found | None:
    """What is counted between the articles themselves, or else between the two copies with most."""
    for of_theirs, others in enumerate(other.groups):
        for of_ours, ones in enumerate(one.groups):
            if count := max([len(a[ours] & b[theirs]) for a in ones for b in others]):
                return _Found(count, bool(of_ours), bool(of_theirs))
    return None


def _worded(words: str, one: _Read, found: _Found) -> str:
    it = "" if not found.of_theirs else "a copy of it is " if "}linked" in words else "a copy of it "
    articles, link = ("1 article", "links") if found.number == 1 else (f"{found.number:,} articles", "link")
    copy = "a copy of " if found.of_ours else ""
    return words.format(
        it=it, articles=articles, link=link, one=f"{copy}{one.one}", whole=f"{copy}{one.name}"
    )


def _strongest(facts: Iterable[_Fact]) -> list[_Fact]:
    return sorted(facts, key=lambda fact: -fact.strength)[:_MOST_OF_A_KIND]


def _listed(words: Iterable[str]) -> str:
    """Such as "a", "a and b", and "a, b and c"."""
    *before, last = words
    return f"{', '.join(before)} and {last}" if before else last
