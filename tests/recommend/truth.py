"""Whether what is said of a recommendation is true: found anew from the NetworkX graph and front matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from unicodedata import combining, normalize

import networkx

from graph.knowledge import Article, KnowledgeGraph
from graph.recommend import Recommendation, strategies

COUNTED = ", counting copies of a question as one"
COUNT = r"(?P<count>[\d,]+) articles?"


class Truth:
    """Checks statements about a graph's articles.

    Parameters
    ----------
    served
        The graph.
    """

    def __init__(self, served: KnowledgeGraph) -> None:
        self.served = served
        self.links = served.nx
        self.counts = dict(self.links.in_degree)
        self.question = {url: number or url for url, number in self.links.nodes(data="number")}
        self.copies: dict[object, set[str]] = {}
        for url, question in self.question.items():
            self.copies.setdefault(question, set()).add(url)
        self.between_questions: networkx.DiGraph[object] = networkx.DiGraph()
        self.between_questions.add_nodes_from(self.question.values())
        self.between_questions.add_edges_from(
            (self.question[source], self.question[target])
            for source, target in self.links.edges
            if self.question[source] != self.question[target]
        )

    def untrue(self, read: Sequence[Article], found: Iterable[Recommendation]) -> list[str]:
        """What is said and is not so, each with the urls that it is about."""
        return [
            f"{[article.url for article in read]} {r.article.url}: {reason}"
            for r in found
            for reason in r.reasons
            if not self._is_true(read, r, reason)
        ]

    def _is_true(self, read: Sequence[Article], r: Recommendation, reason: str) -> bool:
        if reason == "picked at random":
            return "chance" in strategies()[r.strategy].evidence
        if self._is_popular(r.article, reason) or reason == f"recommended by the strategy {r.strategy}":
            return True
        urls = {article.url for article in read}
        names = {
            article: ("this article", "this one", "", "")
            if len(urls) == 1
            else (*[f'"{article.title}"'] * 2, f' with "{article.title}"', f' as "{article.title}"')
            for article in read
        }
        return any(
            self._is_linked(article, r.article, reason, whole)
            or self._is_near(article, r.article, reason, one)
            or self._is_alike(article, r.article, reason, whole, shared_with, same_as)
            for article, (whole, one, shared_with, same_as) in names.items()
        )

    def _is_linked(self, read: Article, other: Article, reason: str, name: str) -> bool:
        found = re.fullmatch(
            rf"(?P<theirs>a copy of it (is )?)?link(s to|ed from) (?P<ours>a copy of )?{re.escape(name)}",
            reason,
        )
        if found is None:
            return False
        theirs = self._copies(other) if found["theirs"] else {other.url}
        ours = self._copies(read) if found["ours"] else {read.url}
        pairs = {(their, our) for their in theirs for our in ours}
        return any(
            self.links.has_edge(*((our, their) if "linked from" in reason else (their, our)))
            for their, our in pairs
        )

    def _copies(self, article: Article) -> set[str]:
        return self.copies[self.question[article.url]] - {article.url}

    def _is_near(self, read: Article, other: Article, reason: str, name: str) -> bool:
        text = reason.removesuffix(COUNTED)
        graph, a, b = self.links, read.url, other.url
        if text != reason:
            graph, a, b = self.between_questions, self.question[a], self.question[b]  # type: ignore[assignment]
        after_a, before_a = set(graph.successors(a)), set(graph.predecessors(a))
        after_b, before_b = set(graph.successors(b)), set(graph.predecessors(b))
        for between, pattern in (
            (after_a & before_b, "linked from {} that {} links to"),
            (before_a & before_b, "linked together with {1} from {0}"),
            (after_a & after_b, "links to {} that {} links to"),
            (before_a & after_b, "links to {} that link" + "s" * (len(before_a & after_b) == 1) + " to {}"),
        ):
            count = len(between)
            if count and text == pattern.format(f"{count} article" + "s" * (count > 1), name):
                return True
        return False

    def _is_alike(
        self, read: Article, other: Article, reason: str, name: str, shared_with: str, same_as: str
    ) -> bool:
        if found := re.fullmatch(rf"shares the keyword(s?) (.+){re.escape(shared_with)}", reason):
            both = keywords(read) & keywords(other)
            return any(
                set(parts) <= both and len(set(parts)) == len(parts) and (len(parts) > 1) == bool(found[1])
                for parts in readings(found[2].casefold())
            )
        whole = name == "this article"
        titles = "both titles have " if whole else f"its title and {name} both have "
        answers = "both answers have " if whole else f"its answer and that of {name} both have "
        for begins, texts in ((titles, (read.title, other.title)), (answers, (read.answer, other.answer))):
            if reason.startswith(begins):
                words = re.findall(r'"(\w+)"', reason.removeprefix(begins))
                return bool(words) and all(has(text or "", word) for word in words for text in texts)
        named = {article.subject and article.subject.name for article in (read, other)}
        return len(named) == 1 and reason == f"in the same subject{same_as}: {named.pop()}"

    def _is_popular(self, other: Article, reason: str) -> bool:
        found = re.fullmatch(rf"{COUNT} links? to it(, more than to any other in (?P<subject>.+))?", reason)
        if found is None:
            return False
        count = self.counts[other.url]
        begins = "1 article links to it" if count == 1 else f"{count:,} articles link to it"
        said = count > 0 and (reason + ",").startswith(begins + ",")
        if found["subject"] is None:
            return said
        subject = other.subject
        assert subject is not None
        others = [article.url for article in subject.articles if article != other]
        return said and found["subject"] == subject.name and all(self.counts[url] < count for url in others)


def keywords(article: Article) -> set[str]:
    """What the front matter has as keywords, without regard to case."""
    written = (article.front_matter.get("seo") or {}).get("page_keywords") or ""
    parts = written if isinstance(written, list) else written.split(",")
    return {" ".join(str(part).split()).casefold() for part in parts} - {""}


def has(text: str, word: str) -> bool:
    """Whether a text has a word, in any case and with any accents."""
    plain = "".join(sign for sign in normalize("NFKD", text) if not combining(sign))
    return any(re.search(rf"(?<![^\W_]){word}(?![^\W_])", form, re.IGNORECASE) for form in (plain, text))


def readings(listed: str) -> Iterable[list[str]]:
    """What "a, b and c" may list, where a part may itself contain "and"."""
    yield [listed]
    *before, rest = listed.split(", ")
    pieces = rest.split(" and ")
    for place, _ in enumerate(pairwise(pieces), 1):
        yield [*before, " and ".join(pieces[:place]), " and ".join(pieces[place:])]
