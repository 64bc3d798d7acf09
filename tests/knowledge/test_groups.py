"""Communities depend on the resolution, and so do the results that are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from library import SEEDS

import graph


def test_each_resolution_has_results_of_its_own(tmp_path: Path) -> None:
    counts = {
        resolution: len(graph.load(SEEDS, cache=tmp_path, resolution=resolution).communities)
        for resolution in (1.0, 0.01, 1.0000001, 8.0)
    }
    assert counts[0.01] < counts[8.0]
    kept = {path.name for path in tmp_path.rglob("communities-*")}
    assert len({name for name in kept if not name.startswith(".")}) == len(counts)


@pytest.mark.parametrize("resolution", [0.0, -1.0])
def test_a_resolution_that_means_nothing_is_refused(resolution: float, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="resolution must be a number above 0"):
        _ = graph.load(SEEDS, cache=tmp_path, resolution=resolution).communities
