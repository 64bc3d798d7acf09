"""Front matter means what PyYAML says it means, and tells where each thing stands."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
import yaml
from content import front
from hypothesis import given
from hypothesis import strategies as st

import graph.frontmatter
from graph.frontmatter import MAX_DEPTH, FrontMatterError, read_front_matter


@pytest.fixture(params=["libyaml", "pure"], autouse=True, scope="module")
def parser(request: pytest.FixtureRequest) -> Iterator[None]:
    """Both of PyYAML's parsers."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "pure":
            patch.setattr(graph.frontmatter, "_Parser", yaml.SafeLoader)
        elif not yaml.__with_libyaml__:
            pytest.skip("PyYAML was built without libyaml")
        yield


def same(left: Any, right: Any) -> bool:
    """Equality that tells 1 from True and 1.0, and knows that not-a-number is not a number."""
    if type(left) is not type(right):
        return False
    if isinstance(left, dict):
        return len(left) == len(right) and all(
            same(a, b)
            for a, b in zip(sorted(left.items(), key=repr), sorted(right.items(), key=repr), strict=True)
        )
    if isinstance(left, (list, tuple)):
        return len(left) == len(right) and all(same(a, b) for a, b in zip(left, right, strict=True))
    if isinstance(left, float) and math.isnan(left):
        return math.isnan(right)
    if isinstance(left, datetime) and left.tzinfo is not None:
        return left == right and left.utcoffset() == right.utcoffset()
    return bool(left == right)


SCALARS = r"""
 0 1 -1 +1 007 017 0o17 0o18 08 1_000 1__0 _1 0x1F 0xG 0b101 0b2 1:30 1:30:59 1:60 190:20:30 -1:30 +1:0 0:0
0. 1. .5 1.5 -1.5e+3 1.5e3 1e3 1e400 1.0e+400 6.8523015e+5 685_230.15 190:20:30.15 .inf -.inf +.inf .Inf
.INF .nan .NaN .NAN inf nan . .. ... .a -.a + - -- ~ null Null NULL nULL nil none true True TRUE tRUE false
yes Yes YES no No NO on On off Off y n Y N 2024-01-01 2024-1-1 2024-01-1 24-01-01 2024-01-01T00:00:00Z
2024-02-29 0001-01-01 9999-12-31 2024-01-01t1:02:03.456789123-05:30 2024-01-01T10:00 0000x a:b a:b:c :a a:
http://a/b?c#d a#b 'a' "a" '' "" 'yes' "1" '2024-01-01' "~" '<<' "=" 'it''s' "\n" '\n' "\u00e9" "\x41" [] {}
[a,b] [1,[2,{}]] {a:b} {a,b} [a:b] {1:2} {a:1,b:[x]} é 😀 $x \neq \\ 'a"b' "a'b" !!str !!int *a &a
!<tag:yaml.org,2002:str>
""".split()  # noqa: SIM905 - a list of as many quoted strings is hard to read
TEXTS = [
    "a plain text of several words",
    "a plain text\n  over several\n\n  lines",
    "'a quoted text\n\n  over lines'",
    '"a quoted text\n  over \\\n  lines, \\"quoted\\", with \\t tab"',
    "|\n  literal\n   indented\n\n  text\n",
    "|-\n  literal\n  stripped\n\n",
    "|+\n  literal\n  kept\n\n",
    "|2\n    indented\n  less\n",
    ">\n  folded\n  text\n\n  more\n    indented\n",
    ">-\n  folded\n  stripped\n",
    ">+\n  folded\n  kept\n\n",
    "|\n  ---\n  not the end\n",
    "a # a comment",
    "a#no comment",
    "# nothing but a comment",
    "2024-01-01 10:00:00",
    "2024-01-01 10:00:00 +5",
    "2024-01-01 10:00:00.5 -05:30",
    "! 5",
    "! yes",
    "! '5'",
    "a\u00a0b",
    "a\u2028b",
    '"a\u0085b"',
    "!!str 5",
    "!!str yes",
    "!!int '5'",
    "!!float 5",
    "!!bool 'yes'",
    "!!null ''",
    "!!timestamp '2024-01-01'",
    "!!map {a: 1}",
    "!!seq [1]",
    "\n  - a\n  - 1\n  -\n  - - b\n    - c\n  - d: e\n    f: g",
    "\n- at the\n- same column",
    "\n  a: 1\n  b:\n    c: [x, y]\n  'd': \"e\"\n  ? f\n  : g\n  ? h",
    "[a, 'b', \"c\", 1, 1.5, ~, yes, 2024-01-01, {d: e}, [f]]",
    "{a: 1, 'b': 2, \"c\": 3, 4: d, ~: e, yes: f, 2024-01-01: g, 1.5: h, i: , j: [k]}",
    "[a: b, c: d]",
    "{a: &x 1, b: *x}",
    "&x {a: 1}\nz: *x\nw: [*x, *x]",
    "&x yes\n*x : z",
    "&x {a: 1, b: 2}\nz:\n  <<: *x\n  b: 3",
    "&x {a: 1, b: 2}\nz:\n  b: 3\n  <<: *x",
    "&x {a: 1, b: 2}\ny: &y {a: 3, c: 4}\nz:\n  <<: [*x, *y]\n  d: 5",
    "&x {a: 1, b: 2}\ny: &y {a: 3, c: 4}\nz:\n  <<: *x\n  <<: *y",
    "&x {a: 1, b: 2}\ny: &y {<<: *x, a: 3}\nz: {<<: *y, c: 4}",
    "&x {a: 1, title: U}\n<<: *x",
    "{<<: {a: 1}, <<: [{b: 2}, {b: 3, c: 4}]}",
    "{<<: []}",
    "{'<<': {a: 1}}",
    '{"<<": 5}',
    "{=: 1}",
    "1\nx: 2",
    "{a: 1, a: 2}",
    "{1: a, 1.0: b, true: c}",
    "a\n\n# a comment\n\nb: c",
    "{a: [\n  b,\n  c ], d: e}",
]


