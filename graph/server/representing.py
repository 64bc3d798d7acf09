"""In which form a response is sent: compressed or not, and under which entity tag."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator
from functools import lru_cache

__all__ = ["WORTH_COMPRESSING", "accepts_gzip", "compress", "entity_tag", "is_unchanged"]

WORTH_COMPRESSING = 1_400
"""Bytes from which a body is compressed: a smaller one fits into one packet as it is."""
_LEVEL = 1
"""Of zlib. The next ones save few bytes of JSON, and take two to four times as long."""
_GZIP = 31
"""zlib's window size for the gzip format."""


@lru_cache(maxsize=256)
def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a client takes gzip at least as readily as no coding, by its Accept-Encoding."""
    qualities = dict(_qualities(accept_encoding))
    gzip = max(qualities.get("gzip", qualities.get("*", 0.0)), qualities.get("x-gzip", 0.0))
    return gzip > 0 and gzip >= qualities.get("identity", 0.0)


def _qualities(accept_encoding: str) -> Iterator[tuple[str, float]]:
    for part in accept_encoding.lower().split(","):
        coding, _, parameter = part.partition(";")
        name, _, text = parameter.partition("=")
        quality = 1.0
        if name.strip() == "q":
            text = text.strip()
            quality = min(float(text), 1.0) if text.replace(".", "", 1).isdecimal() else 0.0
        yield coding.strip(), quality


def compress(body: bytes) -> bytes:
    """A body in the gzip format; the same body always gives the same bytes."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(body) + packer.flush()


def entity_tag(body: bytes, media_type: str, *, is_packed: bool) -> str:
    """A strong entity tag: it differs where the body, its type or its coding does."""
    digest = hashlib.sha256(body)
    digest.update(f"{media_type} {is_packed}".encode())
    return f'"{digest.hexdigest()[:32]}"'


def is_unchanged(if_none_match: str, tag: str) -> bool:
    """Whether a client that sends this If-None-Match has the body with this tag already."""
    if if_none_match.strip() == "*":
        return True
    return any(known.strip().removeprefix("W/") == tag for known in if_none_match.split(","))
