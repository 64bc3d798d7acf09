"""Full-text search: an index of a graph's articles, what a query finds in it, and where.

`index_of` gives the index of a graph, which `write_index` writes and `SearchIndex` opens; `has_index` says
whether it is written; `highlight` shows a passage.
"""

from .highlighting import highlight
from .index import Matches, SearchIndex
from .keeping import has_index, index_of
from .writing import FORMAT, write_index

__all__ = ["FORMAT", "Matches", "SearchIndex", "has_index", "highlight", "index_of", "write_index"]
