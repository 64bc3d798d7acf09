"""Components and communities, and the measures behind hubs and centrality."""

from __future__ import annotations

from typing import Any

import networkx
import pytest
from library import Library, answer, ask

from graph.knowledge import HubMeasure, KnowledgeGraph
from graph.schema.ids import encode_id

COMPONENTS = """query($kind: ComponentKind, $first: Int, $after: String) {
  graph { components(kind: $kind, first: $first, after: $after) {
    totalCount nodes { id kind size articles(first: 80) { nodes { url } } }
    edges { cursor node { id } } pageInfo { hasNextPage } } } }"""
COMMUNITIES = """query($first: Int, $after: String) {
  graph { communities(first: $first, after: $after) { totalCount modularity
    nodes { id size label subjects { value count } articles(first: 80) { nodes { url title } } }
    edges { cursor node { id } } pageInfo { hasNextPage } } } }"""


def urls(group: dict[str, Any]) -> list[str]:
    return [node["url"] for node in group["articles"]["nodes"]]


@pytest.mark.parametrize(
    ("kind", "reference"),
    [
        ("WEAK", networkx.weakly_connected_components),
        ("STRONG", networkx.strongly_connected_components),
    ],
)
def test_components_are_those_of_networkx_largest_first(
    kind: str, reference: Any, seeds: KnowledgeGraph
) -> None:
    found = ask(seeds, COMPONENTS, kind=kind, first=80)["graph"]["components"]
    expected = sorted((sorted(each) for each in reference(seeds.nx)), key=lambda each: (-len(each), each[0]))
    assert [urls(component) for component in found["nodes"]] == expected
    assert found["totalCount"] == len(expected)
    assert {component["kind"] for component in found["nodes"]} == {kind}
    assert [component["size"] for component in found["nodes"]] == [len(each) for each in expected]


def test_components_are_weak_unless_asked_otherwise(seeds: KnowledgeGraph) -> None:
    assert ask(seeds, COMPONENTS) == ask(seeds, COMPONENTS, kind="WEAK")


@pytest.mark.parametrize("query", [COMPONENTS, COMMUNITIES])
def test_groups_come_in_pages(query: str, seeds: KnowledgeGraph) -> None:
    name = "components" if query is COMPONENTS else "communities"
    everything = [edge["node"]["id"] for edge in ask(seeds, query, first=80)["graph"][name]["edges"]]
    found: list[str] = []
    cursor = None
    while True:
        page = ask(seeds, query, first=2, after=cursor)["graph"][name]
        found += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        cursor = page["edges"][-1]["cursor"]
    assert found == everything
    assert len(set(found)) == len(found)


def test_a_cursor_of_one_kind_is_invalid_for_the_other(seeds: KnowledgeGraph) -> None:
    cursor = ask(seeds, COMPONENTS, kind="WEAK")["graph"]["components"]["edges"][0]["cursor"]
    assert answer(seeds, COMPONENTS, kind="STRONG", after=cursor).code == "INVALID_CURSOR"


def test_the_id_of_a_group_leads_back_to_it_and_into_filters(seeds: KnowledgeGraph) -> None:
    query = """query($id: ID!) { node(id: $id) { id __typename
      ... on Component { kind size articles(first: 80) { nodes { url } } subgraph { nodes { url } } }
      ... on Community { label articles(first: 80) { nodes { url } } subgraph { nodes { url } } } } }"""
    filtered = "query($w: ArticleFilter) { articles(where: $w, first: 500) { nodes { url } } }"
    graph = ask(seeds, COMPONENTS, kind="STRONG")["graph"]
    for kind, groups in (
        ("component", graph["components"]["nodes"]),
        ("community", ask(seeds, COMMUNITIES)["graph"]["communities"]["nodes"]),
    ):
        for group in groups:
            node = ask(seeds, query, id=group["id"])["node"]
            assert node["id"] == group["id"]
            assert node["__typename"] == kind.capitalize()
            assert urls(node) == urls(group) == [each["url"] for each in node["subgraph"]["nodes"]]
            found = ask(seeds, filtered, w={kind: group["id"]})["articles"]["nodes"]
            assert [each["url"] for each in found] == urls(group)


@pytest.mark.parametrize("key", ["WEAK:/gone", "ODD:/x", "nonsense"])
def test_a_group_that_is_not_there_is_null(key: str, seeds: KnowledgeGraph) -> None:
    query = "query($id: ID!) { node(id: $id) { id } }"
    assert ask(seeds, query, id=encode_id("Component", key)) == {"node": None}
    assert ask(seeds, query, id=encode_id("Community", key)) == {"node": None}


