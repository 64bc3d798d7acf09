"""The sample articles keep the promises that their welcome makes."""

from __future__ import annotations

import re

import networkx
import pytest
from library import SEEDS, answer

import graph
from graph import KnowledgeGraph

COSINE = [
    f"/learn/{subject}/questions/what-is-cosine-similarity"
    for subject in ("information-retrieval", "recommendation-systems")
]


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    return graph.load(SEEDS, cache=tmp_path_factory.mktemp("cache"))


def test_every_file_is_an_article_and_none_has_a_problem(sample: KnowledgeGraph) -> None:
    assert sorted(article.file for article in sample.articles) == sorted(
        path.relative_to(SEEDS).as_posix() for path in SEEDS.rglob("*") if path.is_file()
    )
    assert sample.problems == ()
    assert sample.article_count >= 60


def test_there_are_at_least_six_subjects_of_several_articles(sample: KnowledgeGraph) -> None:
    assert len(sample.subjects) >= 6
    assert all(len(subject.articles) >= 6 for subject in sample.subjects)


def test_one_subject_is_spelt_in_two_ways(sample: KnowledgeGraph) -> None:
    spellings = {article.front_matter.get("subject") for article in sample.articles} - {None}
    assert len(spellings) == len(sample.subjects) + 1
    assert {"Graph theory", "Graph Theory"} <= spellings
    subject = sample.subject("graph-theory")
    assert subject is not None
    assert subject.name == "Graph theory"


def test_hubs_stand_out(sample: KnowledgeGraph) -> None:
    first, second, *_ = sample.hubs()
    assert [hub.article.title for hub in (first, second)] == [
        "What is a knowledge graph?",
        "What is PageRank?",
    ]
    assert second.score > 2.5 * sample.link_count / sample.article_count


def test_three_orphans_of_which_two_are_isolated(sample: KnowledgeGraph) -> None:
    orphans = [article.url for article in sample.orphans()]
    assert len(orphans) == 3
    assert "/posts/welcome" in orphans
    assert len(sample.isolated()) == 2
    assert {article.url for article in sample.isolated()} <= set(orphans)


def test_one_dead_end_that_others_link_to(sample: KnowledgeGraph) -> None:
    (dead_end,) = [article for article in sample.dead_ends() if article.in_degree]
    assert "typo" in dead_end.title or "edit distance" in dead_end.title


def test_one_dangling_reference_where_the_welcome_says(sample: KnowledgeGraph) -> None:
    (reference,) = sample.dangling_references
    assert reference.source.title == "What is referential integrity?"
    assert reference.field == "related_article3"
    assert reference.number is not None
    assert reference.title
    assert reference.url


def test_one_repeated_target_and_none_of_its_own(sample: KnowledgeGraph) -> None:
    assert (sample.references.repeated, sample.references.self) == (1, 0)
    entity = next(article for article in sample.articles if article.title == "What is entity resolution?")
    targets = [
        value["url"] for key, value in entity.front_matter.items() if key.startswith("related_article")
    ]
    assert len(targets) == len(set(targets)) + 1 == entity.out_degree + 1


def test_one_number_is_shared_by_two_subjects(sample: KnowledgeGraph) -> None:
    shared = [article for article in sample.articles if article.duplicates]
    assert [article.url for article in shared] == COSINE
    one, other = shared
    assert one.answer == other.answer
    assert one.subject != other.subject
    assert list(one.related) != list(other.related)


def test_nearly_all_hang_together(sample: KnowledgeGraph) -> None:
    assert max(map(len, networkx.weakly_connected_components(sample.nx))) >= 60


def test_every_reference_says_of_its_target_what_the_target_says(sample: KnowledgeGraph) -> None:
    checked = 0
    for article in sample.articles:
        for key, value in article.front_matter.items():
            if not key.startswith("related_article"):
                continue
            target = sample.article(value["url"])
            if target is None:
                continue
            assert set(value) == {"id", "title", "subject", "url"}, (article.url, key)
            assert (value["id"], value["title"]) == (target.number, target.title), (article.url, key)
            assert target.subject is not None
            assert value["subject"].casefold() == target.subject.name.casefold(), (article.url, key)
            checked += 1
    assert checked == sample.references.linked + sample.references.repeated


def test_questions_have_every_field_of_the_format(sample: KnowledgeGraph) -> None:
    questions = [article for article in sample.articles if article.question]
    assert len(questions) >= 60
    for article in questions:
        front = article.front_matter
        assert article.title == article.question
        assert front["article_title"] == article.title
        assert front["file_name"] == article.file.rpartition("/")[2]
        assert article.url.rpartition("/")[2] + ".md" == front["file_name"]
        assert article.date
        assert article.author
        assert article.score is not None
        assert article.seo
        assert article.seo.title
        assert article.seo.description
        assert article.keywords
        assert article.excerpt()
        assert article.reading_minutes >= 1


def test_math_code_and_tables_are_in_it(sample: KnowledgeGraph) -> None:
    pages = [article.answer_html() or "" for article in sample.articles]
    assert sum('class="math' in page for page in pages) >= 5
    assert sum("<pre><code" in page for page in pages) >= 5
    assert sum("<table>" in page for page in pages) >= 3


def test_no_answer_holds_an_escaped_line_break_outside_code(sample: KnowledgeGraph) -> None:
    for article in sample.articles:
        prose = re.sub(
            r"```.*?```|`[^`]*`|\$\$.*?\$\$|\\\(.*?\\\)|\\\[.*?\\\]|\$[^$]*\$",
            "",
            article.answer or "",
            flags=re.S,
        )
        assert r"\n" not in prose, article.url


def test_the_queries_of_the_welcome_run_on_the_sample_itself(sample: KnowledgeGraph) -> None:
    welcome = sample.article("/posts/welcome")
    assert welcome is not None
    queries = re.findall(r"```graphql\n(.*?)```", welcome.answer or "", re.S)
    assert len(queries) >= 3

    def holds_null(value: object) -> bool:
        if isinstance(value, dict):
            return any(map(holds_null, value.values()))
        return any(map(holds_null, value)) if isinstance(value, list) else value is None

    for query in queries:
        data = answer(sample, query).data
        assert data
        assert not holds_null(data), query


def test_the_links_inside_its_texts_lead_somewhere(sample: KnowledgeGraph) -> None:
    for article in sample.articles:
        for url in re.findall(r"\]\((/[^)\s]*)\)", article.answer or ""):
            assert sample.article(url), (article.url, url)
