"""The command that hands the graph to other programs."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from .. import exporting
from ..corpus import ContentOptions
from .messages import note
from .options import cache_option, content_options, load_quietly, path_argument


@click.command()
@path_argument
@click.option(
    "--format",
    "format",
    type=click.Choice(list(map(str, exporting.ExportFormat))),
    required=True,
    help="csv, parquet and cypher-csv are folders, the others files.",
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(allow_dash=True, path_type=Path),
    help="The file or folder to write; - is standard output.",
)
@click.option("--force", is_flag=True, help="Replace the file or the earlier export that is there.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing unless it fails.")
@cache_option
@content_options
def export(
    path: Path,
    format: str,  # noqa: A002 - named as the option, for the environment variable is too
    output: Path,
    force: bool,
    quiet: bool,
    cache_dir: Path | None,
    follow_symlinks: bool,
    max_file_size: int,
    verify: bool,
) -> None:
    """Write CONTENT's articles and links as a file, or a folder of tables, for other programs.

    The output gets its name when it is complete.
    """
    options = ContentOptions(max_file_size=max_file_size, follow_symlinks=follow_symlinks)
    graph = load_quietly(path, cache_dir, options, verify=verify)
    if str(output) == "-":
        exporting.write(graph, sys.stdout.buffer, format)
    else:
        exporting.export(graph, output, format, force=force)
    if not quiet:
        note(f"{output}: {graph.article_count:,} articles, {graph.link_count:,} links")
