"""What the command line prints: tables for people, lines and JSON for programs."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from library import SEEDS, Library

import graph
from graph import KnowledgeGraph, Problem, Severity
from graph.reports import print_check, print_problems, print_stats


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def troubled(tmp_path: Path) -> KnowledgeGraph:
    library = Library(tmp_path)
    library.write("a", {"id": 9, "title": "Lost", "url": "/lost"}, {"id": 8}, {"title": "T"}, date="x")
    library.write("b", "a")
    library.write_raw("broken.md", "---\ntitle: [\n---\n")
    library.write_raw("sub/plain.md", "no front matter")
    return library.load()


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    return graph.load(SEEDS, cache=tmp_path_factory.mktemp("cache"))


def check(found: KnowledgeGraph, form: str, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    print_check(found, Path("content"), form, out)
    return out.getvalue()


def stats(found: KnowledgeGraph, form: str, out: io.StringIO | None = None) -> str:
    out = out or io.StringIO()
    print_stats(found, form, out)
    return out.getvalue()


class TestCheck:
    def test_prints_lines_of_tab_separated_values_to_a_pipe(self, troubled: KnowledgeGraph) -> None:
        lines = [line.split("\t") for line in check(troubled, "table").splitlines()]
        assert [line[:4] for line in lines if line[0] == "problems"] == [
            ["problems", "WARNING", "invalid-date", "a.md:4:1"],
            ["problems", "WARNING", "invalid-reference", "a.md:9:1"],
            ["problems", "WARNING", "invalid-reference", "a.md:11:1"],
            ["problems", "ERROR", "yaml-syntax", "broken.md:3:1"],
            ["problems", "ERROR", "missing-front-matter", "sub/plain.md:1:1"],
        ]
        assert all(len(line) == 5 and line[4] for line in lines if line[0] == "problems")
        assert [line for line in lines if line[0] != "problems"] == [
            ["dangling references", "a.md", "related_article1", "/lost (id 9)"],
            ["dangling references", "a.md", "related_article2", " (id 8)"],
            ["dangling references", "a.md", "related_article3", "T"],
        ]

    def test_prints_tables_to_a_terminal(self, troubled: KnowledgeGraph) -> None:
        text = check(troubled, "table", Terminal())
        assert "problems (5)" in text
        assert "dangling references (3)" in text
        for word in ("severity", "code", "place", "message", "leads nowhere", "invalid-date"):
            assert word in text
        assert "\t" not in text

    def test_says_on_a_terminal_that_there_is_nothing(self, tmp_path: Path) -> None:
        library = Library(tmp_path)
        library.write("a")
        found = library.load()
        text = check(found, "table", Terminal())
        assert text == "no problems\nno dangling references\n"
        assert check(found, "table") == check(found, "github") == ""
        assert json.loads(check(found, "json")) == {"problems": [], "danglingReferences": []}

    def test_prints_everything_as_json(self, troubled: KnowledgeGraph) -> None:
        record = json.loads(check(troubled, "json"))
        assert list(record) == ["problems", "danglingReferences"]
        assert [problem["severity"] for problem in record["problems"]] == ["WARNING"] * 3 + ["ERROR"] * 2
        first = troubled.problems[0]
        assert record["problems"][0] == {
            "severity": "WARNING",
            "code": "invalid-date",
            "file": "a.md",
            "line": 4,
            "column": 1,
            "message": first.message,
        }
        assert record["danglingReferences"][0] == {
            "source": "/a",
            "file": "a.md",
            "field": "related_article1",
            "number": 9,
            "title": "Lost",
            "url": "/lost",
        }

    def test_prints_annotations_for_github(self, troubled: KnowledgeGraph) -> None:
        lines = check(troubled, "github").splitlines()
        assert lines[0].startswith("::warning file=content/a.md,line=4,col=1,title=invalid-date::")
        assert lines[3].startswith("::error file=content/broken.md,line=3,col=1,title=yaml-syntax::")
        assert lines[5] == (
            "::warning file=content/a.md,title=dangling-reference::"
            "related_article1 leads nowhere: /lost (id 9)"
        )
        assert len(lines) == 8

    def test_escapes_what_would_end_an_annotation(self, tmp_path: Path) -> None:
        library = Library(tmp_path)
        library.write("50%,a:b", "x", date="1%\n2: a,b\r3")
        library.folder.rename(tmp_path / "c")
        found = graph.load(tmp_path / "c", cache=library.cache)
        lines = check(found, "github").split("\n")
        assert lines[0].startswith(
            "::warning file=content/50%25%2Ca%3Ab.md,line=4,col=1,title=invalid-date::"
        )
        assert "1%25" in lines[0]
        assert "," in lines[0].rpartition("::")[2]
        assert lines[1].startswith("::warning file=content/50%25%2Ca%3Ab.md,title=dangling-reference::")
        assert lines[2:] == [""]
        assert "\r" not in "".join(lines)

    @pytest.mark.parametrize(
        ("message", "escaped"),
        [("a\nb", "a%0Ab"), ("a\r\nb", "a%0D%0Ab"), ("5%", "5%25"), ("a: b, c", "a: b, c")],
    )
    def test_escapes_a_message_but_keeps_its_punctuation(
        self, troubled: KnowledgeGraph, message: str, escaped: str
    ) -> None:
        troubled.problems = (Problem(Severity.ERROR, "code", "f.md", None, None, message),)
        assert check(troubled, "github").splitlines()[0] == f"::error file=content/f.md,title=code::{escaped}"


def test_a_place_has_as_much_as_is_known() -> None:
    out = io.StringIO()
    print_problems(
        [
            Problem(Severity.ERROR, "c", "f.md", None, None, "m"),
            Problem(Severity.ERROR, "c", "f.md", 3, None, "m"),
            Problem(Severity.ERROR, "c", "f.md", 3, 7, "m"),
        ],
        out,
    )
    assert [line.split("\t")[3] for line in out.getvalue().splitlines()] == ["f.md", "f.md:3:1", "f.md:3:7"]


@pytest.mark.parametrize("out", [io.StringIO, Terminal])
def test_no_text_reaches_a_terminal_unescaped(out: type[io.StringIO]) -> None:
    printed = out()
    print_problems([Problem(Severity.ERROR, "c", "f\x1b[31m.md", None, None, "a\tb\nc\x07 [bold]d")], printed)
    text = printed.getvalue()
    assert "\x1b" not in text.replace("\x1b[1m", "").replace("\x1b[3m", "").replace("\x1b[0m", "")
    assert r"\x1b" in text
    assert "\x07" not in text
    assert "[bold]" in text
    assert r"a\tb\nc\x07" in text


class TestStats:
    def test_prints_the_counts_of_the_sample(self, seeds: KnowledgeGraph) -> None:
        lines = [line.split("\t") for line in stats(seeds, "table").splitlines()]
        counts = {line[1]: line[2] for line in lines if line[0] == "graph"}
        assert counts == {
            "version": seeds.version,
            "articles": str(seeds.nx.number_of_nodes()),
            "links": str(seeds.nx.number_of_edges()),
            "subjects": "7",
            "references": "246",
            "linked references": "244",
            "repeated references": "1",
            "self references": "0",
            "dangling references": "1",
            "orphans": "3",
            "dead ends": "3",
            "isolated": "2",
            "average degree": "6.777778",
            "density": "0.04773083",
            "reciprocity": "0.663934",
            "problems": "0",
        }

    def test_prints_the_hubs_and_the_orphans_of_each_subject(self, seeds: KnowledgeGraph) -> None:
        lines = [line.split("\t") for line in stats(seeds, "table").splitlines()]
        hubs = [line[1:] for line in lines if line[0] == "hubs"]
        assert hubs == [
            [str(hub.rank), str(int(hub.score)), hub.article.title, hub.article.url] for hub in seeds.hubs()
        ]
        orphans = [line[1:] for line in lines if line[0] == "orphans by subject"]
        assert orphans == [
            ["(none)", "1", "1"],
            ["Data modelling", "1", "9"],
            ["GraphQL", "1", "11"],
        ]

    def test_prints_the_same_as_json(self, seeds: KnowledgeGraph) -> None:
        record = json.loads(stats(seeds, "json"))
        assert (record["articles"], record["links"], record["orphans"]) == (72, 244, 3)
        assert record["density"] == 0.04773083
        assert record["hubs"][0] == {
            "rank": 1,
            "inDegree": 13,
            "title": "What is a knowledge graph?",
            "url": "/learn/knowledge-graphs/questions/what-is-a-knowledge-graph",
        }
        assert record["orphansBySubject"][0] == {"subject": "(none)", "orphans": 1, "articles": 1}

    def test_puts_most_orphans_first(self, tmp_path: Path) -> None:
        library = Library(tmp_path)
        for name, subject in (("a", "B"), ("b", "A"), ("c", "C"), ("d", "C"), ("e", "C")):
            library.write(name, "e" if name == "d" else None, subject=subject)
        record = json.loads(stats(library.load(), "json"))
        assert [tuple(row.values()) for row in record["orphansBySubject"]] == [
            ("C", 2, 3),
            ("A", 1, 1),
            ("B", 1, 1),
        ]

    def test_prints_tables_to_a_terminal(self, seeds: KnowledgeGraph) -> None:
        text = stats(seeds, "table", Terminal())
        for word in ("graph (16)", "hubs (10)", "orphans by subject (3)", "in-degree", "0.663934"):
            assert word in text
