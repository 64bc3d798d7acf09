"""The sample articles, and beside them odd ones: what a collection can have wrong, or large, or missing."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path
from typing import Any

from content import front, related, write
from library import SEEDS

import graph
from graph.knowledge import KnowledgeGraph

CROWD = 510
"""Articles that link to one: more than a list gives at once."""


def loaded_sample(folder: Path, *, changed: bool = False) -> KnowledgeGraph:
    """The graph of the sample, or of the sample as it is after changes.

    Processes that ask for it in one folder at a time make it once.
    """
    folder.mkdir(parents=True, exist_ok=True)
    content = folder / "content"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not content.exists():
            _write(folder / "unfinished")
            if changed:
                _change(folder / "unfinished")
            (folder / "unfinished").rename(content)
        return graph.load(content, cache=folder / "cache")


def _write(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SEEDS, folder)
    for file, fields in ODD.items():
        write(folder, f"odd/{file}.md", **fields)
    for number in range(CROWD):
        fields = {
            "title": f"Crowd {number % 90}",
            "url": f"/odd/crowd/{number}",
            "id": 10_000 + number // 3,
            "subject": "Crowd" if number % 2 else "Members",
            "date": f"20{number % 20 + 10}-01-0{number % 9 + 1}",
            "related_article1": related("/odd/hub"),
        }
        if number % 50 == 3:
            fields["related_article2"] = related(f"/odd/crowd/{number // 2}")
        write(folder, f"odd/crowd/{number}.md", **fields)
    for file, raw in BAD.items():
        write(folder, f"bad/{file}.md", raw)


def _change(folder: Path) -> None:
    """Other titles, dates and links under the same urls; some articles go, so that all others move."""
    for place, path in enumerate(sorted((folder / "learn").rglob("*.md"))):
        text = path.read_text("utf-8")
        if place % 9 == 0:
            path.unlink()
        elif place % 2:
            text = text.replace("title: ", "title: New ", 1).replace("date: 202", "date: 201", 1)
            path.write_text(text.replace("related_article1:", "not_related:", 1), "utf-8")


ODD: dict[str, dict[str, Any]] = {
    "same-number": {
        "title": "One number, three urls",
        "id": 7,
        "subject": "Odd",
        "url": "/odd/7a",
        "date": "2024-02-29",
        "related_article1": related("/odd/7b"),
    },
    "same-number-b": {"title": "One number, three urls", "id": 7, "subject": "odd", "url": "/odd/7b"},
    "same-number-c": {"title": "One number, three urls", "id": 7, "subject": "ODD", "url": "/odd/7c"},
    "references": {
        "title": "References that repeat or lead nowhere",
        "id": 8,
        "url": "/odd/references",
        "related_article1": related("/odd/7a", 7),
        "related_article2": related("/odd/7a"),
        "related_article3": related("/odd/references"),
        "related_article4": related("/odd/nowhere", title="Nowhere"),
        "related_article5": related(number=7, title="One of three"),
        "related_article6": related("/odd/7c"),
        "related_article7": related("/odd/sevn", title="One number, three urls"),
        "related_article9": related("/odd/hub"),
    },
    "nothing": {"title": "Neither subject nor date nor author nor links", "url": "/odd/nothing"},
    "no-url": {"title": "No url", "author": "", "subject": "C++", "score": 0.5, "noindex": True},
    "sharp": {"title": "Sharp", "subject": "C#", "url": "/odd/sharp", "score": 3, "id": -5, "author": "Ann"},
    "letters": {
        "title": 'Größe, 日本語, "quotes", \\ and 🙂',
        "subject": "Ünïcode — 文字",
        "url": "/odd/größe/ü",
        "author": "Łukasz “L.” O'Neill",
        "date": "1999-12-31T23:30:00-05:00",
        "id": 2**31 - 1,
        "question": "Is 1 < 2 & 3 > 2?\tYes\u2028no",
        "answer": "&lt;b&gt;bold&lt;/b&gt; &amp;amp; $x^2$ \u0001? `code`\n\n* é",
        "seo": {"title": "<T>", "page_description": None, "page_keywords": "ß, SS, é, É, a b, a b,, "},
        "score": 1e300,
        "related_article1": related("/odd/hub"),
        "extra": {"nested": [1, None, {"ü": 1.5}], "big": 2**70},
    },
    "hub": {
        "title": "What everyone links to",
        "id": 9,
        "subject": "Crowd",
        "url": "/odd/hub",
        "related_article1": related("/odd/crowd/7"),
        "answer": "Words. " * 400,
    },
}
"""Articles that are served, by their files."""

BAD = {
    "syntax": front("title: [unclosed"),
    "no-title": front("url: /bad/no-title"),
    "again": front("title: A url that is taken\nurl: /odd/7a"),
    "date": front("title: A date that is none\nurl: /bad/date\ndate: soon\nid: x\nscore: high"),
    "latin": b"---\ntitle: Gr\xf6\xdfe\nurl: /bad/latin\n---\n",
}
"""Files with something wrong."""
