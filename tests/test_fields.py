"""Whatever bytes a file holds, it becomes a document or an ERROR, never an exception."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import yaml
from content import front
from hypothesis import given
from hypothesis import strategies as st

import graph.frontmatter
from graph.article import Document, Severity, slug_of
from graph.fields import read_document


@pytest.fixture(params=["libyaml", "pure"], autouse=True, scope="module")
def parser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Both of PyYAML's parsers."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "pure":
            patch.setattr(graph.frontmatter, "_Parser", yaml.SafeLoader)
        elif not yaml.__with_libyaml__:
            pytest.skip("PyYAML was built without libyaml")
        yield


REAL_LOOKING = rb"""---
_schema: default
id: 101
date: 2024-03-05
title: What is a graph?
article_title: >-
  What is a graph, and
  what is it good for?
date_format: 'F j, Y'
post_on_text: ''
seo:
  title: "Graphs: \u00e9 & <b>"
  page_description: Nodes, edges; and $\nabla \neq 0$
  page_keywords: 'graph, node, edge'
author: N. N.
question: What is a graph?
answer: >-
  A **graph** has nodes\nand edges.\n\n- one\n- two\n\n$$\begin{pmatrix} 1 & 2 \\\n 3 & 4 \end{pmatrix}$$
subject: Maths
file_name: what-is-a-graph.md
url: /learn/maths/what-is-a-graph
score: 0.75
no_index: false
related_article1:
  id: 102
  title: What is a node?
  subject: Maths
  url: /learn/maths/what-is-a-node
related_article2: {id: -3, title: 'x', subject: Maths, url: /learn/x}
tags: &tags [a, 1.5, ~, yes, 2024-01-01T10:00:00+02:00]
more: *tags
---
&nbsp;
"""

PIECES = [
    b"---",
    b"\n---\n",
    b"...",
    b"\r\n",
    b"\r",
    b"\0",
    b"\xff",
    b"\xfe",
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b"\xc2\x85",
    "\u2028".encode(),
    b"\t",
    b"  ",
    b": ",
    b"- ",
    b"? ",
    b"[",
    b"]",
    b"{",
    b"}",
    b",",
    b"&a ",
    b"*a",
    b"*tags",
    b"!",
    b"!!",
    b"!!int ",
    b"!!timestamp ",
    b"!!python/name:os.system ",
    b"|",
    b">",
    b"'",
    b'"',
    b"%",
    b"%YAML 9.9\n",
    b"@",
    b"`",
    b"#",
    b"<<: ",
    b"<<: *tags",
    b"=",
    b"~",
    b"\\",
    b'"\\ud800"',
    b'"\\U99999999"',
    b"\\n",
    b"9" * 400,
    b"0x" + b"f" * 600,
    b"1" + b":1" * 300,
    b".inf",
    b".nan",
    b"2024-99-99",
    b"1e999",
    b"title:",
    b"id:",
    b"date:",
    b"url:",
    b"seo:",
    b"related_article1:",
    b"related_article9: ",
    b"$$",
    b"\\begin{",
    b"```",
]


def check(data: bytes) -> None:
    document, problems = read_document("a/b.md", data)
    errors = [problem for problem in problems if problem.severity is Severity.ERROR]
    if document is None:
        assert len(errors) == 1
        assert problems == errors
    else:
        assert not errors
        check_document(document)
    for problem in problems:
        assert problem.file == "a/b.md"
        assert problem.code
        assert problem.message.encode()
        assert (problem.line is None) == (problem.column is None)
        lines = (
            data.replace(b"\r\n", b"\n").count(b"\n") + data.count(b"\r") + len(data.split(b"\xc2\x85")) + 2
        )
        assert problem.line is None or 1 <= problem.line <= lines + data.count("\u2028".encode())
        assert problem.column is None or problem.column >= 1


def check_document(document: Document) -> None:
    assert document.title.strip() == document.title != ""
    assert document.url
    assert document.number is None or -(2**31) <= document.number < 2**31
    assert document.reading_minutes >= 0
    json.loads(document.front_matter)
    for reference in document.references:
        assert reference.field.startswith("related_article")
        assert reference.number is None or -(2**31) <= reference.number < 2**31


@given(st.binary(max_size=300))
def test_any_bytes_are_a_document_or_an_error(data: bytes) -> None:
    check(data)


@given(st.text(max_size=200), st.text(max_size=50))
def test_any_front_matter_is_a_document_or_an_error(text: str, body: str) -> None:
    check(f"---\n{text}\n---\n{body}".encode(errors="surrogatepass"))


@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=30))
def test_any_pieces_of_yaml_are_a_document_or_an_error(pieces: list[bytes]) -> None:
    check(b"---\ntitle: T\n" + b"".join(pieces) + b"\n---\n")


@given(
    st.lists(
        st.tuples(
            st.integers(0, len(REAL_LOOKING)),
            st.integers(0, 12),
            st.sampled_from(PIECES) | st.binary(max_size=6),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_a_real_looking_file_may_be_changed_anywhere(edits: list[tuple[int, int, bytes]]) -> None:
    data = REAL_LOOKING
    for start, length, replacement in edits:
        data = data[:start] + replacement + data[start + length :]
    check(data)


@pytest.mark.parametrize("cut", range(0, len(REAL_LOOKING), 7))
def test_a_real_looking_file_may_end_anywhere(cut: int) -> None:
    check(REAL_LOOKING[:cut])
    check(REAL_LOOKING[:cut] + b"\n---\n")


def test_the_real_looking_file_is_read_without_a_problem() -> None:
    document, problems = read_document("a/b.md", REAL_LOOKING)
    assert document is not None
    assert problems == []
    assert (document.number, document.url, len(document.references)) == (
        101,
        "/learn/maths/what-is-a-graph",
        2,
    )
    assert document.keywords == ("graph", "node", "edge")
    assert document.url_place == (21, 1)


@pytest.mark.parametrize(
    ("url", "slug"),
    [("/a/b", "b"), ("/a/b/", "b"), ("b", "b"), ("/a/b?c/d", "b"), ("/a/b#c/d", "b"), ("/", ""), ("", "")],
)
def test_the_slug_is_the_last_segment(url: str, slug: str) -> None:
    assert slug_of(url) == slug


def test_a_file_without_url_is_named_by_its_path() -> None:
    for file, url in {"a/b.c.md": "/a/b.c", "x.MARKDOWN": "/x", "a b/é.md": "/a b/é"}.items():
        document, _ = read_document(file, front("title: T"))
        assert document is not None
        assert (document.url, document.url_place) == (url, (1, 1))
