"""Which articles a filter matches: conditions on their fields, in the shape of the API's ArticleFilter.

    {"subject": {"eq": "Mathematics"}, "inDegree": {"gte": 3}, "not": {"title": {"contains": "draft"}}}

Conditions side by side must all hold; ``{}`` matches every article. An operator never matches an article
without a value, except ``ne``, ``notIn`` and ``not``. Subjects and keywords are compared without regard to
case; of many keywords one must satisfy an operator, and none may be what ``ne`` and ``notIn`` name.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from .indexes import Indexes, KeywordIndex, NumberIndex, TextIndex
from .values import Mask

if TYPE_CHECKING:
    from .graph import KnowledgeGraph

Where: TypeAlias = Mapping[str, Any]

_COMPARISONS: dict[str, Callable[[Any, Any], Any]] = {
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": operator.contains,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
}
_NEGATIONS = {"ne": "eq", "notIn": "in"}


class FilterError(ValueError):
    """A filter says what cannot be asked; the message names the place in it and what would be right."""


def matching(graph: KnowledgeGraph, where: Where) -> Mask:
    """The articles that a filter matches.

    Parameters
    ----------
    graph
        The graph.
    where
        The filter. A component is named as `Component.key` does, a community by its `key`.

    Returns
    -------
    numpy.ndarray
        Shape (n,), true where the article matches.

    Raises
    ------
    FilterError
        Where a field or an operator is unknown, or a value is None or of the wrong type.
    """
    return _all_of(graph, where, "where")


def _all_of(graph: KnowledgeGraph, where: Where, path: str) -> Mask:
    _check(where, Mapping, path, "a filter")
    mask = np.ones(graph.article_count, np.bool_)
    for name, value in where.items():
        place = f"{path}.{name}"
        if value is None:
            raise FilterError(
                f"{place} must not be null; leave it out, or ask for missing values with isNull"
            )
        mask &= _condition(graph, name, value, place)
    return mask


def _condition(graph: KnowledgeGraph, name: str, value: Any, path: str) -> Mask:
    if name in ("and", "or"):
        _check(value, list, path, "a list of filters")
        masks = [_all_of(graph, part, f"{path}[{place}]") for place, part in enumerate(value)]
        combine = np.logical_and if name == "and" else np.logical_or
        start = np.full(graph.article_count, name == "and")
        return combine.reduce([start, *masks])  # type: ignore[no-any-return]
    if name == "not":
        return ~_all_of(graph, value, path)
    if name in _FLAGS:
        _check(value, bool, path, "true or false")
        return _FLAGS[name](graph.indexes) == value  # type: ignore[no-any-return]
    if name in _GROUPS:
        _check(value, str, path, "the id of one")
        return _GROUPS[name](graph, value)
    if name in _FIELDS:
        _check(value, Mapping, path, "operators with their values")
        index, evaluate, prepare = _FIELDS[name]
        return _operators(index(graph.indexes), evaluate, prepare, value, path)
    known = ", ".join(["and", "or", "not", *_FIELDS, *_FLAGS, *_GROUPS])
    raise FilterError(f"{path} is no field of a filter; there are {known}")


def _operators(
    index: Any,
    evaluate: Callable[[Any, str, Any, str], Mask],
    prepare: Callable[[Any, str], Any],
    operators: Where,
    path: str,
) -> Mask:
    mask = np.ones(len(index.missing), np.bool_)
    for name, value in operators.items():
        place = f"{path}.{name}"
        if value is None:
            raise FilterError(f"{place} must not be null; ask for missing values with isNull: true")
        if name == "isNull":
            _check(value, bool, place, "true or false")
            mask &= index.missing == value
            continue
        if name in ("in", "notIn"):
            _check(value, list, place, "a list")
            value = [prepare(item, f"{place}[{number}]") for number, item in enumerate(value)]
        else:
            value = prepare(value, place)
        positive = _NEGATIONS.get(name, name)
        found = evaluate(index, positive, value, place)
        mask &= found if positive == name else ~found
    return mask


def _match_text(index: TextIndex | KeywordIndex, name: str, value: Any, path: str) -> Mask:
    if name == "eq":
        return index.among([value])
    if name == "in":
        return index.among(value)
    if name == "containsIgnoreCase":
        return index.where(operator.contains, value.casefold(), folded=True)
    if name in _TEXT_TESTS:
        return index.where(_TEXT_TESTS[name], value)
    raise FilterError(
        f"{path} is no operator; there are eq, ne, in, notIn, contains, containsIgnoreCase, startsWith, "
        "endsWith, isNull"
    )


def _match_number(index: NumberIndex, name: str, value: Any, path: str) -> Mask:
    present = ~index.missing
    if name == "eq":
        return (index.values == value) & present  # type: ignore[no-any-return]
    if name == "in":
        return np.isin(index.values, value) & present
    if name in _COMPARISONS:
        return _COMPARISONS[name](index.values, value) & present  # type: ignore[no-any-return]
    raise FilterError(f"{path} is no operator; there are eq, ne, in, notIn, gt, gte, lt, lte, isNull")


def _text(value: Any, path: str) -> str:
    return _check(value, str, path, "text")  # type: ignore[no-any-return]


def _folded(value: Any, path: str) -> str:
    return _text(value, path).casefold()


def _number(value: Any, path: str) -> float:
    if isinstance(value, bool):
        raise FilterError(f"{path} must be a number, got {value!r}")
    return _check(value, (int, float), path, "a number")  # type: ignore[no-any-return]


def _day(value: Any, path: str) -> int:
    if isinstance(value, str):
        try:
            value = date.fromisoformat(value)
        except ValueError:
            raise FilterError(f"{path} must be a date such as 2025-01-08, got {value!r}") from None
    return int(_check(value, date, path, "a date such as 2025-01-08").toordinal())


def _check(value: Any, kind: Any, path: str, expected: str) -> Any:
    if not isinstance(value, kind):
        raise FilterError(f"{path} must be {expected}, got {value!r}")
    return value


_FIELDS: dict[str, tuple[Callable[[Indexes], Any], Callable[..., Mask], Callable[[Any, str], Any]]] = {
    "url": (lambda indexes: indexes.url, _match_text, _text),
    "title": (lambda indexes: indexes.title, _match_text, _text),
    "subject": (lambda indexes: indexes.subject, _match_text, _folded),
    "author": (lambda indexes: indexes.author, _match_text, _text),
    "keyword": (lambda indexes: indexes.keyword, _match_text, _folded),
    "number": (lambda indexes: indexes.number, _match_number, _number),
    "date": (lambda indexes: indexes.date, _match_number, _day),
    "score": (lambda indexes: indexes.score, _match_number, _number),
    "inDegree": (lambda indexes: indexes.in_degree, _match_number, _number),
    "outDegree": (lambda indexes: indexes.out_degree, _match_number, _number),
}

_FLAGS: dict[str, Callable[[Indexes], Mask]] = {
    "noIndex": lambda indexes: indexes.no_index,
    "isOrphan": lambda indexes: indexes.orphan,
    "isDeadEnd": lambda indexes: indexes.dead_end,
    "isIsolated": lambda indexes: indexes.isolated,
    "hasDanglingReferences": lambda indexes: indexes.dangling,
    "hasProblems": lambda indexes: indexes.problematic,
}

_GROUPS: dict[str, Callable[[KnowledgeGraph, str], Mask]] = {
    "component": lambda graph, key: _members(graph, graph.component(key)),
    "community": lambda graph, key: _members(graph, graph.community(key)),
}


def _members(graph: KnowledgeGraph, group: Any) -> Mask:
    return graph.indexes.having(np.zeros(0, np.int32) if group is None else group.articles.array())
