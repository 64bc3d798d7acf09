"""How subjects mix: the links between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .columns import Adjacency


class SubjectLinks(NamedTuple):
    """How many links lead from one subject to another, or to itself; subjects by their index."""

    source: int
    target: int
    links: int


def subject_links(outgoing: Adjacency, subjects: Sequence[int | None]) -> list[SubjectLinks]:
    """Count the links between every two subjects that have any, and within each.

    A link from or to an article without a subject is between no subjects and not counted.

    Parameters
    ----------
    outgoing
        The links.
    subjects
        Each article's subject, as `Columns.subject` has it.

    Returns
    -------
    list
        Most links first; ties by the name of the source, then of the target.
    """
    matrix = _mixing(outgoing, subjects)
    found = [SubjectLinks(s, t, int(matrix[s, t])) for s, t in np.argwhere(matrix).tolist()]
    return sorted(found, key=lambda pair: (-pair.links, pair.source, pair.target))


def cross_subject_links(outgoing: Adjacency, subjects: Sequence[int | None]) -> int:
    """How many links lead from one subject to another; articles without a subject are left out."""
    matrix = _mixing(outgoing, subjects)
    return int(matrix.sum() - matrix.trace())


def assortativity(outgoing: Adjacency, subjects: Sequence[int | None]) -> float | None:
    """How much more often articles link within their subject than links drawn at random would.

    With e_ij the share of all links that lead from subject i to subject j, a_i the sum of e_ij over j, and
    b_i that of e_ji: (sum of e_ii - sum of a_i b_i) / (1 - sum of a_i b_i) (Newman, "Mixing patterns in
    networks", 2003).

    Parameters
    ----------
    outgoing
        The links.
    subjects
        Each article's subject, as `Columns.subject` has it; articles without one are left out.

    Returns
    -------
    float or None
        1 where all links stay within their subject, 0 where subjects do not matter, negative where links
        avoid their own (``networkx.attribute_assortativity_coefficient`` of the articles that have one).
        None where it is undefined: there are no links, or all begin and end in one subject.
    """
    matrix = _mixing(outgoing, subjects)
    links = int(matrix.sum())
    expected = int(matrix.sum(axis=0) @ matrix.sum(axis=1))
    if expected == links**2:
        return None
    return (int(matrix.trace()) * links - expected) / (links**2 - expected)


def _mixing(outgoing: Adjacency, subjects: Sequence[int | None]) -> NDArray[np.int64]:
    """How many links lead from the subject of the row to the subject of the column."""
    subject = np.array([-1 if index is None else index for index in subjects], dtype=np.int64)
    count = int(subject.max(initial=-1)) + 1
    source, target = (subject[ends] for ends in outgoing.links())
    known = (source >= 0) & (target >= 0)
    pairs = np.bincount(source[known] * count + target[known], minlength=count * count)
    return pairs.reshape(count, count)
