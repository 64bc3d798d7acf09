"""Turn Markdown into sanitised HTML, plain text, excerpts and reading times."""

from __future__ import annotations

__all__ = ["excerpt", "is_blank", "reading_minutes", "render_html", "render_text"]


def render_html(markdown: str) -> str:
    """Return `markdown` as sanitised HTML."""
    raise NotImplementedError(markdown)


def render_text(markdown: str) -> str:
    """Return `markdown` as plain text."""
    raise NotImplementedError(markdown)


def excerpt(markdown: str, length: int = 200) -> str:
    """Return the first sentences of `markdown`."""
    raise NotImplementedError(markdown, length)


def reading_minutes(markdown: str) -> int:
    """Return the reading time of `markdown` in minutes."""
    return -(-len(markdown.split()) // 238)


def is_blank(markdown: str) -> bool:
    """Tell whether `markdown` shows nothing."""
    return not markdown.replace("&nbsp;", " ").strip()
