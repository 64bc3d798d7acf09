"""The program: its help, what it refuses, how it ends, what it shows on a terminal."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest
from library import SEEDS, Library

import graph
from graph.cli import cli, main
from graph.schema import print_sdl

from .program import LIMIT, Run, in_terminal, program

COMMANDS = ["serve", "build", "check", "stats", "query", "export", "experiment", "schema"]


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
            ["query", SEEDS],
            ["export", SEEDS, "--format", "json"],
            ["export", SEEDS, "-o", "x"],
            ["export", SEEDS, "--format", "xml", "-o", "x"],
            ["stats", SEEDS, "--hubs", "fame"],
            ["stats", SEEDS, "--first", "-1"],
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
    @pytest.mark.parametrize("command", ["check", "stats", "build", "serve", "query", "export"])
    def test_a_missing_or_empty_folder_is_a_message_and_status_2(
        self, run: Run, tmp_path: Path, command: str
    ) -> None:
        (tmp_path / "empty").mkdir()
        rest = {
            "build": ["-o", tmp_path / "out.snapshot"],
            "serve": ["--port", "0"],
            "query": ["{ graph { version } }"],
            "export": ["--format", "json", "-o", tmp_path / "out.snapshot"],
        }.get(command, [])
        for path, what in (("missing", "no such"), ("empty", "no Markdown file")):
            result = run(command, tmp_path / path, *rest)
            assert result.exit_code == 2
            assert result.stdout == ""
            (line,) = result.stderr.splitlines()
            assert line.startswith(f"articlegraph: {tmp_path / path}: ")
            assert what in line
        assert not (tmp_path / "out.snapshot").exists()

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
        file = library.root / "out.snapshot"
        assert run("build", library.folder, "-o", file).exit_code == 0
        file.write_bytes(file.read_bytes()[:-1] + b"x")
        result = run("stats", file)
        assert result.exit_code == 2
        assert result.stderr == f"articlegraph: {file}: the snapshot is damaged or incomplete\n"

    def test_a_place_that_cannot_be_written_is_a_message_and_status_1(
        self, run: Run, library: Library
    ) -> None:
        library.write("a")
        for place in ("/proc/out.snapshot", "/proc/articlegraph/out.snapshot", library.folder / "a.md" / "x"):
            result = run("build", library.folder, "-o", place)
            assert result.exit_code == 1, place
            (line,) = result.stderr.splitlines()
            assert line.startswith("articlegraph: ")


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
        output = tmp_path / "out.snapshot"
        status, text = in_terminal(
            program("build", SEEDS, "-o", output, "--verify"), {**environment, "TERM": "xterm"}
        )
        assert status == 0
        assert "reading" in text
        assert "72 files parsed" in text
        output.unlink()
        status, text = in_terminal(program("build", SEEDS, "-o", output, "-q"), environment)
        assert (status, text) == (0, "")


def test_main_takes_its_arguments_from_the_caller(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.startswith("articlegraph, version ")


class TestEnvironment:
    @pytest.mark.parametrize("name", COMMANDS)
    def test_help_names_the_variable_of_each_option(self, run: Run, name: str) -> None:
        shown = re.sub(r"\s+", " ", run(name, "--help").stdout)
        for parameter in cli.commands[name].params:
            if isinstance(parameter, click.Option):
                (flag,) = (option for option in parameter.opts if option.startswith("--"))
                variable = f"{name}_{flag[2:]}".upper().replace("-", "_")
                if flag == "--cache-dir":
                    variable = "CACHE_DIR"
                assert re.search(rf"\[env var: ARTICLEGRAPH_{variable}[];]", shown), flag

    def test_sets_an_option_that_is_not_given(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ARTICLEGRAPH_STATS_FORMAT", "json")
        assert run("stats", SEEDS).stdout.startswith("{")
        assert run("stats", SEEDS, "--format", "table").stdout.startswith("graph\t")

    def test_that_is_wrong_is_a_message_and_status_2(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ARTICLEGRAPH_STATS_FORMAT", "xml")
        result = run("stats", SEEDS)
        assert result.exit_code == 2
        assert "'xml' is not one of" in result.stderr

    def test_is_not_asked_for_the_version(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ARTICLEGRAPH_VERSION", "1.2.3")
        assert run("schema").stdout == print_sdl()

    def test_is_left_alone_where_the_caller_says_so(
        self, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        library.write("a", answer="x" * 1000)
        monkeypatch.setenv("ARTICLEGRAPH_BUILD_MAX_FILE_SIZE", "10")
        output = library.root / "out.snapshot"
        with pytest.raises(SystemExit):
            main(["build", str(library.folder), "-o", str(output), "-q"], environment=False)
        assert graph.load(output).article_count == 1
        with pytest.raises(SystemExit):
            main(["build", str(library.folder), "-o", str(output), "-q"])
        assert graph.load(output).article_count == 0
