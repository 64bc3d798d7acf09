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

PROMISED = build_schema(
    """
scalar Date
scalar DateTime
scalar JSON

interface Node { id: ID! }

type Query {
  node(id: ID!): Node
  article(url: String!): Article
  articles(first: Int, after: String, last: Int, before: String): ArticleConnection
  subject(slug: String!): Subject
  subjects: [Subject!]!
  graph: Graph!
}

type Article implements Node {
  id: ID!
  url: String!
  slug: String!
  number: Int
  title: String!
  question: String
  answer(format: TextFormat = MARKDOWN): String
  excerpt(length: Int = 200): String!
  readingMinutes: Int!
  date: Date
  author: String
  subject: Subject
  keywords: [String!]!
  seo: Seo
  score: Float
  noIndex: Boolean!
  file: String!
  frontMatter: JSON!
  related(first: Int, offset: Int): [Article!]
  relatedBy(first: Int, offset: Int): [Article!]
  relatedConnection(
    direction: Direction = OUT, first: Int, after: String, last: Int, before: String
  ): ArticleConnection
  inDegree: Int!
  outDegree: Int!
  duplicates: [Article!]!
  danglingReferences: [DanglingReference!]!
  problems: [Problem!]!
}

enum TextFormat { MARKDOWN HTML TEXT }
enum Direction { OUT IN BOTH }

type Seo { title: String description: String keywords: [String!]! }

type Subject implements Node {
  id: ID!
  name: String!
  slug: String!
  articleCount: Int!
  articles(first: Int, after: String, last: Int, before: String): ArticleConnection
}

type ArticleConnection {
  totalCount: Int!
  nodes: [Article!]!
  edges: [ArticleEdge!]!
  pageInfo: PageInfo!
}
type ArticleEdge { cursor: String! node: Article! }
type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }

type Graph {
  version: String!
  loadedAt: DateTime!
  articleCount: Int!
  linkCount: Int!
  references: ReferenceCounts!
  density: Float!
  reciprocity: Float!
  averageDegree: Float!
  orphans(first: Int, after: String, last: Int, before: String): ArticleConnection
  deadEnds(first: Int, after: String, last: Int, before: String): ArticleConnection
  isolated(first: Int, after: String, last: Int, before: String): ArticleConnection
  hubs(by: HubMeasure = IN_DEGREE, first: Int = 10): [Hub!]
  danglingReferences(first: Int, after: String): DanglingReferenceConnection
  problems(severity: Severity, code: String, first: Int, after: String): ProblemConnection
}
type ReferenceCounts { total: Int! linked: Int! repeated: Int! self: Int! dangling: Int! }
type Hub { article: Article! score: Float! rank: Int! }
enum HubMeasure { IN_DEGREE OUT_DEGREE DEGREE }

type DanglingReference {
  source: Article!
  field: String!
  number: Int
  title: String
  url: String
}
type DanglingReferenceConnection {
  totalCount: Int!
  nodes: [DanglingReference!]!
  edges: [DanglingReferenceEdge!]!
  pageInfo: PageInfo!
}
type DanglingReferenceEdge { cursor: String! node: DanglingReference! }
enum Severity { ERROR WARNING }
type Problem { severity: Severity! code: String! file: String! line: Int column: Int message: String! }
type ProblemConnection { totalCount: Int! nodes: [Problem!]! edges: [ProblemEdge!]! pageInfo: PageInfo! }
type ProblemEdge { cursor: String! node: Problem! }
"""
)


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


def test_articles_and_subjects_are_nodes(served: GraphQLSchema) -> None:
    node = served.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    assert {named.name for named in served.get_possible_types(node)} >= {"Article", "Subject"}


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