def pyyaml(text: str) -> tuple[bool, Any]:
    try:
        pure = graph.frontmatter._Parser is yaml.SafeLoader
        return True, yaml.load(text + "\n", yaml.SafeLoader if pure else yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError, LookupError, AttributeError):
        return False, None


@pytest.mark.parametrize("value", SCALARS + TEXTS)
def test_a_value_means_what_pyyaml_says(value: str) -> None:
    text = f"title: T\nx: {value}"
    readable, expected = pyyaml(text)
    try:
        found = read_front_matter(front(text)).values
    except FrontMatterError:
        assert not readable
    else:
        assert same(found, expected) or not readable


# what makes PyYAML fail and the file's author did not mean to be special
@pytest.mark.parametrize("value", ["2024-13-45", "2024-02-30", "2024-01-01 25:00:00", "=", "<<", "9" * 5000])
def test_a_value_that_pyyaml_cannot_make_is_text(value: str) -> None:
    assert not pyyaml(f"x: {value}")[0]
    assert read_front_matter(front(f"x: {value}\ny: [{value}]")).values == {"x": value, "y": [value]}


plain = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(),
    st.dates(),
    st.datetimes(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
    st.sampled_from(SCALARS),
    st.text("a1:#-[]{}&*!|>'\"%@`,? \n\t\\", max_size=12),
)
nested = st.recursive(
    plain,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8) | plain, inner, max_size=4)
    ),
    max_leaves=12,
)


@given(
    st.dictionaries(st.text(min_size=1, max_size=8), nested, max_size=6),
    st.sampled_from([None, "'", '"', "|", ">"]),
    st.sampled_from([None, True, False]),
    st.booleans(),
    st.sampled_from([20, 80, 10_000]),
)
def test_what_pyyaml_writes_is_read_as_pyyaml_reads_it(
    values: dict[str, Any], style: str | None, flow: bool | None, unicode: bool, width: int
) -> None:
    text = yaml.safe_dump(
        values, default_style=style, default_flow_style=flow, allow_unicode=unicode, width=width
    )
    _, expected = pyyaml(text)
    assert same(read_front_matter(front(text)).values, expected)


def test_the_places_of_the_keys_are_the_file_s() -> None:
    read = read_front_matter(front("title: T\n\n# c\n  \nid: 5\n'url' : /a\nseo:\n  title: S\n? x\n: y"))
    assert read.places == {"title": (2, 1), "id": (6, 1), "url": (7, 1), "seo": (8, 1), "x": (10, 3)}


def test_the_texts_are_the_top_level_scalars_as_they_are_spelt() -> None:
    read = read_front_matter(front("a: 1_0\nb: yes\nc: '1'\nd: [1]\ne: &x 0x1\nf: *x\ng: {h: 1}\ni: ~\nj:"))
    assert read.texts == {"a": "1_0", "b": "yes", "c": "1", "e": "0x1", "i": "~", "j": ""}


def test_repeated_keys_are_told_with_the_place_of_the_later() -> None:
    read = read_front_matter(front("a: 1\nb: {c: 1, c: 2}\na: {x: 3}\n'a': 4"))
    assert read.values == {"a": 4, "b": {"c": 2}}
    assert read.repeated == [("c", (3, 11)), ("a", (4, 1)), ("a", (5, 1))]
    assert read.places["a"] == (5, 1)


