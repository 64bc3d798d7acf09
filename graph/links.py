"""Which article a reference means. Decided here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class WrittenReference(NamedTuple):
    """One reference: the position of its article, its own position there, and what it names."""

    source: int
    position: int
    number: int | None
    url: str | None


class Link(NamedTuple):
    """From article to article, both by position, and which of the source's references makes it."""

    source: int
    target: int
    position: int


@dataclass(slots=True)
class Resolution:
    """What became of every reference.

    Parameters
    ----------
    links
        In the order of the references.
    dangling
        Source and position of each reference that leads nowhere.
    repeated
        How many name a target that an earlier reference of the same article names.
    self_references
        How many name their own article.
    """

    links: list[Link] = field(default_factory=list)
    dangling: list[tuple[int, int]] = field(default_factory=list)
    repeated: int = 0
    self_references: int = 0

    @property
    def total(self) -> int:
        """How many references there are."""
        return len(self.links) + len(self.dangling) + self.repeated + self.self_references


def resolve(
    urls: Sequence[str], numbers: Sequence[int | None], references: Iterable[WrittenReference]
) -> Resolution:
    """Resolve references to links.

    A reference means the article with exactly its url; else the article with its number, if exactly one
    article has that number; else nothing: it dangles. The url comes first because a number is shared by all
    copies of one question, so that it often belongs to another article than the url beside it.

    Parameters
    ----------
    urls, numbers
        Each article's key and number, by position.
    references
        Grouped by source, in the order of the front matter.

    Returns
    -------
    Resolution
        Links without repeats and without links of an article to itself, and what became of the rest.
    """
    by_url = {url: position for position, url in enumerate(urls)}
    by_number = _unshared(numbers)
    result = Resolution()
    current, targets = -1, set[int]()
    for source, position, number, url in references:
        if source != current:
            current, targets = source, set()
        target = by_url.get(url) if url is not None else None
        if target is None and number is not None:
            target = by_number.get(number)
        if target is None:
            result.dangling.append((source, position))
        elif target == source:
            result.self_references += 1
        elif target in targets:
            result.repeated += 1
        else:
            targets.add(target)
            result.links.append(Link(source, target, position))
    return result


def _unshared(numbers: Sequence[int | None]) -> dict[int, int]:
    """Position of the only article that has a number; numbers that several have are left out."""
    holder: dict[int, int] = {}
    shared = set[int]()
    for position, number in enumerate(numbers):
        if number is not None and holder.setdefault(number, position) != position:
            shared.add(number)
    for number in shared:
        del holder[number]
    return holder
