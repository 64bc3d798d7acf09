"""Components and communities: every article is in exactly one of each kind."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar, overload

import numpy as np
import numpy.typing as npt

from ..components import largest_first
from .kinds import ComponentKind
from .records import Articles

if TYPE_CHECKING:
    from .graph import KnowledgeGraph

G = TypeVar("G")


@dataclass(frozen=True, slots=True)
class Component:
    """Articles that can reach each other: along links in any direction (weak), or both ways (strong).

    Parameters
    ----------
    kind
        Weak or strong.
    articles
        Its articles, by url.
    """

    kind: ComponentKind
    articles: Articles

    @property
    def key(self) -> str:
        """Names it: its kind and its smallest url."""
        return f"{self.kind.value}:{self.articles[0].url}"


@dataclass(frozen=True, slots=True)
class Community:
    """Articles that link to each other more than to others.

    Parameters
    ----------
    articles
        Its articles, by url.
    """

    articles: Articles

    @property
    def key(self) -> str:
        """Names it: its smallest url."""
        return self.articles[0].url

    @property
    def label(self) -> str:
        """The title of its article with the highest PageRank; of equals the first by url."""
        graph = self.articles.graph
        return graph.columns.title[int(graph.measures.most_central[self.articles.positions[0]])]


class Partition(Sequence[G], Generic[G]):
    """Groups, every article in exactly one; the largest first, ties by smallest url.

    Parameters
    ----------
    graph
        The graph.
    labels
        For each article the smallest position in its group, shape (n,).
    make
        Makes a group of its articles.
    """

    def __init__(
        self, graph: KnowledgeGraph, labels: npt.NDArray[np.integer], make: Callable[[Articles], G]
    ) -> None:
        self._graph = graph
        self._labels = labels
        self._make = make
        order = np.argsort(labels, kind="stable")
        names, sizes = largest_first(labels.astype(np.int32))
        self._members = array("i", order.astype(np.int32).tobytes())
        self._starts: list[int] = np.searchsorted(labels[order], names).tolist()
        self._sizes: list[int] = sizes.tolist()
        self._rank_of_name = {name: rank for rank, name in enumerate(names.tolist())}

    def __len__(self) -> int:
        return len(self._sizes)

    @overload
    def __getitem__(self, rank: int) -> G: ...
    @overload
    def __getitem__(self, rank: slice) -> list[G]: ...
    def __getitem__(self, rank: int | slice) -> G | list[G]:
        if isinstance(rank, slice):
            return [self[each] for each in range(*rank.indices(len(self)))]
        start = self._starts[rank]
        return self._make(Articles(self._graph, self._members[start : start + self._sizes[rank]]))

    def of(self, position: int) -> G:
        """The group of an article."""
        return self[self._rank_of_name[int(self._labels[position])]]

    def named(self, url: str) -> G | None:
        """The group with a smallest url; None where there is none."""
        position = self._graph.position(url)
        rank = None if position is None else self._rank_of_name.get(position)
        return None if rank is None else self[rank]
