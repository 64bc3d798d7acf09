"""Which spellings are one subject, and what it is called."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

_BETWEEN_WORDS = re.compile(r"[\W_]+")


class SubjectName(NamedTuple):
    """A subject's name and its slug, which is unique."""

    name: str
    slug: str


def unite_subjects(spellings: Mapping[str | None, int] | Iterable[str | None]) -> dict[str, SubjectName]:
    """Unite spellings that differ only in case.

    Parameters
    ----------
    spellings
        Each article's subject as written, None where it has none; or how many articles have each.

    Returns
    -------
    dict
        From the casefolded spelling to the subject, in order of the casefolded spelling. A subject is named
        by the spelling that most articles use (of equals, the first in code point order). Its slug is the
        casefolded spelling with "-" for all that is no letter or digit; where two make one slug, the later
        gets "-2", "-3".
    """
    counts: dict[str, Counter[str]] = {}
    for spelling, count in Counter(spellings).items():
        if spelling is not None:
            counts.setdefault(spelling.casefold(), Counter())[spelling] += count
    names = {
        key: min(spelt, key=lambda name, spelt=spelt: (-spelt[name], name))  # type: ignore[misc]
        for key, spelt in counts.items()
    }
    subjects: dict[str, SubjectName] = {}
    taken = set[str]()
    for key, name in sorted(names.items()):
        base = _BETWEEN_WORDS.sub("-", key).strip("-") or "subject"
        slug, count = base, 1
        while slug in taken:
            count += 1
            slug = f"{base}-{count}"
        taken.add(slug)
        subjects[key] = SubjectName(name, slug)
    return subjects
