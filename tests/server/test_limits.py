"""What a request may ask for at most: each limit at its edge, and what an error tells."""

from __future__ import annotations

import dataclasses
import gc
import threading
import tracemalloc
from typing import Any

import pytest
from graphql import DocumentNode, GraphQLError, Lexer, Source, TokenKind, get_introspection_query, parse
from hypothesis import given
from hypothesis import strategies as st

from graph.server.cost import Cost
from graph.server.limits import Limits, check_cost, check_document, check_variables, parse_document

from .hostile import HOSTILE, LIMIT, Hostile, chain, conditions, literal, nested

LIMITS = Limits()
ROOT = 'article(url: "/a")'


def found(query: str, limits: Limits = LIMITS, **variables: Any) -> list[tuple[str, int, int]]:
    """What is exceeded in a query, its maximum and its actual value."""
    document = parse(query)
    errors = check_document(document, limits) or check_variables(document, variables, limits)
    return [told(error) for error in errors]


def told(error: GraphQLError) -> tuple[str, int, int]:
    assert error.extensions is not None
    assert set(error.extensions) == {"code", "limit", "maximum", "actual"}
    maximum, actual = error.extensions["maximum"], error.extensions["actual"]
    assert actual > maximum
    assert f"{maximum:,}" in error.message
    assert f"{actual:,}" in error.message
    return error.extensions["limit"], maximum, actual


def only(limit: str, **others: int) -> Limits:
    """The limits with one that counts."""
    numbers = {field.name: 10**9 for field in dataclasses.fields(Limits)} | {"page_size": 500}
    return Limits(**{**numbers, limit: getattr(LIMITS, limit), **others})


def test_an_error_says_what_is_too_much_and_what_to_do() -> None:
    (error,) = check_document(parse(f"{{ {nested('related', 15, 'url')} }}"), LIMITS)
    assert error.formatted == {
        "message": "The query is 16 levels deep, at most 15 are allowed; ask for the rest in a second query.",
        "extensions": {"code": "LIMIT_EXCEEDED", "limit": "depth", "maximum": 15, "actual": 16},
    }


def test_an_argument_s_error_points_at_it() -> None:
    (error,) = check_document(parse(f"{{\n articles(where: {literal(11)}) }}"), LIMITS)
    assert (
        error.message
        == "The argument 'where' is 11 levels deep, at most 10 are allowed; nest its objects less."
    )
    assert error.formatted["locations"] == [{"line": 2, "column": 11}]


def test_what_tools_send_is_allowed() -> None:
    everything = get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        one_of=True,
        type_depth=12,
    )
    assert found(everything) == []
    assert found(everything, dataclasses.replace(LIMITS, depth=2)) == []


def test_each_limit_is_the_most_that_is_allowed() -> None:
    at_the_edge = {
        "depth": lambda n: f"{{ {nested('a', n - 1, 'b')} }}",
        "introspection_depth": lambda n: f"{{ __type {{ {nested('fields', n, 'type { name }')} }} }}",
        "nesting": lambda n: f"{{ {nested('... on Query', n - 1, 'a')} }}",
        "fields": lambda n: f"{{ {'a ' * n} }}",
        "repeats": lambda n: f"{{ a {{ {'b ' * n} }} }}",
        "aliases": lambda n: f"{{ a {{ {' '.join(f'a{i}: b' for i in range(n))} }} }}",
        "root_fields": lambda n: f"{{ {' '.join(f'a{i}' for i in range(n))} }}",
        "directives": lambda n: f"{{ a {'@skip(if: true) ' * n} }}",
        "where_depth": lambda n: f"{{ a(where: {literal(n)}) }}",
        "where_conditions": lambda n: f"{{ a(where: {{ or: [{'{ b: 1 } ' * n}] }}) }}",
    }
    for limit, query in at_the_edge.items():
        maximum = getattr(LIMITS, limit)
        assert found(query(maximum), only(limit)) == [], limit
        assert found(query(maximum + 1), only(limit)) == [(limit, maximum, maximum + 1)], limit


def test_directives_count_wherever_they_stand() -> None:
    everywhere = (
        "query ($a: B @c) @d { ...F @e ... @f { g @h(i: $a) } } fragment F on Query @j { __typename }"
        " fragment Unused on Query @k { l @m }"
    )
    assert found(everywhere, only("directives", directives=8)) == []
    assert found(everywhere, only("directives", directives=7)) == [("directives", 7, 8)]


def test_one_argument_that_is_too_deep_is_enough() -> None:
    assert found(f"{{ a(where: {literal(12)}) b(where: {literal(11)}) }}") == [("where_depth", 10, 12)]


