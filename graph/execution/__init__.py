"""Answering operations: planned once for each document, then written from the graph's columns as JSON.

A plan gives what graphql-core gives for the same operation on the same schema. What it does not cover
(introspection, say) is interpreted.
"""

from __future__ import annotations

from .encoding import Packed, encode, encode_to_keep
from .planner import Operation, Plan, Planner
from .run import Budget, UnplannedError
from .variables import Values, Variables

__all__ = [
    "Budget",
    "Operation",
    "Packed",
    "Plan",
    "Planner",
    "UnplannedError",
    "Values",
    "Variables",
    "encode",
    "encode_to_keep",
]
