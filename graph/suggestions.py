"""Which article a reference that leads nowhere most likely meant.

A url is compared by its *words*: without scheme, host, query, fragment and a file's ending, percent-decoded,
without case and accents, cut at whatever is no letter or digit. Its *key* is its words with nothing between
them, but for a mark between two digits, so that "/part-1-2" and "/part-12" stay apart. Its *slug* is the last
segment.

The first of these that names any article decides:

1. the same key: the url differs in case, slashes, hyphens, encoding or ending only;
2. the same slug in another folder, or the same title; where both name articles, those that both name. A slug
   or title of one word names nothing by itself;
3. the same number;
4. a similar url, by edits: at most two letters too many, too few, other ones, or swapped with the next; none
   in a slug of fewer than 5 letters, one in a slug of fewer than 12;
5. a similar url, by a word: in the same folder, one word too many, too few or another one, with at least
   three words left, where the article's word has at most a fifth of its slug's weight. A word weighs more the
   fewer urls have it.

Of several, those with the reference's title, number and slug are preferred, in this order, and last those
whose folder is the same or similar by edits. An article is suggested where exactly one is left: copies of one
question in several folders are equally likely, so that none of them is. No article is suggested for its own
reference.

No suggestion is better than a wrong one, so a similar url counts for nothing where

* the title beside it says what its slug says: it is no slip then, the article is gone. Likewise where the
  number beside it is not the article's; and any other title rules out another word;
* another article's url is as similar; fewer edits are more so;
* the difference decides the meaning: numbers, negations, single letters, Roman numerals, and opposites such
  as stable and unstable, micro and macro;
* an edit makes a word that other urls have: that is another word, not a slip.

The fifth was chosen on damaged urls and on urls whose article was taken away, drawn from a library of 36,000
articles; the tests draw others.
"""

from __future__ import annotations

import functools
import math
import re
import string
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, count
from typing import TypeVar
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

K = TypeVar("K")

_LONGEST = 1_000
"""Characters. A longer url or title is no article's with little damage."""
_CANDIDATES = 24
"""How many of the articles that share most words are compared letter by letter."""
_LONGEST_WORD = 40
"""Letters. A slip in a longer word is not undone."""
_UNKNOWN_WORDS = 3
"""A url with more words that no article has is not compared."""
_WORDS_LEFT = 3
"""How many words two slugs share at least, where one word differs."""
_LITTLE = 0.2
"""The share of its slug's weight that an article's word may have where the reference has another."""
_LETTERS = (0, 5, 12)
"""How many letters a slug has at least that may have 0, 1 or 2 edits."""
_ANOTHER_WORD = len(_LETTERS)
"""What another word counts, in edits."""

_PLAIN = re.compile(r"(?:/[a-z0-9]+(?:-[a-z0-9]+)*)+")
_HOST = re.compile(r"\A\s*[a-z][a-z0-9+.-]*://[^/?#]*", re.IGNORECASE)
_QUERY = re.compile(r"[?#].*", re.DOTALL)
_ENDING = re.compile(r"(?:/index)?\.(?:mdx?|markdown|x?html?)\Z")
_BETWEEN_WORDS = re.compile(r"[\W_]+")
_ACCENTS = re.compile("[\u0300-\u036f]+")
_BETWEEN_DIGITS = re.compile(r"(\d)[/-](?=\d)")
_NUMBER = re.compile(r"\b\w?\d+|\d+\b")
_DECISIVE = re.compile(r"no|not|non|nor|never|neither|without|cannot|except|unless|[ivx]+|.")
_PREFIXES = (
    *("", "a", "an", "un", "in", "im", "il", "ir", "non", "dis", "de", "mis", "anti", "pre", "pro", "post"),
    *("hyper", "hypo", "inter", "intra", "endo", "exo", "macro", "micro", "homo", "hetero", "sub", "super"),
    *("over", "under"),
)
"""What makes opposites of one stem."""


