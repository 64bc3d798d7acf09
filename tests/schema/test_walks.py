"""Neighborhoods, paths, common neighbors, similar articles, subgraphs."""

from __future__ import annotations

from typing import Any

import networkx
import pytest
from library import Library, answer, ask

from graph.knowledge import KnowledgeGraph


@pytest.fixture
def chain(library: Library) -> KnowledgeGraph:
    """a -> b -> c -> d, a short cut a -> e -> d, d -> a, and one that stands alone."""
    library.write("a", "b", "e")
    library.write("b", "c")
    library.write("c", "d")
    library.write("d", "a")
    library.write("e", "d")
    library.write("alone")
    return library.load()


PATH = """query($from: String!, $to: String!, $direction: Direction) {
  path(from: $from, to: $to, direction: $direction) { length articles { url } } }"""


def path(served: KnowledgeGraph, start: str, end: str, direction: str | None = None) -> list[str] | None:
    variables = {"from": start, "to": end} | ({"direction": direction} if direction else {})
    found = ask(served, PATH, **variables)["path"]
    if found is None:
        return None
    urls = [article["url"] for article in found["articles"]]
    assert found["length"] == len(urls) - 1
    return urls


def test_a_path_is_a_shortest_one_in_the_direction_asked_for(chain: KnowledgeGraph) -> None:
    assert path(chain, "/a", "/d") == ["/a", "/e", "/d"]
    assert path(chain, "/d", "/a") == ["/d", "/a"]
    assert path(chain, "/a", "/d", "IN") == ["/a", "/d"]
    assert path(chain, "/c", "/a", "BOTH") == ["/c", "/b", "/a"]
    assert path(chain, "/c", "/a", "OUT") == ["/c", "/d", "/a"]


def test_a_path_from_an_article_to_itself_has_no_links(chain: KnowledgeGraph) -> None:
    assert path(chain, "/a", "/a") == ["/a"]


def test_no_path_is_null_without_an_error(chain: KnowledgeGraph) -> None:
    assert path(chain, "/a", "/alone") is None
    assert path(chain, "/a", "/gone") is None
    assert path(chain, "/gone", "/a") is None


def test_several_paths_come_shortest_first(chain: KnowledgeGraph) -> None:
    query = 'query($k: Int) { paths(from: "/a", to: "/d", k: $k) { length articles { url } } }'
    found = ask(chain, query)["paths"]
    assert [path["length"] for path in found] == [2, 3]
    assert [a["url"] for a in found[1]["articles"]] == ["/a", "/b", "/c", "/d"]
    assert len(ask(chain, query, k=1)["paths"]) == 1
    assert ask(chain, '{ paths(from: "/gone", to: "/a") { length } }')["paths"] is None
    for k in (0, 21):
        refused = answer(chain, query, k=k)
        assert (refused.code, refused.message) == ("BAD_USER_INPUT", f"k must be between 1 and 20, got {k}")


def test_common_neighbors_are_what_both_link_to_or_are_linked_from(library: Library) -> None:
    library.write("a", "x", "y")
    library.write("b", "y", "z")
    library.write("k", "a", "b")
    for name in "xyz":
        library.write(name)
    served = library.load()
    query = """query($d: Direction) { commonNeighbors(a: "/a", b: "/b", direction: $d) { url } }"""
    urls = {d: [n["url"] for n in ask(served, query, d=d)["commonNeighbors"]] for d in ("OUT", "IN", "BOTH")}
    assert urls == {"OUT": ["/y"], "IN": ["/k"], "BOTH": ["/k", "/y"]}
    assert ask(served, '{ commonNeighbors(a: "/a", b: "/gone") { url } }')["commonNeighbors"] is None


SIMILAR = """query($u: String!, $by: SimilarityMeasure, $first: Int) {
  article(url: $u) { similar(by: $by, first: $first) { rank score article { url } } } }"""


@pytest.mark.parametrize(
    ("by", "reference"),
    [("JACCARD", networkx.jaccard_coefficient), ("ADAMIC_ADAR", networkx.adamic_adar_index)],
)
def test_similar_articles_are_those_that_networkx_finds(
    by: str, reference: Any, seeds: KnowledgeGraph
) -> None:
    undirected = seeds.nx.to_undirected()
    for article in list(seeds.articles)[::9]:
        others = [(article.url, other) for other in seeds.nx if other != article.url]
        scores = {other: score for _, other, score in reference(undirected, others) if score > 0}
        found = ask(seeds, SIMILAR, u=article.url, by=by, first=500)["article"]["similar"]
        assert {entry["article"]["url"] for entry in found} == set(scores)
        assert [entry["rank"] for entry in found] == list(range(1, len(found) + 1))
        for entry in found:
            assert entry["score"] == pytest.approx(scores[entry["article"]["url"]], rel=1e-12)
        assert found == sorted(found, key=lambda entry: (-entry["score"], entry["article"]["url"]))


