"""The graph as a whole: counts, hubs, what leads nowhere, what is wrong."""

from __future__ import annotations

import datetime
import re
from typing import Any

import networkx
import pytest
from library import Library, answer, ask

from graph.knowledge import KnowledgeGraph


def whole(served: KnowledgeGraph, fields: str) -> Any:
    return ask(served, f"{{ graph {{ {fields} }} }}")["graph"]


def urls(connection: Any) -> list[str]:
    return [node["url"] for node in connection["nodes"]]


COUNTS = "articleCount linkCount density reciprocity averageDegree"
PAGES = "orphans { nodes { url } } deadEnds { nodes { url } } isolated { nodes { url } }"


@pytest.fixture
def served(library: Library) -> KnowledgeGraph:
    """
    a ⇄ b → c, d → c, e alone; beside them a repeated reference, two to the article itself, three dangling.
    """
    library.write("a", "b", "a", "b", "lost")
    library.write("b", "a", "c", "gone", "b")
    library.write("c")
    library.write("d", "c", "lost")
    library.write("e")
    return library.load()


class TestCounts:
    def test_are_those_of_the_links(self, served: KnowledgeGraph) -> None:
        assert whole(served, COUNTS) == {
            "articleCount": 5,
            "linkCount": 4,
            "density": 0.2,
            "reciprocity": 0.5,
            "averageDegree": 1.6,
        }

    def test_of_references_say_what_became_of_each(self, served: KnowledgeGraph) -> None:
        assert whole(served, "references { total linked repeated self dangling }")["references"] == {
            "total": 10,
            "linked": 4,
            "repeated": 1,
            "self": 2,
            "dangling": 3,
        }

    def test_are_networkx_own(self, seeds: KnowledgeGraph) -> None:
        found = whole(seeds, COUNTS)
        assert found["articleCount"] == seeds.nx.number_of_nodes()
        assert found["linkCount"] == seeds.nx.number_of_edges()
        assert found["density"] == pytest.approx(networkx.density(seeds.nx))
        assert found["reciprocity"] == pytest.approx(networkx.overall_reciprocity(seeds.nx))
        degrees = [degree for _, degree in seeds.nx.degree()]
        assert found["averageDegree"] == pytest.approx(sum(degrees) / len(degrees))

    def test_of_a_single_article_divide_nothing_by_zero(self, library: Library) -> None:
        library.write("a")
        assert whole(library.load(), COUNTS) == {
            "articleCount": 1,
            "linkCount": 0,
            "density": 0,
            "reciprocity": 0,
            "averageDegree": 0,
        }

    def test_are_served_where_no_file_could_be_read(self, library: Library) -> None:
        library.write_raw("broken.md", "no front matter")
        found = whole(library.load(), COUNTS + " problems { totalCount } hubs { rank } " + PAGES)
        assert found["articleCount"] == found["density"] == found["averageDegree"] == 0
        assert found["problems"]["totalCount"] == 1
        assert found["hubs"] == []