def test_an_article_knows_its_groups(seeds: KnowledgeGraph) -> None:
    query = """query($u: String!) { article(url: $u) {
      component { id } strong: component(kind: STRONG) { id kind articles(first: 80) { nodes { url } } }
      community { id articles(first: 80) { nodes { url } } } } }"""
    for article in list(seeds.articles)[::7]:
        found = ask(seeds, query, u=article.url)["article"]
        assert found["component"]["id"] == encode_id("Component", article.component().key)
        assert article.url in urls(found["strong"])
        assert found["strong"]["kind"] == "STRONG"
        assert article.url in urls(found["community"])


def test_ids_of_groups_survive_a_reload(library: Library) -> None:
    library.write("a", "b")
    library.write("b", "a")
    before = ask(library.load(), COMPONENTS)["graph"]["components"]["nodes"][0]["id"]
    library.write("c", "a")
    after = ask(library.load(), COMPONENTS)["graph"]["components"]["nodes"][0]
    assert (after["id"], after["size"]) == (before, 3)


def test_a_community_is_labelled_by_its_most_central_article(seeds: KnowledgeGraph) -> None:
    for community in ask(seeds, COMMUNITIES, first=80)["graph"]["communities"]["nodes"]:
        ranked = [
            (-float(seeds.measures.pagerank[article.position]), article.url, article.title)
            for article in map(seeds.article, urls(community))
            if article
        ]
        assert community["label"] == min(ranked)[2]
        assert sum(facet["count"] for facet in community["subjects"]) <= community["size"]


def test_modularity_is_that_of_networkx(seeds: KnowledgeGraph) -> None:
    found = ask(seeds, COMMUNITIES, first=80)["graph"]["communities"]
    undirected = seeds.nx.to_undirected()
    expected = networkx.community.modularity(undirected, [set(urls(c)) for c in found["nodes"]])
    assert found["modularity"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("measure", HubMeasure)
def test_hubs_of_every_measure_are_the_articles_with_its_highest_scores(
    measure: HubMeasure, seeds: KnowledgeGraph
) -> None:
    found = ask(
        seeds,
        """query($by: HubMeasure) { graph { hubs(by: $by, first: 500) { rank score article { url
          centrality { inDegree outDegree pagerank hub authority betweenness coreNumber } } } } }""",
        by=measure.name,
    )["graph"]["hubs"]
    assert [hub["rank"] for hub in found] == list(range(1, seeds.article_count + 1))
    assert found == sorted(found, key=lambda hub: (-hub["score"], hub["article"]["url"]))
    for hub in found:
        centrality = hub["article"]["centrality"]
        centrality["degree"] = centrality["inDegree"] + centrality["outDegree"]
        name = {"HITS_HUB": "hub", "HITS_AUTHORITY": "authority", "CORE_NUMBER": "coreNumber"}.get(
            measure.name, measure.name.lower().replace("in_d", "inD").replace("out_d", "outD")
        )
        assert centrality[name] == hub["score"]


def test_links_between_subjects_are_counted_once_and_by_subject(seeds: KnowledgeGraph) -> None:
    data = ask(
        seeds,
        """{ graph { subjectLinks { source { slug } target { slug } count } subjectAssortativity }
             subjects { slug links { source { slug } target { slug } count } } }""",
    )
    matrix = {
        (link["source"]["slug"], link["target"]["slug"]): link["count"]
        for link in data["graph"]["subjectLinks"]
    }
    assert sum(matrix.values()) == sum(
        bool(source.subject and target.subject) for source in seeds.articles for target in source.related
    )
    counts = [link["count"] for link in data["graph"]["subjectLinks"]]
    assert counts == sorted(counts, reverse=True)
    for subject in data["subjects"]:
        own = {(k[0], k[1]): v for k, v in matrix.items() if k[0] == subject["slug"]}
        assert {(x["source"]["slug"], x["target"]["slug"]): x["count"] for x in subject["links"]} == own
    assert data["graph"]["subjectAssortativity"] == pytest.approx(seeds.subject_assortativity)


@pytest.mark.parametrize("direction", ["IN", "OUT", "BOTH"])
def test_the_degree_distribution_counts_every_article_once(direction: str, seeds: KnowledgeGraph) -> None:
    query = "query($d: Direction) { graph { degreeDistribution(direction: $d) { degree articles } } }"
    found = ask(seeds, query, d=direction)["graph"]["degreeDistribution"]
    degrees = {"IN": seeds.nx.in_degree, "OUT": seeds.nx.out_degree, "BOTH": seeds.nx.degree}[direction]()
    expected: dict[int, int] = {}
    for _, degree in degrees:
        expected[degree] = expected.get(degree, 0) + 1
    assert [(each["degree"], each["articles"]) for each in found] == sorted(expected.items())


def test_the_clustering_coefficient_is_that_of_networkx(seeds: KnowledgeGraph) -> None:
    found = ask(seeds, "{ graph { clusteringCoefficient } }")["graph"]["clusteringCoefficient"]
    assert found == pytest.approx(networkx.average_clustering(seeds.nx.to_undirected()), rel=1e-12)
