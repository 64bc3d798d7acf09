"""A folder's files: which are read, what becomes of those that cannot be, and always the same."""

from __future__ import annotations

import os
import socket
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from content import GOOD, front, urls, write, write_good

import graph.corpus
import graph.reading
from graph.article import Problem, Severity
from graph.corpus import (
    UNKNOWN,
    ContentError,
    ContentOptions,
    ReadFile,
    available_cores,
    open_folder,
    read_file,
    scan,
)
from graph.knowledge import KnowledgeGraph
from graph.loading import load
from graph.reading import Batch, read_batches


def read_files(folder: Path, known: list[tuple[str, bytes]], **options: Any) -> list[ReadFile]:
    opened = open_folder(str(folder))
    try:
        return [read_file(opened, path, digest, **options) for path, digest in known]
    finally:
        os.close(opened)


def test_the_files_of_a_folder_that_is_gone_are_gone(tmp_path: Path) -> None:
    batch = Batch(str(tmp_path / "gone"), "a.md\0b.md", b"", ContentOptions(), os.devnull)
    (read,) = read_batches(batch)
    assert [[problem.code for problem in some] for some in read.problems.values()] == [["vanished"]] * 2


FOLLOW = ContentOptions(follow_symlinks=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A content folder with two good articles."""
    folder = tmp_path / "content"
    write_good(folder)
    return folder


def loaded(folder: Path, options: ContentOptions | None = None) -> KnowledgeGraph:
    return load(folder, cache=folder.parent / "cache", options=options, processes=1)


def told(problems: Any) -> list[tuple[str, str, str]]:
    return [(problem.severity.value, problem.code, problem.file) for problem in problems]


def test_article_files_are_those_with_the_right_ending(folder: Path) -> None:
    for name in ("a.md", "b.MD", "c.markdown", "d/e/f.Markdown", "g.h.md"):
        write(folder, name)
    for name in ("a.txt", "md", "b.mdx", "c.md.bak", "d.md~", "README", "image.png", "markdown", "e.amd.zip"):
        write(folder, name, b"\0")
    assert list(scan(folder).files) == [
        "a.md", "b.MD", "c.markdown", "d/e/f.Markdown", "g.h.md", "good/one.md", "good/two.md"
    ]  # fmt: skip
    assert scan(folder).problems == []


def test_hidden_names_are_passed_over(folder: Path) -> None:
    for name in (".a.md", ".md", ".git/b.md", "good/.c.md", "good/.d/e.md", ".hidden.markdown"):
        write(folder, name, b"not even an article")
    assert urls(loaded(folder)) == GOOD
    assert loaded(folder).problems == ()


def test_a_hidden_content_folder_is_read(tmp_path: Path) -> None:
    write_good(tmp_path / ".content")
    assert urls(loaded(tmp_path / ".content")) == GOOD


def test_a_folder_may_be_named_like_an_article(folder: Path) -> None:
    write(folder, "x.md/y.md")
    assert urls(loaded(folder)) == [*GOOD, "/x.md/y"]


def test_a_pipe_is_a_problem_and_does_not_hang(folder: Path) -> None:
    os.mkfifo(folder / "x.md")
    os.mkfifo(folder / "not-an-article")
    g = loaded(folder)
    assert urls(g) == GOOD
    assert told(g.problems) == [("ERROR", "unreadable", "x.md")]
    assert "not a regular file" in g.problems[0].message


def test_a_socket_is_a_problem(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as opened:
        opened.bind("x.md")
        g = loaded(folder)
    assert told(g.problems) == [("ERROR", "unreadable", "x.md")]


def test_a_file_that_becomes_a_pipe_does_not_hang(folder: Path) -> None:
    state = scan(folder)
    (folder / "good/two.md").unlink()
    os.mkfifo(folder / "good/two.md")
    _, two = read_files(folder, [(path, b"") for path in state.files])
    assert told(two.problems) == [("ERROR", "unreadable", "good/two.md")]
    assert "not a regular file" in two.problems[0].message


def test_links_are_not_followed_by_default(folder: Path, tmp_path: Path) -> None:
    outside = write(tmp_path / "outside", "secret.md", title="Secret")
    (folder / "file.md").symlink_to(outside)
    (folder / "inside.md").symlink_to("good/one.md")
    (folder / "out").symlink_to(outside.parent)
    (folder / "in").symlink_to("good")
    (folder / "loop").symlink_to(".")
    (folder / "up").symlink_to("..")
    (folder / "self.md").symlink_to("self.md")
    (folder / "gone.md").symlink_to("nowhere")
    (folder / "gone").symlink_to("nowhere")
    (folder / "image.png").symlink_to(outside)
    g = loaded(folder)
    assert urls(g) == GOOD
    names = ["file.md", "gone.md", "in", "inside.md", "loop", "out", "self.md", "up"]
    assert told(g.problems) == [("WARNING", "symlink", name) for name in names]
    assert "--follow-symlinks" in g.problems[0].message


def test_links_are_followed_where_asked_for(folder: Path, tmp_path: Path) -> None:
    write(tmp_path / "outside", "far.md")
    write(tmp_path / "outside", "deep/deeper.md")
    (folder / "file.md").symlink_to(tmp_path / "outside/far.md")
    (folder / "out").symlink_to(tmp_path / "outside")
    g = loaded(folder, FOLLOW)
    assert urls(g) == ["/file", *GOOD, "/out/deep/deeper", "/out/far"]
    assert g.problems == ()


def test_followed_links_end_where_they_meet_a_folder_again(folder: Path, tmp_path: Path) -> None:
    (folder / "loop").symlink_to(".")
    (folder / "good/loop").symlink_to("../good")
    (folder / "up").symlink_to("..")
    (folder / "zz").symlink_to("good")
    g = loaded(folder, FOLLOW)
    assert [url for url in urls(g) if not url.startswith("/up")] == GOOD
    found = told(g.problems)
    assert found == [("WARNING", "symlink", name) for name in ("good/loop", "loop", "up/content", "zz")]
    assert "the same folder as good, read there" in {p.file: p.message for p in g.problems}["zz"]


def test_followed_links_that_lead_nowhere_are_errors(folder: Path) -> None:
    (folder / "self.md").symlink_to("self.md")
    (folder / "gone.md").symlink_to("nowhere")
    (folder / "gone").symlink_to("nowhere")
    g = loaded(folder, FOLLOW)
    assert urls(g) == GOOD
    assert told(g.problems) == [("ERROR", "unreadable", "gone.md"), ("ERROR", "unreadable", "self.md")]


def test_a_file_that_becomes_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    secret = write(tmp_path / "outside", "secret.md", title="Secret")
    (folder / "good/two.md").unlink()
    (folder / "good/two.md").symlink_to(secret)
    paths = [("good/one.md", b""), ("good/two.md", b"")]
    one, two = read_files(folder, paths)
    assert (one.document is None, two.document) == (False, None)
    assert told(two.problems) == [("ERROR", "unreadable", "good/two.md")]
    _, two = read_files(folder, paths, follow_symlinks=True)
    assert two.document is not None


def test_a_file_that_disappears_is_a_problem(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    doomed = write(folder, "doomed.md")

    def scan_then_delete(*args: Any, **options: Any) -> Any:
        found = scan(*args, **options)
        doomed.unlink()
        return found

    monkeypatch.setattr("graph.building.scan", scan_then_delete)
    g = loaded(folder)
    assert urls(g) == GOOD
    assert told(g.problems) == [("ERROR", "vanished", "doomed.md")]
    assert "disappeared" in g.problems[0].message
    monkeypatch.undo()
    assert loaded(folder).problems == ()


def deny(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Make opening these files fail, as it does for others than root."""
    real = os.open

    def denying(path: Any, *args: Any, **options: Any) -> int:
        if str(path).endswith(names):
            raise PermissionError(13, "Permission denied", path)
        return real(path, *args, **options)

    monkeypatch.setattr(os, "open", denying)


def test_a_file_that_may_not_be_read_is_a_problem(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "x.md")
    with monkeypatch.context() as patch:
        deny(patch, "x.md")
        g = loaded(folder)
        assert urls(g) == GOOD
        assert told(g.problems) == [("ERROR", "unreadable", "x.md")]
        assert g.problems[0].message == "cannot read: Permission denied"
        again = loaded(folder)
        assert (again.problems, again.version) == (g.problems, g.version)
    g = loaded(folder)
    assert urls(g) == [*GOOD, "/x"]
    assert g.problems == ()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read anything")
def test_files_and_folders_without_permission_are_problems(folder: Path) -> None:
    write(folder, "x.md").chmod(0)
    write(folder, "closed/y.md").parent.chmod(0)
    try:
        g = loaded(folder)
    finally:
        (folder / "closed").chmod(0o700)
    assert urls(g) == GOOD
    assert told(g.problems) == [("ERROR", "unreadable", "closed"), ("ERROR", "unreadable", "x.md")]


def test_a_folder_that_may_not_be_listed_is_a_problem(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "closed/y.md")
    real = os.scandir

    def denying(path: Any) -> Any:
        if str(path).endswith("closed") or path == str(folder / "all"):
            raise PermissionError(13, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(graph.corpus.os, "scandir", denying)
    g = loaded(folder)
    assert urls(g) == GOOD
    assert told(g.problems) == [("ERROR", "unreadable", "closed")]
    (folder / "all").mkdir()
    with pytest.raises(ContentError, match=r"no Markdown file in it .* \(cannot list: Permission denied\)"):
        scan(folder / "all")


def test_a_name_that_is_not_utf8_is_a_problem(folder: Path) -> None:
    try:
        for name in (b"caf\xe9.md", b"d\xff/x.md"):
            write(folder, os.fsdecode(name), front("title: T"))
    except OSError:
        pytest.skip("this file system has no such names")
    (folder / "e").symlink_to(os.fsdecode(b"d\xff"))
    g = loaded(folder)
    assert urls(g) == GOOD
    assert told(g.problems) == [
        ("ERROR", "file-name", "caf\\xe9.md"),
        ("ERROR", "file-name", "d\\xff/x.md"),
        ("WARNING", "symlink", "e"),
    ]
    g = loaded(folder, FOLLOW)
    assert urls(g) == GOOD
    assert [problem.message for problem in g.problems if problem.file == "e"] == [
        "the same folder as d\\xff, read there"
    ]


def test_names_may_be_any_others(folder: Path) -> None:
    for name in (
        "a b.md",
        "é.md",
        "日本.md",
        "a\nb.md",
        "a\\b.md",
        "'\".md",
        "-x.md",
        "%20.md",
        "😀.md",
        "x..md",
    ):
        write(folder, name, title=name)
    g = loaded(folder)
    assert len(g.articles) == 12
    assert {a.file: a.title.replace("\n", " ") for a in g.articles}["é.md"] == "é.md"
    assert g.problems == ()


def test_the_size_limit_is_the_last_size_that_is_read(folder: Path) -> None:
    raw = front("title: T")
    write(folder, "x.md", raw)
    (within,) = read_files(folder, [("x.md", b"")], max_file_size=len(raw))
    (beyond,) = read_files(folder, [("x.md", b"")], max_file_size=len(raw) - 1)
    assert (within.document is None, within.problems) == (False, [])
    assert (beyond.document, told(beyond.problems)) == (None, [("ERROR", "too-large", "x.md")])


def test_of_a_huge_file_no_more_is_read_than_the_limit(folder: Path) -> None:
    with (folder / "x.md").open("wb") as opened:
        opened.truncate(300_000_000)  # a hole: it takes no room on the disk
    tracemalloc.start()
    try:
        (huge,) = read_files(folder, [("x.md", b"")], max_file_size=1_000_000)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert huge.problems[0].message.startswith("300,000,000 bytes, and at most 1,000,000 are read")
    assert peak < 10_000_000


def test_a_file_that_changed_a_moment_ago_is_not_trusted(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph.corpus, "_SETTLED_NS", 10**15)
    (result,) = read_files(folder, [("good/one.md", b"")])
    assert result.state == UNKNOWN
    monkeypatch.setattr(graph.corpus, "_SETTLED_NS", -(10**9))
    (result,) = read_files(folder, [("good/one.md", b"")])
    assert result.state == scan(folder).files["good/one.md"]
    assert result.state[0] == (folder / "good/one.md").stat().st_size


def test_known_content_is_not_parsed_again(folder: Path) -> None:
    (first,) = read_files(folder, [("good/one.md", b"")])
    (again,) = read_files(folder, [("good/one.md", first.digest)])
    (other,) = read_files(folder, [("good/one.md", b"another digest")])
    assert (first.same, again.same, other.same) == (False, True, False)
    assert (again.document, again.digest) == (None, first.digest)
    assert other.document == first.document is not None


def test_an_inode_number_may_have_all_of_64_bits(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph.corpus, "_SETTLED_NS", -(10**9))
    real = os.fstat

    def fstat(descriptor: int) -> os.stat_result:
        fields = list(real(descriptor))
        status = real(descriptor)
        fields[1] = 2**64 - 5
        times = {name: getattr(status, name) for name in ("st_atime_ns", "st_mtime_ns", "st_ctime_ns")}
        return os.stat_result(fields, times)

    monkeypatch.setattr(graph.corpus.os, "fstat", fstat)
    assert urls(loaded(folder)) == GOOD
    assert urls(loaded(folder)) == GOOD


def test_progress_is_told_up_to_all(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph.reading, "_BATCH", 10)
    for number in range(33):
        write(folder, f"{number}.md")
    steps: list[tuple[int, int]] = []
    load(
        folder,
        cache=folder.parent / "cache",
        processes=1,
        progress=lambda done, all_: steps.append((done, all_)),
    )
    assert steps == [(10, 35), (20, 35), (30, 35), (35, 35)]


def test_many_files_are_read_by_as_many_processes_as_there_are_cores(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def map_batches(function: Callable[[Any], Any], batches: list[Any], processes: int) -> Iterator[Any]:
        asked.append(processes)
        return map(function, batches)

    monkeypatch.setattr(graph.reading, "map_batches", map_batches)
    monkeypatch.setattr(graph.reading, "available_cores", lambda: 7)
    batch = Batch(str(folder), "", b"", ContentOptions(), str(folder / "texts"))
    (folder / "texts").touch()
    list(read_batches(batch._replace(paths="\0".join(["good/one.md"] * 256))))
    list(read_batches(batch._replace(paths="\0".join(["good/one.md"] * 257))))
    list(read_batches(batch._replace(paths="good/one.md"), processes=3))
    assert asked == [1, 7, 3]


def test_there_is_a_core(monkeypatch: pytest.MonkeyPatch) -> None:
    assert available_cores() >= 1
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert available_cores() == (os.cpu_count() or 1)


def test_files_and_problems_come_in_order_of_path(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("b.md", "a/c.md", "a.md", "a-b.md", "A.md", "é.md", "z/a.md"):
        write(folder, name)
    for name in ("y.md", "a/x.md"):
        os.mkfifo(folder / name)
    real = os.scandir

    class Backwards:
        def __init__(self, path: str) -> None:
            with real(path) as listing:
                self.entries = sorted(listing, key=lambda entry: entry.name, reverse=True)

        def __enter__(self) -> Iterator[os.DirEntry[str]]:
            return iter(self.entries)

        def __exit__(self, *exception: object) -> None:
            pass

    found = scan(folder)
    monkeypatch.setattr(graph.corpus.os, "scandir", Backwards)
    again = scan(folder)
    assert list(found.files) == list(again.files) == sorted(found.files)
    assert found == again
    assert found.problems == sorted(found.problems, key=lambda problem: problem.file)
    assert found.problems[0] == Problem(
        Severity.ERROR, "unreadable", "a/x.md", None, None, "not a regular file (a pipe, socket or device)"
    )
