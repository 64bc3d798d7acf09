"""A YAML file → Plan; whatever is wrong is told with its line and column, all of it at once.

Values are checked by `Plan` and by the strategies themselves, one at a time: so a mistake has a place, and
what is right is said only once.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node, SequenceNode

from ..registry import DEFAULT, parameters_of
from ..strategy import Strategy
from .plan import ExperimentError, Plan, SplitKind, StrategyPlan, nearest, strategy_plan
from .sheet import Entry, Sheet, WrongTypeError, kind_of, plain, text, texts

Read = Callable[[Node], Any]


def read_plan(path: str | os.PathLike[str]) -> tuple[Plan, Path | None]:
    """Read what an experiment is to do from a YAML file.

    Parameters
    ----------
    path
        The file, in UTF-8.

    Returns
    -------
    Plan
        The experiment; its name is the file's where it has none of its own.
    Path or None
        The content that it runs on, where the file names it; a path in the file is relative to the file.

    Raises
    ------
    ExperimentError
        Where the file is no such plan. The message has a line for each mistake: ``file:line:column: what``.
    OSError
        Where it cannot be read.
    """
    path = Path(path)
    sheet = Sheet(path)
    root = sheet.read()
    settings = {"name": path.stem} | _settings(sheet, root)
    content = settings.pop("content", None)
    plan = None
    if not sheet.mistakes:
        with _checking(sheet, root, ""):
            plan = Plan(**settings)
    if plan is None:
        raise ExperimentError(sheet.message)
    return plan, None if content is None else path.parent / content


def _settings(sheet: Sheet, root: MappingNode) -> dict[str, Any]:
    """The content, and what `Plan` takes by name."""
    entries = sheet.entries(root)
    found: dict[str, Any] = {}
    for name, entry in entries.items():
        if name == "strategies":
            found[name] = _strategies(sheet, entry.value)
        elif name == "split":
            found |= _split(sheet, entry.value)
        elif name == "content":
            with _checking(sheet, entry.value, "content: "):
                found[name] = text(entry.value)
        elif name in _READERS:
            found |= _value(sheet, name, entry.value, _READERS[name])
        else:
            known = ("content", "split", "strategies", *_READERS)
            sheet.wrong(entry.key, f"unknown key {name!r}{nearest(name, known)}")
    if "strategies" not in entries:
        sheet.wrong(root, f"no strategies; add a line such as 'strategies: [{DEFAULT}, content]'")
    return found


def _split(sheet: Sheet, node: Node) -> dict[str, Any]:
    """How links are hidden."""
    if not isinstance(node, MappingNode):
        hint = f"such as 'split: {{kind: {SplitKind.HIDDEN_LINKS}}}'"
        sheet.wrong(node, f"split: {kind_of(node)} where a mapping should be, {hint}")
        return {}
    found: dict[str, Any] = {}
    for name, (key, value) in sheet.entries(node).items():
        if name in _SPLIT_READERS:
            found |= _value(sheet, "split" if name == "kind" else name, value, _SPLIT_READERS[name])
        else:
            sheet.wrong(key, f"split: unknown key {name!r}{nearest(name, _SPLIT_READERS)}")
    return found


def _value(sheet: Sheet, name: str, node: Node, read: Read) -> dict[str, Any]:
    """A value by its name in `Plan`, as a plan takes it that has nothing else of its own."""
    found = {}
    with _checking(sheet, node, f"{name}: "):
        value = read(node)
        Plan((strategy_plan(DEFAULT),), **{name: value})
        found[name] = value
    return found


def _strategies(sheet: Sheet, node: Node) -> tuple[StrategyPlan, ...]:
    """What is to be measured."""
    if not (isinstance(node, SequenceNode) and node.value):
        what = "an empty list" if isinstance(node, SequenceNode) else kind_of(node)
        sheet.wrong(node, f"strategies: {what} where names should be, such as [{DEFAULT}, content]")
        return ()
    return tuple(plan for item in node.value if (plan := _strategy(sheet, item)))


def _strategy(sheet: Sheet, node: Node) -> StrategyPlan | None:
    """A strategy: its name, or a mapping with its name, parameters and grid."""
    before = len(sheet.mistakes)
    entries = sheet.entries(node) if isinstance(node, MappingNode) else {"name": Entry(node, node)}
    if "name" not in entries:
        sheet.wrong(node, "a strategy without a name; write it as '- name: content'")
        return None
    named = entries.pop("name").value
    with _checking(sheet, named, "strategy: "):
        kind = strategy_plan(text(named)).kind
        grid = _grid(sheet, kind, _inner(sheet, "grid", entries.pop("grid", None)))
        inner = _inner(sheet, "parameters", entries.pop("parameters", None))
        for name in inner.keys() & entries.keys():
            sheet.wrong(inner[name].key, f"{name!r} stands twice, here and beside the strategy's name")
        beside = _parameters(sheet, kind, entries, also=("parameters", "grid"))
        parameters = beside | _parameters(sheet, kind, inner)
        if len(sheet.mistakes) == before:
            return StrategyPlan(kind, parameters, grid)
    return None


def _inner(sheet: Sheet, name: str, entry: Entry | None) -> dict[str, Entry]:
    """The entries of a mapping inside of a strategy."""
    if entry is None:
        return {}
    if isinstance(entry.value, MappingNode):
        return sheet.entries(entry.value)
    sheet.wrong(entry.value, f"{name}: {kind_of(entry.value)} where a mapping should be")
    return {}


def _parameters(
    sheet: Sheet, kind: type[Strategy], entries: Mapping[str, Entry], also: Collection[str] = ()
) -> dict[str, Any]:
    """Parameters of a strategy, each of which it takes; `also` are keys that could have been meant."""
    has = parameters_of(kind)
    found = {}
    for name, (key, value) in entries.items():
        if name not in has:
            sheet.wrong(key, f"{kind.name} has no parameter {name!r}{nearest(name, [*has, *also])}")
            continue
        with _checking(sheet, value, f"{name}: "):
            given = plain(value)
            StrategyPlan(kind, {name: given})
            found[name] = given
    return found


def _grid(sheet: Sheet, kind: type[Strategy], entries: Mapping[str, Entry]) -> dict[str, list[Any]]:
    """Values to try for parameters of a strategy, each of which it takes."""
    found = {}
    for name, (key, node) in entries.items():
        if isinstance(node, SequenceNode) and node.value:
            tried = [_parameters(sheet, kind, {name: Entry(key, value)}) for value in node.value]
            found[name] = [parameters[name] for parameters in tried if name in parameters]
        else:
            what = "an empty list" if isinstance(node, SequenceNode) else kind_of(node)
            sheet.wrong(node, f"{name}: {what} where a list of values to try should be")
    return found


def _count(node: Node) -> Any:
    """A number, or None where it is "all"."""
    value = plain(node)
    return None if value == "all" else value


def _kind(node: Node) -> Any:
    """A kind of split, or what is none."""
    value = plain(node)
    return next((kind for kind in SplitKind if kind == value), value)


_READERS: Mapping[str, Read] = {
    "name": text,
    "k": plain,
    "seed": plain,
    "resamples": plain,
    "metrics": texts,
    "tune": text,
}
_SPLIT_READERS: Mapping[str, Read] = {
    "kind": _kind,
    "articles": _count,
    "hide": plain,
}


@contextlib.contextmanager
def _checking(sheet: Sheet, node: Node, what: str) -> Iterator[None]:
    """Whatever is refused inside is a mistake at this node, or inside of it."""
    try:
        yield
    except WrongTypeError as error:
        sheet.wrong(error.node, f"{what}{error}")
    except ExperimentError as error:
        sheet.wrong(node, str(error))
