"""Why there is no experiment."""

from __future__ import annotations


class ExperimentError(Exception):
    """An experiment that cannot be run as it is asked for; the message says what would be right."""
