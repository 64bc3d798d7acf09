"""Measures of the real corpus are NetworkX's, run to convergence."""

from __future__ import annotations

import networkx
import numpy as np
import pytest
from numpy.typing import NDArray

from graph.centrality import betweenness, core_numbers, hits, pagerank
from graph.communities import communities, modularity, most_central
from graph.components import Labels, largest_first, strong_components, weak_components
from graph.knowledge import KnowledgeGraph
from graph.metrics import clustering_coefficient, degree_distribution
from graph.mixing import assortativity, cross_subject_links, subject_links

pytestmark = pytest.mark.corpus

CONVERGED = {"tol": 1e-12, "max_iter": 1000}


@pytest.fixture(scope="module")
def nx(loaded: KnowledgeGraph) -> networkx.DiGraph:
    """Its nodes are positions."""
    return networkx.relabel_nodes(loaded.nx, {url: p for p, url in enumerate(loaded.columns.url)})


@pytest.fixture(scope="module")
def plain(nx: networkx.DiGraph) -> networkx.Graph:
    return nx.to_undirected()


@pytest.fixture(scope="module")
def weak(loaded: KnowledgeGraph) -> Labels:
    return weak_components(loaded.outgoing)


@pytest.fixture(scope="module")
def largest(weak: Labels) -> NDArray[np.int64]:
    """Positions of the largest component."""
    return np.flatnonzero(weak == largest_first(weak)[0][0])


def differs(scores: NDArray[np.float64], expected: dict[int, float]) -> float:
    """The largest relative difference; where a score is 0, NetworkX's is rounding."""
    theirs = np.array([expected[position] for position in range(len(scores))])
    assert np.abs(theirs[scores == 0]).max(initial=0) < 1e-15
    found = scores > 0
    return float((np.abs(scores - theirs)[found] / scores[found]).max())


def test_components(weak: Labels, loaded: KnowledgeGraph, nx: networkx.DiGraph) -> None:
    names, sizes = largest_first(weak)
    assert (len(names), sizes[0], sizes[1]) == (12_837, 1_169, 91)
    strong = strong_components(loaded.outgoing, loaded.incoming)
    for labels, groups in (
        (weak, networkx.weakly_connected_components(nx)),
        (strong, networkx.strongly_connected_components(nx)),
    ):
        assert dict(enumerate(labels.tolist())) == {p: min(group) for group in groups for p in group}


def test_pagerank(loaded: KnowledgeGraph, nx: networkx.DiGraph) -> None:
    assert differs(pagerank(loaded.outgoing), networkx.pagerank(nx, **CONVERGED)) < 1e-6


def test_hits(loaded: KnowledgeGraph, nx: networkx.DiGraph, largest: NDArray[np.int64]) -> None:
    for scores, expected in zip(hits(loaded.outgoing), networkx.hits(nx, **CONVERGED), strict=True):
        assert differs(scores, expected) < 1e-6
        assert set(np.flatnonzero(scores)) < set(largest.tolist())


def test_betweenness(loaded: KnowledgeGraph, nx: networkx.DiGraph, largest: NDArray[np.int64]) -> None:
    """NetworkX over the largest component alone: over all it takes a quarter of an hour."""
    scores = betweenness(loaded.outgoing)
    within, count = len(largest), len(scores)
    share = (within - 1) * (within - 2) / ((count - 1) * (count - 2))
    expected = dict.fromkeys(range(count), 0.0)
    for position, score in networkx.betweenness_centrality(nx.subgraph(largest.tolist())).items():
        expected[position] = score * share
    for group in networkx.weakly_connected_components(nx):
        if 2 < len(group) < within:
            counts = networkx.betweenness_centrality(nx.subgraph(group), normalized=False)
            expected |= {p: score / ((count - 1) * (count - 2)) for p, score in counts.items()}
    assert scores.tolist() == pytest.approx(list(expected.values()), rel=1e-6, abs=0)


def test_core_numbers(loaded: KnowledgeGraph, plain: networkx.Graph) -> None:
    found = core_numbers(loaded.outgoing, loaded.incoming)
    assert dict(enumerate(found.tolist())) == networkx.core_number(plain)


def test_degrees_and_clustering(loaded: KnowledgeGraph, nx: networkx.DiGraph, plain: networkx.Graph) -> None:
    histogram = networkx.degree_histogram(nx)
    found = degree_distribution(loaded.outgoing, loaded.incoming)
    assert found == [(degree, count) for degree, count in enumerate(histogram) if count]
    mean = clustering_coefficient(loaded.outgoing, loaded.incoming)
    assert mean == pytest.approx(networkx.average_clustering(plain))


def test_communities(loaded: KnowledgeGraph, weak: Labels, largest: NDArray[np.int64]) -> None:
    labels = communities(loaded.outgoing, loaded.incoming)
    assert labels.tolist() != weak.tolist()
    assert np.array_equal(weak[labels], weak)
    assert 8 <= len(set(labels[largest].tolist())) <= 30
    assert labels.tolist() == communities(loaded.outgoing, loaded.incoming).tolist()
    central = most_central(labels, pagerank(loaded.outgoing))
    assert np.array_equal(labels[central], labels)


def test_modularity_of_the_largest_component(
    loaded: KnowledgeGraph, plain: networkx.Graph, largest: NDArray[np.int64]
) -> None:
    part = plain.subgraph(largest.tolist())
    theirs = [
        networkx.community.modularity(part, networkx.community.louvain_communities(part, seed=seed))
        for seed in range(3)
    ]
    labels = communities(loaded.outgoing, loaded.incoming)
    groups: dict[int, set[int]] = {}
    for position in largest.tolist():
        groups.setdefault(int(labels[position]), set()).add(position)
    assert networkx.community.modularity(part, groups.values()) > max(0.70, *theirs)


def test_modularity_of_the_whole(loaded: KnowledgeGraph, weak: Labels, plain: networkx.Graph) -> None:
    components = modularity(loaded.outgoing, loaded.incoming, weak)
    assert components == pytest.approx(
        networkx.community.modularity(plain, networkx.connected_components(plain))
    )
    assert f"{components:.3f}" == "0.995"


def test_subject_links(loaded: KnowledgeGraph, nx: networkx.DiGraph) -> None:
    subjects = loaded.columns.subject
    assert cross_subject_links(loaded.outgoing, subjects) == 34_207
    found = subject_links(loaded.outgoing, subjects)
    assert sum(pair.links for pair in found if pair.source != pair.target) == 34_207
    known = nx.subgraph([position for position in nx if subjects[position] is not None])
    networkx.set_node_attributes(nx, dict(enumerate(subjects)), "subject_index")
    expected = networkx.attribute_assortativity_coefficient(known, "subject_index")
    assert assortativity(loaded.outgoing, subjects) == pytest.approx(expected)
