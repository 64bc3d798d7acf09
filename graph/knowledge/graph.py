"""The knowledge graph: articles as nodes, links as edges; it never changes."""

from __future__ import annotations

import enum
import functools
import json
import threading
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

import orjson

from . import metrics
from .article import Problem
from .columns import load_columns, load_links, positions_of
from .escape import unescape
from .fields import slug_of
from .snapshot import open_snapshot, read_meta, select_problems
from .text import excerpt, render_html, render_text

if TYPE_CHECKING:
    import networkx

T = TypeVar("T")
K = TypeVar("K")

_RENDERED = 512
"""How many rendered answers a graph keeps: about 10 MB."""


class HubMeasure(enum.Enum):
    """What makes an article a hub."""

    IN_DEGREE = "IN_DEGREE"
    OUT_DEGREE = "OUT_DEGREE"
    DEGREE = "DEGREE"


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
class DanglingReference:
    """A reference that leads nowhere, as written; `position` counts its article's references from 0."""

    source: Article
    position: int
    field: str
    number: int | None
    title: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Seo:
    """What the front matter tells search engines."""

    title: str | None
    description: str | None
    keywords: tuple[str, ...]


class KnowledgeGraph:
    """A folder of articles as a graph.

    It never changes: whatever is derived from it can be kept as long as it lives, and it can be read from any
    number of threads.

    Parameters
    ----------
    snapshot
        The file that `graph.build` wrote.

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

    def __init__(self, snapshot: Path) -> None:
        self._database = open_snapshot(snapshot)
        self._reading = threading.Lock()
        self.loaded_at = datetime.now(UTC)
        meta = read_meta(self._database)
        self.version = meta["version"]
        self.references = ReferenceCounts(**json.loads(meta["references"]))
        self.columns = load_columns(self._database)
        self.outgoing, self.incoming = load_links(self._database, len(self.columns.url))
        self.problems: tuple[Problem, ...] = tuple(select_problems(self._database, "1"))
        self._position = positions_of(self.columns.url)
        self.articles = Articles(self, range(len(self.columns.url)))
        self.render_html = functools.lru_cache(_RENDERED)(self._render_html)

    def __repr__(self) -> str:
        return f"<KnowledgeGraph {self.version}: {self.article_count} articles, {self.link_count} links>"

    def close(self) -> None:
        """Close the snapshot; answers and front matter cannot be read any more."""
        self._database.close()

    @property
    def article_count(self) -> int:
        """Number of articles."""
        return len(self.columns.url)

    @property
    def link_count(self) -> int:
        """Number of links."""
        return len(self.outgoing.neighbors)

    def position(self, url: str) -> int | None:
        """Position of the article with a url; None where there is none."""
        return self._position.get(url)

    def article(self, url: str) -> Article | None:
        """The article with a url; None where there is none."""
        position = self._position.get(url)
        return None if position is None else Article(self, position)

    @functools.cached_property
    def subjects(self) -> tuple[Subject, ...]:
        """Every subject, most articles first; ties by name."""
        return tuple(sorted(self.subjects_by_name, key=lambda s: (-len(s.articles), s.name)))

    @functools.cached_property
    def subjects_by_name(self) -> tuple[Subject, ...]:
        """Every subject, in the order that `columns.subject` counts in."""
        members: dict[int | None, array[int]] = {}
        for position, subject in enumerate(self.columns.subject):
            members.setdefault(subject, array("i")).append(position)
        rows = self.select("SELECT n, name, slug FROM subject ORDER BY n")
        return tuple(Subject(name, slug, Articles(self, members[n])) for n, name, slug in rows)

    def subject(self, slug: str) -> Subject | None:
        """The subject with a slug; None where there is none."""
        return next((subject for subject in self.subjects if subject.slug == slug), None)

    def orphans(self) -> Articles:
        """The articles that no article links to, by url."""
        return self._orphans

    def dead_ends(self) -> Articles:
        """The articles that link to no article, by url."""
        return self._dead_ends

    def isolated(self) -> Articles:
        """The articles that neither link nor are linked to, by url."""
        return self._isolated

    @functools.cached_property
    def _orphans(self) -> Articles:
        return Articles(self, metrics.orphans(self.incoming))

    @functools.cached_property
    def _dead_ends(self) -> Articles:
        return Articles(self, metrics.dead_ends(self.outgoing))

    @functools.cached_property
    def _isolated(self) -> Articles:
        return Articles(self, metrics.isolated(self.outgoing, self.incoming))

    def hubs(self, by: HubMeasure = HubMeasure.IN_DEGREE, first: int = 10) -> list[Hub]:
        """The articles that a measure ranks highest.

        Parameters
        ----------
        by
            The measure. A degree counts links: to the article, from it, or both.
        first
            How many at most.

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
        scores = self._degrees(HubMeasure(by))
        best = metrics.highest(scores, range(self.article_count), first)
        return [Hub(Article(self, p), float(scores[p]), rank) for rank, p in enumerate(best, 1)]

    def _degrees(self, by: HubMeasure) -> Sequence[int]:
        if by is HubMeasure.IN_DEGREE:
            return self.incoming.degrees()
        if by is HubMeasure.OUT_DEGREE:
            return self.outgoing.degrees()
        pairs = zip(self.incoming.degrees(), self.outgoing.degrees(), strict=True)
        return [into + out for into, out in pairs]

    @functools.cached_property
    def density(self) -> float:
        """Links as a share of all that could be."""
        return metrics.density(self.article_count, self.link_count)

    @functools.cached_property
    def reciprocity(self) -> float:
        """Share of the links whose reverse is a link too."""
        return metrics.reciprocity(self.outgoing)

    @property
    def average_degree(self) -> float:
        """Mean number of links of an article, in and out."""
        return metrics.average_degree(self.article_count, self.link_count)

    @functools.cached_property
    def dangling_references(self) -> tuple[DanglingReference, ...]:
        """References that lead nowhere, by the url of their article and in the order of its front matter."""
        rows = self.select(
            "SELECT source, position, field, reference.number, reference.title, reference.url FROM dangling "
            "JOIN article ON article.n = source JOIN reference USING (file_id, position) "
            "ORDER BY source, position"
        )
        return tuple(DanglingReference(Article(self, source), *rest) for source, *rest in rows)

    @functools.cached_property
    def dangling_by_source(self) -> dict[int, list[DanglingReference]]:
        """The same, by the position of the article."""
        return _grouped(self.dangling_references, lambda reference: reference.source.position)

    @functools.cached_property
    def problems_by_file(self) -> dict[str, list[Problem]]:
        """The problems of each file that has any."""
        return _grouped(self.problems, lambda problem: problem.file)

    @functools.cached_property
    def positions_by_number(self) -> dict[int, list[int]]:
        """The articles that have each number."""
        numbered = (p for p, number in enumerate(self.columns.number) if number is not None)
        return _grouped(numbered, lambda position: self.columns.number[position] or 0)

    @functools.cached_property
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
        rows = self.select(
            "SELECT source, target, field FROM link JOIN article ON article.n = source "
            "JOIN reference USING (file_id, position) ORDER BY source, position"
        )
        built.add_edges_from((columns.url[s], columns.url[t], {"field": field}) for s, t, field in rows)
        networkx.freeze(built)
        return built

    def select(self, statement: str, *arguments: object) -> list[tuple[Any, ...]]:
        """Read from the snapshot; one thread at a time."""
        with self._reading:
            return self._database.execute(statement, arguments).fetchall()

    def text(self, position: int, column: str) -> Any:
        """One value of the snapshot's `text` table: what is too heavy to keep in memory."""
        statement = f"SELECT {column} FROM text WHERE file_id = ?"  # noqa: S608 - only names from this file
        ((value,),) = self.select(statement, self.columns.file_id[position])
        return value

    def answer(self, position: int) -> str | None:
        """An article's answer as Markdown."""
        answer: str | None = self.text(position, "answer")
        if answer is None or not self.text(position, "escaped"):
            return answer
        return unescape(answer).strip()

    def front_matter(self, position: int) -> dict[str, Any]:
        """An article's front matter, with dates as text."""
        values: dict[str, Any] = orjson.loads(self.text(position, "front_matter"))
        if self.text(position, "escaped"):
            values["answer"] = self.text(position, "answer")
        return values

    def _render_html(self, position: int) -> str:
        answer = self.answer(position)
        return render_html(answer) if answer else ""


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


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject: all spellings that differ only in case.

    Parameters
    ----------
    name
        The spelling that most articles use.
    slug
        Unique, for urls.
    articles
        Its articles, by url.
    """

    name: str
    slug: str
    articles: Articles


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
        value: str | None = self.graph.text(self.position, "question")
        return value

    @property
    def answer(self) -> str | None:
        """The answer as Markdown; None where it has none."""
        return self.graph.answer(self.position)

    def answer_html(self) -> str | None:
        """The answer as HTML that is safe to show; None where it has none."""
        return self.graph.render_html(self.position) or None

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
        return tuple(json.loads(self.graph.text(self.position, "keywords")))

    @property
    def seo(self) -> Seo | None:
        """What the front matter tells search engines; None where it has no `seo`."""
        if not self.graph.text(self.position, "has_seo"):
            return None
        title = self.graph.text(self.position, "seo_title")
        return Seo(title, self.graph.text(self.position, "seo_description"), self.keywords)

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
        return self.graph.front_matter(self.position)

    @property
    def related(self) -> Articles:
        """The articles that it links to, in the order of its front matter."""
        return Articles(self.graph, self.graph.outgoing[self.position])

    @property
    def related_places(self) -> list[int]:
        """Which reference of its front matter, from 0, makes each of its links, in the order of `related`."""
        rows = self.graph.select(
            "SELECT position FROM link WHERE source = ? ORDER BY position", self.position
        )
        return [place for (place,) in rows]

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
        same = [] if self.number is None else self.graph.positions_by_number[self.number]
        return Articles(self.graph, [position for position in same if position != self.position])

    @property
    def dangling_references(self) -> Sequence[DanglingReference]:
        """The references of its front matter that lead nowhere."""
        return self.graph.dangling_by_source.get(self.position, [])

    @property
    def problems(self) -> Sequence[Problem]:
        """What is wrong with its file."""
        return self.graph.problems_by_file.get(self.file, [])


def _grouped(items: Iterable[T], key: Callable[[T], K]) -> dict[K, list[T]]:
    groups: dict[K, list[T]] = {}
    for item in items:
        groups.setdefault(key(item), []).append(item)
    return groups
