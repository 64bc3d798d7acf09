"""The enumerations, with what clients read about their values."""

from __future__ import annotations

from ..article import Severity
from ..knowledge import (
    ArticleFacet,
    ArticleOrderField,
    ComponentKind,
    Direction,
    HubMeasure,
    OrderDirection,
    SimilarityMeasure,
)
from .define import enum_type

__all__ = [
    "ArticleFacet",
    "ArticleOrderField",
    "ComponentKind",
    "Direction",
    "HubMeasure",
    "OrderDirection",
    "Severity",
    "SimilarityMeasure",
]

enum_type(
    ArticleFacet,
    "What articles can be counted by.",
    {
        "SUBJECT": "The subject's name.",
        "AUTHOR": "The author.",
        "YEAR": "The date's year, such as 2025.",
        "MONTH": "The date's month, such as 2025-01.",
        "KEYWORD": "Each keyword; those that differ only in case are one.",
        "IN_DEGREE": "How many articles link to it.",
        "OUT_DEGREE": "How many articles it links to.",
    },
)
enum_type(
    HubMeasure,
    "What makes an article a hub.",
    {
        "IN_DEGREE": "How many articles link to it.",
        "OUT_DEGREE": "How many articles it links to.",
        "DEGREE": "How many links lead to it and from it.",
        "PAGERANK": "The share of readers who are here when they follow links at random. "
        "All articles' sum is 1.",
        "HITS_HUB": "HITS: it links to good authorities. All articles' sum is 1. It is 0 outside of the most "
        "densely linked part of the graph.",
        "HITS_AUTHORITY": "HITS: good hubs link to it. All articles' sum is 1. It is 0 outside of the most "
        "densely linked part of the graph.",
        "BETWEENNESS": "The share of shortest paths between other articles that lead through it, "
        "from 0 to 1.",
        "CORE_NUMBER": "It is in a part of the graph where every article has at least that many neighbors.",
    },
)
enum_type(
    ComponentKind,
    "What holds a component together.",
    {
        "WEAK": "Each article can be reached from each along links, whatever their direction.",
        "STRONG": "Each article can be reached from each along links in their direction.",
    },
)
enum_type(
    ArticleOrderField,
    "What articles can be ordered by. Articles without a value come last in both directions; ties by url.",
    {
        "URL": "The url, by code point.",
        "TITLE": "The title, case ignored.",
        "DATE": "The date.",
        "NUMBER": "The `id` of the front matter.",
        "SUBJECT": "The subject's name, case ignored.",
        "IN_DEGREE": "How many articles link to it.",
        "OUT_DEGREE": "How many articles it links to.",
        "PAGERANK": "Its PageRank. Cursors of this order become stale when the content changes.",
        "READING_MINUTES": "Minutes to read the answer.",
    },
)
enum_type(
    OrderDirection,
    "Which end of an order comes first.",
    {"ASC": "The smallest, the earliest, A.", "DESC": "The largest, the latest, Z."},
)
enum_type(
    Severity,
    "How bad a problem is.",
    {"ERROR": "The article is not served.", "WARNING": "It is served, as the message says."},
)
enum_type(
    Direction,
    "Which links to follow.",
    {
        "OUT": "From the article to those that it names.",
        "IN": "To the article from those that name it.",
        "BOTH": "Links in either direction.",
    },
)
enum_type(
    SimilarityMeasure,
    "What makes two articles similar, going by links alone.",
    {
        "CO_CITATION": "How many articles link to both.",
        "JACCARD": "The share of their neighbors that both have, from 0 to 1; directions are ignored.",
        "ADAMIC_ADAR": "Their common neighbors, each counted as 1 / ln(its degree): a rare one says more. "
        "Directions are ignored.",
    },
)
