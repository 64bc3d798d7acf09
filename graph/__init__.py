"""articlegraph: a folder of Markdown articles as a knowledge graph."""

__version__ = "0.1.0"
