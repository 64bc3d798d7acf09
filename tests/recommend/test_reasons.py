"""Every reason for a recommendation is a true statement in words for a reader, the strongest first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from random import Random

import numpy as np
import pytest
from library import Library

from graph.knowledge import Article, KnowledgeGraph
from graph.recommend import (
    Evidence,
    Items,
    Recommendation,
    recommender_of,
    registry,
    training_graph,
)
from graph.recommend.reasons import Reasons

from .scripted import scripted
from .truth import Truth


def reasons(served: KnowledgeGraph, read: str | list[str], url: str, *on: Evidence) -> list[str]:
    """Why an article is recommended to one who has read others, by a strategy that rests on something."""
    items = Items(served.columns.number)
    explain = Reasons(served, items, training_graph(served, items)).for_reader(
        [served.columns.url.index(one) for one in ([read] if isinstance(read, str) else read)]
    )
    return list(explain(served.columns.url.index(url), scripted(served, {}, *on)()))


def keywords(*words: str) -> dict[str, str]:
    return {"page_keywords": ", ".join(words)}


def test_a_link_is_the_strongest_reason(library: Library) -> None:
    library.write("a", "b", title="One")
    library.write("b", "a", title="Two")
    library.write("c", "b", title="Three")
    served = library.load()
    assert reasons(served, "/a", "/b")[:2] == ["links to this article", "linked from this article"]
    assert reasons(served, "/b", "/c")[0] == "links to this article"
    assert reasons(served, "/c", "/b")[0] == "linked from this article"


def test_what_lies_between_is_counted(library: Library) -> None:
    """/a and /t: two articles on the way from /a, one to both, three from both, one on the way to /a."""
    library.write("a", "x1", "x2", "z1", "z2", "z3", title="A")
    library.write("x1", "t")
    library.write("x2", "t")
    library.write("y", "a", "t")
    library.write("w", "a")
    library.write("t", "z1", "z2", "z3", "w", title="T")
    for name in ("z1", "z2", "z3"):
        library.write(name)
    served = library.load()
    assert reasons(served, "/a", "/t", Evidence.LINKS)[:2] == [
        "links to 3 articles that this one links to",
        "linked from 2 articles that this one links to",
    ]
    assert reasons(served, "/t", "/a", Evidence.LINKS)[:2] == [
        "links to 3 articles that this one links to",
        "links to 2 articles that link to this one",
    ]
    assert reasons(served, "/x1", "/z1", Evidence.LINKS)[:2] == [
        "linked from 1 article that this one links to",
        "linked together with this one from 1 article",
    ]
    assert reasons(served, "/z1", "/y", Evidence.LINKS)[0] == "links to 2 articles that link to this one"
    assert reasons(served, "/z1", "/w", Evidence.LINKS)[1] == "links to 1 article that links to this one"


def test_links_of_copies_are_said_to_be_theirs(library: Library) -> None:
    library.write("a", "b", id=1, title="Same")
    library.write("a2", id=1, title="Same")
    library.write("b", id=2, title="Other")
    library.write("b2", id=2, title="Other")
    library.write("c", "a", title="Third")
    library.write("d", "b", title="Fourth")
    served = library.load()
    assert reasons(served, "/a", "/b")[0] == "linked from this article"
    assert reasons(served, "/a", "/b2")[0] == "a copy of it is linked from this article"
    assert reasons(served, "/a2", "/b")[0] == "linked from a copy of this article"
    assert reasons(served, "/a2", "/b2")[0] == "a copy of it is linked from a copy of this article"
    assert reasons(served, "/b", "/a")[0] == "links to this article"
    assert reasons(served, "/b2", "/a")[0] == "links to a copy of this article"
    assert reasons(served, "/b", "/a2")[0] == "a copy of it links to this article"
    assert reasons(served, "/b2", "/a2")[0] == "a copy of it links to a copy of this article"
    assert reasons(served, "/d", "/a")[0] == "links to 1 article that this one links to"
    assert reasons(served, "/d", "/a2")[0] == "a copy of it links to 1 article that this one links to"
    assert reasons(served, "/a2", "/d")[0] == "links to 1 article that a copy of this one links to"
    assert reasons(served, "/c", "/b")[0] == "linked from 1 article that this one links to"
    assert reasons(served, "/c", "/b2")[0] == ("a copy of it is linked from 1 article that this one links to")


def test_of_several_copies_one_alone_is_counted(library: Library) -> None:
    """/a has no link; its copies link to two and to one of the articles that link to /t and to /t2."""
    library.write("a", id=1, title="Same")
    library.write("a2", "x", "y", id=1, title="Same")
    library.write("a3", "z", id=1, title="Same")
    library.write("t", id=2, title="Other")
    library.write("t2", id=2, title="Other")
    for name in ("x", "y", "z"):
        library.write(name, "t", title=f"Way {name}")
    served = library.load()
    assert reasons(served, "/a", "/t")[0] == "linked from 2 articles that a copy of this one links to"
    assert reasons(served, "/a3", "/t")[0] == "linked from 1 article that this one links to"
    assert reasons(served, "/a", "/t2")[0] == (
        "a copy of it is linked from 2 articles that a copy of this one links to"
    )
    assert reasons(served, ["/a", "/z"], "/t2", Evidence.LINKS)[:2] == [
        'a copy of it is linked from "Way z"',
        'a copy of it is linked from 2 articles that a copy of "Same" links to',
    ]


def test_keywords_are_shared_whatever_their_case_and_the_rarest_are_named(library: Library) -> None:
    library.write("a", title="One", seo=keywords("tree", "graph", "Node", "edge", "path"))
    library.write("b", title="Two", seo=keywords("edge", "node", "TREE", "graph", "cycle"))
    library.write("c", title="Three", seo=keywords("edge", "tree", "leaf"))
    library.write("d", title="Four", seo=keywords("leaf and root", "leaf"))
    served = library.load()
    assert reasons(served, "/a", "/b") == ["shares the keywords graph, Node and tree"]
    assert reasons(served, "/a", "/c") == ["shares the keywords tree and edge"]
    assert reasons(served, "/c", "/d") == ["shares the keyword leaf"]


def test_rare_words_of_both_titles_are_named_as_written(library: Library) -> None:
    for n in range(6):
        library.write(f"n{n}", title=f"How do models work {n}")
    library.write("a", title="How does ENTROPY change in models of gases?")
    library.write("b", title="Entropy of Models and Gases")
    library.write("c", title="The entropy of C")
    served = library.load()
    assert reasons(served, "/a", "/b") == ['both titles have "Gases" and "Entropy"']
    assert reasons(served, "/c", "/a") == ['both titles have "ENTROPY"']
    assert reasons(served, "/n0", "/b") == ["recommended by the strategy scripted"]


def test_what_the_strategy_rests_on_comes_first(library: Library) -> None:
    library.write("a", "x", title="Big trees", subject="Woods", seo=keywords("Oak"))
    library.write("b", "a", title="Old trees", subject="woods", seo=keywords("Oak"))
    library.write("x", "b")
    served = library.load()
    links = ["links to this article", "linked from 1 article that this one links to"]
    texts = ["shares the keyword Oak", 'both titles have "trees"']
    assert reasons(served, "/a", "/b", Evidence.LINKS, Evidence.TEXT) == [*links, texts[0]]
    assert reasons(served, "/a", "/b", Evidence.LINKS) == [*links, texts[0]]
    assert reasons(served, "/a", "/b", Evidence.TEXT) == [*texts, links[0]]
    assert reasons(served, "/a", "/b", Evidence.POPULARITY)[:2] == ["1 article links to it", links[0]]
    assert reasons(served, "/a", "/b", Evidence.CHANCE)[:2] == ["picked at random", links[0]]


def test_where_nothing_else_is_in_common_the_subject_and_its_own_links_are_told(library: Library) -> None:
    library.write("a", title="One", subject="Woods")
    library.write("b", title="Two", subject="woods")
    library.write("c", "b", title="Three", subject="Seas")
    library.write("d", "c", "b", title="Four")
    served = library.load()
    assert reasons(served, "/a", "/b") == [
        "in the same subject: Woods",
        "2 articles link to it, more than to any other in Woods",
    ]
    assert reasons(served, "/a", "/c") == ["1 article links to it"]
    assert reasons(served, "/a", "/d") == ["recommended by the strategy scripted"]


def test_the_most_linked_of_a_subject_has_more_links_than_any_other(library: Library) -> None:
    library.write("a", "b", "c", title="One", subject="Woods")
    library.write("b", title="Two", subject="Woods")
    library.write("c", title="Three", subject="Woods")
    library.write("d", "b", title="Four")
    assert reasons(library.load(), "/a", "/b", Evidence.POPULARITY)[0] == (
        "2 articles link to it, more than to any other in Woods"
    )
    library.write("e", "c", title="Five")
    assert reasons(library.load(), "/a", "/b", Evidence.POPULARITY)[0] == "2 articles link to it"


def test_rare_words_and_phrases_of_both_answers_are_counted_before_the_links_to_it(library: Library) -> None:
    for n in range(6):
        library.write(f"n{n}", title=f"Number {n}", body="Wood.")
    library.write("a", title="One", id=1, body="Oak and elm: an old oak, an ash. Wood.")
    library.write("a2", title="One", id=1)
    library.write("b", title="Two", id=2, body="Old oaks, wood.")
    library.write("b2", title="Two", id=2)
    library.write("c", "b", title="Three", body="Wood, ash.")
    served = library.load()
    shared = "shares 3 rare words or phrases"  # old, oak, and old oak
    assert reasons(served, "/a", "/b", Evidence.TEXT) == [shared, "1 article links to it"]
    assert reasons(served, "/a", "/b", Evidence.POPULARITY) == ["1 article links to it"]
    assert reasons(served, "/b", "/a", Evidence.POPULARITY) == [shared]
    assert reasons(served, "/a", "/c", Evidence.TEXT) == ["shares 1 rare word or phrase"]
    assert reasons(served, "/a2", "/c") == ["shares 1 rare word or phrase with a copy of this one"]
    assert reasons(served, "/c", "/a2") == ["a copy of it shares 1 rare word or phrase"]
    assert reasons(served, ["/c", "/a"], "/b2", Evidence.TEXT)[1] == f'a copy of it {shared} with "One"'
    assert reasons(served, "/n1", "/a") == ["recommended by the strategy scripted"]
    assert reasons(served, "/a", "/b", Evidence.CHANCE) == ["picked at random", "1 article links to it"]


def test_for_a_history_the_article_that_is_meant_is_named(library: Library) -> None:
    library.write("a", "x", title="Tall trees", subject="Woods", seo=keywords("oak"))
    library.write("b", title="Seas", subject="Water", seo=keywords("salt"))
    library.write("x", "t")
    library.write("t", title="Trees", subject="water", seo=keywords("salt", "oak"))
    library.write("u", "b", title="Unlike", subject="Water")
    served = library.load()
    assert reasons(served, ["/a", "/b"], "/t") == [
        'linked from 1 article that "Tall trees" links to',
        'shares the keyword salt with "Seas"',
        'shares the keyword oak with "Tall trees"',
    ]
    assert reasons(served, ["/b", "/a"], "/t", Evidence.TEXT)[:2] == [
        'shares the keyword oak with "Tall trees"',
        'shares the keyword salt with "Seas"',
    ]
    assert reasons(served, ["/a", "/b"], "/u") == ['links to "Seas"', 'in Water, like "Seas"']
    library.write("t", title="Trees")
    assert reasons(library.load(), ["/a", "/b"], "/t", Evidence.TEXT)[0] == (
        'its title and "Tall trees" both have "Trees"'
    )


def test_for_a_history_the_articles_of_the_same_subject_are_counted(library: Library) -> None:
    for name in ("a", "b", "c"):
        library.write(name, title=name, subject="Woods")
    library.write("d", title="d", subject="Seas")
    served = library.load()
    assert reasons(served, ["/a", "/b", "/a", "/d"], "/c") == ["in Woods, the subject of 2 of those read"]
    assert reasons(served, ["/a", "/d"], "/c") == ['in Woods, like "a"']


def histories(served: KnowledgeGraph, many: int) -> Iterator[list[Article]]:
    """Single articles, and as many histories of several."""
    random = Random(1)
    for _ in range(many):
        yield random.sample(served.articles, 1)
        yield random.sample(served.articles, random.randint(2, 5))


@pytest.mark.parametrize("include_linked", [False, True])
def test_all_that_is_said_of_the_sample_articles_is_true(seeds: KnowledgeGraph, include_linked: bool) -> None:
    assert said_untruly(seeds, 25, include_linked=include_linked) == []


@pytest.mark.corpus
def test_all_that_is_said_of_real_articles_is_true(loaded: KnowledgeGraph) -> None:
    assert said_untruly(loaded, 40, include_linked=False) == []


def test_all_that_is_said_of_copies_is_true(library: Library) -> None:
    random = Random(3)
    names = [f"n{n}" for n in range(60)]
    words = [f"word{n}" for n in range(80)]
    for n, name in enumerate(names):
        body = " ".join(random.sample(words, 5))
        library.write(name, *random.sample(names, random.randint(0, 4)), id=1 + n // 3, body=body)
    served = library.load()
    said, untrue = said_of(served, served.articles)
    assert untrue == []
    for copied in ("that a copy of this one links", "a copy of it is linked from 1 ", "a copy of it shares "):
        assert any(copied in reason for reason in said), copied


@pytest.mark.corpus
def test_all_that_is_said_of_real_copies_is_true(loaded: KnowledgeGraph) -> None:
    items = Items(loaded.columns.number)
    copied = np.flatnonzero(items.copies.sizes[items.of] > 1).tolist()
    said, untrue = said_of(loaded, [loaded.articles[p] for p in Random(4).sample(copied, 200)])
    assert untrue == []
    assert any("that a copy of this one links" in reason for reason in said)


def said_of(served: KnowledgeGraph, articles: Sequence[Article]) -> tuple[list[str], list[str]]:
    """What is said to readers of single articles, every copy recommended; and what of it is untrue."""
    truth, said, untrue = Truth(served), list[str](), list[str]()
    for read in articles:
        for name in ("linked", "hybrid"):
            found = recommender_of(served).recommend(
                [read], 10, strategy=name, include_linked=True, include_duplicates=True
            )
            said += [reason for r in found for reason in r.reasons]
            untrue += truth.untrue([read], found)
    return said, untrue


def said_untruly(served: KnowledgeGraph, many: int, *, include_linked: bool) -> list[str]:
    """What every strategy says untruly to so many readers."""
    truth, untrue = Truth(served), list[str]()
    for name in registry.strategies():
        for read in histories(served, many):
            found = recommender_of(served).recommend(
                read, 10, strategy=name, include_linked=include_linked, include_duplicates=include_linked
            )
            assert len(found) == 10
            assert all(1 <= len(set(r.reasons)) == len(r.reasons) <= 3 for r in found)
            untrue += truth.untrue(read, found)
    return untrue


def test_a_false_statement_is_noticed(seeds: KnowledgeGraph) -> None:
    """The judge of the tests above believes nothing that differs from what was said."""
    truth, noticed = Truth(seeds), set[str]()
    for read in seeds.articles[::6]:
        for found in recommender_of(seeds).recommend([read], 10, strategy="linked", include_linked=True):
            for reason in found.reasons:
                for lie in lies(reason):
                    told = Recommendation(found.article, 1.0, 1, (lie,), "linked")
                    assert truth.untrue([read], [told]), lie
                    noticed.add(" ".join(lie.split()[:2]))
    assert noticed >= {"linked from", "linked together", "links to", "shares the", "both titles", "in the"}


def lies(reason: str) -> Iterator[str]:
    """What is near to a true statement and is not so."""
    if count := re.search(r"\d+ article", reason):
        yield reason.replace(count[0], f"{int(count[0].split()[0]) + 1} article")
        yield reason.replace(" article", " articles", 1).replace("articless", "article")
    elif not reason.startswith("link"):
        yield f"{reason[:-2]}zq{reason[-1]}"
    yield reason.replace("this", "that") if "this" in reason else f"not {reason}"
