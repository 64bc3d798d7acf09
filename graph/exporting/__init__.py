"""A graph in the formats of other programs, as a file or as a folder of tables."""

from __future__ import annotations

import enum
import os
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from ..knowledge import KnowledgeGraph
from .csv import write_csv, write_neo4j_csv
from .errors import ExportError
from .json import write_json
from .parquet import write_parquet
from .placing import placed_file, placed_folder
from .xml import write_gexf, write_graphml

__all__ = ["ExportError", "ExportFormat", "export", "write"]


class ExportFormat(enum.StrEnum):
    """What a graph can be exported as."""

    GRAPHML = "graphml"
    GEXF = "gexf"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"
    CYPHER_CSV = "cypher-csv"


_FILES: dict[ExportFormat, Callable[[KnowledgeGraph, BinaryIO], None]] = {
    ExportFormat.GRAPHML: write_graphml,
    ExportFormat.GEXF: write_gexf,
    ExportFormat.JSON: write_json,
}
_FOLDERS: dict[ExportFormat, Callable[[KnowledgeGraph, Path], None]] = {
    ExportFormat.CSV: write_csv,
    ExportFormat.PARQUET: write_parquet,
    ExportFormat.CYPHER_CSV: write_neo4j_csv,
}


def export(
    graph: KnowledgeGraph,
    path: str | os.PathLike[str],
    format: str,  # noqa: A002 - a caller writes format="csv"
    *,
    force: bool = False,
) -> None:
    """Write a graph to a file, or to a folder of tables.

    It is written beside its place and renamed into it when it is complete.

    Parameters
    ----------
    graph
        The graph.
    path
        The file ("graphml", "gexf", "json") or the folder ("csv", "parquet", "cypher-csv") to make.
    format
        The value of an `ExportFormat`.
    force
        Replace the file or the earlier export that is there.

    Raises
    ------
    ExportError
        Where something is there already that must not be replaced, or a package is missing that the format
        needs, or the format cannot tell two urls apart.
    OSError
        Where it cannot be written.
    ValueError
        Where there is no such format.

    Examples
    --------
    >>> import graph, networkx
    >>> from graph.exporting import export
    >>> export(graph.load("seeds"), "seeds.graphml", "graphml")
    >>> networkx.read_graphml("seeds.graphml").number_of_nodes()
    72
    """
    kind, place = ExportFormat(format), Path(path)
    if kind in _FILES:
        with placed_file(place, force=force) as out:
            _FILES[kind](graph, out)
    else:
        with placed_folder(place, force=force) as folder:
            _FOLDERS[kind](graph, folder)


def write(graph: KnowledgeGraph, out: BinaryIO, format: str) -> None:  # noqa: A002 - as for `export`
    """Write a graph to an open file.

    Parameters
    ----------
    graph
        The graph.
    out
        Where to.
    format
        "graphml", "gexf" or "json".

    Raises
    ------
    ExportError
        Where the format is a folder of several files, or cannot tell two urls apart.
    ValueError
        Where there is no such format.
    """
    kind = ExportFormat(format)
    if kind not in _FILES:
        raise ExportError(f"{kind} is a folder of several files and needs a name; {_listed()} can be piped")
    _FILES[kind](graph, out)


def _listed() -> str:
    *others, last = _FILES
    return f"{', '.join(others)} and {last}"
