"""The arguments that several commands have, and the graph that they name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ..ahead import Ahead
from ..corpus import MAX_FILE_SIZE, ContentOptions
from .messages import note, reading

if TYPE_CHECKING:
    from ..knowledge import KnowledgeGraph


def content_options(function: Callable[..., None]) -> Callable[..., None]:
    """The options of every command that reads a folder."""
    for decorate in (
        click.option(
            "--follow-symlinks", is_flag=True, help="Follow symbolic links; otherwise each is a warning."
        ),
        click.option(
            "--max-file-size",
            type=click.IntRange(1),
            default=MAX_FILE_SIZE,
            show_default=True,
            metavar="BYTES",
            help="A larger file is an error and no article.",
        ),
        click.option("--verify", is_flag=True, help="Hash every file instead of trusting size and times."),
    ):
        function = decorate(function)
    return function


cache_option = click.option(
    "--cache-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="ARTICLEGRAPH_CACHE_DIR",
    allow_from_autoenv=False,
    help="Where snapshots of folders are kept.  [default: ~/.cache/articlegraph]",
)
resolution_option = click.option(
    "--resolution",
    type=click.FloatRange(0, 1000, min_open=True),
    default=1.0,
    show_default=True,
    help="Of communities: above 1 they are smaller, below 1 larger.",
)
strict_option = click.option("--strict", is_flag=True, help="Exit with status 1 if any file has an error.")
path_argument = click.argument("path", metavar="CONTENT", type=click.Path(path_type=Path))


def load_quietly(
    path: Path,
    cache_dir: Path | None,
    options: ContentOptions,
    *,
    verify: bool,
    strict: bool = False,
    resolution: float = 1.0,
) -> KnowledgeGraph:
    """The graph of CONTENT; what there is to say about reading it goes to standard error."""
    graph, commit = begin_load_quietly(
        path, cache_dir, options, verify=verify, strict=strict, resolution=resolution
    )
    commit()
    return graph


def begin_load_quietly(
    path: Path,
    cache_dir: Path | None,
    options: ContentOptions,
    *,
    verify: bool,
    strict: bool = False,
    resolution: float = 1.0,
    ahead: Ahead | None = None,
) -> tuple[KnowledgeGraph, Callable[[], None]]:
    """The same before its snapshot is in its place, and what puts it there."""
    from ..loading import begin_load

    with reading() as progress:
        return begin_load(
            path,
            cache=cache_dir,
            options=options,
            verify=verify,
            strict=strict,
            resolution=resolution,
            progress=progress,
            note=note,
            ahead=ahead,
        )
