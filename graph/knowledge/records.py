"""What a graph hands out: articles, and what can be said of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, overload

import numpy as np
import numpy.typing as npt

from .. import traversal
from ..article import Problem, slug_of
from ..columns import view
from ..similarity import SimilarityMeasure, similar
from ..text import excerpt, render_text
from ..traversal import Direction, neighborhood, neighbors, subgraph
from .facets import ArticleFacet, FacetCount, facet_counts
from .filters import Where
from .kinds import ComponentKind
from .ordering import ArticleOrderField, OrderDirection, plain_order
from .values import Mask

if TYPE_CHECKING:
    from .graph import KnowledgeGraph
    from .groups import Community, Component


class Articles(Sequence["Article"]):
    """Some articles of a graph, in an order; each is made when it is asked for.

    Parameters
    ----------
    graph
        The graph.
    positions
        Which ones, in which order.
    """

    __slots__ = ("graph", "positions")

    def __init__(self, graph: KnowledgeGraph, positions: Sequence[int]) -> None:
        self.graph = graph
        self.positions = positions

    def __len__(self) -> int:
        return len(self.positions)

    @overload
    def __getitem__(self, index: int) -> Article: ...
    @overload
    def __getitem__(self, index: slice) -> Articles: ...
    def __getitem__(self, index: int | slice) -> Article | Articles:
        if isinstance(index, slice):
            return Articles(self.graph, self.positions[index])
        return Article(self.graph, self.positions[index])

    def __iter__(self) -> Iterator[Article]:
        graph = self.graph
        return (Article(graph, position) for position in self.positions)

    def __repr__(self) -> str:
        return f"<{len(self)} articles>"

    def filter(self, where: Where) -> Articles:
        """Those that a filter matches, in the same order; see `graph.knowledge.filters`.

        Raises
        ------
        FilterError
            Where the filter is wrong; the message names the place in it.
        """
        return self.where(self.graph.matching(where))

    def where(self, mask: Mask) -> Articles:
        """Those at whose positions a mask of all articles is true, in the same order."""
        if self.positions == range(self.graph.article_count):
            return Articles.at(self.graph, np.flatnonzero(mask))
        positions = self.array()
        return Articles.at(self.graph, positions[mask[positions]])

    def sort(self, *order: tuple[ArticleOrderField, OrderDirection]) -> Articles:
        """The same in another order: nulls last in both directions, text by casefold, ties by url."""
        ordered = self.graph.sorted_positions(plain_order(order))
        if len(self) < self.graph.article_count:
            ordered = ordered[self.graph.indexes.having(self.array())[ordered]]
        return Articles.at(self.graph, ordered)

    def subgraph(self, limit: int = 5000) -> Subgraph:
        """They and the links among them, the first `limit` of them; see `graph.traversal.subgraph`."""
        return Subgraph.of(self.graph, subgraph(self.graph.outgoing, self.positions, limit))

    def facets(self, by: ArticleFacet, first: int = 50) -> list[FacetCount]:
        """Count their values, most first; see `graph.knowledge.facets`."""
        return facet_counts(self.graph, self.array(), by, first)

    def array(self) -> npt.NDArray[np.int32]:
        """Their positions, shape (m,)."""
        if isinstance(self.positions, range):
            r = self.positions
            return np.arange(r.start, r.stop, r.step, dtype=np.int32)
        return np.asarray(self.positions, np.int32)

    @classmethod
    def at(cls, graph: KnowledgeGraph, positions: npt.NDArray[np.integer]) -> Articles:
        """The articles at some positions, shape (m,)."""
        return cls(graph, view(positions.astype(np.int32)))


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject: all spellings that differ only in case.

    Parameters
    ----------
    name
        The spelling that most articles use.
    slug
        Unique, for urls.
    number
        Its place in order of name, from 0.
    articles
        Its articles, by url.
    """

    name: str
    slug: str
    number: int
    articles: Articles

    @property
    def links(self) -> Sequence[SubjectLink]:
        """Links from its articles to each subject's, most first."""
        return [link for link in self.articles.graph.subject_links if link.source == self]


