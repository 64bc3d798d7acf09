"""How much a document asks for, counted on its syntax tree with the fragments written out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypeAlias

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    OperationDefinitionNode,
    SelectionSetNode,
)

__all__ = ["Counter", "Counts", "Repeats"]

Definition: TypeAlias = OperationDefinitionNode | FragmentDefinitionNode

# Those fields of introspection that give several things which have such fields in turn.
_LISTS = frozenset(
    ("types", "directives", "fields", "args", "inputFields", "interfaces", "possibleTypes", "enumValues")
)


class Counts(NamedTuple):
    """What `Limits` limits under the same names."""

    depth: int = 0
    introspection_depth: int = 0
    nesting: int = 0
    fields: int = 0
    aliases: int = 0
    root_fields: int = 0
    directives: int = 0


class Repeats(NamedTuple):
    """The response name that most fields in one place have, and the pairs of fields that share one there."""

    name: str
    times: int
    pairs: int


class _Place(NamedTuple):
    """Where a selection stands in its definition."""

    depth: int
    introspection_depth: int
    nesting: int
    is_top: bool
    is_introspection: bool


class _Own(NamedTuple):
    """What a definition has by itself, and what it spreads where."""

    counts: Counts
    spreads: list[tuple[FragmentSpreadNode, _Place]]


class Counter:
    """Counts a document, each of its definitions once.

    Parameters
    ----------
    document
        Any document; its fragments may be missing, doubled, unused or spread in cycles.
    """

    def __init__(self, document: DocumentNode) -> None:
        self._fragments = {
            node.name.value: node for node in document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        self._counts: dict[int, Counts] = {}
        self._closing = set[int]()  # the spreads that close a cycle
        self._roots: list[Definition] = []
        # Fragments come last: those that no operation uses are validated all the same.
        for kind in (OperationDefinitionNode, FragmentDefinitionNode):
            for node in document.definitions:
                if isinstance(node, kind) and id(node) not in self._counts:
                    self._count(node)
                    self._roots.append(node)

    @property
    def total(self) -> Counts:
        """What all operations have together; of depths and root fields the largest."""
        total = Counts()
        for root in self._roots:
            counts = self._counts[id(root)]
            top = counts.root_fields if isinstance(root, OperationDefinitionNode) else 0
            total = _sum(total, counts)._replace(root_fields=max(total.root_fields, top))
        return total

    def repeats(self) -> Repeats:
        """How often fields are merged, where fields with one name are one place.

        This walks the document with its fragments written out, so their number has to be known to be small.
        """
        most, times, pairs = "", 0, 0
        pending = [[root.selection_set] for root in self._roots]
        while pending:
            named: dict[str, list[FieldNode]] = {}
            for field in self._fields(pending.pop()):
                named.setdefault(field.alias.value if field.alias else field.name.value, []).append(field)
            for name, fields in named.items():
                pairs += len(fields) * (len(fields) - 1) // 2
                if len(fields) > times:
                    most, times = name, len(fields)
                if below := [field.selection_set for field in fields if field.selection_set]:
                    pending.append(below)
        return Repeats(most, times, pairs)

    def _count(self, root: Definition) -> None:
        """Count a definition and the fragments that it needs, these first."""
        own: dict[int, _Own] = {}
        path = [root]
        while path:
            node = path[-1]
            if id(node) in self._counts:
                path.pop()
            elif id(node) not in own:
                own[id(node)] = _read(node)
                needed = (self._fragments.get(spread.name.value) for spread, _ in own[id(node)].spreads)
                path += [
                    fragment
                    for fragment in needed
                    if fragment is not None and id(fragment) not in self._counts and id(fragment) not in own
                ]
            else:
                path.pop()
                self._counts[id(node)] = self._written_out(own[id(node)])

    def _written_out(self, own: _Own) -> Counts:
        total = own.counts
        for spread, place in own.spreads:
            fragment = self._fragments.get(spread.name.value)
            if fragment is None:
                continue
            if id(fragment) not in self._counts:
                self._closing.add(id(spread))
                continue
            counts = self._counts[id(fragment)]
            total = _sum(
                total,
                counts._replace(
                    depth=place.depth + counts.depth,
                    introspection_depth=place.introspection_depth + counts.introspection_depth,
                    nesting=place.nesting + counts.nesting,
                    root_fields=counts.root_fields if place.is_top else 0,
                ),
            )
        return total

    def _fields(self, selection_sets: list[SelectionSetNode]) -> Iterator[FieldNode]:
        """The fields in one place, each fragment's once."""
        met = set[str]()
        pending = list(selection_sets)
        while pending:
            for selection in pending.pop().selections:
                if isinstance(selection, FieldNode):
                    yield selection
                elif not isinstance(selection, FragmentSpreadNode):
                    pending.append(selection.selection_set)  # type: ignore[attr-defined]
                elif (
                    selection.name.value in self._fragments
                    and selection.name.value not in met
                    and id(selection) not in self._closing
                ):
                    met.add(selection.name.value)
                    pending.append(self._fragments[selection.name.value].selection_set)


def _sum(some: Counts, others: Counts) -> Counts:
    return Counts(
        max(some.depth, others.depth),
        max(some.introspection_depth, others.introspection_depth),
        max(some.nesting, others.nesting),
        some.fields + others.fields,
        some.aliases + others.aliases,
        some.root_fields + others.root_fields,
        some.directives + others.directives,
    )


def _read(definition: Definition) -> _Own:
    """Count what stands in a definition itself."""
    directives = len(definition.directives or ())
    if isinstance(definition, OperationDefinitionNode):
        directives += sum(len(node.directives or ()) for node in definition.variable_definitions or ())
        in_introspection = False
    else:
        in_introspection = definition.type_condition.name.value.startswith("__")
    deepest = deepest_lists = deepest_nesting = fields = aliases = root_fields = 0
    spreads: list[tuple[FragmentSpreadNode, _Place]] = []
    pending = [(definition.selection_set, _Place(0, 0, 1, True, in_introspection))]
    while pending:
        selection_set, place = pending.pop()
        depth, lists, nesting, is_top, introspection = place
        deepest_nesting = max(deepest_nesting, nesting)
        for selection in selection_set.selections:
            directives += len(selection.directives or ())
            if isinstance(selection, FragmentSpreadNode):
                spreads.append((selection, place))
                continue
            inner = _Place(depth, lists, nesting + 1, is_top, introspection)
            if isinstance(selection, FieldNode):
                name = selection.name.value
                fields += 1
                aliases += selection.alias is not None
                root_fields += is_top
                inner = _Place(
                    depth + (not introspection),
                    lists + (introspection and name in _LISTS),
                    nesting + 1,
                    False,
                    introspection or name in ("__schema", "__type"),
                )
                deepest, deepest_lists = max(deepest, inner.depth), max(deepest_lists, inner[1])
            if below := getattr(selection, "selection_set", None):
                pending.append((below, inner))
    counts = Counts(deepest, deepest_lists, deepest_nesting, fields, aliases, root_fields, directives)
    return _Own(counts, spreads)