class TestVersion:
    def test_changes_when_and_only_when_the_content_does(self, library: Library) -> None:
        path = library.write("a", "b")
        library.write("b")
        versions = [whole(library.load(), "version")["version"]]
        path.write_text(path.read_text())
        assert whole(library.load(), "version")["version"] == versions[0]
        for change in (
            lambda: library.write("a", "b", answer="New."),
            lambda: library.write("c"),
            lambda: library.remove("b"),
            lambda: path.rename(path.with_name("moved.md")),
            lambda: library.write_raw("broken.md", "no front matter"),
        ):
            change()
            versions.append(whole(library.load(), "version")["version"])
        assert len(set(versions)) == len(versions)

    def test_comes_with_the_moment_of_loading(self, library: Library) -> None:
        library.write("a")
        before = datetime.datetime.now(datetime.UTC)
        written = whole(library.load(), "loadedAt")["loadedAt"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", written)
        moment = datetime.datetime.fromisoformat(written)
        assert before <= moment <= datetime.datetime.now(datetime.UTC)
        assert moment.utcoffset() == datetime.timedelta(0)


def test_orphans_dead_ends_and_isolated_articles(served: KnowledgeGraph) -> None:
    found = whole(served, PAGES)
    assert urls(found["orphans"]) == ["/d", "/e"]
    assert urls(found["deadEnds"]) == ["/c", "/e"]
    assert urls(found["isolated"]) == ["/e"]


class TestHubs:
    def ranked(self, served: KnowledgeGraph, arguments: str = "") -> list[tuple[int, str, float]]:
        hubs = whole(served, f"hubs{arguments} {{ rank score article {{ url }} }}")["hubs"]
        return [(hub["rank"], hub["article"]["url"], hub["score"]) for hub in hubs]

    def test_are_ranked_by_links_to_them_and_ties_by_url(self, served: KnowledgeGraph) -> None:
        expected = [(1, "/c", 2.0), (2, "/a", 1.0), (3, "/b", 1.0), (4, "/d", 0.0), (5, "/e", 0.0)]
        assert self.ranked(served) == expected
        assert self.ranked(served, "(by: null, first: null)") == expected
        assert self.ranked(served, "(by: IN_DEGREE, first: 2)") == expected[:2]

    def test_are_ranked_by_links_from_them(self, served: KnowledgeGraph) -> None:
        assert self.ranked(served, "(by: OUT_DEGREE, first: 3)") == [(1, "/b", 2), (2, "/a", 1), (3, "/d", 1)]

    def test_are_ranked_by_all_their_links(self, served: KnowledgeGraph) -> None:
        assert self.ranked(served, "(by: DEGREE, first: 3)") == [(1, "/b", 3), (2, "/a", 2), (3, "/c", 2)]

    def test_are_ten_by_default_and_at_most_five_hundred(self, seeds: KnowledgeGraph) -> None:
        assert len(self.ranked(seeds)) == 10
        assert len(self.ranked(seeds, "(first: 500)")) == len(seeds.articles)
        assert self.ranked(seeds, "(first: 0)") == []

    @pytest.mark.parametrize("first", [-1, 501])
    def test_out_of_range_are_refused(self, served: KnowledgeGraph, first: int) -> None:
        refused = answer(served, f"{{ graph {{ articleCount hubs(first: {first}) {{ rank }} }} }}")
        assert refused.code == "BAD_USER_INPUT"
        assert refused.message == f"first must be between 0 and 500, got {first}"
        assert refused.body["data"] == {"graph": {"articleCount": 5, "hubs": None}}


def test_dangling_references_are_in_order_of_their_article_and_its_front_matter(
    served: KnowledgeGraph,
) -> None:
    found = whole(
        served, "danglingReferences { totalCount nodes { source { url } field number title url } }"
    )["danglingReferences"]
    assert found["totalCount"] == 3
    assert [(node["source"]["url"], node["field"], node["url"]) for node in found["nodes"]] == [
        ("/a", "related_article4", "/lost"),
        ("/b", "related_article3", "/gone"),
        ("/d", "related_article2", "/lost"),
    ]
    assert {node["number"] for node in found["nodes"]} == {None}
    assert found["nodes"][1]["title"] == "Title of gone"


class TestProblems:
    @pytest.fixture
    def troubled(self, library: Library) -> KnowledgeGraph:
        library.write("fine")
        library.write("b", date="x", score="y")
        library.write("again", url="/fine")
        library.write_raw("empty.md", "---\ntitle:\n---\n")
        library.write_raw("broken.md", "---\ntitle: [\n---\n")
        return library.load()

    def problems(self, served: KnowledgeGraph, arguments: str = "") -> list[tuple[str, str, str]]:
        found = whole(served, f"problems{arguments} {{ totalCount nodes {{ file code severity }} }}")[
            "problems"
        ]
        assert found["totalCount"] == len(found["nodes"])
        return [(node["file"], node["code"], node["severity"]) for node in found["nodes"]]

    def test_are_in_order_of_file_and_place(self, troubled: KnowledgeGraph) -> None:
        assert self.problems(troubled) == [
            ("b.md", "invalid-date", "WARNING"),
            ("b.md", "invalid-field", "WARNING"),
            ("broken.md", "yaml-syntax", "ERROR"),
            ("empty.md", "missing-title", "ERROR"),
            ("fine.md", "duplicate-url", "ERROR"),
        ]

    def test_are_filtered_by_severity_and_code_together(self, troubled: KnowledgeGraph) -> None:
        every = self.problems(troubled)
        assert len(every) == 5
        assert self.problems(troubled, "(severity: null, code: null)") == every
        for severity in ("ERROR", "WARNING"):
            expected = [row for row in every if row[2] == severity]
            assert self.problems(troubled, f"(severity: {severity})") == expected != []
        assert [row[0] for row in self.problems(troubled, '(code: "missing-title")')] == ["empty.md"]
        assert self.problems(troubled, '(severity: WARNING, code: "missing-title")') == []
        assert self.problems(troubled, '(code: "no-such-code")') == []

    def test_are_paged_within_a_filter(self, troubled: KnowledgeGraph) -> None:
        expected = [row[:2] for row in self.problems(troubled, "(severity: ERROR)")]
        walked: list[tuple[str, str]] = []
        after, more = None, True
        while more:
            page = ask(
                troubled,
                "query($after: String) { graph { problems(severity: ERROR, first: 1, after: $after) "
                "{ totalCount edges { cursor node { file code } } pageInfo { hasNextPage } } } }",
                after=after,
            )["graph"]["problems"]
            assert page["totalCount"] == 3
            (edge,) = page["edges"]
            walked.append((edge["node"]["file"], edge["node"]["code"]))
            after, more = edge["cursor"], page["pageInfo"]["hasNextPage"]
            assert len(walked) <= 3
        assert walked == expected

    def test_that_are_alike_are_all_reached(self, library: Library) -> None:
        library.write_raw("m.md", "---\ntitle: M\nx: {a: 1, a: 2, a: 3}\n---\n")
        served = library.load()
        walked, after = 0, None
        for _ in served.problems:
            page = ask(
                served,
                "query($after: String) { graph { problems(first: 1, after: $after) { edges { cursor } } } }",
                after=after,
            )["graph"]["problems"]
            walked += len(page["edges"])
            after = page["edges"][-1]["cursor"] if page["edges"] else after
        assert walked == len(served.problems) > 1
