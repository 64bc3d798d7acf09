"""What a command says beside its output, on standard error, and how it ends."""

from __future__ import annotations

import contextlib
import logging
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, NoReturn

import click

if TYPE_CHECKING:
    from ..corpus import Progress

FAILED = 1
"""Exit status: the content has errors, or what was asked could not be done."""
UNUSABLE = 2
"""Exit status: a wrong argument, or a path that cannot be used."""


def note(message: str) -> None:
    """Say something to the operator."""
    click.echo(f"articlegraph: {message}", err=True)


def fail(message: str, status: int) -> NoReturn:
    """Say why the command ends, and end it."""
    note(message)
    logging.shutdown()
    sys.exit(status)


@contextlib.contextmanager
def reading(quiet: bool = False) -> Iterator[Progress | None]:
    """A progress bar on a terminal, nothing elsewhere."""
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("reading"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("reading", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