@dataclass(frozen=True, slots=True)
class Article:
    """An article of a graph: a position, and properties that look up what is asked for.

    Parameters
    ----------
    graph
        The graph.
    position
        Its number in order of url, from 0.
    """

    graph: KnowledgeGraph
    position: int

    def __repr__(self) -> str:
        return f"<Article {self.url}>"

    @property
    def url(self) -> str:
        """The key: the front matter's url, or "/" and the file without its ending."""
        return self.graph.columns.url[self.position]

    @property
    def slug(self) -> str:
        """Last segment of the url."""
        return slug_of(self.url)

    @property
    def number(self) -> int | None:
        """The front matter's id; not unique."""
        return self.graph.columns.number[self.position]

    @property
    def title(self) -> str:
        """The title."""
        return self.graph.columns.title[self.position]

    @property
    def question(self) -> str | None:
        """The question that it answers."""
        return self.graph.texts.rest(self.position).question

    @property
    def answer(self) -> str | None:
        """The answer as Markdown; None where it has none."""
        return self.graph.texts.answer(self.position)

    def answer_html(self) -> str | None:
        """The answer as HTML that is safe to show; None where it has none."""
        return self.graph.texts.html(self.position) or None

    def answer_text(self) -> str | None:
        """The answer as plain text; None where it has none."""
        answer = self.answer
        return None if answer is None else render_text(answer)

    def excerpt(self, length: int = 200) -> str:
        """The answer's first sentences as plain text, at most `length` characters."""
        return excerpt(self.answer or "", length)

    @property
    def reading_minutes(self) -> int:
        """Minutes to read the answer, rounded up."""
        return self.graph.columns.reading_minutes[self.position]

    @property
    def date(self) -> date | None:
        """The front matter's date; of a time its UTC day."""
        return self.graph.columns.date[self.position]

    @property
    def author(self) -> str | None:
        """The author."""
        return self.graph.columns.author[self.position]

    @property
    def subject(self) -> Subject | None:
        """The subject."""
        subject = self.graph.columns.subject[self.position]
        return None if subject is None else self.graph.subjects_by_name[subject]

    @property
    def keywords(self) -> tuple[str, ...]:
        """The keywords, without repeats that differ only in case."""
        return tuple(self.graph.columns.keywords[self.position])

    @property
    def seo(self) -> Seo | None:
        """What the front matter tells search engines; None where it has no `seo`."""
        rest = self.graph.texts.rest(self.position)
        return Seo(rest.seo_title, rest.seo_description, self.keywords) if rest.has_seo else None

    @property
    def score(self) -> float | None:
        """The front matter's score."""
        return self.graph.columns.score[self.position]

    @property
    def no_index(self) -> bool:
        """Whether search engines are asked to pass it over."""
        return self.graph.columns.no_index[self.position]

    @property
    def file(self) -> str:
        """Its file, relative to the content folder, with forward slashes."""
        return self.graph.columns.file[self.position]

    @property
    def front_matter(self) -> dict[str, Any]:
        """The front matter as it stands in the file, with dates as text."""
        return self.graph.texts.front_matter(self.position)

    @property
    def related(self) -> Articles:
        """The articles that it links to, in the order of its front matter."""
        return Articles(self.graph, self.graph.outgoing[self.position])

    @property
    def related_places(self) -> list[int]:
        """Which reference of its front matter, from 0, makes each of its links, in the order of `related`."""
        return self.graph.link_places(self.position)

    @property
    def related_by(self) -> Articles:
        """The articles that link to it, by url."""
        return Articles(self.graph, self.graph.incoming[self.position])

    @property
    def in_degree(self) -> int:
        """How many articles link to it."""
        return self.graph.incoming.degree(self.position)

    @property
    def out_degree(self) -> int:
        """How many articles it links to."""
        return self.graph.outgoing.degree(self.position)

    @property
    def duplicates(self) -> Articles:
        """The other articles with its number, by url."""
        same = [] if self.number is None else self.graph.numbered(self.number)
        return Articles(self.graph, [position for position in same if position != self.position])

    def neighbors(self, direction: Direction) -> Articles:
        """The articles one link away; see `graph.traversal.neighbors`."""
        graph = self.graph
        return Articles(graph, neighbors(graph.outgoing, graph.incoming, self.position, direction))

    def neighborhood(
        self, depth: int = 1, direction: Direction = Direction.BOTH, limit: int = 200
    ) -> Subgraph:
        """What lies near it, nearest first; see `graph.traversal.neighborhood`."""
        graph = self.graph
        found = neighborhood(graph.outgoing, graph.incoming, self.position, depth, direction, limit)
        return Subgraph.of(graph, found)

    def similar(
        self, by: SimilarityMeasure = SimilarityMeasure.ADAMIC_ADAR, first: int = 10
    ) -> list[SimilarArticle]:
        """The articles most similar to it by links; see `graph.similarity.similar`."""
        graph = self.graph
        found = similar(graph.outgoing, graph.incoming, self.position, by, first)
        return [SimilarArticle(Article(graph, other), score, n) for n, (other, score) in enumerate(found, 1)]

    def component(self, kind: ComponentKind = ComponentKind.WEAK) -> Component:
        """Its component of a kind."""
        return self.graph.components(kind).of(self.position)

    @property
    def community(self) -> Community:
        """Its community."""
        return self.graph.communities.of(self.position)

    @property
    def centrality(self) -> Centrality:
        """Its scores."""
        return self.graph.centrality(self.position)

    @property
    def dangling_references(self) -> Sequence[DanglingReference]:
        """The references of its front matter that lead nowhere."""
        return self.graph.dangling_by_source.get(self.position, [])

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong with its file."""
        return self.graph.problems_by_file.get(self.file, [])


@dataclass(frozen=True, slots=True)
class ReferenceCounts:
    """What became of every reference in the front matter of all articles."""

    total: int
    linked: int
    repeated: int
    self: int
    dangling: int


@dataclass(frozen=True, slots=True)
class Hub:
    """An article that a measure ranks high; ranks count from 1."""

    article: Article
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class SimilarArticle:
    """An article that is similar to another one by links; ranks count from 1."""

    article: Article
    score: float
    rank: int


@dataclass(frozen=True, slots=True)
class Centrality:
    """An article's scores; see `graph.centrality`."""

    in_degree: int
    out_degree: int
    pagerank: float
    hub: float
    authority: float
    betweenness: float
    core_number: int


