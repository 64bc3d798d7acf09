"""Engines with one fault each: a comparison that does not find every one of them is worth nothing.

Faults of execution are the reference's executor with a mistake in it, faults of an answer or of what is made
of a request are made around it. None needs to know the engine that is under test.
"""

from __future__ import annotations

import dataclasses
import importlib
import json
import re
from collections.abc import Callable
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Any
from unittest import mock

from graphql import (
    FieldNode,
    GraphQLError,
    NonNullTypeNode,
    OperationDefinitionNode,
    parse,
    print_ast,
)
from graphql.execution.collect_fields import CollectedFields
from graphql.execution.executor import Executor

from graph.knowledge import KnowledgeGraph

from .reference import Asked, Reference

_MODULE: Any = importlib.import_module("graphql.execution.collect_fields")
"""The package has a function of that name."""


class Mutant:
    """An engine that answers as the reference does, but for a fault.

    Parameters
    ----------
    served
        The graph.
    executor
        Runs operations.
    change_asked
        What the fault makes of an operation.
    change_response
        What it makes of a response.
    collecting
        Takes the place of functions by which fields are collected.
    """

    def __init__(
        self,
        served: KnowledgeGraph,
        executor: type[Executor[Any]] | None = None,
        change_asked: Callable[[Asked], Asked] | None = None,
        change_response: Callable[[Any], Any] | None = None,
        **collecting: Callable[..., bool],
    ) -> None:
        self._reference = Reference(served)
        self._reference.executor = executor
        self._change_asked = change_asked
        self._change_response = change_response
        self._collecting = collecting

    def answer(self, query: str, variables: dict[str, Any] | None, operation_name: str | None) -> bytes:
        """The wrong answer, or the right one where the fault does not matter."""
        asked = Asked(query, variables, operation_name)
        if self._change_asked is not None:
            asked = self._change_asked(asked)
        with ExitStack() as patched:
            for name, function in self._collecting.items():
                patched.enter_context(mock.patch.object(_MODULE, name, function))
            body = self._reference.answer(asked).body
        if self._change_response is None:
            return body
        response = json.loads(body)
        return json.dumps(self._change_response(response) or response).encode()

    def covers(self, query: str, variables: dict[str, Any] | None, operation_name: str | None) -> bool:
        """There is no planner."""
        return False


class _NullsInPlace(Executor[Any]):
    def handle_field_error(self, *failed: Any) -> None:
        self.error_propagation = False
        super().handle_field_error(*failed)


class _Collecting(Executor[Any]):
    """Makes something else of the fields that are collected below an object."""

    def collect_subfields(self, return_type: Any, field_details_list: Any) -> CollectedFields:
        return self.changed(super().collect_subfields(return_type, field_details_list))

    def changed(self, collected: CollectedFields) -> CollectedFields:
        raise NotImplementedError


class _FirstOfMerged(Executor[Any]):
    def collect_subfields(self, return_type: Any, field_details_list: Any) -> CollectedFields:
        return super().collect_subfields(return_type, field_details_list[:1])


class _LastOfMerged(Executor[Any]):
    def collect_subfields(self, return_type: Any, field_details_list: Any) -> CollectedFields:
        return super().collect_subfields(return_type, field_details_list[-1:])


class _MergedLast(_Collecting):
    def changed(self, collected: CollectedFields) -> CollectedFields:
        fields = collected.grouped_field_set
        ordered = sorted(fields, key=lambda name: len(fields[name]) > 1)
        return collected._replace(grouped_field_set={name: fields[name] for name in ordered})


class _FirstAlone(_Collecting):
    def changed(self, collected: CollectedFields) -> CollectedFields:
        fields = collected.grouped_field_set
        return collected._replace(grouped_field_set={name: fields[name][:1] for name in fields})


