"""Exports, opened again with the programs that they are for, equal the graph."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library import Library

import graph
from graph.exporting import ExportError, ExportFormat, export, write

Nodes = dict[str, dict[str, Any]]
Edges = list[tuple[str, str, dict[str, Any]]]

ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
FILES = ["graphml", "gexf", "json"]
FOLDERS = ["csv", "parquet", "cypher-csv"]
DANGLING = ["source", "field", "position", "number", "title", "url"]


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> graph.KnowledgeGraph:
    """Every kind of value that an article can have, and every one missing."""
    library = Library(tmp_path_factory.mktemp("odd"))
    library.write("a", "b", "lost", "b", "b c\t\n<&\"'>", "a", "z", number=1)
    library.write("b", "a", id=-5, date=date(1, 1, 1), score=0.1, author="Ünï 漢字 🦊", subject="a,b;c")
    library.write("b c\t\n<&\"'>", "z", title='"q" <i>&amp;</i> ]]> \\n', no_index=True, score=-1e300)
    library.write("z", id=2**31 - 1, title="nul \0, bell \7, del \x7f, nel \x85, nonc \uffff .")
    library.write(
        "lines", title="one\ntwo\r\nthree\rfour\ttab  two", author="=1+1", date="2026-01-31T23:59:59-05:00"
    )
    library.write("null", title="null", subject="None", author="true", answer="word " * 5000)
    return library.load()


def nodes_of(found: graph.KnowledgeGraph) -> Nodes:
    return {
        article.url: {
            "number": article.number,
            "title": article.title,
            "subject": article.subject and article.subject.name,
            "date": article.date,
            "author": article.author,
            "score": article.score,
            "no_index": article.no_index,
            "reading_minutes": article.reading_minutes,
            "in_degree": article.in_degree,
            "out_degree": article.out_degree,
        }
        for article in found.articles
    }


def edges_of(found: graph.KnowledgeGraph) -> Edges:
    return [
        (
            article.url,
            other.url,
            {"field": found.nx.edges[article.url, other.url]["field"], "position": place},
        )
        for article in found.articles
        for other, place in zip(article.related, article.related_places, strict=True)
    ]


def dangling_of(found: graph.KnowledgeGraph) -> list[tuple[Any, ...]]:
    return [(d.source.url, d.field, d.position, d.number, d.title, d.url) for d in found.dangling_references]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def same(ours: Any, theirs: Any) -> bool:
    """Whether values are equal and of the same types: True is not 1, nor 1 the same as 1.0."""
    return repr(ours) == repr(theirs)


def test_the_odd_graph_is_odd(odd: graph.KnowledgeGraph) -> None:
    assert (odd.article_count, odd.link_count, len(odd.dangling_references)) == (6, 5, 1)
    assert [place for _, _, attributes in edges_of(odd) for place in [attributes["position"]]][:3] == [
        0,
        3,
        5,
    ]
    text = json.dumps(nodes_of(odd), default=str, ensure_ascii=False)
    assert all(character in text for character in "漢🦊\x7f\x85\uffff")
    assert {"\0", "\r", "\n"} <= set("".join(article.title for article in odd.articles))
    for column in (odd.columns.number, odd.columns.date, odd.columns.author, odd.columns.score):
        assert None in column


@pytest.fixture(params=["odd", "sample"])
def found(request: pytest.FixtureRequest) -> graph.KnowledgeGraph:
    return request.getfixturevalue(request.param)


class TestXml:
    """None is left out, dates are text, and U+FFFD stands for what XML cannot hold."""

    @staticmethod
    def text(value: Any) -> Any:
        if isinstance(value, str):
            return ILLEGAL.sub("\ufffd", value)
        return value.isoformat() if isinstance(value, date) else value

    def nodes(self, found: graph.KnowledgeGraph) -> Nodes:
        return {
            self.text(url): {name: self.text(value) for name, value in values.items() if value is not None}
            for url, values in nodes_of(found).items()
        }

    def test_graphml(self, found: graph.KnowledgeGraph, tmp_path: Path) -> None:
        export(found, tmp_path / "out.graphml", "graphml")
        read = networkx.read_graphml(tmp_path / "out.graphml")
        assert type(read) is networkx.DiGraph
        assert same(dict(read.nodes(data=True)), self.nodes(found))
        assert same(list(read.edges(data=True)), edges_of(found))

    def test_gexf(self, found: graph.KnowledgeGraph, tmp_path: Path) -> None:
        export(found, tmp_path / "out.gexf", "gexf")
        read = networkx.read_gexf(tmp_path / "out.gexf")
        assert type(read) is networkx.DiGraph
        labels = [attributes.pop("label") for _, attributes in read.nodes(data=True)]
        assert labels == [self.text(article.title) for article in found.articles]
        assert same(dict(read.nodes(data=True)), self.nodes(found))
        ids = [attributes.pop("id") for _, _, attributes in read.edges(data=True)]
        assert ids == [str(number) for number in range(found.link_count)]
        assert same(list(read.edges(data=True)), edges_of(found))

    def test_scores_are_declared_as_they_are_computed(self, odd: graph.KnowledgeGraph) -> None:
        for form, declared in (("graphml", 'attr.name="score" attr.type'), ("gexf", 'title="score" type')):
            out = io.BytesIO()
            write(odd, out, form)
            assert f'{declared}="double"/>' in out.getvalue().decode()

    @pytest.mark.parametrize("form", ["graphml", "gexf"])
    def test_urls_that_it_would_mix_up_are_refused(self, library: Library, form: str) -> None:
        library.write("a\1")
        library.write("b\2")
        library.write("b\x1f")
        with pytest.raises(ExportError, match=r"tell the urls '/b\\x02' and '/b\\x1f' apart"):
            write(library.load(), io.BytesIO(), form)
        library.remove("b\2")
        out = io.BytesIO()
        write(library.load(), out, form)
        assert "/a\ufffd" in out.getvalue().decode()


def test_json_is_node_link_data_with_dates_as_text(found: graph.KnowledgeGraph, tmp_path: Path) -> None:
    export(found, tmp_path / "out.json", "json")
    data = json.loads((tmp_path / "out.json").read_text("utf-8"))
    read = networkx.node_link_graph(data, edges="edges")
    assert type(read) is networkx.DiGraph
    assert read.graph == {"name": "articlegraph", "version": found.version}
    expected = nodes_of(found)
    for values in expected.values():
        values["date"] = values["date"] and values["date"].isoformat()
    assert same(dict(read.nodes(data=True)), expected)
    assert same(list(read.edges(data=True)), edges_of(found))
    assert networkx.node_link_data(read, edges="edges").keys() == data.keys()


READ: dict[str, Callable[[str], Any]] = {
    "": str,
    "date": date.fromisoformat,
    "int": int,
    "double": float,
    "boolean": {"true": True, "false": False}.__getitem__,
}
KINDS = {
    "number": "int",
    "date": "date",
    "score": "double",
    "no_index": "boolean",
    "reading_minutes": "int",
    "in_degree": "int",
    "out_degree": "int",
    "position": "int",
}


def rows_of(file: Path, kinds: dict[str, str]) -> list[dict[str, Any]]:
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened, strict=True))
    return [
        {name: READ[kinds.get(name, "")](text) if text else None for name, text in row.items()}
        for row in rows
    ]


def test_csv_is_tables(found: graph.KnowledgeGraph, tmp_path: Path) -> None:
    export(found, tmp_path / "out", "csv")
    assert names(tmp_path / "out") == ["articles.csv", "dangling.csv", "links.csv"]
    articles = rows_of(tmp_path / "out" / "articles.csv", KINDS)
    assert same({row.pop("url"): row for row in articles}, nodes_of(found))
    links = rows_of(tmp_path / "out" / "links.csv", KINDS)
    assert same([(row.pop("source"), row.pop("target"), row) for row in links], edges_of(found))
    dangling = rows_of(tmp_path / "out" / "dangling.csv", KINDS)
    assert [tuple(row.values()) for row in dangling] == dangling_of(found)
    assert [list(row) for row in dangling] == [DANGLING] * len(dangling)


def test_cypher_csv_has_the_headers_of_the_import(found: graph.KnowledgeGraph, tmp_path: Path) -> None:
    export(found, tmp_path / "out", "cypher-csv")
    assert names(tmp_path / "out") == ["articles.csv", "links.csv"]

    def rows(file: str) -> list[dict[str, Any]]:
        with (tmp_path / "out" / file).open(encoding="utf-8", newline="") as opened:
            kinds = {head: head.partition(":")[2] for head in next(csv.reader(opened))}
        keys = {"ID", "LABEL", "START_ID", "END_ID", "TYPE"}
        return rows_of(tmp_path / "out" / file, {h: "" if k in keys else k for h, k in kinds.items()})

    articles = rows("articles.csv")
    assert {row.pop(":LABEL") for row in articles} == {"Article"}
    read = {
        row.pop("url:ID"): {head.partition(":")[0]: value for head, value in row.items()} for row in articles
    }
    assert same(read, nodes_of(found))
    links = rows("links.csv")
    assert {row.pop(":TYPE") for row in links} == {"RELATED_TO"}
    edges = [
        (row[":START_ID"], row[":END_ID"], {"field": row["field"], "position": row["position:int"]})
        for row in links
    ]
    assert same(edges, edges_of(found))


class TestParquet:
    def test_is_typed_tables(self, found: graph.KnowledgeGraph, tmp_path: Path) -> None:
        parquet = pytest.importorskip("pyarrow.parquet")
        export(found, tmp_path / "out", "parquet")
        tables = {name: parquet.read_table(tmp_path / "out" / f"{name}.parquet") for name in TABLES}
        assert len(names(tmp_path / "out")) == len(tables)
        articles = tables["articles"].to_pylist()
        assert same({row.pop("url"): row for row in articles}, nodes_of(found))
        links = tables["links"].to_pylist()
        assert same([(row.pop("source"), row.pop("target"), row) for row in links], edges_of(found))
        assert [tuple(row.values()) for row in tables["dangling"].to_pylist()] == dangling_of(found)
        assert [str(field.type) for field in tables["articles"].schema] == [
            *("string", "int32", "string", "string", "date32[day]", "string", "double", "bool"),
            *("int32", "int32", "int32"),
        ]
        assert tables["dangling"].schema.names == DANGLING

    def test_says_what_to_install(
        self, sample: graph.KnowledgeGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(
            ExportError, match=r'pyarrow; install it with pip install "articlegraph\[parquet\]"'
        ):
            export(sample, tmp_path / "out", "parquet")
        assert names(tmp_path) == []


TABLES = ["articles", "links", "dangling"]


@pytest.mark.parametrize("form", FILES + FOLDERS)
def test_a_graph_without_links_is_exported(library: Library, form: str) -> None:
    library.write("a")
    export(library.load(), library.root / "out", form)
    assert (library.root / "out").exists()


@settings(max_examples=30)
@given(
    texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=12, unique=True)
)
def test_any_text_survives_json_and_csv_and_is_legal_in_xml(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    library = Library(tmp_path_factory.mktemp("any"))
    for number, text in enumerate(texts):
        library.write(f"{number}", title=f"<{text}>", author=f"a{text}b")
    found = library.load()
    titles = [article.title for article in found.articles]
    for form in ("graphml", "gexf", "json", "csv"):
        export(found, library.root / form, form)
    for read in (networkx.read_graphml(library.root / "graphml"), networkx.read_gexf(library.root / "gexf")):
        legal = [ILLEGAL.sub("\ufffd", title) for title in titles]
        assert [title for _, title in read.nodes(data="title")] == legal
    data = json.loads((library.root / "json").read_text("utf-8"))
    assert [node["title"] for node in data["nodes"]] == titles
    assert [row["title"] for row in rows_of(library.root / "csv" / "articles.csv", {})] == titles


def test_only_what_is_one_file_is_written_to_an_open_one(
    sample: graph.KnowledgeGraph, tmp_path: Path
) -> None:
    for form in FILES:
        out = io.BytesIO()
        write(sample, out, form)
        export(sample, tmp_path / form, form)
        assert out.getvalue() == (tmp_path / form).read_bytes()
    for form in FOLDERS:
        with pytest.raises(ExportError, match=f"{form} is a folder .* graphml, gexf and json can be piped"):
            write(sample, io.BytesIO(), form)


def test_formats_are_those_that_are_tested_here(sample: graph.KnowledgeGraph, tmp_path: Path) -> None:
    assert list(ExportFormat) == FILES + FOLDERS
    with pytest.raises(ValueError, match="'xml' is not a valid ExportFormat"):
        export(sample, tmp_path / "out", "xml")


@pytest.mark.corpus
@pytest.mark.parametrize("form", ["gexf", "json"])
def test_the_corpus_is_equal_when_it_is_opened_again(corpus: Path, tmp_path: Path, form: str) -> None:
    found = graph.load(corpus, cache=os.environ.get("ARTICLEGRAPH_CACHE_DIR", tmp_path))
    export(found, tmp_path / "out", form)
    if form == "json":
        read = networkx.node_link_graph(json.loads((tmp_path / "out").read_bytes()), edges="edges")
    else:
        read = networkx.read_gexf(tmp_path / "out")
    assert (read.number_of_nodes(), read.number_of_edges()) == (found.article_count, found.link_count)
    for url, values in nodes_of(found).items():
        ours = {name: str(value) for name, value in values.items() if value is not None}
        theirs = {name: str(value) for name, value in read.nodes[url].items() if value is not None}
        assert ours == {name: value for name, value in theirs.items() if name != "label"}
    for source, target, attributes in read.edges(data=True):
        assert attributes["field"] == found.nx.edges[source, target]["field"]
