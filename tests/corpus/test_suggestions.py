"""Urls of the real corpus, damaged, and what is suggested for them; and where nothing should be."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from damage import Damage

from graph.columns import Columns
from graph.knowledge import KnowledgeGraph
from graph.suggestions import Suggester

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def suggester(loaded: KnowledgeGraph) -> Suggester:
    columns = loaded.columns
    return Suggester(columns.url, columns.title, columns.number)


def slug(url: str) -> str:
    return url.rsplit("/", 1)[1]


def outcomes(loaded: KnowledgeGraph, suggester: Suggester, seed: int, titled: bool) -> Counter[str]:
    """What is suggested for 500 damaged urls, in an article that links to the true one where any does.

    A copy is another article with the true one's slug, in another folder; strictly, it is wrong.
    """
    columns, counts = loaded.columns, Counter[str]()
    damage = Damage(columns.url, seed)
    for damaged in damage.draw(500):
        true = damaged.true
        source = int(next(iter(loaded.incoming[true]), -1))
        found = suggester.suggest(damaged.url, columns.title[true] if titled else None, None, source)
        if found is None:
            counts["none"] += 1
        elif found == true:
            counts["right"] += 1
            counts[f"right: {damaged.kind}"] += 1
        else:
            counts["copy" if slug(columns.url[found]) == slug(columns.url[true]) else "wrong"] += 1
    return counts


@pytest.mark.parametrize("titled", [False, True])
@pytest.mark.parametrize("seed", [2024, 2025, 2026])
def test_damaged_urls_are_recognised(
    loaded: KnowledgeGraph, suggester: Suggester, seed: int, titled: bool
) -> None:
    counts = outcomes(loaded, suggester, seed, titled)
    assert counts["right"] >= 450, counts
    assert counts["wrong"] + counts["copy"] <= 10, counts
    assert counts["right: case"] == counts["right: slash"] == 100, counts
    assert min(counts["right: typo"], counts["right: word"]) >= 80, counts


def without(columns: Columns, seed: int) -> tuple[list[int], Suggester]:
    """A twentieth of the articles, drawn at random, and a suggester that knows the others only."""
    count = len(columns.url)
    gone = sorted(Random(seed).sample(range(count), count // 20))
    left = sorted(set(range(count)) - set(gone))
    return gone, Suggester(
        [columns.url[p] for p in left],
        [columns.title[p] for p in left],
        [columns.number[p] for p in left],
    )


@pytest.mark.parametrize(("titled", "most"), [(False, 0.02), (True, 0)])
def test_an_article_that_is_gone_is_not_replaced_by_another(
    loaded: KnowledgeGraph, titled: bool, most: float
) -> None:
    columns = loaded.columns
    gone, suggester = without(columns, 2027)
    urls = [url for p, url in enumerate(columns.url) if p not in set(gone)]
    replaced = 0
    for true in gone:
        title = columns.title[true] if titled else None
        found = suggester.suggest(columns.url[true], title, None, -1)
        replaced += found is not None and slug(urls[found]) != slug(columns.url[true])
    assert replaced <= most * len(gone)


def test_the_real_references_that_lead_nowhere_name_articles_that_are_gone(
    loaded: KnowledgeGraph, suggester: Suggester
) -> None:
    references = loaded.dangling_references
    assert len(references) == 309
    assert {suggester.suggest(r.url, r.title, r.number, r.source.position) for r in references} == {None}