def _keeping(*, literals: bool) -> type[Executor[Any]]:
    """Keeps articles by what is selected of them, and takes no account of variables, or of any argument."""
    kept: dict[object, Any] = {}
    texts: dict[int, tuple[object, str]] = {}

    def text_of(node: Any) -> str:
        if id(node) not in texts:
            text = print_ast(node.selection_set)
            texts[id(node)] = node, text if literals else re.sub(r"\([^()]*\)", "", text)
        return texts[id(node)][1]

    class Keeping(Executor[Any]):
        def complete_object_value(
            self, return_type: Any, details: Any, info: Any, path: Any, result: Any, *more: Any
        ) -> Any:
            texts = [text_of(found.node) for found in details]
            if return_type.name != "Article" or any("..." in text for text in texts):
                return super().complete_object_value(return_type, details, info, path, result, *more)
            key = (result.record.position, *texts)
            if key not in kept:
                kept[key] = super().complete_object_value(return_type, details, info, path, result, *more)
            return kept[key]

    return Keeping


class _StaticTypename(Executor[Any]):
    """Takes the type in the schema for the type of the object."""

    def complete_abstract_value(self, return_type: Any, *more: Any) -> Any:
        completed = super().complete_abstract_value(return_type, *more)
        names = {kind.name for kind in self.schema.get_possible_types(return_type)}
        return {key: return_type.name if value in names else value for key, value in completed.items()}


def _including(context: Any, node: Any, values: Any, of_fragment: Any = None) -> bool:
    """@include alone decides."""
    return _should_include(context, _without(node, "skip"), values, of_fragment)


def _skipping(context: Any, node: Any, values: Any, of_fragment: Any = None) -> bool:
    """@skip alone decides."""
    return _should_include(context, _without(node, "include"), values, of_fragment)


def _skipping_fields(context: Any, node: Any, values: Any, of_fragment: Any = None) -> bool:
    """On fragments @include alone decides."""
    node = node if isinstance(node, FieldNode) else _without(node, "skip")
    return _should_include(context, node, values, of_fragment)


_should_include = _MODULE.should_include_node


def _without(node: Any, directive: str) -> Any:
    return SimpleNamespace(
        directives=[found for found in node.directives or () if found.name.value != directive]
    )


def _any_condition(*_: Any) -> bool:
    return True


def _own_type_only(schema: Any, fragment: Any, kind: Any) -> bool:
    return fragment.type_condition is None or fragment.type_condition.name.value == kind.name


def _variables_of(asked: Asked) -> dict[str, Any]:
    """The definitions of an operation's variables by name."""
    try:
        document = parse(asked.query)
    except GraphQLError:
        return {}
    return {
        variable.variable.name.value: variable
        for node in document.definitions
        if isinstance(node, OperationDefinitionNode)
        and (not asked.operation_name or (node.name and node.name.value == asked.operation_name))
        for variable in node.variable_definitions or ()
    }


def _default_for_null(asked: Asked) -> Asked:
    defined = _variables_of(asked)
    variables = {
        name: value
        for name, value in (asked.variables or {}).items()
        if value is not None or name not in defined or defined[name].default_value is None
    }
    return dataclasses.replace(asked, variables=variables)


def _null_for_missing(asked: Asked) -> Asked:
    missing = {
        name: None
        for name, variable in _variables_of(asked).items()
        if variable.default_value is None and not isinstance(variable.type, NonNullTypeNode)
    }
    return dataclasses.replace(asked, variables={**missing, **(asked.variables or {})})


def _first_assignment() -> Callable[[Asked], Asked]:
    """A plan that was made with the first values of Booleans that it saw."""
    kept: dict[tuple[str, str | None], dict[str, Any]] = {}

    def change(asked: Asked) -> Asked:
        given = asked.variables or {}
        flags = {name: value for name, value in given.items() if isinstance(value, bool)}
        flags = kept.setdefault((asked.query, asked.operation_name), flags)
        return dataclasses.replace(asked, variables={**given, **flags})

    return change


def _objects(value: Any) -> list[dict[str, Any]]:
    """All objects in the data, outer ones first."""
    found: list[dict[str, Any]] = []
    pending = [value]
    while pending:
        part = pending.pop()
        if isinstance(part, dict):
            found.append(part)
        pending += part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
    return found


