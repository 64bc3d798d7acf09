"""Which test items are looked at together."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from library import Library

from graph.recommend.experiment.strata import groups
from graph.recommend.training import Items, training_graph


def grouped(library: Library, *tested: str) -> dict[tuple[str, str], set[str]]:
    """The names of those that are tested, by dimension and value."""
    graph = library.load()
    items = Items(graph.columns.number)
    numbers = np.array([items.of[graph.position(f"/{name}")] for name in tested])  # type: ignore[index]
    found = groups(graph, items, training_graph(graph, items), numbers)
    return {(d, value): {tested[member] for member in members} for d, value, members in found}


def test_degrees_count_neighbors_once_and_double_from_group_to_group(tmp_path: Path) -> None:
    library = Library(tmp_path)
    degrees = {"d0": 0, "d1": 1, "d2": 2, "d3": 3, "d4": 4, "d7": 7, "d8": 8, "d15": 15, "d16": 16, "d40": 40}
    for number in range(40):
        library.write(f"n{number:02}", *(name for name, degree in degrees.items() if number < degree))
    for name in degrees:
        library.write(name, "n00" if name != "d0" else None)  # most are its neighbors already
    found = grouped(library, *degrees)
    assert {value: names for (dimension, value), names in found.items() if dimension == "degree"} == {
        "0": {"d0"},
        "1": {"d1"},
        "2-3": {"d2", "d3"},
        "4-7": {"d4", "d7"},
        "8-15": {"d8", "d15"},
        "16+": {"d16", "d40"},
    }


def test_the_ten_largest_subjects_are_told_apart(tmp_path: Path) -> None:
    library = Library(tmp_path)
    for size in range(1, 13):
        for number in range(size):
            library.write(f"s{size:02}-{number:02}", subject=f"Subject {size}")
    library.write("bare")
    tested = [f"s{size:02}-00" for size in range(1, 13)]
    found = grouped(library, "bare", *tested)
    subjects = {value: names for (dimension, value), names in found.items() if dimension == "subject"}
    assert subjects == {f"Subject {size}": {f"s{size:02}-00"} for size in range(3, 13)} | {
        "other": {"s01-00", "s02-00"},
        "none": {"bare"},
    }
    assert [*subjects] == [*(f"Subject {size}" for size in range(12, 2, -1)), "other", "none"]


def test_of_several_subjects_the_first_counts_and_copies_are_told_apart(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.write("one", id=1, subject="B")
    library.write("two", id=1, subject="A")
    library.write("own", id=2, subject="B")
    library.write("no-number", subject="B")
    assert grouped(library, "one", "own", "no-number") == {
        ("degree", "0"): {"one", "own", "no-number"},
        ("subject", "B"): {"own", "no-number"},
        ("subject", "A"): {"one"},
        ("copies", "without copies"): {"own", "no-number"},
        ("copies", "with copies"): {"one"},
    }
