"""What is begun ahead of a load is what the load would do."""

from __future__ import annotations

from pathlib import Path

import pytest
from content import said_by
from processes import has_children

from graph import ahead
from graph.ahead import begin, scan_known
from graph.corpus import UNKNOWN, ContentError, ContentOptions, scan, states_of
from graph.loading import begin_load, load, snapshot_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    (folder / "deep").mkdir(parents=True)
    for name in ("one.md", "deep/two.md", "deep/drei ß.md"):
        (folder / name).write_text("---\ntitle: One\n---\nText\n", "utf-8")
    (folder / "link.md").symlink_to("one.md")
    return folder


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """The place of a snapshot, where something is."""
    (tmp_path / "x.snapshot").touch()
    return tmp_path / "x.snapshot"


@pytest.fixture
def two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two files are many, and there are two cores."""
    monkeypatch.setattr(ahead, "FEW", 1)
    monkeypatch.setattr(ahead, "available_cores", lambda: 2)


def test_scans_in_another_process_as_here(folder: Path, snapshot: Path) -> None:
    with begin(folder, ContentOptions(), snapshot) as begun:
        found = begun.scan()
    here = scan(folder)
    assert (list(found.files.items()), found.problems) == (list(here.files.items()), here.problems)
    assert not begun.is_reading


def test_a_scan_that_is_not_waited_for_leaves_no_process(folder: Path, snapshot: Path) -> None:
    with begin(folder, ContentOptions(), snapshot):
        pass
    assert not has_children()


@pytest.mark.parametrize("is_known", [False, True])
def test_a_folder_that_cannot_be_used_is_refused_as_it_is_here(
    tmp_path: Path, snapshot: Path, is_known: bool
) -> None:
    if not is_known:
        snapshot.unlink()
    with (
        pytest.raises(ContentError, match="no Markdown file in it"),
        begin(tmp_path, ContentOptions(), snapshot) as begun,
    ):
        begun.scan()
    assert not has_children()


def test_a_scan_whose_process_fails_is_made_here(
    folder: Path, snapshot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ahead.pickle, "dumps", lambda *_, **__: b"")
    with begin(folder, ContentOptions(), snapshot) as begun:
        assert list(begun.scan().files) == list(scan(folder).files)


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("follow", [False, True])
def test_forks_read_a_new_folder_as_it_is_read_here(folder: Path, tmp_path: Path, follow: bool) -> None:
    options = ContentOptions(follow_symlinks=follow)
    cache = tmp_path / "cache"
    told: list[tuple[int, int]] = []
    with begin(folder, options, snapshot_of(folder, cache, options)) as begun:
        assert begun.is_reading
        begun.read(lambda done, count: told.append((done, count)))
        graph, commit = begin_load(folder, cache=cache, options=options, ahead=begun)
    assert not has_children()
    commit()
    assert told[-1] == (3 + follow, 3 + follow)
    assert said_by(graph) == said_by(load(folder, cache=tmp_path / "other", options=options))
    assert [path.name for path in cache.iterdir()] == [snapshot_of(folder, cache, options).name]
    graph.close()


@pytest.mark.usefixtures("two")
def test_what_is_read_and_not_taken_leaves_nothing(folder: Path, tmp_path: Path) -> None:
    snapshot = tmp_path / "cache" / "x.snapshot"
    with begin(folder, ContentOptions(), snapshot) as begun:
        begun.read()
        assert len(list(snapshot.parent.iterdir())) == 1
    assert not has_children()
    assert list(snapshot.parent.iterdir()) == []


def test_few_files_are_left_to_the_load(folder: Path, tmp_path: Path) -> None:
    with begin(folder, ContentOptions(), tmp_path / "x.snapshot") as begun:
        assert not begun.is_reading
        assert list(begun.scan().files) == list(scan(folder).files)


@pytest.mark.parametrize(
    "known",
    [
        [],
        ["deep/drei ß.md", "deep/two.md", "one.md"],
        ["deep/drei ß.md", "deep/two.md", "link.md", "one.md"],
        ["deep/gone.md", "deep/two.md"],
    ],
)
@pytest.mark.parametrize("follow", [False, True])
def test_a_folder_whose_files_are_known_is_scanned_as_any(
    folder: Path, known: list[str], follow: bool
) -> None:
    found = scan_known(folder, ContentOptions(follow_symlinks=follow), known)
    here = scan(folder, follow_symlinks=follow)
    assert (list(found.files.items()), found.problems) == (list(here.files.items()), here.problems)


def test_a_known_folder_that_is_gone_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="no such folder"):
        scan_known(tmp_path / "gone", ContentOptions(), ["one.md"])


def test_a_file_that_vanishes_meanwhile_has_no_state(folder: Path) -> None:
    assert list(states_of(str(folder), ["gone.md", "link.md", "deep"])) == [UNKNOWN] * 3
