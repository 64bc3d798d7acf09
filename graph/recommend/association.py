"""How telling each term is of links: learned from the links themselves."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .rows import Rows
from .terms import Field, Terms

_SMOOTHING = 2.0
"""Links of typical terms that are added to those that were counted."""
_POWER = 1.5
_CLASSES = 23
"""Of rarity, half a unit wide, by field: terms of one class are typical of each other."""


def association(terms: Terms, outgoing: Rows) -> npt.NDArray[np.float32]:
    """A weight for each term: how much likelier one end of a link has it where the other has, than any item.

    With n links both of whose ends have the term, o link ends (halved) whose item has it, and p the same share
    n / o over all terms of a field that are about as rare, the weight is

        max(0, ln(((n + 2 p) / (o + 2)) · (items / items with the term))) ^ 1.5

    A rare word that linked items never share weighs nothing; the words of a topic weigh much.

    Parameters
    ----------
    terms
        What the items say.
    outgoing
        The links.

    Returns
    -------
    ndarray
        Shape (m,), 0 or more.
    """
    both = _shared_by_links(terms, outgoing)
    degrees = outgoing.sizes + np.bincount(outgoing.values, minlength=len(outgoing))
    running = np.concatenate([[0], np.cumsum(degrees[terms.items.values])])
    ends = np.diff(running[terms.items.offsets]) / 2
    kind = np.digitize(terms.rarity, np.arange(_CLASSES - 2) / 2) + _CLASSES * terms.field.astype(np.int64)
    size = _CLASSES * len(Field)
    typical = (np.bincount(kind, both, size) + 0.01) / (np.bincount(kind, ends, size) + 1)
    share = (both + _SMOOTHING * typical[kind]) / (ends + _SMOOTHING)
    lift = share * len(terms.terms) / np.maximum(terms.items.sizes, 1)
    return (np.log(np.maximum(lift, 1)) ** _POWER).astype(np.float32)


def _shared_by_links(terms: Terms, outgoing: Rows) -> npt.NDArray[np.int64]:
    """How many links have each term at both ends."""
    has = np.zeros(len(terms.field), np.bool_)
    found = []
    for source in np.flatnonzero(outgoing.sizes):
        own = terms.terms[source]
        has[own] = True
        theirs = terms.terms.gather(outgoing[source])
        found.append(theirs[has[theirs]])
        has[own] = False
    shared = np.concatenate(found) if found else np.zeros(0, np.int32)
    return np.bincount(shared, minlength=len(terms.field))
