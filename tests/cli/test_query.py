"""`articlegraph query`: what it prints, with which exit status, and what it says of unusable arguments."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from click.testing import CliRunner
from library import SEEDS, Library

from graph.cli import cli

from .program import LIMIT, Run, in_terminal, program

COUNT = "{ graph { articleCount } }"
ANSWER = '{"data":{"graph":{"articleCount":72}}}\n'
TITLE = "query Title($url: String!) { article(url: $url) { title } }"


def test_prints_the_answer_as_one_line_of_json(run: Run) -> None:
    result = run("query", SEEDS, COUNT)
    assert (result.exit_code, result.stdout, result.stderr) == (0, ANSWER, "")


def test_reads_a_snapshot_too(run: Run, library: Library) -> None:
    library.write("a")
    run("build", library.folder, "-o", library.root / "out.snapshot")
    assert '"articleCount":1}' in run("query", library.root / "out.snapshot", COUNT).stdout


class TestQuery:
    def test_comes_from_a_file(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "count.graphql").write_text(f"\ufeff# counts\n{COUNT}\n", "utf-8")
        assert run("query", SEEDS, f"@{tmp_path}/count.graphql").stdout == ANSWER

    def test_comes_from_standard_input(self, run: Run, tmp_path: Path) -> None:
        arguments = ["query", str(SEEDS), "-", "--cache-dir", str(tmp_path / "cache")]
        assert CliRunner().invoke(cli, arguments, input=COUNT).stdout == ANSWER
        result = CliRunner().invoke(cli, arguments, input=b"{ \xff }")
        assert result.exit_code == 2
        assert "standard input: not UTF-8 (byte 2)" in result.stderr

    def test_may_hold_several_operations(self, run: Run) -> None:
        text = f"query A {COUNT} query B {{ graph {{ linkCount }} }}"
        assert run("query", SEEDS, text, "--operation", "A").stdout == ANSWER
        assert json.loads(run("query", SEEDS, text, "--operation", "B").stdout)["data"] == {
            "graph": {"linkCount": 244}
        }

    @pytest.mark.parametrize(
        ("text", "options", "code"),
        [
            ("{ graph {", [], "GRAPHQL_PARSE_FAILED"),
            ("{ graph { wordCount } }", [], "GRAPHQL_VALIDATION_FAILED"),
            (f"query A {COUNT}", ["--operation", "B"], "OPERATION_RESOLUTION_FAILURE"),
            (TITLE, ["--variables", '{"url": 1}'], "BAD_USER_INPUT"),
            ("{ articles(first: -1) { totalCount } }", [], "BAD_USER_INPUT"),
        ],
    )
    def test_that_fails_prints_the_errors_and_exits_with_1(
        self, run: Run, text: str, options: list[str], code: str
    ) -> None:
        result = run("query", SEEDS, text, *options)
        assert result.exit_code == 1
        (error,) = json.loads(result.stdout)["errors"]
        assert error["extensions"]["code"] == code
        assert result.stderr == ""

    def test_that_is_empty_or_missing_is_a_message_and_status_2(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "empty.graphql").touch()
        (tmp_path / "binary.graphql").write_bytes(b"\xff")
        for text, what in (
            ("", "empty; write a query"),
            (" \n", "empty; write a query"),
            (f"@{tmp_path}/empty.graphql", "empty; write a query"),
            (f"@{tmp_path}/none.graphql", "none.graphql: No such file or directory"),
            (f"@{tmp_path}", f"{tmp_path}: Is a directory"),
            (f"@{tmp_path}/binary.graphql", "binary.graphql: not UTF-8 (byte 0)"),
        ):
            result = run("query", SEEDS, text)
            assert (result.exit_code, result.stdout) == (2, "")
            assert "Invalid value for 'QUERY': " in result.stderr
            assert what in result.stderr


class TestVariables:
    URL = "/learn/graph-theory/questions/what-is-pagerank"

    def test_are_json_or_a_file_of_it(self, run: Run, tmp_path: Path) -> None:
        variables = json.dumps({"url": self.URL})
        (tmp_path / "variables.json").write_text(f"\ufeff{variables}", "utf-8")
        for given in (variables, f"@{tmp_path}/variables.json"):
            result = run("query", SEEDS, TITLE, "--variables", given)
            assert result.stdout == '{"data":{"article":{"title":"What is PageRank?"}}}\n'

    @pytest.mark.parametrize(
        ("text", "what"),
        [
            ('{"url":\n "x"', "2:5: not JSON: "),
            ("", "1:1: not JSON: "),
            ("{'url': 1}", "1:2: not JSON: "),
            ('{"url": NaN}', "not JSON: NaN"),
            ('["url"]', "not a JSON object; write one such as "),
            ("null", "not a JSON object; write one such as "),
            ("[" * 100_000, "nested too deeply"),
            ('{"url": 1' + "0" * 5000 + "}", "Exceeds the limit (4300 digits)"),
        ],
    )
    def test_that_are_no_json_object_are_a_message_and_status_2(
        self, run: Run, tmp_path: Path, text: str, what: str
    ) -> None:
        result = run("query", SEEDS, TITLE, "--variables", text)
        assert (result.exit_code, result.stdout) == (2, "")
        assert f"Invalid value for '--variables': {what}" in result.stderr
        file = tmp_path / "variables.json"
        file.write_text(text)
        result = run("query", SEEDS, TITLE, "--variables", f"@{file}")
        assert result.exit_code == 2
        assert f"'--variables': {file}:" in result.stderr
        assert what in result.stderr


class TestProcess:
    def test_answers_alone_go_to_standard_output(self, environment: dict[str, str], library: Library) -> None:
        library.write("a", title="t\x9b31m é")
        library.write_raw("broken.md", "no front matter")
        done = subprocess.run(
            program("query", library.folder, "{ articles(first: 1) { nodes { title } } }"),
            capture_output=True,
            timeout=LIMIT,
            env=environment,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        assert done.stdout.decode() == '{"data":{"articles":{"nodes":[{"title":"t\x9b31m é"}]}}}\n'

    def test_a_terminal_shows_them_indented_and_is_told_no_controls(
        self, environment: dict[str, str], library: Library
    ) -> None:
        library.write("a", title="t\x9b31m é")
        text = "{ articles(first: 1) { nodes { title } } }"
        command = program("query", library.folder, text)
        in_terminal(command, environment)  # the progress bar is another test's
        status, shown = in_terminal(command, {**environment, "TERM": "dumb"})
        assert status == 0
        assert '          "title": "t\\u009b31m é"\r\n' in shown
        assert "\x9b" not in shown

    def test_bytes_that_are_no_text_are_an_answer_with_errors(self, environment: dict[str, str]) -> None:
        done = subprocess.run(
            [*program("query", SEEDS), b'{ article(url: "\xff") { title } } {'],
            capture_output=True,
            timeout=LIMIT,
            env=environment,
        )
        assert done.returncode == 1
        assert json.loads(done.stdout)["errors"]
        assert done.stderr == b""
