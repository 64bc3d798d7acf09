"""Node-link JSON, as `networkx.node_link_graph` reads it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, BinaryIO

import orjson

from ..knowledge import KnowledgeGraph
from .tables import Table, articles, links


def write_json(graph: KnowledgeGraph, out: BinaryIO) -> None:
    """Write what `networkx.node_link_data` would give: a node or an edge a line, dates as ISO text.

    Parameters
    ----------
    graph
        The graph.
    out
        Where to; it is never in memory as a whole.
    """
    about = orjson.dumps({"name": "articlegraph", "version": graph.version})
    out.write(b'{"directed":true,"multigraph":false,"graph":' + about + b',"nodes":[')
    _write_list(_records(articles(graph), url="id"), out)
    out.write(b'],"edges":[')
    _write_list(_records(links(graph)), out)
    out.write(b"]}\n")


def _records(table: Table, **renamed: str) -> Iterable[dict[str, Any]]:
    names = [renamed.get(name, name) for name in table.types]
    return (dict(zip(names, row, strict=True)) for row in table.rows)


def _write_list(records: Iterable[dict[str, Any]], out: BinaryIO) -> None:
    separator = b"\n"
    for record in records:
        out.write(separator + orjson.dumps(record))
        separator = b",\n"
