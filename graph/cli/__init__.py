"""The command line: each command calls one function of the API."""

from __future__ import annotations

import importlib
import sys
from typing import Any

import click

from .. import __version__
from .messages import FAILED, UNUSABLE, fail

_MODULES = {
    "serve": "serve", "build": "content", "check": "content", "stats": "content", "query": "query",
    "export": "export", "experiment": "experiment", "schema": "content",
}  # fmt: skip
"""Where each command is defined."""

EPILOG = """
Each option can also be set by the environment variable that a command's --help shows beside it.

\b
Exit status:
  0  all is well
  1  the content (check, --strict) or the answer (query) has errors, or it could not be done
  2  a wrong argument, or a path that cannot be used
  130  an experiment was ended by Ctrl-C"""


class _Commands(dict[str, click.Command]):
    """All commands; each is imported when it is asked for, with what it needs."""

    def __init__(self) -> None:
        super().__init__(dict.fromkeys(_MODULES))  # type: ignore[arg-type]

    def __getitem__(self, name: str) -> click.Command:
        module = importlib.import_module(f".{_MODULES[name]}", __name__)
        command: click.Command = getattr(module, name)
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                parameter.show_envvar = True
        return command

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else default  # noqa: SIM401 - that would call this


class _Group(click.Group):
    """Commands whose expected failures are a message, never a trace."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except BrokenPipeError:  # the reader, `head` say, has seen enough
            sys.stderr.close()
            sys.exit(0)
        except OSError as error:
            fail(f"{error.filename}: {error.strerror}" if error.filename else str(error), FAILED)
        except Exception as error:
            _fail_expected(error)
            raise


def _fail_expected(error: Exception) -> None:
    """Say what failed, if it is among what may; where it is, all of this is imported already."""
    from ..building import ContentProblemsError
    from ..corpus import ContentError
    from ..exporting import ExportError
    from ..snapshot import SnapshotError
    from ..workers import WorkerError

    if isinstance(error, ContentError | SnapshotError | ExportError):
        fail(str(error), UNUSABLE)
    if isinstance(error, ContentProblemsError):
        from ..reports import print_problems

        print_problems(error.problems, sys.stderr)
        fail(f"{error}; nothing was changed (--strict)", FAILED)
    if isinstance(error, WorkerError):
        fail(str(error), FAILED)


@click.group(
    cls=_Group,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "ARTICLEGRAPH"},
    help="""Serve a folder of Markdown articles as a GraphQL knowledge graph.

\b
Begin with:
  articlegraph serve CONTENT     and open http://127.0.0.1:8000
  articlegraph check CONTENT     what is wrong with the files
  articlegraph stats CONTENT     what the graph looks like
  articlegraph query CONTENT '{ graph { articleCount } }'
  articlegraph experiment --content CONTENT   which recommendations are best

CONTENT is a folder of Markdown files with YAML front matter, or a snapshot that `build` wrote. A folder's
snapshot is kept in a cache folder, so that only changed files are read again.""",
)
@click.version_option(__version__, prog_name="articlegraph", allow_from_autoenv=False)
def cli() -> None:
    """The group of all commands."""


cli.commands = _Commands()


def main(arguments: list[str] | None = None, *, environment: bool = True) -> None:
    """Run the command line.

    Parameters
    ----------
    arguments
        Without the program's name; those of the process by default.
    environment
        Whether an option that is not given is taken from the environment.
    """
    if environment:
        cli.main(args=arguments, prog_name="articlegraph")
    else:
        cli.main(args=arguments, prog_name="articlegraph", auto_envvar_prefix=None)
