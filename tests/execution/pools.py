"""Values for arguments and conditions, drawn from a graph's own content, with wrong ones beside them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from graph.knowledge import KnowledgeGraph
from graph.recommend import strategies

from .reference import Reference

LINKING = 200
OTHERS = 60
"""Articles that values are taken from: so many that link to several, and so many of all others."""

ORDERS: Sequence[list[dict[str, str]]] = (
    [],
    [{"field": "URL"}],
    [{"field": "URL", "direction": "DESC"}],
    [{"field": "TITLE", "direction": "ASC"}],
    [{"field": "DATE", "direction": "DESC"}],
    [{"field": "NUMBER"}],
    [{"field": "SUBJECT"}, {"field": "TITLE", "direction": "DESC"}],
    [{"field": "IN_DEGREE", "direction": "DESC"}],
    [{"field": "OUT_DEGREE"}, {"field": "DATE", "direction": "ASC"}],
    [{"field": "PAGERANK", "direction": "DESC"}],
    [{"field": "READING_MINUTES", "direction": "DESC"}, {"field": "NUMBER", "direction": "DESC"}],
)
"""Orders for which there are cursors."""

_VALUES = """query ($urls: [String!]!) {
  articles(where: {url: {in: $urls}}, first: 500) {
    nodes {
      id url title author number score date keywords inDegree outDegree answer(format: TEXT)
      subject { name slug id } component { id } community { id } problems { code }
      danglingReferences { field } related(first: 3) { url }
    }
  }
}"""

_CURSORS = """query ($url: String!, $slug: String!) {
  subject(slug: $slug) { articles(first: 4) { ...C } }
  article(url: $url) {
    relatedConnection(first: 4) { ...C }
    component { articles(first: 4) { ...C } }
  }
  graph {
    orphans(first: 4) { ...C } deadEnds(first: 4) { ...C } isolated(first: 4) { ...C }
    components(first: 4) { edges { cursor } } communities(first: 4) { edges { cursor } }
    danglingReferences(first: 4) { edges { cursor } } problems(first: 4) { edges { cursor } }
  }
}
fragment C on ArticleConnection { edges { cursor } }
"""
_ORDERED = "query ($order: [ArticleOrder!]) { articles(first: 200, orderBy: $order) { edges { cursor } } }"
_SEARCHED = "query ($text: String!) { search(query: $text, first: 3) { edges { cursor } } }"

WRONG: Mapping[str, Sequence[Any]] = {
    "Int": [-1, 0, 501, 10_001, 2**31 - 1, -(2**31)],
    "Float": [-1.5, 1e300, 0, 7],
    "String": ["", " ", "no-such-thing", "é🙂\u2028", 'a "quoted" \\ text\n', "<b>&", "x" * 60, "$v1"],
    "ID": ["", "no id", "QXJ0aWNsZTovbm93aGVyZQ", "QXJ0aWNsZQ", "X" * 50, 7, "Q29tcG9uZW50OldFQUs6L25v"],
    "Boolean": [True, False],
    "Date": ["1900-01-01", "9999-12-31", "2024-02-29"],
}
"""Values of the right type that are out of range, or name nothing."""

ILL_TYPED: Mapping[str, Sequence[Any]] = {
    "Int": ["1", 2**31, 1.5, True, [[1]], {}],
    "Float": ["1.5", True, {}, [[1.5]]],
    "String": [7, 1.5, True, {}, [["a"]]],
    "ID": [1.5, True, {}],
    "Boolean": ["true", 1, 0, {}],
    "Date": ["2024-2-1", "20240201", "", 2024, "2024-02-30", True],
}
"""Values that cannot be coerced."""


@dataclass(frozen=True, slots=True)
class Pools:
    """What arguments and conditions can be given, by their names.

    Parameters
    ----------
    values
        Values by the name of an argument or a condition.
    cursors
        Cursors by `cursor_key`.
    always
        Arguments that are always given: without them an operation on a large graph takes seconds.
    """

    values: dict[str, list[Any]]
    cursors: dict[str, list[str]] = field(default_factory=dict)
    always: frozenset[str] = frozenset()

    def cursor(self, random: Random, name: str, order: object) -> str:
        """A cursor that most likely fits a field and what is asked of it."""
        fitting = self.cursors.get(cursor_key(name, order)) or self.cursors.get(cursor_key("", order))
        if not fitting or random.random() < 0.1:
            fitting = random.choice([*self.cursors.values()])
        return random.choice(fitting)


def cursor_key(name: str, order: object) -> str:
    """The key of a field's cursors in an order, or for a search; without name, of all lists of articles."""
    return f"{name} {json.dumps(order or [])}"


