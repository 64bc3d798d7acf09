"""The highest of many numbers, without sorting them all."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .rows import Numbers

_APART = 8
"""The highest values are guessed from every eighth."""


def highest(values: Numbers, count: int) -> npt.NDArray[np.intp]:
    """Where the highest values are, ascending; those above 0 alone, and of equal last ones the first.

    Parameters
    ----------
    values
        Shape (n,).
    count
        How many at most, from 1.
    """
    places = perhaps_highest(values, count)
    high = values[places]
    if len(high) <= count:
        return places
    least = np.partition(high, len(high) - count)[len(high) - count]
    above, equal = np.flatnonzero(high > least), np.flatnonzero(high == least)
    chosen: npt.NDArray[np.intp] = np.sort(np.concatenate([above, equal[: count - len(above)]]))
    return places.take(chosen)


def perhaps_highest(values: Numbers, count: int) -> npt.NDArray[np.intp]:
    """Where the highest values are and perhaps some more, ascending; those above 0 alone.

    Nothing that is left out is as high as one of `count` that are not. With a guess at the lowest of them
    most of the values need not be copied and partly sorted.
    """
    some, wanted = values[::_APART], 2 * count // _APART  # twice as many as needed: a guess may be too high
    if len(some) > 2 * wanted:
        bound = max(np.partition(some, len(some) - 1 - wanted)[len(some) - 1 - wanted], 0)
        places = np.flatnonzero(values > bound)
        if len(places) >= count:
            return places
    return np.flatnonzero(values > 0)
