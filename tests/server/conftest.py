from __future__ import annotations

from pathlib import Path

import pytest
from library import Library

from graph.knowledge import KnowledgeGraph

from .clock import Clock


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """A folder of two articles."""
    library = Library(tmp_path)
    library.write("a", "b")
    library.write("b")
    return library


@pytest.fixture
def served(library: Library) -> KnowledgeGraph:
    """The graph of the folder."""
    return library.load()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of operations, which stands still until the test moves it on."""
    return Clock(monkeypatch)
