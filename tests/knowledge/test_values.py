"""Which values contain, begin with or end with a text: held against looking at each."""

from __future__ import annotations

import operator

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from graph.knowledge import values
from graph.knowledge.indexes import KeywordIndex, TextIndex
from graph.knowledge.values import Test, Values

TESTS: list[Test] = [operator.contains, str.startswith, str.endswith]
ODD = ["", " ", "  ", "a", "b", "aa", "ab ", " ab", "-", "_/", "ß", "SS", "ss", "İ", "i̇", "ﬁ", "é", "e\u0301"]
ODD += [
    "\0",
    "a\0b",
    "\n",
    "\t",
    "\xa0",
    "\xff",
    "ÿ",
    "\ud800",
    "\udc00",
    "\ud83d\ude00",
    "😀",
    "量子",
    "子",
    "Σς",
]

texts = st.lists(st.sampled_from(ODD), max_size=5).map("".join) | st.text(max_size=5)
columns = st.lists(st.none() | texts, max_size=12)


@pytest.mark.parametrize("long", [1, 256])
@given(column=columns, wanted=st.lists(texts, min_size=1, max_size=5))
@example(column=[], wanted=["", "a", " "])
@example(column=[None, None], wanted=["", "a", " "])
@example(
    column=["", " ", "a b", "b a", "a-b", " a", "a "], wanted=["", " ", "  ", "a b", "a-b", "a ", " a", "-"]
)
@example(
    column=["the end", "then", "end the", "the  end"],
    wanted=["the", "the ", "end", " end", "e e", "the  end"],
)
def test_values_are_found_as_if_each_was_looked_at(
    long: int, column: list[str | None], wanted: list[str]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(values, "_LONG", long)
        patch.setattr(values, "_AT_ONCE", 2)
        index = TextIndex(column)
        for text in [*wanted, *filter(None, column)]:
            for test in TESTS:
                plain = [value is not None and test(value, text) for value in column]
                assert index.where(test, text).tolist() == plain
                folded = [value is not None and test(value.casefold(), text.casefold()) for value in column]
                assert index.where(test, text.casefold(), folded=True).tolist() == folded


@given(st.lists(st.lists(texts, max_size=3, unique_by=str.casefold), max_size=6), texts)
def test_an_article_has_what_any_of_its_keywords_has(keywords: list[list[str]], text: str) -> None:
    index, text = KeywordIndex(keywords), text.casefold()
    folded = [[keyword.casefold() for keyword in some] for some in keywords]
    for test in TESTS:
        assert index.where(test, text).tolist() == [any(test(k, text) for k in some) for some in folded]
    assert index.among([text, "no such"]).tolist() == [text in some for some in folded]
    assert index.missing.tolist() == [not some for some in folded]
    chosen = np.arange(0, len(keywords), 2)
    counts = dict(zip(index.folded, index.counted(chosen).tolist(), strict=True))
    assert counts == {k: sum(k in some for some in folded[::2]) for some in folded for k in some}


@pytest.mark.parametrize("text", ["photo", "photo synthesis", "synthesis of", "of"])
def test_only_values_that_may_have_a_text_are_looked_at(text: str) -> None:
    looked: list[str] = []

    def test(value: str, wanted: str) -> bool:
        looked.append(value)
        return wanted in value

    found = Values(["the photo synthesis", "photo-synthesis of light", "a kind of light"])
    assert found.passing(test, text).any()
    assert len(looked) == (0 if " " not in text else 2 if text == "photo synthesis" else 1)
