"""How telling each term is of links: learned from the links themselves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .rows import Rows, offsets_of
from .terms import Field, Terms

_SMOOTHING = 2.0
"""Links of typical terms that are added to those that were counted."""
_POWER = 1.5
_CLASSES = 23
"""Of rarity, half a unit wide, by field: terms of one class are typical of each other."""
_SOURCES_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class CommonTerms:
    """The terms that both ends of links have.

    Parameters
    ----------
    terms
        A row for each link, in the order of the links' rows.
    products
        For each value of `terms` the product of both ends' frequencies.
    """

    terms: Rows
    products: npt.NDArray[np.float32]

    @classmethod
    def of(cls, terms: Terms, outgoing: Rows) -> CommonTerms:
        """What the ends of all links have in common."""
        width = len(terms.field)
        amounts = np.zeros(_SOURCES_AT_ONCE * width, np.float32)  # of what some sources have, one by one
        sizes, common, products = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)], [np.zeros(0, np.float32)]
        linked = np.flatnonzero(outgoing.sizes)
        for begin in range(0, len(linked), _SOURCES_AT_ONCE):
            sources = linked[begin : begin + _SOURCES_AT_ONCE]
            rows = width * np.arange(len(sources))
            places, lengths = terms.terms.places(sources)
            cells = terms.terms.values.take(places) + np.repeat(rows, lengths)
            amounts[cells] = terms.term_frequencies.take(places)
            targets = outgoing.take(sources)
            places, lengths = terms.terms.places(targets.values)
            theirs = terms.terms.values.take(places)
            shared = amounts.take(theirs + np.repeat(rows[targets.owners()], lengths))
            found = np.flatnonzero(shared)
            sizes.append(np.diff(np.searchsorted(found, np.cumsum(lengths)), prepend=0))
            common.append(theirs[found])
            products.append(shared[found] * terms.term_frequencies[places[found]])
            amounts[cells] = 0
        return cls(Rows(offsets_of(np.concatenate(sizes)), np.concatenate(common)), np.concatenate(products))

    def take(self, links: npt.NDArray[np.bool_]) -> CommonTerms:
        """Those of some links."""
        sizes = self.terms.sizes
        is_left = np.repeat(links, sizes)
        return CommonTerms(Rows(offsets_of(sizes[links]), self.terms.values[is_left]), self.products[is_left])


def association(terms: Terms, outgoing: Rows, common: CommonTerms | None = None) -> npt.NDArray[np.float32]:
    """A weight for each term: how much likelier one end of a link has it where the other has, than any item.

    With n links both of whose ends have the term, o link ends (halved) whose item has it, and p the same
    share n / o over all terms of a field that are about as rare, the weight is

        max(0, ln(((n + 2 p) / (o + 2)) · (items / items with the term))) ^ 1.5

    A rare word that linked items never share weighs nothing; the words of a topic weigh much.

    Parameters
    ----------
    terms
        What the items say.
    outgoing
        The links.
    common
        What their ends have in common, where that is known already.

    Returns
    -------
    ndarray
        Shape (m,), 0 or more.
    """
    common = common or CommonTerms.of(terms, outgoing)
    both = np.bincount(common.terms.values, minlength=len(terms.field))
    degrees = outgoing.sizes + np.bincount(outgoing.values, minlength=len(outgoing))
    running = np.concatenate([[0], np.cumsum(degrees[terms.items.values])])
    ends = np.diff(running[terms.items.offsets]) / 2
    kind = np.digitize(terms.rarity, np.arange(_CLASSES - 2) / 2) + _CLASSES * terms.field.astype(np.int64)
    size = _CLASSES * len(Field)
    typical = (np.bincount(kind, both, size) + 0.01) / (np.bincount(kind, ends, size) + 1)
    share = (both + _SMOOTHING * typical[kind]) / (ends + _SMOOTHING)
    lift = share * len(terms.terms) / np.maximum(terms.items.sizes, 1)
    weights: npt.NDArray[np.float64] = np.log(np.maximum(lift, 1)) ** _POWER
    return weights.astype(np.float32)