@dataclass(frozen=True, slots=True)
class SubjectLink:
    """How many links lead from one subject's articles to another's, or the same one's."""

    source: Subject
    target: Subject
    count: int


@dataclass(frozen=True, slots=True)
class Subgraph:
    """Some articles and the links among them; `truncated` where a limit cut it."""

    articles: Articles
    links: list[tuple[Article, Article]]
    truncated: bool

    @classmethod
    def of(cls, graph: KnowledgeGraph, found: traversal.Subgraph) -> Subgraph:
        """What a walk has found."""
        links = [(Article(graph, source), Article(graph, target)) for source, target in found.links]
        return cls(Articles(graph, found.positions), links, found.truncated)


@dataclass(frozen=True, slots=True)
class DanglingReference:
    """A reference that leads nowhere, as written; `position` counts its article's references from 0."""

    source: Article
    position: int
    field: str
    number: int | None
    title: str | None
    url: str | None

    @property
    def suggestion(self) -> Article | None:
        """The article that was most likely meant; None where none is similar enough."""
        graph = self.source.graph
        found = graph.suggester.suggest(self.url, self.title, self.number, self.source.position)
        return None if found is None else Article(graph, found)


@dataclass(frozen=True, slots=True)
class Seo:
    """What the front matter tells search engines."""

    title: str | None
    description: str | None
    keywords: tuple[str, ...]
