"""The command line: what each command prints, where, and with which exit status."""

from __future__ import annotations

import contextlib
import json
import os
import pty
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result
from library import SEEDS, Library

import graph
from graph.cli import _bind, cli, main
from graph.schema import print_sdl

Run = Callable[..., Result]
COMMANDS = ["serve", "build", "check", "stats", "schema"]
LIMIT = 60


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in this process, with a cache of its own."""
    monkeypatch.setenv("ARTICLEGRAPH_CACHE_DIR", str(tmp_path / "cache"))

    def invoke(*arguments: object) -> Result:
        result = CliRunner().invoke(cli, [str(argument) for argument in arguments])
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert "Traceback" not in result.stderr
        return result

    return invoke


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {**os.environ, "ARTICLEGRAPH_CACHE_DIR": str(tmp_path / "cache"), "COLUMNS": "100"}


def program(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "graph", *map(str, arguments)]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another server listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


class TestHelp:
    def test_of_the_program_names_each_command_and_the_exit_statuses(self, run: Run) -> None:
        for arguments in (["--help"], ["-h"]):
            result = run(*arguments)
            assert result.exit_code == 0
            assert set(re.findall(r"^  (\w+)  ", result.stdout, re.M)) >= set(COMMANDS)
            assert "Exit status:" in result.stdout
            for status in "012":
                assert re.search(rf"^\s+{status}  \w", result.stdout, re.M)

    def test_is_shown_where_no_command_is_given(self, run: Run) -> None:
        result = run()
        assert result.exit_code == 2
        assert "articlegraph serve CONTENT" in result.output

    @pytest.mark.parametrize("name", COMMANDS)
    def test_of_a_command_explains_each_of_its_options(self, run: Run, name: str) -> None:
        for flag in ("--help", "-h"):
            result = run(name, flag)
            assert result.exit_code == 0
        command = cli.commands[name]
        assert command.help
        assert command.help.split(".")[0].split()[0] in result.stdout
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, parameter.name
                for option in parameter.opts:
                    assert re.search(rf"(^|\s){re.escape(option)}\b", result.stdout), option
            else:
                assert (parameter.metavar or parameter.human_readable_name) in result.stdout

    def test_every_command_is_tested_here(self) -> None:
        assert sorted(cli.commands) == sorted(COMMANDS)

    def test_version(self, run: Run) -> None:
        result = run("--version")
        assert (result.exit_code, result.stdout) == (0, f"articlegraph, version {graph.__version__}\n")


class TestWrongArguments:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["nonsense"],
            ["--nonsense"],
            ["serve"],
            ["check"],
            ["stats"],
            ["build", "x"],
            ["build", SEEDS, "-o"],
            ["build", SEEDS, "-o", SEEDS],
            ["schema", "x"],
            ["check", SEEDS, "--format", "xml"],
            ["stats", SEEDS, "--format", "github"],
            ["check", SEEDS, "--max-file-size", "0"],
            ["check", SEEDS, "--max-file-size", "many"],
            ["serve", SEEDS, "--port", "65536"],
            ["serve", SEEDS, "--port", "http"],
            ["serve", SEEDS, "--workers", "0"],
            ["serve", SEEDS, "--grace", "-1"],
            ["serve", SEEDS, "--cache-dir", SEEDS / "posts" / "welcome.md"],
        ],
    )
    def test_are_refused_with_status_2_and_a_message(self, run: Run, arguments: list[object]) -> None:
        result = run(*arguments)
        assert result.exit_code == 2
        assert "Error: " in result.stderr
        assert result.stdout == ""


class TestUnusablePaths:
    @pytest.mark.parametrize("command", ["check", "stats", "build", "serve"])
    def test_a_missing_or_empty_folder_is_a_message_and_status_2(
        self, run: Run, tmp_path: Path, command: str
    ) -> None:
        (tmp_path / "empty").mkdir()
        rest = {"build": ["-o", tmp_path / "out.sqlite"], "serve": ["--port", "0"]}.get(command, [])
        for path, what in (("missing", "no such"), ("empty", "no Markdown file")):
            result = run(command, tmp_path / path, *rest)
            assert result.exit_code == 2
            assert result.stdout == ""
            (line,) = result.stderr.splitlines()
            assert line.startswith(f"articlegraph: {tmp_path / path}: ")
            assert what in line
        assert not (tmp_path / "out.sqlite").exists()

    @pytest.mark.parametrize("command", ["check", "stats", "serve"])
    def test_a_file_that_is_no_snapshot_is_a_message_and_status_2(
        self, run: Run, library: Library, command: str
    ) -> None:
        path = library.write("a")
        result = run(command, path, *(["--port", "0"] if command == "serve" else []))
        assert result.exit_code == 2
        assert result.stderr == f"articlegraph: {path}: not an articlegraph snapshot\n"

    def test_a_damaged_snapshot_is_a_message_and_status_2(self, run: Run, library: Library) -> None:
        library.write("a")
        file = library.root / "out.sqlite"
        assert run("build", library.folder, "-o", file).exit_code == 0
        file.write_bytes(file.read_bytes()[:-1] + b"x")
        result = run("stats", file)
        assert result.exit_code == 2
        assert result.stderr == f"articlegraph: {file}: the snapshot is damaged or incomplete\n"

    def test_a_place_that_cannot_be_written_is_a_message_and_status_1(
        self, run: Run, library: Library
    ) -> None:
        library.write("a")
        for place in ("/proc/out.sqlite", "/proc/articlegraph/out.sqlite", library.folder / "a.md" / "x"):
            result = run("build", library.folder, "-o", place)
            assert result.exit_code == 1, place
            (line,) = result.stderr.splitlines()
            assert line.startswith("articlegraph: ")


class TestBuild:
    def test_writes_a_snapshot_and_says_what_it_did(self, run: Run, library: Library) -> None:
        library.write("a", "b")
        library.write("b")
        file = library.root / "new" / "out.sqlite"
        result = run("build", library.folder, "-o", file)
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr == f"articlegraph: {file}: 2 files parsed\n"
        assert graph.load(file).link_count == 1
        assert sorted(path.name for path in file.parent.iterdir()) == ["out.sqlite"]

    def test_parses_only_what_has_changed(self, run: Run, library: Library) -> None:
        for name in "abc":
            library.write(name)
        file = library.root / "out.sqlite"
        run("build", library.folder, "--output", file, "-q")
        before = file.read_bytes()
        library.write("b", answer="New.")
        assert run("build", library.folder, "-o", file).stderr.endswith(": 1 files parsed\n")
        assert graph.load(file).articles[1].answer == "New."
        assert file.read_bytes() != before

    def test_says_when_nothing_has_changed(self, run: Run, library: Library) -> None:
        path = library.write("a")
        os.utime(path, (1, 1))
        file = library.root / "out.sqlite"
        for _ in range(3):  # the first ones may find files too fresh for their times to be trusted
            result = run("build", library.folder, "-o", file, "--verify")
        assert result.stderr.endswith((": nothing has changed\n", ": 0 files parsed\n"))

    @pytest.mark.parametrize("flag", ["-q", "--quiet"])
    def test_says_nothing_when_quiet(self, run: Run, library: Library, flag: str) -> None:
        library.write("a")
        file = library.root / "out.sqlite"
        graph.build(library.folder, file)
        file.write_bytes(file.read_bytes()[:-1])
        result = run("build", library.folder, "-o", file, flag)
        assert (result.exit_code, result.output) == (0, "")
        assert graph.load(file).article_count == 1

    def test_builds_a_damaged_snapshot_anew_with_a_message(self, run: Run, library: Library) -> None:
        library.write("a")
        file = library.root / "out.sqlite"
        graph.build(library.folder, file)
        file.write_bytes(file.read_bytes()[:-1])
        first, second = run("build", library.folder, "-o", file).stderr.splitlines()
        assert first.startswith(f"articlegraph: {file}: the snapshot is damaged")
        assert first.endswith("it is built anew")
        assert second.endswith("1 files parsed")

    def test_leaves_a_file_alone_that_is_no_snapshot(self, run: Run, library: Library) -> None:
        library.write("a")
        file = library.root / "precious.md"
        file.write_text("words")
        result = run("build", library.folder, "-o", file)
        assert result.exit_code == 2
        assert "not an articlegraph snapshot; it is left alone" in result.stderr
        assert file.read_text() == "words"

    def test_refuses_errors_when_strict_and_changes_nothing(self, run: Run, library: Library) -> None:
        library.write("a", date="x")
        file = library.root / "out.sqlite"
        assert run("build", library.folder, "-o", file, "--strict").exit_code == 0  # a warning is no error
        before = file.read_bytes()
        library.write_raw("broken.md", "---\ntitle: [\n---\n")
        for quiet in ([], ["--quiet"]):
            result = run("build", library.folder, "-o", file, "--strict", *quiet)
            assert (result.exit_code, result.stdout) == (1, "")
            first, last = result.stderr.splitlines()
            assert first.split("\t")[:4] == ["problems", "ERROR", "yaml-syntax", "broken.md:3:1"]
            assert last == "articlegraph: the content has 1 errors; nothing was changed (--strict)"
            assert file.read_bytes() == before
        assert run("build", library.folder, "-o", file).exit_code == 0

    def test_obeys_the_options_for_reading(self, run: Run, library: Library) -> None:
        library.write("a", answer="x" * 1000)
        library.write("b")
        (library.folder / "link.md").symlink_to("b.md")
        file = library.root / "out.sqlite"
        run("build", library.folder, "-o", file, "--max-file-size", 500)
        found = graph.load(file)
        assert [(p.code, p.file) for p in found.problems] == [("too-large", "a.md"), ("symlink", "link.md")]
        run("build", library.folder, "-o", file, "--follow-symlinks")
        assert {p.code for p in graph.load(file).problems} == {"duplicate-url"}


class TestCheck:
    @pytest.fixture
    def troubled(self, library: Library) -> Library:
        library.write("a", "lost", date="1%\n2")
        library.write_raw("broken.md", "---\ntitle: [\n---\n")
        return library

    def test_prints_lines_for_programs_and_exits_with_1_on_errors(self, run: Run, troubled: Library) -> None:
        result = run("check", troubled.folder)
        assert (result.exit_code, result.stderr) == (1, "")
        rows = [line.split("\t") for line in result.stdout.splitlines()]
        assert [row[:3] for row in rows] == [
            ["problems", "WARNING", "invalid-date"],
            ["problems", "ERROR", "yaml-syntax"],
            ["dangling references", "a.md", "related_article1"],
        ]

    def test_prints_json(self, run: Run, troubled: Library) -> None:
        result = run("check", troubled.folder, "--format", "json")
        assert result.exit_code == 1
        record = json.loads(result.stdout)
        assert [problem["file"] for problem in record["problems"]] == ["a.md", "broken.md"]
        assert record["danglingReferences"][0]["url"] == "/lost"

    def test_prints_annotations_of_the_files_as_they_were_named(self, run: Run, troubled: Library) -> None:
        result = run("check", troubled.folder, "--format", "github")
        assert result.exit_code == 1
        lines = result.stdout.splitlines()
        assert len(lines) == 3
        assert lines[0].startswith(f"::warning file={troubled.folder}/a.md,line=4,col=1,title=invalid-date::")
        assert "1%25" in lines[0]
        assert lines[1].startswith(f"::error file={troubled.folder}/broken.md,line=")

    def test_exits_with_0_on_warnings_and_dangling_references(self, run: Run, library: Library) -> None:
        library.write("a", "lost", date="x")
        result = run("check", library.folder)
        assert result.exit_code == 0
        assert len(result.stdout.splitlines()) == 2

    def test_reads_a_snapshot_too(self, run: Run, troubled: Library) -> None:
        file = troubled.root / "out.sqlite"
        run("build", troubled.folder, "-o", file)
        ours, theirs = run("check", file), run("check", troubled.folder)
        assert (ours.exit_code, ours.stdout) == (theirs.exit_code, theirs.stdout)

    def test_finds_only_the_dangling_reference_of_the_sample(self, run: Run) -> None:
        result = run("check", SEEDS)
        assert (result.exit_code, result.stderr) == (0, "")
        (line,) = result.stdout.splitlines()
        assert line.startswith("dangling references\tlearn/data-modelling/what-is-referential-integrity.md\t")

    def test_keeps_its_snapshot_where_it_is_told(self, run: Run, library: Library) -> None:
        library.write("a")
        assert run("check", library.folder, "--cache-dir", library.root / "other").exit_code == 0
        assert list((library.root / "other").glob("content-*.sqlite"))
        assert not library.cache.exists()

    def test_says_that_a_damaged_snapshot_in_the_cache_is_built_anew(
        self, run: Run, library: Library
    ) -> None:
        library.write("a")
        run("check", library.folder)
        (kept,) = library.cache.iterdir()
        kept.write_text("x")
        result = run("check", library.folder)
        assert result.exit_code == 0
        assert "built anew" in result.stderr


class TestStats:
    def test_prints_the_numbers_of_the_sample(self, run: Run) -> None:
        result = run("stats", SEEDS)
        assert (result.exit_code, result.stderr) == (0, "")
        for line in ("articles\t72", "links\t244", "orphans\t3", "dead ends\t3", "isolated\t2"):
            assert f"graph\t{line}\n" in result.stdout

    def test_prints_them_as_json(self, run: Run) -> None:
        record = json.loads(run("stats", SEEDS, "--format", "json").stdout)
        assert {key: record[key] for key in ("articles", "links", "orphans", "deadEnds", "problems")} == {
            "articles": 72,
            "links": 244,
            "orphans": 3,
            "deadEnds": 3,
            "problems": 0,
        }
        assert len(record["hubs"]) == 10
        assert sum(row["orphans"] for row in record["orphansBySubject"]) == 3


def test_schema_prints_the_schema(run: Run) -> None:
    result = run("schema")
    assert (result.exit_code, result.stdout, result.stderr) == (0, print_sdl(), "")


class TestServe:
    def test_says_that_the_port_is_taken_before_it_reads_anything(
        self, run: Run, tmp_path: Path, taken: int
    ) -> None:
        result = run("serve", tmp_path / "missing", "--port", taken)
        assert result.exit_code == 1
        assert result.stderr == (
            f"articlegraph: cannot listen on 127.0.0.1:{taken}: Address already in use; "
            "is another server running? choose another --port\n"
        )

    def test_says_that_an_address_is_not_this_machine_s(self, run: Run) -> None:
        result = run("serve", SEEDS, "--host", "203.0.113.1", "--port", "0")
        assert result.exit_code == 1
        assert result.stderr.startswith("articlegraph: cannot listen on 203.0.113.1:0: ")
        assert "another server" not in result.stderr

    def test_says_that_a_host_has_no_address(self, run: Run) -> None:
        result = run("serve", SEEDS, "--host", "no host")
        assert result.exit_code == 2
        assert result.stderr.startswith("articlegraph: --host no host: ")

    def test_refuses_errors_when_strict(self, run: Run, library: Library) -> None:
        library.write("a")
        library.write_raw("broken.md", "no front matter")
        result = run("serve", library.folder, "--port", "0", "--strict")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "broken.md" in result.stderr
        assert "Traceback" not in result.stderr


class TestProcess:
    """The program itself, as a shell starts it."""

    @pytest.mark.parametrize(
        "start", [[sys.executable, "-m", "graph"], [str(Path(sys.executable).parent / "articlegraph")]]
    )
    def test_starts_as_a_module_and_as_a_command(self, start: list[str], environment: dict[str, str]) -> None:
        if not Path(start[0]).exists():
            pytest.skip("articlegraph is not installed beside this interpreter")
        done = subprocess.run(
            [*start, "--version"], capture_output=True, text=True, timeout=LIMIT, env=environment
        )
        assert (done.returncode, done.stdout) == (0, f"articlegraph, version {graph.__version__}\n")

    def test_is_quiet_and_plain_when_piped(self, environment: dict[str, str]) -> None:
        done = subprocess.run(program("stats", SEEDS), capture_output=True, timeout=LIMIT, env=environment)
        assert (done.returncode, done.stderr) == (0, b"")
        assert b"\x1b" not in done.stdout
        assert b"\r" not in done.stdout
        assert done.stdout.count(b"\t") > 40

    def test_ends_in_silence_when_its_reader_has_seen_enough(
        self, library: Library, environment: dict[str, str]
    ) -> None:
        library.write("a", *(f"lost-{number:04}" for number in range(3000)))
        process = subprocess.Popen(
            program("check", library.folder),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"dangling references\ta.md\trelated_article1\t")
        process.stdout.close()
        with contextlib.closing(process.stderr):
            assert process.stderr.read() == b""
        assert process.wait(LIMIT) == 0

    def test_ends_in_silence_when_nobody_reads_at_all(self, environment: dict[str, str]) -> None:
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = subprocess.run(
                program("stats", SEEDS),
                stdout=writing,
                stderr=subprocess.PIPE,
                timeout=LIMIT,
                env=environment,
            )
        finally:
            os.close(writing)
        assert (done.returncode, done.stderr) == (0, b"")

    def test_says_that_the_disk_is_full(self, environment: dict[str, str]) -> None:
        if not Path("/dev/full").exists():
            pytest.skip("no /dev/full")
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                program("stats", SEEDS), stdout=full, stderr=subprocess.PIPE, timeout=LIMIT, env=environment
            )
        assert done.returncode == 1
        assert b"No space left" in done.stderr
        assert b"Traceback" not in done.stderr

    def test_shows_tables_on_a_terminal(self, environment: dict[str, str]) -> None:
        environment.pop("NO_COLOR", None)
        status, text = in_terminal(program("stats", SEEDS), {**environment, "TERM": "xterm"})
        assert status == 0
        assert "hubs (10)" in text
        assert "\t" not in text
        assert "\x1b[" in text
        assert "━" in text

    def test_shows_a_progress_bar_on_a_terminal_only(
        self, tmp_path: Path, environment: dict[str, str]
    ) -> None:
        output = tmp_path / "out.sqlite"
        status, text = in_terminal(
            program("build", SEEDS, "-o", output, "--verify"), {**environment, "TERM": "xterm"}
        )
        assert status == 0
        assert "reading" in text
        assert "72 files parsed" in text
        output.unlink()
        status, text = in_terminal(program("build", SEEDS, "-o", output, "-q"), environment)
        assert (status, text) == (0, "")


def in_terminal(command: list[str], environment: dict[str, str]) -> tuple[int, str]:
    """Run a command on a pseudo-terminal; return its status and all that it showed."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
    os.close(theirs)
    timer = threading.Timer(LIMIT, process.kill)
    timer.start()
    shown = b""
    try:
        with contextlib.suppress(OSError):  # how Linux says that the other side is closed
            while data := os.read(ours, 65536):
                shown += data
        return process.wait(LIMIT), shown.decode()
    finally:
        timer.cancel()
        os.close(ours)


def test_main_takes_its_arguments_from_the_caller(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("articlegraph, version ")


def test_a_port_is_taken_before_the_content_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    with _bind("127.0.0.1", 0) as first:
        with pytest.raises(SystemExit) as ended:
            _bind("127.0.0.1", first.getsockname()[1])
        assert ended.value.code == 1
    assert "is another server running?" in capsys.readouterr().err
