"""Why a graph is not exported."""

from __future__ import annotations


class ExportError(Exception):
    """The graph cannot be exported as it was asked for; the message says why."""
