"""Arguments for generated queries, drawn from a graph's own content, so that most queries find something."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Any
from zlib import crc32

from graphql import (
    REMOVE,
    ArgumentNode,
    DocumentNode,
    FieldDefinitionNode,
    FieldNode,
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLScalarType,
    GraphQLSchema,
    InlineFragmentNode,
    NameNode,
    ObjectFieldNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    TypeDefinitionNode,
    ValueNode,
    Visitor,
    build_ast_schema,
    get_named_type,
    is_required_argument,
    print_ast,
    visit,
)
from hypothesis_graphql import nodes
from library import ask

from graph.knowledge import KnowledgeGraph
from graph.recommend import strategies

DEPTH = 5
"""Levels of fields that are kept: each multiplies the work by the length of a list."""

VALUES = """{
  articles(first: 500) {
    nodes { id url title author number score date keywords inDegree outDegree subject { name slug id }
            component { id } community { id } related { url } }
  }
}"""

CURSORS = """
query ($url: String!, $slug: String!, $text: String!) {
  articles(first: 3) { ...C }
  search(query: $text, first: 1) { edges { cursor } }
  subject(slug: $slug) { articles(first: 3) { ...C } }
  article(url: $url) { relatedConnection(first: 2) { ...C } component { articles(first: 3) { ...C } } }
  graph {
    orphans { ...C } deadEnds { ...C } isolated { ...C }
    components(first: 2) { edges { cursor } } communities(first: 2) { edges { cursor } }
    danglingReferences(first: 2) { edges { cursor } } problems(first: 2) { edges { cursor } }
  }
}
fragment C on ArticleConnection { edges { cursor } }
"""

PAGING = {"first", "last", "after", "before"}


@dataclass(frozen=True, slots=True)
class Arguments:
    """What the arguments and conditions of a schema can be given.

    Parameters
    ----------
    schema
        The schema that the queries are for.
    values
        Values by the name of an argument or a condition.
    cursors
        Cursors by the name of the field that gave them, where it is not asked for an order.
    """

    schema: GraphQLSchema
    values: dict[str, list[Any]]
    cursors: dict[str, list[str]]

    def fill(self, document: DocumentNode) -> DocumentNode:
        """The document with arguments from the content, always the same ones, cut at a depth."""
        # Hypothesis varies less of a query when it also draws a seed beside it
        random = Random(crc32(print_ast(document).encode()))
        (operation,) = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        filled = self._fill(random, operation.selection_set, self.schema.query_type, 1)
        return DocumentNode(
            definitions=(OperationDefinitionNode(operation=operation.operation, selection_set=filled),)
        )

    def _fill(
        self, random: Random, selection_set: SelectionSetNode, parent: Any, depth: int
    ) -> SelectionSetNode:
        filled: list[SelectionNode] = []
        for node in selection_set.selections:
            if isinstance(node, InlineFragmentNode):
                assert node.type_condition is not None
                on = self.schema.type_map[node.type_condition.name.value]
                inner = self._fill(random, node.selection_set, on, depth)
                filled.append(InlineFragmentNode(type_condition=node.type_condition, selection_set=inner))
                continue
            assert isinstance(node, FieldNode)
            known = parent.fields[node.name.value]
            within = node.selection_set
            if within is not None and depth == DEPTH:
                continue
            filled.append(
                FieldNode(
                    name=node.name,
                    alias=node.alias,
                    arguments=tuple(self._arguments(random, node.name.value, known.args)),
                    selection_set=within
                    and self._fill(random, within, get_named_type(known.type), depth + 1),
                )
            )
        return SelectionSetNode(selections=tuple(filled or [FieldNode(name=NameNode(value="__typename"))]))

    def _arguments(
        self, random: Random, field: str, arguments: dict[str, GraphQLArgument]
    ) -> Iterable[ArgumentNode]:
        chosen = [name for name in arguments if name not in PAGING]
        chosen = [name for name in chosen if is_required_argument(arguments[name]) or random.random() < 0.5]
        backwards = "last" in arguments and random.random() < 0.25
        chosen += [name for name in ["last" if backwards else "first"] if name in arguments]
        for name in chosen:
            yield _argument(name, self._value(random, name, arguments[name].type))
        cursors = self.cursors.get(field)
        if "after" in arguments and cursors and "orderBy" not in chosen and random.random() < 0.25:
            yield _argument("before" if backwards else "after", nodes.String(random.choice(cursors)))

    def _value(self, random: Random, name: str, kind: GraphQLInputType, depth: int = 0) -> ValueNode:
        if isinstance(kind, GraphQLNonNull):
            return self._value(random, name, kind.of_type, depth)
        if isinstance(kind, GraphQLList):
            return nodes.List(
                [self._value(random, name, kind.of_type, depth) for _ in range(random.choice([1, 1, 2]))]
            )
        if isinstance(kind, GraphQLEnumType):
            return nodes.Enum(random.choice(sorted(kind.values)))
        if isinstance(kind, GraphQLInputObjectType):
            return self._object(random, name, kind, depth)
        assert isinstance(kind, GraphQLScalarType)
        if kind.name == "Boolean":
            return nodes.Boolean(random.random() < 0.5)
        # an argument without an entry needs one: from where in the content are its values?
        value = random.choice(self.values[name])
        return {"Int": nodes.Int, "Float": nodes.Float}.get(kind.name, nodes.String)(value)

    def _object(self, random: Random, name: str, kind: GraphQLInputObjectType, depth: int) -> ValueNode:
        """Conditions: one or two of an article, of which few are nested, and one of a value."""
        if kind.name == "ArticleOrder":
            chosen = list(kind.fields)
        else:
            nested = {"and", "or", "not"} if depth else set()
            offered = [field for field in kind.fields if field not in nested]
            most = 2 if kind.name == "ArticleFilter" else 1
            chosen = random.sample(offered, random.randint(1, most))
        of_value = kind.name != "ArticleFilter"
        return nodes.Object(
            [
                ObjectFieldNode(
                    name=NameNode(value=field),
                    value=self._value(
                        random, name if of_value else field, kind.fields[field].type, depth + 1
                    ),
                )
                for field in chosen
            ]
        )


def shapes_of(schema: DocumentNode, root: str) -> GraphQLSchema:
    """The schema with one root field and without arguments: what is drawn from it is the shape of a query."""

    class Bare(Visitor):
        def enter_field_definition(
            self, node: FieldDefinitionNode, _key: Any, _parent: Any, _path: Any, ancestors: list[Any]
        ) -> FieldDefinitionNode | None:
            within = next(above for above in reversed(ancestors) if isinstance(above, TypeDefinitionNode))
            if within.name.value == "Query" and node.name.value != root:
                return REMOVE
            return FieldDefinitionNode(name=node.name, type=node.type)

    return build_ast_schema(visit(schema, Bare()))


def arguments_from(served: KnowledgeGraph, schema: GraphQLSchema) -> Arguments:
    """The arguments that a graph's content offers."""
    articles = ask(served, VALUES)["articles"]["nodes"]
    subjects = [article["subject"] for article in articles if article["subject"]]
    linked = max(articles, key=lambda article: article["outDegree"])
    near = [article["url"] for article in (linked, *linked["related"])]
    groups = {
        name: sorted({article[name]["id"] for article in articles}) for name in ("component", "community")
    }
    words = sorted({word for article in articles for word in article["title"].split()})
    values: dict[str, list[Any]] = {
        **dict.fromkeys(("from", "to", "a", "b"), near),
        **dict.fromkeys(("url", "urls", "exclude"), _known(articles, "url")),
        **{name: _known(articles, name) for name in ("title", "author", "number", "score", "date")},
        **{name: _known(articles, name) for name in ("inDegree", "outDegree")},
        **groups,
        "id": _known(articles, "id") + _known(subjects, "id") + groups["component"] + groups["community"],
        "subject": _known(subjects, "name"),
        "slug": _known(subjects, "slug"),
        "keyword": sorted({keyword for article in articles for keyword in article["keywords"]}),
        "query": words + [word[:3] for word in words] + [article["title"] for article in articles],
        "first": [0, 1, 2, 3],
        "last": [0, 1, 2, 3],
        "limit": [0, 1, 5],
        "offset": [0, 1],
        "depth": [0, 1, 2],
        "k": [1, 2, 3],
        "length": [0, 1, 80, 10_000],
        "strategy": list(strategies()),
        "code": ["missing-title", "yaml-syntax"],
    }
    asked = ask(served, CURSORS, url=linked["url"], slug=values["slug"][0], text=words[-1])
    return Arguments(schema, values, dict(_cursors(asked)))


def _known(records: list[dict[str, Any]], name: str) -> list[Any]:
    return sorted({record[name] for record in records} - {None})


def _cursors(data: dict[str, Any]) -> Iterable[tuple[str, list[str]]]:
    """The cursors of each connection in a response, by the field's name."""
    for name, value in data.items():
        if isinstance(value, dict):
            if value.get("edges"):
                yield name, [edge["cursor"] for edge in value["edges"]]
            yield from _cursors(value)


def _argument(name: str, value: ValueNode) -> ArgumentNode:
    return ArgumentNode(name=NameNode(value=name), value=value)
