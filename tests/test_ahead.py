"""What is begun ahead of a load is what the load would do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graph import ahead, corpus
from graph.ahead import begin, scan_known
from graph.corpus import UNKNOWN, ContentError, ContentOptions, scan, states_of
from graph.loading import begin_load, snapshot_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    (folder / "deep").mkdir(parents=True)
    for name in ("one.md", "deep/two.md", "deep/drei ß.md"):
        (folder / name).write_text("---\ntitle: One\n---\nText\n", "utf-8")
    (folder / "link.md").symlink_to("one.md")
    return folder


def test_scans_in_another_process_as_here(folder: Path) -> None:
    with begin(folder, ContentOptions(), is_known=True) as begun:
        found = begun.scan()
    here = scan(folder)
    assert (list(found.files.items()), found.problems) == (list(here.files.items()), here.problems)
    assert not begun.children


def test_a_scan_that_is_not_waited_for_leaves_no_process(folder: Path) -> None:
    with begin(folder, ContentOptions(), is_known=True):
        pass
    with pytest.raises(ChildProcessError):
        os.waitpid(-1, os.WNOHANG)


@pytest.mark.parametrize("is_known", [False, True])
def test_a_folder_that_cannot_be_used_is_refused_as_it_is_here(tmp_path: Path, is_known: bool) -> None:
    with (
        pytest.raises(ContentError, match="no Markdown file in it"),
        begin(tmp_path, ContentOptions(), is_known=is_known) as begun,
    ):
        begun.scan()


def test_a_scan_whose_process_fails_is_made_here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ahead.pickle, "dumps", lambda *_, **__: b"")
    with begin(folder, ContentOptions(), is_known=True) as begun:
        assert list(begun.scan().files) == list(scan(folder).files)


def test_processes_that_were_started_read_a_new_folder(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "FEW", 1)
    monkeypatch.setattr(ahead, "available_cores", lambda: 2)
    with begin(folder, ContentOptions(), is_known=False) as begun:
        assert len(begun.children) == 2
        begun.read(folder, ContentOptions(), snapshot_of(folder, tmp_path / "cache"), None)
        assert begun.reads is not None
        graph, commit = begin_load(folder, cache=tmp_path / "cache", ahead=begun)
        commit()
    assert graph.article_count == 3
    graph.close()


def test_few_files_start_no_process(folder: Path) -> None:
    with begin(folder, ContentOptions(), is_known=False) as begun:
        assert not begun.children


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
