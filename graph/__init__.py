"""articlegraph: a folder of Markdown articles as a knowledge graph.

    import graph

    g = graph.load("seeds")
    g.article("/learn/knowledge-graphs/questions/what-is-a-knowledge-graph").related

Names are imported when they are first used, so that a command needs to wait only for what it uses.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_HOMES = {
    "Article": "knowledge",
    "Articles": "knowledge",
    "BuildResult": "building",
    "ContentError": "corpus",
    "ContentOptions": "building",
    "ContentProblemsError": "building",
    "DanglingReference": "knowledge",
    "Document": "article",
    "Hub": "knowledge",
    "HubMeasure": "knowledge",
    "KnowledgeGraph": "knowledge",
    "Problem": "article",
    "Reference": "article",
    "ReferenceCounts": "knowledge",
    "Severity": "article",
    "SnapshotError": "snapshot",
    "Subject": "knowledge",
    "build": "building",
    "create_app": "server.app",
    "load": "loading",
}

__all__ = [
    "Article",
    "Articles",
    "BuildResult",
    "ContentError",
    "ContentOptions",
    "ContentProblemsError",
    "DanglingReference",
    "Document",
    "Hub",
    "HubMeasure",
    "KnowledgeGraph",
    "Problem",
    "Reference",
    "ReferenceCounts",
    "Severity",
    "SnapshotError",
    "Subject",
    "__version__",
    "build",
    "create_app",
    "load",
]

if TYPE_CHECKING:
    from .article import Document, Problem, Reference, Severity
    from .building import BuildResult, ContentOptions, ContentProblemsError, build
    from .corpus import ContentError
    from .knowledge import (
        Article,
        Articles,
        DanglingReference,
        Hub,
        HubMeasure,
        KnowledgeGraph,
        ReferenceCounts,
        Subject,
    )
    from .loading import load
    from .server.app import create_app
    from .snapshot import SnapshotError


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
