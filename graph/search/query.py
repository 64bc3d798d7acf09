"""What someone typed → what is looked for. Any text is a query."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import islice

from .words import STOP_WORDS, find_typed, fold, has_signs, split_words

MOST_WORDS = 32
"""Words that count; further ones of a query are passed over."""
LONGEST_QUERY = 10_000
"""Characters that count."""
SHORT = 3
"""Unfinished words with fewer letters are looked for in titles only."""

_QUOTE = re.compile('["\u201c\u201d\u201e\u00ab\u00bb]')
_APOSTROPHES = "'\u2019"
_NEGATED = re.compile(rf"[{_APOSTROPHES}]t\b", re.IGNORECASE)
_TAILS = frozenset({"d", "ll", "m", "re", "s", "t", "ve"})


@dataclass(frozen=True, slots=True)
class Term:
    """One word in any of its forms, or some words as they are, one after another.

    Parameters
    ----------
    words
        Folded words.
    is_phrase
        Whether the words are meant as they are; else it is one word.
    is_required
        Whether an article without it is not found whatever else it has.
    is_unfinished
        Whether the last word may go on.
    only_ranks
        Whether it only moves what has it forward.
    """

    words: tuple[str, ...]
    is_phrase: bool = False
    is_required: bool = False
    is_unfinished: bool = False
    only_ranks: bool = False

    @property
    def is_short(self) -> bool:
        """Whether it is the mere beginning of a word."""
        return self.is_unfinished and len(self.words[-1]) < SHORT

    @property
    def is_stop_word(self) -> bool:
        """Whether it says nothing beside other words."""
        return not self.is_phrase and self.words[0] in STOP_WORDS


def parse_query(text: str) -> tuple[Term, ...]:
    """Say what a text asks for.

    Words in quotation marks are a phrase, also where the closing mark is missing yet; so are characters of a
    script without spaces that stand together. The last word is unfinished if nothing stands behind it. Beside
    other words, stop words outside of phrases are left out, and an unfinished word of one or two letters only
    ranks.

    Parameters
    ----------
    text
        Any text. Its first 32 words count, within its first 10,000 characters, and of each run of signs the
        first 32.

    Returns
    -------
    tuple of Term
        In order, without repeats; empty where the text has no words.
    """
    terms = list(dict.fromkeys(_terms(text[:LONGEST_QUERY])))
    terms = [term for term in terms if not term.is_stop_word] or terms
    if len(terms) > 1 and terms[-1].is_short:
        terms[-1] = replace(terms[-1], only_ranks=True)
    return tuple(terms)


def _terms(text: str) -> Iterator[Term]:
    pieces = _QUOTE.split(text)  # every second one is quoted
    left = MOST_WORDS
    for number, piece in enumerate(pieces):
        typed = list(islice(find_typed(piece), left))
        left -= len(typed)
        if not typed:
            continue
        is_last = number == len(pieces) - 1
        is_unfinished = is_last and typed[-1].end() == len(piece) and not has_signs(typed[-1][0])
        if number % 2:
            words = [fold(word) for match in typed for word in split_words(match[0])]
            yield from _quoted(words[:MOST_WORDS], is_unfinished=is_unfinished)
        else:
            yield from _loose(piece, typed, is_unfinished=is_unfinished)


def _quoted(words: list[str], *, is_unfinished: bool) -> Iterator[Term]:
    if is_unfinished and len(words) == 1:
        yield Term(tuple(words), is_unfinished=True)
        return
    if is_unfinished and len(words[-1]) < SHORT:
        words, is_unfinished = words[:-1], False
    yield Term(tuple(words), is_phrase=True, is_required=True, is_unfinished=is_unfinished)


def _loose(piece: str, typed: list[re.Match[str]], *, is_unfinished: bool) -> Iterator[Term]:
    for match in typed:
        word = match[0]
        if has_signs(word):
            yield Term(tuple(map(fold, split_words(word)[:MOST_WORDS])), is_phrase=True)
        elif not (fold(word) in _TAILS and piece[max(0, match.start() - 1)] in _APOSTROPHES):
            if _NEGATED.match(piece, match.end()) and word[-1] in "nN":  # "don't" is no Don, "won't" no win
                word = "not"
            yield Term((fold(word),), is_unfinished=is_unfinished and match is typed[-1])
