"""The graphs that are exported."""

from __future__ import annotations

from pathlib import Path

import pytest
from library import SEEDS, Library

import graph


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> graph.KnowledgeGraph:
    return graph.load(SEEDS, cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)
