"""GraphML and GEXF, written node by node: NetworkX's own writers take five times as long and hold all of it.

XML 1.0 has no way to hold most control characters; U+FFFD stands for each of them. What is None is left out,
dates are ISO text.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any, BinaryIO

from ..knowledge import KnowledgeGraph
from .errors import ExportError
from .tables import ARTICLE, LINK, Types, articles, links

_REPLACED = dict.fromkeys((*range(32), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\ufffd")
_ESCAPES = _REPLACED | {
    ord("&"): "&amp;",
    ord("<"): "&lt;",
    ord(">"): "&gt;",
    ord('"'): "&quot;",
    # as they are, a reader would take them for spaces or normalise them
    ord("\t"): "&#9;",
    ord("\n"): "&#10;",
    ord("\r"): "&#13;",
}
_GRAPHML_TYPES = {str: "string", date: "string", int: "int", float: "double", bool: "boolean"}
_GEXF_TYPES = _GRAPHML_TYPES | {int: "integer"}

_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def write_graphml(graph: KnowledgeGraph, out: BinaryIO) -> None:
    """Write GraphML (http://graphml.graphdrawing.org/specification.html); the id of a node is its url.

    Parameters
    ----------
    graph
        The graph.
    out
        Where to.

    Raises
    ------
    ExportError
        Where two urls differ only in characters that XML cannot hold.
    """
    _write(_graphml(graph), out)


def write_gexf(graph: KnowledgeGraph, out: BinaryIO) -> None:
    """Write GEXF 1.2 (https://gexf.net); the id of a node is its url and its label the title.

    Parameters
    ----------
    graph
        The graph.
    out
        Where to.

    Raises
    ------
    ExportError
        Where two urls differ only in characters that XML cannot hold.
    """
    _write(_gexf(graph), out)


def _graphml(graph: KnowledgeGraph) -> Iterator[str]:
    _check_ids(graph.columns.url)
    yield f'{_HEAD}<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for element, types in (("node", _attributes(ARTICLE)), ("edge", _attributes(LINK))):
        for name, kind in types.items():
            kind_name = _GRAPHML_TYPES[kind]
            yield f'<key id="{name}" for="{element}" attr.name="{name}" attr.type="{kind_name}"/>\n'
    yield '<graph id="articlegraph" edgedefault="directed">\n'
    names = list(_attributes(ARTICLE))
    for url, *values in articles(graph).rows:
        yield f'<node id="{_escaped(url)}">{_data(names, values)}</node>\n'
    names = list(_attributes(LINK))
    for source, target, *values in links(graph).rows:
        ends = f'source="{_escaped(source)}" target="{_escaped(target)}"'
        yield f"<edge {ends}>{_data(names, values)}</edge>\n"
    yield "</graph>\n</graphml>\n"


def _data(names: Sequence[str], values: Sequence[Any]) -> str:
    pairs = zip(names, values, strict=True)
    return "".join(f'<data key="{name}">{_text(value)}</data>' for name, value in pairs if value is not None)


def _gexf(graph: KnowledgeGraph) -> Iterator[str]:
    _check_ids(graph.columns.url)
    yield f'{_HEAD}<gexf xmlns="http://www.gexf.net/1.2draft" version="1.2">\n'
    yield "<meta><creator>articlegraph</creator></meta>\n"
    yield '<graph mode="static" defaultedgetype="directed">\n'
    for element, types in (("node", _attributes(ARTICLE)), ("edge", _attributes(LINK))):
        yield f'<attributes class="{element}" mode="static">\n'
        for name, kind in types.items():
            yield f'<attribute id="{name}" title="{name}" type="{_GEXF_TYPES[kind]}"/>\n'
        yield "</attributes>\n"
    yield "<nodes>\n"
    names = list(_attributes(ARTICLE))
    for url, *values in articles(graph).rows:
        label = _escaped(values[names.index("title")])
        yield f'<node id="{_escaped(url)}" label="{label}">{_attvalues(names, values)}</node>\n'
    yield "</nodes>\n<edges>\n"
    names = list(_attributes(LINK))
    for number, (source, target, *values) in enumerate(links(graph).rows):
        ends = f'source="{_escaped(source)}" target="{_escaped(target)}"'
        yield f'<edge id="{number}" {ends}>{_attvalues(names, values)}</edge>\n'
    yield "</edges>\n</graph>\n</gexf>\n"


def _attvalues(names: Sequence[str], values: Sequence[Any]) -> str:
    pairs = zip(names, values, strict=True)
    filled = "".join(
        f'<attvalue for="{name}" value="{_text(value)}"/>' for name, value in pairs if value is not None
    )
    return f"<attvalues>{filled}</attvalues>"


def _attributes(types: Types) -> Types:
    """The columns but for those that a node or an edge is known by."""
    return {name: kind for name, kind in types.items() if name not in {"url", "source", "target"}}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return _escaped(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _check_ids(urls: Sequence[str]) -> None:
    seen: dict[str, str] = {}
    for url in urls:
        other = seen.setdefault(url.translate(_REPLACED), url)
        if other != url:
            raise ExportError(f"XML cannot tell the urls {other!r} and {url!r} apart; choose another format")


def _write(parts: Iterable[str], out: BinaryIO) -> None:
    for part in parts:
        out.write(part.encode())
