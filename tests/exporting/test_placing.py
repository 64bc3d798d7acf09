"""Where exports appear: complete or not at all, and in place of nothing that is not meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from library import Library

import graph
from graph.exporting import ExportError, export

FILES = ["graphml", "gexf", "json"]
FOLDERS = ["csv", "cypher-csv"]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def fails(*_: object) -> Any:
    raise OSError("no disk")


@pytest.mark.parametrize("form", FILES)
def test_a_file_is_replaced_only_when_told(sample: graph.KnowledgeGraph, tmp_path: Path, form: str) -> None:
    place = tmp_path / "new" / "out"
    export(sample, place, form)
    written = place.read_bytes()
    place.write_text("precious")
    with pytest.raises(ExportError, match="out: exists already; --force replaces it"):
        export(sample, place, form)
    assert place.read_text() == "precious"
    export(sample, place, form, force=True)
    assert place.read_bytes() == written
    assert names(place.parent) == ["out"]


@pytest.mark.parametrize("form", FOLDERS)
def test_a_folder_is_replaced_only_when_told(sample: graph.KnowledgeGraph, tmp_path: Path, form: str) -> None:
    place = tmp_path / "new" / "out"
    place.mkdir(parents=True)  # an empty one is as good as none
    export(sample, place, form)
    files = names(place)
    (place / files[0]).write_text("precious")
    with pytest.raises(ExportError, match="out: exists already; --force replaces it"):
        export(sample, place, form)
    assert (place / files[0]).read_text() == "precious"
    export(sample, place, form, force=True)
    assert (place / files[0]).read_bytes() != b"precious"
    assert names(place.parent) == ["out"]


def test_an_export_replaces_one_of_another_format(sample: graph.KnowledgeGraph, tmp_path: Path) -> None:
    export(sample, tmp_path / "out", "csv")
    export(sample, tmp_path / "out", "cypher-csv", force=True)
    assert names(tmp_path / "out") == ["articles.csv", "links.csv"]


def test_a_folder_that_holds_anything_else_is_left_alone(
    sample: graph.KnowledgeGraph, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.txt").write_text("words")
    with pytest.raises(ExportError, match=r"out: holds 'thesis\.txt', which is no export"):
        export(sample, tmp_path / "out", "csv", force=True)
    assert names(tmp_path / "out") == ["thesis.txt"]


def test_a_file_does_not_replace_a_folder_nor_a_folder_a_file(
    sample: graph.KnowledgeGraph, tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("words")
    (tmp_path / "link").symlink_to(tmp_path / "folder")
    with pytest.raises(ExportError, match="folder: not a file"):
        export(sample, tmp_path / "folder", "json", force=True)
    for name in ("file", "link"):
        with pytest.raises(ExportError, match=f"{name}: not a folder"):
            export(sample, tmp_path / name, "csv", force=True)
    with pytest.raises(ExportError, match="null: not a file"):
        export(sample, "/dev/null", "json", force=True)
    assert names(tmp_path) == ["file", "folder", "link"]


@pytest.mark.parametrize("form", FILES + FOLDERS)
def test_one_that_fails_leaves_what_was_there(
    library: Library, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.write("a", "b")
    library.write("b")
    place = library.root / "place" / "out"
    served = library.load()
    export(served, place, form)
    before = {path: path.read_bytes() for path in place.parent.rglob("*") if path.is_file()}
    monkeypatch.setattr(served, "link_fields", fails)  # after the articles, before the links
    with pytest.raises(OSError, match="no disk"):
        export(served, place, form, force=True)
    assert {path: path.read_bytes() for path in place.parent.rglob("*") if path.is_file()} == before


def test_a_folder_that_cannot_be_replaced_is_put_back(
    sample: graph.KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "new" / "out"
    export(sample, place, "csv")
    (place / "links.csv").write_text("old")
    rename = Path.rename

    def rename_but_the_new(path: Path, target: Path) -> Path:
        return fails() if path.name.endswith(".tmp") else rename(path, target)

    monkeypatch.setattr(Path, "rename", rename_but_the_new)
    with pytest.raises(OSError, match="no disk"):
        export(sample, place, "csv", force=True)
    assert (place / "links.csv").read_text() == "old"
    assert names(place.parent) == ["out"]


def test_the_current_folder_cannot_be_replaced(
    sample: graph.KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(OSError, match=r"busy|Invalid"):
        export(sample, ".", "csv")
    assert names(tmp_path) == ["here"]


def test_a_relative_name_is_in_the_current_folder(
    sample: graph.KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    export(sample, "out.json", "json")
    export(sample, "out", "csv")
    assert names(tmp_path) == ["out", "out.json"]


def test_is_readable_as_any_new_file(sample: graph.KnowledgeGraph, tmp_path: Path) -> None:
    export(sample, tmp_path / "out", "csv")
    export(sample, tmp_path / "out.json", "json")
    (tmp_path / "file").touch()
    (tmp_path / "folder").mkdir()
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "folder").stat().st_mode
    assert (tmp_path / "out.json").stat().st_mode == (tmp_path / "file").stat().st_mode
