"""The real corpus, counted: what every change must keep."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import networkx
import pytest
import yaml

from graph.article import Severity
from graph.building import build
from graph.frontmatter import read_front_matter
from graph.knowledge import HubMeasure, KnowledgeGraph
from graph.loading import load, snapshot_of

pytestmark = pytest.mark.corpus

MOST_LINKED = (
    "/learn/philosophy-and-greek-myths/questions/what-are-the-philosophical-implications-of-the-relationship-"
    "between-physics-and-mathematics"
)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="module")
def loaded(corpus: Path, cache: Path) -> KnowledgeGraph:
    return load(corpus, cache=cache)


def test_articles_and_links(loaded: KnowledgeGraph) -> None:
    assert (loaded.article_count, loaded.link_count) == (35_950, 94_813)


def test_what_became_of_the_references(loaded: KnowledgeGraph) -> None:
    counts = loaded.references
    assert counts.total == 103_133 == counts.linked + counts.repeated + counts.self + counts.dangling
    assert (counts.linked, counts.repeated, counts.self, counts.dangling) == (94_813, 8_009, 2, 309)
    assert len(loaded.dangling_references) == 309


def test_shared_numbers(loaded: KnowledgeGraph) -> None:
    shared = [
        count for number, count in Counter(loaded.columns.number).items() if number is not None and count > 1
    ]
    assert (len(shared), sum(shared)) == (2_402, 4_876)


def test_orphans_dead_ends_and_isolated(loaded: KnowledgeGraph) -> None:
    assert len(loaded.orphans()) == 10_427
    assert len(loaded.dead_ends()) == 9_736
    assert len(loaded.isolated()) == 9_329


def test_subjects(loaded: KnowledgeGraph) -> None:
    assert len(loaded.subjects) == 40
    spellings = {a.front_matter.get("subject") for a in loaded.articles if a.subject is not None}
    assert len(spellings) == 44
    assert sum(len(subject.articles) for subject in loaded.subjects) == len(loaded.columns.subject) - (
        loaded.columns.subject.count(None)
    )


def test_the_most_linked_article(loaded: KnowledgeGraph) -> None:
    first, second = loaded.hubs(HubMeasure.IN_DEGREE, first=2)
    assert (first.article.url, first.score, first.article.in_degree) == (MOST_LINKED, 97.0, 97)
    assert second.score < 97


def test_measures(loaded: KnowledgeGraph) -> None:
    assert f"{loaded.reciprocity:.6f}" == "0.339595"
    assert f"{loaded.density:.6e}" == "7.336386e-05"


def test_the_networkx_graph_says_the_same(loaded: KnowledgeGraph) -> None:
    nx = loaded.nx
    assert (nx.number_of_nodes(), nx.number_of_edges()) == (35_950, 94_813)
    assert list(nx) == loaded.columns.url
    assert networkx.overall_reciprocity(nx) == pytest.approx(loaded.reciprocity)
    assert networkx.density(nx) == pytest.approx(loaded.density)
    assert networkx.number_of_isolates(nx) == 9_329
    assert max(nx.in_degree, key=lambda pair: pair[1]) == (MOST_LINKED, 97)
    assert len(max(networkx.weakly_connected_components(nx), key=len)) == 1_169


def test_nothing_is_an_error(loaded: KnowledgeGraph) -> None:
    assert [problem for problem in loaded.problems if problem.severity is Severity.ERROR] == []


def test_a_second_load_parses_nothing(loaded: KnowledgeGraph, corpus: Path, cache: Path) -> None:
    snapshot = snapshot_of(corpus, cache)
    before = snapshot.stat()
    result = build(corpus, snapshot)
    assert (result.written, result.parsed, result.notes) == (False, 0, ())
    after = snapshot.stat()
    assert (after.st_ino, after.st_mtime_ns, after.st_size) == (
        before.st_ino,
        before.st_mtime_ns,
        before.st_size,
    )
    assert KnowledgeGraph(snapshot).version == loaded.version


def test_front_matter_is_what_pyyaml_reads(corpus: Path) -> None:
    files = sorted(corpus.rglob("*.md"))[::40]
    assert len(files) > 800
    for file in files:
        data = file.read_bytes()
        _, text, body = data.decode("utf-8-sig").replace("\r\n", "\n").split("---\n", 2)
        read = read_front_matter(data)
        assert read.values == yaml.load(text, yaml.CSafeLoader), file
        assert read.body == body, file
