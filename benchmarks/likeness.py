"""How alike a synthetic folder is to a real one: the distributions of both, side by side.

python benchmarks/likeness.py CONTENT [--json FILE]
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import synthetic
from measurements import record

import graph
from graph.knowledge import KnowledgeGraph
from graph.knowledge.kinds import ComponentKind

SHARES = (0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99, 0.999, 1)


def distributions(loaded: KnowledgeGraph, content: Path) -> dict[str, Sequence[float]]:
    """A number for each article."""
    components = loaded.components(ComponentKind.WEAK)
    articles = list(loaded.articles)
    return {
        "links out": [article.out_degree for article in articles],
        "links in": [article.in_degree for article in articles],
        "articles in its component": [
            size for c in components for size in [len(c.articles)] * len(c.articles)
        ],
        "bytes of its file": [(content / article.file).stat().st_size for article in articles],
        "characters of its answer": [len(article.answer or "") for article in articles],
        "characters of its title": [len(article.title) for article in articles],
        "keywords": [len(article.keywords) for article in articles],
    }


def counts(loaded: KnowledgeGraph) -> dict[str, float]:
    """Numbers of the whole, per 1,000 articles where they grow with it."""
    per_mille = 1000 / loaded.article_count
    references = loaded.references
    numbers = Counter(article.number for article in loaded.articles if article.number is not None)
    same = [link.count for link in loaded.subject_links if link.source == link.target]
    return {
        "links": loaded.link_count * per_mille,
        "articles without links": len(loaded.isolated()) * per_mille,
        "repeated references": references.repeated * per_mille,
        "dangling references": references.dangling * per_mille,
        "components": len(loaded.components(ComponentKind.WEAK)) * per_mille,
        "numbers that several articles have": per_mille * sum(times > 1 for times in numbers.values()),
        "subjects": len(loaded.subjects),
        "clustering coefficient": loaded.clustering_coefficient,
        "share of links answered by one back": loaded.reciprocity,
        "share of links inside a subject": sum(same) / loaded.link_count,
    }


def compare(real: Path, made: Path, file: Path | None) -> None:
    """Print both, and record them."""
    found = {}
    with tempfile.TemporaryDirectory() as cache:
        for name, content in (("corpus", real), ("synthetic", made)):
            loaded = graph.load(content, cache=cache)
            quantiles = {
                what: [float(q) for q in np.quantile(values, SHARES, method="nearest")]
                for what, values in distributions(loaded, content).items()
            }
            found[name] = {"articles": loaded.article_count, "quantiles": quantiles, "counts": counts(loaded)}
    print(f"{'quantiles':<38}" + "".join(f"{share:>9g}" for share in SHARES))
    for what in found["corpus"]["quantiles"]:
        for name, each in found.items():
            print(f"{what:<27}{name:<11}" + "".join(f"{value:>9,.0f}" for value in each["quantiles"][what]))
    for what, value in found["corpus"]["counts"].items():
        print(f"{what:<38}{value:>9,.2f}{found['synthetic']['counts'][what]:>9,.2f}")
    record(file, "likeness", {"shares": list(SHARES)} | found)


def main() -> None:
    """Compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("content", type=Path)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        synthetic.write(Path(folder), sum(1 for _ in arguments.content.rglob("*.md")))
        compare(arguments.content, Path(folder), arguments.json)


if __name__ == "__main__":
    main()
