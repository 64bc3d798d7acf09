"""What is computed ahead is there for the next who opens the snapshot, and need not be computed again."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from library import SEEDS

import graph
from graph import centrality, search
from graph.cli import cli
from graph.knowledge import KnowledgeGraph
from graph.search import index_of


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    graph.build(SEEDS, tmp_path / "seeds.sqlite")
    return tmp_path / "seeds.sqlite"


def test_what_was_warm_is_opened_and_not_computed_again(
    snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    warmed = KnowledgeGraph(snapshot)
    steps: list[str] = []
    graph.warm(warmed, steps.append)
    assert steps[0] == "indexes"
    assert "recommendations" in steps

    def never(*_: object) -> None:
        raise AssertionError

    for name in ("pagerank", "hits", "betweenness", "core_numbers"):
        monkeypatch.setattr(centrality, name, never)
    monkeypatch.setattr(search.keeping, "write_index", never)
    again = KnowledgeGraph(snapshot)
    assert again.hubs(graph.HubMeasure.PAGERANK) == [
        graph.Hub(again.articles[hub.article.position], hub.score, hub.rank)
        for hub in warmed.hubs(graph.HubMeasure.PAGERANK)
    ]
    assert len(index_of(again)) == again.article_count
    assert again.communities[0].label == warmed.communities[0].label


def test_a_build_can_warm_what_it_wrote(tmp_path: Path) -> None:
    output = tmp_path / "seeds.sqlite"
    done = CliRunner().invoke(cli, ["build", str(SEEDS), "-o", str(output), "--warm"])
    assert done.exit_code == 0
    assert "search index: ready" in done.stderr
    kept = {path.name for path in (tmp_path / "seeds.sqlite.derived").glob("*/*") if path.is_dir()}
    assert {name.split("-")[0] for name in kept} >= {"pagerank", "hits", "communities", "search"}


def test_a_build_that_cannot_keep_anything_says_so(tmp_path: Path) -> None:
    output = tmp_path / "seeds.sqlite"
    output.with_name("seeds.sqlite.derived").write_text("in the way")
    done = CliRunner().invoke(cli, ["build", str(SEEDS), "-o", str(output), "--warm", "-q"])
    assert done.exit_code == 1
    assert "seeds.sqlite.derived: cannot be written" in done.stderr
