"""The smallest operation that still does what a large one did."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator
from typing import Any

from graphql import (
    REMOVE,
    ArgumentNode,
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    InlineFragmentNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    visit,
)

from .reference import Asked

SECONDS = 30.0

_PARTS = (
    OperationDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    FieldNode,
    DirectiveNode,
    ArgumentNode,
    ObjectFieldNode,
)


def shrunk(asked: Asked, still: Callable[[Asked], bool], seconds: float = SECONDS) -> Asked:
    """An operation without what can go.

    Parameters
    ----------
    asked
        The operation.
    still
        Whether a smaller one is as good; it is asked of many, also of such as no server takes.
    seconds
        How long to try.
    """
    try:
        found = dataclasses.replace(asked, query=print_ast(parse(asked.query)))
    except GraphQLError:
        return asked
    if not still(found):
        return asked
    until = time.monotonic() + seconds
    again = True
    while again:
        again = False
        number = 0
        while time.monotonic() < until:
            smaller = _without(found, number)
            if smaller is None:
                break
            if smaller != found and len(smaller.query) < len(found.query) and still(smaller):
                found, again = smaller, True
            else:
                number += 1
        for variables in _smaller(found.variables or {}):
            smaller = dataclasses.replace(found, variables=variables or None)
            if time.monotonic() < until and still(smaller):
                found, again = smaller, True
                break
    return found


class _Without(Visitor):
    """Leaves out one part of a document: the one with a number, counted as they stand.

    An alias is a part, and so is what a fragment puts around its fields.
    """

    def __init__(self, document: DocumentNode, number: int) -> None:
        super().__init__()
        self.left = number
        self._fragments = _fragments_of(document)

    def enter(self, node: Node, _key: Any, parent: Any, *_: Any) -> Any:
        if isinstance(node, SelectionSetNode):
            for index, selection in enumerate(node.selections):
                within = self._within(selection)
                if within is not None and self._is_next():
                    selections = (*node.selections[:index], *within, *node.selections[index + 1 :])
                    return SelectionSetNode(selections=selections)
        if isinstance(node, FieldNode) and node.alias is not None and self._is_next():
            parts = {key: getattr(node, key) for key in ("name", "arguments", "directives", "selection_set")}
            return FieldNode(**parts)
        if isinstance(node, SelectionNode) and len(parent) == 1:  # something must be selected
            return None
        return REMOVE if isinstance(node, _PARTS) and self._is_next() else None

    def _is_next(self) -> bool:
        self.left -= 1
        return self.left == -1

    def _within(self, selection: Node) -> tuple[Any, ...] | None:
        if isinstance(selection, FragmentSpreadNode):
            selection = self._fragments.get(selection.name.value, selection)
        selected = None if isinstance(selection, FieldNode) else getattr(selection, "selection_set", None)
        return selected and tuple(selected.selections)


def _without(asked: Asked, number: int) -> Asked | None:
    """An operation without a part and all that nothing else needs; None where it has no such part."""
    document = parse(asked.query)
    leaving = _Without(document, number)
    document = visit(document, leaving)
    if leaving.left >= 0:
        return None
    document = _tidied(document)
    declared = {
        variable.variable.name.value
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
        for variable in definition.variable_definitions or ()
    }
    variables = {name: value for name, value in (asked.variables or {}).items() if name in declared}
    return Asked(print_ast(document), variables or None, asked.operation_name)


def _tidied(document: DocumentNode) -> DocumentNode:
    """A document without fragments that are not spread, and without variables that are not used."""
    fragments = _fragments_of(document)
    kept: list[Any] = []
    needed: set[str] = set()
    for node in document.definitions:
        if isinstance(node, OperationDefinitionNode):
            reached = _reached(node, fragments)
            needed |= reached
            parts: list[Node] = [node.selection_set, *(fragments[name] for name in reached)]
            used = {name for part in parts for name in _named(part, VariableNode)}
            definitions = tuple(
                variable
                for variable in node.variable_definitions or ()
                if variable.variable.name.value in used
            )
            kept.append(_Variables(definitions).of(node))
    kept += [node for name, node in fragments.items() if name in needed]
    return DocumentNode(definitions=tuple(kept))


def _fragments_of(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
    }


class _Variables(Visitor):
    """Leaves an operation only some of its variables."""

    def __init__(self, kept: tuple[VariableDefinitionNode, ...]) -> None:
        super().__init__()
        self._kept = kept

    def of(self, node: OperationDefinitionNode) -> OperationDefinitionNode:
        return visit(node, self)  # type: ignore[no-any-return]

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: Any) -> Any:
        return None if node in self._kept else REMOVE


def _reached(operation: Node, fragments: dict[str, FragmentDefinitionNode]) -> set[str]:
    found: set[str] = set()
    pending = list(_named(operation, FragmentSpreadNode))
    while pending:
        name = pending.pop()
        if name in fragments and name not in found:
            found.add(name)
            pending += _named(fragments[name], FragmentSpreadNode)
    return found


def _named(root: Node, kind: type[Any]) -> Iterator[str]:
    """The names of all nodes of a kind below one."""
    pending: list[Node] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, kind):
            yield node.name.value
        for key in node.keys:
            member = getattr(node, key, None)
            pending += [
                item
                for item in (member if isinstance(member, tuple | list) else (member,))
                if isinstance(item, Node)
            ]


def _smaller(value: Any) -> Iterator[Any]:
    """A JSON value with one member or item less, anywhere in it."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield {other: value[other] for other in value if other != name}
            for smaller in _smaller(member):
                yield {**value, name: smaller}
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield value[:index] + value[index + 1 :]
            for smaller in _smaller(item):
                yield [*value[:index], smaller, *value[index + 1 :]]
