"""The command line: each command calls one function of the API."""

from __future__ import annotations

import contextlib
import errno
import logging
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from . import __version__
from .building import ContentOptions, ContentProblemsError, build
from .corpus import MAX_FILE_SIZE, ContentError, Progress
from .loading import load, snapshot_of
from .snapshot import SnapshotError
from .workers import WorkerError, command

if TYPE_CHECKING:
    from .knowledge import KnowledgeGraph

FAILED = 1
"""Exit status: the content has errors, or what was asked could not be done."""
UNUSABLE = 2
"""Exit status: a wrong argument, or a path that cannot be used."""

EPILOG = """
\b
Exit status:
  0  all is well
  1  the content has errors (check, --strict), or it could not be done
  2  a wrong argument, or a path that holds nothing to serve"""


class _Group(click.Group):
    """Commands whose expected failures are a message, never a trace."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (ContentError, SnapshotError) as error:
            _fail(str(error), UNUSABLE)
        except ContentProblemsError as error:
            from .reports import print_problems

            print_problems(error.problems, sys.stderr)
            _fail(f"{error}; nothing was changed (--strict)", FAILED)
        except BrokenPipeError:  # the reader, `head` say, has seen enough
            sys.stderr.close()
            sys.exit(0)
        except OSError as error:
            _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), FAILED)
        except WorkerError as error:
            _fail(str(error), FAILED)


@click.group(
    cls=_Group,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="""Serve a folder of Markdown articles as a GraphQL knowledge graph.

\b
Begin with:
  articlegraph serve CONTENT     and open http://127.0.0.1:8000
  articlegraph check CONTENT     what is wrong with the files
  articlegraph stats CONTENT     what the graph looks like

CONTENT is a folder of Markdown files with YAML front matter, or a snapshot that `build` wrote. A folder's
snapshot is kept in a cache folder, so that only changed files are read again.""",
)
@click.version_option(__version__, prog_name="articlegraph")
def cli() -> None:
    """The group of all commands."""


def _content_options(function: Callable[..., None]) -> Callable[..., None]:
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


_cache_option = click.option(
    "--cache-dir",
    type=click.Path(file_okay=False, path_type=Path),
    envvar="ARTICLEGRAPH_CACHE_DIR",
    show_envvar=True,
    help="Where snapshots of folders are kept.  [default: ~/.cache/articlegraph]",
)
_strict_option = click.option("--strict", is_flag=True, help="Exit with status 1 if any file has an error.")
_path_argument = click.argument("path", metavar="CONTENT", type=click.Path(path_type=Path))


@cli.command()
@_path_argument
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="Port; 0 takes a free one."
)
@click.option(
    "--workers", default=1, show_default=True, type=click.IntRange(1, 256), help="Processes that serve."
)
@click.option("--watch", is_flag=True, help="Reload when files change.")
@click.option(
    "--grace",
    default=30,
    show_default=True,
    type=click.IntRange(0),
    metavar="SECONDS",
    help="How long requests under way may take to end when the server stops.",
)
@_strict_option
@_cache_option
@_content_options
def serve(
    path: Path,
    host: str,
    port: int,
    workers: int,
    watch: bool,
    grace: int,
    strict: bool,
    cache_dir: Path | None,
    follow_symlinks: bool,
    max_file_size: int,
    verify: bool,
) -> None:
    """Serve CONTENT over HTTP.

    GraphQL is at /graphql, the playground at /graphiql, health at /healthz and /readyz. SIGHUP (or --watch)
    reloads the content without failing a request; SIGTERM ends requests under way and exits with status 0.
    """
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # until there is something to reload, it must not end us
    listening = _bind(host, port)
    options = ContentOptions(max_file_size=max_file_size, follow_symlinks=follow_symlinks)
    with _progress() as progress:
        graph = load(
            path,
            cache=cache_dir,
            options=options,
            verify=verify,
            strict=strict,
            progress=progress,
            note=_note,
        )
    from .server.process import Settings, log_to_stderr, serve_alone

    log_to_stderr()
    _summarize(graph)
    is_folder = path.is_dir()
    snapshot = snapshot_of(path, cache_dir, options) if is_folder else path
    settings = Settings(
        snapshot=snapshot.absolute(),
        watched=path.absolute() if watch else None,
        build_command=_build_command(path, snapshot, options, strict=strict) if is_folder else None,
        workers=workers,
        grace=grace,
    )

    def started() -> None:
        _note(f"serving on http://{_shown(host)}:{listening.getsockname()[1]} (Ctrl-C stops)")

    if workers == 1:
        serve_alone(graph, listening, settings, started)
    else:
        import asyncio

        from .server.supervisor import Supervisor, WorkersFailedError

        graph.close()
        try:
            asyncio.run(Supervisor(listening, settings, started).run())
        except WorkersFailedError as error:
            _fail(str(error), FAILED)


@cli.command("build")
@click.argument("content", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The snapshot to write, or to bring up to date.",
)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing unless it fails.")
@_strict_option
@_content_options
def build_command(
    content: Path,
    output: Path,
    quiet: bool,
    strict: bool,
    follow_symlinks: bool,
    max_file_size: int,
    verify: bool,
) -> None:
    """Write the folder CONTENT to a snapshot, one SQLite file.

    A snapshot that is there already is brought up to date: only changed files are parsed. The file is
    renamed into place when it is complete, so that there is always the old one or the new one.
    """
    options = ContentOptions(max_file_size=max_file_size, follow_symlinks=follow_symlinks)
    with _progress(quiet) as progress:
        result = build(content, output, options=options, verify=verify, strict=strict, progress=progress)
    if not quiet:
        for message in result.notes:
            _note(message)
        done = f"{result.parsed:,} files parsed" if result.written else "nothing has changed"
        _note(f"{output}: {done}")


@cli.command()
@_path_argument
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json", "github"]),
    default="table",
    show_default=True,
    help="github: annotations for GitHub Actions.",
)
@_cache_option
@_content_options
def check(
    path: Path,
    format_: str,
    cache_dir: Path | None,
    follow_symlinks: bool,
    max_file_size: int,
    verify: bool,
) -> None:
    """List the problems of CONTENT's files and the references that lead nowhere.

    Exits with status 1 if any file has an error, that is, is not served.
    """
    from .article import Severity
    from .reports import print_check

    options = ContentOptions(max_file_size=max_file_size, follow_symlinks=follow_symlinks)
    graph = _load_quietly(path, cache_dir, options, verify=verify)
    print_check(graph, path, format_, sys.stdout)
    if any(problem.severity is Severity.ERROR for problem in graph.problems):
        sys.exit(FAILED)


@cli.command()
@_path_argument
@click.option(
    "--format",
    "format_",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print them.",
)
@_cache_option
@_content_options
def stats(
    path: Path,
    format_: str,
    cache_dir: Path | None,
    follow_symlinks: bool,
    max_file_size: int,
    verify: bool,
) -> None:
    """Print what CONTENT's graph looks like: counts, hubs, orphans by subject."""
    from .reports import print_stats

    options = ContentOptions(max_file_size=max_file_size, follow_symlinks=follow_symlinks)
    print_stats(_load_quietly(path, cache_dir, options, verify=verify), format_, sys.stdout)


