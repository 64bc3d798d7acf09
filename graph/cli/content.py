"""The commands that read content: write its snapshot, check it, describe it, print its schema."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .. import building
from ..corpus import ContentOptions
from ..knowledge import HubMeasure
from .messages import FAILED, fail, note, reading
from .options import (
    cache_option,
    content_options,
    load_quietly,
    path_argument,
    resolution_option,
    strict_option,
)


@click.command()
@click.argument("content", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The snapshot to write, or to bring up to date.",
)
@click.option(
    "--warm",
    is_flag=True,
    help="Compute measures and the search index ahead, and keep them beside the snapshot.",
)
@resolution_option
@click.option("-q", "--quiet", is_flag=True, help="Say nothing unless it fails.")
@strict_option
@content_options
def build(
    content: Path,
    output: Path,
    warm: bool,
    resolution: float,
    quiet: bool,
    strict: bool,
    follow_symlinks: bool,
    max_file_size: int,
    verify: bool,
) -> None:
    """Write the folder CONTENT to a snapshot, one file.

    A snapshot that is there already is brought up to date: only changed files are parsed. The file is
    renamed into place when it is complete, so that there is always the old one or the new one.
    """
    options = ContentOptions(max_file_size=max_file_size, follow_symlinks=follow_symlinks)
    with reading(quiet) as progress:
        result = building.build(
            content, output, options=options, verify=verify, strict=strict, progress=progress
        )
    if not quiet:
        for message in result.notes:
            note(message)
        done = f"{result.parsed:,} files parsed" if result.written else "nothing has changed"
        note(f"{output}: {done}")
    if warm:
        _warm(output, resolution, quiet=quiet)


def _warm(snapshot: Path, resolution: float, *, quiet: bool) -> None:
    from ..knowledge import KnowledgeGraph
    from ..warming import warm

    graph = KnowledgeGraph(snapshot, resolution=resolution)
    warm(graph, None if quiet else lambda name: note(f"{name}: ready"))
    if not graph.derived.is_kept:
        fail(f"{snapshot}.derived: cannot be written, so nothing is kept for a server to open", FAILED)


@click.command()
@path_argument
@click.option(
    "--format",
    "format",
    type=click.Choice(["table", "json", "github"]),
    default="table",
    show_default=True,
    help="github: annotations for GitHub Actions.",
)
@cache_option
@content_options
def check(
    path: Path,
    format: str,  # noqa: A002 - named as the option, for the environment variable is too
    cache_dir: Path | None,
    follow_symlinks: bool,
    max_file_size: int,
    verify: bool,
) -> None:
    """List the problems of CONTENT's files and the references that lead nowhere.

    Exits with status 1 if any file has an error, that is, is not served.
    """
    from ..article import Severity
    from ..reports import print_check

    options = ContentOptions(max_file_size=max_file_size, follow_symlinks=follow_symlinks)
    graph = load_quietly(path, cache_dir, options, verify=verify)
    print_check(graph, path, format, sys.stdout)
    if any(problem.severity is Severity.ERROR for problem in graph.problems):
        sys.exit(FAILED)


@click.command()
@path_argument
@click.option(
    "--format",
    "format",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print them.",
)
@click.option(
    "--hubs",
    type=click.Choice([measure.name.lower().replace("_", "-") for measure in HubMeasure]),
    help="Print the hubs by this measure and nothing else.",
)
@click.option(
    "--first",
    type=click.IntRange(0),
    default=10,
    show_default=True,
    help="How many hubs at most.",
)
@cache_option
@content_options
def stats(
    path: Path,
    format: str,  # noqa: A002 - named as the option, for the environment variable is too
    hubs: str | None,
    first: int,
    cache_dir: Path | None,
    follow_symlinks: bool,
    max_file_size: int,
    verify: bool,
) -> None:
    """Print what CONTENT's graph looks like: counts, hubs, orphans by subject."""
    from ..reports import print_hubs, print_stats

    options = ContentOptions(max_file_size=max_file_size, follow_symlinks=follow_symlinks)
    graph = load_quietly(path, cache_dir, options, verify=verify)
    if hubs is None:
        print_stats(graph, format, sys.stdout, first)
    else:
        print_hubs(graph, HubMeasure[hubs.upper().replace("-", "_")], first, format, sys.stdout)


@click.command()
def schema() -> None:
    """Print the GraphQL schema, as in schema.graphql."""
    from ..schema import print_sdl

    click.echo(print_sdl(), nl=False)
