"""Global ids: made from what names a node in the content, so that they survive reloads."""

from __future__ import annotations

import base64
import binascii

from .errors import QueryError


def encode_id(kind: str, key: str) -> str:
    """The global id of a node: its type and key in URL-safe Base64 without padding."""
    return base64.urlsafe_b64encode(f"{kind}:{key}".encode()).decode().rstrip("=")


def decode_id(identifier: str, argument: str = "id") -> tuple[str, str]:
    """The type and key that a global id names.

    Raises
    ------
    QueryError
        INVALID_ID where the text is no global id.
    """
    try:
        padded = identifier.encode("ascii") + b"=" * (-len(identifier) % 4)
        kind, colon, key = base64.b64decode(padded, altchars=b"-_", validate=True).decode().partition(":")
    except (ValueError, binascii.Error):
        kind, colon, key = "", "", ""
    if not colon:
        shown = identifier if len(identifier) <= 40 else identifier[:40] + "…"
        raise QueryError("INVALID_ID", f"{argument} must be one that a node's id field gave, got {shown!r}")
    return kind, key
