"""Folders of CSV files (RFC 4180, UTF-8): for spreadsheets and data frames, and for Neo4j."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from ..knowledge import KnowledgeGraph
from .tables import Table, articles, dangling, links

_NEO4J_TYPES = {str: "", date: ":date", int: ":int", float: ":double", bool: ":boolean"}


def write_csv(graph: KnowledgeGraph, folder: Path) -> None:
    """Write articles.csv, links.csv and dangling.csv.

    Parameters
    ----------
    graph
        The graph.
    folder
        An empty one.
    """
    for table in (articles(graph), links(graph), dangling(graph)):
        _write(folder / f"{table.name}.csv", list(table.types), table.rows)


def write_neo4j_csv(graph: KnowledgeGraph, folder: Path) -> None:
    """Write articles.csv and links.csv with the headers that `neo4j-admin database import` reads.

    The headers are described in https://neo4j.com/docs/operations-manual/current/import/.

    Parameters
    ----------
    graph
        The graph.
    folder
        An empty one.
    """
    _write_neo4j(folder, articles(graph), {"url": "url:ID"}, (":LABEL", "Article"))
    ends = {"source": ":START_ID", "target": ":END_ID"}
    _write_neo4j(folder, links(graph), ends, (":TYPE", "RELATED_TO"))


def _write_neo4j(folder: Path, table: Table, keys: dict[str, str], constant: tuple[str, str]) -> None:
    title, value = constant
    header = [keys.get(name, name + _NEO4J_TYPES[kind]) for name, kind in table.types.items()]
    _write(folder / f"{table.name}.csv", [*header, title], ((*row, value) for row in table.rows))


def _write(path: Path, header: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(header)
        writer.writerows([_cell(value) for value in row] for row in rows)


def _cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value
