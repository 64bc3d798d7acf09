"""Queries that are out to bring a server down, sent to a whole application."""

from __future__ import annotations

import gc
import tracemalloc

import pytest
from library import Answer, Library, answer

from graph.knowledge import KnowledgeGraph

from .hostile import HOSTILE, Hostile

HELD = 500_000
"""Bytes that may be left behind by three rounds; a round leaves 20,000."""
PEAK = 40_000_000
"""Bytes that one of them may take while it is refused; most is for variables of 1 MB, as Python's objects."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    library = Library(tmp_path_factory.mktemp("library"))
    library.write("a", "b", "a")
    library.write("b", "a")
    return library.load()


def send(served: KnowledgeGraph, hostile: Hostile) -> Answer:
    return answer(served, hostile.query, **hostile.variables)


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_each_is_refused_with_its_code(served: KnowledgeGraph, hostile: Hostile) -> None:
    refused = send(served, hostile)
    assert refused.status < 500
    assert "data" not in refused.body
    first = refused.body["errors"][0]
    assert first["extensions"]["code"] == hostile.code, first
    assert first["extensions"].get("limit") == hostile.limit
    if hostile.limit is not None:
        assert first["extensions"]["actual"] > first["extensions"]["maximum"]
    assert len(refused.body["errors"]) < 110


def test_none_of_them_is_logged(served: KnowledgeGraph, caplog: pytest.LogCaptureFixture) -> None:
    for hostile in HOSTILE:
        send(served, hostile)
    assert caplog.records == []


def test_memory_does_not_move(served: KnowledgeGraph) -> None:
    def all_of_them() -> None:
        for hostile in HOSTILE:
            send(served, hostile)
        gc.collect()

    all_of_them()
    tracemalloc.start()
    try:
        all_of_them()
        before, _ = tracemalloc.get_traced_memory()
        for _ in range(3):
            all_of_them()
        after, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < HELD
    assert peak - before < PEAK


def test_the_server_answers_as_before(served: KnowledgeGraph) -> None:
    for hostile in HOSTILE:
        send(served, hostile)
    assert answer(served, '{ article(url: "/a") { url related { url } } }').data == {
        "article": {"url": "/a", "related": [{"url": "/b"}]}
    }
