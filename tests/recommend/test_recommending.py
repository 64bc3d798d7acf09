"""What a reader is recommended: as many articles as asked for, none that was read, of copies one."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from library import Library

from graph.knowledge import Article, KnowledgeGraph
from graph.recommend import (
    Evidence,
    Ranking,
    Recommendation,
    StrategyError,
    TrainingGraph,
    recommender_of,
)
from graph.recommend.rows import Integers

from .scripted import MostLinked, Rankings, Tell, scripted, use


@pytest.fixture
def served(library: Library) -> KnowledgeGraph:
    """/a links to /b and /z; /q, /q2 and /q3 are one question, most link to /q3; /alone has no links."""
    library.write("a", "b", "z", subject="Baking")
    library.write("b", "q3", "c")
    library.write("c", "q3")
    library.write("d", "c")
    library.write("z", "q", subject="Baking")
    library.write("q", "a", subject="Roads", id=7)
    library.write("q2", subject="Baking", id=7)
    library.write("q3", subject="Roads", id=7)
    library.write("alone", subject="Seas")
    return library.load()


@pytest.fixture
def tell(served: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch) -> Tell:
    """Have a strategy rank what it is told to."""

    def tell(told: Rankings, *evidence: Evidence) -> Any:
        made = scripted(served, told, *evidence)
        use(monkeypatch, made)
        return made

    return tell


def recommended(
    served: KnowledgeGraph, *read: str, first: int = 3, exclude: tuple[str, ...] = (), **options: Any
) -> list[Recommendation]:
    left_out = [article(served, url) for url in exclude]
    options = {"strategy": "scripted", **options}
    return recommender_of(served).recommend(
        [article(served, url) for url in read], first, exclude=left_out, **options
    )


def article(served: KnowledgeGraph, url: str) -> Article:
    found = served.article(url)
    assert found is not None
    return found


def urls(found: list[Recommendation]) -> list[str]:
    return [r.article.url for r in found]


def test_a_strategys_ranking_is_given_as_articles(served: KnowledgeGraph, tell: Tell) -> None:
    tell({"/a": ["/d", "/c", "/alone"]})
    found = recommended(served, "/a")
    assert urls(found) == ["/d", "/c", "/alone"]
    assert [r.rank for r in found] == [1, 2, 3]
    assert [r.score for r in found] == [3, 2, 1]
    assert {r.strategy for r in found} == {"scripted"}
    assert all(1 <= len(r.reasons) <= 3 for r in found)
    assert urls(recommended(served, "/a", first=2)) == ["/d", "/c"]
    assert recommended(served, "/a", first=0) == []


def test_what_is_read_and_what_it_links_to_is_not_recommended(served: KnowledgeGraph, tell: Tell) -> None:
    tell({"/a": ["/a", "/b", "/z", "/d"]})
    assert urls(recommended(served, "/a", first=1)) == ["/d"]
    assert urls(recommended(served, "/a", first=3, include_linked=True)) == ["/b", "/z", "/d"]


def test_copies_of_what_is_left_out_are_left_out(served: KnowledgeGraph, tell: Tell) -> None:
    tell({"/q": ["/q2", "/q3", "/a", "/c"], "/b": ["/q", "/q2", "/d"], "/d": ["/q2", "/a"]})
    assert urls(recommended(served, "/q2", first=1)) == ["/a"]  # its own copies
    assert urls(recommended(served, "/b", first=1)) == ["/d"]  # it links to /q3
    assert urls(recommended(served, "/d", first=1, exclude=("/q3",))) == ["/a"]
    for url in ("/q", "/q2", "/q3"):
        everything = urls(recommended(served, url, first=9, include_duplicates=True, include_linked=True))
        assert set(everything) == {"/a", "/b", "/c", "/d", "/z", "/alone"}


def test_only_an_articles_own_links_count_as_links_that_it_has(served: KnowledgeGraph, tell: Tell) -> None:
    tell({"/q": ["/a"]})
    assert urls(recommended(served, "/q", first=1)) != ["/a"]
    assert urls(recommended(served, "/q2", first=1)) == ["/a"]


def test_of_a_questions_copies_one_is_given(served: KnowledgeGraph, tell: Tell) -> None:
    tell({"/a": ["/q", "/d"], "/alone": ["/q", "/d"]})
    assert urls(recommended(served, "/a", first=2)) == ["/q2", "/d"]  # the one in its subject
    assert urls(recommended(served, "/alone", first=2)) == ["/q3", "/d"]  # the one that most link to


def test_to_have_no_subject_is_nothing_in_common(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.write("a", "b")
    library.write("b", "r2")
    library.write("r", id=8)
    library.write("r2", id=8, subject="Seas")
    served = library.load()
    use(monkeypatch, scripted(served, {"/a": ["/r"]}))
    assert urls(recommended(served, "/a", first=1)) == ["/r2"]


def test_every_copy_is_given_where_asked_for(served: KnowledgeGraph, tell: Tell) -> None:
    tell({"/a": ["/d", "/q", "/c"]})
    found = recommended(served, "/a", first=4, include_duplicates=True)
    assert urls(found) == ["/d", "/q2", "/q3", "/q"]
    assert [r.rank for r in found] == [1, 2, 3, 4]
    assert [r.score for r in found] == [3, 2, 2, 2]


def test_where_a_strategy_knows_too_few_others_fill_up(served: KnowledgeGraph, tell: Tell) -> None:
    tell({"/alone": ["/d"]})
    found = recommended(served, "/alone", first=100)
    assert [(r.article.url, r.strategy) for r in found] == [
        ("/d", "scripted"),
        ("/q3", "popular"),
        ("/c", "popular"),
        ("/a", "popular"),
        ("/b", "popular"),
        ("/z", "popular"),
    ]
    assert found[1].reasons[0] == "2 articles link to it, more than to any other in Roads"
    none = recommended(served, "/a", first=100)
    assert [(r.article.url, r.strategy) for r in none] == [
        ("/q2", "popular"),
        ("/c", "popular"),
        ("/alone", "random"),
        ("/d", "random"),
    ]
    assert none[2].reasons[0] == "picked at random"


def test_a_strategy_that_gives_what_it_must_not_is_not_trusted(
    served: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Careless(MostLinked):
        name = "careless"

        def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
            return Ranking(np.array([item, item, 1], np.int32), np.array([3.0, 2.0, 1.0]))

    use(monkeypatch, Careless)
    found = recommended(served, "/a", first=3, strategy="careless")
    assert len(set(urls(found))) == 3
    assert "/a" not in urls(found)


def test_for_a_history_the_rankings_are_merged(served: KnowledgeGraph, tell: Tell) -> None:
    tell({"/a": ["/c", "/d"], "/alone": ["/d", "/c", "/q"], "/z": ["/d"]})
    found = recommended(served, "/a", "/alone", "/z", first=9)
    assert [(r.article.url, r.strategy) for r in found] == [
        ("/d", "scripted"),
        ("/c", "scripted"),
    ]
    assert [r.score for r in found] == pytest.approx([2 / 61 + 1 / 62, 1 / 61 + 1 / 62], rel=1e-6)
    assert urls(recommended(served, "/a", "/alone", first=3, include_linked=True)) == ["/c", "/d", "/q2"]


def test_a_question_that_was_read_twice_counts_once(served: KnowledgeGraph, tell: Tell) -> None:
    tell({"/q": ["/c"], "/alone": ["/d", "/c"], "/d": ["/b", "/alone"]})
    once = recommended(served, "/q", "/alone", first=2)
    twice = recommended(served, "/q", "/q3", "/q", "/alone", "/alone", first=2)
    assert [(r.article.url, r.score) for r in once] == [(r.article.url, r.score) for r in twice]


def test_the_same_article_read_twice_is_one_article(served: KnowledgeGraph, tell: Tell) -> None:
    tell({"/a": ["/d"]})
    assert recommended(served, "/a", "/a", first=1) == recommended(served, "/a", first=1)


def test_a_strategy_is_fitted_once_and_when_it_is_asked_for(served: KnowledgeGraph, tell: Tell) -> None:
    made = tell({"/a": ["/d"]})
    assert recommended(served, "/a", first=0) == []
    assert made.fits == 0
    barrier = threading.Barrier(4)

    def ask() -> None:
        barrier.wait()
        recommended(served, "/a")

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.fits == 1


def test_a_fit_that_failed_is_tried_again(served: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch) -> None:
    class Moody(MostLinked):
        name = "moody"
        is_able = False

        def fit(self, graph: TrainingGraph) -> None:
            if not self.is_able:
                raise MemoryError
            super().fit(graph)

    use(monkeypatch, Moody)
    with pytest.raises(MemoryError):
        recommended(served, "/a", strategy="moody")
    Moody.is_able = True
    assert recommended(served, "/a", strategy="moody")


def test_an_unknown_strategy_is_an_error_that_lists_the_known(served: KnowledgeGraph, tell: Tell) -> None:
    tell({})
    message = "unknown strategy 'scriptet'; did you mean 'scripted'\\?; known are: scripted, popular, random"
    for first in (0, 3):
        with pytest.raises(StrategyError, match=message):
            recommended(served, "/a", first=first, strategy="scriptet")
    with pytest.raises(StrategyError, match="unknown strategy ''"):
        recommended(served, "/a", strategy="")


def test_no_article_and_a_negative_number_are_refused(served: KnowledgeGraph, tell: Tell) -> None:
    tell({})
    with pytest.raises(ValueError, match="articles must hold at least one"):
        recommended(served)
    with pytest.raises(ValueError, match="first must not be negative, got -1"):
        recommended(served, "/a", first=-1)