@cli.command()
def schema() -> None:
    """Print the GraphQL schema, as in schema.graphql."""
    from .schema import print_sdl

    click.echo(print_sdl(), nl=False)


def main(arguments: list[str] | None = None) -> None:
    """Run the command line.

    Parameters
    ----------
    arguments
        Without the program's name; those of the process by default.
    """
    cli.main(args=arguments, prog_name="articlegraph")


def _load_quietly(
    path: Path, cache_dir: Path | None, options: ContentOptions, *, verify: bool
) -> KnowledgeGraph:
    with _progress() as progress:
        return load(path, cache=cache_dir, options=options, verify=verify, progress=progress, note=_note)


def _bind(host: str, port: int) -> socket.socket:
    """A bound socket: a taken port is known before the content is read."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        _fail(f"--host {host}: {error.strerror}", UNUSABLE)
    listening = socket.socket(family, kind, protocol)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(2048)  # else another server could bind it too; clients wait until the graph is ready
    except OSError as error:
        listening.close()
        taken = error.errno == errno.EADDRINUSE
        hint = "; is another server running? choose another --port" if taken else ""
        _fail(f"cannot listen on {_shown(host)}:{port}: {error.strerror}{hint}", FAILED)
    return listening


def _build_command(path: Path, snapshot: Path, options: ContentOptions, *, strict: bool) -> list[str]:
    arguments = ["build", str(path.absolute()), "-o", str(snapshot), "--quiet"]
    arguments.append(f"--max-file-size={options.max_file_size}")
    if options.follow_symlinks:
        arguments.append("--follow-symlinks")
    if strict:
        arguments.append("--strict")
    return command(f"from graph.cli import main; main({arguments!r})")


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _summarize(graph: KnowledgeGraph) -> None:
    line = f"{graph.article_count:,} articles, {graph.link_count:,} links"
    if graph.problems:
        line += f", {len(graph.problems):,} problems (articlegraph check lists them)"
    _note(line)


@contextlib.contextmanager
def _progress(quiet: bool = False) -> Iterator[Progress | None]:
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


def _note(message: str) -> None:
    click.echo(f"articlegraph: {message}", err=True)


def _fail(message: str, status: int) -> NoReturn:
    _note(message)
    logging.shutdown()
    sys.exit(status)
