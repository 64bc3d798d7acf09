"""Search over a real corpus: what titles find, phrases against a plain scan, a mark in every highlight."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from graph.knowledge import KnowledgeGraph
from graph.search import SearchIndex, highlight, index_of
from graph.search.markup import without_hidden_words
from graph.search.words import STOP_WORDS, fold, split_words

pytestmark = pytest.mark.corpus


@pytest.fixture(scope="module")
def index(loaded: KnowledgeGraph) -> SearchIndex:
    return index_of(loaded)


def fragments(titles: list[str], count: int) -> Iterator[str]:
    """1 to 4 words of random titles, the last one cut at any letter."""
    chance = random.Random(7)
    for _ in range(count):
        words = chance.choice(titles).split()
        length = chance.randint(1, 4)
        start = chance.randrange(max(1, len(words) - length + 1))
        *whole, last = words[start : start + length]
        yield " ".join([*whole, last[: chance.randint(1, len(last))]])


def test_a_title_finds_its_article(loaded: KnowledgeGraph, index: SearchIndex) -> None:
    titles = loaded.columns.title
    chance = random.Random(1)
    for position in chance.sample(range(len(titles)), 500):
        first = index.search(titles[position]).positions[:10]
        assert titles[position].casefold() in {titles[other].casefold() for other in first}


def test_some_words_of_a_title_find_its_article(loaded: KnowledgeGraph, index: SearchIndex) -> None:
    titles = loaded.columns.title
    chance = random.Random(2)
    found = tried = 0
    while tried < 500:
        position = chance.randrange(len(titles))
        words = [word for word in split_words(titles[position]) if fold(word) not in STOP_WORDS]
        if len(words) >= 4:
            tried += 1
            places = sorted(chance.sample(range(len(words)), 3))
            query = " ".join(words[place] for place in places)
            found += position in index.search(query).positions[:10]
    assert found >= 450


def test_what_is_found_while_a_title_is_typed_never_runs_dry(
    loaded: KnowledgeGraph, index: SearchIndex
) -> None:
    for title in random.Random(3).sample(loaded.columns.title, 20):
        for length in range(1, len(title) + 1):
            if any(map(str.isalnum, title[:length])):
                assert len(index.search(title[:length]).positions), title[:length]


def test_phrases_against_a_scan_of_all_texts(loaded: KnowledgeGraph, index: SearchIndex) -> None:
    rows = []
    for article in loaded.articles:
        question = article.question or ""
        pieces = [article.title, *article.keywords, without_hidden_words(article.answer or "")]
        pieces += [question] if question.casefold() != article.title.casefold() else []
        rows.append(" | ".join(" ".join(map(fold, split_words(piece))) for piece in pieces))
    texts = [f" {row} " for row in rows]
    chance = random.Random(4)
    for _ in range(40):
        words = [fold(word) for word in split_words(chance.choice(loaded.columns.title))]
        length = chance.randint(2, 3)
        start = chance.randrange(max(1, len(words) - length + 1))
        phrase = " ".join(words[start : start + length])
        expected = [position for position, text in enumerate(texts) if f" {phrase} " in text]
        assert sorted(index.search(f'"{phrase}"').positions.tolist()) == expected, phrase


def test_every_hit_shows_a_mark(loaded: KnowledgeGraph, index: SearchIndex) -> None:
    for query in fragments(loaded.columns.title, 300):
        matches = index.search(query)
        for position in matches.positions[:20]:
            shown = highlight(loaded.articles[int(position)], matches)
            assert "<mark>" in shown, (query, shown)
            assert len(shown.replace("<mark>", "").replace("</mark>", "")) < 600
