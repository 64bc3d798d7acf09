"""The worked queries of docs/queries.md: how they are read, asked and shown. Run it to show them anew."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from dataclasses import dataclass
from typing import Any

from library import SEEDS, ask

import graph
from graph.knowledge import KnowledgeGraph

GUIDE = SEEDS.parent / "docs" / "queries.md"
WIDTH = 118

_WORKED = re.compile(
    r"^## (?P<title>\d+\. .+)\n\n(?P<purpose>(?:(?!#|```).+\n)+)\n```graphql\n(?P<query>[^`]*)```\n\n"
    r"(?:Variables:\n\n```json\n(?P<variables>[^`]*)```\n\n)?Result:\n\n```json\n(?P<shown>[^`]*)```$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Worked:
    """One worked query: its heading, what it is for, its text, its variables, and the result shown."""

    title: str
    purpose: str
    query: str
    variables: dict[str, Any]
    shown: str

    def result(self, served: KnowledgeGraph) -> Any:
        """The data that a server gives, which must be without errors."""
        return ask(served, self.query, **self.variables)


def read(text: str) -> list[Worked]:
    """The worked queries of a text, in its order."""
    return [
        Worked(
            found["title"],
            " ".join(found["purpose"].split()),
            found["query"],
            json.loads(found["variables"] or "{}"),
            found["shown"],
        )
        for found in _WORKED.finditer(text)
    ]


def show(value: Any) -> str:
    """JSON for readers: what fits stands on one line, and fractions have four significant digits."""
    return _laid_out(_rounded(value), indent=0, before=0) + "\n"


def refreshed(text: str, served: KnowledgeGraph) -> str:
    """The text with every result as the server gives it now."""

    def shown_anew(found: re.Match[str]) -> str:
        (worked,) = read(found[0])
        start, end = (place - found.start() for place in found.span("shown"))
        return found[0][:start] + show(worked.result(served)) + found[0][end:]

    return _WORKED.sub(shown_anew, text)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.4g}")
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    return value


def _laid_out(value: Any, *, indent: int, before: int) -> str:
    """JSON that begins after `before` characters of a line."""
    line = json.dumps(value, ensure_ascii=False)
    if indent + before + len(line) < WIDTH or not isinstance(value, dict | list) or not value:
        return line
    deeper = indent + 2
    if isinstance(value, list):
        parts = [_laid_out(item, indent=deeper, before=0) for item in value]
    else:
        heads = [f"{json.dumps(key)}: " for key in value]
        parts = [
            head + _laid_out(item, indent=deeper, before=len(head))
            for head, item in zip(heads, value.values(), strict=True)
        ]
    opening, closing = ("[", "]") if isinstance(value, list) else ("{", "}")
    inner = f",\n{' ' * deeper}".join(parts)
    return f"{opening}\n{' ' * deeper}{inner}\n{' ' * indent}{closing}"


def main() -> int:
    """Rewrite the results that the guide shows."""
    with tempfile.TemporaryDirectory() as cache:
        text = refreshed(GUIDE.read_text("utf-8"), graph.load(SEEDS, cache=cache))
    GUIDE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
