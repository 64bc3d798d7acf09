"""Mistakes of the client that a resolver finds: their message and code reach the response."""

from __future__ import annotations


class QueryError(Exception):
    """A field cannot be answered as it was asked.

    Parameters
    ----------
    code
        Stable, for programs: the error's ``extensions.code``.
    message
        What is wrong and what would be right, for people.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def check_range(argument: str, value: int, low: int, high: int) -> int:
    """Return an argument that lies in its range.

    Raises
    ------
    QueryError
        BAD_USER_INPUT where it does not.
    """
    if not low <= value <= high:
        raise QueryError("BAD_USER_INPUT", f"{argument} must be between {low} and {high}, got {value}")
    return value