def test_a_merged_key_is_not_a_repeated_one() -> None:
    read = read_front_matter(front("x: &x {a: 1}\ny:\n  a: 2\n  <<: *x"))
    assert read.values["y"] == {"a": 2}
    assert read.repeated == []


BODIES = {
    b"---\ntitle: T\n---": "",
    b"---\ntitle: T\n---\n": "",
    b"---\ntitle: T\n---\nBody": "Body",
    b"--- \t\ntitle: T\n---  \nBody\n": "Body\n",
    b"---\ntitle: T\n---\n---\nBody\n---\n": "---\nBody\n---\n",
    b"---\ntitle: T\n---\n\n\nBody": "\n\nBody",
    b"---\r\ntitle: T\r\n---\r\nA\r\nB": "A\nB",
    b"---\rtitle: T\r---\rA\rB": "A\nB",
    b"\xef\xbb\xbf---\ntitle: T\n---\n\xef\xbb\xbfBody": "\ufeffBody",
    b"---\ntitle: T\n---\nA\x01\x7fB": "A\x01\x7fB",
}


@pytest.mark.parametrize("raw", BODIES)
def test_the_body_is_what_follows(raw: bytes) -> None:
    read = read_front_matter(raw)
    assert (read.values, read.body) == ({"title": "T"}, BODIES[raw])


@pytest.mark.parametrize("text", ["", "\n", "# a comment", "{}", "# a comment\n\n  {}"])
def test_empty_front_matter_is_an_empty_mapping(text: str) -> None:
    assert read_front_matter(front(text)).values == {}


@pytest.mark.parametrize(("before", "after"), [("[", "]"), ("{a: ", "}")])
def test_nesting_is_read_to_its_limit_and_not_beyond(before: str, after: str) -> None:
    deepest = MAX_DEPTH - 1
    value = read_front_matter(front(f"x: {before * deepest}1{after * deepest}")).values["x"]
    for _ in range(deepest):
        (value,) = value.values() if isinstance(value, dict) else value
    assert value == 1
    with pytest.raises(FrontMatterError, match="nest deeper than 64") as caught:
        read_front_matter(front(f"x: {before * MAX_DEPTH}1{after * MAX_DEPTH}"))
    assert caught.value.code == "yaml-depth"


def test_aliases_may_repeat_to_the_limit_and_not_beyond(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph.frontmatter, "MAX_SIZE", 100)
    text = "x: &x [1, 2, 3]\ny: ["  # the mapping's keys and values are 8, each alias 4
    assert len(read_front_matter(front(text + "*x, " * 23 + "]")).values["y"]) == 23
    with pytest.raises(FrontMatterError, match="aliases expand to more than 100 values"):
        read_front_matter(front(text + "*x, " * 24 + "]"))


def test_aliases_may_repeat_as_much_text_as_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph.frontmatter, "MAX_REPEATED", 100)
    for anchored in ("&x abcde", "&x [ab, {c: de}]", "[&x abcde]"):
        text = "long: " + "x" * 500 + f"\nx: {anchored}\ny: ["  # text that is not repeated does not count
        assert len(read_front_matter(front(text + "*x, " * 20 + "]")).values["y"]) == 20
        with pytest.raises(FrontMatterError, match="or 100 characters") as caught:
            read_front_matter(front(text + "*x, " * 21 + "]"))
        assert (caught.value.code, caught.value.line) == ("yaml-size", 4)


def test_the_number_of_values_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph.frontmatter, "MAX_SIZE", 10)
    assert len(read_front_matter(front("x: [1, 2, 3, 4, 5, 6, 7, 8]")).values["x"]) == 8
    with pytest.raises(FrontMatterError, match="more than 10 values"):
        read_front_matter(front("x: [1, 2, 3, 4, 5, 6, 7, 8, 9]"))


def test_merges_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graph.frontmatter, "MAX_SIZE", 100)
    text = "a: &a {b: 1, c: 2, d: 3}\n"
    for count, repeats in ((7, True), (8, False)):  # 8 values, and 13 with each merge
        merges = front(text + "\n".join(f"m{i}: {{<<: *a}}" for i in range(count)))
        if repeats:
            assert read_front_matter(merges).values["m0"] == {"b": 1, "c": 2, "d": 3}
        else:
            with pytest.raises(FrontMatterError, match="100 values"):
                read_front_matter(merges)


def test_dates_are_dates() -> None:
    values = read_front_matter(front("a: 2024-01-31\nb: 2024-01-31 10:00:00\nc: '2024-01-31'")).values
    assert values == {"a": date(2024, 1, 31), "b": datetime(2024, 1, 31, 10), "c": "2024-01-31"}
