"""Whether two responses are the same after JSON parsing, the order of members included."""

from __future__ import annotations

import json
from itertools import zip_longest
from typing import Any

INTERNAL = b"INTERNAL_SERVER_ERROR"


class Members(list[tuple[str, Any]]):
    """An object's members, as they stand in the text: in their order, repeated ones too."""

    def get(self, name: str) -> Any:
        """The first member of a name, or None."""
        return next((value for key, value in self if key == name), None)


def difference(expected: bytes, found: bytes) -> str | None:
    """Where two responses differ first, and how; None where they are the same.

    An integer is not the same as the equal fraction. The id of an unexpected error is another one each time
    and does not count.
    """
    if expected == found:
        return None
    try:
        parsed = _parsed(found)
    except ValueError as error:
        return f"no JSON: {error}"
    return _between(_parsed(expected), parsed, "response")


def _parsed(body: bytes) -> Any:
    response = json.loads(body, object_pairs_hook=Members)
    if INTERNAL in body and isinstance(response, Members):
        for error in response.get("errors") or ():
            extensions = error.get("extensions")
            if isinstance(extensions, Members) and extensions.get("code") == INTERNAL.decode():
                extensions[:] = [(name, "…" if name == "id" else value) for name, value in extensions]
    return response


def _between(expected: Any, found: Any, place: str) -> str | None:
    if type(expected) is not type(found):
        return _told(place, expected, found)
    if isinstance(expected, Members):
        names, others = [name for name, _ in expected], [name for name, _ in found]
        if names != others:
            return f"{place}: expected the members {_cut(names)}, found {_cut(others)}"
        pairs = ((name, value, other) for (name, value), (_, other) in zip(expected, found, strict=True))
        steps = ((_between(value, other, f"{place}.{name}")) for name, value, other in pairs)
        return next((step for step in steps if step), None)
    if isinstance(expected, list):
        for index, (value, other) in enumerate(zip_longest(expected, found, fillvalue=_MISSING)):
            if step := _between(value, other, f"{place}[{index}]"):
                return step
        return None
    return None if repr(expected) == repr(found) else _told(place, expected, found)


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


_MISSING = _Missing()


def _told(place: str, expected: Any, found: Any) -> str:
    return f"{place}: expected {_cut(expected)}, found {_cut(found)}"


def _cut(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 200 else f"{shown[:200]}…"
