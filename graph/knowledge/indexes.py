"""Columns as arrays, for filters, orders and facets: text by codes, numbers with what is missing marked.

Everything is made when it is first asked for and kept.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .. import metrics
from ..columns import spans
from ..derived import computed_once
from .values import Mask, Rows, Test, Values

if TYPE_CHECKING:
    from .graph import KnowledgeGraph

Integers: TypeAlias = npt.NDArray[np.int64]
Positions: TypeAlias = npt.NDArray[np.integer]
MISSING = -1
"""The code of an article without a value."""


class TextIndex:
    """A column of text: each article's value as the number of a distinct value.

    Parameters
    ----------
    column
        Each article's value, by position; None where it has none.
    """

    def __init__(self, column: Sequence[str | None]) -> None:
        code_of: dict[str, int] = {}
        codes = (MISSING if v is None else code_of.setdefault(v, len(code_of)) for v in column)
        self.codes: Integers = np.fromiter(codes, np.int64, len(column))
        self.values: list[str] = list(code_of)
        self._code_of = code_of

    @computed_once
    def folded(self) -> list[str]:
        """The distinct values, casefolded."""
        folded = map(str.casefold, self.values)
        return [value if value == other else other for value, other in zip(self.values, folded, strict=True)]

    @computed_once
    def _as_written(self) -> Values:
        return Values(self.values)

    @computed_once
    def _as_folded(self) -> Values:
        return Values(self.folded)

    @computed_once
    def counts(self) -> Integers:
        """How many articles have each of the values."""
        return self.counted(slice(None))

    def counted(self, articles: Positions | slice) -> Integers:
        """How many of some articles do."""
        return np.bincount(self.codes[articles] + 1, minlength=len(self.values) + 1)[1:]  # without MISSING

    @property
    def missing(self) -> Mask:
        """Which articles have no value."""
        mask: Mask = self.codes == MISSING
        return mask

    def among(self, values: Iterable[str]) -> Mask:
        """Which articles have one of some values."""
        wanted = [self._code_of[value] for value in values if value in self._code_of]
        return self._having(wanted)

    def where(self, test: Test, text: str, *, folded: bool = False) -> Mask:
        """Which articles have a value that passes a test against a text, or whose casefolded value does."""
        passing = (self._as_folded if folded else self._as_written).passing(test, text)
        return np.append(passing, False)[self.codes]  # the last one is what MISSING, -1, looks up

    def _having(self, codes: Sequence[int]) -> Mask:
        return np.isin(self.codes, codes)


class KeywordIndex:
    """Many values an article: its keywords, which are one where they differ only in case.

    Parameters
    ----------
    keywords
        Each article's keywords, by position.
    """

    def __init__(self, keywords: Iterable[Sequence[str]]) -> None:
        spellings: dict[str, int] = {}
        written, lengths = array("i"), array("q")
        for of_article in keywords:
            lengths.append(len(of_article))
            written.extend([spellings.setdefault(keyword, len(spellings)) for keyword in of_article])
        code_of: dict[str, int] = {}
        names: list[str] = []
        times = np.bincount(_array(written, np.int32), minlength=len(spellings)).tolist()
        codes = np.empty(len(spellings), np.int32)
        for spelling, number in spellings.items():
            folded = spelling.casefold()
            codes[number] = code = code_of.setdefault(
                spelling if folded == spelling else folded, len(code_of)
            )
            if code == len(names):
                names.append(spelling)
            elif (-times[number], spelling) < (-times[spellings[names[code]]], names[code]):
                names[code] = spelling
        self.folded: list[str] = list(code_of)
        self.names = names
        """Of the spellings that differ only in case the one that most articles have."""
        self.codes: npt.NDArray[np.int32] = codes[_array(written, np.int32)]
        self.lengths: Integers = _array(lengths, np.int64)
        self._code_of = code_of

    @computed_once
    def counts(self) -> Integers:
        """How many articles have each of the distinct keywords."""
        return np.bincount(self.codes, minlength=len(self.folded))

    def counted(self, articles: Positions) -> Integers:
        """How many of some articles do."""
        places = spans(self._starts[articles], self.lengths[articles])
        return np.bincount(self.codes[places], minlength=len(self.folded))

    @computed_once
    def _starts(self) -> Integers:
        return np.cumsum(self.lengths) - self.lengths

    @computed_once
    def _articles(self) -> Rows:
        """The articles of each keyword."""
        owners = np.repeat(np.arange(len(self.lengths), dtype=np.uint32), self.lengths)
        return Rows(self.codes, owners, len(self.folded), len(self.lengths))

    @property
    def missing(self) -> Mask:
        """Which articles have no keyword."""
        mask: Mask = self.lengths == 0
        return mask

    def among(self, values: Iterable[str]) -> Mask:
        """Which articles have one of some casefolded keywords."""
        codes = [self._code_of[value] for value in values if value in self._code_of]
        return self._articles.united(np.array(codes, np.intp))

    def where(self, test: Test, text: str, *, folded: bool = True) -> Mask:  # noqa: ARG002 - as TextIndex
        """Which articles have a keyword that passes a test against a text, casefolded."""
        return self._articles.united(np.flatnonzero(self._folded.passing(test, text)))

    @computed_once
    def _folded(self) -> Values:
        return Values(self.folded)


def _array(values: array[int], dtype: type[np.int32] | type[np.int64]) -> npt.NDArray[Any]:
    return np.frombuffer(values, dtype) if values else np.zeros(0, dtype)


class NumberIndex:
    """A column of numbers.

    Parameters
    ----------
    column
        Each article's number, by position; None where it has none.
    kind
        int or float.
    """

    def __init__(self, column: Sequence[float | None], kind: type[int] | type[float]) -> None:
        self.missing: Mask = np.fromiter((v is None for v in column), np.bool_, len(column))
        dtype = np.int64 if kind is int else np.float64
        self.values: npt.NDArray[Any] = np.fromiter(
            (0 if v is None else v for v in column), dtype, len(column)
        )

    @computed_once
    def counts(self) -> Integers:
        """How many articles have each number, where numbers are counts themselves: whole, and from 0 on."""
        return np.bincount(self.values)

    def counted(self, articles: Positions) -> Integers:
        """How many of some articles do."""
        return np.bincount(self.values[articles], minlength=len(self.counts))


class Indexes:
    """The indexes over one graph's articles.

    Parameters
    ----------
    graph
        The graph.
    """

    def __init__(self, graph: KnowledgeGraph) -> None:
        self._graph = graph
        self._columns = graph.columns

    def __len__(self) -> int:
        return self._graph.article_count

    @computed_once
    def url(self) -> TextIndex:
        """Urls; an article's code is its position."""
        return TextIndex(self._columns.url)

    @computed_once
    def title(self) -> TextIndex:
        """Titles."""
        return TextIndex(self._columns.title)

    @computed_once
    def author(self) -> TextIndex:
        """Authors."""
        return TextIndex(self._columns.author)

    @computed_once
    def subject(self) -> TextIndex:
        """Names of the subjects, casefolded."""
        return TextIndex([None if s is None else s.casefold() for s in self._subject_names()])

    @computed_once
    def subject_names(self) -> TextIndex:
        """Names of the subjects."""
        return TextIndex(self._subject_names())

    def _subject_names(self) -> list[str | None]:
        names = [subject.name for subject in self._graph.subjects_by_name]
        return [None if s is None else names[s] for s in self._columns.subject]

    @computed_once
    def keyword(self) -> KeywordIndex:
        """Keywords."""
        return KeywordIndex(self._columns.keywords)

    @computed_once
    def number(self) -> NumberIndex:
        """The front matter's ids."""
        return NumberIndex(self._columns.number, int)

    @computed_once
    def score(self) -> NumberIndex:
        """Scores."""
        return NumberIndex(self._columns.score, float)

    @computed_once
    def date(self) -> NumberIndex:
        """Dates, as days since 0001-01-01, which is 1."""
        return NumberIndex([None if d is None else d.toordinal() for d in self._columns.date], int)

    @computed_once
    def month(self) -> TextIndex:
        """Months of the dates, such as 2025-01."""
        return TextIndex([None if d is None else d.isoformat()[: len("2025-01")] for d in self._columns.date])

    @computed_once
    def reading_minutes(self) -> NumberIndex:
        """Minutes to read the answers."""
        return NumberIndex(self._columns.reading_minutes, int)

    @computed_once
    def in_degree(self) -> NumberIndex:
        """How many articles link to each."""
        return NumberIndex(self._graph.incoming.degrees(), int)

    @computed_once
    def out_degree(self) -> NumberIndex:
        """How many articles each links to."""
        return NumberIndex(self._graph.outgoing.degrees(), int)

    @computed_once
    def no_index(self) -> Mask:
        """Which articles search engines are asked to pass over."""
        return np.array(self._columns.no_index.values, np.bool_)

    @computed_once
    def orphan(self) -> Mask:
        """Which articles no article links to."""
        return self.having(metrics.orphans(self._graph.incoming))

    @computed_once
    def dead_end(self) -> Mask:
        """Which articles link to no article."""
        return self.having(metrics.dead_ends(self._graph.outgoing))

    @computed_once
    def isolated(self) -> Mask:
        """Which articles have no link in either direction."""
        return self.having(metrics.isolated(self._graph.outgoing, self._graph.incoming))

    @computed_once
    def dangling(self) -> Mask:
        """Which articles make a reference that leads nowhere."""
        return self.having(np.fromiter(self._graph.dangling_by_source, np.int64))

    @computed_once
    def problematic(self) -> Mask:
        """Which articles have a file that something is wrong with."""
        files = self._graph.problems_by_file
        return np.fromiter((file in files for file in self._columns.file), np.bool_, len(self))

    def having(self, positions: npt.NDArray[np.integer] | array[int]) -> Mask:
        """A mask of some positions, shape (m,)."""
        mask = np.zeros(len(self), np.bool_)
        mask[np.asarray(positions)] = True
        return mask

    def prepare(self) -> None:
        """Make everything now that filters, orders and facets may ask for."""
        for name, made in vars(type(self)).items():
            if isinstance(made, computed_once):
                index = getattr(self, name)
                if isinstance(index, TextIndex):
                    index.folded  # noqa: B018 - it is made by being asked for
