"""What strategies may know: questions instead of articles, their links and their texts."""

from __future__ import annotations

from array import array

import numpy as np
import pytest
from library import Library

from graph.columns import NO_NUMBER, ArrayColumn, number_or_none
from graph.knowledge import KnowledgeGraph
from graph.recommend import Items, Rows, Text, TrainingGraph, training_graph
from graph.search.words import fold, split_words, stem_all

from .small import graph_of


@pytest.fixture
def served(library: Library) -> KnowledgeGraph:
    """Articles in order of url: /a, /b, /c, /d and /e; /b and /d are copies of one question."""
    library.write("a", "b", "d", title="Apples", subject="Plants", id=1)
    library.write("b", "c", title="Is bread baked?", subject="Food", id=2, body="Yes, *baked*.")
    library.write("c", "a", title="Cats", id=3)
    library.write("d", "b", "a", "c", title="Is bread baked?", subject="Crafts", id=2, body="It is.")
    library.write("e", title="???", subject="Food")
    return library.load()


def training(served: KnowledgeGraph) -> TrainingGraph:
    return training_graph(served, Items(served.columns.number))


def links(graph: TrainingGraph) -> set[tuple[int, int]]:
    return {*zip(graph.outgoing.owners().tolist(), graph.outgoing.values.tolist(), strict=True)}


def listed(rows: Rows) -> list[list[int]]:
    return [rows[row].tolist() for row in range(len(rows))]


def items_of(numbers: list[int | None]) -> Items:
    values = array("q", [NO_NUMBER if number is None else number for number in numbers])
    return Items(ArrayColumn(memoryview(values), number_or_none))


def test_articles_with_one_number_are_one_item() -> None:
    items = items_of([5, None, 7, 5, None, 7, 5])
    assert items.of.tolist() == [0, 1, 2, 0, 3, 2, 0]
    assert listed(items.copies) == [[0, 3, 6], [1], [2, 5], [4]]
    assert items.first.tolist() == [0, 1, 2, 4]
    assert len(items) == 4


def test_no_articles_are_no_items() -> None:
    assert len(items_of([])) == 0
    assert items_of([]).first.tolist() == []


def test_an_item_has_the_links_of_all_copies_and_none_to_itself(served: KnowledgeGraph) -> None:
    graph = training(served)
    assert len(graph) == 4
    assert links(graph) == {(0, 1), (1, 2), (2, 0), (1, 0)}
    assert listed(graph.incoming) == [[1, 2], [0], [1], []]
    assert listed(graph.neighbors) == [[1, 2], [0, 2], [0, 1], []]


def test_an_item_has_the_subjects_of_all_copies(served: KnowledgeGraph) -> None:
    names = [subject.name for subject in served.subjects_by_name]
    found = [{names[subject] for subject in row} for row in listed(training(served).subjects)]
    assert found == [{"Plants"}, {"Crafts", "Food"}, set(), {"Food"}]


def test_an_item_has_its_first_copy_s_text(library: Library) -> None:
    library.write("b", title="Bread", id=2, seo={"page_keywords": "loaf, crust"}, body="Of *flour*.\n")
    library.write("d", title="Bread!", id=2, body="Of rye.\n")
    library.write("e", title="Eggs")
    graph = training(library.load())
    assert graph.text(0) == Text("Bread", ("loaf", "crust"), "Of *flour*.")
    assert graph.text(1) == Text("Eggs", (), "")


def stems_of(*texts: str) -> list[str]:
    return [stem for text in texts for stem in stem_all([fold(word) for word in split_words(text)])]


def all_stems(served: KnowledgeGraph, *texts: str) -> dict[str, int]:
    """The number of each stem: they are sorted, and the first is none."""
    stems = sorted({stem for text in texts for stem in stems_of(text)})
    return {stem: number for number, stem in enumerate(stems, 1)}


