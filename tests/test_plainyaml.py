"""The fast reader says what the parser says, or leaves the text to it."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from content import front
from hypothesis import given
from hypothesis import strategies as st

import graph.frontmatter
from graph.frontmatter import FrontMatterError, read_front_matter
from graph.plainyaml import read_plain

FULL_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


def read(text: str) -> Any:
    """What the fast reader makes of a text; None where it leaves it to the parser."""
    return read_plain(text)


def check(text: str) -> bool:
    """Hold the fast reader against the parser, and the parser against PyYAML; whether it read the text."""
    plain = read(text)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph.frontmatter, "read_plain", lambda *_: None)
        try:
            parsed = read_front_matter(front(text.removesuffix("\n")))
        except FrontMatterError:
            parsed = None
    if plain is None:
        return False
    assert parsed is not None
    values, places, texts = plain
    assert repr(values) == repr(parsed.values)
    assert places == parsed.places
    assert texts == parsed.texts
    assert parsed.repeated == []
    try:
        expected = yaml.load(text, FULL_LOADER)
    except (yaml.YAMLError, ValueError):
        pass  # a date that is none
    else:
        assert repr(values) == repr(expected)
    return True


WRITTEN_BY_TOOLS = """\
_schema: default
id: 101
negative: -3
date: 2024-03-05
title: What is a graph?
article_title: >-
  What is a graph, and
  what is it good for: #1?
empty:
seo:
  title: Graphs, nodes
  page_description: >-
    Edges: "quoted"
    # and more
  page_keywords: graph, node
  deeper:
    deepest: yes
score: 0.75
url: /learn/maths/what-is-a-graph
related_article1:
  id: 102
  url: /learn/x
last:
"""


def test_what_tools_write_is_read_fast() -> None:
    assert check(WRITTEN_BY_TOOLS)
    values, places, texts = read(WRITTEN_BY_TOOLS)
    assert values["article_title"] == "What is a graph, and what is it good for: #1?"
    assert values["seo"]["deeper"] == {"deepest": True}
    assert (places["empty"], texts["negative"], texts["last"]) == ((10, 1), "-3", "")
    assert "seo" not in texts


LEFT = [
    "",
    "\n",
    "title",
    "title: T",
    "title: T\n\n",
    "# c\ntitle: T\n",
    "title: T # c\n",
    "title: T \n",
    "title:  T\n",
    "title: \n",
    "title: 'T'\n",
    'title: "T"\n',
    "title: [T]\n",
    "title: {a: b}\n",
    "title: |\n  T\n",
    "title: >\n  T\n",
    "title: >-\n",
    "title: >-\ntitle2: T\n",
    "title: >-\n  a\n\n  b\n",
    "title: >-\n  a\n   b\n",
    "title: >-\n   a\n  b\n",
    "title: a: b\n",
    "title: a:\n",
    "title: *a\n",
    "title: &a b\n",
    "title: !a b\n",
    "title: ~\n",
    "title: a\n  b\n",
    "title: a\n  b: c\n",
    "title: T\ntitle: T\n",
    "a:\n  b: c\n  b: d\n",
    "yes: T\n",
    "No: T\n",
    "null: T\n",
    "1: T\n",
    " title: T\n",
    "a:\n  b: c\n d: e\n",
    "a:\n    b: c\n  d: e\n",
    "a:\n- b\n",
    "a:\n  - b\n",
    "a:\n  b\n",
    "a\n: b\n",
    "<<: T\n",
    "a.b: T\n",
    "a b: T\n",
    "'a': T\n",
    "title: a\tb\n",
    "title: a\u00a0b\n",
    "title: a\u0085b\n",
    "title: a\u2028b\n",
    "title: a\x01\n",
    "%YAML 1.1\ntitle: T\n",
    "...\n",
    "title: T\n...\n",
    "title: - a\n",
    "title: -\n",
    "title: .5\n",
    "title: +5\n",
    "title: @a\n",
    "title: `a\n",
    "title: =\n",
    "title: , a\n",
    f"{'a' * 101}: T\n",
    "a:\n" + " " * 13 + "b: c\n",
    "a: b\n" * 5_001,
]


@pytest.mark.parametrize("text", LEFT)
def test_what_is_not_plain_is_left_to_the_parser(text: str) -> None:
    assert read(text) is None


keys = st.sampled_from(["a", "b", "c_1", "Title", "y", "on", "NULL", "_", "x" * 100]) | st.from_regex(
    r"[A-Za-z_][A-Za-z0-9_.-]{0,5}", fullmatch=True
)
PLAIN = [
    "5",
    "-5",
    "05",
    "0x1F",
    "1_000",
    "1:30",
    "1.5",
    "1e5",
    "2024-01-31",
    "2024-13-45",
    "yes",
    "No",
    "null",
    "~",
    "/a/b",
    "a:b",
    "a#b",
    "-a",
    "-5a",
    "T's",
    "é",
]
ODD = [
    "a b",
    "a, b",
    "a # b",
    "a: b",
    "a:",
    "a ",
    " a",
    "2024-01-31 10:00:00 +5",
    ">-",
    ">",
    "|",
    "'a'",
    '"a"',
    "",
]
values = st.sampled_from(PLAIN + ODD) | st.text("aé5-/ :#,'\"[]{}&*!|>%@`?~=<.\\\t\u00a0\u2028", max_size=8)
rows = st.tuples(st.integers(0, 4), st.sampled_from(["key", "key", "value", "text"]), keys, values)


@given(st.lists(rows, min_size=1, max_size=9))
def test_any_lines_mean_what_the_parser_says(lines: list[tuple[int, str, str, str]]) -> None:
    text = ""
    for indent, kind, key, value in lines:
        ending = {"key": f"{key}:", "value": f"{key}: {value}", "text": value}[kind]
        text += " " * indent + ending + "\n"
    check(text)


mappings: st.SearchStrategy[Any] = st.recursive(
    st.sampled_from([5, -5, 1.5, None, True, "T", "a b", "/a", "5", "no", "2024-01-31"])
    | st.text("ab5 é,.", max_size=90),
    lambda inner: st.dictionaries(keys, inner, min_size=1, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(keys, mappings, min_size=1, max_size=5), st.sampled_from([20, 80]))
def test_what_pyyaml_writes_means_what_the_parser_says(made: dict[str, Any], width: int) -> None:
    check(yaml.safe_dump(made, allow_unicode=True, width=width, sort_keys=False))


@given(
    st.dictionaries(
        keys, st.lists(st.from_regex(r"[a-zé5'#:-]{1,6}", fullmatch=True), min_size=1), min_size=1
    )
)
def test_folded_blocks_mean_what_the_parser_says(made: dict[str, list[str]]) -> None:
    check("".join(f"{key}: >-\n" + "".join(f"  {line}\n" for line in lines) for key, lines in made.items()))


@given(st.integers(0, len(WRITTEN_BY_TOOLS)), st.integers(0, 6), st.text(" \n:>-#'a5", max_size=3))
def test_what_tools_write_may_be_changed_anywhere(start: int, length: int, replacement: str) -> None:
    check(WRITTEN_BY_TOOLS[:start] + replacement + WRITTEN_BY_TOOLS[start + length :])
