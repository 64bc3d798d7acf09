"""A folder of Parquet files."""

from __future__ import annotations

import importlib
from datetime import date
from pathlib import Path
from typing import Any

from ..knowledge import KnowledgeGraph
from .errors import ExportError
from .tables import Table, articles, dangling, links

_TYPES = {str: "string", date: "date32", int: "int32", float: "float64", bool: "bool_"}


def write_parquet(graph: KnowledgeGraph, folder: Path) -> None:
    """Write articles.parquet, links.parquet and dangling.parquet.

    Parameters
    ----------
    graph
        The graph.
    folder
        An empty one.

    Raises
    ------
    ExportError
        Where pyarrow is not installed.
    """
    arrow = _arrow()
    for table in (articles(graph), links(graph), dangling(graph)):
        _write(arrow, table, folder / f"{table.name}.parquet")


def _arrow() -> Any:
    """The package, which is optional and heavy, and says nothing of its types."""
    try:
        return importlib.import_module("pyarrow")
    except ImportError as error:
        hint = 'install it with pip install "articlegraph[parquet]"'
        raise ExportError(f"parquet needs the package pyarrow; {hint}") from error


def _write(arrow: Any, table: Table, path: Path) -> None:
    schema = arrow.schema([(name, getattr(arrow, _TYPES[kind])()) for name, kind in table.types.items()])
    values = list(zip(*table.rows, strict=True)) or [()] * len(schema)
    columns = [arrow.array(column, field.type) for column, field in zip(values, schema, strict=True)]
    importlib.import_module("pyarrow.parquet").write_table(
        arrow.Table.from_arrays(columns, schema=schema), path
    )
