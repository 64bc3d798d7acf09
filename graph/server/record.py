"""What is noted of a request while it is answered, for the access log and the metrics."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Scope

_KEY = "articlegraph"


@dataclass(slots=True)
class Record:
    """What one GraphQL request was, as far as it was understood.

    Variables and literal values are not among it: they may name people.
    """

    document: str | None = None
    operation: str | None = None
    cost: int | None = None
    codes: list[str] = field(default_factory=list)
    refused: bool = False

    @property
    def hash(self) -> str | None:
        """SHA-256 of the document's text, in hexadecimal digits: the same text has the same."""
        if self.document is None:
            return None
        return hashlib.sha256(self.document.encode()).hexdigest()

    def add(self, errors: Iterable[Mapping[str, Any]]) -> None:
        """Note the errors of a response."""
        self.codes += [error["extensions"]["code"] for error in errors]

    def refuse(self, errors: Iterable[Mapping[str, Any]]) -> None:
        """Note that the operation did not run to its end, and why."""
        self.refused = True
        self.add(errors)


def record_of(scope: Scope) -> Record:
    """The record of a request: the one that its scope carries, or else one that nobody reads."""
    record = scope.get(_KEY)
    return record if isinstance(record, Record) else Record()


def begin(scope: Scope) -> Record:
    """Give a request's scope a record."""
    record: Record = Record()
    scope[_KEY] = record
    return record
