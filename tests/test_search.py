"""Full-text search: what a reader types, what is found, in which order, and what is shown of it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library import Library

from graph.knowledge import KnowledgeGraph
from graph.search import (
    Matches,
    SearchIndex,
    highlight,
    highlighting,
    index_of,
    postings,
    write_index,
    writing,
)
from graph.search.markup import plain_lines, without_hidden_words
from graph.search.query import Term, parse_query
from graph.search.words import find_words, fold, split_words, stem_all


class Shelf:
    """A library and its index."""

    def __init__(self, library: Library) -> None:
        self.graph: KnowledgeGraph = library.load()
        folder = library.root / "index"
        folder.mkdir()
        write_index(self.graph, folder)
        self.index = SearchIndex(folder)

    @classmethod
    def of(cls, root: Path, articles: dict[str, dict[str, Any]]) -> Shelf:
        """Articles, each at "/<name>"."""
        library = Library(root)
        for name, fields in articles.items():
            keywords = fields.pop("keywords", None)
            library.write(name, seo={"page_keywords": keywords} if keywords else None, **fields)
        return cls(library)

    def find(self, query: str, mask: np.ndarray[Any, np.dtype[np.bool_]] | None = None) -> list[str]:
        """Names of what a query finds, best first."""
        positions = self.index.search(query, mask).positions
        return [self.graph.columns.url[position][1:] for position in positions]

    def show(self, query: str, name: str) -> str:
        """The highlight of one article."""
        article = self.graph.article(f"/{name}")
        assert article is not None
        return highlight(article, self.index.search(query))


Shelves = Any


@pytest.fixture
def shelf(tmp_path: Path) -> Shelves:
    def make(**articles: Any) -> Shelf:
        return Shelf.of(
            tmp_path, {name: {"title": f} if isinstance(f, str) else f for name, f in articles.items()}
        )

    return make


# ---- words -----------------------------------------------------------------------------------------------


def test_a_title_is_found_at_every_letter_that_is_typed(shelf: Shelves) -> None:
    plants = shelf(a="What is photosynthesis?", b="How do animals breathe?")
    for length in range(1, len("photosynthesis") + 1):
        assert plants.find("photosynthesis"[:length]) == ["a"]


def test_a_match_in_the_title_comes_before_one_in_the_keywords_before_one_in_the_answer(
    shelf: Shelves,
) -> None:
    found = shelf(
        a={"title": "One", "answer": "The volcano, the volcano, oh volcano, such a volcano, volcano."},
        b={"title": "Two", "keywords": "volcano, lava", "answer": "x"},
        c={"title": "A volcano", "answer": "x"},
    )
    assert found.find("volcano") == ["c", "b", "a"]


def test_a_question_that_the_title_does_not_ask_counts_like_keywords(shelf: Shelves) -> None:
    found = shelf(
        a={"title": "One", "answer": "volcano"},
        b={"title": "Two", "question": "What is a volcano?"},
        c={"title": "What is a volcano?", "question": "what is a VOLCANO?"},
        d={"title": "What is a volcano?"},
    )
    matches = found.index.search("volcano ")
    assert found.find("volcano ") == ["c", "d", "b", "a"]
    assert matches.scores[0] == matches.scores[1]


def test_forms_of_a_word_case_and_diacritics_make_no_difference(shelf: Shelves) -> None:
    found = shelf(a="Connected ÉLÉPHANTS", b="Connection of an elephant", c="Straße in Łódź", d="H₂O")
    for query in ("connect elephant ", "CONNECTIONS éléphant ", "connecting Elephants"):
        assert sorted(found.find(query)) == ["a", "b"]
    assert found.find("strasse ") == found.find("lodz ") == ["c"]
    assert found.find("h2o ") == ["d"]
    assert found.find("e\u0301le\u0301phants connected ") == found.find("éléphants connected ")


def test_the_last_word_may_be_unfinished_unless_something_follows(shelf: Shelves) -> None:
    found = shelf(a="Theory of gravitation", b="Gravy")
    assert found.find("grav") == ["b", "a"]
    assert found.find("theory grav") == ["a"]
    for finished in ("gravita ", "gravita?", "gravita,"):
        assert found.find(finished) == []


def test_a_word_counts_more_than_one_that_only_begins_so(shelf: Shelves) -> None:
    assert shelf(a="Cellular", b="Cell", c="Cellulose").find("cell") == ["b", "a", "c"]


def test_an_unfinished_short_word_is_looked_for_in_titles(shelf: Shelves) -> None:
    found = shelf(a={"title": "Deep", "answer": "quarks"}, b="Quarks")
    assert found.find("qu") == ["b"]
    assert found.find("qua") == ["b", "a"]


def test_a_short_word_itself_is_found_everywhere(shelf: Shelves) -> None:
    assert shelf(a={"title": "One", "answer": "ai"}, b="Aid").find("ai") == ["b", "a"]


def test_beside_others_an_unfinished_short_word_only_ranks(shelf: Shelves) -> None:
    found = shelf(
        a="Vitamin complex", b={"title": "Vitamin", "answer": "vitamin C"}, c="Vitamin C", d="Vitamin", e="C"
    )
    typed = found.find("vitamin c")
    assert (typed[0], sorted(typed), typed[-1]) == ("c", ["a", "b", "c", "d"], "d")
    assert found.find("vitamin c ") == ["c", "b"]


def test_a_word_counts_once_however_often_it_is_typed(shelf: Shelves) -> None:
    found = shelf(a="Red wine", b="Wine")
    once, twice = found.index.search("wine "), found.index.search("wine WINE wine ")
    assert once.scores.tolist() == twice.scores.tolist()


def test_every_word_must_be_there(shelf: Shelves) -> None:
    found = shelf(
        a={"title": "Red wine", "answer": "from Spain"}, b="Red wine", c="Spain", d="Red red wine wine"
    )
    assert found.find("red wine spain") == ["a"]


def test_where_no_article_has_every_word_those_match_that_have_most(shelf: Shelves) -> None:
    found = shelf(a="Red wine", b="Wine of Spain", c="Spain", d="Beer")
    assert sorted(found.find("red wine spain ")) == ["a", "b"]
    assert found.find("beer qwertz ") == ["d"]
    assert found.find("qwertz") == []


def test_beside_other_words_stop_words_drop_out(shelf: Shelves) -> None:
    found = shelf(a="What is the mind", b="Mind matters", c="What is the matter")
    assert found.find("what is the mind") == found.find("mind") == ["b", "a"]
    assert found.find("mind the") == ["b", "a"]


def test_stop_words_alone_are_looked_for(shelf: Shelves) -> None:
    found = shelf(a="To be or not to be", b="Being", c="Not so")
    assert found.find("to be or not to be ") == ["a"]
    assert found.find("not ") == ["c", "a"]


def test_tails_of_contractions_are_no_words_to_look_for(shelf: Shelves) -> None:
    found = shelf(a="Einstein's theory", b="Einstein’s theory", c="The theory of Einstein")  # noqa: RUF001
    assert found.find("einstein's theory ") == found.find("einstein\u2019s theory ") == ["a", "b", "c"]


# ---- phrases ---------------------------------------------------------------------------------------------


def test_a_quoted_phrase_is_found_as_it_stands(shelf: Shelves) -> None:
    found = shelf(
        a={"title": "One", "answer": "In **machine\nLearning**, models learn."},
        b={"title": "Two", "answer": "Learning machine; a machine is learning; machines learning."},
    )
    assert found.find('"machine learning"') == ["a"]
    assert sorted(found.find("machine learning ")) == ["a", "b"]


def test_a_phrase_does_not_reach_from_field_to_field_or_keyword_to_keyword(shelf: Shelves) -> None:
    found = shelf(
        a={"title": "Alpha beta", "keywords": "gamma, delta", "answer": "epsilon"},
        b={"title": "Zeta", "keywords": "gamma delta", "answer": "eta"},
    )
    assert found.find('"gamma delta"') == ["b"]
    for across in ('"beta gamma"', '"delta epsilon"', '"epsilon zeta"', '"delta gamma"'):
        assert found.find(across) == []


def test_a_phrase_must_be_there_whatever_else_is(shelf: Shelves) -> None:
    found = shelf(a="The solar wind blows", b="Wind, solar power", c="Solar wind")
    assert sorted(found.find('"solar wind"')) == ["a", "c"]
    assert found.find('"solar wind" blows ') == ["a"]
    assert sorted(found.find('power "solar wind"')) == ["a", "c"]  # no such article has the word
    assert found.find('"wind solar" blows') == ["b"]
    assert found.find('"solar power wind" solar') == []


def test_stop_words_count_in_a_phrase(shelf: Shelves) -> None:
    assert shelf(a="State of the art", b="Art of state", c="State art").find('"of the art"') == ["a"]


def test_quotation_marks_of_every_kind_and_one_word_between_them(shelf: Shelves) -> None:
    found = shelf(a="Solar wind", b="Wind solar", c="Winds")
    for query in (
        '"solar wind"',
        "\u201csolar wind\u201d",
        "\u201esolar wind\u201c",
        "\u00absolar wind\u00bb",
    ):
        assert found.find(query) == ["a"]
    assert found.find('"wind"') == ["a", "b"]


def test_a_phrase_is_found_while_it_is_typed(shelf: Shelves) -> None:
    found = shelf(a="Solar wind", b="Wind solar", c="Solar panel")
    for length in range(len('"solar wi'), len('"solar wind') + 1):
        assert found.find('"solar wind'[:length])[0] == "a"
    assert found.find('"solar win') == ["a"]
    assert found.find('"solar w') == found.find('"solar"')
    assert found.find('"so') == found.find("so")


def test_a_phrase_repeats_its_words(shelf: Shelves) -> None:
    found = shelf(a="New York, New York", b="New York New", c="York New York")
    assert found.find('"new york new york"') == ["a"]


# ---- scripts and markup ----------------------------------------------------------------------------------


def test_signs_without_spaces_between_them_are_found(shelf: Shelves) -> None:
    found = shelf(a="量子力学とは何か", b="力学の量子", c="한국의 역사", d="हिन्दी भाषा", e="русский язык")
    assert found.find("量子力学") == ["a"]
    assert sorted(found.find("量子")) == ["a", "b"]
    assert sorted(found.find("量子 何か")) == ["a"]
    assert found.find('"子力') == ["a"]  # finished, even where the closing mark is missing
    assert found.find("한국") == ["c"]
    assert found.find("हिन्दी") == ["d"]
    assert found.find("РУССК") == ["e"]  # noqa: RUF001
    assert (
        found.show("量子力学", "a") == "<mark>量</mark><mark>子</mark><mark>力</mark><mark>学</mark>とは何か"
    )


def test_signs_that_stand_apart_add_nothing(shelf: Shelves) -> None:
    found = shelf(a="量子", b="子量 wine")
    both, wine = found.index.search("量子 wine "), found.index.search("wine ")
    assert both.scores[both.positions.tolist().index(1)] == wine.scores[0]


def test_what_readers_do_not_see_is_not_found(shelf: Shelves) -> None:
    found = shelf(
        a={
            "title": "One",
            "answer": 'See [this page](https://example.org/hidden "secret"), $\\frac{numer}{\\alpha}$ '
            '<span class="invisible">shown</span> <!-- remark --> AT&amp;T and <T> in C++\n\n'
            "[ref]: http://example.org/reference",
        },
    )
    for seen in ("page", "numer", "shown", "at t", "this page"):
        assert found.find(f"{seen} ") == ["a"]
    for unseen in ("hidden", "secret", "frac", "alpha", "span", "invisible", "remark", "amp", "reference"):
        assert found.find(f"{unseen} ") == []


def test_links_are_their_texts(shelf: Shelves) -> None:
    found = shelf(a={"title": "A", "answer": "[![alt](x.org/img)](x.org/page) un[break](x.org)able a[1][2]"})
    assert found.show("alt ", "a") == "[<mark>alt</mark>] unbreakable a[1][2]"
    assert found.find("img ") == found.find("page ") == []
    assert found.find("unbreakable ") == ["a"]


def test_escaped_answers_are_decoded(shelf: Shelves) -> None:
    found = shelf(a={"title": "One", "answer": "First line\\nSecond line with $\\nabla f$"})
    assert found.find('"line second"') == ["a"]
    assert found.find("nsecond") == []
    assert found.find("nabla ") == []


def test_the_body_is_searched_where_the_front_matter_has_no_answer(shelf: Shelves) -> None:
    assert shelf(a={"title": "One", "body": "Some lava.\n"}).find("lava") == ["a"]


# ---- results ---------------------------------------------------------------------------------------------


def test_all_that_match_are_given_ties_by_url(shelf: Shelves) -> None:
    found = shelf(**dict.fromkeys("dbeca", "Same title"))
    matches = found.index.search("same")
    assert matches.positions.tolist() == [0, 1, 2, 3, 4]
    assert len(set(matches.scores.tolist())) == 1


def test_a_word_as_it_was_typed_comes_before_its_other_forms(shelf: Shelves) -> None:
    found = shelf(a="Activation and activation", b="Some activism", c="Nothing of it", d="Nor here")
    assert found.find("activism ") == ["b", "a"]


def test_a_contraction_is_no_name(shelf: Shelves) -> None:
    found = shelf(a="Don Quixote", b="Why ice does not sink", c="Who won")
    assert found.find("why don't ice sink") == ["b"]
    assert found.find("ice won\u2019t sink") == ["b"]
    assert found.find("don ") == ["a"]


def test_a_mask_decides_what_may_be_found(shelf: Shelves) -> None:
    found = shelf(a="Red wine", b="Red", c="Wine", d="Beer")
    everything = np.ones(4, np.bool_)
    assert found.find("red wine ", everything) == found.find("red wine ") == ["a"]
    assert found.find('"red wine"', everything) == ["a"]
    assert everything.all()  # it is the caller's
    # with all words there is none among those: what has the most is better than nothing
    assert set(found.find("red wine ", np.array([False, True, True, True]))) == {"b", "c"}
    assert found.find("wine", np.array([False, False, True, True])) == ["c"]
    unmasked = found.index.search("wine")
    masked = found.index.search("wine", np.array([False, False, True, True]))
    assert masked.scores[0] == unmasked.scores[unmasked.positions.tolist().index(2)]


def test_nothing_is_found_without_words(shelf: Shelves) -> None:
    found = shelf(a="One")
    for query in ("", " ", '""', "?!", "\x00", "\ud800", "🦊", "'s", "()*:^-", '"'):
        matches = found.index.search(query)
        assert (len(matches.positions), len(matches.scores)) == (0, 0)


def test_an_empty_graph_and_empty_articles_can_be_searched(tmp_path: Path) -> None:
    library = Library(tmp_path / "broken")
    library.write_raw("a.md", "---\n: [\n---\n")
    empty = Shelf.of(tmp_path / "empty", {"a": {"title": "?"}})
    for found in (Shelf(library), empty):
        for query in ("a", "abc", "abc ", '"abc def"', '"abc def', "量子", ""):
            assert found.find(query) == []


NASTY = [
    '"' * 10_000,
    'a"b' * 3000,
    "x" * 10_000,
    "the of and " * 1000,
    "\x00\ud800\udfff\ufeff\u202e",
    "AND OR NOT NEAR(a b, 5) title:x a* ^b -c {d} [e]",
    "'; DROP TABLE article; --",
    "\\frac \\\\ \\n \\",
    "%00 %s {} $1",
    "🦊👩‍👩‍👧‍👦",
    "\u0301\u0301\u0301",
    "e\u0301" * 5000,
    "量" * 10_000,
    "ﷺ½™ⅷ",
    "İIıi",  # noqa: RUF001
    "\n\r\t\v\f\u2028",
    "“unbalanced «quotes„",
]


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    return Shelf.of(
        tmp_path_factory.mktemp("mixed"),
        {
            "a": {"title": "The quick brown fox", "answer": "jumps <b>over</b> the & lazy *dog*."},
            "b": {"title": "量子力学とは & why", "keywords": "a, b, <script>", "answer": "x" * 3000},
            "c": {"title": "e\u0301te\u0301 🦊 <img src=x onerror=alert(1)>", "answer": "“the” a" * 400},
            "d": {
                "title": "An answer's \\frac title",
                "answer": "```html\n<mark>a</mark>\n```\n" + "of the " * 200,
            },
        },
    )


@pytest.mark.parametrize("query", NASTY, ids=range(len(NASTY)))
def test_any_string_is_a_query(mixed: Shelf, query: str) -> None:
    matches = mixed.index.search(query)
    for position in matches.positions:
        assert_safe(highlight(mixed.graph.articles[int(position)], matches))


@given(st.text(max_size=30) | st.text(alphabet="the aquickfo\"'\u201c -*量子", max_size=20))
def test_any_drawn_string_is_a_query(mixed: Shelf, query: str) -> None:
    matches = mixed.index.search(query)
    assert len(set(matches.positions.tolist())) == len(matches.positions) == len(matches.scores)
    assert (matches.scores > 0).all()
    for position in matches.positions:
        assert_safe(highlight(mixed.graph.articles[int(position)], matches))


def test_long_queries_are_cut(shelf: Shelves) -> None:
    words = [f"w{number}x" for number in range(1000)]
    assert [term.words[0] for term in parse_query(" ".join(words))] == words[:32]
    assert sum(len(term.words) for term in parse_query('"' + " ".join(words) + '" more ' * 50)) == 32
    assert parse_query(" " * 10_000 + "word") == ()
    for signs in ("量" * 9000, '"' + "量 " * 40 + '"', '"' + "量" * 9000):
        assert [len(term.words) for term in parse_query(signs)] == [32]


# ---- against a slow reading of the rules -----------------------------------------------------------------

VOCABULARY = [
    "cell",
    "cells",
    "cellular",
    "Célla",
    "the",
    "a",
    "of",
    "o",
    "ox",
    "oxen",
    "run",
    "running",
    "runs",
]
some_words = st.lists(st.sampled_from(VOCABULARY), max_size=6).map(" ".join)
some_articles = st.lists(
    st.tuples(some_words, st.lists(some_words, max_size=2), some_words), min_size=1, max_size=6
)
some_queries = st.builds(
    lambda parts, end: " ".join(parts) + end,
    st.lists(
        st.sampled_from([*VOCABULARY, "ce", "cel", "runn", "xyz"])
        | some_words.filter(bool).map('"{}"'.format),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(["", " ", '"', ' "cell o', ' "ox cel']),
)


def expected(articles: list[tuple[str, list[str], str]], query: str, allows: list[bool]) -> dict[int, float]:
    """Who matches, with their scores, by going through all words of all articles for each term."""
    texts = [  # of each article its fields, of each field its pieces, of each piece its words
        [
            [list(map(fold, split_words(piece))) for piece in pieces]
            for pieces in ([title], keywords, [answer])
        ]
        for title, keywords, answer in articles
    ]
    lengths = [[sum(len(piece) + 1 for piece in pieces) for pieces in fields] for fields in texts]
    means = [max(1, sum(column) / len(column)) for column in zip(*lengths, strict=True)]

    def frequencies(matches: Any, fields: range = range(3)) -> list[float]:
        return [
            sum(
                weight * sum(matches(word) for piece in texts[n][field] for word in piece)
                / (1 - b + b * lengths[n][field] / means[field])
                for field, weight, b in ((0, 30, 0.5), (1, 8, 0.5), (2, 1, 0.75))
                if field in fields
            )
            for n in range(len(articles))
        ]  # fmt: skip

    def weighed(values: list[float]) -> list[float]:
        having = sum(value > 0 for value in values)
        rarity = math.log(1 + (len(values) - having + 0.5) / (having + 0.5))
        return [rarity * value / (value + 5) for value in values]

    def of_phrase(term: Term) -> list[float]:
        size = len(term.words)

        def fits(words: list[str]) -> bool:
            *heads, tail = words
            last = tail.startswith(term.words[-1]) if term.is_unfinished else tail == term.words[-1]
            return last and heads == list(term.words[:-1])

        def goes(word: str) -> Any:
            is_last = term.is_unfinished and word == term.words[-1]
            return lambda other: other.startswith(word) if is_last else other == word

        occurs = [
            any(
                fits(piece[i : i + size])
                for pieces in fields
                for piece in pieces
                for i in range(len(piece) - size + 1)
            )
            for fields in texts
        ]
        each = [frequencies(lambda other, word=word: other == word) for word in term.words[:-1]]
        each.append(frequencies(goes(term.words[-1])))
        return weighed(
            [
                min(values) if there else 0.0
                for there, values in zip(occurs, zip(*each, strict=True), strict=True)
            ]
        )

    def of_word(term: Term) -> list[float]:
        (word,) = term.words
        (stem,) = stem_all([word])
        skipped = term.is_short and term.is_stop_word
        whole = frequencies(lambda other: not skipped and stem_all([other]) == [stem])
        exact = weighed(frequencies(lambda other: not skipped and other == word))
        fields = range(1) if term.is_short else range(3)
        begun = [value / 2 for value in frequencies(lambda other: other.startswith(word), fields)]
        if not term.is_unfinished:
            any_form = weighed(whole)
        elif term.only_ranks:
            any_form = [max(w, b / 2) for w, b in zip(weighed(whole), weighed(begun), strict=True)]
        else:
            any_form = weighed([w + b for w, b in zip(whole, begun, strict=True)])
        return [e + a for e, a in zip(exact, any_form, strict=True)]

    terms = parse_query(query)
    worths = [of_phrase(term) if term.is_phrase else of_word(term) for term in terms]
    had = Counter[int]()
    barred = set[int]()
    for term, worth in zip(terms, worths, strict=True):
        for n, value in enumerate(worth):
            if term.is_required and not value:
                barred.add(n)
            had[n] += value > 0 and not term.is_required and not term.only_ranks
    allowed = [n for n in range(len(articles)) if n not in barred and allows[n]]
    most = max((had[n] for n in allowed), default=0)
    scores = {n: sum(worth[n] for worth in worths) for n in allowed if had[n] == most}
    return {n: score for n, score in scores.items() if score > 0}


@settings(max_examples=60)
@given(some_articles, st.lists(some_queries, min_size=1, max_size=10), st.integers(0, 63), st.integers(1, 5))
def test_search_does_what_its_description_says(
    tmp_path_factory: pytest.TempPathFactory,
    articles: list[tuple[str, list[str], str]],
    queries: list[str],
    allowed: int,
    at_once: int,
) -> None:
    """And to the last bit the same however many articles are looked at together, and in which way."""
    found = Shelf.of(
        tmp_path_factory.mktemp("drawn"),
        {
            f"{number}": {
                "title": title or "?",
                "keywords": ", ".join(filter(None, keywords)),
                "answer": answer,
            }
            for number, (title, keywords, answer) in enumerate(articles)
        },
    )
    unique = [(title, list({k.casefold(): k for k in reversed(keywords) if k}.values())[::-1], answer)
              for title, keywords, answer in articles]  # fmt: skip
    allows = [bool(allowed >> number & 1) for number in range(len(articles))]
    for query, mask in ((query, mask) for query in queries for mask in (None, np.array(allows))):
        matches = found.index.search(query, mask)
        for few in (0, 1000):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(postings, "_AT_ONCE", at_once)
                patch.setattr(postings, "_FEW", few)
                again = found.index.search(query, mask)
            assert again.positions.tolist() == matches.positions.tolist()
            assert again.scores.tobytes() == matches.scores.tobytes()
        scores = expected(unique, query, allows if mask is not None else [True] * len(articles))
        assert sorted(matches.positions.tolist()) == sorted(scores)
        for position, score in zip(matches.positions.tolist(), matches.scores.tolist(), strict=True):
            assert score == pytest.approx(scores[position], rel=1e-5)
        order = list(zip((-matches.scores).tolist(), matches.positions.tolist(), strict=True))
        assert order == sorted(order)


@given(st.text() | st.text(alphabet="aÉ_\\ \n’“'n量\u0301ß$1", max_size=20))  # noqa: RUF001
def test_the_two_ways_to_split_a_text_agree(text: str) -> None:
    assert [fold(word) for word in split_words(text)] == [fold(match[0]) for match in find_words(text)]


MARKUP = [*r"a b1 é \frac \\ \* ** * _ ~~ $ $$ \( \) \[ \] [ ] # - 1. > |--| 量".split(), " ", "\n"]  # noqa: SIM905
HIDING = [
    *MARKUP,
    *"` `` ``` ~~~ ](x) [y](z) ![ ]: <b> </b> <i <!-- --> &lt; &amp;".split(),  # noqa: SIM905
    r"\begin{align}",
    r"\end{align}",
    "```a\n",
    "\n```\n",
    "\0",
]


@given(st.lists(st.sampled_from(MARKUP)))
def test_no_word_is_lost_or_made_where_markup_is_taken_away(pieces: list[str]) -> None:
    markdown = "".join(pieces)
    assert split_words(plain_lines(markdown)) == split_words(markdown)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(HIDING)))
def test_the_words_that_are_shown_are_those_of_the_index(pieces: list[str]) -> None:
    markdown = "".join(pieces)
    assert split_words(plain_lines(markdown)) == split_words(without_hidden_words(markdown))


@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    for word in split_words(text):
        assert fold(fold(word)) == fold(word)
        assert len(fold(word * 70)) <= 64
        assert fold(word) == fold(word.upper()) or not word.isascii()


# ---- files -----------------------------------------------------------------------------------------------


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_the_files_are_the_same_every_time_and_in_batches_of_any_size(
    tmp_path: Path, mixed: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = []
    for number, (batch, at_once) in enumerate(((2000, 1 << 25), (2000, 1 << 25), (1, 1), (3, 40))):
        monkeypatch.setattr(writing, "_BATCH", batch)
        monkeypatch.setattr(writing, "_AT_ONCE", at_once)
        folder = tmp_path / str(number)
        folder.mkdir()
        write_index(mixed.graph, folder)
        written.append(contents(folder))
    assert written[0] == written[1] == written[2] == written[3]


@pytest.mark.parametrize("count", [400, 70_000])
def test_an_article_may_have_more_words_than_8_or_16_bits_count(shelf: Shelves, count: int) -> None:
    answer = " ".join(f"w{number}" for number in range(count))
    found = shelf(a={"title": "A", "answer": answer}, b=f"w{count - 1} w0")
    assert found.find(f"w{count - 1} ") == ["b", "a"]
    assert found.find(f'"w{count - 2} w{count - 1}"') == found.find('"w300 w301"') == ["a"]


def test_the_index_of_a_graph_is_made_once(mixed: Shelf) -> None:
    index = index_of(mixed.graph)
    assert index_of(mixed.graph) is index
    assert len(index) == 4


# ---- highlights ------------------------------------------------------------------------------------------


def assert_safe(html: str) -> None:
    """Text, whole character references, and marks that are closed, not nested and not empty."""
    assert re.fullmatch(
        r"(?:[^<>&\"']|&(?:amp|lt|gt|quot|#x27);|<mark>(?:[^<>&\"']|&(?:amp|lt|gt|quot|#x27);)+</mark>)*",
        html,
    )
    assert len(plain(html)) <= 250


def plain(html: str) -> str:
    return unescape(html.replace("<mark>", "").replace("</mark>", ""))


def marked(html: str) -> list[str]:
    return [unescape(word) for word in re.findall("<mark>(.*?)</mark>", html)]


def test_the_words_that_match_are_marked_in_a_passage_of_the_answer(shelf: Shelves) -> None:
    found = shelf(
        a={"title": "Running", "answer": "Nobody **ran**. She likes running; he *runs* a Rünner's shop."}
    )
    assert found.show("run", "a") == (
        "Nobody ran. She likes <mark>running</mark>; he <mark>runs</mark> a <mark>Rünner</mark>&#x27;s shop."
    )
    assert marked(found.show("run ", "a")) == ["running", "runs"]


def test_everything_is_escaped(shelf: Shelves) -> None:
    found = shelf(
        a={"title": "A <b>bold</b> & \"quoted\" 'title'"},
        b={
            "title": "B",
            "answer": "`<script>alert('bold')</script>` & <img onerror=x> &lt;i&gt; bold </mark>",
        },
    )
    assert marked(found.show("bold ", "a")) == ["bold"]
    for name in "ab":
        assert_safe(found.show("bold ", name))


def test_the_passage_is_where_most_terms_stand_together(shelf: Shelves) -> None:
    filler = "Nothing of interest is said in this sentence about wine. " * 8
    answer = f"{filler}\n\n{filler} Here red grapes make the best wine of all. {filler}\n\n{filler}"
    shown = shelf(a={"title": "One", "answer": answer}).show("red grapes wine", "a")
    assert {"red", "grapes", "wine"} <= set(marked(shown))
    assert (shown[0], shown[-1]) == ("…", "…")
    assert_safe(shown)
    assert 150 < len(plain(shown)) <= 250
    assert not re.search(r"\w…", re.sub(r"(?<=\w)…$", "", plain(shown)[1:])), "cut in a word"


def test_a_short_answer_is_shown_whole_without_markdown(shelf: Shelves) -> None:
    answer = (
        "# Lava\n\n- **Hot** `rock`, see [this](http://x.org).\n- 2*3*4 is $24\n\n|a|b|\n|---|---|\n|1|2|"
    )
    shown = shelf(a={"title": "One", "answer": answer}).show("lava", "a")
    assert plain(shown) == "Lava Hot rock, see this. 2*3*4 is $24 |a|b| |1|2|"


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("lava `deque([start])`, `[start]`, `[a](b)`", "lava deque([start]), [start], [a](b)"),
        ("lava `x_i * y_i * z`, `**kw`, `<b>&lt;`, `\\*`", r"lava x_i * y_i * z, **kw, <b>&lt;, \*"),
        ("lava ``a ` b``, `` ` `` and ` c `", "lava a ` b, ` and c"),
        ("`lava`s (` b `) `a``b`", "lavas (b) a``b"),
        ("1. ```\n   lava\n   ```", "1. lava"),
        ("lava `open *and* on", "lava `open and on"),
        ("lava `a\n\nb` *c*", "lava `a b` c"),
        (
            "lava\n\n```python\nq = deque([start])\nf(*a, **b) # _c_\n```\n*done*",
            "lava q = deque([start]) f(*a, **b) # _c_ done",
        ),
        ("1. lava\n   ~~~~\n   a*b*\n   ~~~\n   ~~~~~\n2. *c*", "1. lava a*b* ~~~ 2. c"),
        ("- ```\n  *lava*\n  ```\n- *b*", "*lava* b"),
        ("lava\n```\n- *never* closed", "lava - *never* closed"),
    ],
)
def test_code_is_shown_as_it_is(shelf: Shelves, markdown: str, shown: str) -> None:
    assert plain(shelf(a={"title": "A", "answer": markdown}).show("lava lavas", "a")) == shown


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        (r"lava $A_{ij}$ and $a_*b_*$ of $ n = 0 $, $5", r"lava A_{ij} and a_*b_* of n = 0, $5"),
        (r"lava $f[x](y)$ \(a_{i}*b*c\), \[ x^{*} [a](b) \]", r"lava f[x](y) a_{i}*b*c, x^{*} [a](b)"),
        ("lava $$\n- \\sum_{i} a_*\n$$ x*", r"lava - \sum_{i} a_* x*"),
        (
            "lava\n\\begin{align}\na_{i} &= *b* \\\\\n\\end{align}",
            r"lava \begin{align} a_{i} &= *b* \\ \end{align}",
        ),
        ("lava for $5 and *not* $6 a day", "lava for $5 and not $6 a day"),
        (r"lava \(open and *on*, \[1\] \[2\](x)", "lava (open and on, [1] [2](x)"),
        ("lava $a$$b$", "lava $a$$b$"),
        ("the $n$th lava", "the $n$th lava"),
        ("lava $a\n\n*b* c_1$ d", "lava $a b c_1$ d"),
        (r"lava $$ 5\$$ *x*_i $$", r"lava 5\$$ *x*_i"),
    ],
)
def test_formulas_are_shown_as_their_tex(shelf: Shelves, markdown: str, shown: str) -> None:
    assert plain(shelf(a={"title": "A", "answer": markdown}).show("lava", "a")) == shown


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("*lava* **b** ***c*** _d_ __e__ ~~f~~ **g *h* i**", "lava b c d e f g h i"),
        ("lava 5 * 3 * 2, *p = 3, f(*args), ~5", "lava 5 * 3 * 2, *p = 3, f(*args), ~5"),
        ("lava ***x** y* **z*", "lava x y *z"),
        ("lava 0.05*, 3 ** 2, a_, *b", "lava 0.05*, 3 ** 2, a_, *b"),
        ("lava snake_case_name __init__.py 2*3*4", "lava snake_case_name init.py 2*3*4"),
        ("(*lava*), **b `x*y` c**: *[d](e)*", "(lava), b x*y c: d"),
        ("*lava\n\nb* *c\n- d*", "*lava b* *c d*"),
        (r"\*lava\* a\_b \# \[c\](d) \\ e", r"*lava* a_b # [c](d) \\ e"),
        ("*lava _b* c_ **d*", "lava _b c_ *d"),
        ("lava这是**重点**内容", "lava这是重点内容"),
        ("lava a &lt b &lt;i&gt; ?a=1&copy=2", "lava a &lt b <i> ?a=1&copy=2"),
    ],
)
def test_marks_go_where_markdown_takes_them_for_emphasis(shelf: Shelves, markdown: str, shown: str) -> None:
    assert plain(shelf(a={"title": "A", "answer": markdown}).show("lava", "a")) == shown


def test_what_code_shows_is_found_but_not_its_language(shelf: Shelves) -> None:
    found = shelf(
        a={"title": "A", "answer": "```python\nrow[first](second)\n<b class='bold'> <!-- remark -->\n```"}
    )
    for seen in ("second", "bold", "remark"):
        assert marked(found.show(f"{seen} ", "a")) == [seen]
    assert found.find("python ") == []
    assert without_hidden_words("~~~python\nx\n~~~").split() == ["x"]
    assert plain_lines("\0000\0 `x`") == "\ufffd0\ufffd x"


@pytest.mark.parametrize(
    "piece", ["`", "` ``", "$", "$$ a $", "\\(", "\\[", "<!--", "```\n", "*a ", "a* _", "**a* ", "[", "]("]
)
def test_the_time_for_unclosed_markup_does_not_explode(piece: str) -> None:
    markdown = piece * 20_000
    assert split_words(plain_lines(markdown)) == split_words(without_hidden_words(markdown))


def test_terms_count_more_than_marks_and_of_equals_the_first_passage_is_shown(shelf: Shelves) -> None:
    filler = "nothing is said here " * 20
    found = shelf(
        a={"title": "A", "answer": f"{filler} wine wine wine wine {filler} red wine {filler}"},
        b={"title": "B", "answer": f"{filler} one wine {filler} two wines {filler}"},
    )
    assert marked(found.show("red wine", "a")) == ["red", "wine"]
    assert marked(found.show("wine ", "b")) == ["wine"]


def test_a_passage_is_found_by_words_with_diacritics_alone(shelf: Shelves) -> None:
    assert marked(shelf(a={"title": "A", "answer": "An ÉCLAIR"}).show("eclair", "a")) == ["ÉCLAIR"]


def test_an_article_that_does_not_match_shows_its_title(shelf: Shelves) -> None:
    found = shelf(a="<b>Red & white</b>", b="word " * 100)
    assert found.show("nothing", "a") == "&lt;b&gt;Red &amp; white&lt;/b&gt;"
    assert len(found.show("nothing", "b")) <= 241


def test_of_an_endless_line_only_a_piece_is_looked_at_closely(
    shelf: Shelves, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at: list[int] = []

    def looking(text: str) -> Iterator[re.Match[str]]:
        looked_at.append(len(text))
        return find_words(text)

    monkeypatch.setattr(highlighting, "find_words", looking)
    found = shelf(a={"title": "A", "answer": "word " * 20_000 + "lava " + "word" * 20_000})
    assert marked(found.show("lava", "a")) == ["lava"]
    assert max(looked_at) < 3000


def test_a_word_that_only_ranks_does_not_decide_on_the_passage(shelf: Shelves) -> None:
    filler = "Nothing is said here. " * 20
    found = shelf(a={"title": "A", "answer": f"C {filler}\n\nvitamin {filler}"})
    assert marked(found.show("vitamin c", "a")) == ["vitamin"]


def test_what_matches_outside_of_the_answer_is_shown_instead(shelf: Shelves) -> None:
    found = shelf(
        a={"title": "The lava", "answer": "x"},
        b={"title": "B", "question": "Which lava?", "answer": "x"},
        c={"title": "C", "keywords": "rock, lava", "answer": "x"},
    )
    assert found.show("lava", "a") == "The <mark>lava</mark>"
    assert found.show("lava", "b") == "Which <mark>lava</mark>?"
    assert found.show("lava", "c") == "rock, <mark>lava</mark>"


def test_only_the_phrase_itself_is_marked(shelf: Shelves) -> None:
    found = shelf(a={"title": "A", "answer": "The state, the art and the state of the art."})
    assert found.show('"state of the art"', "a") == (
        "The state, the art and the <mark>state</mark> <mark>of</mark> <mark>the</mark> <mark>art</mark>."
    )
    assert marked(found.show('"state of the a', "a")) == ["state", "of", "the"]
    assert marked(found.show('"the sta', "a")) == ["The", "state", "the", "state"]


def test_beginnings_of_one_or_two_letters_are_marked_in_titles(shelf: Shelves) -> None:
    found = shelf(a={"title": "Quick quarks", "answer": "quietly questions"})
    assert found.show("qu", "a") == "<mark>Quick</mark> <mark>quarks</mark>"


@given(
    st.lists(
        st.sampled_from(
            ["lava", "Lavas", "<b>", "&amp;", "**", "_", "`", "\n", "\n\n- ", "](", "[", "<!--", "量"]
        )
        | st.text(max_size=8),
        max_size=60,
    ).map(" ".join)
)
def test_highlights_of_any_answer_are_safe(mixed: Shelf, answer: str) -> None:
    class Written:
        title, question, keywords = "T", None, ()

    Written.answer = answer  # type: ignore[attr-defined]
    matches: Matches = mixed.index.search('lava 量 "lava lava" la')
    assert_safe(highlight(Written, matches))  # type: ignore[arg-type]
