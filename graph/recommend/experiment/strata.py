"""What test items have in common."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from ...knowledge import KnowledgeGraph
from ..rows import Integers
from ..training import Items, TrainingGraph

_DEGREES = {"0": 0, "1": 1, "2-3": 2, "4-7": 4, "8-15": 8, "16+": 16}
"""From how many neighbors on."""
_SUBJECTS = 10


class Group(NamedTuple):
    """Test items that have something in common.

    Parameters
    ----------
    dimension, value
        What, such as "degree" and "2-3".
    members
        Their places among the test items, ascending; at least one.
    """

    dimension: str
    value: str
    members: Integers


def groups(graph: KnowledgeGraph, items: Items, whole: TrainingGraph, tested: Integers) -> list[Group]:
    """Group test items: by how many neighbors they have, by subject, and by whether they have copies.

    Parameters
    ----------
    graph
        The graph.
    items
        Its items.
    whole
        The same as strategies see it, before any link is hidden: so groups are the same whichever are.
    tested
        Shape (m,): the test items, in the numbers of `whole`.

    Returns
    -------
    list
        Of each dimension every test item is in one group. Subjects are the 10 with most articles, and the
        rest.
    """
    degrees = np.searchsorted([*_DEGREES.values()], whole.neighbors.sizes[tested], side="right") - 1
    largest = [subject.number for subject in graph.subjects[:_SUBJECTS]]
    names = [*(subject.name for subject in graph.subjects[:_SUBJECTS]), "other", "none"]
    rank = np.full(len(graph.subjects) + 1, len(largest))
    rank[largest] = np.arange(len(largest))
    rank[-1] = len(largest) + 1
    copies = items.copies.sizes[tested] > 1
    return [
        *_grouped("degree", [*_DEGREES], degrees),
        *_grouped("subject", names, rank[_first_subjects(whole)[tested]]),
        *_grouped("copies", ["without copies", "with copies"], copies.astype(np.int64)),
    ]


def _first_subjects(whole: TrainingGraph) -> npt.NDArray[np.int64]:
    """The first subject of each item; -1 where it has none."""
    first = np.full(len(whole), -1)
    has = np.flatnonzero(whole.subjects.sizes)
    first[has] = whole.subjects.values[whole.subjects.offsets[has]]
    return first


def _grouped(dimension: str, values: list[str], group: Integers) -> list[Group]:
    found = (Group(dimension, value, np.flatnonzero(group == n)) for n, value in enumerate(values))
    return [each for each in found if len(each.members)]
