"""The Node interface."""

from __future__ import annotations

import strawberry


@strawberry.interface(description="Anything with a global id, which `Query.node` takes.")
class Node:
    """Anything with a global id."""

    id: strawberry.ID = strawberry.field(
        description="Global id, made from what names the node in the content: it survives reloads."
    )
