"""Queries that are out to bring a server down, and how each is to be refused."""

from __future__ import annotations

from typing import Any, NamedTuple


class Hostile(NamedTuple):
    """A request; the code of its first error, and the limit that this names where it is one of a limit."""

    name: str
    query: str
    variables: dict[str, Any]
    code: str
    limit: str | None = None


def nested(field: str, levels: int, innermost: str) -> str:
    return f"{field} {{ " * levels + innermost + " }" * levels


def conditions(levels: int) -> Any:
    """A filter as JSON, this many objects deep."""
    where: Any = {"noIndex": True}
    for _ in range(levels - 1):
        where = {"and": [where]}
    return where


def literal(levels: int, innermost: str = "{ noIndex: true }") -> str:
    """The same as a literal."""
    return "{ and: [" * (levels - 1) + innermost + "] }" * (levels - 1)


def lists(levels: int) -> Any:
    """Lists in lists."""
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


def chain(count: int, link: str, last: str = "url") -> str:
    """Fragments F0, F1 ...; `link` holds NEXT for the name of the next."""
    fragments = [f"fragment F{i} on Article {{ {link.replace('NEXT', f'F{i + 1}')} }}" for i in range(count)]
    return " ".join([*fragments, f"fragment F{count} on Article {{ {last} }}"])


N = "query ($n: Int)"
ARTICLE = 'article(url: "/a")'
WHERE = "query ($w: ArticleFilter) { articles(where: $w) { totalCount } }"
ORDER = "query ($o: [ArticleOrder!]) { articles(orderBy: $o) { totalCount } }"
TEXTS = "id url slug number title question date author score noIndex file inDegree outDegree readingMinutes"
WHOLE_SCHEMA = (
    "fragment S on __Schema { types { name fields { name args { name type { ...T } } type { ...T } } } }"
    " fragment T on __Type { name kind ofType { name kind ofType { name kind } } }"
)

LIMIT = "LIMIT_EXCEEDED"
COST = "COST_LIMIT_EXCEEDED"
PARSE = "GRAPHQL_PARSE_FAILED"
INVALID = "GRAPHQL_VALIDATION_FAILED"
INPUT = "BAD_USER_INPUT"

