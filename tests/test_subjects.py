"""Spellings that differ only in case are one subject, with one name and a slug of its own."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from content import write
from hypothesis import given
from hypothesis import strategies as st

from graph.loading import load
from graph.subjects import SubjectName, unite_subjects


def names(*spellings: str | None) -> list[tuple[str, str]]:
    return [tuple(subject) for subject in unite_subjects(spellings).values()]


def test_the_majority_names_a_subject() -> None:
    assert names("Art History", "Art history", "Art history", None) == [("Art history", "art-history")]
    assert names("B", "b", "B") == [("B", "b")]


def test_of_equals_the_first_in_code_point_order_names_it() -> None:
    for spellings in (["art", "Art", "ART"], ["ART", "art", "Art"], ["Art", "ART", "art"]):
        assert names(*spellings) == [("ART", "art")]


def test_case_is_every_alphabet_s() -> None:
    assert names("STRASSE", "straße", "Straße", "straße") == [("straße", "strasse")]
    assert names("ΦΩΣ", "φως", "Φως") == [("ΦΩΣ", "φωσ")]
    assert names("École", "Ecole") == [("Ecole", "ecole"), ("École", "école")]


def test_other_differences_make_other_subjects() -> None:
    assert names("a b", "a  b", "a-b", "a b ") == [
        ("a  b", "a-b"), ("a b", "a-b-2"), ("a b ", "a-b-3"), ("a-b", "a-b-4")
    ]  # fmt: skip


def test_slugs_never_clash() -> None:
    assert names("C++", "C#", "c", "C", "c-2", "++", "#") == [
        ("#", "subject"),
        ("++", "subject-2"),
        ("C", "c"),
        ("C#", "c-2"),
        ("C++", "c-3"),
        ("c-2", "c-2-2"),
    ]


def test_no_subject_is_none() -> None:
    assert unite_subjects([None, None]) == {}
    assert unite_subjects([]) == {}


@given(st.lists(st.none() | st.text("aAbBßsS#+- 2é", min_size=1, max_size=4), max_size=25))
def test_subjects_are_what_their_description_says(spellings: list[str | None]) -> None:
    subjects = unite_subjects(spellings)
    counts = Counter(spelling for spelling in spellings if spelling is not None)
    assert subjects.keys() == {spelling.casefold() for spelling in counts}
    assert list(subjects) == sorted(subjects)
    slugs = [subject.slug for subject in subjects.values()]
    assert len(set(slugs)) == len(slugs)
    for key, (name, slug) in subjects.items():
        group = {spelling: count for spelling, count in counts.items() if spelling.casefold() == key}
        assert group[name] == max(group.values())
        assert all(name <= other for other, count in group.items() if count == group[name])
        assert slug == slug.casefold() != ""
        assert not set(slug) & set(" #+_")
    assert unite_subjects(reversed(spellings)) == subjects


def test_a_folder_s_subjects_hold_all_spellings(tmp_path: Path) -> None:
    for number, subject in enumerate(
        ["Art history", "Art History", "Art history", None, "Zoology", "art history"]
    ):
        write(tmp_path / "content", f"{number}.md", subject=subject)
    g = load(tmp_path / "content", cache=tmp_path / "cache")
    assert [(s.name, s.slug, [a.url for a in s.articles]) for s in g.subjects] == [
        ("Art history", "art-history", ["/0", "/1", "/2", "/5"]),
        ("Zoology", "zoology", ["/4"]),
    ]
    assert SubjectName("Art history", "art-history") == unite_subjects(["Art history"])["art history"]
    assert g.subject("zoology") == g.articles[4].subject
    assert g.subject("art history") is None