def test_texts_are_stems_in_order_with_repeats(library: Library) -> None:
    library.write("a", title="Dogs and dogs", body="A dog **barks**, dogs bark.\n\nLoudly\n")
    library.write("b", title="???")
    library.write("c", title="Cats", question="Do cats bark?", body="No.", id=4)
    library.write("d", title="Barking cats", body="Not this text.", id=4)
    library.write("e", title="Ends", seo={"page_keywords": "dog house, cat"})
    served = library.load()
    stems = training(served).stems
    number = all_stems(
        served,
        *("Dogs and dogs", "A dog barks, dogs bark. Loudly", "Cats", "Do cats bark?", "No.", "Barking cats"),
        *("Not this text.", "Ends", "dog house", "cat"),
    )

    def numbers(*texts: str) -> list[int]:
        return [number[stem] for stem in stems_of(*texts)]

    assert listed(stems.title) == [numbers("Dogs and dogs"), [], numbers("Cats"), numbers("Ends")]
    assert listed(stems.answer) == [numbers("A dog barks, dogs bark. Loudly"), [], numbers("No."), []]
    assert listed(stems.keywords) == [
        [],
        [],
        [*numbers("Do cats bark?"), 0],
        [*numbers("dog house"), 0, *numbers("cat"), 0],
    ]
    assert stems.count == len(number) + 1


def test_an_empty_library_has_nothing(library: Library) -> None:
    library.write_raw("broken.md", "no front matter")
    graph = training(library.load())
    assert len(graph) == len(graph.incoming) == len(graph.neighbors) == len(graph.stems.title) == 0
    assert graph.stems.count == 1


def test_hidden_links_are_gone_in_every_direction(served: KnowledgeGraph) -> None:
    graph = training(served)
    left = graph.without(np.array([1, 2]), np.array([0, 0]))
    assert links(left) == {(0, 1), (1, 2)}
    assert listed(left.incoming) == [[], [0], [1], []]
    assert listed(left.neighbors) == [[1], [0, 2], [1], []]
    assert links(graph) == {(0, 1), (1, 2), (2, 0), (1, 0)}


def test_to_hide_nothing_or_what_there_is_not_changes_nothing(served: KnowledgeGraph) -> None:
    graph, nothing = training(served), np.zeros(0, np.int32)
    assert links(graph.without(nothing, nothing)) == links(graph)
    assert links(graph.without(np.array([3, 0], np.int32), np.array([1, 2], np.int32))) == links(graph)


def test_texts_and_subjects_stay_where_links_are_hidden(served: KnowledgeGraph) -> None:
    graph = training(served)
    left = graph.without(np.array([1]), np.array([0]))
    assert left.stems is graph.stems
    assert left.subjects is graph.subjects
    assert left.text(1) == graph.text(1)


def test_another_order_changes_the_numbers_alone(served: KnowledgeGraph) -> None:
    graph, order = training(served), [2, 0, 3, 1]
    shuffled = graph.shuffled(np.array(order))
    assert {(order[source], order[target]) for source, target in links(shuffled)} == links(graph)
    for now, before in enumerate(order):
        assert sorted(order[other] for other in shuffled.neighbors[now]) == listed(graph.neighbors)[before]
        assert shuffled.text(now) == graph.text(before)
        assert shuffled.subjects[now].tolist() == graph.subjects[before].tolist()
        for field in ("title", "keywords", "answer"):
            stems = getattr(shuffled.stems, field)[now].tolist()
            assert stems == getattr(graph.stems, field)[before].tolist()
    assert shuffled.stems.count == graph.stems.count


def test_rows_ascend_in_another_order_too() -> None:
    graph = graph_of({0: [1, 2, 3], 4: [0, 2]}, 5).shuffled(np.array([3, 4, 1, 0, 2]))
    assert listed(graph.outgoing) == [[], [3, 4], [], [0, 2, 4], []]


def test_what_takes_long_is_computed_once_for_a_graph(served: KnowledgeGraph, library: Library) -> None:
    calls = []

    def compute() -> dict[str, np.ndarray]:
        calls.append(1)
        return {"squares": np.arange(5) ** 2}

    for graph in (training(served), training(served), training(library.load())):
        assert graph.kept("squares", compute)["squares"].tolist() == [0, 1, 4, 9, 16]
    assert len(calls) == 1


def test_nothing_is_kept_of_a_changed_graph(served: KnowledgeGraph) -> None:
    graph = training(served)
    graph.kept("degree", lambda: {"degree": graph.neighbors.sizes})
    for changed in (
        graph.without(np.array([1, 1]), np.array([0, 2])),
        graph.shuffled(np.array([3, 2, 1, 0])),
    ):
        found = changed.kept("degree", lambda changed=changed: {"degree": changed.neighbors.sizes})
        assert found["degree"].tolist() == changed.neighbors.sizes.tolist() != graph.neighbors.sizes.tolist()
