from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.knowledge import KnowledgeGraph

from .client import Client
from .engine import Engine
from .pools import Pools, pools_of
from .reference import Reference
from .sample import loaded_sample


def _folder(factory: pytest.TempPathFactory) -> Path:
    """A folder that all test processes share."""
    own = factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    """The graph of the sample and of odd articles."""
    return loaded_sample(_folder(tmp_path_factory) / "sample")


@pytest.fixture(scope="session")
def changed(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    """The same after a reload of changed files."""
    return loaded_sample(_folder(tmp_path_factory) / "changed", changed=True)


@pytest.fixture(scope="session")
def reference(sample: KnowledgeGraph) -> Reference:
    """What is right about the sample."""
    return Reference(sample)


@pytest.fixture(scope="session")
def pools(sample: KnowledgeGraph, reference: Reference) -> Pools:
    """Values from the sample."""
    return pools_of(reference, sample)


@pytest.fixture(scope="session")
def engine(sample: KnowledgeGraph) -> Iterator[Engine]:
    """What is under test, over the sample."""
    made = Engine(sample)
    yield made
    made.close()


@pytest.fixture(scope="session")
def client(sample: KnowledgeGraph) -> Iterator[Client]:
    """The application over the sample."""
    made = Client(sample)
    yield made
    made.close()
