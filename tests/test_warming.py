"""What is computed ahead is there for the next who opens the snapshot, and need not be computed again."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from library import SEEDS

import graph
from graph import centrality, search, warming
from graph.cli import cli
from graph.knowledge import KnowledgeGraph
from graph.recommend import NotKeptError, recommender_of, terms
from graph.search import index_of
from graph.warming import INDEX, learned_strategies
from graph.workers import command


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    graph.build(SEEDS, tmp_path / "seeds.snapshot")
    return tmp_path / "seeds.snapshot"


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
    output = tmp_path / "seeds.snapshot"
    done = CliRunner().invoke(cli, ["build", str(SEEDS), "-o", str(output), "--warm"])
    assert done.exit_code == 0
    assert "search index: ready" in done.stderr
    kept = {path.name for path in (tmp_path / "seeds.snapshot.derived").glob("*/*") if path.is_dir()}
    assert {name.split("-")[0] for name in kept} >= {"pagerank", "hits", "communities", "search"}


def test_a_build_that_cannot_keep_anything_says_so(tmp_path: Path) -> None:
    output = tmp_path / "seeds.snapshot"
    output.with_name("seeds.snapshot.derived").write_text("in the way")
    done = CliRunner().invoke(cli, ["build", str(SEEDS), "-o", str(output), "--warm", "-q"])
    assert done.exit_code == 1
    assert "seeds.snapshot.derived: cannot be written" in done.stderr


class TestComputedElsewhere:
    """What another process computes is opened here, and nothing is computed here meanwhile."""

    def compute(self, snapshot: Path, version: str) -> subprocess.CompletedProcess[str]:
        arguments = (str(snapshot), f"{snapshot}.derived", version, 1.0)
        statement = f"from graph.warming import compute; compute(*{arguments!r}, everything=False)"
        process = subprocess.Popen(
            command(statement),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        out, err = process.stdout.read(), process.stderr.read()  # its standard input stays open
        return subprocess.CompletedProcess(statement, process.wait(60), out, err)

    def answers(self, served: KnowledgeGraph) -> list[object]:
        recommender = recommender_of(served)
        return [
            (r.article.url, r.score, r.rank, r.reasons, r.strategy)
            for name in (*learned_strategies(), "linked")
            for article in served.articles[:20]
            for r in recommender.recommend([article], 4, strategy=name)
        ]

    def test_gives_what_is_computed_here_digit_for_digit(self, snapshot: Path, tmp_path: Path) -> None:
        served = KnowledgeGraph(snapshot)
        warming.expect(served)
        assert not warming.open_kept(served)
        done = self.compute(snapshot, served.version)
        assert (done.stdout.split(), done.stderr) == ([INDEX, *learned_strategies(), "complete"], "")
        assert warming.open_kept(served)
        here = KnowledgeGraph(snapshot, derived=tmp_path / "elsewhere")
        assert self.answers(served) == self.answers(here)
        assert (served.derived.root / f"{served.version}-{graph.__version__}").is_dir()

    def test_is_waited_for_and_never_computed_here(
        self, snapshot: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def never(*_: object) -> None:
            raise AssertionError

        monkeypatch.setattr(search.keeping, "write_index", never)
        monkeypatch.setattr(terms, "_index", never)
        served = KnowledgeGraph(snapshot)
        recommender = recommender_of(served)
        warming.expect(served)
        assert recommender.is_awaited()
        with pytest.raises(NotKeptError):
            recommender.prepare()
        assert recommender.is_awaited()
        recommender.stand_in()  # it will not come
        assert not recommender.is_awaited()
        found = recommender.recommend([served.articles[0]], 3)
        assert [r.strategy for r in found] == ["personalized-pagerank"] * 3
        assert all(r.reasons for r in found)

    def test_is_of_the_version_that_was_asked_for_or_nothing(self, snapshot: Path) -> None:
        done = self.compute(snapshot, "another")
        assert (done.returncode, done.stdout) == (1, "")
        assert "has been replaced" in done.stderr

    def test_cannot_be_had_where_the_snapshot_is_gone(self, snapshot: Path) -> None:
        version = KnowledgeGraph(snapshot).version
        snapshot.unlink()
        done = self.compute(snapshot, version)
        assert (done.returncode, done.stdout) == (1, "")
        assert "Traceback" not in done.stderr

    def test_cannot_be_handed_over_where_nothing_can_be_written(self, snapshot: Path) -> None:
        served = KnowledgeGraph(snapshot)
        served.derived.root.write_text("in the way")
        done = self.compute(snapshot, served.version)
        assert done.stdout.split() == [warming.UNKEPT]
        warming.expect(served)
        warming.compute_here(served)
        assert not recommender_of(served).is_awaited()
        assert {r.strategy for r in recommender_of(served).recommend([served.articles[0]], 3)} == {"hybrid"}


class TestLargeLibraries:
    """A server does not learn from them by itself."""

    @pytest.fixture(autouse=True)
    def seeds_are_large(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(warming, "MOST_LEARNED", 71)

    def test_are_served_by_links_at_once(self, snapshot: Path) -> None:
        served = KnowledgeGraph(snapshot)
        warming.expect(served)
        recommender = recommender_of(served)
        for strategy in (None, "content"):
            assert not recommender.is_awaited(strategy)
            found = recommender.recommend([served.articles[0]], 3, strategy=strategy)
            assert [r.strategy for r in found] == ["personalized-pagerank"] * 3
        said: list[str] = []
        warming.compute_kept(served, said.append, everything=True)
        assert said == [INDEX]
        assert not served.derived.has("recommend-terms-2")
        assert search.has_index(served)
        again = KnowledgeGraph(snapshot)
        warming.expect(again)
        assert warming.open_kept(again, everything=True)

    def test_are_served_by_what_a_build_has_learned(self, snapshot: Path) -> None:
        graph.warm(KnowledgeGraph(snapshot))
        served = KnowledgeGraph(snapshot)
        warming.expect(served)
        warming.open_kept(served)
        found = recommender_of(served).recommend([served.articles[0]], 3)
        assert {r.strategy for r in found} == {"hybrid"}
