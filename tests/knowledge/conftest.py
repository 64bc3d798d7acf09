from __future__ import annotations

import pytest
from library import Library

from graph.knowledge import KnowledgeGraph


@pytest.fixture(scope="session")
def varied(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    """Twelve articles that differ in all that filters, orders and facets look at."""
    library = Library(tmp_path_factory.mktemp("varied"))
    rows: list[tuple[str, list[str], dict[str, object]]] = [
        (
            "a",
            ["b", "c"],
            {"title": "Éclair", "subject": "Baking", "date": "2024-05-01", "id": 3, "score": 1.5},
        ),
        (
            "b",
            ["a"],
            {"title": "eclair", "subject": "baking", "date": "2024-05-31", "id": 3, "author": "Ann"},
        ),
        ("c", [], {"title": "STRASSE", "subject": "Roads", "date": "2025-01-08", "author": "ann"}),
        ("d", ["c"], {"title": "Straße", "subject": "Roads", "date": "2025-12-31", "id": -1, "score": 0}),
        ("e", [], {"title": "zebra", "author": "Bob", "seo": {"page_keywords": "Animal, Stripes"}}),
        ("f", ["gone"], {"title": "Zebra", "date": "2024-05-01", "seo": {"page_keywords": "animal,Horse"}}),
        ("g", ["h"], {"title": "10", "id": 10, "score": -2.5, "no_index": True}),
        ("h", ["g", "a", "c"], {"title": "9", "id": 9, "subject": "Roads", "author": "Bob"}),
        ("i", [], {"title": "percent % under_score", "seo": {"page_keywords": "ANIMAL"}}),
        ("j", ["i"], {"title": "cake", "subject": "Baking", "date": "soon"}),
        ("k", ["a", "b", "c", "d"], {"title": "hub", "score": 1.5, "author": "Zoe"}),
        ("l/m", ["k"], {"title": "deep", "date": "1999-12-31"}),
    ]
    for name, related, fields in rows:
        library.write(name, *related, **fields)
    return library.load()
