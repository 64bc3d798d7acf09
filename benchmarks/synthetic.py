"""Write a folder of any number of articles that are alike in statistics to a corpus of 35,950 real ones.

python benchmarks/synthetic.py FOLDER --articles 100000 [--seed 1]

Degrees, components, repeated and dangling references, copies, subjects, dates, keywords and the lengths of
texts are drawn from the frequencies below, which were counted in that corpus; its words are not used. Words
are invented, their frequencies fall as those of the corpus do, and the vocabulary grows with the folder. The
same arguments give the same files. likeness.py puts the distributions beside a real folder's.
"""

from __future__ import annotations

import argparse
import bisect
import itertools
import os
import random
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CORPUS = 35_950
CHUNK = 4096
"""Articles that are made together; links stay inside."""

COMPONENTS = {
    1: 9329, 2: 846, 3: 643, 4: 456, 5: 307, 6: 193, 7: 138, 8: 106, 9: 99, 10: 71, 11: 57, 12: 48, 13: 45,
    14: 41, 15: 45, 16: 34, 17: 29, 18: 23, 19: 23, 20: 20, 21: 16, 22: 12, 23: 16, 24: 15, 25: 10, 26: 13,
    27: 27, 28: 28, 29: 37, 30: 36, 31: 6, 32: 6, 33: 2, 34: 5, 35: 4, 36: 6, 37: 2, 38: 3, 39: 7, 40: 4,
    41: 3, 42: 2, 43: 3, 44: 3, 45: 4, 46: 2, 47: 1, 48: 1, 50: 2, 53: 1, 57: 1, 60: 1, 66: 1, 68: 1, 71: 1,
    91: 1, 1169: 1,
}  # fmt: skip
"""How many weak components have so many articles."""
OUT_DEGREES = {0: 407, 1: 2426, 2: 3439, 3: 4502, 4: 7232, 5: 8615}
"""Of articles with links in either direction."""
REPEATING = {1: 0.2, 2: 0.27, 3: 0.335, 4: 0.38, 5: 0.0}
"""The share of articles with so many links that have references to a target named before."""
DANGLING = 309 / 26_214
COPY = 0.13
"""The chance of an article to be its neighbor's copy in another subject, where that one has another."""
UNSCORED, UNINDEXED = 7_886 / CORPUS, 67 / CORPUS
SUBJECTS = (
    4444, 3765, 3084, 2289, 2143, 2033, 1933, 1670, 1603, 1259, 1214, 1194, 1145, 1140, 1055, 1009, 992, 855,
    717, 600, 456, 342, 279, 271, 77, 57, 38, 32, 30, 27, 25, 20, 17, 17, 16, 16, 14, 14, 13, 10,
)  # fmt: skip
SUBJECT_OF_COMPONENT = 0.79
"""The share of a component's articles that have its main subject."""
MONTHS = {(2024, 11): 8614, (2024, 12): 10953, (2025, 1): 9481, (2025, 2): 6855}
AUTHORS = (35_930, 18, 2)
POPULAR = 0.1
"""The share of links that go to the few articles of a component that many link to, not to near ones."""

SHARES = (0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1)
"""Where the quantiles below stand."""
ANSWER = (105, 932, 1423, 1678, 2115, 2538, 2901, 3203, 3382, 3761, 4414, 8240)
LINES = (1, 2, 3, 4, 6, 8, 10, 13, 16, 23, 36, 60)
DESCRIPTION = (12, 139, 162, 174, 196, 222, 251, 279, 297, 338, 391, 812)
TITLE = (4, 7, 8, 8, 10, 11, 13, 15, 17, 20, 23, 27)
KEYWORDS = (0, 8, 9, 10, 10, 11, 14, 16, 17, 20, 23, 31)
FORMULAS = (1, 1, 1, 2, 4, 7, 14, 22, 26, 37, 46, 55)
WITH_FORMULAS = 4_090 / CORPUS