HOSTILE = [
    # deep
    Hostile("deep", f"{{ {ARTICLE} {{ {nested('related', 15, 'url')} }} }}", {}, LIMIT, "depth"),
    Hostile("too deep to parse", f"{{ {nested('a', 1_500, 'b')} }}", {}, LIMIT, "nesting"),
    Hostile(
        "deep by fragments",
        f"{{ {ARTICLE} {{ ...F0 }} }} {chain(90, 'related { ...NEXT }')}",
        {},
        LIMIT,
        "depth",
    ),
    Hostile(
        "fragments in fragments", f"{{ {ARTICLE} {{ ...F0 }} }} {chain(300, '...NEXT')}", {}, LIMIT, "nesting"
    ),
    Hostile(
        "inline fragments in each other",
        f"{{ {ARTICLE} {{ {nested('... on Article', 150, 'url')} }} }}",
        {},
        LIMIT,
        "nesting",
    ),
    # wide
    Hostile(
        "wide",
        "{ "
        + " ".join(f"a{i}: {ARTICLE} {{ ...W }}" for i in range(40))
        + f" }} fragment W on Article {{ {TEXTS} subject {{ id name slug articleCount }}"
        " seo { title description keywords } duplicates { id url title } }",
        {},
        LIMIT,
        "fields",
    ),
    Hostile(
        "many operations",
        " ".join(f"query Q{i} {{ graph {{ version density }} }}" for i in range(400)),
        {},
        LIMIT,
        "fields",
    ),
    Hostile(
        "aliases",
        "{ graph { " + " ".join(f"a{i}: version" for i in range(800)) + " } }",
        {},
        LIMIT,
        "aliases",
    ),
    Hostile(
        "root fields",
        "{ " + " ".join(f"a{i}: articles(first: 500) {{ totalCount }}" for i in range(51)) + " }",
        {},
        LIMIT,
        "root_fields",
    ),
    # repeated
    Hostile("repeated fields", "{ graph { " + "version " * 900 + "} }", {}, LIMIT, "repeats"),
    Hostile("repeated objects", "{ " + "subjects { name } " * 500 + "}", {}, LIMIT, "repeats"),
    Hostile(
        "repeated objects with repeated fields",
        "{ " + ("subjects { " + "name " * 31 + "} ") * 31 + "}",
        {},
        LIMIT,
        "repeats",
    ),
    Hostile(
        "repeated objects in repeated objects",
        f"{{ {ARTICLE} {{ {(nested('related', 5, 'url') + ' ') * 150} }} }}",
        {},
        LIMIT,
        "repeated_pairs",
    ),
    # fragments
    Hostile("cycle of one", f"{{ {ARTICLE} {{ ...A }} }} fragment A on Article {{ ...A url }}", {}, INVALID),
    Hostile(
        "cycle through fields",
        f"{{ {ARTICLE} {{ ...A }} }} fragment A on Article {{ related {{ ...B }} }}"
        " fragment B on Article { relatedBy { ...A } url }",
        {},
        INVALID,
    ),
    Hostile(
        "cycle with repeated fields",
        f"{{ {ARTICLE} {{ ...A }} }} fragment A on Article {{ {'related { ...A } ' * 400}}}",
        {},
        LIMIT,
        "repeats",
    ),
    Hostile(
        "exponential spreads",
        f"{{ {ARTICLE} {{ ...F0 }} }} {chain(60, '...NEXT ...NEXT ...NEXT')}",
        {},
        LIMIT,
        "fields",
    ),
    Hostile(
        "exponential fields",
        f"{{ {ARTICLE} {{ ...F0 }} }} {chain(13, 'a: related { ...NEXT } b: related { ...NEXT }')}",
        {},
        LIMIT,
        "fields",
    ),
    Hostile(
        "exponential and deep",
        f"{{ {ARTICLE} {{ ...F0 }} }} {chain(60, 'a: related { ...NEXT } b: related { ...NEXT }')}",
        {},
        LIMIT,
        "depth",
    ),
    # directives
    Hostile(
        "@skip on many fields",
        "{ graph { " + "version @skip(if: true) " * 140 + "} }",
        {},
        LIMIT,
        "directives",
    ),
    Hostile(
        "@skip on one field", "{ graph { version " + "@skip(if: true) " * 700 + "} }", {}, LIMIT, "directives"
    ),
    Hostile("unknown directives", "{ graph { version " + "@a " * 2_000 + "} }", {}, LIMIT, "directives"),
    # numbers and text
    Hostile("huge integer", f"{{ articles(first: {10**30}) {{ totalCount }} }}", {}, INVALID),
    Hostile("endless integer", f"{{ articles(first: {'9' * 50_000}) {{ totalCount }} }}", {}, INVALID),
    Hostile(
        "huge integer in a variable",
        N + " { articles(first: $n) { totalCount } }",
        {"n": 2**62},
        INPUT,
    ),
    Hostile("emoji for a document", "\N{PILE OF POO}" * 40_000, {}, PARSE),
    Hostile(
        "names with combining marks", "{ " + "a" + "\N{COMBINING ACUTE ACCENT}" * 50_000 + " }", {}, PARSE
    ),
    Hostile(
        "a long text",
        f'{{ article(url: "{"ß" * 150_000}") {{ url }} }}',
        {},
        LIMIT,
        "characters",
    ),
    Hostile("tokens", "{ " + "a " * 20_000 + "}", {}, LIMIT, "tokens"),
    Hostile("comments", "#\n" * 40_000 + "{ graph { version } }", {}, LIMIT, "tokens"),
    Hostile("nothing but commas", "," * 900_000 + "{ graph { version } }", {}, LIMIT, "characters"),
    # conditions
    Hostile("deep where", f"{{ articles(where: {literal(60)}) {{ totalCount }} }}", {}, LIMIT, "where_depth"),
    Hostile("deep where in a variable", WHERE, {"w": conditions(400)}, LIMIT, "where_depth"),
    Hostile(
        "deep where in a variable in a literal",
        f"query ($w: ArticleFilter!) {{ articles(where: {literal(7, '$w')}) {{ totalCount }} }}",
        {"w": conditions(7)},
        LIMIT,
        "where_depth",
    ),
    Hostile(
        "wide where",
        "{ articles(where: { or: [" + "{ noIndex: true } " * 900 + "] }) { totalCount } }",
        {},
        LIMIT,
        "where_conditions",
    ),
    Hostile("wide where in a variable", WHERE, {"w": {"or": [{}] * 100_000}}, LIMIT, "where_conditions"),
    Hostile(
        "a variable used again and again",
        "query ($w: ArticleFilter) { "
        + " ".join(f"a{i}: articles(where: $w) {{ totalCount }}" for i in range(50))
        + " }",
        {"w": {"or": [{"noIndex": True}] * 100}},
        LIMIT,
        "where_conditions",
    ),
    Hostile("many values", WHERE, {"w": {"number": {"in": list(range(100_000))}}}, LIMIT, "where_conditions"),
    Hostile("lists in lists", ORDER, {"o": lists(800)}, LIMIT, "where_depth"),
    Hostile("a long order", ORDER, {"o": [{"field": "URL"}] * 20_000}, LIMIT, "where_conditions"),
    # introspection
    Hostile(
        "introspection in itself",
        "{ __schema { types { " + "fields { type { " * 12 + "name" + " } }" * 12 + " } } }",
        {},
        LIMIT,
        "introspection_depth",
    ),
    Hostile(
        "introspection again and again",
        "{ " + " ".join(f"a{i}: __schema {{ ...S }}" for i in range(30)) + f" }} {WHOLE_SCHEMA}",
        {},
        COST,
        "cost",
    ),
    # costly
    Hostile(
        "billions of nodes",
        f"{{ articles(first: 500) {{ nodes {{ {nested('related', 12, 'url')} }} }} }}",
        {},
        COST,
        "cost",
    ),
    Hostile(
        "billions of nodes by variables",
        N + " { articles(first: $n) { nodes { related(first: $n) { related(first: $n) { url } } } } }",
        {"n": 500},
        COST,
        "cost",
    ),
]
