"""The distinct values of a column of text: which of them contain, begin with or end with another text.

A value is cut into pieces, at spaces and at what stands for them in urls. There are far fewer distinct pieces
than values, and each knows the values that have it: so it is in them that a text is looked for. One that
is not cut itself is found by that. Of a longer one they say which values may have it; these are looked at.
"""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..columns import spans

Mask: TypeAlias = npt.NDArray[np.bool_]
Integers: TypeAlias = npt.NDArray[Any]
Test: TypeAlias = Callable[[str, str], bool]
"""Of a value and what it is tested against: `operator.contains`, `str.startswith`, `str.endswith`."""

_CUTS = bytes.maketrans(b"-/_", b"   ")
_AT_ONCE = 2000
"""How many values are looked at while other threads stand still."""
_LONG = 256
"""How long a row is that is read by itself."""


class Rows:
    """Numbers in rows, compressed.

    Parameters
    ----------
    rows
        The row of each number.
    numbers
        The numbers.
    count
        How many rows there are.
    below
        What all numbers are below.
    """

    def __init__(self, rows: Integers, numbers: Integers, count: int, below: int) -> None:
        keys = rows.astype(np.uint64)  # sorting both at once takes a tenth of the time of sorting by one
        keys <<= np.uint64(32)
        keys |= numbers
        keys.sort()
        self._offsets = np.searchsorted(keys, np.arange(count + 1, dtype=np.uint64) << np.uint64(32))
        self._numbers = keys.astype(np.uint32)
        self._below = below

    def united(self, rows: Integers) -> Mask:
        """Which numbers are in any of some rows."""
        mask = np.zeros(self._below, np.bool_)
        starts, lengths = self._offsets[rows], self._offsets[rows + 1] - self._offsets[rows]
        is_long = lengths >= _LONG
        for start, length in zip(starts[is_long].tolist(), lengths[is_long].tolist(), strict=True):
            mask[self._numbers[start : start + length]] = True
        mask[self._numbers[spans(starts[~is_long], lengths[~is_long])]] = True
        return mask


class Values:
    """Distinct values that are tested against a text.

    Parameters
    ----------
    values
        The values.
    """

    def __init__(self, values: Sequence[str]) -> None:
        self._values = values
        numbers = _Numbers()
        pieces, lengths = _cut(values, numbers)
        ends = np.cumsum(lengths)
        self._first, self._last = pieces[ends - lengths], pieces[ends - 1]
        owners = np.repeat(np.arange(len(values), dtype=np.uint32), lengths)
        self._having = Rows(pieces, owners, len(numbers), len(values))
        text = b" ".join([b"", *numbers, b""])
        self._text = np.frombuffer(text, np.uint8)
        """All pieces, with a space before and behind each."""
        self._starts = np.cumsum([0, *(len(piece) + 1 for piece in numbers)])
        self._frequencies = np.bincount(self._text, minlength=256).tolist()

    def passing(self, test: Test, text: str) -> Mask:
        """Which values pass a test against a text."""
        mask = np.ones(len(self._values), np.bool_)
        pieces = _encoded(text).translate(_CUTS).split(b" ")
        end = len(pieces) - 1
        for number, piece in enumerate(pieces):
            if not piece:
                continue
            is_start, is_end = number == 0 and test is str.startswith, number == end and test is str.endswith
            having = self._pieces_with(
                piece, begins_so=number > 0 or is_start, ends_so=number < end or is_end
            )
            if is_start or is_end:
                chosen = np.zeros(len(self._starts), np.bool_)
                chosen[having] = True
                mask &= chosen[self._first if is_start else self._last]
            else:
                mask &= self._having.united(having)
        if end:
            self._look(mask, test, text)
        return mask

    def _pieces_with(self, piece: bytes, *, begins_so: bool, ends_so: bool) -> Integers:
        """The pieces that contain one, or begin or end with it, or both."""
        wanted = b" " * begins_so + piece + b" " * ends_so
        room = len(self._text) - len(wanted) + 1
        if room <= 0:
            return np.zeros(0, np.intp)
        rarest, *others = sorted(range(len(wanted)), key=lambda place: self._frequencies[wanted[place]])
        places = np.flatnonzero(self._text[rarest : rarest + room] == wanted[rarest])
        for other in others:
            places = places[self._text[places + other] == wanted[other]]
        numbers = np.searchsorted(self._starts, places, side="right") - 1
        return numbers[np.diff(numbers, prepend=-1) > 0]

    def _look(self, mask: Mask, test: Test, text: str) -> None:
        """Take what does not pass out of a mask."""
        chosen = np.flatnonzero(mask)
        for start in range(0, len(chosen), _AT_ONCE):
            some = chosen[start : start + _AT_ONCE]
            values = map(self._values.__getitem__, some.tolist())
            mask[some] = np.frombuffer(bytes(map(test, values, itertools.repeat(text))), np.bool_)


class _Numbers(dict[bytes, int]):
    """Numbers pieces in the order of their first appearance."""

    def __missing__(self, piece: bytes) -> int:
        number = self[piece] = len(self)
        return number


def _cut(values: Sequence[str], numbers: _Numbers) -> tuple[Integers, Integers]:
    """The numbers of all values' pieces, in order, and how many each value has."""
    found, lengths = array("i"), array("i")
    for value in values:
        pieces = _encoded(value).translate(_CUTS).split(b" ")
        found.extend(map(numbers.__getitem__, pieces))
        lengths.append(len(pieces))
    return np.asarray(found), np.asarray(lengths)


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
