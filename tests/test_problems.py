"""Each way in which a file may be wrong: what becomes of it, and what the user is told."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from content import GOOD, front, urls, write, write_good

import graph.frontmatter
from graph.article import Severity
from graph.fields import read_document
from graph.loading import load


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A content folder with two good articles."""
    folder = tmp_path / "content"
    write_good(folder)
    return folder


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture(params=["libyaml", "pure"])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Both of PyYAML's parsers."""
    if request.param == "pure":
        monkeypatch.setattr(graph.frontmatter, "_Parser", yaml.SafeLoader)
    elif not yaml.__with_libyaml__:
        pytest.skip("PyYAML was built without libyaml")
    return str(request.param)


# name: the file, then code, line, column (with libyaml) and a phrase of the one ERROR that it becomes
REFUSED: dict[str, tuple[bytes, str, int | None, int | None, str]] = {
    "a colon in plain text": (front("title: a: b"), "yaml-syntax", 2, 9, "quote the value if it holds ': '"),
    "an open list": (front("title: [a"), "yaml-syntax", 3, 1, "expected ',' or ']'"),
    "an open quote": (front("id: 1\ntitle: 'a"), "yaml-syntax", 4, 1, "quoted scalar"),
    "a tab as indentation": (
        front("title: T\nseo:\n\ttitle: x"),
        "yaml-syntax",
        4,
        1,
        "cannot start any token",
    ),
    "a wrong indentation": (front("title: T\n  x: y"), "yaml-syntax", 3, 4, "mapping values are not allowed"),
    "a reserved character": (front("title: `T"), "yaml-syntax", 2, 8, "cannot start any token"),
    "an unknown escape": (front('title: T\nx: "\\q"'), "yaml-syntax", 3, 5, "unknown escape"),
    "a code point beyond Unicode": (front('title: "\\U99999999"'), "yaml-syntax", 2, 11, "escape"),
    "a lone surrogate": (front('title: "\\ud800"'), "yaml-syntax", 2, 11, ""),
    "a tagged lone surrogate": (front('title: !!str "\\ud800"'), "yaml-syntax", 2, 17, ""),
    "a control character": (front("id: 1\ntitle: a\x01b"), "yaml-syntax", 3, 9, "remove it"),
    "an alias without anchor": (front("title: T\nx: *nowhere"), "yaml-syntax", 3, 4, "no anchor &nowhere"),
    "an anchor that stands twice": (front("title: &a T\nx: &a 1"), "yaml-syntax", 3, 4, "&a stands twice"),
    "a second document": (front("title: T\n--- x"), "yaml-syntax", 3, 1, "second YAML document"),
    "a list as a key": (front("title: T\n? [a]\n: b"), "yaml-syntax", 3, 3, "keys are plain names"),
    "a merge of no mapping": (front("title: T\n<<: 5"), "yaml-syntax", 3, 1, "'<<' merges mappings"),
    "a directive": (front("# c\n\n%TAG ! tag:x,2000:\n--- {title: T}"), "yaml-syntax", 4, 1, "directive"),
    "a later directive": (front("title: T\n... # c\n\n%YAML 1.1"), "yaml-syntax", 5, 1, "directive"),
    "no front matter": (b"# Title\n\nText\n", "missing-front-matter", 1, 1, "between two '---' lines"),
    "a blank line before it": (
        b"\n---\ntitle: T\n---\n",
        "missing-front-matter",
        1,
        1,
        "does not begin with",
    ),
    "four dashes": (b"----\ntitle: T\n---\n", "missing-front-matter", 1, 1, "does not begin with"),
    "unclosed front matter": (b"---\ntitle: T\n\nText\n", "unclosed-front-matter", 1, 1, "no closing '---'"),
    "an indented closing line": (b"---\ntitle: T\n ---\n", "unclosed-front-matter", 1, 1, "no closing '---'"),
    "nothing but an opening line": (b"---", "unclosed-front-matter", 1, 1, "no closing '---'"),
    "a list": (front("# c\n- title: T"), "front-matter-type", 3, 1, "is a list; write it as 'name: value'"),
    "a scalar": (front("T"), "front-matter-type", 2, 1, "is a single value; write it as 'name: value'"),
    "no title": (front("question: Q"), "missing-title", 1, 1, "'title' is missing"),
    "empty front matter": (b"---\n---\n", "missing-title", 1, 1, "'title' is missing"),
    "a comment alone": (front("# nothing"), "missing-title", 1, 1, "'title' is missing"),
    "an empty title": (front("id: 1\ntitle:"), "missing-title", 3, 1, "'title' is empty"),
    "a blank title": (front("id: 1\ntitle: '  '"), "missing-title", 3, 1, "'title' is empty"),
    "a title that is a list": (front("id: 1\ntitle: [a]"), "missing-title", 3, 1, "'title' is a list"),
    "a title that is a mapping": (front("title: {a: b}"), "missing-title", 2, 1, "'title' is a mapping"),
    "Latin-1": (front("id: 1\ntitle: Café").replace("é".encode(), b"\xe9"), "encoding", 3, 11, "0xe9"),
    "Latin-1 after other letters": ("---\r\nx: äö\r\n\ry: ü".encode() + b"\xff", "encoding", 4, 5, "UTF-8"),
    "surrogates in UTF-8": (b"---\ntitle: \xed\xa0\xbd\n---\n", "encoding", 2, 8, "save the file as UTF-8"),
    "UTF-16 with BOM": ("---\ntitle: T\n---\n".encode("utf-16"), "utf-16", 1, 1, "save it as UTF-8"),
    "UTF-16 with BOM, big end": (
        b"\xfe\xff" + front("title: T").decode().encode("utf-16-be"),
        "utf-16",
        1,
        1,
        "",
    ),
    "UTF-16 without BOM": (front("title: T").decode().encode("utf-16-le"), "utf-16", 1, 1, "UTF-16"),
    "UTF-16 without BOM, big end": (front("title: T").decode().encode("utf-16-be"), "utf-16", 1, 1, "UTF-16"),
    "a NUL byte": (front("id: 1\ntitle: é\0b"), "nul-byte", 3, 9, "remove it"),
    "a NUL byte in the body": (front("title: T", "ab\0"), "nul-byte", 4, 3, "binary file"),
    "an empty file": (b"", "empty-file", None, None, "is empty"),
    "a blank file": (b" \r\n\n", "empty-file", None, None, "is empty"),
    "a BOM alone": (b"\xef\xbb\xbf", "empty-file", None, None, "is empty"),
    "a file over the limit": (front("title: " + "T" * 5_000_000), "too-large", None, None, "5,000,023 bytes"),
    "nested lists": (front("x: " + "[" * 10_000), "yaml-depth", 2, 67, "deeper than 64"),
    "nested mappings": (front("x: " + "{a: " * 10_000), "yaml-depth", 2, 256, "deeper than 64"),
    "nested block lists": (front("x:\n" + "- " * 10_000 + "a"), "yaml-depth", 3, 127, "deeper than 64"),
    "nested block mappings": (
        front("\n".join(" " * depth + "a:" for depth in range(2_000))),
        "yaml-depth",
        66,
        65,
        "deeper than 64",
    ),
    "nested keys": (front("? " * 10_000 + "a"), "yaml-depth", 2, 129, "deeper than 64"),
    "a Python call": (
        front("title: T\nx: !!python/object/apply:os.system ['exit 1']"),
        "yaml-tag",
        3,
        4,
        "!!python/object/apply:os.system is not supported",
    ),
    "a Python name": (front("title: !!python/name:os.system"), "yaml-tag", 2, 8, "write a plain value"),
    "a set": (front("title: T\nx: !!set {a}"), "yaml-tag", 3, 4, "!!set is not supported"),
    "binary": (front("title: T\nx: !!binary aGk="), "yaml-tag", 3, 4, "!!binary is not supported"),
    "a tag of one's own": (front("title: !custom T"), "yaml-tag", 2, 8, "!custom is not supported"),
    "a tagged mapping": (front("!custom\ntitle: T"), "yaml-tag", 2, 1, "!custom is not supported"),
    "a list that holds itself": (front("title: T\nx: &a [*a]"), "yaml-size", 3, 8, "never end"),
    "a mapping that holds itself": (front("title: T\nx: &a {y: *a}"), "yaml-size", 3, 11, "never end"),
    "a million laughs": (
        front(
            "title: T\na0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha, ha]\n"
            + "\n".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 10))
        ),
        "yaml-size",
        7,
        45,
        "aliases expand to more than 100,000 values",
    ),
    "a long text aliased often": (
        front("title: T\na: &a " + "x" * 100_000 + "\nb: [" + "*a, " * 45_000 + "]"),
        "yaml-size",
        4,
        45,
        "1,000,000 characters",
    ),
    "a short text aliased in lists": (
        front(
            'title: T\na: &a "'
            + "\\x01" * 255
            + '"\nb: &b ['
            + "*a, " * 40
            + "]\nc: ["
            + "*b, " * 1_000
            + "]"
        ),
        "yaml-size",
        5,
        393,
        "1,000,000 characters",
    ),
    "a mapping merged often": (
        front(
            "title: T\na: &a {"
            + ", ".join(f"k{i}: 1" for i in range(1_000))
            + "}\n"
            + "\n".join(f"m{i}: {{<<: *a}}" for i in range(500))
        ),
        "yaml-size",
        36,
        11,
        "aliases expand",
    ),
    "values without end": (
        front("title: T\nx: [" + "1," * 200_000 + "]"),
        "yaml-size",
        3,
        199_997,
        "100,000",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_cannot_be_read_is_an_error_and_the_others_are_served(
    folder: Path, cache: Path, name: str
) -> None:
    raw, code, line, column, phrase = REFUSED[name]
    write(folder, "bad.md", raw)
    loaded = load(folder, cache=cache)
    assert urls(loaded) == GOOD
    (problem,) = loaded.problems
    assert (problem.severity, problem.code, problem.file) == (Severity.ERROR, code, "bad.md")
    assert (problem.line, problem.column) == (line, column)
    assert phrase in problem.message
    assert len(problem.message) < 400


@pytest.mark.parametrize("name", REFUSED)
def test_the_pure_parser_refuses_the_same_files(
    folder: Path, cache: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graph.frontmatter, "_Parser", yaml.SafeLoader)
    raw, code, line, *_ = REFUSED[name]
    write(folder, "bad.md", raw)
    loaded = load(folder, cache=cache)
    assert urls(loaded) == GOOD
    (problem,) = loaded.problems
    assert (problem.severity, problem.code, problem.file) == (Severity.ERROR, code, "bad.md")
    assert problem.line is None if line is None else abs(problem.line - line) <= 1


HOSTILE = [name for name in REFUSED if REFUSED[name][1] in ("yaml-size", "yaml-depth")] + [
    "a code point beyond Unicode"
]
LONG = {
    "base 60": front("title: T\nx: 1" + ":1" * 1_000_000),
    "tagged base 60": front("title: T\nx: !!int 1" + ":1" * 1_000_000),
    "base 60 with a fraction": front("title: T\nx: 1" + ":1" * 1_000_000 + ".5"),
    "digits": front("title: T\nx: " + "1" * 2_000_000 + "_" * 2_000_000 + "x"),
    "directives": front("".join(f"%TAG !a{i}! tag:x,2000:\n" for i in range(150_000)) + "--- {title: T}"),
    "dashes": front("title: T\nx: '" + "---x\n" * 100_000 + "'"),
    "spaces": front("title: T\nx: '---" + " " * 2_000_000 + "x'"),
    "lines": front("title: T\nx: |\n" + "  a\n" * 1_000_000),
    "repeated keys": front("title: T\n" + "a: 1\n" * 10_000),
}


@pytest.mark.parametrize("name", [*HOSTILE, *LONG])
def test_a_hostile_file_takes_little_time_and_memory(name: str) -> None:
    raw = LONG[name] if name in LONG else REFUSED[name][0]
    tracemalloc.start()
    began = time.process_time()
    try:
        read_document("bad.md", raw)
        seconds = time.process_time() - began
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert seconds < 15  # about a second at most; what it guards against takes minutes
    assert peak < 50_000_000 + 10 * len(raw)


# name: front matter; code, line and column, phrase of the WARNING; which of the article's values is which
SERVED: dict[str, tuple[str, tuple[str, int, int, str] | None, str, Any]] = {
    "a repeated key": (
        "x: 1\ntitle: A\ntitle: B",
        ("duplicate-key", 4, 1, "'title' stands twice"),
        "title",
        "B",
    ),
    "a repeated key within": (
        "title: T\nseo: {title: A, title: B}",
        ("duplicate-key", 3, 17, "the last one counts"),
        "seo.title",
        "B",
    ),
    "a date that is none": (
        "title: T\ndate: 2024-13-45",
        ("invalid-date", 3, 1, "'2024-13-45' is no date"),
        "date",
        None,
    ),
    "a text date": (
        "title: T\ndate: tomorrow",
        ("invalid-date", 3, 1, "write it like 2026-01-31"),
        "date",
        None,
    ),
    "a number as date": ("title: T\ndate: 20240131", ("invalid-date", 3, 1, "'20240131'"), "date", None),
    "a list as date": ("title: T\ndate: [2024-01-31]", ("invalid-date", 3, 1, "is no date"), "date", None),
    "a quoted date": ("title: T\ndate: '2024-01-31'", None, "date", date(2024, 1, 31)),
    "an empty date": ("title: T\ndate: ''", None, "date", None),
    "a time": ("title: T\ndate: 2024-01-31 23:30:00", None, "date", date(2024, 1, 31)),
    "a time of day west of Greenwich": (
        "title: T\ndate: 2024-01-31T23:30:00-05:00",
        None,
        "date",
        date(2024, 2, 1),
    ),
    "a time of day east of Greenwich": (
        "title: T\ndate: 2024-01-01 00:30:00 +1",
        None,
        "date",
        date(2023, 12, 31),
    ),
    "a quoted time with offset": (
        "title: T\ndate: '2024-01-31T23:30:00-05:00'",
        None,
        "date",
        date(2024, 2, 1),
    ),
    "a time in UTC": ("title: T\ndate: 2024-01-31T23:30:00Z", None, "date", date(2024, 1, 31)),
    "a day before the first": ("title: T\ndate: 0001-01-01T00:00:00+05:00", None, "date", date(1, 1, 1)),
    "a negative id": ("title: T\nid: -7", None, "number", -7),
    "the largest id": ("title: T\nid: 2147483647", None, "number", 2147483647),
    "an id one too large": ("title: T\nid: 2147483648", ("invalid-id", 3, 1, "32 bits"), "number", None),
    "the smallest id": ("title: T\nid: -2147483648", None, "number", -2147483648),
    "an id one too small": ("title: T\nid: -2147483649", ("invalid-id", 3, 1, "32 bits"), "number", None),
    "a huge id": ("title: T\nid: " + "9" * 400, ("invalid-id", 3, 1, "32 bits"), "number", None),
    "an id of thousands of digits": (
        "title: T\nid: " + "9" * 5000,
        ("invalid-id", 3, 1, "text"),
        "number",
        None,
    ),
    "a text id": ("title: T\nid: '7'", ("invalid-id", 3, 1, "'id' is text"), "number", None),
    "an empty id": ("title: T\nid: ''", ("invalid-id", 3, 1, "'id' is empty"), "number", None),
    "a null id": ("title: T\nid:", None, "number", None),
    "a fraction as id": ("title: T\nid: 7.0", ("invalid-id", 3, 1, "'id' is a fraction"), "number", None),
    "a boolean id": ("title: T\nid: yes", ("invalid-id", 3, 1, "'id' is true or false"), "number", None),
    "a date as id": ("title: T\nid: 2024-01-31", ("invalid-id", 3, 1, "'id' is a date"), "number", None),
    "a list as id": ("title: T\nid: [7]", ("invalid-id", 3, 1, "'id' is a list"), "number", None),
    "a url with spaces": ("title: T\nurl: /a b", ("unusual-url", 3, 1, "'/a b' is kept"), "url", "/a b"),
    "a url with a query": (
        "title: T\nurl: /a?b=1",
        ("unusual-url", 3, 1, "use a plain path"),
        "url",
        "/a?b=1",
    ),
    "a url with a fragment": ("title: T\nurl: /a#b", ("unusual-url", 3, 1, "'/a#b' is kept"), "url", "/a#b"),
    "a url beyond ASCII": ("title: T\nurl: /é", ("unusual-url", 3, 1, "beyond ASCII"), "url", "/é"),
    "a url with ..": ("title: T\nurl: /a/../b", ("unusual-url", 3, 1, "'..'"), "url", "/a/../b"),
    "a url with dots": ("title: T\nurl: /a..b/...", None, "url", "/a..b/..."),
    "a url that is a number": (
        "title: T\nurl: 5",
        ("invalid-url", 3, 1, "/bad is used instead"),
        "url",
        "/bad",
    ),
    "an empty url": ("title: T\nurl: ''", ("invalid-url", 3, 1, "'url' is empty"), "url", "/bad"),
    "a blank url": ("title: T\nurl: ' '", ("invalid-url", 3, 1, "'url' is empty"), "url", "/bad"),
    "a list as url": ("title: T\nurl: [/a]", ("invalid-url", 3, 1, "'url' is a list"), "url", "/bad"),
    "a null url": ("title: T\nurl:", None, "url", "/bad"),
    "a text as reference": (
        "title: T\nrelated_article1: /good/one",
        ("invalid-reference", 3, 1, "is text and makes no link"),
        "links",
        [],
    ),
    "a null reference": (
        "title: T\nrelated_article1:",
        ("invalid-reference", 3, 1, "is empty and makes no link"),
        "links",
        [],
    ),
    "a list as reference": (
        "title: T\nrelated_article1: [/good/one]",
        ("invalid-reference", 3, 1, "is a list"),
        "links",
        [],
    ),
    "a reference without url": (
        "title: T\nrelated_article2: {id: 7, title: X}",
        ("invalid-reference", 3, 1, "lacks a url"),
        "dangling",
        [("related_article2", 7, "X", None)],
    ),
    "a reference with a url that is no text": (
        "title: T\nrelated_article1: {url: 5}",
        ("invalid-reference", 3, 1, "url that is no text"),
        "dangling",
        [("related_article1", None, None, None)],
    ),
    "a reference with a bad id": (
        "title: T\nrelated_article1: {id: x, url: /good/one}",
        ("invalid-reference", 3, 1, "the id of 'related_article1' is text"),
        "links",
        ["/good/one"],
    ),
    "a reference with a huge id": (
        "title: T\nrelated_article1: {id: 3000000000, url: /no}",
        ("invalid-reference", 3, 1, "32 bits"),
        "dangling",
        [("related_article1", None, None, "/no")],
    ),
    "a reference with a null id": (
        "title: T\nrelated_article1: {id: , url: /good/one}",
        None,
        "links",
        GOOD[:1],
    ),
    "a reference that leads nowhere": (
        "title: T\nrelated_article1: {id: 7, title: X, url: /no}",
        None,
        "dangling",
        [("related_article1", 7, "X", "/no")],
    ),
    "a list as question": (
        "title: T\nquestion: [Q]",
        ("invalid-field", 3, 1, "write text"),
        "question",
        None,
    ),
    "a mapping as subject": (
        "title: T\nsubject: {a: b}",
        ("invalid-field", 3, 1, "a mapping"),
        "subject",
        None,
    ),
    "a list as seo": ("title: T\nseo: [a]", ("invalid-field", 3, 1, "write a mapping"), "seo", None),
    "a number as keywords": (
        "title: T\nseo: {page_keywords: 5}",
        ("invalid-field", 3, 1, "between commas"),
        "keywords",
        (),
    ),
    "keywords that repeat": ("title: T\nseo: {page_keywords: 'B, a, ,A ,b'}", None, "keywords", ("B", "a")),
    "a list of keywords": ("title: T\nseo: {page_keywords: [b, 5, [c]]}", None, "keywords", ("b", "5")),
    "a text as score": ("title: T\nscore: high", ("invalid-field", 3, 1, "no finite number"), "score", None),
    "an infinite score": (
        "title: T\nscore: .inf",
        ("invalid-field", 3, 1, "no finite number"),
        "score",
        None,
    ),
    "a score beyond floats": (
        "title: T\nscore: " + "9" * 400,
        ("invalid-field", 3, 1, "finite"),
        "score",
        None,
    ),
    "a boolean score": ("title: T\nscore: true", ("invalid-field", 3, 1, "no finite number"), "score", None),
    "a whole score": ("title: T\nscore: 3", None, "score", 3.0),
    "a text as no_index": (
        "title: T\nno_index: 'on'",
        ("invalid-field", 3, 1, "false is used"),
        "no_index",
        False,
    ),
    "a true no_index": ("title: T\nno_index: yes", None, "no_index", True),
    "a title that is a number": ("title: 1984", None, "title", "1984"),
    "a title that is a boolean": ("title: Yes", None, "title", "Yes"),
    "a title that is an octal number": ("title: 0o17", None, "title", "0o17"),
    "a title that is a date": ("title: 2024-01-31", None, "title", "2024-01-31"),
    "a title that is a long hexadecimal number": ("title: 0x" + "f" * 5000, None, "title", "0x" + "f" * 5000),
    "a title by alias": ("id: &a 7\ntitle: *a", None, "title", "7"),
    "a title by merge": ("x: &a {title: T}\n<<: *a", None, "title", "T"),
    "a title that is repeated as an alias": (
        "id: &a 7\ntitle: 1_0\ntitle: *a",
        ("duplicate-key", 4, 1, "title"),
        "title",
        "7",
    ),
    "a padded title": ("title: '  T '", None, "title", "T"),
    "core tags": ("title: !!str 5\nid: !!int '7'\nscore: !!float 1\nno_index: !!bool yes", None, "number", 7),
    "a tagged text": ("title: !!str 5", None, "title", "5"),
    "a tagged list": ("title: T\nx: !!seq [1]\ny: !!map {a: 1}\nz: !!null ''", None, "title", "T"),
    "a tag that the value is none of": (
        "title: T\nid: !!int x",
        ("invalid-id", 3, 1, "is text"),
        "number",
        None,
    ),
    "a timestamp that is none": (
        "title: T\ndate: !!timestamp x",
        ("invalid-date", 3, 1, "'x'"),
        "date",
        None,
    ),
    "a boolean that is none": ("title: T\nx: !!bool maybe\ny: !!float x\nz: !!int ''", None, "title", "T"),
    "dashes within a text": ("title: |\n  a\n  ---\n  b", None, "title", "a\n---\nb"),
    "a per cent sign in the first column": ('title: "a\n%b"', None, "title", "a %b"),
    "wide numbers": ("title: T\nx: 99999999999999999999999\n18446744073709551616: 1", None, "title", "T"),
    "keys that are no text": ("title: T\n1: a\n~: b\n1.5: c\n2024-01-31: e\n.nan: f", None, "title", "T"),
    "a NUL escape": ('title: "a\\0b"', None, "title", "a\0b"),
}


@pytest.mark.parametrize("name", SERVED)
@pytest.mark.usefixtures("parser")
def test_a_file_with_an_odd_field_is_served_and_warned_of(folder: Path, cache: Path, name: str) -> None:
    text, warning, what, expected = SERVED[name]
    write(folder, "bad.md", front(text))
    loaded = load(folder, cache=cache)
    (article,) = (article for article in loaded.articles if article.file == "bad.md")
    assert len(loaded.articles) == 3
    if warning is None:
        assert loaded.problems == ()
    else:
        (problem,) = loaded.problems
        assert (problem.severity, problem.code, problem.file) == (Severity.WARNING, warning[0], "bad.md")
        assert (problem.line, problem.column) == warning[1:3]
        assert warning[3] in problem.message
        assert list(article.problems) == [problem]
    if what == "links":
        found: Any = [linked.url for linked in article.related]
    elif what == "dangling":
        found = [(d.field, d.number, d.title, d.url) for d in article.dangling_references]
    elif what == "seo.title":
        found = article.seo and article.seo.title
    else:
        found = getattr(article, what)
    assert found == expected
    assert isinstance(article.front_matter, dict)


WAYS_TO_END_LINES = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}