def _swap(response: Any) -> None:
    for part in _objects(response.get("data"))[1:]:
        if len(part) > 1:
            name = next(iter(part))
            part[name] = part.pop(name)
            return


def _drop_error(response: Any) -> None:
    if len(response.get("errors", ())) > 1:
        del response["errors"][-1]


def _reverse_errors(response: Any) -> None:
    response.get("errors", []).reverse()


def _no_locations(response: Any) -> None:
    for error in response.get("errors", ()) if "data" in response else ():
        error.pop("locations", None)


def _one_location(response: Any) -> None:
    for error in response.get("errors", ()) if "data" in response else ():
        error["locations"] = error.get("locations", [])[:1]


def _no_indices(response: Any) -> None:
    for error in response.get("errors", ()):
        if "path" in error:
            error["path"] = [step for step in error["path"] if isinstance(step, str)]


def _no_code(response: Any) -> None:
    for error in response.get("errors", ()) if "data" in response else ():
        error["extensions"]["code"] = "BAD_USER_INPUT"


def _no_data(response: Any) -> None:
    if response.get("data", ...) is None:
        del response["data"]


def _whole_numbers(response: Any) -> None:
    for part in _objects(response.get("data")):
        for name, value in part.items():
            if isinstance(value, float) and value.is_integer():
                part[name] = int(value)


def _plain_letters(response: Any) -> Any:
    return json.loads(json.dumps(response, ensure_ascii=False).encode("ascii", "replace"))


def _after_data(response: Any) -> Any:
    return dict(sorted(response.items()))


MUTANTS: dict[str, Callable[[KnowledgeGraph], Mutant]] = {
    "two fields change places": lambda served: Mutant(served, change_response=_swap),
    "the last of several errors is lost": lambda served: Mutant(served, change_response=_drop_error),
    "errors come last first": lambda served: Mutant(served, change_response=_reverse_errors),
    "errors have no locations": lambda served: Mutant(served, change_response=_no_locations),
    "errors have one location": lambda served: Mutant(served, change_response=_one_location),
    "paths have no indices": lambda served: Mutant(served, change_response=_no_indices),
    "errors all have one code": lambda served: Mutant(served, change_response=_no_code),
    "data that is null is left out": lambda served: Mutant(served, change_response=_no_data),
    "data comes before errors": lambda served: Mutant(served, change_response=_after_data),
    "fractions without a fraction are whole": lambda served: Mutant(served, change_response=_whole_numbers),
    "letters beyond ASCII are lost": lambda served: Mutant(served, change_response=_plain_letters),
    "null stays where a field failed": lambda served: Mutant(served, _NullsInPlace),
    "@skip is ignored": lambda served: Mutant(served, should_include_node=_including),
    "@include is ignored": lambda served: Mutant(served, should_include_node=_skipping),
    "@skip is ignored on fragments": lambda served: Mutant(served, should_include_node=_skipping_fields),
    "fragments apply to any type": lambda served: Mutant(
        served, does_fragment_condition_match=_any_condition
    ),
    "fragments on interfaces apply to none": lambda served: Mutant(
        served, does_fragment_condition_match=_own_type_only
    ),
    "null is taken for a default": lambda served: Mutant(served, change_asked=_default_for_null),
    "what is missing is taken for null": lambda served: Mutant(served, change_asked=_null_for_missing),
    "a plan keeps its first Booleans": lambda served: Mutant(served, change_asked=_first_assignment()),
    "only the first of merged fields counts": lambda served: Mutant(served, _FirstOfMerged),
    "only the last of merged fields counts": lambda served: Mutant(served, _LastOfMerged),
    "merged fields come last": lambda served: Mutant(served, _MergedLast),
    "merged fields lose what is below the second": lambda served: Mutant(served, _FirstAlone),
    "articles are kept whatever the variables": lambda served: Mutant(served, _keeping(literals=True)),
    "articles are kept whatever the arguments": lambda served: Mutant(served, _keeping(literals=False)),
    "the typename is the interface's": lambda served: Mutant(served, _StaticTypename),
}
"""Each by what is wrong with it."""