class Suggester:
    """Suggests articles for references that lead nowhere. What it looks up is prepared at the first question.

    Parameters
    ----------
    urls, titles, numbers
        Each article's, by position; each of shape (n,).
    """

    def __init__(self, urls: Sequence[str], titles: Sequence[str], numbers: Sequence[int | None]) -> None:
        self._urls, self._titles, self._numbers = urls, titles, numbers

    def suggest(self, url: str | None, title: str | None, number: int | None, exclude: int) -> int | None:
        """The article that a reference most likely meant.

        Parameters
        ----------
        url, title, number
            What the reference says; None where it says nothing. Any text will do.
        exclude
            Position of the article that the reference stands in.

        Returns
        -------
        int or None
            Its position; None where no article is similar enough, or several are equally so.
        """
        path = _path(url) if url and len(url) <= _LONGEST else ""
        name = _words(title) if title and len(title) <= _LONGEST else ""
        stages = (
            lambda: self._by_key.get(_key(path)),
            lambda: self._named(_slug(path), name),
            lambda: self._by_number.get(number),
            lambda: self._similar(path, name, number),
        )
        found = next((found for stage in stages if (found := stage()) is not None), ())
        return self._only(set(found) - {exclude}, path, _key(name), number)

    def _named(self, slug: str, title: str) -> set[int] | None:
        """The articles with a slug and a title; none where these disagree; None where neither names any."""
        by_slug = set(self._by_slug.get(_key(slug), ()))
        by_title = set(self._by_title.get(_key(title), ()))
        if by_slug & by_title:
            return by_slug & by_title
        telling = [found for name, found in ((slug, by_slug), (title, by_title)) if found and "-" in name]
        return set.intersection(*telling) if telling else None

    def _only(self, found: set[int], path: str, title_key: str, number: int | None) -> int | None:
        paths = self._paths
        preferences: tuple[Callable[[int], bool], ...] = (
            lambda p: p in self._by_title.get(title_key, ()),
            lambda p: number is not None and self._numbers[p] == number,
            lambda p: bool(path) and _key(_slug(paths[p])) == _key(_slug(path)),
            lambda p: bool(path) and self._slips(_folder(path), _folder(paths[p])) is not None,
        )
        for preferred in preferences:
            if len(found) > 1:
                found = set(filter(preferred, found)) or found
        return next(iter(found)) if len(found) == 1 else None

    def _similar(self, path: str, name: str, number: int | None) -> list[int]:
        if _letters(name) == _letters(_slug(path)):
            return []
        distances: dict[int, int] = {}
        for position in self._sharing_words(path):
            if number is None or self._numbers[position] is None:
                distance = self._distance(path, self._paths[position])
                if distance is not None and not (name and distance == _ANOTHER_WORD):
                    distances[position] = distance
        least = min(distances.values(), default=0)
        return [position for position, distance in distances.items() if distance == least]

    def _distance(self, path: str, other: str) -> int | None:
        """Edits from one path to the other, or `_ANOTHER_WORD`; None where they are not similar."""
        slugs = _slug(path), _slug(other)
        edits = [self._slips(path, other)]
        if "-" in slugs[1]:
            edits.append(self._slips(*slugs))
        least = min((count for count in edits if count is not None), default=None)
        if least is not None and len(_letters(slugs[1])) >= _LETTERS[least]:
            return least
        same_folder = _key(_folder(path)) == _key(_folder(other))
        return _ANOTHER_WORD if same_folder and self._one_word_apart(*slugs) else None

    def _slips(self, written: str, meant: str) -> int | None:
        """How many edits make one text of the other; None where they are too many or make another word."""
        edits = _edits(_key(written), _key(meant))
        ours, theirs = set(_split(written)), set(_split(meant))
        strange, missed = ours - theirs, theirs - ours
        known = any(word in self._postings for word in strange)
        another_word = edits and not (strange and missed)
        if edits is None or known or another_word or _meaning_differs(written, meant):
            return None
        return edits

    def _one_word_apart(self, written: str, meant: str) -> bool:
        """Whether two slugs differ in one word, of little weight, that does not decide the meaning."""
        ours, theirs = written.split("-"), meant.split("-")
        whole = sum(map(self._rarity, theirs))
        start = _common_start(ours, theirs)
        ours, theirs = ours[start:], theirs[start:]
        end = _common_start(ours[::-1], theirs[::-1])
        ours, theirs = ours[: len(ours) - end], theirs[: len(theirs) - end]
        return (
            max(len(ours), len(theirs)) == 1
            and start + end >= _WORDS_LEFT
            and sum(map(self._rarity, theirs)) <= _LITTLE * whole
            and not _meaning_differs(written, meant)
        )

    def _sharing_words(self, path: str) -> list[int]:
        """The articles that share most of a path's words by weight, a slip in a word undone."""
        words = set(_split(path))
        strange = {word for word in words if word not in self._postings}
        if len(strange) > _UNKNOWN_WORDS:
            return []
        undone = chain.from_iterable(_one_edit(word) for word in strange if len(word) <= _LONGEST_WORD)
        known = words - strange | {word for word in undone if word in self._postings}
        if not known:
            return []
        shared = np.zeros(len(self._paths))
        for word in known:
            shared[self._postings[word]] += self._rarity(word)
        likeness = shared / (self._weights + sum(map(self._rarity, words)))
        best = np.argpartition(-likeness, min(_CANDIDATES, len(likeness) - 1))[:_CANDIDATES]
        return [int(position) for position in best if shared[position]]

    def _rarity(self, word: str) -> float:
        """What a word weighs: the information in an article's having it, as in TF-IDF."""
        return math.log1p(len(self._paths) / len(self._postings.get(word, (0,))))

    @functools.cached_property
    def _paths(self) -> list[str]:
        return [_path(url) for url in self._urls]

    @functools.cached_property
    def _by_key(self) -> dict[str, list[int]]:
        return _positions(_keys(self._paths))

    @functools.cached_property
    def _by_slug(self) -> dict[str, list[int]]:
        return _positions(_keys(map(_slug, self._paths)))

    @functools.cached_property
    def _by_title(self) -> dict[str, list[int]]:
        return _positions(_keys(map(_words, self._titles)))

    @functools.cached_property
    def _by_number(self) -> dict[int | None, list[int]]:
        return _positions(self._numbers)

    @functools.cached_property
    def _postings(self) -> dict[str, NDArray[np.int64]]:
        """The articles whose url has each word, in order of position."""
        if not self._paths:
            return {}
        numbers: defaultdict[str, int] = defaultdict(count().__next__)
        paths = self._paths
        words = "-".join(paths).replace("/", "-").split("-")
        word_of = np.fromiter(map(numbers.__getitem__, words), np.int64, len(words))
        sizes = [path.count("/") + path.count("-") + 1 for path in paths]
        pairs = np.sort(word_of * len(paths) + np.repeat(np.arange(len(paths)), sizes))
        word, article = np.divmod(pairs[np.diff(pairs, prepend=-1) > 0], len(paths))
        ends = np.cumsum(np.bincount(word))
        return dict(zip(numbers, np.split(article, ends[:-1]), strict=True))

    @functools.cached_property
    def _weights(self) -> NDArray[np.float64]:
        """What the words of each article's url weigh together; shape (n,)."""
        weights = np.zeros(len(self._paths))
        for word, articles in self._postings.items():
            weights[articles] += self._rarity(word)
        return weights


