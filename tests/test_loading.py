"""From a folder to a graph: what is served, where its snapshot is kept, when it is built anew."""

from __future__ import annotations

import os
import shutil
import sqlite3
from datetime import date
from pathlib import Path

import pytest
from content import GOOD, front, related, said_by, urls, write, write_good

import graph.building
from graph.article import Severity
from graph.building import ContentOptions, ContentProblemsError, build
from graph.corpus import ContentError
from graph.knowledge import KnowledgeGraph
from graph.loading import cache_folder, load, snapshot_of
from graph.snapshot import SnapshotError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A content folder with two good articles."""
    folder = tmp_path / "content"
    write_good(folder)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


def test_of_two_files_with_one_url_the_first_path_is_served(folder: Path, cache: Path) -> None:
    write(folder, "b.md", front("title: B\nurl: /same"))
    write(folder, "a/z.md", front("title: A\nurl: /same\nid: 1"))
    write(folder, "c.md", front("id: 3\n\ntitle: C\nurl: /same"))
    loaded = load(folder, cache=cache)
    article = loaded.article("/same")
    assert article is not None
    assert (article.file, article.title) == ("a/z.md", "A")
    assert [(p.severity, p.code, p.file, p.line, p.column) for p in loaded.problems] == [
        (Severity.ERROR, "duplicate-url", "b.md", 3, 1),
        (Severity.ERROR, "duplicate-url", "c.md", 5, 1),
    ]
    assert all("/same is taken by a/z.md" in problem.message for problem in loaded.problems)


def test_two_files_may_clash_by_their_names_alone(folder: Path, cache: Path) -> None:
    write(folder, "x.md", title="MD")
    write(folder, "x.markdown", title="Markdown")
    loaded = load(folder, cache=cache)
    assert [article.file for article in loaded.articles] == ["good/one.md", "good/two.md", "x.markdown"]
    assert [(p.code, p.file, p.line, p.column) for p in loaded.problems] == [("duplicate-url", "x.md", 1, 1)]


def test_references_are_any_number_and_in_the_order_of_the_file(folder: Path, cache: Path) -> None:
    order = [7, 1, 12, 3, 100, 2, 9]
    for number in order:
        write(folder, f"t{number}.md")
    write(
        folder,
        "bad.md",
        **{f"related_article{number}": related(f"/t{number}") for number in order},
        related_article=related("/good/one"),
        related_articles1=related("/good/one"),
        Related_article1=related("/good/one"),
    )
    loaded = load(folder, cache=cache)
    article = loaded.article("/bad")
    assert article is not None
    assert [linked.url for linked in article.related] == [f"/t{number}" for number in order]
    assert loaded.references.total == len(order) + 1
    assert loaded.nx.edges["/bad", "/t100"]["field"] == "related_article100"


def test_the_answer_is_the_front_matter_s_or_the_body(folder: Path, cache: Path) -> None:
    write(folder, "a.md", front(r"title: T" + "\n" + r"answer: 'First\nlast'", "Body\n"))
    write(folder, "b.md", front("title: T", "\n\nBody\\nstays\n\n"))
    write(folder, "c.md", front("title: T\nanswer: ''", "&nbsp;\n"))
    write(folder, "d.md", front("title: T\nanswer: 42"))
    loaded = load(folder, cache=cache)
    answers = {article.url: article.answer for article in loaded.articles}
    assert answers == {
        "/a": "First\nlast",
        "/b": "Body\\nstays",
        "/c": None,
        "/d": "42",
        "/good/one": None,
        "/good/two": None,
    }
    assert loaded.article("/a").front_matter["answer"] == r"First\nlast"  # type: ignore[union-attr]


def test_all_fields_are_served(folder: Path, cache: Path) -> None:
    write(
        folder,
        "x.md",
        title="T",
        url="/u/x",
        id=5,
        question="Q?",
        answer="A.",
        date=date(2024, 1, 31),
        author="N. N.",
        subject="Maths",
        score=1.5,
        no_index=True,
        extra={"deep": [1, None, "é"]},
        seo={"title": "S", "page_description": "D", "page_keywords": "a, b"},
    )
    article = load(folder, cache=cache).article("/u/x")
    assert article is not None
    assert (article.title, article.slug, article.number, article.question) == ("T", "x", 5, "Q?")
    assert (article.answer, article.date, article.author) == ("A.", date(2024, 1, 31), "N. N.")
    assert (article.score, article.no_index, article.reading_minutes) == (1.5, True, 1)
    assert article.subject is not None
    assert (article.subject.name, article.subject.slug) == ("Maths", "maths")
    assert article.seo is not None
    assert (article.seo.title, article.seo.description, article.keywords) == ("S", "D", ("a", "b"))
    assert article.front_matter["extra"] == {"deep": [1, None, "é"]}
    assert article.front_matter["date"] == "2024-01-31"


def test_a_folder_that_cannot_be_used_is_a_clear_message(tmp_path: Path, cache: Path) -> None:
    with pytest.raises(ContentError, match="no such file or folder; name a folder"):
        load(tmp_path / "missing", cache=cache)
    (tmp_path / "empty").mkdir()
    with pytest.raises(ContentError, match=r"no Markdown file in it \(\*\.md, \*\.markdown\)$"):
        load(tmp_path / "empty", cache=cache)
    with pytest.raises(ContentError, match="no such folder"):
        build(tmp_path / "missing", tmp_path / "out.snapshot")
    (tmp_path / "file.md").write_bytes(front("title: T"))
    with pytest.raises(ContentError, match="not a folder"):
        build(tmp_path / "file.md", tmp_path / "out.snapshot")
    with pytest.raises(SnapshotError, match="not an articlegraph snapshot"):
        load(tmp_path / "file.md", cache=cache)
    assert not (tmp_path / "out.snapshot").exists()
    assert not cache.exists()


def test_a_folder_of_bad_files_alone_is_an_empty_graph(tmp_path: Path, cache: Path) -> None:
    write(tmp_path / "content", "bad.md", b"")
    loaded = load(tmp_path / "content", cache=cache)
    assert urls(loaded) == []
    assert (loaded.link_count, loaded.density, loaded.reciprocity, loaded.average_degree) == (
        0,
        0.0,
        0.0,
        0.0,
    )
    assert [problem.code for problem in loaded.problems] == ["empty-file"]


def test_the_cache_folder_is_the_environment_s(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ARTICLEGRAPH_CACHE_DIR", str(tmp_path / "own"))
    assert cache_folder() == tmp_path / "own"
    monkeypatch.delenv("ARTICLEGRAPH_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache_folder() == tmp_path / "xdg" / "articlegraph"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "articlegraph"


def test_each_folder_has_a_snapshot_of_its_own(folder: Path, cache: Path) -> None:
    other = folder.parent / "other" / "content"
    shutil.copytree(folder, other)
    assert snapshot_of(folder, cache).name.startswith("content-")
    assert snapshot_of(folder, cache) == snapshot_of(folder / "good" / "..", cache)
    assert snapshot_of(folder, cache) != snapshot_of(other, cache)
    assert snapshot_of(folder, cache).parent == cache


@pytest.mark.parametrize("name", ["a [b]*?#%20", "é 'q' \"", "."])
def test_a_folder_and_a_cache_may_have_odd_names(folder: Path, tmp_path: Path, name: str) -> None:
    odd = tmp_path / name / "c"
    shutil.copytree(folder, odd)
    first = load(odd, cache=tmp_path / name / "cache")
    assert urls(first) == GOOD
    assert said_by(load(snapshot_of(odd, tmp_path / name / "cache"))) == said_by(first)


def test_a_snapshot_of_another_version_is_built_anew(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    load(folder, cache=cache)
    monkeypatch.setattr(graph.building, "__version__", "9.9")
    notes: list[str] = []
    load(folder, cache=cache, note=notes.append)
    assert len(notes) == 1
    assert "this is 9.9; it is built anew" in notes[0]


def test_other_options_give_another_graph(folder: Path, cache: Path) -> None:
    write(folder, "long.md", title="T" * 1000)
    assert len(urls(load(folder, cache=cache))) == 3
    notes: list[str] = []
    small = load(folder, cache=cache, options=ContentOptions(max_file_size=900), note=notes.append)
    assert urls(small) == GOOD
    assert [(p.code, p.message) for p in small.problems] == [
        ("too-large", "1,023 bytes, and at most 900 are read; shorten or split it")
    ]
    assert notes == []
    assert len(urls(load(folder, cache=cache))) == 3  # each way of reading has a snapshot of its own


def test_a_folder_in_the_snapshot_s_place_is_left_alone(folder: Path, cache: Path) -> None:
    snapshot = snapshot_of(folder, cache)
    write(snapshot, "mine.txt", b"mine")
    with pytest.raises(SnapshotError, match="Is a directory"):
        KnowledgeGraph(snapshot)
    with pytest.raises(OSError, match="directory"):
        load(folder, cache=cache)
    assert (snapshot / "mine.txt").read_bytes() == b"mine"
    assert list(cache.iterdir()) == [snapshot]


def test_a_cache_that_cannot_be_written_is_an_os_error(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write_bytes(b"a file, not a folder")
    with pytest.raises(OSError, match=r"exists|directory"):
        load(folder, cache=cache)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_cache_is_an_os_error(folder: Path, cache: Path) -> None:
    cache.mkdir(mode=0o500)
    with pytest.raises((OSError, sqlite3.OperationalError)):
        load(folder, cache=cache)


def test_strict_refuses_errors_and_leaves_the_old_snapshot(folder: Path, cache: Path) -> None:
    expected = said_by(load(folder, cache=cache, strict=True))
    snapshot = snapshot_of(folder, cache)
    before = snapshot.read_bytes()
    write(folder, "warned.md", front("title: T\nid: x"))
    bad = write(folder, "bad.md", b"")
    for _ in range(2):
        with pytest.raises(ContentProblemsError) as caught:
            load(folder, cache=cache, strict=True)
        assert [(p.code, p.file) for p in caught.value.problems] == [("empty-file", "bad.md")]
        assert snapshot.read_bytes() == before
        assert list(cache.iterdir()) == [snapshot]
    assert said_by(load(snapshot)) == expected
    load(folder, cache=cache)
    with pytest.raises(ContentProblemsError):  # nothing has changed since, and it is refused all the same
        load(folder, cache=cache, strict=True)
    bad.unlink()
    assert urls(load(folder, cache=cache, strict=True)) == [*GOOD, "/warned"]
