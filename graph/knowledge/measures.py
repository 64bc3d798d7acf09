"""The measures of one graph: computed once, when first asked for, and kept beside the snapshot."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from .. import centrality, communities, components
from ..derived import Array, DerivedResults, computed_once
from .groups import Community, Component, Partition
from .kinds import ComponentKind

if TYPE_CHECKING:
    from .graph import KnowledgeGraph

Scores = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

_FORMAT = 1
"""Changes with what any of the measures is, so that results of an earlier one are not used."""
_ALL = ("pagerank", "hits_hub", "betweenness", "core_number", "components", "communities")


class Measures:
    """Scores of every article, by position, and the groups that articles form.

    Parameters
    ----------
    graph
        The graph.
    derived
        Where results are kept.
    resolution
        Of the communities: above 1 they are smaller, below 1 larger.
    """

    def __init__(self, graph: KnowledgeGraph, derived: DerivedResults, resolution: float) -> None:
        self._graph = graph
        self._outgoing, self._incoming = graph.outgoing, graph.incoming
        self._derived = derived
        self._resolution = resolution

    def _kept(self, name: str, **compute: Callable[[], Array]) -> Mapping[str, Any]:
        return self._derived.arrays(
            f"{name}-{_FORMAT}", lambda: {key: make() for key, make in compute.items()}
        )

    @property
    def in_degree(self) -> Integers:
        """How many articles link to each."""
        values: Integers = self._graph.indexes.in_degree.values
        return values

    @property
    def out_degree(self) -> Integers:
        """How many articles each links to."""
        values: Integers = self._graph.indexes.out_degree.values
        return values

    @property
    def degree(self) -> Integers:
        """Both together."""
        return self.in_degree + self.out_degree

    @property
    def pagerank(self) -> Scores:
        """PageRank; see `graph.centrality.pagerank`."""
        return self._kept("pagerank", scores=lambda: centrality.pagerank(self._outgoing))["scores"]  # type: ignore[no-any-return]

    @property
    def hits_hub(self) -> Scores:
        """HITS hub scores; see `graph.centrality.hits`."""
        return self._hits["hubs"]

    @property
    def hits_authority(self) -> Scores:
        """HITS authority scores; see `graph.centrality.hits`."""
        return self._hits["authorities"]

    @property
    def _hits(self) -> Mapping[str, Scores]:
        def compute() -> Mapping[str, Array]:
            hubs, authorities = centrality.hits(self._outgoing)
            return {"hubs": hubs, "authorities": authorities}

        return self._derived.arrays(f"hits-{_FORMAT}", compute)  # type: ignore[return-value]

    @property
    def betweenness(self) -> Scores:
        """Betweenness; see `graph.centrality.betweenness`."""
        return self._kept("betweenness", scores=lambda: centrality.betweenness(self._outgoing))["scores"]  # type: ignore[no-any-return]

    @property
    def core_number(self) -> Integers:
        """Core numbers; see `graph.centrality.core_numbers`."""
        kept = self._kept("cores", numbers=lambda: centrality.core_numbers(self._outgoing, self._incoming))
        return kept["numbers"]  # type: ignore[no-any-return]

    @computed_once
    def components(self) -> Mapping[ComponentKind, Partition[Component]]:
        """The components of both kinds."""
        kept = self._kept(
            "components",
            WEAK=lambda: components.weak_components(self._outgoing),
            STRONG=lambda: components.strong_components(self._outgoing, self._incoming),
        )
        return {
            kind: Partition(self._graph, kept[kind.value], functools.partial(Component, kind))
            for kind in ComponentKind
        }

    @computed_once
    def communities(self) -> Partition[Community]:
        """The communities."""
        return Partition(self._graph, self._community_labels, Community)

    @property
    def _community_labels(self) -> npt.NDArray[np.int32]:
        kept = self._kept(
            f"communities-{self._resolution!r}",
            labels=lambda: communities.communities(self._outgoing, self._incoming, self._resolution),
        )
        return kept["labels"]  # type: ignore[no-any-return]

    @computed_once
    def most_central(self) -> npt.NDArray[np.int32]:
        """For each article, the position of the one with the highest PageRank in its community."""
        return communities.most_central(self._community_labels, self.pagerank)

    @computed_once
    def modularity(self) -> float:
        """How far the communities are from chance; see `graph.communities.modularity`."""
        return communities.modularity(self._outgoing, self._incoming, self._community_labels)

    def compute_all(self) -> None:
        """Compute now what has not been computed yet."""
        for name in _ALL:
            getattr(self, name)
