"""What was learned for an earlier graph serves a later one: by url, with what is new and gone left out."""

from __future__ import annotations

import gc
import weakref

import pytest
from library import Library

from graph.knowledge import KnowledgeGraph
from graph.recommend import DEFAULT, Recommender, recommender_of

from .scripted import Rankings, scripted, use


@pytest.fixture
def earlier(library: Library) -> KnowledgeGraph:
    for name in ("a", "b", "c", "d", "e"):
        library.write(name, answer=f"Text of {name}.")
    return library.load()


def follow(graph: KnowledgeGraph, later: KnowledgeGraph) -> Recommender:
    """The recommender of a later graph, with what was learned for one before."""
    recommender = recommender_of(later)
    recommender.expect(["scripted", DEFAULT], recommender_of(graph).for_later(recommender))
    return recommender


def told(graph: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch, rankings: Rankings) -> None:
    made = scripted(graph, rankings)
    use(monkeypatch, made)
    monkeypatch.setattr("graph.recommend.recommending.STAND_IN", "popular")
    recommender_of(graph).fitted("scripted")


def shown(recommender: Recommender, url: str, first: int = 9) -> list[tuple[str, str]]:
    article = recommender._graph.article(url)
    assert article is not None
    found = recommender.recommend([article], first, strategy="scripted")
    assert all(one.reasons for one in found)
    return [(one.article.url, one.strategy) for one in found]


def test_it_recommends_the_same_articles_whatever_their_positions_are_now(
    library: Library, earlier: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(earlier, monkeypatch, {"/b": ["/d", "/a", "/e"]})
    library.write("aa")
    library.write("cc")
    recommender = follow(earlier, library.load())
    assert shown(recommender, "/b", 3) == [("/d", "scripted"), ("/a", "scripted"), ("/e", "scripted")]
    assert not recommender.is_awaited("scripted")


def test_what_is_gone_is_not_recommended_and_others_fill_up(
    library: Library, earlier: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(earlier, monkeypatch, {"/b": ["/d", "/a", "/e"]})
    (library.folder / "d.md").unlink()
    recommender = follow(earlier, library.load())
    assert shown(recommender, "/b") == [("/a", "scripted"), ("/e", "scripted"), ("/c", "random")]


def test_what_is_new_is_served_by_others(
    library: Library, earlier: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(earlier, monkeypatch, {"/b": ["/d"]})
    library.write("new")
    recommender = follow(earlier, library.load())
    assert [strategy for _, strategy in shown(recommender, "/new", 2)] == ["random", "random"]


def test_what_an_article_links_to_by_now_is_left_out(
    library: Library, earlier: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(earlier, monkeypatch, {"/b": ["/d", "/a"]})
    library.write("b", "d")
    assert shown(follow(earlier, library.load()), "/b", 1) == [("/a", "scripted")]


def test_what_are_copies_by_now_is_one_recommendation(
    library: Library, earlier: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(earlier, monkeypatch, {"/b": ["/d", "/e", "/a"], "/c": ["/b", "/a"]})
    library.write("d", id=7)
    library.write("e", id=7)
    library.write("b", id=8)
    library.write("c", id=8)
    recommender = follow(earlier, library.load())
    assert [url for url, strategy in shown(recommender, "/b") if strategy == "scripted"] == ["/d", "/a"]
    assert "/b" not in dict(shown(recommender, "/c"))


def test_it_is_carried_over_several_graphs_while_nothing_new_is_learned(
    library: Library, earlier: KnowledgeGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(earlier, monkeypatch, {"/b": ["/d", "/a", "/e"]})
    graphs = [earlier]
    for change in ("0", "f"):
        library.write(change)
        (library.folder / ("e.md" if change == "f" else "c.md")).unlink()
        graphs.append(library.load())
        follow(graphs[-2], graphs[-1])
    found = shown(recommender_of(graphs[-1]), "/b")
    assert found[:2] == [("/d", "scripted"), ("/a", "scripted")]
    assert {url for url, _ in found} == {"/d", "/a", "/0", "/f"}


def test_it_does_not_keep_the_earlier_graph(library: Library) -> None:
    graphs = []
    for name in ("a", "b", "c"):
        library.write(name, answer=f"Text of {name}.")
        graphs.append(library.load())
        recommender = recommender_of(graphs[-1])
        if len(graphs) == 1:
            recommender.prepare()
        else:
            recommender.expect([DEFAULT], recommender_of(graphs[-2]).for_later(recommender))
    replaced = [weakref.ref(graph) for graph in graphs[:-1]]
    del graphs[:-1], recommender
    gc.collect()
    assert [graph() for graph in replaced] == [None, None]
    assert recommender_of(graphs[0]).recommend([graphs[0].articles[0]], 2)
