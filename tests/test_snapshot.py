"""The snapshot file: any damage is seen, and kill -9 at any moment leaves the old one or the new one."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import pytest
from content import GOOD, said_by, urls, write, write_good

import graph
import graph.building
import graph.snapshot
from graph.building import build
from graph.loading import load, snapshot_of
from graph.snapshot import SnapshotError, SnapshotWriter
from graph.workers import command


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A content folder with two good articles."""
    folder = tmp_path / "content"
    write_good(folder)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


DAMAGES = {
    "cut off": lambda data: data[: len(data) // 2],
    "cut off by a byte": lambda data: data[:-1],
    "a byte more": lambda data: data + b"\0",
    "empty": lambda data: b"",
    "short": lambda data: data[:60],
    "garbage": lambda data: random.Random(1).randbytes(len(data)),
    "zeros": lambda data: bytes(len(data)),
    "text": lambda data: b"# Title\n",
    "a page of zeros": lambda data: data[:32768] + bytes(32768) + data[65536:],
}


def damaged(data: bytes, offset: int) -> bytes:
    return data[:offset] + bytes([data[offset] ^ 0xFF]) + data[offset + 1 :]


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_snapshot_is_built_anew_or_refused(folder: Path, cache: Path, name: str) -> None:
    expected = said_by(load(folder, cache=cache))
    snapshot = snapshot_of(folder, cache)
    bad = DAMAGES[name](snapshot.read_bytes())
    snapshot.write_bytes(bad)
    with pytest.raises(SnapshotError) as caught:
        load(snapshot)
    message = str(caught.value)
    assert message.startswith(str(snapshot))
    assert message.endswith(("not an articlegraph snapshot", "the snapshot is damaged or incomplete"))
    assert snapshot.read_bytes() == bad
    notes: list[str] = []
    assert said_by(load(folder, cache=cache, note=notes.append)) == expected
    assert [note.endswith("; it is built anew") for note in notes] == [True]
    assert said_by(load(snapshot)) == expected
    load(folder, cache=cache, note=notes.append)
    assert len(notes) == 1


def test_no_byte_of_a_snapshot_can_be_damaged_unseen(folder: Path, cache: Path) -> None:
    load(folder, cache=cache)
    snapshot = snapshot_of(folder, cache)
    data = snapshot.read_bytes()
    chosen = random.Random(2)
    header = [0, 15, 16, 59, 60, 63, 68, 71, 72, 99]
    for offset in header + [chosen.randrange(100, len(data)) for _ in range(30)]:
        bad = damaged(data, offset)
        snapshot.write_bytes(bad)
        with pytest.raises(SnapshotError):
            load(snapshot)
        assert snapshot.read_bytes() == bad
    snapshot.write_bytes(data)
    assert urls(load(snapshot)) == GOOD


def test_a_large_snapshot_is_checked_to_its_end(folder: Path, cache: Path) -> None:
    noise = random.Random(5).randbytes(1_500_000).hex()
    write(folder, "large.md", answer=noise)
    expected = said_by(load(folder, cache=cache))
    snapshot = snapshot_of(folder, cache)
    data = snapshot.read_bytes()
    assert len(data) > 3_000_000
    for offset in (1 << 20, (1 << 20) + 60, 2_500_000, len(data) - 1):
        snapshot.write_bytes(damaged(data, offset))
        with pytest.raises(SnapshotError, match="damaged"):
            load(snapshot)
    snapshot.write_bytes(data)
    assert said_by(load(snapshot)) == expected


def test_texts_are_let_go_of_again_and_again_and_stay_readable(
    folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = said_by(load(folder, cache=cache))
    forgotten = []
    forget = graph.snapshot._File.forget_texts

    def counted(file: graph.snapshot._File) -> None:
        forgotten.append(file)
        forget(file)

    monkeypatch.setattr(graph.snapshot, "_MAPPED", 2)
    monkeypatch.setattr(graph.snapshot._File, "forget_texts", counted)
    opened = graph.snapshot.open_snapshot(snapshot_of(folder, cache))
    texts = [opened.text(start, 20) for start in range(16, 96, 8)]
    assert len(forgotten) == 5
    assert b"".join(texts) == b"".join(
        snapshot_of(folder, cache).read_bytes()[s : s + 20] for s in range(16, 96, 8)
    )
    assert said_by(load(folder, cache=cache)) == expected


def test_another_sqlite_file_is_no_snapshot(folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.snapshot"
    with sqlite3.connect(other) as database:
        database.execute("CREATE TABLE notes (text)")
    database.close()
    before = other.read_bytes()
    with pytest.raises(SnapshotError, match=r"other\.snapshot: not an articlegraph snapshot"):
        load(other)
    assert other.read_bytes() == before


def test_a_snapshot_of_another_format_is_built_anew_or_refused(folder: Path, cache: Path) -> None:
    expected = said_by(load(folder, cache=cache))
    snapshot = snapshot_of(folder, cache)
    snapshot.write_bytes(damaged(snapshot.read_bytes(), 15))
    with pytest.raises(SnapshotError, match="has another format than this version reads, 3"):
        load(snapshot)
    notes: list[str] = []
    assert said_by(load(folder, cache=cache, note=notes.append)) == expected
    assert notes == [
        f"{snapshot}: the snapshot has another format than this version reads, 3; it is built anew"
    ]


def test_a_snapshot_of_the_time_when_they_were_sqlite_files_is_brought_up_to_date(
    folder: Path, tmp_path: Path
) -> None:
    old = tmp_path / "old.snapshot"
    with sqlite3.connect(old, isolation_level=None) as database:
        database.execute(f"PRAGMA application_id = {0x61677068}")
        database.execute("CREATE TABLE meta (key, value)")
    database.close()
    with pytest.raises(SnapshotError, match="another format"):
        load(old)
    assert build(folder, old).notes
    assert urls(load(old)) == GOOD


def test_a_snapshot_stays_readable_when_it_is_replaced(folder: Path, cache: Path) -> None:
    old = load(folder, cache=cache)
    write(folder, "new.md", question="New?")
    new = load(folder, cache=cache)
    assert (urls(old), urls(new)) == (GOOD, [*GOOD, "/new"])
    assert [article.front_matter["title"] for article in old.articles] == ["One", "Two"]
    snapshot_of(folder, cache).unlink()
    assert [article.question for article in new.articles] == [None, None, "New?"]


def test_a_snapshot_is_never_written_by_its_reader(folder: Path, cache: Path) -> None:
    load(folder, cache=cache)
    snapshot = snapshot_of(folder, cache)
    snapshot.chmod(0o400)
    cache.chmod(0o500)
    try:
        before = snapshot.read_bytes()
        g = load(snapshot)
        assert g.articles[0].front_matter["title"] == "One"
        with pytest.raises(TypeError):
            g.columns.number.values[0] = 1
        assert snapshot.read_bytes() == before
        assert list(cache.iterdir()) == [snapshot]
    finally:
        cache.chmod(0o700)


# --- kill -9 ------------------------------------------------------------------------------------------------

# what a child does: it builds, and where a place is named, it kills itself when it comes there
BUILDING = """
import os, signal, sys
from pathlib import Path
import graph.building, graph.snapshot

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def die_after(function):
    def call(*args):
        function(*args)
        die()
    return call

content, output, place = sys.argv[1:]
match place:
    case "after the texts":
        graph.building.read_documents = die
    case "before the graph":
        graph.building.choose_served = die
    case "before the version":
        graph.building._version = die
    case "before the checksum":
        graph.snapshot.SnapshotWriter.seal = die
    case "before the disk":
        os.fsync = die
    case "before the renaming":
        Path.replace = die
    case "after the renaming":
        Path.replace = die_after(Path.replace)
print("ready", flush=True)
graph.building.build(content, output, processes=1)
print("done", flush=True)
"""


def start_build(content: Path, output: Path, place: str = "") -> subprocess.Popen[bytes]:
    return subprocess.Popen([*command(BUILDING), str(content), str(output), place], stdout=subprocess.PIPE)


def check_after_kill(content: Path, output: Path, versions: set[str], old: str | None) -> None:
    """The old or the new snapshot is there, whole; the next build finds no leftovers in its way."""
    if old is None and not output.exists():
        pass
    else:
        assert load(output).version in versions
    build(content, output)
    assert {entry.name for entry in output.parent.iterdir()} == {output.name}
    assert said_by(load(output)) == said_by(load(content, cache=content.parent / "from scratch"))


@pytest.mark.parametrize("first", [True, False], ids=["the first build", "a later build"])
@pytest.mark.parametrize(
    ("place", "whose"),
    [
        ("after the texts", "old"),
        ("before the graph", "old"),
        ("before the version", "old"),
        ("before the checksum", "old"),
        ("before the disk", "old"),
        ("before the renaming", "old"),
        ("after the renaming", "new"),
    ],
)
def test_a_build_may_be_killed_at_any_place(
    folder: Path, tmp_path: Path, place: str, whose: str, first: bool
) -> None:
    output = tmp_path / "out" / "a[b].snapshot"
    output.parent.mkdir()
    old = None
    if not first:
        build(folder, output)
        old = load(output).version
    write(folder, "new.md")
    new = load(folder, cache=tmp_path / "other").version
    child = start_build(folder, output, place)
    said, _ = child.communicate(timeout=60)
    assert (said, child.returncode) == (b"ready\n", -signal.SIGKILL)
    if whose == "new":
        assert load(output).version == new
    elif old is not None:
        assert load(output).version == old
    else:
        assert not output.exists()
    if place != "after the renaming":
        assert len([entry for entry in output.parent.iterdir() if entry.name.endswith(".tmp")]) == 1
    check_after_kill(folder, output, {new} if whose == "new" else {str(old)}, old)


def test_a_build_may_be_killed_at_any_moment(tmp_path: Path) -> None:
    chosen = random.Random(3)
    content, output = tmp_path / "content", tmp_path / "out" / "x.snapshot"
    output.parent.mkdir()
    for number in range(120):
        write(content, f"{number}.md", answer="word " * 200)
    old = None
    began = time.monotonic()
    child = start_build(content, output)
    assert child.stdout is not None
    child.stdout.readline()
    ready = time.monotonic()
    assert child.wait(timeout=60) == 0
    duration = time.monotonic() - ready
    child.stdout.close()
    killed = 0
    for turn in range(12):
        if turn % 3 == 0:
            output.unlink(missing_ok=True)
            old = None
        else:
            old = load(output).version
        write(content, f"{turn}.md", answer=f"turn {turn} " * 200)
        for number in range(20, 100):
            os.utime(content / f"{number}.md")  # so that there is more to do
        new = load(content, cache=tmp_path / "other").version
        child = start_build(content, output)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(duration * chosen.random())
        child.kill()
        killed += child.wait() == -signal.SIGKILL
        child.stdout.close()
        check_after_kill(content, output, {new, str(old)}, old)
        if time.monotonic() - began > 30:
            break
    assert killed


def test_leftovers_of_the_dead_are_removed_and_those_of_the_living_are_not(
    folder: Path, tmp_path: Path
) -> None:
    output = tmp_path / "out" / "x.snapshot"
    ended = subprocess.Popen(["true"])
    ended.wait()
    dead = write(output.parent, f".x.snapshot.{ended.pid}-1.tmp", b"half")
    odd = write(output.parent, ".x.snapshot.what-1.tmp", b"half")
    living = write(output.parent, f".x.snapshot.{os.getppid()}-1.tmp", b"half")
    others = [
        write(output.parent, f".{name}.{ended.pid}-1.tmp", b"half") for name in ("y.snapshot", "xx.snapshot")
    ]
    build(folder, output)
    assert not dead.exists()
    assert not odd.exists()
    assert living.exists()
    assert all(other.exists() for other in others)


def test_a_leftover_of_a_process_with_our_number_is_not_in_the_way(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "out" / "x.snapshot"
    build(folder, output)
    mine = SnapshotWriter(output).temporary
    mine.write_bytes(output.read_bytes())
    write(folder, "new.md")
    build(folder, output)
    assert urls(load(output)) == [*GOOD, "/new"]
    output.unlink()
    mine.write_bytes(b"half")
    build(folder, output)
    assert urls(load(output)) == [*GOOD, "/new"]
    assert not mine.exists()


def test_a_failed_build_leaves_the_old_snapshot_and_nothing_else(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "out" / "x.snapshot"
    build(folder, output)
    before = output.read_bytes()
    write(folder, "new.md")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(graph.snapshot.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        build(folder, output)
    assert output.read_bytes() == before
    assert list(output.parent.iterdir()) == [output]
