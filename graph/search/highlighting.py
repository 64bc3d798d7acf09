"""The passage of an article that shows best why it was found."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import escape
from itertools import compress, islice
from typing import TYPE_CHECKING, NamedTuple

from .index import Matches, Wanted
from .markup import plain_lines
from .query import Term
from .words import find_words, fold, split_words

if TYPE_CHECKING:
    from ..knowledge import Article

_LENGTH = 240
_SPAN = 160
"""How far apart the marks may be that a passage is chosen for; the rest is for what stands around them."""
_LEAD = 60
"""How much of it at most stands before them."""
_MOST_MARKS = 200
_LINE = re.compile(r"[^\n]{1,2000}(?!\S)|[^\n]{1,2000}")
_SENTENCE_START = re.compile(r"(?<=[.!?:…] )\S|(?<=[。！？])\S")  # noqa: RUF001 - Chinese marks
_WORD_START = re.compile(r"(?<=\s)\S")


class _Mark(NamedTuple):
    start: int
    end: int
    term: int


def highlight(article: Article, matches: Matches) -> str:
    """Show where an article has what was looked for.

    Parameters
    ----------
    article
        An article.
    matches
        What a query found.

    Returns
    -------
    str
        HTML: text in which everything is escaped, with ``<mark>`` around the words that match. It is a
        passage of the answer, about 240 characters without the tags; where that has none of the words, of the
        title, the question or the keywords.
    """
    for text, is_title in _texts(article):
        line = " ".join(_best_chunk(text, matches.wanted, is_title=is_title).split())
        marks = list(islice(_find_marks(line, matches.wanted, is_title=is_title), _MOST_MARKS))
        if marks:
            return _passage(line, marks)
    return escape(_cut(article.title, 0, _LENGTH))


def _texts(article: Article) -> Iterator[tuple[str, bool]]:
    """Yield where to look, and whether beginnings of one or two letters count there."""
    yield plain_lines(article.answer or ""), False
    yield article.title, True
    yield article.question or "", False
    yield ", ".join(article.keywords), False


def _best_chunk(text: str, wanted: Sequence[Wanted], *, is_title: bool) -> str:
    """The first of the chunks that have most terms, those that only rank counting half."""
    worth = [1 if want.term.only_ranks else 2 for want in wanted]
    best, most = "", 0
    for chunk in _chunks(text):
        had = _has_terms(chunk, wanted, is_title=is_title)
        count = sum(compress(worth, had))
        if count > most:
            best, most = chunk, count
            if all(had):
                break
    return best


def _chunks(text: str) -> Iterator[str]:
    """Cut a text into its lines; short ones go with what follows, very long ones are cut between words."""
    chunk = ""
    for line in _LINE.finditer(text):
        chunk = f"{chunk}\n{line[0]}"
        if len(chunk) >= _LENGTH:
            yield chunk
            chunk = ""
    yield chunk


def _has_terms(chunk: str, wanted: Sequence[Wanted], *, is_title: bool) -> list[bool]:
    """Which terms a chunk has; quick, since all of an answer is looked at."""
    words = split_words(chunk)
    if not chunk.isascii():
        words = list(map(fold, words))
    return [next(_find_term(want, words, is_title=is_title), None) is not None for want in wanted]


def _find_marks(text: str, wanted: Sequence[Wanted], *, is_title: bool) -> Iterator[_Mark]:
    """Yield the words that match, in order."""
    places = [(match.start(), match.end(), fold(match[0])) for match in find_words(text)]
    words = [word for _, _, word in places]
    matched: dict[int, int] = {}  # from a word's number to its term's
    for number, want in enumerate(wanted):
        matched |= dict.fromkeys(_find_term(want, words, is_title=is_title), number)
    for place in sorted(matched):
        start, end, _ = places[place]
        yield _Mark(start, end, matched[place])


def _find_term(want: Wanted, words: Sequence[str], *, is_title: bool) -> Iterator[int]:
    """Yield the numbers of the words that match a term."""
    term, forms = want
    if term.is_phrase:
        yield from _find_phrase(term, words)
    elif term.is_unfinished and (is_title or not term.is_short):
        beginning = term.words[0]
        yield from (n for n, word in enumerate(words) if word.startswith(beginning) or word in forms)
    elif not forms.isdisjoint(words):
        yield from (n for n, word in enumerate(words) if word in forms)


def _find_phrase(term: Term, words: Sequence[str]) -> Iterator[int]:
    *before, last = term.words
    length = len(before)
    for end in range(length, len(words)):
        is_last = words[end].startswith(last) if term.is_unfinished else words[end] == last
        if is_last and words[end - length : end] == before:
            yield from range(end - length, end + 1)


def _passage(text: str, marks: Sequence[_Mark]) -> str:
    start = _start_before(text, _densest(marks).start)
    shown = _cut(text, start, start + _LENGTH)
    pieces = ["…" if start else ""]
    done = 0
    for mark in marks:
        left, right = mark.start - start, mark.end - start
        if left >= done and right <= len(shown.rstrip("…")):
            pieces += escape(shown[done:left]), "<mark>", escape(shown[left:right]), "</mark>"
            done = right
    return "".join([*pieces, escape(shown[done:])])


def _densest(marks: Sequence[_Mark]) -> _Mark:
    """The first mark of the stretch that has most terms, then most marks."""
    best, chosen = (0, 0), marks[0]
    end = 0
    for number, mark in enumerate(marks):
        while end < len(marks) and marks[end].end - mark.start <= _SPAN:
            end += 1
        within = marks[number:end]
        count = len({other.term for other in within}), len(within)
        if count > best:
            best, chosen = count, mark
    return chosen


def _start_before(text: str, at: int) -> int:
    """Where to begin so that something stands before `at`: with its sentence, else with a word."""
    earliest = max(0, at - _LEAD)
    if not earliest:
        return 0
    for pattern in (_SENTENCE_START, _WORD_START):
        starts = [match.start() for match in pattern.finditer(text, earliest, at + 1)]
        if starts:
            return starts[0]
    return at


def _cut(text: str, start: int, end: int) -> str:
    """A stretch of text, cut before a word and with an ellipsis where the text goes on."""
    if end >= len(text):
        return text[start:]
    space = text.rfind(" ", (start + end) // 2, end + 1)
    return text[start : end if space < 0 else space].rstrip() + "…"
