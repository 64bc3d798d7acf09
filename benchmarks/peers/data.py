"""Write a corpus as the one JSON file that every peer reads.

python benchmarks/peers/data.py CONTENT FILE

Everything is as articlegraph itself gives it: order, ids, subjects' names, links.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import orjson

import graph
from graph.schema.ids import encode_id


def exported(loaded: graph.KnowledgeGraph) -> dict[str, object]:
    """Articles in order of url, with links and subjects as positions."""
    return {
        "subjects": [subject.name for subject in loaded.subjects_by_name],
        "articles": [
            {
                "id": encode_id("Article", article.url),
                "url": article.url,
                "title": article.title,
                "date": article.date,
                "subject": None if article.subject is None else article.subject.number,
                "related": [linked.position for linked in article.related],
            }
            for article in loaded.articles
        ],
    }


def main() -> None:
    """Load, and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("content", type=Path)
    parser.add_argument("file", type=Path)
    arguments = parser.parse_args()
    arguments.file.write_bytes(orjson.dumps(exported(graph.load(arguments.content))))


if __name__ == "__main__":
    main()
