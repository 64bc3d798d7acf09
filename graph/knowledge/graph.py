"""The knowledge graph: articles as nodes, links as edges; it never changes."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import orjson
from numpy.typing import NDArray

from .. import metrics, mixing, traversal
from ..article import Problem
from ..columns import Adjacency, Columns, Positions
from ..derived import DerivedResults, computed_once
from ..opening import open_columns, open_links
from ..snapshot import Snapshot, open_snapshot
from ..suggestions import Suggester
from ..traversal import Direction
from .filters import Where, matching
from .groups import Community, Component, Partition
from .indexes import Indexes
from .kinds import ComponentKind, HubMeasure
from .measures import Measures
from .ordering import ranks_by, sorted_positions
from .records import (
    Article,
    Articles,
    Centrality,
    DanglingReference,
    Hub,
    ReferenceCounts,
    Subject,
    SubjectLink,
)
from .texts import Texts
from .values import Mask

if TYPE_CHECKING:
    import networkx

T = TypeVar("T")
K = TypeVar("K")

_KEPT_MASKS = 256
"""How many filters' matches a graph keeps, a byte an article each."""
_KEPT_ORDERS = 32
"""How many orders of all articles a graph keeps."""


class WalkLimitError(Exception):
    """A walk along links would take too long; the message says what to ask for instead."""


