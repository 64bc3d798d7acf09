"""The worked queries of docs/queries.md give the results that it shows."""

from __future__ import annotations

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
from graphql import parse
from library import SEEDS
from worked import GUIDE, Worked, read, refreshed, show

import graph
from graph.knowledge import KnowledgeGraph

TEXT = GUIDE.read_text("utf-8")
WORKED = read(TEXT)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    return graph.load(SEEDS, cache=tmp_path_factory.mktemp("cache"))


@pytest.mark.parametrize("worked", WORKED, ids=lambda worked: worked.title)
def test_a_worked_query_gives_the_result_shown(worked: Worked, seeds: KnowledgeGraph) -> None:
    assert worked.shown == show(worked.result(seeds)), "run `make queries` and read what has changed"


def test_there_are_twenty_two_and_each_says_what_it_is_for() -> None:
    headings = re.findall(r"^## (.+)", TEXT, re.MULTILINE)
    assert [worked.title for worked in WORKED] == headings
    assert [heading.split(".")[0] for heading in headings] == [str(number) for number in range(1, 23)]
    assert all(re.fullmatch(r"[^.]+[^.:;,]\.( Here they are .+\.)?", worked.purpose) for worked in WORKED)


def test_the_contents_lead_to_every_query() -> None:
    anchors = [
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        for title in (worked.title for worked in WORKED)
    ]
    assert re.findall(r"\]\(#([^)]+)\)", TEXT) == anchors


def test_every_operation_and_fragment_has_a_name_of_its_own() -> None:
    names = [
        definition.name.value if definition.name else None
        for worked in WORKED
        for definition in parse(worked.query).definitions
    ]
    assert None not in names
    assert len(set(names)) == len(names)


def test_a_stale_result_is_written_anew_and_nothing_else(seeds: KnowledgeGraph) -> None:
    assert refreshed(TEXT, seeds) == TEXT
    assert TEXT.count('"articleCount": 72') == 1
    assert refreshed(TEXT.replace('"articleCount": 72', '"articleCount": 71'), seeds) == TEXT


def test_a_query_with_an_error_is_not_written(seeds: KnowledgeGraph) -> None:
    with pytest.raises(AssertionError, match="nickname"):
        refreshed(TEXT.replace("keywords\n", "nickname\n", 1), seeds)


def test_nothing_shown_changes_with_the_hour_or_the_place() -> None:
    assert not re.search(r"\b(loadedAt|version)\b", "".join(worked.query for worked in WORKED))
    assert str(Path.home()) not in TEXT


def apart(result: Any) -> set[tuple[str, str]]:
    """Subjects that meet in a community and have no link between them, as the text of a query says."""
    matrix = {(cell["source"]["name"], cell["target"]["name"]) for cell in result["graph"]["subjectLinks"]}
    return {
        (a, b)
        for community in result["graph"]["communities"]["nodes"]
        for a, b in combinations(sorted(facet["value"] for facet in community["subjects"]), 2)
        if not {(a, b), (b, a)} & matrix
    }


def test_the_subjects_that_should_link_are_those_that_the_text_names(seeds: KnowledgeGraph) -> None:
    (worked,) = (worked for worked in WORKED if "query SubjectsApart" in worked.query)
    ((first, second),) = apart(worked.result(seeds))
    assert worked.purpose.endswith(f"Here they are {first} and {second}.")
