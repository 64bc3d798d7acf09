"""The enumerations of what a graph can be asked for."""

from __future__ import annotations

import enum


class HubMeasure(enum.Enum):
    """What makes an article a hub."""

    IN_DEGREE = "IN_DEGREE"
    OUT_DEGREE = "OUT_DEGREE"
    DEGREE = "DEGREE"
    PAGERANK = "PAGERANK"
    HITS_HUB = "HITS_HUB"
    HITS_AUTHORITY = "HITS_AUTHORITY"
    BETWEENNESS = "BETWEENNESS"
    CORE_NUMBER = "CORE_NUMBER"


class ComponentKind(enum.Enum):
    """What holds a component together."""

    WEAK = "WEAK"
    STRONG = "STRONG"
