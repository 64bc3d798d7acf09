"""What a shape makes of a text is what going by lines makes of it."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.frontmatter import _decode
from graph.plainyaml import Plain, read_plain
from graph.shapes import Shapes

ARTICLE = """\
id: 101
date: 2024-03-05
title: >-
    What is a graph?
seo:
  title: Graphs, nodes
  deeper:
    deepest: yes
score: -0.75
related_article1:
    id: 102
    url: /learn/x
related_article2:
    id: 103
    url: /learn/y
"""


def taught(*texts: str) -> Shapes:
    shapes = Shapes()
    for text in texts * 2:
        shapes.learn(text)
    return shapes


def read(shapes: Shapes, front_matter: str) -> Plain | None:
    found = shapes.read(f"---\n{front_matter}---\nBody\n---\n")
    if found is None:
        return None
    plain, end = found
    assert end == len(f"---\n{front_matter}---\n")
    return plain


def test_a_shape_is_known_when_it_has_come_twice() -> None:
    shapes = Shapes()
    shapes.learn(ARTICLE)
    assert read(shapes, ARTICLE) is None
    shapes.learn(ARTICLE)
    assert read(shapes, ARTICLE) == read_plain(ARTICLE)


def test_a_text_may_end_after_any_key_at_the_top() -> None:
    shapes = taught(ARTICLE)
    lines = ARTICLE.splitlines(keepends=True)
    for end in range(1, len(lines) + 1):
        text = "".join(lines[:end])
        found = read(shapes, text)
        whole = end == len(lines) or not lines[end].startswith(" ")
        assert (found is not None) == (whole and read_plain(text) is not None)
        assert found is None or found == read_plain(text)


@pytest.mark.parametrize(
    "text",
    [
        ARTICLE.replace("101", "a: b"),
        ARTICLE.replace("101", "a #b"),
        ARTICLE.replace("101", "a:"),
        ARTICLE.replace("101", "a "),
        ARTICLE.replace("101", "'a'"),
        ARTICLE.replace("101", ""),
        ARTICLE.replace("graph?", "graph?\n    More"),
        ARTICLE.replace("    What", "What"),
        ARTICLE.replace("graph?", "graph\u2028?"),
        ARTICLE.replace("graph?", "graph\x07?"),
        ARTICLE + "more: a\n",
        ARTICLE + "\n    \n",
        ARTICLE + "\nmore: a\n",
        ARTICLE[:-1],
    ],
)
def test_what_is_not_so_is_left(text: str) -> None:
    assert read(taught(ARTICLE), text) is None


@pytest.mark.parametrize("closing", ["---", "---\n", "---  \n", "\n\n---\nBody\n"])
def test_a_closing_line_ends_it(closing: str) -> None:
    text = f"---\n{ARTICLE}{closing}"
    assert taught(ARTICLE).read(text) == (read_plain(ARTICLE), len(text) - len(closing.partition("-\n")[2]))


@pytest.mark.parametrize(
    "text", [ARTICLE, f" ---\n{ARTICLE}---\n", f"---\n{ARTICLE}", f"---\n{ARTICLE}---a\n"]
)
def test_what_is_not_between_two_lines_is_left(text: str) -> None:
    assert taught(ARTICLE).read(text) is None


values = st.sampled_from(
    [
        "a",
        "1",
        "-1.5",
        "yes",
        "2024-01-31",
        "/x",
        "a: b",
        "a #b",
        "a:",
        "é",
        "0x1F",
        "1:30",
        "~",
        "",
        "no w",
        "-",
    ]
)
entries = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "c", "  d", "  e", "    f"]),
        st.sampled_from([" ", " >-\n      ", ":"]),
        values,
    ),
    max_size=7,
)


@given(entries, st.integers(0, 7), st.randoms())
def test_a_shape_agrees_with_going_by_lines(
    drawn: list[tuple[str, str, str]], cut: int, chosen: random.Random
) -> None:
    def text(drawn: list[tuple[str, str, str]]) -> str:
        return "".join(f"{key}:{style if style != ':' else ''}{value}\n" for key, style, value in drawn)

    first = text(drawn)
    if read_plain(first) is None:
        return
    shapes = taught(first)
    other = [
        (key, style, chosen.choice(["a", "1", "yes", "a: b", "é", "2024-01-31", value]))
        for key, style, value in drawn
    ]
    for written in (
        first,
        text(drawn[:cut]),
        text(other),
        text(drawn[:cut] + other[cut:]),
        text(drawn + other),
    ):
        found = read(shapes, written)
        assert found is None or repr(found) == repr(read_plain(written))


def test_shapes_agree_with_going_by_lines_on_real_articles(corpus: Path) -> None:
    shapes, known = Shapes(), 0
    for file in sorted(corpus.rglob("*.md")):
        text = _decode(file.read_bytes())
        source = text[4 : text.find("\n---", 4) + 1].rstrip("\n") + "\n"
        plain, found = read_plain(source), shapes.read(text)
        if found is None and plain is not None:
            shapes.learn(source)
        end = text.find("\n", text.find("\n---", 4) + 1) + 1 or len(text)
        assert found is None or repr(found) == repr((plain, end))
        known += found is not None
    assert known > 30_000
