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
    "ArticleFacet": "knowledge",
    "ArticleOrderField": "knowledge",
    "Articles": "knowledge",
    "BuildResult": "building",
    "Community": "knowledge",
    "Component": "knowledge",
    "ComponentKind": "knowledge",
    "ContentError": "corpus",
    "ContentOptions": "corpus",
    "ContentProblemsError": "building",
    "DanglingReference": "knowledge",
    "Direction": "knowledge",
    "Document": "article",
    "ExportError": "exporting",
    "ExportFormat": "exporting",
    "FilterError": "knowledge",
    "Hub": "knowledge",
    "HubMeasure": "knowledge",
    "KnowledgeGraph": "knowledge",
    "OrderDirection": "knowledge",
    "Problem": "article",
    "Reference": "article",
    "ReferenceCounts": "knowledge",
    "Severity": "article",
    "SimilarityMeasure": "knowledge",
    "SnapshotError": "snapshot",
    "Subject": "knowledge",
    "build": "building",
    "create_app": "server.app",
    "export": "exporting",
    "load": "loading",
    "warm": "warming",
}

__all__ = [
    "Article",
    "ArticleFacet",
    "ArticleOrderField",
    "Articles",
    "BuildResult",
    "Community",
    "Component",
    "ComponentKind",
    "ContentError",
    "ContentOptions",
    "ContentProblemsError",
    "DanglingReference",
    "Direction",
    "Document",
    "ExportError",
    "ExportFormat",
    "FilterError",
    "Hub",
    "HubMeasure",
    "KnowledgeGraph",
    "OrderDirection",
    "Problem",
    "Reference",
    "ReferenceCounts",
    "Severity",
    "SimilarityMeasure",
    "SnapshotError",
    "Subject",
    "__version__",
    "build",
    "create_app",
    "export",
    "load",
    "recommend",
    "warm",
]

if TYPE_CHECKING:
    from . import recommend
    from .article import Document, Problem, Reference, Severity
    from .building import BuildResult, ContentProblemsError, build
    from .corpus import ContentError, ContentOptions
    from .exporting import ExportError, ExportFormat, export
    from .knowledge import (
        Article,
        ArticleFacet,
        ArticleOrderField,
        Articles,
        Community,
        Component,
        ComponentKind,
        DanglingReference,
        Direction,
        FilterError,
        Hub,
        HubMeasure,
        KnowledgeGraph,
        OrderDirection,
        ReferenceCounts,
        SimilarityMeasure,
        Subject,
    )
    from .loading import load
    from .server.app import create_app
    from .snapshot import SnapshotError
    from .warming import warm


def __getattr__(name: str) -> Any:
    if name == "recommend":
        return importlib.import_module(".recommend", __name__)
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f".{_HOMES[name]}", __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