def pools_of(reference: Reference, served: KnowledgeGraph, *, seed: int = 1, large: bool = False) -> Pools:
    """The values that a graph's content offers.

    Parameters
    ----------
    reference
        Answers the queries for them.
    served
        The graph.
    seed
        Which of its articles.
    large
        Whether it is so large that only some strategies can be fitted in a test, and lists must be cut.
    """
    random = Random(seed)
    articles = reference.data(_VALUES, urls=_some_urls(served, random))["articles"]["nodes"]
    random.shuffle(articles)
    subjects = [article["subject"] for article in articles if article["subject"]]
    groups = {name: _known((a[name] for a in articles), "id") for name in ("component", "community")}
    odd = [
        a for a in articles if a["problems"] or a["danglingReferences"] or not (a["subject"] and a["date"])
    ]
    articles += odd * (len(articles) // 3 // max(1, len(odd)))  # a fourth of what is drawn
    words = sorted({word for a in articles for word in (a["title"] + " " + (a["answer"] or "")).split()})
    words = random.sample(words, min(200, len(words)))
    linked = max(articles, key=lambda article: article["outDegree"])
    near = [linked["url"], *(other["url"] for other in linked["related"])]
    known = {name: _known(articles, name) for name in ("title", "author", "number", "score", "date")}
    urls = [article["url"] for article in articles]
    titles = known["title"] + [word for title in known["title"] for word in title.split()]
    values: dict[str, list[Any]] = {
        **known,
        **groups,
        **dict.fromkeys(("url", "urls", "exclude"), urls),
        **dict.fromkeys(("from", "to", "a", "b"), near * 4 + urls[:20]),
        **{name: _known(articles, name) for name in ("inDegree", "outDegree")},
        "title": titles,
        "id": [a["id"] for a in articles] + [*_known(subjects, "id"), *groups["component"]] * 3,
        "subject": _known(subjects, "name") + [name.upper() for name in _known(subjects, "name")],
        "slug": _known(subjects, "slug"),
        "keyword": sorted({keyword for a in articles for keyword in a["keywords"]}),
        "query": [*words[:9], *(word[:3] for word in words[9:18]), *titles[:9], f'"{titles[0]}"'],
        "orderBy": list(ORDERS),
        "strategy": [*strategies()] if not large else ["popular", "linked", "adamic-adar", "random"],
        "code": sorted({problem["code"] for a in articles for problem in a["problems"]}) or ["yaml-syntax"],
        "first": [0, 1, 1, 2, 2, 3, 4],
        "last": [0, 1, 2, 3],
        "limit": [0, 1, 5, 8],
        "offset": [0, 1, 2],
        "depth": [0, 1, 2],
        "k": [1, 2, 3],
        "length": [0, 1, 20, 80, 10_000],
        "name": ["Article", "Query", "Node", "ArticleFilter", "Direction", "Date", "Nothing"],
    }
    always = frozenset(("first", "limit", "strategy", "depth")) if large else frozenset[str]()
    return Pools(values, _cursors(reference, linked["url"], values), always)


def _some_urls(served: KnowledgeGraph, random: Random) -> list[str]:
    """The urls of articles, the most linked and those with problems among them."""
    linking = [article for article in served.articles if article.out_degree > 1]
    others = [article for article in served.articles if article.out_degree <= 1]
    chosen = random.sample(linking, min(LINKING, len(linking)))
    chosen += random.sample(others, min(OTHERS, len(others)))
    chosen += [hub.article for hub in served.hubs(first=5)]
    chosen += [article for article in (*linking, *others)[:10_000] if article.problems][:20]
    chosen += [reference.source for reference in served.dangling_references[:20]]
    return sorted({article.url for article in chosen})


def _known(records: Iterable[Mapping[str, Any]], name: str) -> list[Any]:
    return sorted({record[name] for record in records} - {None})


def _cursors(reference: Reference, url: str, values: Mapping[str, list[Any]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for order in ORDERS:
        edges = reference.data(_ORDERED, order=order)["articles"]["edges"]
        found[cursor_key("", order)] = [edge["cursor"] for edge in edges[::7]]
    for text in values["query"]:
        edges = reference.data(_SEARCHED, text=text)["search"]["edges"]
        found[cursor_key("search", text)] = [edge["cursor"] for edge in edges]
    data = reference.data(_CURSORS, url=url, slug=values["slug"][0])
    for name, cursors in _within(data):
        found.setdefault(cursor_key(name, []), []).extend(cursors)
    return {key: cursors for key, cursors in found.items() if cursors}


def _within(data: Mapping[str, Any]) -> Iterable[tuple[str, list[str]]]:
    """The cursors of each connection in a response, by the field's name."""
    for name, value in data.items():
        if isinstance(value, dict):
            if value.get("edges"):
                yield name, [edge["cursor"] for edge in value["edges"]]
            yield from _within(value)
