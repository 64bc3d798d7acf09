"""Values as JSON, also those that orjson does not take."""

from __future__ import annotations

import json
from typing import Any

import orjson

__all__ = ["Packed", "encode", "encode_to_keep", "member", "pack"]


class Packed:
    """A part of a value that is JSON already. No dataclass: orjson would take one apart."""

    __slots__ = ("json",)

    def __init__(self, encoded: bytes) -> None:
        self.json = encoded


def member(key: str, number: int) -> bytes:
    """What stands before an object's value: its key, and a brace or what separates it from the one before."""
    return (b"," if number else b"{") + f'"{key}":'.encode()


def pack(value: Any) -> bytes:
    """A value as JSON.

    Raises
    ------
    TypeError
        Where orjson does not take it.
    """
    return orjson.dumps(value, default=_fragment)


def encode(value: Any) -> bytes:
    """A value as JSON."""
    try:
        return pack(value)
    except TypeError:
        # orjson has limits that GraphQL has not: integers of 64 bits, 254 levels of nesting, and only
        # well-formed strings. Lone surrogates, as in names of files, become replacement characters.
        text = json.dumps(
            value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_unpacked
        )
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()


def encode_to_keep(value: Any) -> bytes:
    """The same in no more memory than it needs: what orjson returns has room for some thousand bytes."""
    return bytes(memoryview(encode(value)))


def _fragment(value: object) -> orjson.Fragment:
    if isinstance(value, Packed):
        return orjson.Fragment(value.json)
    raise TypeError(f"{type(value).__name__} is no JSON")


def _unpacked(value: object) -> Any:
    if isinstance(value, Packed):
        return orjson.loads(value.json)
    raise TypeError(f"{type(value).__name__} is no JSON")
