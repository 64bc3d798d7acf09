"""The queries that are measured, and the articles that they begin with."""

from __future__ import annotations

import random
from dataclasses import dataclass

import orjson

import graph

CARD = "id title subject{name} url"
ONE = "query($u:String!){article(url:$u){title}}"
NESTED = (
    "query($u:String!){article(url:$u)"
    f"{{{CARD} related{{{CARD} related{{{CARD} related{{id title url}}}}}}}}}}"
)
LIST = "{articles(first:50){nodes{id title url date related{id title url}}}}"


@dataclass(frozen=True)
class Row:
    """One row of the tables: a query, and the urls that it is asked with in turn.

    Parameters
    ----------
    key, name
        In the measurements, and in what is printed.
    query
        The document.
    urls
        Values of its variable; none where it has none.
    """

    key: str
    name: str
    query: str
    urls: list[str]

    def bodies(self) -> list[bytes]:
        """The request bodies, one for each url."""
        if not self.urls:
            return [orjson.dumps({"query": self.query})]
        return [orjson.dumps({"query": self.query, "variables": {"u": url}}) for url in self.urls]


def tree_sizes(loaded: graph.KnowledgeGraph, depth: int) -> list[int]:
    """How many articles the answer to a nested query holds, for each article as its root."""
    related = [[linked.position for linked in article.related] for article in loaded.articles]
    sizes = [1] * len(related)
    for _ in range(depth):
        sizes = [1 + sum(sizes[linked] for linked in row) for row in related]
    return sizes


def rows_of(loaded: graph.KnowledgeGraph, count: int = 5000, seed: int = 7) -> list[Row]:
    """The rows, with roots drawn uniformly at random, none of them twice.

    Parameters
    ----------
    loaded
        The corpus.
    count
        How many roots.
    seed
        Of the draw.
    """
    chance = random.Random(seed)
    urls = [article.url for article in loaded.articles]
    linking = [article.url for article in loaded.articles if article.out_degree]
    sizes = tree_sizes(loaded, 3)
    largest = urls[sizes.index(max(sizes))]
    anywhere = chance.sample(urls, min(count, len(urls)))
    return [
        Row("one", "one article, title", ONE, anywhere),
        Row("largest", f"nested 3 levels, the largest tree ({max(sizes)} articles)", NESTED, [largest]),
        Row("random", "nested 3 levels, random roots", NESTED, anywhere),
        Row(
            "linking",
            "nested 3 levels, random roots with links",
            NESTED,
            chance.sample(linking, min(count, len(linking))),
        ),
        Row("list", "50 articles, their related", LIST, []),
    ]
