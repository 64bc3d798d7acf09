"""Whether what is said of a recommendation is true: found anew from the NetworkX graph and front matter."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise
from unicodedata import combining, normalize

from graph.knowledge import Article, KnowledgeGraph
from graph.recommend import Items, Recommendation, strategies, training_graph
from graph.recommend.terms import Field, terms_of

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
        items = Items(served.columns.number)
        self.items, self.terms = items, terms_of(training_graph(served, items))

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
        if self._is_in_subject_of_several(read, r.article, reason):
            return True
        if self._is_popular(r.article, reason) or reason == f"recommended by the strategy {r.strategy}":
            return True
        urls = {article.url for article in read}
        names = {
            article: ("this article", "this one", "", "")
            if len(urls) == 1
            else (*[f'"{article.title}"'] * 2, f' with "{article.title}"', f', like "{article.title}"')
            for article in read
        }
        return any(
            self._is_linked(article, r.article, reason, whole)
            or self._is_near(article, r.article, reason, one)
            or self._shares_phrases(article, r.article, reason, one)
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
        theirs = self._copies(other) if reason.startswith("a copy of it ") else {other.url}
        ours = self._copies(read) if f"a copy of {name}" in reason else {read.url}
        said = reason.removeprefix("a copy of it is ").removeprefix("a copy of it ")
        said = said.replace(f"a copy of {name}", name, 1)
        return any(said in self._between(our, their, name) for our in ours for their in theirs)

    def _between(self, a: str, b: str, name: str) -> Iterable[str]:
        """All that is true of what lies between two articles."""
        after_a, before_a = set(self.links.successors(a)), set(self.links.predecessors(a))
        after_b, before_b = set(self.links.successors(b)), set(self.links.predecessors(b))
        for between, pattern in (
            (after_a & before_b, "linked from {} that {} links to"),
            (before_a & before_b, "linked together with {1} from {0}"),
            (after_a & after_b, "links to {} that {} links to"),
            (before_a & after_b, "links to {} that link" + "s" * (len(before_a & after_b) == 1) + " to {}"),
        ):
            if between:
                yield pattern.format(f"{len(between)} article" + "s" * (len(between) > 1), name)

    def _shares_phrases(self, read: Article, other: Article, reason: str, name: str) -> bool:
        found = re.fullmatch(
            rf"(?P<theirs>a copy of it )?shares (?P<count>[\d,]+) rare (words or phrases|word or phrase)"
            rf"(?P<named> with (?P<ours>a copy of )?{re.escape(name)})?",
            reason,
        )
        if found is None or not (found["named"] or name == "this one"):
            return False
        ours, theirs = (int(self.items.of[article.position]) for article in (read, other))
        firsts = self.items.first
        if bool(found["theirs"]) != (firsts[theirs] != other.position):
            return False
        if bool(found["ours"]) != (firsts[ours] != read.position):
            return False
        most = max(5, len(self.items) / 1000)
        shared = set(self.terms.terms[ours].tolist()) & set(self.terms.terms[theirs].tolist())
        rare = [
            term
            for term in shared
            if self.terms.field[term] in (Field.ANSWER, Field.ANSWER_PAIRS)
            and len(self.terms.items[term]) <= most
        ]
        plural = found[3] == "words or phrases"
        return f"{len(rare):,}" == found["count"] and plural == (len(rare) > 1)

    def _is_in_subject_of_several(self, read: Sequence[Article], other: Article, reason: str) -> bool:
        found = re.fullmatch(r"in (.+), the subject of ([\d,]+) of those read", reason)
        if found is None or other.subject is None or other.subject.name != found[1]:
            return False
        count = sum(article.subject == other.subject for article in dict.fromkeys(read))
        return count > 1 and f"{count:,}" == found[2]

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
        if reason.startswith(titles):
            words = re.findall(r'"(\w+)"', reason.removeprefix(titles))
            return bool(words) and all(has(a.title, word) for word in words for a in (read, other))
        named = {article.subject and article.subject.name for article in (read, other)}
        subject = named.pop()
        said = f"in the same subject: {subject}" if whole else f"in {subject}{same_as}"
        return not named and subject is not None and reason == said

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