@pytest.mark.parametrize("ending", WAYS_TO_END_LINES)
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["without BOM", "with BOM"])
def test_line_ends_and_byte_order_marks_change_nothing(
    folder: Path, cache: Path, ending: str, mark: bytes
) -> None:
    text = "title: T\nquestion: |\n  a\n  b\ndate: x\nid: y"
    raw = front(text, "First\n\nlast\n").replace(b"\n", WAYS_TO_END_LINES[ending].encode())
    write(folder, "bad.md", mark + raw)
    loaded = load(folder, cache=cache)
    article = loaded.article("/bad")
    assert article is not None
    assert (article.title, article.question, article.answer) == ("T", "a\nb", "First\n\nlast")
    assert [(p.code, p.line, p.column) for p in loaded.problems] == [
        ("invalid-date", 6, 1),
        ("invalid-id", 7, 1),
    ]


def test_a_tag_is_never_run(folder: Path, cache: Path, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    for number, text in enumerate(
        (
            f"title: !!python/object/apply:os.system ['touch {trace}']",
            f"title: !!python/object/new:os.system ['touch {trace}']",
            f"title: T\nx: !!python/object/apply:os.mkdir ['{trace}']",
            f"%TAG ! tag:yaml.org,2002:python/object/apply:\n--- {{title: !os.system ['touch {trace}']}}",
            f"title: !<tag:yaml.org,2002:python/object/apply:os.system> ['touch {trace}']",
        )
    ):
        write(folder, f"bad{number}.md", front(text))
    loaded = load(folder, cache=cache)
    assert urls(loaded) == GOOD
    assert len(loaded.problems) == 5
    assert not trace.exists()
