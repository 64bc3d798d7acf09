"""From a path to a graph: a folder by way of a snapshot that is kept in a cache, or a snapshot itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from .ahead import Ahead
from .article import Severity
from .building import Build, ContentProblemsError
from .cache import cache_folder, snapshot_of
from .corpus import ContentError, ContentOptions, Progress
from .knowledge import KnowledgeGraph

__all__ = ["begin_load", "cache_folder", "load", "snapshot_of"]


def load(
    path: str | os.PathLike[str],
    *,
    cache: str | os.PathLike[str] | None = None,
    options: ContentOptions | None = None,
    verify: bool = False,
    strict: bool = False,
    processes: int | None = None,
    resolution: float = 1.0,
    progress: Progress | None = None,
    note: Callable[[str], None] | None = None,
) -> KnowledgeGraph:
    """Load a knowledge graph.

    Parameters
    ----------
    path
        A folder of Markdown files, or a snapshot that `build` wrote. A folder's snapshot is kept in a cache,
        so that the next time only changed files are parsed.
    cache
        The cache folder; by default $ARTICLEGRAPH_CACHE_DIR, or `articlegraph` in the user's cache folder.
    options
        How the folder is read.
    verify
        Hash every file of the folder instead of trusting size, times and inode.
    strict
        Refuse content with any ERROR problem.
    processes
        How many to parse with; by default one for each core.
    resolution
        Of the communities: above 1 they are smaller, below 1 larger.
    progress
        Told how many of the files to be read are done.
    note
        Told what the operator should know, such as that a damaged snapshot is built anew.

    Returns
    -------
    KnowledgeGraph
        The graph.

    Raises
    ------
    ContentError
        Where the path is missing, or is a folder without an article file.
    ContentProblemsError
        Where `strict` and a file has an ERROR problem.
    SnapshotError
        Where the path is a file and no snapshot, or a damaged one.
    OSError
        Where the cache cannot be written.

    Examples
    --------
    >>> import graph
    >>> g = graph.load("seeds")
    >>> g.hubs(first=1)[0].article.title
    'What is a knowledge graph?'
    """
    graph, commit = begin_load(
        path,
        cache=cache,
        options=options,
        verify=verify,
        strict=strict,
        processes=processes,
        resolution=resolution,
        progress=progress,
        note=note,
    )
    commit()
    return graph


def begin_load(
    path: str | os.PathLike[str],
    *,
    cache: str | os.PathLike[str] | None = None,
    options: ContentOptions | None = None,
    verify: bool = False,
    strict: bool = False,
    processes: int | None = None,
    resolution: float = 1.0,
    progress: Progress | None = None,
    note: Callable[[str], None] | None = None,
    ahead: Ahead | None = None,
) -> tuple[KnowledgeGraph, Callable[[], None]]:
    """Load a knowledge graph that can be read before its snapshot is in its place.

    The parameters are those of `load`; and what was begun `ahead`, for the same folder and options.

    Returns
    -------
    tuple
        The graph; and what puts its snapshot in its place, to be called once, from any thread. Who asks for
        the graph's `snapshot` waits until that is done.
    """
    path = Path(path)
    if not path.exists():
        raise ContentError(f"{path}: no such file or folder; name a folder of Markdown files or a snapshot")
    if path.is_file():
        graph = KnowledgeGraph(path, resolution=resolution)
        return (_refuse_errors(graph) if strict else graph), _nothing
    if not path.is_dir():
        raise ContentError(f"{path}: neither a folder nor a file")
    work = Build(path, snapshot_of(path, cache, options), options=options, replace=True)
    try:
        result = work.run(
            verify=verify, strict=strict, processes=processes, progress=progress, is_final=False, ahead=ahead
        )
        if note:
            for message in result.notes:
                note(message)
        graph = KnowledgeGraph.of(work.opened(), resolution=resolution)
    except BaseException:
        work.abandon()
        raise
    return graph, work.commit


def _nothing() -> None:
    """What there is to do for a snapshot that is in its place."""


def _refuse_errors(graph: KnowledgeGraph) -> KnowledgeGraph:
    errors = [problem for problem in graph.problems if problem.severity is Severity.ERROR]
    if errors:
        graph.close()
        raise ContentProblemsError(errors)
    return graph
