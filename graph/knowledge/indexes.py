"""Columns as arrays, for filters, orders and facets: text by codes, numbers with what is missing marked.

Everything is made when it is first asked for and kept.
"""

from __future__ import annotations

import itertools
import operator
from array import array
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .. import metrics
from ..derived import computed_once

if TYPE_CHECKING:
    from .graph import KnowledgeGraph

Mask: TypeAlias = npt.NDArray[np.bool_]
Integers: TypeAlias = npt.NDArray[np.int64]
_FEW = 1000
_SHARE = 20
"""How many values, or which part of all, are found one after the other before all are looked at instead."""
_AT_ONCE = 20_000
MISSING = -1
"""The code of an article without a value."""


Test: TypeAlias = Callable[[str, str], bool]
"""Of a value and what it is tested against: `operator.contains`, `str.startswith`, `str.endswith`."""


class _Values:
    """Distinct values that are tested against a text.

    They also stand in one long text: what few of them contain is found in it without looking at each.

    Parameters
    ----------
    values
        The values.
    """

    def __init__(self, values: Sequence[str]) -> None:
        self._values = values
        self._text = "\0".join([*values, ""])
        self._starts = np.cumsum([0, *(len(value) + 1 for value in values)])
        self._is_whole = self._text.count("\0") == len(values)

    def passing(self, test: Test, text: str) -> Mask:
        """Which values pass a test against a text."""
        found = self._containing(text) if test is operator.contains else None
        if found is not None:
            return found
        # by way of bytes: `np.fromiter` takes a third longer; some at once: other threads stand still
        starts = range(0, len(self._values), _AT_ONCE)
        some = (self._values[start : start + _AT_ONCE] for start in starts)
        passed = b"".join([bytes(map(test, values, itertools.repeat(text))) for values in some])
        return np.frombuffer(passed, np.bool_)

    def _containing(self, text: str) -> Mask | None:
        """Which values contain a text; None where many do, so that looking at each is faster."""
        if not text or "\0" in text or not self._is_whole:
            return None
        find, places = self._text.find, list[int]()
        place = find(text)
        while place >= 0:
            places.append(place)
            if len(places) > max(_FEW, len(self._values) // _SHARE):
                return None
            place = find(text, find("\0", place))
        mask = np.zeros(len(self._starts) - 1, np.bool_)
        mask[np.searchsorted(self._starts, places, side="right") - 1] = True
        return mask


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
    def _tested(self) -> tuple[_Values, _Values]:
        return _Values(self.values), _Values(self.folded)

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
        passing = self._tested[folded].passing(test, text)
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

    @property
    def owners(self) -> Integers:
        """The article of each keyword."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @property
    def missing(self) -> Mask:
        """Which articles have no keyword."""
        mask: Mask = self.lengths == 0
        return mask

    def among(self, values: Iterable[str]) -> Mask:
        """Which articles have one of some casefolded keywords."""
        return self._having([self._code_of[value] for value in values if value in self._code_of])

    def where(self, test: Test, text: str, *, folded: bool = True) -> Mask:  # noqa: ARG002 - as TextIndex
        """Which articles have a keyword that passes a test against a text, casefolded."""
        return self._of(self._tested.passing(test, text))

    @computed_once
    def _tested(self) -> _Values:
        return _Values(self.folded)

    def _having(self, codes: Sequence[int]) -> Mask:
        chosen = np.zeros(len(self.folded), np.bool_)
        chosen[list(codes)] = True
        return self._of(chosen)

    def _of(self, chosen: Mask) -> Mask:
        mask = np.zeros(len(self.lengths), np.bool_)
        mask[self.owners[chosen[self.codes]]] = True
        return mask


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
