"""Automatic persisted queries: documents that clients name by their hash once the server has seen them.

The protocol is Apollo's: ``extensions.persistedQuery`` has ``version`` 1 and the document's ``sha256Hash``.
A request with a hash alone is answered if the document is known, and else told so; the client then sends hash
and document once.
"""

from __future__ import annotations

import hashlib
import re
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from .errors import BAD_REQUEST, PERSISTED_QUERY_NOT_FOUND, PERSISTED_QUERY_NOT_SUPPORTED, HTTPError

__all__ = ["PersistedQueries", "hash_in"]

KEPT = 1_000
KEPT_CHARACTERS = 1_000_000
_HASH = re.compile(r"[0-9a-f]{64}")


class PersistedQueries:
    """The documents that clients have named; those not asked for the longest time go first."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._characters = 0

    def find(self, digest: str) -> str:
        """The document with a hash.

        Raises
        ------
        HTTPError
            PERSISTED_QUERY_NOT_FOUND where it is not known (any more), with the protocol's status 200.
        """
        text = self._texts.get(digest)
        if text is None:
            raise HTTPError(200, "PersistedQueryNotFound", code=PERSISTED_QUERY_NOT_FOUND)
        self._texts.move_to_end(digest)
        return text

    def keep(self, digest: str, text: str) -> None:
        """Remember a document that is valid."""
        if digest in self._texts:
            return
        self._texts[digest] = text
        self._characters += len(text)
        while len(self._texts) > KEPT or self._characters > KEPT_CHARACTERS:
            _, forgotten = self._texts.popitem(last=False)
            self._characters -= len(forgotten)


def hash_in(extensions: Mapping[str, Any] | None, query: str) -> str | None:
    """The hash that a request names its document by; None where it does not.

    Raises
    ------
    HTTPError
        400 where it is no hash, or not that of the document beside it.
    """
    named = (extensions or {}).get("persistedQuery")
    if named is None:
        return None
    if not isinstance(named, dict) or named.get("version") != 1:
        raise HTTPError(400, "PersistedQueryNotSupported", code=PERSISTED_QUERY_NOT_SUPPORTED)
    digest = named.get("sha256Hash")
    if not isinstance(digest, str) or not _HASH.fullmatch(digest):
        message = '"extensions.persistedQuery.sha256Hash" must be 64 hexadecimal digits in lower case.'
        raise HTTPError(400, message, code=BAD_REQUEST)
    if query and hashlib.sha256(query.encode()).hexdigest() != digest:
        raise HTTPError(400, "provided sha does not match query", code=BAD_REQUEST)
    return digest