class KnowledgeGraph:
    """A folder of articles as a graph.

    It never changes: whatever is derived from it can be kept as long as it lives, and it can be read from any
    number of threads.

    Parameters
    ----------
    snapshot
        The file that `graph.build` wrote.
    resolution
        Of the communities: above 1 they are smaller, below 1 larger.
    derived
        The folder to keep derived results in; by default it has the snapshot's name with `.derived` added.

    Raises
    ------
    SnapshotError
        Where the file is missing, no snapshot, damaged, or of another format.

    Examples
    --------
    >>> import graph
    >>> g = graph.load("seeds")
    >>> len(g.articles) == g.nx.number_of_nodes()
    True
    """

    def __init__(self, snapshot: Path, *, resolution: float = 1.0, derived: Path | None = None) -> None:
        self._open(open_snapshot(snapshot), resolution, derived)

    @classmethod
    def of(
        cls, snapshot: Snapshot, *, resolution: float = 1.0, derived: Path | None = None
    ) -> KnowledgeGraph:
        """The graph of a snapshot that is open."""
        graph = cls.__new__(cls)
        graph._open(snapshot, resolution, derived)
        return graph

    def _open(self, opened: Snapshot, resolution: float, derived: Path | None) -> None:
        self._opened = opened
        self._resolution = resolution
        self._derived = derived or opened.name.with_name(opened.name.name + ".derived")
        self.loaded_at = datetime.now(UTC)
        self.version: str = opened.meta["version"]
        self.references = ReferenceCounts(**opened.meta["references"])
        self.columns: Columns = open_columns(opened)
        self.outgoing: Adjacency
        self.incoming: Adjacency
        self.outgoing, self.incoming = open_links(opened)
        self.problems: tuple[Problem, ...] = tuple(opened.problems())
        positions = Positions(
            self.columns.url, opened.section("bucket.offsets", "i"), opened.section("bucket", "i")
        )
        self.position: Callable[[str], int | None] = positions.__getitem__
        """Position of the article with a url; None where there is none."""
        self.articles = Articles(self, range(len(self.columns.url)))
        self.texts = Texts(opened)
        self.indexes: Indexes = Indexes(self)
        self._link_references = opened.section("outgoing.reference", "i")
        self.derived = DerivedResults(self._derived, self.version)
        self.measures: Measures = Measures(self, self.derived, resolution)
        self._masks: dict[bytes, Mask] = {}
        self.ranks = functools.cache(functools.partial(ranks_by, self))
        self.sorted_positions = functools.lru_cache(_KEPT_ORDERS)(functools.partial(sorted_positions, self))

    def __repr__(self) -> str:
        return f"<KnowledgeGraph {self.version}: {self.article_count} articles, {self.link_count} links>"

    def reopen(self, snapshot: Path) -> KnowledgeGraph:
        """Open a newer snapshot in the same way."""
        opened = open_snapshot(snapshot, self._opened)
        return KnowledgeGraph.of(opened, resolution=self._resolution, derived=self._derived)

    def close(self) -> None:
        """Close the snapshot; answers and front matter cannot be read any more."""
        self._opened.close()

    @property
    def snapshot(self) -> Path:
        """The snapshot's file; who asks waits until it is in its place."""
        return self._opened.path

    @property
    def article_count(self) -> int:
        """Number of articles."""
        return len(self.columns.url)

    @property
    def link_count(self) -> int:
        """Number of links."""
        return len(self.outgoing.neighbors)

    def matching(self, where: Where) -> Mask:
        """Which articles a filter matches, by position; the masks of filters that come again are kept.

        Raises
        ------
        FilterError
            Where the filter is wrong; the message names the place in it.
        """
        try:
            key = orjson.dumps(where)
        except TypeError:  # what JSON does not know: the filter is wrong, and will say where
            return matching(self, where)
        mask = self._masks.get(key)
        if mask is None:
            mask = matching(self, where)
            if len(self._masks) >= _KEPT_MASKS:
                self._masks.clear()
            self._masks[key] = mask
        return mask

    def article(self, url: str) -> Article | None:
        """The article with a url; None where there is none."""
        position = self.position(url)
        return None if position is None else Article(self, position)

    @computed_once
    def subjects(self) -> tuple[Subject, ...]:
        """Every subject, most articles first; ties by name, case ignored."""
        return tuple(sorted(self.subjects_by_name, key=lambda subject: -len(subject.articles)))

    @computed_once
    def subjects_by_name(self) -> tuple[Subject, ...]:
        """Every subject, in the order that `columns.subject` counts in."""
        numbers, names = np.asarray(self.columns.subject.values), self._opened.json("subjects")
        positions = np.argsort(numbers, kind="stable").astype(np.int32)
        ends = np.searchsorted(numbers[positions], np.arange(len(names) + 1))
        return tuple(
            Subject(name, slug, n, Articles.at(self, positions[ends[n] : ends[n + 1]]))
            for n, (name, slug) in enumerate(names)
        )

    def subject(self, slug: str) -> Subject | None:
        """The subject with a slug; None where there is none."""
        return next((subject for subject in self.subjects if subject.slug == slug), None)

    def orphans(self) -> Articles:
        """The articles that no article links to, by url."""
        return self.articles.filter({"isOrphan": True})

    def dead_ends(self) -> Articles:
        """The articles that link to no article, by url."""
        return self.articles.filter({"isDeadEnd": True})

    def isolated(self) -> Articles:
        """The articles that neither link nor are linked to, by url."""
        return self.articles.filter({"isIsolated": True})

    def hubs(
        self, by: HubMeasure = HubMeasure.IN_DEGREE, first: int = 10, among: Articles | None = None
    ) -> list[Hub]:
        """The articles that a measure ranks highest.

        Parameters
        ----------
        by
            The measure. A degree counts links: to the article, from it, or both.
        first
            How many at most.
        among
            Only of these articles.

        Returns
        -------
        list
            Highest score first, ties by url; ranks from 1.

        Raises
        ------
        ValueError
            Where `by` is no measure or `first` is negative.
        """
        if first < 0:
            raise ValueError(f"first must not be negative, got {first}")
        scores = getattr(self.measures, HubMeasure(by).name.lower())
        best = metrics.highest(scores, (self.articles if among is None else among).array(), first)
        return [Hub(Article(self, p), float(scores[p]), rank) for rank, p in enumerate(best, 1)]

    def centrality(self, position: int) -> Centrality:
        """An article's scores."""
        measures = self.measures
        return Centrality(
            in_degree=self.incoming.degree(position),
            out_degree=self.outgoing.degree(position),
            pagerank=float(measures.pagerank[position]),
            hub=float(measures.hits_hub[position]),
            authority=float(measures.hits_authority[position]),
            betweenness=float(measures.betweenness[position]),
            core_number=int(measures.core_number[position]),
        )

    def components(self, kind: ComponentKind = ComponentKind.WEAK) -> Partition[Component]:
        """The components, largest first; ties by smallest url."""
        return self.measures.components[kind]

    def component(self, key: str) -> Component | None:
        """The component with a key; None where there is none."""
        kind, _, url = key.partition(":")
        if kind not in ComponentKind.__members__:
            return None
        return self.measures.components[ComponentKind(kind)].named(url)

    @property
    def communities(self) -> Partition[Community]:
        """The communities, largest first; ties by smallest url."""
        return self.measures.communities

    def community(self, key: str) -> Community | None:
        """The community with a key, its smallest url; None where there is none."""
        return self.measures.communities.named(key)

    @computed_once
    def density(self) -> float:
        """Links as a share of all that could be."""
        return metrics.density(self.article_count, self.link_count)

    @computed_once
    def reciprocity(self) -> float:
        """Share of the links whose reverse is a link too."""
        return metrics.reciprocity(self.outgoing)

    @property
    def average_degree(self) -> float:
        """Mean number of links of an article, in and out."""
        return metrics.average_degree(self.article_count, self.link_count)

    def path(self, source: Article, target: Article, direction: Direction = Direction.OUT) -> Articles | None:
        """A shortest path; see `graph.traversal.shortest_path`. None where there is none."""
        found = traversal.shortest_path(
            self.outgoing, self.incoming, source.position, target.position, direction
        )
        return None if found is None else Articles(self, found)

    def paths(
        self, source: Article, target: Article, k: int = 3, direction: Direction = Direction.OUT
    ) -> list[Articles]:
        """The shortest simple paths; see `graph.traversal.shortest_paths`.

        Raises
        ------
        WalkLimitError
            Where the search was given up before it had found as many.
        """
        found = traversal.shortest_paths(
            self.outgoing, self.incoming, source.position, target.position, direction, k
        )
        if not found.complete:
            raise WalkLimitError(
                f"after {len(found.found)} of {k} paths the search was given up; ask for a smaller k"
            )
        return [Articles(self, path) for path in found.found]

    def common_neighbors(self, a: Article, b: Article, direction: Direction = Direction.BOTH) -> Articles:
        """Articles one link away from both of two; see `graph.traversal.common_neighbors`."""
        found = traversal.common_neighbors(self.outgoing, self.incoming, a.position, b.position, direction)
        return Articles(self, found)

    @computed_once
    def subject_links(self) -> tuple[SubjectLink, ...]:
        """Links between every two subjects that have any, most first; ties by the names' order."""
        subjects = self.subjects_by_name
        counted = mixing.subject_links(self.outgoing, self.columns.subject)
        return tuple(SubjectLink(subjects[s], subjects[t], count) for s, t, count in counted)

    @computed_once
    def subject_assortativity(self) -> float | None:
        """How much articles link to their own subject; see `graph.mixing.assortativity`."""
        return mixing.assortativity(self.outgoing, self.columns.subject)

    @computed_once
    def clustering_coefficient(self) -> float:
        """Average clustering; see `graph.metrics.clustering_coefficient`."""
        return metrics.clustering_coefficient(self.outgoing, self.incoming)

    def degree_distribution(self, direction: Direction = Direction.BOTH) -> list[tuple[int, int]]:
        """How many articles have each degree: degrees ascending, each with its number of articles."""
        directions = {
            Direction.IN: (self.incoming,),
            Direction.OUT: (self.outgoing,),
            Direction.BOTH: (self.incoming, self.outgoing),
        }
        return metrics.degree_distribution(*directions[direction])

    @computed_once
    def dangling_references(self) -> tuple[DanglingReference, ...]:
        """References that lead nowhere, by the url of their article and in the order of its front matter."""
        sources = self._opened.section("dangling.source", "i")
        places = self._opened.section("dangling.reference", "i")
        references = functools.lru_cache(1)(self.texts.references)  # of the articles one after the other
        return tuple(
            DanglingReference(Article(self, source), place, *references(source)[place])
            for source, place in zip(sources, places, strict=True)
        )

    def link_fields(self, position: int) -> list[str]:
        """The fields of an article's front matter that make its links, in the order of these."""
        places = self.link_places(position)
        references = self.texts.references(position) if places else []
        return [references[place].field for place in places]

    def link_places(self, position: int) -> list[int]:
        """Which reference of an article's front matter, from 0, makes each of its links, in their order."""
        offsets = self.outgoing.offsets
        return self._link_references[offsets[position] : offsets[position + 1]].tolist()

    @computed_once
    def dangling_by_source(self) -> dict[int, list[DanglingReference]]:
        """The same, by the position of the article."""
        return _grouped(self.dangling_references, lambda reference: reference.source.position)

    @computed_once
    def suggester(self) -> Suggester:
        """Finds what a reference that leads nowhere may have meant."""
        return Suggester(self.columns.url, self.columns.title, self.columns.number)

    @computed_once
    def problems_by_file(self) -> dict[str, list[Problem]]:
        """The problems of each file that has any."""
        return _grouped(self.problems, lambda problem: problem.file)

    @computed_once
    def by_number(self) -> tuple[NDArray[np.int64], NDArray[np.intp]]:
        """The articles' numbers, ascending, and the position of each; those without one are first."""
        numbers = np.asarray(self.columns.number.values)
        positions = np.argsort(numbers, kind="stable")
        return numbers[positions], positions

    def numbered(self, number: int) -> list[int]:
        """The positions of the articles that have a number, ascending."""
        numbers, positions = self.by_number
        first, end = (np.searchsorted(numbers, number, side) for side in ("left", "right"))
        found: list[int] = positions[first:end].tolist()
        return found

    @computed_once
    def nx(self) -> networkx.DiGraph[str]:
        """The graph as a frozen ``networkx.DiGraph`` keyed by url.

        Nodes, in order of url, have the attributes url, position, number, title, subject and date (a
        ``datetime.date``); edges, in the order of the front matter, have `field`, the reference that makes
        them ("related_article3").
        """
        import networkx

        built: networkx.DiGraph[str] = networkx.DiGraph(name="articlegraph", version=self.version)
        columns, names = self.columns, [subject.name for subject in self.subjects_by_name]
        for position, url in enumerate(columns.url):
            subject = columns.subject[position]
            built.add_node(
                url,
                url=url,
                position=position,
                number=columns.number[position],
                title=columns.title[position],
                subject=None if subject is None else names[subject],
                date=columns.date[position],
            )
        urls = columns.url.tolist()
        for position, source in enumerate(urls):
            targets, names = self.outgoing[position], self.link_fields(position)
            built.add_edges_from(
                (source, urls[t], {"field": name}) for t, name in zip(targets, names, strict=True)
            )
        networkx.freeze(built)
        return built


def _grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
