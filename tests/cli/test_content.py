"""The commands that read content: what each prints, where, and with which exit status."""

from __future__ import annotations

import json
import os

import pytest
from library import SEEDS, Library

import graph
from graph.schema import print_sdl

from .program import Run


class TestBuild:
    def test_writes_a_snapshot_and_says_what_it_did(self, run: Run, library: Library) -> None:
        library.write("a", "b")
        library.write("b")
        file = library.root / "new" / "out.snapshot"
        result = run("build", library.folder, "-o", file)
        assert (result.exit_code, result.stdout) == (0, "")
        assert result.stderr == f"articlegraph: {file}: 2 files parsed\n"
        assert graph.load(file).link_count == 1
        assert sorted(path.name for path in file.parent.iterdir()) == ["out.snapshot"]

    def test_parses_only_what_has_changed(self, run: Run, library: Library) -> None:
        for name in "abc":
            library.write(name)
        file = library.root / "out.snapshot"
        run("build", library.folder, "--output", file, "-q")
        before = file.read_bytes()
        library.write("b", answer="New.")
        assert run("build", library.folder, "-o", file).stderr.endswith(": 1 files parsed\n")
        assert graph.load(file).articles[1].answer == "New."
        assert file.read_bytes() != before

    def test_says_when_nothing_has_changed(self, run: Run, library: Library) -> None:
        path = library.write("a")
        os.utime(path, (1, 1))
        file = library.root / "out.snapshot"
        for _ in range(3):  # the first ones may find files too fresh for their times to be trusted
            result = run("build", library.folder, "-o", file, "--verify")
        assert result.stderr.endswith((": nothing has changed\n", ": 0 files parsed\n"))

    @pytest.mark.parametrize("flag", ["-q", "--quiet"])
    def test_says_nothing_when_quiet(self, run: Run, library: Library, flag: str) -> None:
        library.write("a")
        file = library.root / "out.snapshot"
        graph.build(library.folder, file)
        file.write_bytes(file.read_bytes()[:-1])
        result = run("build", library.folder, "-o", file, flag)
        assert (result.exit_code, result.output) == (0, "")
        assert graph.load(file).article_count == 1

    def test_builds_a_damaged_snapshot_anew_with_a_message(self, run: Run, library: Library) -> None:
        library.write("a")
        file = library.root / "out.snapshot"
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
        file = library.root / "out.snapshot"
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
        file = library.root / "out.snapshot"
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
        file = troubled.root / "out.snapshot"
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
        assert list((library.root / "other").glob("content-*.snapshot"))
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


class TestHubs:
    @pytest.mark.parametrize("measure", list(graph.HubMeasure))
    def test_are_printed_by_each_measure(self, run: Run, measure: graph.HubMeasure) -> None:
        name = measure.name.lower().replace("_", "-")
        result = run("stats", SEEDS, "--hubs", name, "--first", 3)
        assert (result.exit_code, result.stderr) == (0, "")
        expected = graph.load(SEEDS).hubs(measure, 3)
        assert [line.split("\t") for line in result.stdout.splitlines()] == [
            ["hubs", str(hub.rank), f"{hub.score:.10g}", hub.article.title, hub.article.url]
            for hub in expected
        ]
        record = json.loads(run("stats", SEEDS, "--hubs", name, "--first", 3, "--format", "json").stdout)
        assert record["by"] == measure.name
        assert [row["score"] for row in record["hubs"]] == [hub.score for hub in expected]
        assert list(record["hubs"][0]) == ["rank", "score", "title", "url"]

    def test_are_ten_or_as_many_as_asked_for(self, run: Run) -> None:
        for extra, count in (([], 10), (["--first", 0], 0), (["--first", 1000], 72)):
            assert len(run("stats", SEEDS, "--hubs", "degree", *extra).stdout.splitlines()) == count
        for extra, count in (([], 10), (["--first", 3], 3)):
            assert run("stats", SEEDS, *extra).stdout.count("\nhubs\t") == count


def test_schema_prints_the_schema(run: Run) -> None:
    result = run("schema")
    assert (result.exit_code, result.stdout, result.stderr) == (0, print_sdl(), "")
