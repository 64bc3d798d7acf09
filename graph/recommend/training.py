"""What strategies may know: links and texts, and nothing that tells how the library was made.

Articles with one number are copies of one question. Here they are one *item*, so that no strategy needs to
know of copies: an item links to what any of its copies links to, and has its first copy's text and all their
subjects. Items are numbered from 0. There are no ids, urls, dates or files, and in an experiment the order is
shuffled and the links that are to be found are not here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..columns import NO_NUMBER, ArrayColumn, spans
from ..derived import computed_once
from ..search import has_index, index_of
from .rows import Integers, Rows, offsets_of

if TYPE_CHECKING:
    from ..knowledge import KnowledgeGraph

Arrays = Mapping[str, npt.NDArray[Any]]
Keep = Callable[[str, Callable[[], Arrays]], Arrays]


class NotKeptError(Exception):
    """What a strategy needs would have to be computed, and may only be opened."""


@dataclass(frozen=True, slots=True)
class Stems:
    """The items' texts as numbers of words' stems, in order, repeats included; 0 is no stem.

    Parameters
    ----------
    title, keywords, answer
        A row for each item. Keywords have a 0 behind each; a question that the title does not ask is one of
        them.
    count
        All numbers are below it.
    """

    title: Rows
    keywords: Rows
    answer: Rows
    count: int

    def take(self, items: Integers) -> Stems:
        """The texts of some items."""
        title, keywords, answer = (rows.take(items) for rows in (self.title, self.keywords, self.answer))
        return Stems(title, keywords, answer, self.count)


class Text(NamedTuple):
    """An item's text as it is written: title, keywords, and answer in Markdown."""

    title: str
    keywords: tuple[str, ...]
    answer: str


class Items:
    """Which articles are copies of one question.

    Parameters
    ----------
    numbers
        Each article's number, by position; None where it has none, and is an item of its own.
    """

    def __init__(self, numbers: ArrayColumn[int | None]) -> None:
        values = np.asarray(numbers.values)
        first = np.arange(len(values))  # of the articles with its number
        numbered = np.flatnonzero(values != NO_NUMBER)
        _, firsts, which = np.unique(values[numbered], return_index=True, return_inverse=True)
        first[numbered] = numbered[firsts[which]]
        kinds, item_of = np.unique(first, return_inverse=True)
        self.of = item_of.astype(np.int32)
        """The item of each article; shape (articles,)."""
        self.copies = Rows.of_pairs(self.of, np.arange(len(values)), len(kinds))
        """The articles of each item, by position."""

    def __len__(self) -> int:
        return len(self.copies)

    @property
    def first(self) -> npt.NDArray[np.int32]:
        """The first article of each item."""
        return self.copies.values[self.copies.offsets[:-1]]


