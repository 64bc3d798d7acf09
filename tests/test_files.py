"""What was read of the files is noted beside what their snapshot knows."""

from __future__ import annotations

from array import array
from pathlib import Path

import pytest
from content import write, write_good

from graph.article import Problem, Severity
from graph.building import build
from graph.corpus import UNKNOWN, ContentOptions, Scan, scan
from graph.files import Found, Known
from graph.reading import Batch, BatchRead, read_batch
from graph.snapshot import open_snapshot


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "content"
    write_good(folder)
    write(folder, "bad.md", b"---\ntitle: [\n---\n")
    return folder


def known_of(folder: Path) -> Known:
    return Known.of(open_snapshot(build(folder, folder.parent / "x.snapshot").path))


def unread(why: str) -> BatchRead:
    """A file that could not be read: what tells one such from another is the reason alone."""
    problem = Problem(Severity.ERROR, "unreadable", "bad.md", None, None, f"cannot read: {why}")
    columns = read_batch(Batch("/", "gone", b"", ContentOptions(), "/dev/null")).documents
    return BatchRead(array("q", UNKNOWN), bytes(32), b"\0", {0: [problem]}, columns)


def test_another_reason_is_news(folder: Path) -> None:
    (folder / "bad.md").write_bytes(b"")
    known = known_of(folder)
    known.files.digests = known.files.digests.copy()
    known.files.digests[known.index["bad.md"]] = 0
    known.files.problems["bad.md"] = unread("Permission denied").problems[0]
    files = dict(zip(known.files.paths, map(tuple, known.files.states.tolist()), strict=True)) | {
        "bad.md": UNKNOWN
    }
    for why, is_news in (("Permission denied", False), ("Input/output error", True)):
        found = Found.of(Scan(files), known, verify=True)
        assert found.pending_paths[0] == "bad.md"
        found.pending = found.pending[:1]
        assert found.note([unread(why)]) is is_news
        assert found.files.problems["bad.md"][0].message == f"cannot read: {why}"


def test_a_file_that_is_well_again_has_no_problem(folder: Path) -> None:
    known = known_of(folder)
    write(folder, "bad.md", title="Good")
    found = Found.of(scan(folder), known, verify=True)
    reads = [
        read_batch(Batch(str(folder), path, b"", ContentOptions(), "/dev/null"))
        for path in found.pending_paths
    ]
    assert found.note(reads) is True
    assert found.files.problems == {}
