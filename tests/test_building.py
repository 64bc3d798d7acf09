"""A build reads what has changed and nothing else, and gives what a build from nothing gives."""

from __future__ import annotations

import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from content import GOOD, front, related, said_by, urls, write, write_good

import graph.building
import graph.corpus
import graph.reading
from graph.ahead import Ahead, scan_known
from graph.building import Build, BuildResult, ContentOptions, build
from graph.knowledge import KnowledgeGraph
from graph.loading import load, snapshot_of
from graph.snapshot import SnapshotError, open_snapshot


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Articles with links, subjects, a bad file, a clash and a dangling reference."""
    folder = tmp_path / "content"
    write_good(folder)
    write(folder, "a.md", url="/a", id=1, subject="Maths", related_article1=related("/b"), answer="Text")
    write(folder, "b.md", url="/b", id=2, subject="maths", related_article1=related("/gone", 1))
    write(folder, "c.md", url="/a", id=3, subject="MATHS")
    write(folder, "d.md", related_article2=related("/lost", 7, "Lost"), related_article1=related(None, 2))
    write(folder, "empty.md", b"")
    return folder


@pytest.fixture
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trust files that were written a moment ago."""
    monkeypatch.setattr(graph.corpus, "_SETTLED_NS", -(10**9))


@pytest.fixture
def any_base(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave texts where they are however few they are."""
    monkeypatch.setattr(graph.building, "_SMALL", 0)
    monkeypatch.setattr(graph.building, "_SHARE", 4)


def update(folder: Path) -> KnowledgeGraph:
    """Bring a cached snapshot up to date, and hold it against one that is built from nothing."""
    found = load(folder, cache=folder.parent / "cache")
    scratch = folder.parent / "scratch.snapshot"
    scratch.unlink(missing_ok=True)
    build(folder, scratch)
    assert said_by(found) == said_by(KnowledgeGraph(scratch))
    return found


def bring_up_to_date(folder: Path, **options: Any) -> BuildResult:
    """Build, and hold the result against a build from nothing."""
    output = folder.parent / "out" / "x.snapshot"
    result = build(folder, output, **options)
    scratch = folder.parent / "scratch.snapshot"
    scratch.unlink(missing_ok=True)
    build(folder, scratch, options=options.get("options"))
    assert said_by(KnowledgeGraph(output)) == said_by(KnowledgeGraph(scratch))
    assert result.path == output
    return result


def served(folder: Path) -> KnowledgeGraph:
    return KnowledgeGraph(folder.parent / "out" / "x.snapshot")


@pytest.mark.usefixtures("settled")
def test_an_unchanged_folder_is_not_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = bring_up_to_date(folder)
    assert (first.written, first.parsed, first.notes) == (True, 7, ())
    before = first.path.stat()
    opened: list[str] = []
    real = os.open
    monkeypatch.setattr(
        os, "open", lambda path, *rest, **more: opened.append(str(path)) or real(path, *rest, **more)
    )
    again = build(folder, first.path)
    assert (again.written, again.parsed, again.notes) == (False, 0, ())
    assert [path for path in opened if path.endswith(".md")] == []
    assert first.path.stat() == before


def test_a_folder_that_was_just_written_is_read_until_it_has_settled(folder: Path) -> None:
    old = graph.corpus._SETTLED_NS
    first = build(folder, folder.parent / "out.snapshot")
    time.sleep(2 * old / 1e9)
    second = build(folder, first.path)
    third = build(folder, first.path)
    assert [(result.written, result.parsed) for result in (first, second, third)] == [
        (True, 7), (True, 0), (False, 0)
    ]  # fmt: skip


def change(folder: Path) -> None:
    write(folder, "b.md", url="/b", id=2, subject="Maths", related_article1=related("/good/one"))


def change_url(folder: Path) -> None:
    write(folder, "b.md", url="/z", id=2)


def free_url(folder: Path) -> None:
    write(folder, "a.md", url="/moved", id=1)


def take_url(folder: Path) -> None:
    write(folder, "Z.md", url="/a", title="Earlier")


def add(folder: Path) -> None:
    write(folder, "new/file.md", subject="New", related_article1=related("/a"))


def share_id(folder: Path) -> None:
    write(folder, "new.md", id=1)


def resolve_dangling(folder: Path) -> None:
    write(folder, "new.md", url="/lost")


def remove(folder: Path) -> None:
    (folder / "a.md").unlink()


def rename(folder: Path) -> None:
    (folder / "d.md").rename(folder / "D.md")


def break_one(folder: Path) -> None:
    write(folder, "a.md", front("title: [T"))


def mend(folder: Path) -> None:
    write(folder, "empty.md", front("title: T\nurl: /gone"))


def exchange(folder: Path) -> None:
    (folder / "a.md").rename(folder / "t")
    (folder / "b.md").rename(folder / "a.md")
    (folder / "t").rename(folder / "b.md")


def leave_only_one(folder: Path) -> None:
    for name in ("a.md", "b.md", "c.md", "d.md", "empty.md"):
        (folder / name).unlink()


def add_a_pipe(folder: Path) -> None:
    os.mkfifo(folder / "pipe.md")


CHANGES: dict[Callable[[Path], None], int] = {
    change: 1, change_url: 1, free_url: 1, take_url: 1, add: 1, share_id: 1, resolve_dangling: 1, remove: 0,
    rename: 1, break_one: 1, mend: 1, exchange: 2, leave_only_one: 0, add_a_pipe: 0,
}  # fmt: skip


@pytest.mark.usefixtures("settled")
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_only_what_changed_is_parsed(folder: Path, change: Callable[[Path], None]) -> None:
    bring_up_to_date(folder)
    before = served(folder)
    change(folder)
    result = bring_up_to_date(folder)
    assert (result.written, result.parsed, result.notes) == (True, CHANGES[change], ())
    assert served(folder).version != before.version
    assert said_by(before) != said_by(served(folder))
    again = bring_up_to_date(folder)
    assert (again.written, again.parsed) == (False, 0)


@pytest.mark.usefixtures("settled", "any_base")
@pytest.mark.parametrize("is_replaced", [False, True])
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_was_looked_at_ahead_of_a_change_is_gone_on_from(
    folder: Path, change: Callable[[Path], None], is_replaced: bool
) -> None:
    bring_up_to_date(folder)
    output = folder.parent / "out" / "x.snapshot"
    work = Build(folder, output, trusts_base=True)
    known = work.look()
    assert known == sorted(str(file.relative_to(folder)) for file in folder.rglob("*.md"))
    if is_replaced:  # by somebody else, meanwhile
        write(folder, "between.md", related_article1=related("/a"))
        build(folder, output)
    change(folder)
    result = work.run(ahead=Ahead(lambda: scan_known(folder, ContentOptions(), known)))
    assert (result.written, result.parsed, result.notes) == (True, CHANGES[change], ())
    bring_up_to_date(folder)


@pytest.mark.usefixtures("settled")
def test_nothing_is_looked_at_ahead_where_there_is_little_to_gain(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = folder.parent / "out" / "x.snapshot"
    assert Build(folder, output).look() == []
    bring_up_to_date(folder)
    monkeypatch.setattr(graph.building, "_AT_HAND", 1)
    assert Build(folder, output).look() == []
    output.write_bytes(b"something else")
    work = Build(folder, output)
    assert work.look() == []
    with pytest.raises(SnapshotError, match="left alone"):
        work.run()


@pytest.mark.usefixtures("settled", "any_base")
@pytest.mark.parametrize("seed", range(4))
def test_any_row_of_changes_gives_what_a_build_from_nothing_gives(folder: Path, seed: int) -> None:
    chosen = random.Random(seed)
    bring_up_to_date(folder)
    for number in range(40):  # so that what changes is a small share
        write(folder, f"stays/{number}.md", related_article1=related(f"/stays/{number * 7 % 50}"))
    served_so_far = update(folder)
    based = 0
    urls = ["/a", "/b", "/c", "/d", "/e", None]
    for _ in range(25):
        for _ in range(chosen.randrange(1, 4)):
            path = f"{chosen.choice('abcdefgh')}.md"
            if chosen.random() < 0.25:
                (folder / path).unlink(missing_ok=True)
            elif chosen.random() < 0.15:
                write(folder, path, front("title: ["))
            elif chosen.random() < 0.15 and (folder / path).exists():
                (folder / path).rename(folder / f"{chosen.choice('abcdefgh')}.md")
            else:
                references = {
                    f"related_article{number}": related(chosen.choice(urls), chosen.choice([1, 2, 3, None]))
                    for number in range(chosen.randrange(4))
                }
                fields = {
                    "id": chosen.choice([1, 2, 3, None]),
                    "subject": chosen.choice(["A", "a", "B", None]),
                }
                write(folder, path, url=chosen.choice(urls), **fields, **references)
        bring_up_to_date(folder)
        opened = served_so_far.reopen(snapshot_of(folder, folder.parent / "cache"))
        assert said_by(opened) == said_by(served_so_far)
        served_so_far = update(folder)
        based += len(list((folder.parent / "cache").glob("*.base")))
    assert based


@pytest.mark.usefixtures("settled", "any_base")
def test_texts_that_have_not_changed_stay_where_they_are(folder: Path) -> None:
    cache = folder.parent / "cache"
    write(folder, "long.md", answer="word " * 10_000)
    first = load(folder, cache=cache)
    snapshot = snapshot_of(folder, cache)
    whole = snapshot.stat()
    write(folder, "new.md", answer="New")
    second = update(folder)
    (base,) = cache.glob("*.base")
    assert (base.stat().st_ino, snapshot.stat().st_size < 20_000) == (whole.st_ino, True)
    write(folder, "new.md", answer="Newer")
    third = first.reopen(snapshot)
    assert third.version == second.version
    assert third.article("/long").answer == ("word " * 10_000).strip()  # type: ignore[union-attr]
    update(folder)
    assert list(cache.glob("*.base")) == [base]
    write(folder, "second.md", answer="other " * 10_000)  # too much to stay beside it for long
    update(folder)
    write(folder, "new.md", answer="Newest")
    update(folder)
    assert open_snapshot(snapshot).base is None
    assert [article.answer for article in second.articles if article.file == "new.md"] == ["New"]


@pytest.mark.usefixtures("settled", "any_base")
def test_a_damaged_base_is_seen(folder: Path) -> None:
    cache = folder.parent / "cache"
    write(folder, "long.md", answer="word " * 10_000)
    load(folder, cache=cache)
    write(folder, "new.md")
    expected = said_by(load(folder, cache=cache))
    (base,) = cache.glob("*.base")
    data = base.read_bytes()
    base.unlink()
    notes: list[str] = []
    for bad in (data[:1000] + bytes([data[1000] ^ 1]) + data[1001:], data[:-1], None):
        snapshot = snapshot_of(folder, cache).read_bytes()
        if bad is not None:
            base.write_bytes(bad)
        with pytest.raises(SnapshotError):
            KnowledgeGraph(snapshot_of(folder, cache))
        assert said_by(load(folder, cache=cache, note=notes.append)) == expected
        snapshot_of(folder, cache).unlink()
        snapshot_of(folder, cache).write_bytes(snapshot)
        base.unlink(missing_ok=True)
    assert [note.endswith("; it is built anew") for note in notes] == [True] * 3


@pytest.mark.usefixtures("settled")
def test_a_touched_file_is_hashed_and_not_parsed(folder: Path) -> None:
    bring_up_to_date(folder)
    before = said_by(served(folder))
    os.utime(folder / "a.md", (1, 1))
    touched = bring_up_to_date(folder)
    assert touched.parsed == 0
    assert said_by(served(folder)) == before
    again = build(folder, touched.path)
    assert (again.written, again.parsed) == (False, 0)


@pytest.mark.usefixtures("settled")
def test_a_file_replaced_by_a_copy_of_itself_is_not_parsed(folder: Path) -> None:
    bring_up_to_date(folder)
    before = said_by(served(folder))
    shutil.copy2(folder / "a.md", folder / "copy")
    (folder / "copy").replace(folder / "a.md")
    assert bring_up_to_date(folder).parsed == 0
    assert said_by(served(folder)) == before


@pytest.mark.usefixtures("settled")
def test_forged_size_and_time_hide_no_change(folder: Path) -> None:
    bring_up_to_date(folder)
    file = folder / "a.md"
    before = file.stat()
    time.sleep(0.02)  # beyond the tick of the file system's clock
    file.write_bytes(file.read_bytes().replace(b"Text", b"text"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = file.stat()
    assert (after.st_size, after.st_mtime_ns, after.st_ino) == (
        before.st_size,
        before.st_mtime_ns,
        before.st_ino,
    )
    result = bring_up_to_date(folder)
    assert (result.written, result.parsed) == (True, 1)
    article = served(folder).article("/a")
    assert article is not None
    assert article.answer == "text"


@pytest.mark.usefixtures("settled")
def test_verify_hashes_every_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bring_up_to_date(folder)
    # a change that no size, time or inode tells
    write(folder, "a.md", url="/a", id=1, subject="Maths", related_article1=related("/b"), answer="Test")
    real = graph.corpus.scan
    before = open_snapshot(folder.parent / "out" / "x.snapshot")
    known = {
        path: tuple(state)
        for path, state in zip(
            before.section("path").tobytes().decode().replace('"', "").split(","),
            before.section("state", "q")
            .cast("B")
            .cast("q", (before.section("state").nbytes // 32, 4))
            .tolist(),
            strict=False,
        )
    }

    def deceived(*args: Any, **options: Any) -> Any:
        found = real(*args, **options)
        found.files = {path: known[path] for path in found.files}
        return found

    with monkeypatch.context() as patch:
        patch.setattr("graph.building.scan", deceived)
        output = folder.parent / "out" / "x.snapshot"
        blind = build(folder, output)
        assert (blind.written, blind.parsed) == (False, 0)
        seen = build(folder, output, verify=True)
        assert (seen.written, seen.parsed) == (True, 1)
    verified = build(folder, output, verify=True)
    assert (verified.written, verified.parsed) == (False, 0)
    bring_up_to_date(folder)


@pytest.mark.usefixtures("settled")
def test_another_build_in_between_does_no_harm(folder: Path) -> None:
    bring_up_to_date(folder)
    output = folder.parent / "out" / "x.snapshot"
    write(folder, "m1.md", related_article1=related("/a"))
    turns: list[int] = []

    def meanwhile(_done: int, _all: int) -> None:
        if turns:
            return
        turns.append(1)
        (folder / "m1.md").rename(
            folder / "m2.md"
        )  # what is read by now is told, and mended by the next build
        write(folder, "n.md", related_article1=related("/b"))
        (folder / "b.md").unlink()
        build(folder, output)

    build(folder, output, progress=meanwhile)
    assert turns
    middle = served(folder)
    assert sorted(middle.columns.file) == ["a.md", "b.md", "d.md", "good/one.md", "good/two.md", "m1.md"]
    assert [(a.file, a.title) for a in middle.articles if a.file != a.title] == [
        ("good/one.md", "One"), ("good/two.md", "Two")
    ]  # fmt: skip
    bring_up_to_date(folder)


@pytest.mark.usefixtures("settled")
def test_an_old_snapshot_s_pages_are_not_the_new_one_s_size(folder: Path) -> None:
    first = bring_up_to_date(folder)
    size = first.path.stat().st_size
    for turn in range(10):
        write(folder, "a.md", url="/a", answer=f"turn {turn}")
        bring_up_to_date(folder)
    assert first.path.stat().st_size < 2 * size


# --- the same everywhere ------------------------------------------------------------------------------------


def version(folder: Path, **options: Any) -> str:
    output = folder.parent / "version.snapshot"
    output.unlink(missing_ok=True)
    build(folder, output, **options)
    return KnowledgeGraph(output).version


def test_the_version_names_the_content(folder: Path) -> None:
    first = version(folder)
    assert len(first) == 16
    assert version(folder) == first
    os.utime(folder / "a.md", (1, 1))
    (folder / "a.md").chmod(0o600)
    write(folder, "not-an-article.txt", b"text")
    write(folder, ".hidden.md", b"text")
    (folder / "empty folder").mkdir()
    assert version(folder) == first
    data = (folder / "a.md").read_bytes()
    seen = {first}
    for changed in (data + b" ", data[:-1], data.replace(b"Text", b"Texu")):
        (folder / "a.md").write_bytes(changed)
        seen.add(version(folder))
    (folder / "a.md").write_bytes(data)
    assert version(folder) == first
    (folder / "a.md").rename(folder / "a2.md")
    seen.add(version(folder))
    (folder / "a2.md").rename(folder / "A.md")
    seen.add(version(folder))
    (folder / "A.md").rename(folder / "a.md")
    assert version(folder) == first
    (folder / "empty.md").unlink()
    seen.add(version(folder))
    (folder / "link.md").symlink_to("a.md")
    seen.add(version(folder))
    assert len(seen) == 8


def test_exchanged_contents_are_another_version(folder: Path) -> None:
    first = version(folder)
    exchange(folder)
    assert version(folder) != first


def test_a_graph_is_the_same_wherever_its_folder_is(folder: Path, tmp_path: Path) -> None:
    copied = tmp_path / "somewhere else" / "x"
    shutil.copytree(folder, copied)
    here = load(folder, cache=tmp_path / "cache")
    there = load(copied, cache=tmp_path / "cache")
    assert said_by(there) == said_by(here)


def many(folder: Path) -> None:
    for number in range(40):
        references = {f"related_article{i}": related(None, number * i % 40) for i in (1, 3, 7)}
        write(folder, f"{number % 7}/{number}.md", id=number % 30, **references)


def test_a_graph_is_the_same_with_any_number_of_processes(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    many(folder)
    monkeypatch.setattr(graph.reading, "_BATCH", 5)
    graphs = []
    for processes in (1, 2, 3):
        output = folder.parent / f"{processes}.snapshot"
        assert build(folder, output, processes=processes).parsed == 47
        graphs.append(KnowledgeGraph(output))
    assert said_by(graphs[0]) == said_by(graphs[1]) == said_by(graphs[2])
    assert graphs[0].link_count > 20


@pytest.mark.parametrize("seed", range(3))
def test_a_graph_is_the_same_in_any_order_of_the_file_system(
    folder: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    many(folder)
    expected = load(folder, cache=folder.parent / "cache")
    real, chosen = os.scandir, random.Random(seed)

    class Shuffled:
        def __init__(self, path: str) -> None:
            with real(path) as listing:
                self.entries = list(listing)
            chosen.shuffle(self.entries)

        def __enter__(self) -> Iterator[os.DirEntry[str]]:
            return iter(self.entries)

        def __exit__(self, *exception: object) -> None:
            pass

    monkeypatch.setattr(graph.corpus.os, "scandir", Shuffled)
    found = load(folder, cache=folder.parent / "other cache")
    assert said_by(found) == said_by(expected)


def test_options_are_part_of_what_was_built(folder: Path) -> None:
    (folder / "link.md").symlink_to("a.md")
    output = folder.parent / "x.snapshot"
    plain = build(folder, output)
    followed = build(folder, output, options=ContentOptions(follow_symlinks=True))
    assert (plain.parsed, followed.parsed, len(followed.notes)) == (7, 8, 1)
    assert "other options" in followed.notes[0]
    assert urls(KnowledgeGraph(output))[-2:] == GOOD
