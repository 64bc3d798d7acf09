"""A value in a document that does not fit its place: the error names the argument and what would be right."""

from __future__ import annotations

import pytest
from library import Library, answer

from graph.knowledge import KnowledgeGraph
from graph.schema import create_schema
from graph.server.documents import Documents
from graph.server.limits import Limits


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    library = Library(tmp_path_factory.mktemp("library"))
    library.write("a")
    return library.load()


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ('{ articles(first: "x") { totalCount } }', 'first: Int cannot represent non-integer value: "x"'),
        (
            '{ articles(where: { number: { eq: "x" } }) { totalCount } }',
            'where.number.eq: Int cannot represent non-integer value: "x"',
        ),
        (
            "{ articles(orderBy: [{ field: URL }, { field: COLOUR }]) { totalCount } }",
            "orderBy[1].field: Value 'COLOUR' does not exist in 'ArticleOrderField' enum. It has URL, TITLE,"
            " DATE, NUMBER, SUBJECT, IN_DEGREE, OUT_DEGREE, PAGERANK, READING_MINUTES.",
        ),
        (
            "{ articles(orderBy: [{ field: DAT }]) { totalCount } }",
            "orderBy[0].field: Value 'DAT' does not exist in 'ArticleOrderField' enum."
            " Did you mean the enum value 'DATE'?",
        ),
        (
            "{ article(url: null) { title } }",
            "url: Expected value of non-null type 'String!' not to be None.",
        ),
        (
            'query ($n: Int = "x") { articles(first: $n) { totalCount } }',
            '$n: Int cannot represent non-integer value: "x"',
        ),
        (
            '{ articles(where: { date: { gt: "yesterday" } }) { totalCount } }',
            "where.date.gt: Date must be written like \"2025-01-08\", got 'yesterday'",
        ),
    ],
)
def test_the_argument_is_named(query: str, message: str, served: KnowledgeGraph) -> None:
    found = answer(served, query)
    assert (found.code, found.message) == ("GRAPHQL_VALIDATION_FAILED", message)


def test_names_are_kept_out_where_suggestions_are_off() -> None:
    documents = Documents(create_schema()._schema, Limits(), introspection=True, suggestions=False)
    document = documents.get("{ articles(orderBy: [{ field: DAT }]) { totalCount } }")
    assert [error["message"] for error in document.errors] == [
        "orderBy[0].field: Value 'DAT' does not exist in 'ArticleOrderField' enum."
    ]