def test_similar_articles_have_a_default_measure_and_number(seeds: KnowledgeGraph) -> None:
    url = seeds.hubs()[0].article.url
    found = ask(seeds, SIMILAR, u=url)["article"]["similar"]
    assert len(found) == 10
    assert found == ask(seeds, SIMILAR, u=url, by="ADAMIC_ADAR", first=10)["article"]["similar"]
    assert answer(seeds, SIMILAR, u=url, first=501).message == "first must be between 0 and 500, got 501"


NEAR = """query($u: String!, $depth: Int, $direction: Direction, $limit: Int) {
  article(url: $u) { neighborhood(depth: $depth, direction: $direction, limit: $limit) {
    nodes { url } links { source { url } target { url } } truncated } } }"""


def near(served: KnowledgeGraph, url: str, **variables: Any) -> tuple[list[str], list[tuple[str, str]], bool]:
    found = ask(served, NEAR, u=url, **variables)["article"]["neighborhood"]
    links = [(link["source"]["url"], link["target"]["url"]) for link in found["links"]]
    return [node["url"] for node in found["nodes"]], links, found["truncated"]


def test_a_neighborhood_holds_what_is_near_and_all_links_among_it(chain: KnowledgeGraph) -> None:
    nodes, links, truncated = near(chain, "/a")
    assert nodes == ["/a", "/b", "/e", "/d"]
    assert sorted(links) == [("/a", "/b"), ("/a", "/e"), ("/d", "/a"), ("/e", "/d")]
    assert not truncated
    assert near(chain, "/a", depth=2)[0] == ["/a", "/b", "/e", "/d", "/c"]
    assert near(chain, "/a", depth=0) == (["/a"], [], False)
    assert near(chain, "/a", direction="IN")[0] == ["/a", "/d"]
    assert near(chain, "/a", direction="OUT")[0] == ["/a", "/b", "/e"]


def test_a_neighborhood_says_where_its_limit_cut_it(chain: KnowledgeGraph) -> None:
    assert near(chain, "/a", limit=2) == (["/a", "/b"], [("/a", "/b")], True)
    assert near(chain, "/a", limit=4)[2] is False
    assert near(chain, "/alone", limit=1) == (["/alone"], [], False)


@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"depth": -1}, "depth must be between 0 and 10, got -1"),
        ({"depth": 11}, "depth must be between 0 and 10, got 11"),
        ({"limit": -1}, "limit must be between 0 and 50000, got -1"),
    ],
)
def test_what_is_out_of_range_is_an_error_of_that_field_alone(
    variables: dict[str, int], message: str, chain: KnowledgeGraph
) -> None:
    refused = answer(chain, NEAR, u="/a", **variables)
    assert (refused.code, refused.message) == ("BAD_USER_INPUT", message)
    assert refused.body["data"] == {"article": {"neighborhood": None}}


def test_a_subgraph_is_what_a_filter_matches_and_the_links_among_it(seeds: KnowledgeGraph) -> None:
    query = """query($w: ArticleFilter, $n: Int) { graph { subgraph(where: $w, limit: $n) {
      nodes { url } links { source { url } target { url } } truncated } } }"""
    whole = ask(seeds, query)["graph"]["subgraph"]
    assert len(whole["nodes"]) == seeds.article_count
    assert {(link["source"]["url"], link["target"]["url"]) for link in whole["links"]} == set(seeds.nx.edges)
    part = ask(seeds, query, w={"inDegree": {"gte": 5}}, n=500)["graph"]["subgraph"]
    kept = {node["url"] for node in part["nodes"]}
    assert {(link["source"]["url"], link["target"]["url"]) for link in part["links"]} == {
        edge for edge in seeds.nx.edges if set(edge) <= kept
    }
    cut = ask(seeds, query, n=3)["graph"]["subgraph"]
    assert cut["truncated"]
    assert [node["url"] for node in cut["nodes"]] == [article.url for article in seeds.articles[:3]]
