"""KnowledgeGraph and all that it hands out: what Python users hold."""

from __future__ import annotations

from ..similarity import SimilarityMeasure
from ..traversal import Direction
from .facets import ArticleFacet, FacetCount
from .filters import FilterError, Where
from .graph import KnowledgeGraph, WalkLimitError
from .groups import Community, Component, Partition
from .kinds import ComponentKind, HubMeasure
from .ordering import ArticleOrderField, OrderDirection, OrderKey
from .records import (
    Article,
    Articles,
    Centrality,
    DanglingReference,
    Hub,
    ReferenceCounts,
    Seo,
    SimilarArticle,
    Subgraph,
    Subject,
    SubjectLink,
)

__all__ = [
    "Article",
    "ArticleFacet",
    "ArticleOrderField",
    "Articles",
    "Centrality",
    "Community",
    "Component",
    "ComponentKind",
    "DanglingReference",
    "Direction",
    "FacetCount",
    "FilterError",
    "Hub",
    "HubMeasure",
    "KnowledgeGraph",
    "OrderDirection",
    "OrderKey",
    "Partition",
    "ReferenceCounts",
    "Seo",
    "SimilarArticle",
    "SimilarityMeasure",
    "Subgraph",
    "Subject",
    "SubjectLink",
    "WalkLimitError",
    "Where",
]
