"""What every test shares: the real corpus where there is one, and property tests that repeat exactly."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """The folder of real articles named by ARTICLEGRAPH_CORPUS."""
    named = os.environ.get("ARTICLEGRAPH_CORPUS")
    if not named:
        pytest.skip("ARTICLEGRAPH_CORPUS names no folder")
    return Path(named)
