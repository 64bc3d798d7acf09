"""The schema keeps what clients are promised, and explains itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    Undefined,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)
from graphql.utilities import find_breaking_changes, find_dangerous_changes

import graph
from graph.schema import create_schema, print_sdl

ROOT = Path(graph.__file__).parent.parent

PROMISED = build_schema((Path(__file__).parent / "promised.graphql").read_text("utf-8"))


@pytest.fixture(scope="module")
def served() -> GraphQLSchema:
    """The schema as a client sees it: read again from the printed text."""
    return build_schema(print_sdl())


def own_types(schema: GraphQLSchema) -> list[GraphQLNamedType]:
    return [
        named
        for named in schema.type_map.values()
        if not is_introspection_type(named) and not is_specified_scalar_type(named)
    ]


def fields_of(schema: GraphQLSchema) -> dict[str, Any]:
    return {
        f"{named.name}.{name}": field
        for named in own_types(schema)
        if isinstance(named, GraphQLObjectType | GraphQLInterfaceType)
        for name, field in named.fields.items()
    }


def shape(field: Any) -> tuple[str, dict[str, tuple[str, Any]]]:
    """A field's type, and its arguments' types and defaults; no default and null are one to a resolver."""
    arguments = {
        name: (str(argument.type), None if argument.default_value is Undefined else argument.default_value)
        for name, argument in field.args.items()
    }
    return str(field.type), arguments


def test_nothing_that_clients_are_promised_is_broken(served: GraphQLSchema) -> None:
    assert [change.description for change in find_breaking_changes(PROMISED, served)] == []


def test_nothing_is_promised_otherwise_than_it_is_served(served: GraphQLSchema) -> None:
    assert [change.description for change in find_dangerous_changes(PROMISED, served)] == []


@pytest.mark.parametrize("name", fields_of(PROMISED))
def test_a_promised_field_has_exactly_its_type_arguments_and_defaults(
    name: str, served: GraphQLSchema
) -> None:
    ours, promised = shape(fields_of(served)[name]), shape(fields_of(PROMISED)[name])
    assert ours[0] == promised[0]
    assert promised[1].items() <= ours[1].items()


@pytest.mark.parametrize(
    "name", [named.name for named in own_types(PROMISED) if isinstance(named, GraphQLEnumType)]
)
def test_a_promised_enum_has_its_values_in_the_promised_order(name: str, served: GraphQLSchema) -> None:
    assert list(served.type_map[name].values) == list(PROMISED.type_map[name].values)  # type: ignore[attr-defined]


def test_what_has_an_id_is_a_node(served: GraphQLSchema) -> None:
    node = served.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert {named.name for named in served.get_possible_types(node)} == {
        "Article",
        "Subject",
        "Component",
        "Community",
    }


def described(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    for named in own_types(schema):
        yield named.name, named.description
        for name, field in getattr(named, "fields", {}).items():
            yield f"{named.name}.{name}", field.description
            for argument_name, argument in getattr(field, "args", {}).items():
                yield f"{named.name}.{name}({argument_name}:)", argument.description
        for name, value in getattr(named, "values", {}).items():
            yield f"{named.name}.{name}", value.description


def test_every_type_field_argument_and_enum_value_has_a_description(served: GraphQLSchema) -> None:
    assert [place for place, text in described(served) if not (text or "").strip()] == []


def test_descriptions_are_running_text_for_clients(served: GraphQLSchema) -> None:
    for place, text in described(served):
        assert text is not None
        for paragraph in text.split("\n\n"):
            assert "\n" not in paragraph, place
        assert text.rstrip().endswith((".", ")", "...")), place


def test_schema_graphql_is_the_printed_schema() -> None:
    assert (ROOT / "schema.graphql").read_text(encoding="utf-8") == print_sdl(), "run `make schema`"


def test_the_printed_schema_is_what_the_server_executes(served: GraphQLSchema) -> None:
    executed = create_schema()._schema
    assert find_breaking_changes(executed, served) == []
    assert find_breaking_changes(served, executed) == []
    assert set(fields_of(served)) == set(fields_of(executed))


def test_the_schema_is_made_once() -> None:
    assert create_schema() is create_schema()
