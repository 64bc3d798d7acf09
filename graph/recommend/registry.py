"""The strategies there are: our own, and those of other packages."""

from __future__ import annotations

import difflib
import functools
import importlib
import inspect
from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from .strategy import Strategy

GROUP = "articlegraph.strategies"
"""The entry points by which other packages give strategies: a name, and a subclass of `Strategy`."""
DEFAULT = "hybrid"

_OWN = {
    "hybrid": "hybrid:Hybrid",
    "personalized-pagerank": "personalized_pagerank:PersonalizedPageRank",
    "adamic-adar": "adamic_adar:AdamicAdar",
    "linked": "linked:Linked",
    "content": "content:Content",
    "embedding": "embedding:Embedding",
    "popular": "popular:Popular",
    "random": "random:Random",
}


_EMPTY = inspect.Parameter.empty


class StrategyError(Exception):
    """There is no such strategy, it cannot be imported, or it has no such parameter; the message says all."""


@functools.cache
def strategies() -> Mapping[str, type[Strategy]]:
    """Every strategy by its name: the default first, then our own, then other packages' by name.

    Raises
    ------
    StrategyError
        Where another package's strategy cannot be imported, is no strategy, or has a name that is taken.
    """
    found: dict[str, type[Strategy]] = {}
    for name in _OWN:
        found[name] = _own(name)
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        found[point.name] = _load(point, found)
    return found


def strategy_named(name: str) -> type[Strategy]:
    """The strategy with a name.

    Raises
    ------
    StrategyError
        Where there is none; the message lists those that there are.
    """
    if name in _OWN:  # whatever is wrong with other packages
        return _own(name)
    known = strategies()
    if name in known:
        return known[name]
    raise StrategyError(
        f"unknown strategy {name!r}{perhaps_meant(name, known)}; known are: {', '.join(known)}"
    )


def perhaps_meant(given: str, known: Iterable[str]) -> str:
    """The part of a message about a wrong name that asks for the nearest right one; empty if none is near."""
    near = difflib.get_close_matches(given, list(known), 1)
    return f"; did you mean {near[0]!r}?" if near else ""


def make_strategy(name: str, parameters: Mapping[str, Any] | None = None) -> Strategy:
    """A strategy, not yet fitted.

    Parameters
    ----------
    name
        Its name.
    parameters
        Arguments of its constructor.

    Raises
    ------
    StrategyError
        Where there is no such strategy, no such parameter, or a value that it refuses.
    """
    kind = strategy_named(name)
    given = parameters or {}
    has = parameters_of(kind)
    for parameter in given:
        if parameter not in has:
            known = f"its parameters are: {', '.join(has)}" if has else "it has none"
            raise StrategyError(
                f"{name} has no parameter {parameter!r}{perhaps_meant(parameter, has)}; {known}"
            )
    try:
        return kind(**given)
    except (TypeError, ValueError) as error:
        raise StrategyError(f"{name}: {error}") from None


def parameters_of(kind: type[Strategy]) -> dict[str, Any]:
    """A strategy's parameters with their defaults."""
    return {p.name: p.default for p in inspect.signature(kind).parameters.values()}


def _own(name: str) -> type[Strategy]:
    module, _, attribute = _OWN[name].partition(":")
    kind: type[Strategy] = getattr(importlib.import_module(f".{module}", __package__), attribute)
    return kind


def _load(point: EntryPoint, taken: Mapping[str, object]) -> type[Strategy]:
    where = f"the strategy {point.name!r} of {point.dist.name if point.dist else point.value}"
    if point.name in taken:
        raise StrategyError(f"{where} has a name that is taken")
    try:
        kind = point.load()
    except Exception as error:  # whatever another package's import raises
        raise StrategyError(f"{where} cannot be imported: {error}") from error
    if not (isinstance(kind, type) and issubclass(kind, Strategy)):
        raise StrategyError(f"{where} is no subclass of graph.recommend.Strategy")
    needs = {
        f"name = {point.name!r}": getattr(kind, "name", None) == point.name,
        "a description": hasattr(kind, "description"),
        **{f"the method {method}": False for method in sorted(kind.__abstractmethods__)},
        **{f"a default for {name}": value is not _EMPTY for name, value in parameters_of(kind).items()},
    }
    if lacking := [need for need, is_met in needs.items() if not is_met]:
        raise StrategyError(f"{where} lacks {', '.join(lacking)}")
    return kind
