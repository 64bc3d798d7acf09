"""articlegraph: a folder of Markdown articles as a knowledge graph."""
