"""Synthetic folders: the same each time, without problems, in degrees and sizes like the real corpus."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import graph
from graph.knowledge import KnowledgeGraph
from graph.knowledge.kinds import ComponentKind

ARTICLES = 5000


def written(folder: Path, articles: int, seed: int = 1) -> dict[str, bytes]:
    import synthetic

    for number in range(len(synthetic.SUBJECTS)):
        (folder / synthetic.subject_slug(number)).mkdir(parents=True)
    firsts = list(range(0, articles, synthetic.CHUNK))
    size = synthetic.write_chunks(str(folder), articles, seed, firsts)
    files = {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*.md")}
    assert size == sum(map(len, files.values()))
    return files


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    root = tmp_path_factory.mktemp("synthetic")
    written(root / "content", ARTICLES)
    return graph.load(root / "content", cache=root / "cache")


def test_the_same_arguments_give_the_same_files(tmp_path: Path) -> None:
    assert written(tmp_path / "one", 60) == written(tmp_path / "two", 60)
    assert written(tmp_path / "three", 60, seed=2).keys() != written(tmp_path / "four", 60).keys()


def test_every_file_is_an_article_without_problems(loaded: KnowledgeGraph) -> None:
    assert loaded.article_count == ARTICLES
    assert loaded.problems == ()


def test_degrees_are_those_of_the_corpus(loaded: KnowledgeGraph) -> None:
    out = Counter(loaded.outgoing.degrees())
    assert max(out) == 5
    assert 0.2 < out[0] / ARTICLES < 0.33
    assert 2 < loaded.link_count / ARTICLES < 3.2
    assert 0.2 < len(loaded.isolated()) / ARTICLES < 0.32
    sizes = Counter(len(component.articles) for component in loaded.components(ComponentKind.WEAK))
    assert 0.6 < sizes[1] / sizes.total() < 0.82


def test_references_repeat_and_dangle_as_in_the_corpus(loaded: KnowledgeGraph) -> None:
    references = loaded.references
    assert 0.05 < references.repeated / references.total < 0.11
    assert 0 < references.dangling / references.total < 0.01
    assert references.self == 0


def test_copies_share_a_number_and_not_a_subject(loaded: KnowledgeGraph) -> None:
    numbers = {number for number in loaded.columns.number if number is not None}
    shared = [places for places in map(loaded.numbered, numbers) if len(places) > 1]
    assert 0.03 < len(shared) / ARTICLES < 0.1
    for places in shared:
        copies = [loaded.articles[place] for place in places]
        assert len({copy.title for copy in copies}) == 1
        assert len({copy.subject for copy in copies}) == len(copies)
        assert len({copy.answer for copy in copies}) == 1


def test_texts_are_as_long_as_in_the_corpus(loaded: KnowledgeGraph) -> None:
    answers = [len(article.answer or "") for article in loaded.articles]
    assert 2200 < np.median(answers) < 2800
    assert 65 < np.median([len(article.title) for article in loaded.articles]) < 80
    assert any("\\frac" in (article.answer or "") for article in loaded.articles)
