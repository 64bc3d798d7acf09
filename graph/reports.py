"""What the command line prints about a graph: for people on a terminal, for programs elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TextIO

import orjson

from .article import Problem
from .knowledge import DanglingReference, HubMeasure, KnowledgeGraph


def print_check(graph: KnowledgeGraph, content: Path, form: str, out: TextIO) -> None:
    """Print a graph's problems and dangling references.

    Parameters
    ----------
    graph
        The graph.
    content
        Where its files are, for annotations.
    form
        "table", "json" or "github" (workflow commands of GitHub Actions).
    out
        Where to.
    """
    if form == "json":
        _print_json(_check_record(graph), out)
    elif form == "github":
        for problem in graph.problems:
            out.write(_annotation(problem, content))
        for reference in graph.dangling_references:
            out.write(_dangling_annotation(reference, content))
    else:
        print_problems(graph.problems, out)
        rows = [
            (reference.source.file, reference.field, _target(reference))
            for reference in graph.dangling_references
        ]
        _print_table("dangling references", ("file", "field", "leads nowhere"), rows, out)


def print_problems(problems: Iterable[Problem], out: TextIO) -> None:
    """Print problems as a table, or as lines of tab-separated values where `out` is no terminal."""
    rows = [(problem.severity.value, problem.code, _place(problem), problem.message) for problem in problems]
    _print_table("problems", ("severity", "code", "place", "message"), rows, out)


def print_stats(graph: KnowledgeGraph, form: str, out: TextIO, first: int = 10) -> None:
    """Print a graph's counts, its `first` hubs, and orphans by subject, as "table" or "json"."""
    counts = _counts(graph)
    hubs = [(hub.rank, int(hub.score), hub.article.title, hub.article.url) for hub in graph.hubs(first=first)]
    orphans = _orphans_by_subject(graph)
    if form == "json":
        record = {
            **{_camel_case(name): value for name, value in counts.items()},
            "hubs": [dict(zip(("rank", "inDegree", "title", "url"), row, strict=True)) for row in hubs],
            "orphansBySubject": [
                dict(zip(("subject", "orphans", "articles"), row, strict=True)) for row in orphans
            ],
        }
        _print_json(record, out)
        return
    rows = [(name, f"{value:,}" if isinstance(value, int) else value) for name, value in counts.items()]
    _print_table("graph", ("measure", "value"), rows, out)
    _print_table("hubs", ("rank", "in-degree", "title", "url"), hubs, out)
    _print_table("orphans by subject", ("subject", "orphans", "articles"), orphans, out)


def print_hubs(graph: KnowledgeGraph, by: HubMeasure, first: int, form: str, out: TextIO) -> None:
    """Print the articles that a measure ranks highest.

    Parameters
    ----------
    graph
        The graph.
    by
        The measure.
    first
        How many at most.
    form
        "table", with scores of ten digits, or "json", with all of them.
    out
        Where to.
    """
    hubs = graph.hubs(by, first)
    if form == "json":
        columns = ("rank", "score", "title", "url")
        rows = [(hub.rank, hub.score, hub.article.title, hub.article.url) for hub in hubs]
        _print_json({"by": by.name, "hubs": [dict(zip(columns, row, strict=True)) for row in rows]}, out)
        return
    measure = by.name.lower().replace("_", "-")
    shown = [(hub.rank, f"{hub.score:.10g}", hub.article.title, hub.article.url) for hub in hubs]
    _print_table("hubs", ("rank", measure, "title", "url"), shown, out)


def _counts(graph: KnowledgeGraph) -> dict[str, int | float | str]:
    references = graph.references
    return {
        "version": graph.version,
        "articles": graph.article_count,
        "links": graph.link_count,
        "subjects": len(graph.subjects),
        "references": references.total,
        "linked references": references.linked,
        "repeated references": references.repeated,
        "self references": references.self,
        "dangling references": references.dangling,
        "orphans": len(graph.orphans()),
        "dead ends": len(graph.dead_ends()),
        "isolated": len(graph.isolated()),
        "average degree": round(graph.average_degree, 6),
        "density": float(f"{graph.density:.7g}"),
        "reciprocity": round(graph.reciprocity, 6),
        "problems": len(graph.problems),
    }


def _camel_case(name: str) -> str:
    first, *others = name.split()
    return first + "".join(word.capitalize() for word in others)


def _orphans_by_subject(graph: KnowledgeGraph) -> list[tuple[str, int, int]]:
    orphans = Counter(graph.columns.subject[position] for position in graph.orphans().positions)
    articles = Counter(graph.columns.subject)
    names: dict[int | None, str] = {None: "(none)"}
    names.update(enumerate(subject.name for subject in graph.subjects_by_name))
    rows = [(names[subject], count, articles[subject]) for subject, count in orphans.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def _check_record(graph: KnowledgeGraph) -> dict[str, Any]:
    return {
        "problems": [
            {
                "severity": problem.severity,
                "code": problem.code,
                "file": problem.file,
                "line": problem.line,
                "column": problem.column,
                "message": problem.message,
            }
            for problem in graph.problems
        ],
        "danglingReferences": [
            {
                "source": reference.source.url,
                "file": reference.source.file,
                "field": reference.field,
                "number": reference.number,
                "title": reference.title,
                "url": reference.url,
            }
            for reference in graph.dangling_references
        ],
    }


def _place(problem: Problem) -> str:
    if problem.line is None:
        return problem.file
    return f"{problem.file}:{problem.line}:{problem.column or 1}"


def _target(reference: DanglingReference) -> str:
    number = "" if reference.number is None else f" (id {reference.number})"
    return (reference.url or reference.title or "") + number


def _annotation(problem: Problem, content: Path) -> str:
    place = f"file={_property(str(content / problem.file))}"
    if problem.line is not None:
        place += f",line={problem.line},col={problem.column or 1}"
    return f"::{problem.severity.value.lower()} {place},title={problem.code}::{_data(problem.message)}\n"


def _dangling_annotation(reference: DanglingReference, content: Path) -> str:
    place = f"file={_property(str(content / reference.source.file))},title=dangling-reference"
    return f"::warning {place}::{_data(f'{reference.field} leads nowhere: {_target(reference)}')}\n"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def _print_json(record: dict[str, Any], out: TextIO) -> None:
    out.write(orjson.dumps(record, option=orjson.OPT_INDENT_2).decode() + "\n")


def _print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], out: TextIO) -> None:
    """A table on a terminal; elsewhere lines of tab-separated values that programs can cut and grep."""
    if not out.isatty():
        for row in rows:
            out.write(title + "\t" + "\t".join(_one_line(str(cell)) for cell in row) + "\n")
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    if not rows:
        out.write(f"no {title}\n")
        return
    table = Table(title=f"{title} ({len(rows):,})", title_justify="left")
    for number, column in enumerate(columns):
        is_number = isinstance(rows[0][number], (int, float))
        table.add_column(column, justify="right" if is_number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(_one_line(str(cell))) for cell in row))
    Console(file=out).print(table)


def _one_line(text: str) -> str:
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in text)
