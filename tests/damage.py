"""Damages urls the way people do: one function per kind of damage, each with a random number generator."""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Damaged:
    """A url that no article has, and the position of the article that it was made from."""

    kind: str
    url: str
    true: int


class Damage:
    """What is put into the urls of a library comes from the library itself: its words and its folders."""

    def __init__(self, urls: Sequence[str], seed: int) -> None:
        self.urls = urls
        self.random = Random(seed)
        self.words = sorted({word for url in urls for word in url.rsplit("/", 1)[1].split("-")})
        self.subjects = sorted({subject for url in urls if (subject := url.split("/")[-3:][0])})
        self.kinds: dict[str, Callable[[str], str]] = {
            "case": self.case,
            "slash": self.slash,
            "typo": self.typo,
            "subject": self.subject,
            "word": self.word,
        }

    def draw(self, count: int) -> Iterator[Damaged]:
        """Damage urls drawn at random, every kind equally often; what some article has is drawn again."""
        existing = set(self.urls)
        for number in range(count):
            kind = list(self.kinds)[number % len(self.kinds)]
            while True:
                true = self.random.randrange(len(self.urls))
                url = self.kinds[kind](self.urls[true])
                if url not in existing:
                    break
            yield Damaged(kind, url, true)

    def case(self, url: str) -> str:
        some = "".join(letter.upper() if self.random.random() < 0.3 else letter for letter in url)
        return self.random.choice([url.upper(), url.title(), some])

    def slash(self, url: str) -> str:
        at = self.random.choice([at for at, letter in enumerate(url) if letter == "/"])
        without = url[:at] + url[at + 1 :]
        return self.random.choice(
            [url + "/", url[1:], url.replace("/", "//"), url.replace("/", "\\"), without]
        )

    def typo(self, url: str) -> str:
        at = self.random.randrange(1, len(url) - 1)
        letter = self.random.choice(string.ascii_lowercase + string.digits)
        before, here, after = url[:at], url[at], url[at + 1 :]
        swapped = before + after[0] + here + after[1:]
        return self.random.choice(
            [before + after, before + letter + here + after, before + letter + after, swapped]
        )

    def subject(self, url: str) -> str:
        segments = url.split("/")
        segments[max(1, len(segments) - 3)] = self.random.choice(self.subjects)
        return "/".join(segments)

    def word(self, url: str) -> str:
        folder, slug = url.rsplit("/", 1)
        words = slug.split("-")
        at = self.random.randrange(len(words))
        other = self.random.choice(self.words)
        what = self.random.choice(["another", "another", "too few", "too many"])
        words[at : at + (what != "too many")] = [] if what == "too few" else [other]
        return f"{folder}/{'-'.join(words)}"
