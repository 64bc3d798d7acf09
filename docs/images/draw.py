"""Draw the sample articles as docs/images/sample.svg, when run from the root of the repository."""

from __future__ import annotations

from html import escape
from pathlib import Path

import networkx

import graph

COLORS = ["#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#b07aa1", "#2f8f8b", "#9c755f", "#7a7a7a"]
WIDTH, HEIGHT, MARGIN, LEGEND = 1000, 560, 50, 215


def main() -> None:
    """Lay the graph out and write the picture."""
    sample = graph.load("seeds")
    linked = sample.nx.subgraph(url for url in sample.nx if sample.nx.degree(url)).to_undirected()
    places = networkx.spring_layout(linked, k=0.32, iterations=400, seed=4)
    left, top = (min(place[axis] for place in places.values()) for axis in (0, 1))
    right, bottom = (max(place[axis] for place in places.values()) for axis in (0, 1))

    def point(url: str) -> tuple[float, float]:
        x, y = places[url]
        return (
            MARGIN + (x - left) / (right - left) * (WIDTH - LEGEND - 2 * MARGIN),
            MARGIN + (y - top) / (bottom - top) * (HEIGHT - 2 * MARGIN),
        )

    color = {subject.name: COLORS[i % len(COLORS)] for i, subject in enumerate(sample.subjects)}
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        "<title>The sample articles: a node per article, sized by how many link to it</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="8" fill="#fbfbfa"/>',
    ]
    for source, target in linked.edges:
        (x1, y1), (x2, y2) = point(source), point(target)
        parts.append(f'<path d="M{x1:.0f} {y1:.0f}L{x2:.0f} {y2:.0f}" stroke="#c9c9c4" stroke-width=".8"/>')
    hubs = {hub.article.url for hub in sample.hubs(first=3)}
    labels = []
    for url in linked:
        article = sample.article(url)
        assert article is not None
        x, y = point(url)
        radius = 4 + 1.1 * article.in_degree
        fill = color[article.subject.name] if article.subject else "#7a7a7a"
        parts.append(f'<circle cx="{x:.0f}" cy="{y:.0f}" r="{radius:.1f}" fill="{fill}" stroke="#fff"/>')
        if url in hubs:
            labels.append(
                f'<text x="{x:.0f}" y="{y - radius - 5:.0f}" text-anchor="middle" font-size="13" fill="#222" '
                f'stroke="#fbfbfa" stroke-width="4" paint-order="stroke">{escape(article.title)}</text>'
            )
    parts += labels
    for i, (name, fill) in enumerate(color.items()):
        y = MARGIN + 26 * i
        parts.append(f'<circle cx="{WIDTH - LEGEND}" cy="{y}" r="6" fill="{fill}"/>')
        parts.append(
            f'<text x="{WIDTH - LEGEND + 14}" y="{y + 5}" font-size="14" fill="#222">{escape(name)}</text>'
        )
    parts.append("</svg>\n")
    Path(__file__).with_name("sample.svg").write_text("\n".join(parts), encoding="utf-8")


if __name__ == "__main__":
    main()
