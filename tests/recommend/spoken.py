"""Small graphs whose items say something."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from graph.recommend import Rows, Stems, Text, TrainingGraph
from graph.recommend.rows import offsets_of
from graph.recommend.training import Keep

from .small import Lists, rows_of


def spoken(
    texts: Sequence[Text], links: Lists | None = None, subjects: Lists | None = None, kept: Keep | None = None
) -> TrainingGraph:
    """A graph of items with these texts; words are what blanks part, a word of a single dot is a gap."""
    numbers: dict[str, int] = {".": 0}

    def stems(text: str) -> list[int]:
        return [numbers.setdefault(word, len(numbers)) for word in text.split()]

    title = [stems(text.title) for text in texts]
    keywords = [[stem for keyword in text.keywords for stem in (*stems(keyword), 0)] for text in texts]
    answer = [stems(text.answer) for text in texts]
    return TrainingGraph(
        rows_of(links or {}, len(texts)),
        rows_of(subjects or {}, len(texts)),
        lambda: Stems(_rows(title), _rows(keywords), _rows(answer), len(numbers)),
        texts.__getitem__,
        kept,
    )


def _rows(lists: Sequence[Sequence[int]]) -> Rows:
    sizes = np.array([len(some) for some in lists], np.int64)
    return Rows(offsets_of(sizes), np.array([stem for some in lists for stem in some], np.int32))


def random_texts(count: int, words: int, seed: int) -> list[Text]:
    """Texts of random words, w0 more often than w1, and so on; the last is empty."""
    random = np.random.default_rng(seed)
    chances = 1 / np.arange(2, words + 2)
    chances /= chances.sum()

    def some(most: int) -> str:
        return " ".join(f"w{word}" for word in random.choice(words, random.integers(most + 1), p=chances))

    return [
        *(Text(some(6), (some(2), some(3), some(1)), f"{some(12)} . {some(8)}") for _ in range(count - 1)),
        Text("", (), ""),
    ]


def planted_topics(topics: int, size: int, seed: int) -> tuple[TrainingGraph, list[list[int]]]:
    """A graph of topics, and the items of each.

    The items of a topic link among each other. Each has some of its topic's words, so two of them may share
    none; and many that have nothing to do with it, as rare as the others.
    """
    random = np.random.default_rng(seed)
    order = random.permutation(topics * size)
    members = [order[topic * size : (topic + 1) * size].tolist() for topic in range(topics)]
    texts = [Text("", (), "")] * len(order)
    links: dict[int, list[int]] = {}
    for topic, items in enumerate(members):
        for item in items:
            told = [f"topic{topic}.{word}" for word in random.choice(12, 3, replace=False)]
            other = [f"any{word}" for word in random.choice(topics * 4, 12, replace=False)]
            texts[item] = Text("", (), " . ".join(random.permutation(told + other)))
            links[item] = random.choice([i for i in items if i != item], 4, replace=False).tolist()
    return spoken(texts, links), members


def without_links_of(graph: TrainingGraph, items: Sequence[int]) -> TrainingGraph:
    """The same without any link to or from some items."""
    sources, targets = graph.outgoing.owners(), graph.outgoing.values
    of_them = np.isin(sources, items) | np.isin(targets, items)
    return graph.without(sources[of_them], targets[of_them])


def dense(rows: Rows, values: np.ndarray, width: int) -> np.ndarray:
    """Rows as a matrix that holds a value for each of their numbers."""
    matrix = np.zeros((len(rows), width))
    matrix[rows.owners(), rows.values] = values
    return matrix
