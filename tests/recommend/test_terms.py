"""What items say, as terms: which there are, who has them, and how much."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import pairwise

import numpy as np
import pytest

from graph.recommend import Text
from graph.recommend.terms import Field, Terms, terms_of
from graph.recommend.training import Arrays

from .small import graph_of
from .spoken import random_texts, spoken

Described = list[tuple[Field, dict[int, float]]]


def described(terms: Terms) -> Described:
    """The field of each term, and how much each item has of it."""
    found = []
    for term, field in enumerate(terms.field):
        begin, end = terms.items.offsets[term : term + 2]
        frequencies = terms.frequencies[begin:end].tolist()
        found.append((Field(field), dict(zip(terms.items[term].tolist(), frequencies, strict=True))))
    return found


def in_field(field: Field, *texts: Text) -> list[dict[int, float]]:
    """The terms of one field."""
    return [items for found, items in described(terms_of(spoken(texts))) if found == field]


def titled(*titles: str) -> list[Text]:
    return [Text(title, (), "") for title in titles]


def about(*lists: tuple[str, ...]) -> list[Text]:
    return [Text("", keywords, "") for keywords in lists]


def saying(*answers: str) -> list[Text]:
    return [Text("", (), answer) for answer in answers]


def test_a_word_counts_for_less_each_time_and_in_a_long_text() -> None:
    # 3, 1 and 2 words: 2 on average, the empty title does not count
    (cat,) = in_field(Field.TITLE, *titled("cat cat dog", "cat", "red ant", ""))
    assert cat == pytest.approx(
        {
            0: 2 * 2.2 / (2 + 1.2 * (0.25 + 0.75 * 3 / 2)),
            1: 1 * 2.2 / (1 + 1.2 * (0.25 + 0.75 * 1 / 2)),
        }
    )


def test_a_word_in_a_title_and_in_an_answer_is_two_terms() -> None:
    terms = terms_of(spoken([Text("cat", (), "dog"), Text("dog", (), "cat"), *titled("cat"), *saying("cat")]))
    assert [(field, [*items]) for field, items in described(terms)] == [
        (Field.TITLE, [0, 2]),
        (Field.ANSWER, [1, 3]),
    ]


def test_a_term_that_one_item_alone_has_is_left_out_however_often_it_has_it() -> None:
    assert in_field(Field.TITLE, *titled("cat cat cat", "dog")) == []
    assert [[*items] for items in in_field(Field.TITLE, *titled("cat cat cat", "dog", "cat"))] == [[0, 2]]


def test_a_term_that_very_many_items_have_is_left_out() -> None:
    texts = saying(*["the cat"] * 500, *["the dog"] * 500, *["the"] * 11_000)
    assert [[*items] for items in in_field(Field.ANSWER, *texts)] == [
        [*range(500)],
        [*range(500, 1000)],
    ]


def test_pairs_are_of_neighbors_in_their_order() -> None:
    pairs = in_field(Field.ANSWER_PAIRS, *saying("red cat runs", "a red cat", "cat red"))
    assert [[*items] for items in pairs] == [[0, 1]]
    assert [[*items] for items in in_field(Field.TITLE_PAIRS, *titled("red cat runs", "cat runs"))] == [
        [0, 1]
    ]


def test_pairs_with_one_of_the_commonest_words_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = saying("the red cat", "the red cat the", "a the dog", "the dog")
    assert len(in_field(Field.ANSWER_PAIRS, *texts)) == 3
    monkeypatch.setattr("graph.recommend.terms._MOST_TIMES", 4)
    assert [[*items] for items in in_field(Field.ANSWER_PAIRS, *texts)] == [[0, 1]]  # of red and cat
    monkeypatch.setattr("graph.recommend.terms._MOST_TIMES", 5)
    assert len(in_field(Field.ANSWER_PAIRS, *texts)) == 3


def test_pairs_reach_over_no_gap_and_into_no_other_item() -> None:
    assert in_field(Field.ANSWER_PAIRS, *saying("red . cat", "red cat", "dog red", "cat dog red")) == [
        pytest.approx(
            {2: 2.2 / (1 + 1.2 * (0.25 + 0.75 * 3 / 4)), 3: 2.2 / (1 + 1.2 * (0.25 + 0.75 * 3 / 2))}
        )
    ]
    # "red | cat" would be a pair of the first and the second, or of the second and the third
    assert in_field(Field.TITLE_PAIRS, *titled("red", "cat", "red", "cat", "red cat")) == []


def test_the_order_of_a_keyword_s_words_does_not_matter() -> None:
    (keyword,) = in_field(
        Field.KEYWORD, *about(("white bread", "ants"), ("bread white",), ("bread", "white"))
    )
    assert keyword == {0: 1.0, 1: 1.0}


def test_a_keyword_is_whole() -> None:
    keywords = about(("white bread",), ("bread",), ("white bread oven",), ("white", "bread"))
    assert in_field(Field.KEYWORD, *keywords) == [{1: 1.0, 3: 1.0}]


def test_the_words_of_keywords_are_terms_too() -> None:
    words = in_field(Field.KEYWORDS, *about(("white bread",), ("bread oven",)))
    assert [[*items] for items in words] == [[0, 1]]


def test_a_keyword_counts_once_and_one_without_words_never() -> None:
    assert in_field(Field.KEYWORD, *about(("ants", "ants", ""), ("", "ants"))) == [{0: 1.0, 1: 1.0}]


def test_rarity_is_the_logarithm_of_how_few_have_a_term() -> None:
    terms = terms_of(spoken(titled("cat dog", "dog cat", "ant dog", "bee", "")))
    assert sorted(terms.rarity) == pytest.approx([math.log(5 / 3), math.log(5 / 2)])


def test_each_item_has_the_terms_that_have_it() -> None:
    terms = terms_of(spoken(random_texts(60, 40, 0)))
    by_term = {
        (term, item): frequency
        for term, (_, items) in enumerate(described(terms))
        for item, frequency in items.items()
    }
    owners = terms.terms.owners().tolist()
    by_item = zip(zip(terms.terms.values.tolist(), owners, strict=True), terms.term_frequencies, strict=True)
    assert dict(by_item) == by_term
    assert len(terms.terms) == 60
    for row in (terms.items, terms.terms):
        assert all((np.diff(row[number]) > 0).all() for number in range(len(row)))
    assert (np.diff(terms.field) >= 0).all()


@pytest.mark.parametrize("seed", range(3))
def test_terms_are_those_that_counting_finds(seed: int) -> None:
    texts = random_texts(50, 30, seed)
    expected = [found for field, lists in counted(texts).items() for found in postings(field, lists)]
    terms = described(terms_of(spoken(texts)))
    assert {field for field, _ in terms} == {*Field}
    assert sorted(map(rounded, terms)) == sorted(map(rounded, expected))


def counted(texts: Iterable[Text]) -> Mapping[Field, list[Counter[object]]]:
    """How often each item has what, by field."""
    lists: dict[Field, list[Counter[object]]] = {field: [] for field in Field}
    for title, keywords, answer in texts:
        lists[Field.TITLE].append(Counter(title.split()))
        lists[Field.KEYWORDS].append(Counter(word for keyword in keywords for word in keyword.split()))
        lists[Field.ANSWER].append(Counter(word for word in answer.split() if word != "."))
        lists[Field.TITLE_PAIRS].append(pairs(title))
        lists[Field.ANSWER_PAIRS].append(pairs(answer))
        whole = {tuple(sorted(keyword.split())) for keyword in keywords}
        lists[Field.KEYWORD].append(Counter(whole - {()}))
    return lists


def pairs(text: str) -> Counter[object]:
    words = text.split()
    return Counter(pair for pair in pairwise(words) if "." not in pair)


def postings(field: Field, lists: list[Counter[object]]) -> Iterable[tuple[Field, dict[int, float]]]:
    lengths = [count.total() for count in lists]
    mean = sum(lengths) / sum(length > 0 for length in lengths)
    for term in {term for count in lists for term in count}:
        has = {item: count[term] for item, count in enumerate(lists) if count[term]}
        if len(has) > 1:
            yield (
                field,
                {
                    item: 1.0
                    if field is Field.KEYWORD
                    else 2.2 * often / (often + 1.2 * (0.25 + 0.75 * lengths[item] / mean))
                    for item, often in has.items()
                },
            )


def rounded(term: tuple[Field, dict[int, float]]) -> tuple[int, list[tuple[int, float]]]:
    field, items = term
    return int(field), sorted((item, round(frequency, 4)) for item, frequency in items.items())


def test_terms_are_kept() -> None:
    made: dict[str, Arrays] = {}

    def kept(name: str, compute: object) -> Arrays:
        assert callable(compute)
        if name not in made:
            made[name] = compute()
        return made[name]

    texts = random_texts(20, 10, 0)
    first = described(terms_of(spoken(texts, kept=kept)))
    assert first
    assert described(terms_of(spoken([Text("", (), "")] * 20, kept=kept))) == first


@pytest.mark.parametrize("count", [0, 1, 5])
def test_items_that_say_nothing_have_no_terms(count: int) -> None:
    terms = terms_of(graph_of({}, count))
    assert terms.terms.sizes.tolist() == [0] * count
    assert (len(terms.items), len(terms.field), len(terms.rarity)) == (0, 0, 0)


def test_gaps_alone_are_no_terms() -> None:
    assert described(terms_of(spoken([Text(". .", (".", ""), ". . ."), Text(".", (".",), ".")]))) == []
