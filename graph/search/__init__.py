"""Full-text search: an index of a graph's articles, what a query finds in it, and where.

`index_of` gives the index of a graph, which `write_index` writes and `SearchIndex` opens; `has_index` says
whether it is written; `highlight` shows a passage. A server awaits an index that another process makes.
"""

from .highlighting import highlight
from .index import Matches, SearchIndex
from .keeping import (
    NotReadyError,
    await_index,
    await_no_longer,
    has_index,
    index_of,
    is_awaited,
    make_index,
)
from .writing import FORMAT, write_index

__all__ = [
    "FORMAT",
    "Matches",
    "NotReadyError",
    "SearchIndex",
    "await_index",
    "await_no_longer",
    "has_index",
    "highlight",
    "index_of",
    "is_awaited",
    "make_index",
    "write_index",
]