def _path(url: str) -> str:
    """A url as segments of words: "/" between segments, "-" between words, small letters, nothing else."""
    if _PLAIN.fullmatch(url):
        return url[1:]
    url = _plain_letters(unquote(_QUERY.sub("", _HOST.sub("", url))).replace("\\", "/")).strip().rstrip("/")
    segments = (_words(segment) for segment in _ENDING.sub("", url).split("/"))
    return "/".join(filter(None, segments))


def _words(text: str) -> str:
    """The words of a text in small letters, with "-" between them."""
    return _BETWEEN_WORDS.sub("-", _plain_letters(text)).strip("-")


def _plain_letters(text: str) -> str:
    """A text without case and accents."""
    if text.isascii():
        return text.lower()
    return _ACCENTS.sub("", unicodedata.normalize("NFKD", text.casefold()))


def _split(path: str) -> list[str]:
    return path.replace("/", "-").split("-") if path else []


def _slug(path: str) -> str:
    return path[path.rfind("/") + 1 :]


def _folder(path: str) -> str:
    return path[: path.rfind("/") + 1]


def _key(path: str) -> str:
    return _letters(_BETWEEN_DIGITS.sub(r"\1.", path))


def _keys(paths: Iterable[str]) -> list[str]:
    return _key("\n".join(paths)).split("\n")


def _letters(path: str) -> str:
    return path.replace("/", "").replace("-", "")


def _positions(keys: Iterable[K]) -> dict[K, list[int]]:
    """The positions of each key but "" and None, which name nothing."""
    found: dict[K, list[int]] = {}
    for position, key in enumerate(keys):
        if key not in ("", None):
            found.setdefault(key, []).append(position)
    return found


def _edits(one: str, two: str) -> int | None:
    """How many edits make one text of the other, None where more than two."""
    return next((count for count in range(len(_LETTERS)) if _within(one, two, count)), None)


def _common_start(one: Sequence[str], two: Sequence[str]) -> int:
    pairs = enumerate(zip(one, two, strict=False))
    return next((at for at, (left, right) in pairs if left != right), min(len(one), len(two)))


def _within(one: str, two: str, edits: int) -> bool:
    if abs(len(one) - len(two)) > edits:
        return False
    same = _common_start(one, two)
    one, two = one[same:], two[same:]
    if not edits or not one or not two:
        return len(one) + len(two) <= edits
    return (
        _within(one[1:], two[1:], edits - 1)
        or _within(one[1:], two, edits - 1)
        or _within(one, two[1:], edits - 1)
        or (one[:2] == two[1::-1] and _within(one[2:], two[2:], edits - 1))
    )


def _one_edit(word: str) -> Iterator[str]:
    """Every word of small Latin letters and digits that is one edit away."""
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        yield before + after[1:]
        yield before + after[1:2] + after[:1] + after[2:]
        for letter in string.ascii_lowercase + string.digits:
            yield before + letter + after
            yield before + letter + after[1:]


def _meaning_differs(written: str, meant: str) -> bool:
    """Whether a difference between two paths, small as it is, decides the meaning."""
    ours, theirs = set(_split(written)), set(_split(meant))
    return (
        _NUMBER.findall(written) != _NUMBER.findall(meant)
        or any(map(_DECISIVE.fullmatch, ours ^ theirs))
        or any(_opposite(one, two) for one in ours - theirs for two in theirs - ours)
    )


def _opposite(one: str, two: str) -> bool:
    """Whether two words are one stem with different prefixes, of which one may be none."""
    return bool(_stems(one) & _stems(two))


def _stems(word: str) -> set[str]:
    return {word[len(p) :] for p in _PREFIXES if word.startswith(p) and len(word) > len(p) + 2}