def test_introspection_has_a_rule_of_its_own() -> None:
    deep = nested("ofType", 40, "name")
    assert found(f"{{ __schema {{ types {{ fields {{ type {{ {deep} }} }} }} }} }}") == []
    bomb = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"
    assert found(bomb) == [("introspection_depth", 3, 4)]
    spread = "{ __schema { types { ...T } } } fragment T on __Type { fields { type { ...U } } } "
    assert found(spread + "fragment U on __Type { fields { name } }") == []
    assert found(spread + "fragment U on __Type { fields { args { name } } }") == [
        ("introspection_depth", 3, 4)
    ]


def test_introspection_s_names_are_fields_like_others_elsewhere() -> None:
    assert found(f"{{ {nested('fields', 14, 'args')} }}") == []
    assert found(f"{{ {nested('fields', 15, 'args')} }}") == [("depth", 15, 16)]


def test_fragments_count_wherever_they_are_spread() -> None:
    fragment = "fragment F on A { x: b @skip(if: true) c }"
    counted = only("depth", fields=7, aliases=3, root_fields=1, directives=3)
    assert found(f"{{ a {{ ...F ...F ... on A {{ ...F }} }} }} {fragment}", counted) == []
    assert found(f"{{ a {{ ...F ...F ...F ...F }} }} {fragment}", counted) == [
        ("fields", 7, 9),
        ("aliases", 3, 4),
        ("directives", 3, 4),
    ]
    assert found(f"{{ ...F }} {fragment}", counted) == [("root_fields", 1, 2)]


def test_fragments_are_as_deep_as_where_they_are_spread() -> None:
    fragments = chain(13, "related { ...NEXT }")
    assert found(f"{{ a {{ ...F0 }} }} {fragments}") == []
    assert found(f"{{ a {{ b {{ ...F0 }} }} }} {fragments}") == [("depth", 15, 16)]


def test_exponential_spreads_are_told_exactly_as_far_as_json_can() -> None:
    limits = only("fields")
    assert found(f"{{ a {{ ...F0 }} }} {chain(40, '...NEXT ...NEXT')}", limits) == [
        ("fields", 1_000, 2**40 + 1)
    ]
    assert found(f"{{ a {{ ...F0 }} }} {chain(60, '...NEXT ...NEXT')}", limits) == [
        ("fields", 1_000, 2**53 - 1)
    ]


def test_the_whole_document_counts() -> None:
    queries = [f"query Q{i} {{ a {{ {'b ' * 40} }} }}" for i in range(25)]
    assert found(" ".join(queries)) == [("fields", 1_000, 1_025)]
    assert found(" ".join(f"query Q{i} {{ a b c d e f g h }}" for i in range(20))) == []


def test_fragments_that_nothing_uses_or_that_have_one_name_count() -> None:
    wide = f"fragment F on A {{ {'b ' * 151} }}"
    for document in (f"{{ a }} {wide}", f"{{ a {{ ...F }} }} {wide} fragment F on A {{ b }}", wide):
        assert found(document) == [("repeats", 150, 151)]


def test_cycles_are_left_to_validation() -> None:
    for fragments in (
        "fragment F on A { ...F b }",
        "fragment F on A { b { ...G } } fragment G on A { c { ...F } ...F }",
        "fragment F on A { ...G } fragment G on A { ...H } fragment H on A { ...F ...G ...Missing }",
    ):
        assert found(f"{{ a {{ ...F }} }} {fragments}") == []
    assert found(f"{{ a {{ ...F }} }} fragment F on A {{ {'b { ...F } ' * 151} }}") == [("repeats", 150, 151)]


def test_fields_that_are_merged_repeat_each_other() -> None:
    assert found("{ " + ("a { " + "b " * 40 + "} ") * 4 + "}") == [("repeats", 150, 160)]
    assert found("{ " + " ".join(f"a{i} {{ {'b ' * 40} }}" for i in range(4)) + " }") == []
    named = f"{{ a {{ {'x: b ' * 76} {'... on A { x: c } ' * 75} }} }}"
    assert found(named, only("repeats")) == [("repeats", 150, 151)]
    several = "... { b } " * 76 + "...F ...F ...F"
    assert found(f"{{ a {{ {several} }} }} fragment F on A {{ {'b ' * 74} }}") == []
    assert found(f"{{ a {{ {several} }} }} fragment F on A {{ {'b ' * 75} }}") == [("repeats", 150, 151)]


