"""A YAML file as nodes, which know their places, and the mistakes found in it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import yaml
from yaml.constructor import SafeConstructor
from yaml.events import AliasEvent, Event
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from .plan import ExperimentError

MAX_BYTES = 100_000
"""A longer file is no experiment."""
MAX_DEPTH = 20
"""Deepest nesting of lists and mappings."""

_LONGEST_NUMBER = 100
"""PyYAML takes quadratic time over 1:1:1:1..., and Python refuses to read thousands of digits."""
_EXPONENT = re.compile(r"[-+]?[0-9]+(\.[0-9]*)?[eE][-+]?[0-9]+")
"""A number to everyone but YAML 1.1, which wants 1.0e-3 for 1e-3."""
_TAG = "tag:yaml.org,2002:"
_CONVERTED = {_TAG + name for name in ("bool", "int", "float", "null")}


class WrongTypeError(Exception):
    """A value that is not of the type it should be.

    Parameters
    ----------
    node
        The value.
    wanted
        What it should be.
    """

    def __init__(self, node: Node, wanted: str) -> None:
        super().__init__(f"{kind_of(node)} where {wanted} should be")
        self.node = node


class Entry(NamedTuple):
    """A key and its value."""

    key: Node
    value: Node


@dataclass(slots=True)
class Sheet:
    """A file, and what is wrong with it so far.

    Parameters
    ----------
    path
        The file.
    mistakes
        Line, column, and what.
    """

    path: Path
    mistakes: list[tuple[int, int, str]] = field(default_factory=list)

    def read(self) -> MappingNode:
        """The file's mapping.

        Raises
        ------
        ExperimentError
            Where it is not UTF-8, no YAML, or no mapping, or has aliases, tags, or more than `MAX_BYTES` or
            `MAX_DEPTH`.
        OSError
            Where it cannot be read.
        """
        with self.path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            raise ExperimentError(f"{self.path}: more than {MAX_BYTES:,} bytes; is this an experiment?")
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            place = _end_of(data[: error.start].decode("utf-8", "replace"))
            raise ExperimentError(f"{self.path}:{place}: not UTF-8; save the file as UTF-8") from None
        node = self._composed(text)
        if node is None or (isinstance(node, ScalarNode) and not node.value):
            raise ExperimentError(
                f"{self.path}:1:1: the file is empty; it needs at least 'strategies: [hybrid]'"
            )
        if not isinstance(node, MappingNode):
            what = f"the file is {kind_of(node)}; write it as 'key: value' lines"
            raise ExperimentError(f"{self.path}:{_place(node.start_mark)}: {what}")
        return node

    def _composed(self, text: str) -> Node | None:
        try:
            return yaml.compose(text, _Loader)
        except yaml.MarkedYAMLError as error:
            what = ", ".join(part for part in (error.context, error.problem) if part)
            place = _place(error.problem_mark or error.context_mark)
        except yaml.reader.ReaderError as error:
            what = "a character that YAML does not allow; remove it"
            place = _end_of(text[: error.position])
        except (ValueError, OverflowError):  # "\U99999999"
            what, place = "an escape that is no character; correct or delete it", "1:1"
        raise ExperimentError(f"{self.path}:{place}: {what}")

    def wrong(self, node: Node, message: str) -> None:
        """Note a mistake."""
        self.mistakes.append((node.start_mark.line + 1, node.start_mark.column + 1, message))

    @property
    def message(self) -> str:
        """All mistakes in order of place, a line each: ``file:line:column: what``."""
        return "\n".join(
            f"{self.path}:{line}:{column}: {what}" for line, column, what in sorted(self.mistakes)
        )

    def entries(self, node: MappingNode) -> dict[str, Entry]:
        """A mapping's entries by their keys, none twice."""
        found: dict[str, Entry] = {}
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.wrong(key, f"{kind_of(key)} as a key; keys are plain names")
            elif key.value in found:
                first = found[key.value].key.start_mark.line + 1
                self.wrong(key, f"{key.value!r} stands twice, first in line {first}; delete one of them")
            else:
                found[key.value] = Entry(key, value)
        return found


class _Loader(yaml.SafeLoader):
    """Refuses what no experiment needs, and what would take long."""

    depth = 0

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        event: Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, AliasEvent):
            _refuse(event, f"the alias *{event.anchor}; write the value itself")
        if getattr(event, "tag", None) is not None:
            _refuse(event, "a YAML tag; write a plain value")
        if self.depth > MAX_DEPTH:
            _refuse(event, f"lists and mappings nest deeper than {MAX_DEPTH}")
        self.depth += 1
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node


def _refuse(event: Event, problem: str) -> NoReturn:
    mark: Any = event.start_mark
    raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def kind_of(node: Node) -> str:
    """What a node is, in words."""
    if isinstance(node, MappingNode):
        return "a mapping"
    if isinstance(node, SequenceNode):
        return "a list"
    return repr(node.value) if node.value or getattr(node, "style", None) else "nothing"


def plain(node: Node) -> Any:
    """What a node means, as plain Python values."""
    if isinstance(node, MappingNode):
        return {text(key): plain(value) for key, value in node.value}
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.value]
    value = str(node.value)
    if getattr(node, "style", None) is None and _EXPONENT.fullmatch(value):
        return float(value)
    if node.tag not in _CONVERTED or len(value) > _LONGEST_NUMBER:
        return value
    try:
        return SafeConstructor().construct_object(node)
    except ValueError:  # 0x_ looks like a number and is none
        return value


def text(node: Node) -> str:
    """A text as it is spelt: 2024 is a name too."""
    if isinstance(node, ScalarNode) and node.value.strip() and node.tag != _TAG + "null":
        return str(node.value)
    raise WrongTypeError(node, "a text")


def texts(node: Node) -> tuple[str, ...]:
    """A list of texts."""
    if isinstance(node, SequenceNode):
        return tuple(text(item) for item in node.value)
    raise WrongTypeError(node, "a list")


def _place(mark: Any) -> str:
    return f"{mark.line + 1}:{mark.column + 1}"


def _end_of(before: str) -> str:
    """The place of what comes right after this text."""
    lines = before.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return f"{len(lines)}:{len(lines[-1]) + 1}"
