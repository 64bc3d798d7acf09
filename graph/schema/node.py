"""The Node interface."""

from __future__ import annotations

import strawberry

from .define import interface, schema_field


@interface
class Node:
    """Anything with a global id, which `Query.node` takes."""

    @schema_field
    def id(self) -> strawberry.ID:
        """Global id, made from what names the node in the content: it survives reloads."""
        raise NotImplementedError
