"""What operations cost: the objects that an answer could hold, never told by the data."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import pytest
import strawberry
from graphql import GraphQLSchema, OperationDefinitionNode, get_introspection_query, validate
from graphql.execution.values import VariableValues, get_variable_values
from hypothesis import given
from hypothesis import strategies as st

from graph.schema import create_schema
from graph.schema.define import FieldCost, interface, object_type, schema_field
from graph.server.cost import CONDITION, Cost, cost_of
from graph.server.limits import Limits, check_cost, check_document, parse_document

from .hostile import HOSTILE, Hostile, nested


@strawberry.enum
class Order(enum.Enum):
    URL = "url"
    RANK = "rank"


@strawberry.input
class Filter:
    all: list[Filter] | None = strawberry.UNSET
    title: list[str] | None = strawberry.UNSET


def by_rank(arguments: Mapping[str, Any]) -> bool:
    return arguments.get("orderBy") is Order.RANK


@interface
class Node:
    id: strawberry.ID


@object_type
class Thing(Node):
    title: str

    @schema_field(weight=3)
    def text(self) -> str:
        """Heavy."""
        raise NotImplementedError

    @schema_field(size=4, sliced_by=["first"])
    def related(self, first: int | None = None) -> list[Thing] | None:
        """A list."""
        raise NotImplementedError

    @schema_field
    def undeclared(self) -> list[Thing]:
        """A list that declares nothing."""
        raise NotImplementedError

    @schema_field
    def group(self) -> Group | None:
        """One object."""
        raise NotImplementedError

    @schema_field(derived=True)
    def rank(self) -> float:
        """A measure."""
        raise NotImplementedError


@object_type
class Group(Node):
    name: str
    members: list[Thing]


@object_type
class Edge:
    node: Thing
    cursor: str


@object_type
class Page:
    total: int
    nodes: list[Thing]
    edges: list[Edge]
    links: list[Edge] = strawberry.field(metadata={FieldCost.KEY: FieldCost(size=3)})

    @schema_field(size=6, sliced_by=("first",))
    def facets(self, first: int | None = None) -> list[Group]:
        """A list with a size of its own."""
        raise NotImplementedError


@object_type
class Query:
    @schema_field
    def node(self, id: str = "") -> Node | None:  # noqa: A002
        """One node."""
        raise NotImplementedError

    @schema_field(size=20, sliced_by=("first", "last"), derived=by_rank)
    def things(
        self,
        first: int | None = None,
        last: int | None = None,
        where: Filter | None = None,
        order_by: Order | None = None,
    ) -> Page | None:
        """A connection."""
        raise NotImplementedError

    @schema_field(size=7, sliced_by=("limit",), most=5_000)
    def drawing(self, limit: int | None = 2_000) -> Page:
        """A connection with limits of its own."""
        raise NotImplementedError

    @schema_field(derived=True, awaits=by_rank)
    def advice(self, order_by: Order | None = None) -> list[Thing]:
        """What in one order is computed when the server has started."""
        raise NotImplementedError

    @schema_field(derived=lambda _: True)
    def ranking(self, first: int = 1) -> str:
        """A measure that cannot do without its argument."""
        raise NotImplementedError


SCHEMA = strawberry.Schema(query=Query, types=[Thing, Group])._schema


def cost(query: str, *, schema: GraphQLSchema = SCHEMA, **variables: Any) -> Cost:
    document = parse_document(query, Limits())
    assert validate(schema, document) == []
    operation = next(node for node in document.definitions if isinstance(node, OperationDefinitionNode))
    values = get_variable_values(schema, operation.variable_definitions or (), variables)
    assert isinstance(values, VariableValues)
    return cost_of(schema, document, operation, values.coerced)


def total(query: str, **variables: Any) -> int:
    return cost(query, **variables).total


def test_objects_count_and_plain_fields_do_not() -> None:
    assert total("{ node { id } }") == 1
    assert total("{ __typename node { ... on Thing { title group { name } } } }") == 2


def test_lists_multiply_what_is_below() -> None:
    assert total("{ things(first: 50) { nodes { related(first: 5) { group { name } } } } }") == 1 + 50 * (
        1 + 5 * (1 + 1)
    )


def test_without_an_argument_the_declared_size_counts() -> None:
    assert total("{ things { nodes { id } } }") == 1 + 20
    assert total("{ things(first: null) { nodes { id } } }") == 1 + 20
    assert total("{ node { ... on Thing { related { id } } } }") == 1 + 4
    assert total("{ node { ... on Thing { undeclared { id } } } }") == 1 + 10
    assert total("{ node { ... on Group { members { id } } } }") == 1 + 10


def test_a_default_of_the_argument_goes_before_the_declared_size() -> None:
    assert total("{ drawing { nodes { id } } }") == 1 + 2_000
    assert total("{ drawing(limit: null) { nodes { id } } }") == 1 + 7
    assert total("query ($n: Int) { drawing(limit: $n) { nodes { id } } }") == 1 + 2_000


def test_a_connection_s_lists_are_as_long_as_its_page() -> None:
    assert total("{ things(first: 9) { total nodes { id } edges { node { id } } } }") == 1 + 9 + 9 * 2
    assert total("{ things(last: 9) { edges { cursor node { undeclared { id } } } } }") == 1 + 9 * (2 + 10)


def test_a_list_in_a_connection_has_its_own_size_for_each_item_or_by_its_argument() -> None:
    assert total("{ things(first: 9) { links { cursor } } }") == 1 + 27
    assert total("{ things(first: 9) { facets { name } } }") == 1 + 6
    assert total("{ things(first: 9) { facets(first: 2) { name } } }") == 1 + 2


def test_nothing_is_below_an_empty_page() -> None:
    asked = cost("{ things(first: 0) { total nodes { rank related { id } } } }")
    assert asked == Cost(1, 0, slow=False)
    assert total("{ node { ... on Thing { related(first: 0) { related { id } } } } }") == 1


def test_variables_count_as_literals_do() -> None:
    query = "query ($n: Int = 3) { things(first: $n) { nodes { id } } }"
    assert total(query, n=7) == 8
    assert total(query) == 4
    assert total(query, n=None) == 21


def test_sizes_out_of_range_count_as_the_nearest() -> None:
    for wrong in (501, 2**31 - 1):
        assert total(f"{{ things(first: {wrong}) {{ nodes {{ id }} }} }}") == 501
    assert total("{ things(first: -1) { nodes { id } } }") == 1
    assert total("{ things(first: 3, last: 5) { nodes { id } } }") == 6
    assert total("{ drawing(limit: 9999) { nodes { id } } }") == 5_001


def test_the_largest_page_is_told() -> None:
    assert cost("{ things { nodes { id } } }").page == 0
    assert cost("{ things(first: 3) { nodes { id } } a: things(last: 40) { nodes { id } } }").page == 40
    assert cost("query ($n: Int) { things(first: $n) { nodes { id } } }", n=77).page == 77
    assert cost("{ drawing(limit: 9999) { nodes { id } } }").page == 0


def test_skipped_fields_cost_nothing() -> None:
    query = (
        "query ($yes: Boolean!, $no: Boolean = false) { things @skip(if: $yes) { nodes { rank } }"
        " things @include(if: $no) { nodes { rank } } ...F @skip(if: true)"
        " ... @include(if: false) { things { nodes { rank } } }"
        " node @include(if: $yes) @skip(if: $no) { id } }"
        " fragment F on Query { things { nodes { rank } } }"
    )
    assert cost(query, yes=True) == Cost(1, 0, slow=False)
    assert cost(query, yes=False) == Cost(21, 0, slow=True)
    assert cost(query, yes=False, no=True).total == 21


def test_fields_that_are_merged_count_once() -> None:
    query = (
        "{ things { nodes { related { id } } } ...F ...F"
        " ... { things { nodes { related { title } } total } } }"
        " fragment F on Query { things { nodes { group { id } ...G } } }"
        " fragment G on Thing { group { name } related { group { id } } }"
    )
    assert total(query) == 1 + 20 * (1 + 1 + 4 * 2)
    assert total("{ a: things { nodes { id } } b: things { nodes { id } } }") == 42


def test_fragments_on_several_types_are_added() -> None:
    query = "{ node { ... on Thing { x: related { id } } ... on Group { x: members { title } } } }"
    document = parse_document(query, Limits())
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    assert cost_of(SCHEMA, document, operation, {}).total == 1 + 4 + 10


def test_heavy_fields_weigh() -> None:
    assert total("{ things(first: 5) { nodes { text } } }") == 1 + 5 * (1 + 3)


def test_many_fields_are_as_much_as_an_object() -> None:
    def fields(count: int) -> str:
        return " ".join(f"a{number}: id" for number in range(count))

    assert total(f"{{ things(first: 5) {{ nodes {{ {fields(9)} }} }} }}") == 6
    assert total(f"{{ things(first: 5) {{ nodes {{ {fields(10)} }} }} }}") == 11
    assert total(f"{{ things(first: 5) {{ nodes {{ {fields(30)} }} }} }}") == 21


def test_conditions_cost() -> None:
    assert total('{ things(where: { all: [{ title: ["a", "b"] }, {}] }) { total } }') == 1 + 2 * CONDITION
    query = "query ($w: Filter) { a: things(where: $w) { total } b: things(where: $w) { total } }"
    assert total(query, w={"all": [{}] * 9}) == 2 + 18 * CONDITION
    assert total(query) == 2


def test_operations_with_derived_fields_are_slow() -> None:
    assert cost("{ things { nodes { rank } } }").slow
    assert cost("{ things(orderBy: RANK) { total } }").slow
    assert not cost("{ things(orderBy: URL) { nodes { title } } }").slow
    assert cost("query ($o: Order) { things(orderBy: $o) { total } }", o="RANK").slow
    assert not cost("query ($o: Order) { things(orderBy: $o) { total } }").slow


def test_a_field_that_will_fail_on_its_arguments_is_not_slow() -> None:
    query = "query ($n: Int = 1) { ranking(first: $n) }"
    assert cost(query).slow
    assert not cost(query, n=None).slow


def test_operations_await_what_one_of_their_fields_awaits() -> None:
    assert not cost("{ advice { title } }").awaits
    assert cost("{ node { id } advice(orderBy: RANK) { title } }").awaits
    assert cost("query ($o: Order) { advice(orderBy: $o) { title } }", o="RANK").awaits
    assert not cost("query ($o: Order) { advice(orderBy: $o) { title } }", o="URL").awaits
    assert not cost("{ things { nodes { rank } } }").awaits


def test_exponential_answers_are_counted_at_once() -> None:
    fragments = " ".join(
        f"fragment F{i} on Thing {{ a: related {{ ...F{i + 1} }} b: related {{ ...F{i + 1} }} }}"
        for i in range(40)
    )
    query = f"{{ node {{ ...F0 }} }} {fragments} fragment F40 on Thing {{ id }}"
    below = 0
    for _ in range(40):
        below = 2 * 4 * (1 + below)
    assert total(query) == 1 + below
    for alias in ("a", "b"):
        query = query.replace(f"{alias}: related", "...")
    assert total(query) == 1


def test_the_operation_that_runs_counts() -> None:
    document = parse_document("query A { node { id } } query B { things { nodes { id } } }", Limits())
    first, second = document.definitions
    assert isinstance(first, OperationDefinitionNode)
    assert isinstance(second, OperationDefinitionNode)
    assert cost_of(SCHEMA, document, first, {}).total == 1
    assert cost_of(SCHEMA, document, second, {}).total == 21


LEVELS = st.lists(st.tuples(st.integers(0, 20), st.booleans()), max_size=6)


@given(LEVELS)
def test_the_cost_is_that_of_an_answer_with_full_lists(levels: list[tuple[int, bool]]) -> None:
    def objects(depth: int) -> int:
        """Those below one thing, counted one by one as an answer would hold them."""
        if depth == len(levels):
            return 0
        first, grouped = levels[depth]
        return grouped + sum(1 + below for below in [objects(depth + 1)] * first)

    query = "id"
    for first, grouped in reversed(levels):
        query = f"related(first: {first}) {{ {query} }}" + " group { name }" * grouped
    assert total(f"{{ node {{ ... on Thing {{ {query} }} }} }}") == 1 + objects(0)


@pytest.fixture(scope="module")
def served() -> GraphQLSchema:
    return create_schema()._schema


WORKED = {
    "an article": '{ article(url: "/a") { title answer related { url title } relatedBy { url title } } }',
    "three levels of related articles": (
        f'{{ article(url: "/a") {{ {nested("related", 3, "url title subject { name }")} }} }}'
    ),
    "fifty articles with their related ones": (
        "{ articles(first: 50) { nodes { url title related { url title related { url title } } } } }"
    ),
    "a full page with related articles": "{ articles(first: 500) { nodes { url title related { url } } } }",
    "what tools ask of the schema": get_introspection_query(input_value_deprecation=True, one_of=True),
    "a drawing of five thousand articles": (
        "{ graph { subgraph(limit: 5000) { nodes { id url title inDegree subject { slug } }"
        " links { source { url } target { url } } } } }"
    ),
}


@pytest.mark.parametrize("name", WORKED)
def test_what_pages_ask_is_allowed(served: GraphQLSchema, name: str) -> None:
    document = parse_document(WORKED[name], Limits())
    assert check_document(document, Limits()) == []
    assert check_cost(cost(WORKED[name], schema=served), Limits()) == []


@pytest.mark.parametrize(
    "hostile", [case for case in HOSTILE if case.limit == "cost"], ids=lambda hostile: hostile.name
)
def test_costly_queries_are_refused(served: GraphQLSchema, hostile: Hostile) -> None:
    assert check_document(parse_document(hostile.query, Limits()), Limits()) == []
    assert check_cost(cost(hostile.query, schema=served, **hostile.variables), Limits()) != []


def test_related_articles_of_related_articles_are_soon_too_many(served: GraphQLSchema) -> None:
    query = f"{{ articles(first: 500) {{ nodes {{ {nested('related', 3, 'url')} }} }} }}"
    (error,) = check_cost(cost(query, schema=served), Limits())
    assert error.extensions is not None
    assert error.extensions["code"] == "COST_LIMIT_EXCEEDED"