def test_all_that_is_repeated_makes_pairs() -> None:
    assert found(f"{{ a {{ {'b { c } ' * 150} }} }}") == []
    assert found(f"{{ a {{ {'b { c d } ' * 150} }} }}") == [("repeated_pairs", 22_500, 33_525)]


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("{ " + "a " * 4_998 + "}", None),
        ("{ " + "a " * 4_999 + "}", ("tokens", 5_000, 5_001)),
        ("#\n" * 5_000 + "{ a }", None),
        ("#\n" * 5_001 + "{ a }", ("tokens", 5_000, 5_001)),
        ("{ a }" + " " * 99_995, None),
        ("{ a }" + " " * 99_996, ("characters", 100_000, 100_001)),
        (f"{{ {nested('a', 300, 'b')} }}", ("nesting", 100, 101)),
        (f"{{ a(where: {'[' * 300}{']' * 300}) }}", ("nesting", 100, 101)),
    ],
)
def test_the_text_has_limits(text: str, limit: tuple[str, int, int] | None) -> None:
    if limit is None:
        assert isinstance(parse_document(text, LIMITS), DocumentNode)
        return
    with pytest.raises(GraphQLError) as refused:
        parse_document(text, LIMITS)
    assert told(refused.value) == limit
    assert refused.value.__context__ is None  # it would keep the parser's frames


TOKENS = st.sampled_from(
    [
        *"!$&(:=@[]{|})",
        "...",
        "name",
        "_1",
        "12",
        "-0.5e+7",
        '"a # \\" \\\\"',
        '""',
        '""" " "" \\""" # \n"""',
        "# a",
    ]
)


@given(st.lists(TOKENS, max_size=60))
def test_tokens_are_those_of_the_lexer(tokens: list[str]) -> None:
    text = "\n".join(tokens) + ", \ufeff\n"
    lexer, count = Lexer(Source(text)), 0
    while lexer.advance().kind is not TokenKind.EOF:
        count += 1
    count = max(count, tokens.count("# a"))
    assert not refuses_tokens(text, count)
    assert not count or refuses_tokens(text, count - 1)


def refuses_tokens(text: str, most: int) -> bool:
    try:
        parse_document(text, dataclasses.replace(LIMITS, tokens=most))
    except GraphQLError as error:
        return bool(error.extensions) and told(error)[0] == "tokens"
    return False


def test_texts_without_end_are_read_once() -> None:
    for text in ('"""\\' * 20_000, '"' * 99_000, '"""' + '\\"""' * 20_000, "\\" * 99_000, "-" * 99_000):
        with pytest.raises(GraphQLError):
            parse_document(text, LIMITS)


def test_a_mistake_is_not_a_limit() -> None:
    with pytest.raises(GraphQLError, match=r"^Syntax Error: Expected") as refused:
        parse_document("{ a(b: 1) { c ... } } }", LIMITS)
    assert not refused.value.extensions


WHERE = "query ($w: F, $t: S) { a(where: $w) { b } }"


def test_values_of_variables_are_conditions() -> None:
    assert found(WHERE, w=conditions(10)) == []
    assert found(WHERE, w=conditions(11)) == [("where_depth", 10, 11)]
    assert found(WHERE, w={"or": [{"b": 1, "c": None}] * 100}) == []
    assert found(WHERE, w={"or": [{"b": 1, "c": None}] * 100 + [{}]}) == [("where_conditions", 200, 201)]


def test_variables_in_literals_are_what_their_values_are() -> None:
    within = f"query ($w: F, $t: S) {{ a(where: {literal(4, '$w')}, first: $t) {{ b }} }}"
    assert found(within, w=conditions(7), t=1) == []
    assert found(within, w=conditions(8), t=1) == [("where_depth", 10, 11)]
    beside = "query ($t: S, $u: [S]) { a(where: { c: $t, d: { in: $u }, e: [$t, $t] }) }"
    assert found(beside, only("where_conditions", where_conditions=4), t="x", u=["y"]) == []
    assert found(beside, only("where_conditions", where_conditions=3), t="x", u=["y"]) == [
        ("where_conditions", 3, 4)
    ]


def test_a_variable_counts_wherever_it_is_used() -> None:
    twice = "query ($w: F) { a(where: $w) { b } c { a(where: { and: [$w] }) { b } } }"
    assert found(twice, w={"or": [{}] * 100}) == []
    assert found(twice, w={"or": [{}] * 101}) == [("where_conditions", 200, 202)]
    assert found("query ($w: F) { a(first: 5) }", w=conditions(100)) == []


def test_the_default_of_a_variable_counts_where_it_is_not_given() -> None:
    deep = f"query ($w: F = {literal(11)}, $v: F) {{ a(where: $w) b(where: $v) }}"
    assert found(deep) == [("where_depth", 10, 11)]
    document = parse(deep)
    assert check_variables(document, {"w": {"b": 1}, "v": {"c": 1}}, LIMITS) == []


