from __future__ import annotations

from pathlib import Path

import pytest
from library import SEEDS, Library

import graph
from graph.knowledge import KnowledgeGraph


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """An empty folder of articles."""
    return Library(tmp_path)


@pytest.fixture(scope="session")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    """The graph of the sample articles."""
    return graph.load(SEEDS, cache=tmp_path_factory.mktemp("cache"))