class TrainingGraph:
    """The graph as strategies see it.

    Parameters
    ----------
    outgoing
        The items that each item links to; none twice, and never itself.
    subjects
        The numbers of the subjects that each item's copies have.
    read_stems
        Gives the texts as stems, when they are first asked for.
    text
        Gives an item's text as it is written.
    kept
        ``kept(name, compute)`` gives what `compute` makes, arrays by name, and may know it already from an
        earlier fit on the same graph. The name says all that the result depends on beside the graph.
    """

    def __init__(
        self,
        outgoing: Rows,
        subjects: Rows,
        read_stems: Callable[[], Stems],
        text: Callable[[int], Text],
        kept: Keep | None = None,
    ) -> None:
        self.outgoing = outgoing
        self.subjects = subjects
        self.text = text
        self.kept: Keep = kept or (lambda _name, compute: compute())
        self._read_stems = read_stems

    def __len__(self) -> int:
        """How many items there are."""
        return len(self.outgoing)

    @computed_once
    def incoming(self) -> Rows:
        """The items that link to each item."""
        return Rows.of_pairs(self.outgoing.values, self.outgoing.owners(), len(self))

    @computed_once
    def neighbors(self) -> Rows:
        """The items that each item links to or is linked from."""
        sources, targets = self.outgoing.owners(), self.outgoing.values
        return Rows.of_pairs(
            np.concatenate([sources, targets]), np.concatenate([targets, sources]), len(self)
        )

    @computed_once
    def stems(self) -> Stems:
        """The texts."""
        return self._read_stems()

    def forget(self) -> None:
        """Let go of the texts, which take much memory; they are read again when they are asked for."""
        vars(self).pop("stems", None)

    def without(self, sources: Integers, targets: Integers) -> TrainingGraph:
        """The same without some links, each given by its two items; nothing of it is kept."""
        links = self.outgoing.owners().astype(np.int64) * len(self) + self.outgoing.values
        hidden = sources.astype(np.int64) * len(self) + targets
        left = ~np.isin(links, hidden)
        owners, values = self.outgoing.owners()[left], self.outgoing.values[left]
        offsets = offsets_of(np.bincount(owners, minlength=len(self)))
        return TrainingGraph(Rows(offsets, values), self.subjects, lambda: self.stems, self.text)

    def shuffled(self, order: Integers) -> TrainingGraph:
        """The same with its items in another order; nothing of it is kept.

        Parameters
        ----------
        order
            A permutation, shape (n,): the item that each new item was.
        """
        number = np.empty(len(self), np.int32)
        number[order] = np.arange(len(self), dtype=np.int32)
        outgoing = Rows.of_pairs(number[self.outgoing.owners()], number[self.outgoing.values], len(self))
        return TrainingGraph(
            outgoing,
            self.subjects.take(order),
            lambda: self.stems.take(order),
            lambda item: self.text(int(order[item])),
        )


def training_graph(
    graph: KnowledgeGraph, items: Items, may_compute: Callable[[], bool] = lambda: True
) -> TrainingGraph:
    """A whole graph as strategies see it; what they keep lies beside its snapshot.

    Parameters
    ----------
    graph
        The graph.
    items
        Its items.
    may_compute
        Whether what is not kept yet is computed; otherwise it is a `NotKeptError`.
    """

    def stems() -> Stems:
        if not may_compute() and not has_index(graph):
            raise NotKeptError("the search index")
        return read_stems(graph, items)

    def kept(name: str, compute: Callable[[], Arrays]) -> Arrays:
        name = f"recommend-{name}"
        if not may_compute() and not graph.derived.has(name):
            raise NotKeptError(name)
        return graph.derived.arrays(name, compute)

    sources, targets = (items.of[np.asarray(ends)] for ends in graph.outgoing.links())
    real = sources != targets
    numbered = [(p, s) for p, s in enumerate(graph.columns.subject) if s is not None]
    positions, subjects = np.array(numbered, np.int32).reshape(-1, 2).T
    return TrainingGraph(
        Rows.of_pairs(sources[real], targets[real], len(items)),
        Rows.of_pairs(items.of[positions], subjects, len(items)),
        stems,
        lambda item: _text(graph, int(items.first[item])),
        kept,
    )


def read_stems(graph: KnowledgeGraph, items: Items) -> Stems:
    """The texts of items, from the search index."""
    stems, starts = index_of(graph).stems_in_order()
    begin, end = starts[:-1][items.first], starts[1:][items.first]
    gaps = np.flatnonzero(stems == 0)
    title_end = gaps[np.searchsorted(gaps, begin)]
    answer_begin = gaps[np.searchsorted(gaps, end - 1) - 1] + 1  # behind the gap before the last
    return Stems(
        _pieces(stems, begin, title_end),
        _pieces(stems, title_end + 1, answer_begin),
        _pieces(stems, answer_begin, end - 1),
        int(stems.max(initial=0)) + 1,
    )


def _text(graph: KnowledgeGraph, position: int) -> Text:
    keywords, answer = tuple(graph.columns.keywords[position]), graph.texts.answer(position)
    return Text(graph.columns.title[position], keywords, answer or "")


def _pieces(values: Integers, begin: Integers, end: Integers) -> Rows:
    sizes = end - begin
    return Rows(offsets_of(sizes), values[spans(begin, sizes)].astype(np.int32))
