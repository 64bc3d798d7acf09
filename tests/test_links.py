"""Which article a reference means, trap by trap, and against a slow reading of the three rules."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from content import related, write
from hypothesis import given
from hypothesis import strategies as st

from graph.columns import NO_NUMBER
from graph.knowledge import KnowledgeGraph
from graph.links import resolve
from graph.loading import load


class Resolved(NamedTuple):
    """(source, target, place) of each link, (source, place) of each reference that leads nowhere."""

    links: list[tuple[int, int, int]]
    dangling: list[tuple[int, int]]
    repeated: int = 0
    self_references: int = 0


def resolved(
    articles: list[tuple[str, int | None]], *references: tuple[int, int | None, str | None]
) -> Resolved:
    """Resolve references, each (source, number, url), among articles, each (url, number)."""
    position_of = {url: position for position, (url, _) in enumerate(articles)}
    found = resolve(
        np.array([source for source, _, _ in references], np.int64),
        np.array([position_of.get(url or "", -1) for _, _, url in references], np.int64),
        np.array([NO_NUMBER if number is None else number for _, number, _ in references], np.int64),
        np.array([NO_NUMBER if number is None else number for _, number in articles], np.int64),
    )
    sources = [source for source, _, _ in references]
    place = [sources[:index].count(source) for index, source in enumerate(sources)]
    assert found.total == len(references)
    return Resolved(
        [
            (sources[i], t, place[i])
            for i, t in zip(found.links.tolist(), found.targets.tolist(), strict=True)
        ],
        [(sources[i], place[i]) for i in found.dangling.tolist()],
        found.repeated,
        found.self_references,
    )


def links(resolution: Resolved) -> list[tuple[int, int]]:
    return [(source, target) for source, target, _ in resolution.links]


def test_a_url_says_which_article_is_meant() -> None:
    assert links(resolved([("/a", 1), ("/b", 2)], (0, 2, "/b"))) == [(0, 1)]


def test_the_url_counts_where_the_id_is_another_article_s() -> None:
    assert links(resolved([("/a", 1), ("/b", 2), ("/c", 3)], (0, 3, "/b"))) == [(0, 1)]


def test_the_id_counts_where_no_article_has_the_url() -> None:
    assert links(resolved([("/a", 1), ("/b", 2)], (0, 2, "/gone"))) == [(0, 1)]


def test_an_id_alone_is_enough() -> None:
    assert links(resolved([("/a", 1), ("/b", 2)], (0, 2, None))) == [(0, 1)]


def test_zero_and_negative_ids_are_ids() -> None:
    assert links(resolved([("/a", 1), ("/b", 0), ("/c", -4)], (0, 0, None), (0, -4, "/x"))) == [
        (0, 1),
        (0, 2),
    ]


def test_an_id_that_several_articles_have_says_nothing() -> None:
    articles: list[tuple[str, int | None]] = [("/a", 1), ("/b", 2), ("/c", 2), ("/d", 2)]
    assert resolved(articles, (0, 2, None), (0, 2, "/gone")) == Resolved([], [(0, 0), (0, 1)])
    assert links(resolved(articles, (0, 2, "/c"))) == [(0, 2)]


def test_urls_are_compared_exactly() -> None:
    for url in ("/A", "/a/", "a", "/a ", "/a#x", "/a?x", "https://example.org/a", "/%61", ""):
        assert resolved([("/a", None), ("/b", None)], (1, None, url)).dangling == [(1, 0)]


def test_a_target_is_linked_once_however_it_is_named() -> None:
    found = resolved([("/a", 1), ("/b", 2)], (0, 2, None), (0, None, "/b"), (0, 2, "/b"), (0, 2, "/gone"))
    assert found == Resolved([(0, 1, 0)], [], repeated=3)


def test_another_article_may_link_to_the_same_target() -> None:
    found = resolved([("/a", 1), ("/b", 2), ("/c", 3)], (0, None, "/b"), (2, None, "/b"))
    assert (links(found), found.repeated) == ([(0, 1), (2, 1)], 0)


def test_an_article_does_not_link_to_itself() -> None:
    found = resolved([("/a", 1), ("/b", 2)], (0, None, "/a"), (0, 1, "/gone"), (0, 1, None))
    assert found == Resolved([], [], self_references=3)


def test_links_keep_the_order_and_position_of_their_references() -> None:
    articles: list[tuple[str, int | None]] = [("/a", 1), ("/b", 2), ("/c", 3)]
    found = resolved(
        articles, (0, None, "/c"), (0, None, "/x"), (0, None, "/c"), (0, None, "/b"), (2, 1, None)
    )
    assert found.links == [(0, 2, 0), (0, 1, 3), (2, 0, 0)]
    assert found.dangling == [(0, 1)]


def test_nothing_is_nothing() -> None:
    assert resolved([]) == Resolved([], [])
    assert resolved([("/a", None)], (0, None, None)).dangling == [(0, 0)]


articles_of_few_names = st.lists(
    st.tuples(st.sampled_from("abcdefgh"), st.none() | st.integers(-1, 3)),
    max_size=8,
    unique_by=lambda a: a[0],
)
references_of_few_names = st.lists(
    st.tuples(st.integers(0, 7), st.none() | st.integers(-1, 4), st.none() | st.sampled_from("abcdefghxyz")),
    max_size=30,
)


@given(articles_of_few_names, references_of_few_names)
def test_every_reference_becomes_what_the_rules_say(
    articles: list[tuple[str, int | None]], references: list[tuple[int, int | None, str | None]]
) -> None:
    references = sorted((r for r in references if r[0] < len(articles)), key=lambda r: r[0])
    found = resolved(articles, *references)
    expected: set[tuple[int, int]] = set()
    outcomes = []
    for source, number, url in references:
        targets = [i for i, article in enumerate(articles) if url is not None and article[0] == url]
        if not targets and number is not None:
            targets = [i for i, article in enumerate(articles) if article[1] == number]
        if len(targets) != 1:
            outcomes.append("dangling")
        elif targets[0] == source:
            outcomes.append("self")
        elif (source, targets[0]) in expected:
            outcomes.append("repeated")
        else:
            outcomes.append("linked")
            expected.add((source, targets[0]))
    assert set(links(found)) == expected
    assert len(found.links) == len(expected) == outcomes.count("linked")
    assert len(found.dangling) == outcomes.count("dangling")
    assert (found.repeated, found.self_references) == (outcomes.count("repeated"), outcomes.count("self"))


def loaded(tmp_path: Path) -> KnowledgeGraph:
    return load(tmp_path / "content", cache=tmp_path / "cache")


def test_a_folder_s_references_are_links_or_kept_as_dangling(tmp_path: Path) -> None:
    content = tmp_path / "content"
    write(
        content, "a.md", url="/a", id=1,
        related_article1=related("/gone", 9, "Gone"),
        related_article2=related("/b", 3),
        related_article3=related("/gone", 3),
        related_article4=related("/a", 2),
        related_article5=related(None, 3),
        related_article6=related("/lost", 2, "Shared"),
        related_article7={"id": None, "title": None, "url": None},
    )  # fmt: skip
    write(content, "b.md", url="/b", id=2)
    write(content, "b2.md", url="/b2", id=2)
    write(content, "c.md", url="/c", id=3, related_article1=related("/a", 1))
    g = loaded(tmp_path)
    counts = g.references
    assert (counts.total, counts.linked, counts.repeated, counts.self, counts.dangling) == (8, 3, 1, 1, 3)
    assert list(g.nx.edges(data="field")) == [
        ("/a", "/b", "related_article2"), ("/a", "/c", "related_article3"), ("/c", "/a", "related_article1")
    ]  # fmt: skip
    assert [(d.source.url, d.position, d.field, d.number, d.title, d.url) for d in g.dangling_references] == [
        ("/a", 0, "related_article1", 9, "Gone", "/gone"),
        ("/a", 5, "related_article6", 2, "Shared", "/lost"),
        ("/a", 6, "related_article7", None, None, None),
    ]


def test_a_file_that_is_not_served_is_no_target_and_has_no_links(tmp_path: Path) -> None:
    content = tmp_path / "content"
    write(content, "a.md", url="/a", id=1, related_article1=related("/c", 5))
    write(content, "b.md", url="/b", id=2)
    write(content, "b2.md", url="/b", id=5, related_article1=related("/a"))  # its url is taken
    write(content, "c.md", b"---\ntitle: ''\nurl: /c\nid: 5\n---\n")
    g = loaded(tmp_path)
    assert list(g.nx.edges) == []
    assert [(d.source.url, d.number) for d in g.dangling_references] == [("/a", 5)]
    assert g.references.total == 1
    assert [problem.code for problem in g.problems] == ["duplicate-url", "missing-title"]
