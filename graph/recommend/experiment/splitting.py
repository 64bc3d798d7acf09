"""Which links are hidden, and the graph that is left for strategies to see."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from ..rows import Integers, Rows
from ..training import TrainingGraph
from .errors import ExperimentError
from .plan import SplitKind

Mask = npt.NDArray[np.bool_]
_Draw = Callable[[TrainingGraph, Mask, int | None, int | float, np.random.Generator], tuple[Integers, Mask]]


class Part(IntEnum):
    """What is drawn by one seed, each independent of the others."""

    TEST = 0
    """What is reported."""
    VALIDATION = 1
    """What parameters are chosen by."""
    BLIND = 2
    """What leaks are found by."""


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """What strategies see, and what they are to find.

    Parameters
    ----------
    graph
        The graph without the hidden links, its items in an order that is drawn, so that no number tells
        anything.
    items
        Shape (m,): the test items, ascending, in the numbers of `graph`, as all that follows.
    truth
        A row for each test item: the targets of its hidden links.
    exclude
        A row for each test item: itself and what it visibly links to, which must not be recommended.
    order
        Shape (n,): the number that each item had before.
    hidden
        How many links are hidden.
    """

    graph: TrainingGraph
    items: Integers
    truth: Rows
    exclude: Rows
    order: Integers
    hidden: int

    def __post_init__(self) -> None:
        """Strategies are given views of these: none can change what the next one is asked."""
        _seal(self.truth, self.exclude)
        self.items.flags.writeable = False


def split(
    graph: TrainingGraph,
    kind: SplitKind,
    articles: int | None,
    hide: int | float,
    seed: int,
    part: Part = Part.TEST,
) -> Split:
    """Hide links.

    The validation part is drawn from what the test part leaves: no link that is to be found in the test is
    seen, or asked for, while parameters are chosen. Its items are others, too; only where those are too few,
    as where all items are tested, they are made up by test items, of whose other links some are hidden.

    Parameters
    ----------
    graph
        The whole graph.
    kind
        Whether some links of each test item are hidden, or all to and from it.
    articles
        How many test items are drawn; None for all that can be.
    hide
        How many of a test item's links are hidden, or which share of them, rounded, halves up. At least one
        is and at least one is not. A cold start hides all.
    seed
        Of the drawing.
    part
        The test part or the validation part.

    Raises
    ------
    ExperimentError
        Where no link can be hidden.
    """
    if not len(graph):
        raise ExperimentError("the graph is empty: it has no articles to recommend")
    draw, tested = _DRAWS[kind], np.zeros(len(graph), bool)
    for turn in (Part.TEST, Part.VALIDATION):
        generator = np.random.default_rng([seed, turn])
        drawn, hidden = draw(graph, tested, articles, hide, generator)
        if not len(drawn):
            raise ExperimentError(_nothing_to_hide(kind, turn))
        if turn == part:
            break
        tested[drawn] = True
        graph = graph.without(graph.outgoing.owners()[hidden], graph.outgoing.values[hidden])
    return _shown(graph, drawn, hidden, generator)


def blind(graph: TrainingGraph, articles: int, seed: int) -> Split:
    """Hide every link there is; one link of each of some items is to be found, and its others are excluded.

    So it is the same question as where only that link is hidden, but nothing is shown to answer it by.

    Parameters
    ----------
    graph
        The whole graph; one with links.
    articles
        How many test items are drawn of those that link to others, at most.
    seed
        Of the drawing.
    """
    generator = np.random.default_rng([seed, Part.BLIND])
    drawn = generator.permutation(np.flatnonzero(graph.outgoing.sizes))[:articles]
    shown = _shown(graph, drawn, np.ones(len(graph.outgoing.values), bool), generator)
    linked, rows = shown.truth, np.arange(len(drawn) + 1)
    asked = linked.offsets[:-1] + (generator.random(len(drawn)) * linked.sizes).astype(np.int64)
    others = Rows.of_pairs(np.delete(linked.owners(), asked), np.delete(linked.values, asked), len(drawn))
    return dataclasses.replace(
        shown, truth=Rows(rows, linked.values[asked]), exclude=_excluded(shown.items, others)
    )


def _some_links(
    graph: TrainingGraph,
    tested: Mask,
    articles: int | None,
    hide: int | float,
    generator: np.random.Generator,
) -> tuple[Integers, Mask]:
    sizes, owners = graph.outgoing.sizes, graph.outgoing.owners()
    drawn = _drawn(np.flatnonzero(sizes >= 2), tested, articles, generator)
    wanted = hide if isinstance(hide, int) else np.floor(hide * sizes[drawn] + 0.5)
    count = np.zeros(len(graph), np.int64)
    count[drawn] = np.clip(wanted, 1, sizes[drawn] - 1)
    turns = np.lexsort((generator.random(len(owners)), owners))  # each row's links in an order that is drawn
    turn = np.empty(len(owners), np.int64)
    turn[turns] = np.arange(len(owners)) - graph.outgoing.offsets[owners]
    return drawn, turn < count[owners]


def _all_links(
    graph: TrainingGraph,
    tested: Mask,
    articles: int | None,
    _hide: int | float,
    generator: np.random.Generator,
) -> tuple[Integers, Mask]:
    drawn = _drawn(np.flatnonzero(graph.outgoing.sizes), tested, articles, generator)
    is_drawn = np.zeros(len(graph), bool)
    is_drawn[drawn] = True
    return drawn, is_drawn[graph.outgoing.owners()] | is_drawn[graph.outgoing.values]


_DRAWS: dict[SplitKind, _Draw] = {SplitKind.HIDDEN_LINKS: _some_links, SplitKind.COLD_START: _all_links}


def _drawn(among: Integers, tested: Mask, count: int | None, generator: np.random.Generator) -> Integers:
    """Some items, those that were not tested first."""
    shuffled = generator.permutation(among)
    return shuffled[np.argsort(tested[shuffled], kind="stable")][:count]


def _shown(graph: TrainingGraph, drawn: Integers, hidden: Mask, generator: np.random.Generator) -> Split:
    sources, targets = graph.outgoing.owners(), graph.outgoing.values
    order = generator.permutation(len(graph)).astype(np.int32)
    number = np.empty_like(order)
    number[order] = np.arange(len(order), dtype=np.int32)
    visible = graph.without(sources[hidden], targets[hidden]).shuffled(order)
    items = np.sort(number[drawn])
    place = np.full(len(graph), -1)
    place[items] = np.arange(len(items))
    asked = hidden & (place[number[sources]] >= 0)
    return Split(
        graph=_sealed(visible),
        items=items,
        truth=Rows.of_pairs(place[number[sources[asked]]], number[targets[asked]], len(items)),
        exclude=_excluded(items, visible.outgoing.take(items)),
        order=order,
        hidden=int(hidden.sum()),
    )


def _excluded(items: Integers, linked: Rows) -> Rows:
    """What may not be recommended for each item: itself, and what it links to."""
    owners = np.concatenate([linked.owners(), np.arange(len(items))])
    return Rows.of_pairs(owners, np.concatenate([linked.values, items]), len(items))


def _sealed(graph: TrainingGraph) -> TrainingGraph:
    """The graph with what it computes once computed, and read-only.

    So the first strategy is not timed with that, and none can change by mistake what the next one sees.
    """
    stems = graph.stems
    _seal(graph.outgoing, graph.incoming, graph.neighbors, graph.subjects)
    _seal(stems.title, stems.keywords, stems.answer)
    return graph


def _seal(*several: Rows) -> None:
    for rows in several:
        rows.offsets.flags.writeable = False
        rows.values.flags.writeable = False


def _nothing_to_hide(kind: SplitKind, part: Part) -> str:
    needed = {
        SplitKind.HIDDEN_LINKS: "no article has two links, of which one could be hidden and one be left",
        SplitKind.COLD_START: "no article has a link that could be hidden",
    }[kind]
    if part is Part.VALIDATION:
        return f"no links are left to tune by: without those of the test, {needed}; test fewer"
    return f"the split leaves no test links: {needed}"