def test_fifty_plain_values_in_a_list_are_one_condition() -> None:
    assert found(WHERE, w={"url": {"in": ["x"] * 10_000}}) == []
    assert found(WHERE, w={"url": {"in": ["x"] * 10_001}}) == [("where_conditions", 200, 201)]
    assert found(f"{{ a(where: {{ b: {{ in: [{'1 ' * 4_000}] }} }}) }}") == []
    few = only("where_conditions", where_conditions=79)
    assert found(f"{{ a(where: {{ b: {{ in: [{'1 ' * 4_000}] }} }}) }}", few) == [
        ("where_conditions", 79, 80)
    ]


def test_plain_arguments_are_no_conditions() -> None:
    many = " ".join(f'a{i}: a(first: {i}, after: "x", by: Y, z: null)' for i in range(50))
    assert found(f"{{ {many} }}", only("where_conditions", where_conditions=0)) == []


def test_the_cost_has_a_code_of_its_own() -> None:
    assert check_cost(Cost(200_000, 500, slow=False), LIMITS) == []
    (error,) = check_cost(Cost(200_001, 0, slow=False), LIMITS)
    assert told(error) == ("cost", 200_000, 200_001)
    assert error.extensions is not None
    assert error.extensions["code"] == "COST_LIMIT_EXCEEDED"


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda hostile: hostile.name)
def test_hostile_queries_take_no_memory(hostile: Hostile) -> None:
    for thread in threading.enumerate():
        if thread.name == "prepare":  # of servers in tests before: what they compute would be counted
            thread.join()
    tracemalloc.start()
    try:
        refused = first_refusal(hostile)
        gc.collect()  # tokens point at each other
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    if hostile.code == LIMIT:
        assert refused is not None
        assert told(refused)[0] == hostile.limit
    else:
        assert refused is None or not refused.extensions
    assert peak < 6_000_000
    assert held < 100_000


def first_refusal(hostile: Hostile) -> GraphQLError | None:
    try:
        document = parse_document(hostile.query, LIMITS)
    except GraphQLError as error:
        return error.with_traceback(None)
    errors = check_document(document, LIMITS) or check_variables(document, hostile.variables, LIMITS)
    return GraphQLError(errors[0].message, extensions=errors[0].extensions) if errors else None


def test_a_smaller_page_size_is_a_limit_too() -> None:
    limits = Limits(page_size=50)
    assert check_cost(Cost(1, 50, slow=False), limits) == []
    (error,) = check_cost(Cost(1, 51, slow=False), limits)
    assert error.extensions == {"code": "LIMIT_EXCEEDED", "limit": "page_size", "maximum": 50, "actual": 51}


def test_there_are_hostile_queries_of_every_kind() -> None:
    assert len(HOSTILE) >= 25
    assert len({hostile.name for hostile in HOSTILE}) == len(HOSTILE)
    counted = {field.name for field in dataclasses.fields(Limits)}
    assert {hostile.limit for hostile in HOSTILE} - {None} == counted - {
        "body",
        "page_size",
        "nodes",
        "deadline",
    }


SPREADS = st.lists(
    st.lists(st.tuples(st.sampled_from(("beside", "below")), st.integers(1, 6)), max_size=4),
    min_size=1,
    max_size=6,
)


@given(SPREADS)
def test_counting_equals_writing_out(fragments: list[list[tuple[str, int]]]) -> None:
    used = {0}

    def body(number: int, *, written_out: bool) -> str:
        """A fragment's selections: it spreads later ones only, so there are no cycles."""
        parts = ["x: b"]
        for place, further in fragments[number]:
            if (target := number + further) < len(fragments):
                used.add(target)
                inner = body(target, written_out=True) if written_out else f"...F{target}"
                parts.append(f"c {{ {inner} }}" if place == "below" else f"... on A {{ {inner} }}")
        return " ".join(parts)

    written_out = f"{{ a {{ {body(0, written_out=True)} }} }}"
    spread = "{ a { ...F0 } } " + " ".join(
        f"fragment F{number} on A {{ {body(number, written_out=False)} }}" for number in sorted(used)
    )
    nothing = dataclasses.replace(LIMITS, depth=0, fields=0, aliases=0, root_fields=0)
    counts = [
        {limit: actual for limit, _, actual in found(query, nothing) if getattr(nothing, limit) == 0}
        for query in (spread, written_out)
    ]
    assert counts[0] == counts[1]
    assert counts[0].keys() == {"depth", "fields", "aliases", "root_fields"}


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ({"cost": -1}, "cost must not be negative, got -1"),
        ({"deadline": -1.0}, "deadline must not be negative, got -1.0"),
        ({"page_size": 501}, "page_size must be at most 500, got 501"),
    ],
)
def test_a_limit_that_means_nothing_is_refused(limit: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Limits(**limit)
