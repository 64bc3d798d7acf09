"""The sample articles, and beside them odd ones: what a collection can have wrong, or large, or missing."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

from content import front, related, write
from library import SEEDS

import graph
from graph.knowledge import KnowledgeGraph

CROWD = 510
"""Articles that link to one: more than a list gives at once."""


def loaded_sample(folder: Path) -> KnowledgeGraph:
    """The graph of the sample; processes that ask for it in one folder at a time make it once."""
    folder.mkdir(parents=True, exist_ok=True)
    content = folder / "content"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not content.exists():
            _write(folder / "unfinished")
            (folder / "unfinished").rename(content)
        return graph.load(content, cache=folder / "cache")


def _write(folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(SEEDS, folder)
    write(
        folder, "odd/same-number.md", title="One number, three urls", id=7, subject="Odd", url="/odd/7a",
        date="2024-02-29", related_article1=related("/odd/7b"),
    )  # fmt: skip
    write(folder, "odd/same-number-b.md", title="One number, three urls", id=7, subject="odd", url="/odd/7b")
    write(folder, "odd/same-number-c.md", title="One number, three urls", id=7, subject="ODD", url="/odd/7c")
    write(
        folder, "odd/references.md", title="References that repeat or lead nowhere", id=8, url="/odd/references",
        related_article1=related("/odd/7a", 7), related_article2=related("/odd/7a"),
        related_article3=related("/odd/references"), related_article4=related("/odd/nowhere", title="Nowhere"),
        related_article5=related(number=7, title="One of three"), related_article6=related("/odd/7c"),
        related_article7=related("/odd/sevn", title="One number, three urls"), related_article9=related("/odd/hub"),
    )  # fmt: skip
    write(folder, "odd/nothing.md", title="Neither subject nor date nor author nor links", url="/odd/nothing")
    write(folder, "odd/no-url.md", title="No url", author="", subject="C++", score=0.5, noindex=True)
    write(folder, "odd/sharp.md", title="Sharp", subject="C#", url="/odd/sharp", score=3, id=-5, author="Ann")
    write(
        folder, "odd/letters.md",
        title='Größe, 日本語, "quotes", \\ and 🙂', subject="Ünïcode – 文字", url="/odd/größe/ü",
        author="Łukasz “L.” O'Neill", date="1999-12-31T23:30:00-05:00", id=2**31 - 1,
        question="Is 1 < 2 & 3 > 2?\tYes\u2028no", answer="&lt;b&gt;bold&lt;/b&gt; &amp;amp; $x^2$ \u0001? `code`\n\n* é",
        seo={"title": "<T>", "page_description": None, "page_keywords": "ß, SS, é, É, a b, a b,, "},
        score=1e300, related_article1=related("/odd/hub"), extra={"nested": [1, None, {"ü": 1.5}], "big": 2**70},
    )  # fmt: skip
    write(folder, "odd/hub.md", title="What everyone links to", id=9, subject="Crowd", url="/odd/hub",
          related_article1=related("/odd/crowd/7"), answer="Words. " * 400)  # fmt: skip
    for number in range(CROWD):
        more = {"related_article2": related(f"/odd/crowd/{number // 2}")} if number % 50 == 3 else {}
        write(folder, f"odd/crowd/{number}.md", title=f"Crowd {number % 90}", url=f"/odd/crowd/{number}", id=10_000 + number // 3,
              subject="Crowd" if number % 2 else "Members", date=f"20{number % 20 + 10}-01-0{number % 9 + 1}",
              related_article1=related("/odd/hub"), **more)  # fmt: skip
    write(folder, "bad/syntax.md", front("title: [unclosed"))
    write(folder, "bad/no-title.md", front("url: /bad/no-title"))
    write(folder, "bad/again.md", title="A url that is taken", url="/odd/7a")
    write(
        folder, "bad/date.md", title="A date that is none", url="/bad/date", date="soon", id="x", score="high"
    )
    write(folder, "bad/latin.md", b"---\ntitle: Gr\xf6\xdfe\nurl: /bad/latin\n---\n")
