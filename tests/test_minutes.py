"""Reading times, and what shows nothing."""

from __future__ import annotations

import math
import random

import pytest

from graph.minutes import _count_words, is_blank, reading_minutes


@pytest.mark.parametrize(
    ("markdown", "minutes"),
    [
        ("", 0),
        (" \n&nbsp;\n", 0),
        ("a", 1),
        ("---", 1),
        ("word " * 238, 1),
        ("- word\n" * 119, 1),
        ("word " * 239, 2),
        ("# A\n\n| b | c |\n" * 100, 3),
        ("汉字" * 190, 1),
        ("汉字" * 191, 2),
        ("한국어 " * 238, 1),
        ("漢字 " * 190 + "word " * 240, 3),
    ],
)
def test_reading_minutes(markdown: str, minutes: int) -> None:
    assert reading_minutes(markdown) == minutes


@pytest.mark.parametrize(
    "text", ["", " ", "\n&nbsp;", "\xa0\t\u3000", "\u200b\ufeff\u2060", "&#160;&#xA0;&ZeroWidthSpace;"]
)
def test_blank(text: str) -> None:
    assert is_blank(text)


@pytest.mark.parametrize("text", ["a", "&amp;", "&nbsp", " . ", "&nbsp;x", "\\"])
def test_not_blank(text: str) -> None:
    assert not is_blank(text)


@pytest.mark.parametrize("escaped", [False, True])
def test_words_are_counted_as_they_would_be_split(escaped: bool) -> None:
    chance = random.Random(1)
    for size in [*range(12)] * 200 + [1000, 9000, 20_000]:
        text = "n" + "".join(chance.choices(" \n\t\r\v\x1c\\\\nnax.é\u2019", k=size))
        shown = text.replace("\\n", "\n") if escaped else text
        assert reading_minutes(text, escaped=escaped) == math.ceil(len(shown.split()) / 238)
        assert _count_words(text.encode(), escaped=escaped) == len(shown.split())


@pytest.mark.parametrize("space", ["\xa0", "\x85", "\u2009", "\u2028", "\u3000"])
def test_words_are_parted_by_any_white_space(space: str) -> None:
    assert reading_minutes("é" + f" é{space}é" * 119) == 2


def test_an_escaped_break_parts_words_beside_other_characters() -> None:
    text = "é" + " é\\né" * 119
    assert (reading_minutes(text), reading_minutes(text, escaped=True)) == (1, 2)
