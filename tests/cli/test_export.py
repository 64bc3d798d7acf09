"""`articlegraph export`: where it writes, what it says, and what it refuses."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import networkx
import pytest
from library import SEEDS, Library

from .program import LIMIT, Run, program

FILES = ["graphml", "gexf", "json"]
FOLDERS = ["csv", "parquet", "cypher-csv"]


@pytest.mark.parametrize("form", FILES + FOLDERS)
def test_writes_an_export_and_says_what_it_did(run: Run, tmp_path: Path, form: str) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    result = run("export", SEEDS, "--format", form, "-o", tmp_path / "out")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"articlegraph: {tmp_path}/out: 72 articles, 244 links\n"
    assert (tmp_path / "out").is_dir() == (form in FOLDERS)


def test_says_nothing_when_quiet(run: Run, tmp_path: Path) -> None:
    result = run("export", SEEDS, "--format", "json", "--output", tmp_path / "out", "-q")
    assert (result.exit_code, result.output) == (0, "")
    assert (tmp_path / "out").exists()


@pytest.mark.parametrize("form", FILES)
def test_pipes_what_is_one_file(
    run: Run, tmp_path: Path, environment: dict[str, str], form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("export", SEEDS, "--format", form, "-o", tmp_path / "out")
    command = program("export", SEEDS, "--format", form, "-o", "-")
    done = subprocess.run(command, capture_output=True, timeout=LIMIT, env=environment)
    assert (done.returncode, done.stderr) == (0, b"articlegraph: -: 72 articles, 244 links\n")
    assert done.stdout == (tmp_path / "out").read_bytes()
    if form == "graphml":
        assert networkx.read_graphml(io.BytesIO(done.stdout)).number_of_edges() == 244


@pytest.mark.parametrize("form", FOLDERS)
def test_a_folder_cannot_be_piped(run: Run, form: str) -> None:
    result = run("export", SEEDS, "--format", form, "-o", "-")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        f"articlegraph: {form} is a folder of several files and needs a name; "
        "graphml, gexf and json can be piped\n"
    )


def test_ends_in_silence_when_its_reader_has_seen_enough(
    library: Library, environment: dict[str, str]
) -> None:
    for number in range(500):
        library.write(f"{number}", title="word " * 100)
    process = subprocess.Popen(
        program("export", library.folder, "--format", "json", "-o", "-"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline().startswith(b'{"directed":true')
    process.stdout.close()
    with process.stderr:
        assert process.stderr.read() == b""
    assert process.wait(LIMIT) == 0


def test_replaces_what_is_there_only_with_force(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("precious")
    command = ("export", SEEDS, "--format", "gexf", "-o", tmp_path / "out")
    result = run(*command)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"articlegraph: {tmp_path}/out: exists already; --force replaces it\n"
    assert (tmp_path / "out").read_text() == "precious"
    assert run(*command, "--force").exit_code == 0
    assert networkx.read_gexf(tmp_path / "out").number_of_nodes() == 72


def test_says_which_package_parquet_needs(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    result = run("export", SEEDS, "--format", "parquet", "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert 'needs the package pyarrow; install it with pip install "articlegraph[parquet]"' in result.stderr


@pytest.mark.parametrize("form", ["json", "csv"])
def test_a_place_that_cannot_be_written_is_a_message_and_status_1(
    run: Run, form: str, library: Library
) -> None:
    path = library.write("a")
    for place in ("/proc/out", path / "x", f"{library.root}/{'n' * 255}"):
        result = run("export", library.folder, "--format", form, "-o", place)
        assert result.exit_code == 1, place
        (line,) = result.stderr.splitlines()
        assert line.startswith("articlegraph: ")
    assert [entry.name for entry in library.folder.iterdir()] == ["a.md"]
