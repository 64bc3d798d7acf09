"""The words of a text as the index knows them: split, folded, stemmed.

A word is a run of letters and digits, so that "don't", "e-mail" and "snake_case" are two words each. Chinese
and Japanese are written without spaces: each of their signs is a word. A folded word has neither case nor
diacritics.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator

import Stemmer  # type: ignore[import-not-found]

LONGEST = 64
"""Letters of a word that count; nobody types more."""

_STOP_WORDS = """
    a about an and any are as at be been between but by can could did do does for from had has have he her his
    how i if in into is it its me my no not of on or our she should so such than that the their them there
    these they this those to versus vs was we were what when where which while who whom whose why will with
    would you your
"""
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Words that nearly every English text has: beside others they say nothing."""

# Kana and ideographs.
_SIGNS = "\u3041-\u3096\u30a1-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# What stands on or around a letter and is none itself: accents, Hebrew and Arabic points, the vowels of
# Indian and South-East Asian scripts.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed"
    "\u0900-\u0963\u0966-\u0df3\u0e30-\u0e4e\u0eb0-\u0ece\u0f18-\u0fbc\u102b-\u1049\u17b4-\u17d3\u3099\u309a"
)
_WORD = rf"(?:[^\W_{_SIGNS}]++[{_MARKS}]*+)++|[{_SIGNS}][{_MARKS}]*+"
_WORDS = re.compile(_WORD)
_SIGN = re.compile(f"[{_SIGNS}]")
_SIGNS_OR_WORD = re.compile(rf"(?:[{_SIGNS}][{_MARKS}]*+)++|{_WORD}")
# TeX's commands are no words. The pair before a word may be the end of a row.
_COMMAND = r"\\(?:[A-Za-z]++|\\)"
_COMMANDS = re.compile(_COMMAND)
_COMMAND_OR_WORD = re.compile(f"{_COMMAND}|{_WORD}")

_TYPOGRAPHY = "’—–“”‘…"  # noqa: RUF001 - all that keeps many English texts from being ASCII
_TO_WORDS = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
# Letters that Unicode does not take apart.
_LETTERS = str.maketrans(
    {"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i"}
)


def split_words(text: str) -> list[str]:
    """The words of a text in order, not yet folded; TeX commands are none."""
    if "\\" in text:
        text = _COMMANDS.sub(" ", text)
    if not text.isascii():
        for mark in _TYPOGRAPHY:
            text = text.replace(mark, " ")
        if not text.isascii():
            return _WORDS.findall(text)
    return text.translate(_TO_WORDS).split()  # four times as fast as the pattern


def find_words(text: str) -> Iterator[re.Match[str]]:
    """The same words, knowing where they stand."""
    return (match for match in _COMMAND_OR_WORD.finditer(text) if match[0][0] != "\\")


def find_typed(text: str) -> Iterator[re.Match[str]]:
    """The words of what someone typed: a run of signs is one, and a backslash is none of TeX's."""
    return _SIGNS_OR_WORD.finditer(text)


def has_signs(word: str) -> bool:
    """Whether a word is of a script without spaces, where a sign is a word."""
    return _SIGN.match(word) is not None


def fold(word: str) -> str:
    """A word without case and diacritics, at most `LONGEST` letters: "Élan" and "elan" are one."""
    folded = word.casefold()
    if not folded.isascii():
        apart = unicodedata.normalize("NFKD", folded.translate(_LETTERS)).casefold()
        folded = "".join(letter for letter in apart if not unicodedata.combining(letter))
    return folded[:LONGEST]


def stem_all(words: Iterable[str]) -> list[str]:
    """The stems of folded words by Snowball's English rules, which leave most other words alone."""
    stems: list[str] = Stemmer.Stemmer("english").stemWords(list(words))
    return stems
