"""What stands in columns is what the resolvers give; parts that are kept are those of their article."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from graphql import OperationDefinitionNode, execute_sync, parse

from graph.execution import Operation, Planner, UnplannedError, Variables
from graph.execution import kept as kept_module
from graph.execution.kept import OVERHEAD, Kept, Sought
from graph.knowledge import KnowledgeGraph
from graph.schema import Context, create_schema
from graph.schema.define import Stored
from graph.server.execution import Budget

SCHEMA = create_schema()
STORED = {
    name: field.extensions["strawberry-definition"].metadata[Stored.KEY]
    for name, field in SCHEMA._schema.type_map["Article"].fields.items()  # type: ignore[attr-defined]
    if Stored.KEY in field.extensions["strawberry-definition"].metadata
}
LINKS = [name for name, stored in STORED.items() if stored.links]


def paged(size: int, selected: str) -> str:
    """A query for pages of articles."""
    page = f"nodes {{ {selected} }} pageInfo {{ endCursor }}"
    return f"query($a: String) {{ articles(first: {size}, after: $a) {{ {page} }} }}"


def by_url(selected: str) -> str:
    """A query for one article."""
    return f"query($u: String!) {{ article(url: $u) {{ {selected} }} }}"


class Asker:
    """Answers queries by their plans, and by graphql-core."""

    def __init__(self, served: KnowledgeGraph, memory: int = 1_000_000) -> None:
        self.planner = Planner(SCHEMA, memory=memory)
        self.context = Context(graph=served)

    def planned(self, query: str, nodes: int = 200_000, **given: Any) -> Any:
        """The data; it must not be interpreted."""
        (node,) = (part for part in parse(query).definitions if isinstance(part, OperationDefinitionNode))
        variables = Variables(SCHEMA._schema, node, hide_suggestions=False)
        operation = self.operations.setdefault(query, Operation(node, {}, variables))
        values = operation.variables.coerce(given)
        assert not isinstance(values, list)
        plan = self.planner.plan(operation, values, self.context["graph"])
        assert plan is not None
        pieces, failed = plan.execute(self.context, values, Budget(nodes, 60))
        assert not failed
        return json.loads(b"".join(pieces))

    @property
    def operations(self) -> dict[str, Operation]:
        return self.__dict__.setdefault("_operations", {})  # type: ignore[no-any-return]

    def interpreted(self, query: str, **given: Any) -> Any:
        result = execute_sync(SCHEMA._schema, parse(query), context_value=self.context, variable_values=given)
        assert not result.errors
        return json.loads(json.dumps(result.data))


@pytest.fixture
def asker(sample: KnowledgeGraph) -> Iterator[Asker]:
    return Asker(sample)


@pytest.mark.parametrize("name", [name for name in STORED if name not in LINKS])
def test_a_column_is_what_the_resolver_gives(asker: Asker, name: str) -> None:
    below = "{ __typename id name slug articleCount }" if name == "subject" else ""
    query = paged(400, f"{name} {below}")
    after, values = None, []
    while True:
        found = asker.planned(query, a=after)
        assert found == asker.interpreted(query, a=after)
        values += [node[name] for node in found["articles"]["nodes"]]
        after = found["articles"]["pageInfo"]["endCursor"]
        if after is None:
            break
    assert len(values) == asker.context["graph"].article_count
    if name not in ("file", "id", "url"):
        assert len({json.dumps(value) for value in values}) < len(values)


@pytest.mark.parametrize("name", LINKS)
@pytest.mark.parametrize(
    "cut", ["", "(first: 2)", "(offset: 1)", "(first: 2, offset: 1)", "(first: 0)", "(offset: 900)"]
)
@pytest.mark.parametrize("memory", [0, 1_000_000])
def test_links_are_what_the_resolver_gives(sample: KnowledgeGraph, name: str, cut: str, memory: int) -> None:
    asker = Asker(sample, memory)
    inner = f"{name}{cut} {{ url {name}(first: 3) {{ title {name}(first: 1) {{ id }} }} number }}"
    query = paged(100, f"url {inner} slug")
    after = None
    for _ in range(3):
        found = asker.planned(query, a=after)
        assert found == asker.interpreted(query, a=after)
        after = found["articles"]["pageInfo"]["endCursor"]


@pytest.mark.parametrize("memory", [0, 3_000, 1_000_000])
def test_each_article_has_its_own_parts_however_often_it_is_asked_for(
    sample: KnowledgeGraph, memory: int
) -> None:
    asker = Asker(sample, memory)
    query = by_url("title related { title related { title related { title } } }")
    urls = sample.columns.url[::9]
    expected = [asker.interpreted(query, u=url) for url in urls]
    for _ in range(3):
        assert [asker.planned(query, u=url) for url in urls] == expected
    assert asker.planned(query, u="/nowhere") == {"article": None}


def test_an_answer_is_as_large_as_the_budget_allows(sample: KnowledgeGraph) -> None:
    asker = Asker(sample, 0)
    query = by_url(
        "relatedBy(first: 90) { subject { name } relatedBy(offset: 2, first: 9) { url related { url } } }"
    )

    def objects(value: Any) -> int:
        if isinstance(value, dict):
            return 1 + sum(map(objects, value.values()))
        return sum(map(objects, value)) if isinstance(value, list) else 0

    degrees = [sample.incoming.degree(position) for position in range(sample.article_count)]
    for position in sorted(range(sample.article_count), key=lambda p: -degrees[p])[:12]:
        url = sample.columns.url[position]
        count = objects(asker.planned(query, u=url)["article"])
        assert count > min(90, degrees[position])
        asker.planned(query, nodes=count, u=url)
        with pytest.raises(UnplannedError):  # it is interpreted, and refused at the right object
            asker.planned(query, nodes=count - 1, u=url)


class TestKept:
    def test_the_oldest_go_where_it_gets_too_much(self) -> None:
        kept, table = Kept(3 * (OVERHEAD + 10), 100), {}  # type: ignore[var-annotated]
        for key in "abcd":
            kept.keep(table, key, b"x" * 10, 10)
            assert kept.size <= kept.limit
        assert list(table) == ["b", "c", "d"]
        kept.keep(table, "e", b"x" * 60, 60)
        assert list(table) == ["d", "e"]
        assert kept.size == 2 * OVERHEAD + 70

    def test_a_part_that_is_too_large_is_not_kept(self) -> None:
        kept, table = Kept(10_000, 100), {}  # type: ignore[var-annotated]
        kept.keep(table, 1, b"", 101)
        assert (table, kept.size) == ({}, 0)

    def test_one_that_is_there_stays(self) -> None:
        kept, table = Kept(10_000, 100), {}  # type: ignore[var-annotated]
        kept.keep(table, 1, b"a", 1)
        kept.keep(table, 1, b"b", 1)
        assert table == {1: b"a"}
        assert kept.size == OVERHEAD + 1

    def test_with_no_memory_nothing_is(self) -> None:
        kept, table = Kept(0, 100), {}  # type: ignore[var-annotated]
        kept.keep(table, 1, b"", 0)
        assert (table, kept.size) == ({}, 0)


class TestSought:
    def test_what_is_asked_for_again_is_kept(self) -> None:
        sought = Sought(Kept(10_000, 100))
        assert not sought.is_wanted("a")
        assert sought.is_wanted("a")
        sought.keep("a", b"x", 1)
        assert sought.table == {"a": b"x"}

    def test_what_is_asked_for_once_in_a_while_is_not(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(kept_module, "RECENT", 3)
        sought = Sought(Kept(10_000, 100))
        assert not any(sought.is_wanted(key) for key in [*"abcd", *"abcd"])

    def test_with_no_memory_nothing_is(self) -> None:
        sought = Sought(Kept(0, 100))
        assert not any(sought.is_wanted("a") for _ in range(3))
