"""What every test shares: the real corpus where there is one, and property tests that repeat exactly."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest
from hypothesis import settings

import graph
from graph.knowledge import KnowledgeGraph

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real articles named by ARTICLEGRAPH_CORPUS."""
    named = os.environ.get("ARTICLEGRAPH_CORPUS")
    if not named:
        pytest.skip("ARTICLEGRAPH_CORPUS names no folder")
    return Path(named)


@pytest.fixture(scope="session")
def loaded(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    """The graph of the real articles; test processes that run side by side build one snapshot together."""
    shared = tmp_path_factory.getbasetemp().parent / "corpus-cache"
    with (shared.parent / "corpus.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return graph.load(corpus, cache=shared)
