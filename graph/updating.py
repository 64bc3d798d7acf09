"""A snapshot brought up to date in a process of its own, for a server that goes on meanwhile."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path

from .ahead import Ahead, scan_known
from .building import Build, ContentProblemsError
from .corpus import ContentError, ContentOptions
from .snapshot import SnapshotError
from .workers import WorkerError, command


def update_command(content: Path, snapshot: Path, options: ContentOptions, *, strict: bool) -> list[str]:
    """The command that brings a snapshot up to date with its folder; see `update`."""
    arguments = (
        os.fspath(content.absolute()),
        os.fspath(snapshot.absolute()),
        options.max_file_size,
        options.follow_symlinks,
        strict,
    )
    return command(f"from graph.updating import update; update{arguments!r}")


def update(content: str, snapshot: str, max_file_size: int, follow_symlinks: bool, strict: bool) -> None:
    """Bring a snapshot up to date when a byte comes in on standard input.

    Where that fails, say why on standard error and exit with status 1.
    """
    options = ContentOptions(max_file_size=max_file_size, follow_symlinks=follow_symlinks)
    gc.disable()  # the process ends soon
    work = Build(content, snapshot, options=options, trusts_base=True)
    known = work.look()
    if not sys.stdin.read(1):  # all is at hand: wait until somebody asks, or is gone
        return
    try:
        work.run(strict=strict, ahead=Ahead(lambda: scan_known(Path(content), options, known)))
    except ContentProblemsError as error:
        from .reports import print_problems

        print_problems(error.problems, sys.stderr)
        _fail(f"{error}; nothing was changed (--strict)")
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except (ContentError, SnapshotError, WorkerError) as error:
        _fail(str(error))
    finally:
        work.abandon()
    os._exit(0)  # whoever asked waits for the end, and the interpreter takes its time to tidy up


def _fail(message: str) -> None:
    sys.stderr.write(f"articlegraph: {message}\n")
    sys.exit(1)