WORD_RANKS = (
    (1, 112148),
    (2, 89623),
    (11, 21034),
    (101, 2017),
    (1001, 318),
    (5001, 37),
    (10001, 11),
    (20001, 2),
)
"""How often the words of some ranks come."""
WORDS = 60_000
"""The vocabulary of as many articles as the corpus has; it grows with the square root."""
KEYWORD_RANKS = ((1, 790), (11, 418), (101, 176), (1001, 47), (10001, 7), (50001, 1.5), (130000, 1))
KEYWORD_COUNT = 130_000
_ONSETS = ("b", "d", "f", "g", "k", "l", "m", "p", "r", "st", "tr", "v")
_VOWELS = ("a", "e", "i", "o", "u")
_CODAS = ("", "n", "ring", "l", "st", "ment", "sh")


def word(rank: int) -> str:
    """An invented word, short where it is common, and another for each rank."""
    letters, rest = [], rank
    while True:
        rest, number = divmod(rest, len(_ONSETS) * len(_VOWELS))
        letters.append(_ONSETS[number // len(_VOWELS)] + _VOWELS[number % len(_VOWELS)])
        if not rest:
            return "".join(letters) + _CODAS[rank % len(_CODAS)]
        rest -= 1


def cumulated(ranks: tuple[tuple[int, float], ...], count: int) -> NDArray[np.float64]:
    """Cumulated shares of `count` ranks, between the known ones on straight lines in logarithms."""
    known, frequencies = np.log(np.array(ranks, dtype=float)).T
    log_ranks = np.log(np.arange(1, count + 1))
    slope = (frequencies[-1] - frequencies[-2]) / (known[-1] - known[-2])
    beyond = frequencies[-1] + slope * (log_ranks - known[-1])
    shares = np.exp(np.where(log_ranks <= known[-1], np.interp(log_ranks, known, frequencies), beyond))
    total: NDArray[np.float64] = np.cumsum(shares) / shares.sum()
    return total


@dataclass(frozen=True, slots=True)
class Language:
    """The words and keywords of a folder.

    Parameters
    ----------
    words
        By rank.
    word_shares, keyword_shares
        Cumulated, by rank.
    """

    words: list[str]
    word_shares: NDArray[np.float64]
    keyword_shares: NDArray[np.float64]

    @classmethod
    def of(cls, articles: int) -> Language:
        """The language of so many articles."""
        growth = articles / CORPUS
        count = max(2000, int(WORDS * growth**0.5))
        return cls(
            [word(rank) for rank in range(count)],
            cumulated(WORD_RANKS, count),
            cumulated(KEYWORD_RANKS, max(2000, int(KEYWORD_COUNT * growth**0.8))),
        )

    def text(self, generator: np.random.Generator, count: int) -> list[str]:
        """So many words as they come."""
        words = self.words
        return [words[rank] for rank in self.word_shares.searchsorted(generator.random(count)).tolist()]

    def keywords(self, generator: np.random.Generator, count: int) -> list[str]:
        """So many keywords, each of one to three words that follow from its rank."""
        ranks = self.keyword_shares.searchsorted(generator.random(count)).tolist()
        return [
            " ".join(word(rank * (turn * 7919 + 1) % 60_000) for turn in range(1 + rank % 3))
            for rank in ranks
        ]


@dataclass(slots=True)
class Plan:
    """What an article is, before its text is written."""

    number: int
    title: str
    slug: str
    subject: int
    targets: list[int]
    """Where its references lead, in order, by place in the chunk; -1 leads nowhere."""
    seed: int
    """Of its texts; copies of one article have the same."""

    @property
    def url(self) -> str:
        """Its key."""
        return f"/learn/{subject_slug(self.subject)}/questions/{self.slug}"


def subject_name(number: int) -> str:
    """The name of a subject."""
    return f"{word(number * 37 + 400)} {word(number * 11 + 70)}".capitalize()


def subject_slug(number: int) -> str:
    """Its part of a url."""
    return subject_name(number).lower().replace(" ", "-")


def quantile(quantiles: tuple[int, ...], share: float) -> int:
    """The value below which a share lies."""
    at = max(1, bisect.bisect_left(SHARES, share))
    low, high = SHARES[at - 1], SHARES[at]
    return round(quantiles[at - 1] + (quantiles[at] - quantiles[at - 1]) * (share - low) / (high - low))


def linked(chance: random.Random, size: int) -> list[list[int]]:
    """The links of a weak component, by place in it: a chain, near ones, and a few to popular ones."""
    degrees = chance.choices(list(OUT_DEGREES), list(OUT_DEGREES.values()), k=size)
    rows: list[list[int]] = []
    for place, degree in enumerate(degrees):
        row: list[int] = []
        if place:  # one of two neighbors links to the other
            before = rows[-1]
            if not before or (degree and chance.random() < 0.7):
                row.append(place - 1)
            elif place not in before and len(before) < 5:
                before.append(place)
            elif place not in before:
                row.append(place - 1)
        for _ in range(30 * degree):
            if len(row) >= min(degree, size - 1):
                break
            if chance.random() < POPULAR:
                target = int(size * chance.random() ** 5)
            else:
                step = 1 + int(chance.expovariate(0.19))
                target = (place + (step if chance.random() < 0.5 else -step)) % size
            if target != place and target not in row:
                row.append(target)
        chance.shuffle(row)
        rows.append(row)
    return rows


def references(chance: random.Random, links: list[int]) -> list[int]:
    """Links as references: some name a target again, a few lead nowhere."""
    written = list(links)
    if links and chance.random() < REPEATING[min(len(links), 5)]:
        written += chance.choices(links, k=chance.randint(1, 5 - len(links)))
    if links and chance.random() < DANGLING:
        written[-1:] = [-1] if len(written) > len(links) else [written[-1], -1]
    return written


def planned(language: Language, seed: int, first: int, count: int) -> list[Plan]:
    """The articles of one chunk."""
    chance = random.Random(f"{seed} {first}")
    generator = np.random.default_rng([seed, first])
    plans: list[Plan] = []
    sizes, weights = list(COMPONENTS), list(itertools.accumulate(COMPONENTS.values()))
    subjects, subject_weights = range(len(SUBJECTS)), list(itertools.accumulate(SUBJECTS))
    while len(plans) < count:
        (size,) = chance.choices(sizes, cum_weights=weights)
        size, start = min(size, count - len(plans)), len(plans)
        (main,) = chance.choices(subjects, cum_weights=subject_weights)
        for links in linked(chance, size) if size > 1 else [[]]:
            (other,) = chance.choices(subjects, cum_weights=subject_weights)
            subject = main if chance.random() < SUBJECT_OF_COMPONENT else other
            targets = [target if target < 0 else start + target for target in references(chance, links)]
            number, source = first + len(plans), plans[-1] if plans else None
            if source and source.seed == number - 1 and source.subject != subject and chance.random() < COPY:
                plans.append(Plan(source.number, source.title, source.slug, subject, targets, source.seed))
                continue
            words = language.text(generator, quantile(TITLE, chance.random()))
            title = " ".join(words).capitalize() + "?"
            slug = "-".join([*words, f"{number:x}"])
            plans.append(Plan(1000 + number, title, slug, subject, targets, number))
    return plans


def answer(language: Language, chance: random.Random, generator: np.random.Generator) -> str:
    """An answer on one line, its line breaks escaped: paragraphs, numbered points, headings, formulas."""
    characters, lines = quantile(ANSWER, chance.random()), quantile(LINES, chance.random())
    words = language.text(generator, max(lines, int(characters / 6.6)))
    if chance.random() < WITH_FORMULAS:
        for _ in range(quantile(FORMULAS, chance.random())):
            at, number = chance.randrange(len(words)), chance.randint(2, 99)
            words[at] = rf"\( {words[at][0]}_{{{number}}} = \frac{{x^2}}{{{number}}} \)"
    length = -(-len(words) // lines)
    parts, point = [], 0
    for start in range(0, len(words), length):
        text = " ".join(words[start : start + length])
        kind = chance.random()
        if kind < 0.6 and start:
            point += 1
            head, _, rest = text.partition(" ")
            text = f"{point}. **{head.capitalize()}**: {rest}"
        elif kind < 0.65:
            text = f"### {text[:40].strip()}\\n\\n{text[40:].strip()}"
            point = 0
        parts.append(f"{text}.")
    return r"\n\n".join(parts)


def written(language: Language, plans: list[Plan], place: int) -> str:
    """The file of an article."""
    plan = plans[place]
    generator = np.random.default_rng(plan.seed)
    chance = random.Random(plan.seed)
    year, month = chance.choices(list(MONTHS), list(MONTHS.values()))[0]
    description = " ".join(language.text(generator, max(2, quantile(DESCRIPTION, chance.random()) // 6)))
    keywords = ", ".join(language.keywords(generator, quantile(KEYWORDS, chance.random())))
    (author,) = chance.choices(range(len(AUTHORS)), AUTHORS)
    subject = subject_name(plan.subject)
    lines = [
        "---",
        f"id: {plan.number}",
        f"date: {year}-{month:02}-{chance.randint(1, 28):02}",
        f"title: >-\n    {plan.title}",
        f"seo:\n  title: Synthetic | {subject}\n  page_description: >-\n    {description}.",
        f"  page_keywords: >-\n    {keywords}",
        f"author: {word(500 + author).capitalize()}",
        f"question: >-\n    {plan.title}",
        f"answer: >-\n    {answer(language, chance, generator)}",
        f"subject: {subject}",
        f"file_name: {plan.slug}.md",
        f"url: {plan.url}",
    ]
    if chance.random() >= UNSCORED:
        lines.append("score: -1.0")
    if chance.random() < UNINDEXED:
        lines.append("no_index: true")
    for number, target in enumerate(plan.targets, 1):
        to = plans[target] if target >= 0 else Plan(999, "Gone?", f"gone-{plan.number}", 0, [], 0)
        lines.append(
            f"related_article{number}:\n    id: {to.number}\n    title: >-\n        {to.title}\n"
            f"    subject: {subject_name(to.subject)}\n    url: {to.url}"
        )
    lines.append("---\n\n&nbsp;\n")
    return "\n".join(lines)


def write_chunks(folder: str, articles: int, seed: int, firsts: list[int]) -> int:
    """Write some chunks, and count the bytes."""
    language = Language.of(articles)
    size = 0
    for first in firsts:
        plans = planned(language, seed, first, min(CHUNK, articles - first))
        for place, plan in enumerate(plans):
            data = written(language, plans, place).encode()
            file = os.open(
                f"{folder}/{subject_slug(plan.subject)}/{plan.slug}.md", os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            )
            os.write(file, data)
            os.close(file)
            size += len(data)
    return size


def write(folder: Path, articles: int, seed: int = 1) -> int:
    """Write a folder with all cores.

    Parameters
    ----------
    folder
        Where; it must not exist, or be empty.
    articles
        How many.
    seed
        Another seed makes other articles with the same statistics.

    Returns
    -------
    int
        How many bytes the files have.
    """
    if folder.exists() and any(folder.iterdir()):
        raise SystemExit(f"{folder} is not empty")
    for number in range(len(SUBJECTS)):
        (folder / subject_slug(number)).mkdir(parents=True, exist_ok=True)
    firsts = list(range(0, articles, CHUNK))
    count = min(len(firsts), os.cpu_count() or 1)
    with ProcessPoolExecutor(count) as pool:
        parts = [firsts[number::count] for number in range(count)]
        return sum(
            pool.map(
                write_chunks, *zip(*[(str(folder), articles, seed, part) for part in parts], strict=True)
            )
        )


def main() -> None:
    """Write, and tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--articles", type=int, default=CORPUS)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    began = time.perf_counter()
    size = write(arguments.folder, arguments.articles, arguments.seed)
    seconds = time.perf_counter() - began
    print(f"{arguments.articles:,} articles, {size / 1e6:,.1f} MB in {seconds:.1f} s")


if __name__ == "__main__":
    main()
