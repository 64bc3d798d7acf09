"""The knowledge graph as a Python user sees it."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import networkx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library import SEEDS, Library

import graph
from graph import Article, Articles, HubMeasure, KnowledgeGraph


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    return graph.load(SEEDS, cache=tmp_path_factory.mktemp("cache"))


@pytest.fixture
def small(library: Library) -> KnowledgeGraph:
    """a ⇄ b → c, d → c, e alone."""
    library.write("a", "b", "a", "b", "lost", subject="Maths", id=7, date=datetime.date(2025, 1, 8))
    library.write("b", "a", "c", "gone", "b", subject="maths", id=7)
    library.write("c", author="Ann")
    library.write("d", "lost", "c", subject="Art", score=2)
    library.write("e", no_index=True)
    return library.load()


def urls(articles: Sequence[Article]) -> list[str]:
    return [article.url for article in articles]


class TestNetworkX:
    def test_is_a_frozen_digraph_keyed_by_url(self, small: KnowledgeGraph) -> None:
        assert type(small.nx) is networkx.DiGraph
        assert networkx.is_frozen(small.nx)
        with pytest.raises(networkx.NetworkXError):
            small.nx.add_edge("/a", "/e")
        assert small.nx.graph == {"name": "articlegraph", "version": small.version}
        assert small.nx is small.nx

    def test_has_the_documented_attributes_on_its_nodes_in_order_of_url(self, small: KnowledgeGraph) -> None:
        assert list(small.nx) == ["/a", "/b", "/c", "/d", "/e"]
        assert dict(small.nx.nodes["/a"]) == {
            "url": "/a",
            "position": 0,
            "number": 7,
            "title": "Title of a",
            "subject": "Maths",
            "date": datetime.date(2025, 1, 8),
        }
        assert dict(small.nx.nodes["/e"]) == {
            "url": "/e",
            "position": 4,
            "number": None,
            "title": "Title of e",
            "subject": None,
            "date": None,
        }
        assert small.nx.nodes["/b"]["subject"] == "Maths"

    def test_has_the_field_on_its_edges_in_order_of_the_front_matter(self, small: KnowledgeGraph) -> None:
        assert list(small.nx.edges(data=True)) == [
            ("/a", "/b", {"field": "related_article1"}),
            ("/b", "/a", {"field": "related_article1"}),
            ("/b", "/c", {"field": "related_article2"}),
            ("/d", "/c", {"field": "related_article2"}),
        ]

    def test_says_what_the_columns_say(self, seeds: KnowledgeGraph) -> None:
        assert seeds.nx.number_of_nodes() == seeds.article_count == len(seeds.articles)
        assert seeds.nx.number_of_edges() == seeds.link_count
        for article in seeds.articles:
            node = seeds.nx.nodes[article.url]
            assert list(seeds.nx.successors(article.url)) == urls(article.related)
            assert sorted(seeds.nx.predecessors(article.url)) == urls(article.related_by)
            assert seeds.nx.in_degree(article.url) == article.in_degree == len(article.related_by)
            assert seeds.nx.out_degree(article.url) == article.out_degree == len(article.related)
            assert node["position"] == article.position
            assert (node["number"], node["title"], node["date"]) == (
                article.number,
                article.title,
                article.date,
            )
            assert node["subject"] == (article.subject.name if article.subject else None)

    def test_names_the_reference_that_makes_each_link(self, seeds: KnowledgeGraph) -> None:
        for source, target, field in seeds.nx.edges(data="field"):
            article = seeds.article(source)
            assert article is not None
            assert article.front_matter[field]["url"] == target

    def test_runs_the_library_s_algorithms(self, seeds: KnowledgeGraph) -> None:
        assert max(networkx.betweenness_centrality(seeds.nx).values()) > 0
        assert max(map(len, networkx.weakly_connected_components(seeds.nx))) >= 60


class TestMeasures:
    """What the graph says is what NetworkX computes."""

    def test_articles_without_links(self, seeds: KnowledgeGraph) -> None:
        assert urls(seeds.orphans()) == sorted(url for url, degree in seeds.nx.in_degree() if not degree)
        assert urls(seeds.dead_ends()) == sorted(url for url, degree in seeds.nx.out_degree() if not degree)
        assert urls(seeds.isolated()) == sorted(networkx.isolates(seeds.nx))

    @pytest.mark.parametrize(
        ("by", "degree"),
        [
            (HubMeasure.IN_DEGREE, "in_degree"),
            (HubMeasure.OUT_DEGREE, "out_degree"),
            (HubMeasure.DEGREE, "degree"),
        ],
    )
    def test_hubs(self, seeds: KnowledgeGraph, by: HubMeasure, degree: str) -> None:
        expected = sorted(getattr(seeds.nx, degree)(), key=lambda pair: (-pair[1], pair[0]))
        found = seeds.hubs(by, 500)
        assert [(hub.article.url, hub.score) for hub in found] == expected
        assert [hub.rank for hub in found] == list(range(1, len(expected) + 1))
        assert seeds.hubs(by) == found[:10]
        assert seeds.hubs(by, 0) == []

    def test_hubs_are_by_links_to_them_unless_asked_otherwise(self, seeds: KnowledgeGraph) -> None:
        assert seeds.hubs() == seeds.hubs(HubMeasure.IN_DEGREE, 10)

    def test_numbers_of_the_whole(self, seeds: KnowledgeGraph) -> None:
        assert seeds.density == pytest.approx(networkx.density(seeds.nx))
        assert seeds.reciprocity == pytest.approx(networkx.overall_reciprocity(seeds.nx))
        assert seeds.average_degree == pytest.approx(2 * seeds.link_count / seeds.article_count)

    @settings(max_examples=15, deadline=None)
    @given(links=st.sets(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=20))
    def test_of_any_links(
        self, tmp_path_factory: pytest.TempPathFactory, links: set[tuple[int, int]]
    ) -> None:
        library = Library(tmp_path_factory.mktemp("any"))
        expected: Any = networkx.DiGraph()
        expected.add_nodes_from(f"/{number}" for number in range(6))
        expected.add_edges_from((f"/{s}", f"/{t}") for s, t in links if s != t)
        for number in range(6):
            library.write(str(number), *(str(t) for s, t in sorted(links) if s == number))
        found = library.load()
        assert networkx.utils.graphs_equal(networkx.DiGraph(found.nx.edges), networkx.DiGraph(expected.edges))
        assert urls(found.orphans()) == [url for url in expected if not expected.in_degree(url)]
        assert urls(found.dead_ends()) == [url for url in expected if not expected.out_degree(url)]
        assert urls(found.isolated()) == list(networkx.isolates(expected))
        assert found.density == pytest.approx(networkx.density(expected))
        mutual = networkx.overall_reciprocity(expected) if expected.edges else 0
        assert found.reciprocity == pytest.approx(mutual)
        assert found.references.self == sum(s == t for s, t in links)


class TestArticles:
    def test_are_a_sequence(self, small: KnowledgeGraph) -> None:
        articles = small.articles
        assert isinstance(articles, Sequence)
        assert len(articles) == 5
        assert articles[0].url == "/a"
        assert articles[-1].url == "/e"
        assert urls(list(articles)) == ["/a", "/b", "/c", "/d", "/e"]
        assert urls(list(reversed(articles))) == ["/e", "/d", "/c", "/b", "/a"]
        assert small.article("/c") in articles
        assert articles.index(articles[3]) == 3
        with pytest.raises(IndexError):
            articles[5]

    @pytest.mark.parametrize(
        "cut",
        [slice(None), slice(1, 3), slice(-2, None), slice(None, None, -1), slice(9, 12), slice(0, 5, 2)],
    )
    def test_are_sliced_as_lists_are(self, small: KnowledgeGraph, cut: slice) -> None:
        part = small.articles[cut]
        assert isinstance(part, Articles)
        assert urls(part) == urls(list(small.articles))[cut]

    def test_are_made_when_they_are_asked_for(self, small: KnowledgeGraph) -> None:
        lazy = iter(small.articles)
        assert next(lazy).url == "/a"
        assert not isinstance(lazy, list)
        assert small.articles[0] is not small.articles[0]
        assert small.articles[0] == small.articles[0]
        assert len({small.articles[0], small.article("/a")}) == 1

    def test_empty_ones_are_false(self, small: KnowledgeGraph) -> None:
        assert not small.articles[5:]
        assert small.articles

    def test_say_what_they_are(self, small: KnowledgeGraph) -> None:
        assert repr(small.articles) == "<5 articles>"
        assert repr(small.articles[0]) == "<Article /a>"
        assert re.fullmatch(r"<KnowledgeGraph [0-9a-f]{16}: 5 articles, 4 links>", repr(small))


class TestArticle:
    def test_is_found_by_exactly_its_url(self, small: KnowledgeGraph) -> None:
        assert small.article("/a") == small.articles[0]
        for url in ("a", "/A", "/a/", "", "/lost"):
            assert small.article(url) is None
        assert small.position("/e") == 4
        assert small.position("/lost") is None

    def test_has_typed_values(self, small: KnowledgeGraph) -> None:
        a, _, c, d, e = small.articles
        assert (a.number, a.date, a.title, a.slug, a.file) == (
            7,
            datetime.date(2025, 1, 8),
            "Title of a",
            "a",
            "a.md",
        )
        assert (c.author, c.subject, c.number, c.answer, c.question, c.seo) == (
            "Ann",
            None,
            None,
            None,
            None,
            None,
        )
        assert (d.score, type(d.score)) == (2.0, float)
        assert (d.no_index, e.no_index) == (False, True)
        assert c.keywords == ()
        assert c.excerpt() == ""
        assert c.answer_html() is None
        assert c.answer_text() is None

    def test_links(self, small: KnowledgeGraph) -> None:
        a, b, c, *_ = small.articles
        assert urls(b.related) == ["/a", "/c"]
        assert b.related_places == [0, 1]
        assert urls(c.related_by) == ["/b", "/d"]
        assert small.articles[3].related_places == [1]
        assert urls(a.duplicates) == ["/b"]
        assert urls(c.duplicates) == []

    def test_knows_what_is_wrong_with_it(self, library: Library) -> None:
        library.write("a", "lost", date="x")
        library.write("b", "lost")
        found = library.load()
        a, b = found.articles
        assert [problem.code for problem in a.problems] == ["invalid-date"]
        assert list(b.problems) == []
        (reference,) = a.dangling_references
        assert (reference.source, reference.position, reference.field, reference.url) == (
            a,
            0,
            "related_article1",
            "/lost",
        )
        assert found.dangling_references == (*a.dangling_references, *b.dangling_references)
        assert found.problems == tuple(a.problems)


class TestSubjects:
    def test_are_sorted_by_size_and_found_by_slug(self, small: KnowledgeGraph) -> None:
        assert [(s.name, s.slug, urls(s.articles)) for s in small.subjects] == [
            ("Maths", "maths", ["/a", "/b"]),
            ("Art", "art", ["/d"]),
        ]
        assert [s.name for s in small.subjects_by_name] == ["Art", "Maths"]
        assert small.subject("art") == small.subjects[1]
        assert small.subject("Art") is None
        assert small.articles[1].subject == small.subjects[0]


class TestThreads:
    def test_eight_at_once_read_what_one_reads(self, seeds: KnowledgeGraph) -> None:
        def read(article: Article) -> tuple[Any, ...]:
            return (
                article.answer,
                article.answer_html(),
                article.front_matter,
                article.keywords,
                article.seo,
                article.excerpt(50),
                article.related_places,
            )

        expected = [read(article) for article in seeds.articles[:24]]
        start = Barrier(8)

        def work(shift: int) -> bool:
            start.wait(10)
            order = [(shift * 3 + step) % 24 for step in range(24)]
            return all(read(seeds.articles[index]) == expected[index] for index in order)

        with ThreadPoolExecutor(8) as threads:
            assert all(threads.map(work, range(8)))

    def test_eight_at_once_may_be_the_first_to_derive_something(self, library: Library) -> None:
        for number in range(40):
            library.write(f"n{number:02}", f"n{(number + 1) % 40:02}", "lost", subject=f"S{number % 3}")
        found = library.load()
        start = Barrier(8)

        def derive(_: int) -> tuple[Any, ...]:
            start.wait(10)
            return (
                len(found.subjects),
                found.nx.number_of_edges(),
                len(found.dangling_references),
                found.reciprocity,
                len(found.orphans()),
                found.hubs()[0].article.url,
            )

        with ThreadPoolExecutor(8) as threads:
            assert set(threads.map(derive, range(8))) == {(3, 40, 40, 0.0, 0, "/n00")}


class TestSnapshots:
    def test_a_graph_stays_as_it_was_when_its_snapshot_is_replaced(self, library: Library) -> None:
        library.write("a", answer="Old.")
        old = library.load()
        library.write("a", answer="New.")
        library.write("b")
        new = library.load()
        assert (old.article_count, old.articles[0].answer) == (1, "Old.")
        assert (new.article_count, new.articles[0].answer) == (2, "New.")
        assert old.version != new.version

    def test_a_graph_is_opened_from_the_file_that_build_wrote(self, library: Library) -> None:
        library.write("a", "b")
        library.write("b")
        file = library.root / "out.snapshot"
        assert graph.build(library.folder, file).parsed == 2
        for opened in (KnowledgeGraph(file), graph.load(file), graph.load(str(file))):
            assert urls(opened.articles[0].related) == ["/b"]
            assert opened.version == library.load().version

    def test_whatever_is_no_snapshot_is_refused(self, library: Library) -> None:
        with pytest.raises(graph.SnapshotError, match="cannot read"):
            KnowledgeGraph(library.root / "missing.snapshot")
        with pytest.raises(graph.SnapshotError, match="not an articlegraph snapshot"):
            KnowledgeGraph(library.write_raw("x.snapshot", "text"))

    def test_closing_a_graph_ends_reading_from_it(self, library: Library) -> None:
        library.write("a", answer="Text.")
        found = library.load()
        found.close()
        assert found.articles[0].title == "Title of a"
        with pytest.raises(Exception, match="closed"):
            _ = found.articles[0].answer


class TestLoad:
    def test_says_what_was_read_and_what_the_operator_should_know(self, library: Library) -> None:
        for name in "abc":
            library.write(name)
        told: list[tuple[int, int]] = []
        notes: list[str] = []
        load = functools.partial(graph.load, library.folder, cache=library.cache, note=notes.append)
        load(progress=lambda done, total: told.append((done, total)))
        assert told[-1] == (3, 3)
        assert notes == []
        (snapshot,) = library.cache.iterdir()
        snapshot.write_bytes(snapshot.read_bytes()[:-100])
        assert load().article_count == 3
        (note,) = notes
        assert "damaged" in note
        assert "built anew" in note

    def test_refuses_errors_only_when_strict(self, library: Library) -> None:
        library.write("a", date="x")
        assert graph.load(library.folder, cache=library.cache, strict=True).article_count == 1
        library.write_raw("b.md", "no front matter")
        with pytest.raises(graph.ContentProblemsError) as refused:
            graph.load(library.folder, cache=library.cache, strict=True)
        assert [problem.file for problem in refused.value.problems] == ["b.md"]
        assert library.load().article_count == 1

    def test_names_what_is_missing(self, tmp_path: Path) -> None:
        with pytest.raises(graph.ContentError, match="no such file or folder"):
            graph.load(tmp_path / "nothing", cache=tmp_path / "cache")
        (tmp_path / "empty").mkdir()
        with pytest.raises(graph.ContentError, match="no Markdown file"):
            graph.load(tmp_path / "empty", cache=tmp_path / "cache")

    def test_keeps_its_cache_where_the_environment_says(
        self, library: Library, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from graph.loading import cache_folder, snapshot_of

        library.write("a")
        monkeypatch.setenv("ARTICLEGRAPH_CACHE_DIR", str(library.root / "named"))
        graph.load(library.folder)
        assert list((library.root / "named").iterdir()) == [snapshot_of(library.folder)]
        monkeypatch.delenv("ARTICLEGRAPH_CACHE_DIR")
        monkeypatch.setenv("XDG_CACHE_HOME", str(library.root / "xdg"))
        assert cache_folder() == library.root / "xdg" / "articlegraph"
        monkeypatch.delenv("XDG_CACHE_HOME")
        monkeypatch.setenv("HOME", str(library.root))
        assert cache_folder() == library.root / ".cache" / "articlegraph"

    def test_keeps_folders_of_one_name_apart(self, tmp_path: Path) -> None:
        from graph.loading import snapshot_of

        one, other = (
            snapshot_of(tmp_path / "x" / "content", tmp_path),
            snapshot_of(tmp_path / "y" / "content", tmp_path),
        )
        assert one != other
        assert one.name.startswith("content-")
        assert snapshot_of(tmp_path / "x" / ".." / "x" / "content", tmp_path) == one
