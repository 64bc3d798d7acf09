"""Links between subjects are counted as NetworkX counts them; articles without a subject are left out."""

from __future__ import annotations

import random
from pathlib import Path

import networkx
import pytest
from content import related, write
from test_columns import stored
from test_metrics import random_graphs

from graph.loading import load
from graph.mixing import assortativity, cross_subject_links, subject_links

LINKS = [(0, 1), (1, 0), (0, 2), (2, 3), (3, 0), (1, 2), (4, 0), (0, 4)]
SUBJECTS = [0, 0, 1, 2, None]


def test_every_two_subjects_with_links_are_listed_most_links_first_and_ties_by_name() -> None:
    outgoing, _ = stored(LINKS, 5)
    assert subject_links(outgoing, SUBJECTS) == [(0, 0, 2), (0, 1, 2), (1, 2, 1), (2, 0, 1)]


def test_subjects_are_counted_as_the_columns_name_them(tmp_path: Path) -> None:
    content = tmp_path / "content"
    to_b, to_c = related("/b"), related("/c")
    write(content, "a.md", url="/a", subject="Zoology", related_article1=to_b, related_article2=to_c)
    write(content, "b.md", url="/b", subject="Algebra", related_article1=related("/a"))
    write(content, "c.md", url="/c", subject="algebra", related_article1=related("/d"))
    write(content, "d.md", url="/d", related_article1=to_c)
    served = load(content, cache=tmp_path / "cache")
    assert subject_links(served.outgoing, served.columns.subject) == [(1, 0, 2), (0, 1, 1)]
    assert cross_subject_links(served.outgoing, served.columns.subject) == 3


def test_links_of_articles_without_a_subject_cross_nothing() -> None:
    outgoing, _ = stored(LINKS, 5)
    assert cross_subject_links(outgoing, SUBJECTS) == 4
    assert cross_subject_links(outgoing, [None] * 5) == 0


def test_assortativity_goes_from_avoiding_to_keeping_to_oneself() -> None:
    apart, _ = stored([(0, 1), (1, 0), (2, 3), (3, 2)], 4)
    assert assortativity(apart, [0, 0, 1, 1]) == 1
    assert assortativity(apart, [0, 1, 0, 1]) == -1
    everywhere, _ = stored([(0, 0), (0, 1), (1, 0), (1, 1)], 2)
    assert assortativity(everywhere, [0, 1]) == 0


@pytest.mark.parametrize("subjects", [[0, 0, 0, 0, 0], [None] * 5, [None, 0, None, None, 0]])
def test_assortativity_is_undefined_where_all_links_are_in_one_subject_or_there_are_none(
    subjects: list[int | None],
) -> None:
    outgoing, _ = stored(LINKS, 5)
    assert assortativity(outgoing, subjects) is None
    assert assortativity(stored([], 5)[0], [0, 1, 2, 0, 1]) is None


def test_links_and_assortativity_are_networkx_s() -> None:
    chance, defined = random.Random(8), 0
    for drawn in random_graphs():
        subjects = [chance.choice([None, 0, 1, 2, 3]) for _ in drawn.nx]
        networkx.set_node_attributes(drawn.nx, dict(enumerate(subjects)), "subject")
        known = drawn.nx.subgraph([node for node in drawn.nx if subjects[node] is not None])
        expected = networkx.attribute_mixing_dict(known, "subject")
        found = subject_links(drawn.outgoing, subjects)
        assert {(source, target): count for source, target, count in found} == {
            (source, target): count for source, row in expected.items() for target, count in row.items()
        }
        assert found == sorted(found, key=lambda pair: (-pair.links, pair.source, pair.target))
        value = assortativity(drawn.outgoing, subjects)
        if value is not None:
            defined += 1
            assert value == pytest.approx(networkx.attribute_assortativity_coefficient(known, "subject"))
    assert defined > 30


def test_no_articles_have_no_subjects() -> None:
    outgoing, _ = stored([], 0)
    assert subject_links(outgoing, []) == []
    assert cross_subject_links(outgoing, []) == 0
    assert assortativity(outgoing, []) is None
