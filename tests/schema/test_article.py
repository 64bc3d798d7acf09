"""The fields of an article."""

from __future__ import annotations

import datetime
import json
import re
from typing import Any

import pytest
from library import Library, answer, ask

from graph.knowledge import KnowledgeGraph


def article(served: KnowledgeGraph, fields: str, url: str = "/m", **variables: Any) -> Any:
    declared = "".join(f", ${name}: {kind}" for name, (kind, _) in variables.items())
    values = {name: value for name, (_, value) in variables.items()}
    query = f"query($url: String!{declared}) {{ article(url: $url) {{ {fields} }} }}"
    return ask(served, query, url=url, **values)["article"]


def refused(served: KnowledgeGraph, fields: str) -> Any:
    return answer(served, f'{{ article(url: "/m") {{ title {fields} }} graph {{ articleCount }} }}')


class TestPlainFields:
    def test_say_what_the_front_matter_says(self, library: Library) -> None:
        library.write(
            "m",
            id=-7,
            title="A title",
            question="A question?",
            answer="An answer.",
            date=datetime.date(2025, 1, 8),
            author="Ann",
            subject="Maths",
            seo={"title": "T", "page_description": "D", "page_keywords": "a, B, b, A , ,c"},
            score=-1.5,
            no_index=True,
        )
        assert article(
            library.load(),
            "url slug number title question answer readingMinutes date author subject { name } keywords "
            "seo { title description keywords } score noIndex file inDegree outDegree",
        ) == {
            "url": "/m",
            "slug": "m",
            "number": -7,
            "title": "A title",
            "question": "A question?",
            "answer": "An answer.",
            "readingMinutes": 1,
            "date": "2025-01-08",
            "author": "Ann",
            "subject": {"name": "Maths"},
            "keywords": ["a", "B", "c"],
            "seo": {"title": "T", "description": "D", "keywords": ["a", "B", "c"]},
            "score": -1.5,
            "noIndex": True,
            "file": "m.md",
            "inDegree": 0,
            "outDegree": 0,
        }

    def test_are_null_or_empty_where_the_front_matter_says_nothing(self, library: Library) -> None:
        library.write("m")
        served = library.load()
        assert article(
            served,
            "number question answer text: answer(format: TEXT) html: answer(format: HTML) excerpt "
            "readingMinutes date author subject { name } keywords seo { title } score noIndex "
            "related { url } relatedBy { url } duplicates { url } danglingReferences { field } "
            "problems { code }",
        ) == {
            **dict.fromkeys(("number", "question", "answer", "text", "html", "date", "author", "subject")),
            **dict.fromkeys(("seo", "score")),
            "excerpt": "",
            "readingMinutes": 0,
            "noIndex": False,
            **{
                name: []
                for name in (
                    "keywords",
                    "related",
                    "relatedBy",
                    "duplicates",
                    "danglingReferences",
                    "problems",
                )
            },
        }

    def test_seo_is_given_where_it_holds_anything(self, library: Library) -> None:
        library.write("m", seo={"title": "T"})
        assert article(library.load(), "seo { title description keywords } keywords") == {
            "seo": {"title": "T", "description": None, "keywords": []},
            "keywords": [],
        }

    def test_a_post_without_a_url_is_keyed_by_its_file(self, library: Library) -> None:
        library.write_raw(
            "posts/2026/first.post.md",
            "---\ntitle: A post\ndate: 2026-02-03T23:30:00-05:00\n---\nThe **body**.\n\n&nbsp;\n",
        )
        found = article(
            library.load(),
            "url slug file number date question answer text: answer(format: TEXT) subject { name }",
            url="/posts/2026/first.post",
        )
        assert found == {
            "url": "/posts/2026/first.post",
            "slug": "first.post",
            "file": "posts/2026/first.post.md",
            "number": None,
            "date": "2026-02-04",
            "question": None,
            "answer": "The **body**.\n\n&nbsp;",
            "text": "The body.",
            "subject": None,
        }

    def test_the_answer_of_the_front_matter_goes_before_the_body(self, library: Library) -> None:
        library.write("m", answer="Front.", body="Body.")
        assert article(library.load(), "answer")["answer"] == "Front."

    @pytest.mark.parametrize(
        ("written", "day"),
        [
            ("2025-01-08", "2025-01-08"),
            ("2025-01-08T23:59:59Z", "2025-01-08"),
            ("2025-01-08T23:00:00-02:00", "2025-01-09"),
            ("2025-01-08 00:30:00 +02:00", "2025-01-07"),
            ("2025-01-08 10:00:00", "2025-01-08"),
            ("'2025-01-08'", "2025-01-08"),
            ("0001-01-01", "0001-01-01"),
            ("soon", None),
        ],
    )
    def test_a_date_is_its_utc_day(self, library: Library, written: str, day: str | None) -> None:
        library.write_raw("m.md", f"---\ntitle: M\nurl: /m\ndate: {written}\n---\n")
        assert article(library.load(), "date")["date"] == day

    @pytest.mark.parametrize("number", [0, -1, 2**31 - 1, -(2**31)])
    def test_every_number_of_32_bits_is_served(self, library: Library, number: int) -> None:
        library.write("m", {"id": number, "title": "gone", "url": "/gone"}, id=number)
        found = article(library.load(), "number danglingReferences { number }")
        assert found["number"] == number

    @pytest.mark.parametrize("number", [2**31, -(2**31) - 1, 2**70])
    def test_a_wider_number_is_left_out_and_the_rest_served(self, library: Library, number: int) -> None:
        library.write("m", {"id": number, "title": "gone", "url": "/gone"}, id=number)
        found = article(library.load(), "number title danglingReferences { number url } problems { code }")
        assert found["number"] is None
        assert found["danglingReferences"] == [{"number": None, "url": "/gone"}]
        assert {problem["code"] for problem in found["problems"]} == {"invalid-id", "invalid-reference"}


class TestAnswer:
    MARKDOWN = "# Head\n\nSome *text* with $a_1 < b_2$ & <b>more</b>.\n\n| a | b |\n|---|---|\n| 1 | 2 |"

    @pytest.fixture
    def served(self, library: Library) -> KnowledgeGraph:
        library.write("m", answer=self.MARKDOWN + "\n\n<script>alert(1)</script><p onclick='x()'>end</p>")
        return library.load()

    def test_is_given_as_it_was_written_by_default(self, served: KnowledgeGraph) -> None:
        found = article(served, "plain: answer named: answer(format: MARKDOWN) null: answer(format: null)")
        assert found["plain"].startswith(self.MARKDOWN)
        assert found["plain"] == found["named"] == found["null"]

    def test_is_given_as_safe_html(self, served: KnowledgeGraph) -> None:
        html = article(served, "answer(format: HTML)")["answer"]
        assert re.search(r"<h1[^>]*>Head</h1>", html)
        assert "<em>text</em>" in html
        assert "<td>1</td>" in html.replace(' align=""', "")
        assert re.search(r'class="[^"]*math[^"]*"[^>]*>[^<]*a_1 &lt; b_2', html)
        assert "script" not in html
        assert "onclick" not in html
        assert "end" in html

    def test_is_given_as_plain_text(self, served: KnowledgeGraph) -> None:
        text = article(served, "answer(format: TEXT)")["answer"]
        assert text.startswith("Head\n\nSome text with")
        assert "*" not in text
        assert "<" not in text.replace("a_1 < b_2", "")

    def test_is_the_same_html_when_asked_again(self, served: KnowledgeGraph) -> None:
        first = article(served, "answer(format: HTML)")
        assert article(served, "answer(format: HTML)") == first
        assert first["answer"] == served.articles[0].answer_html()

    def test_decodes_escaped_line_breaks_and_keeps_latex(self, library: Library) -> None:
        library.write("m", answer=r"One.\n\nTwo: \(\nabla f \neq 0\).")
        assert article(library.load(), "answer")["answer"] == "One.\n\nTwo: \\(\\nabla f \\neq 0\\)."

    def test_an_unknown_format_is_refused(self, served: KnowledgeGraph) -> None:
        assert refused(served, "answer(format: PDF)").code == "GRAPHQL_VALIDATION_FAILED"


class TestExcerpt:
    @pytest.fixture
    def served(self, library: Library) -> KnowledgeGraph:
        library.write("m", answer="# Head\n\n" + "Some **words** to cut. " * 1000)
        return library.load()

    def test_has_at_most_two_hundred_characters_by_default(self, served: KnowledgeGraph) -> None:
        found = article(served, "plain: excerpt null: excerpt(length: null) named: excerpt(length: 200)")
        assert 150 < len(found["plain"]) <= 200
        assert found["plain"] == found["null"] == found["named"]
        assert found["plain"].startswith("Some words to cut.")

    @pytest.mark.parametrize("length", [0, 1, 2, 3, 17, 18, 19, 100, 9_999, 10_000])
    def test_is_never_longer_than_asked(self, served: KnowledgeGraph, length: int) -> None:
        found = article(served, "excerpt(length: $length)", length=("Int", length))["excerpt"]
        assert len(found) <= length
        assert bool(found) == bool(length)

    @pytest.mark.parametrize("length", [-1, 10_001, 2**31 - 1])
    def test_refuses_a_length_out_of_range(self, served: KnowledgeGraph, length: int) -> None:
        found = refused(served, f"excerpt(length: {length})")
        assert found.code == "BAD_USER_INPUT"
        assert found.message == f"length must be between 0 and 10000, got {length}"
        # excerpt is promised not to be null, so it takes the article with it, but nothing else
        assert found.body["data"] == {"article": None, "graph": {"articleCount": 1}}


class TestFrontMatter:
    def front(self, library: Library, lines: str) -> Any:
        library.write_raw("m.md", f"---\ntitle: M\nurl: /m\n{lines}\n---\n")
        return article(library.load(), "frontMatter")["frontMatter"]

    def test_keeps_fields_that_the_schema_does_not_know_in_their_order(self, library: Library) -> None:
        found = self.front(library, "zeta: {b: [1, 2.5, null, true], a: é}\nalpha: x")
        assert list(found.items()) == [
            ("title", "M"),
            ("url", "/m"),
            ("zeta", {"b": [1, 2.5, None, True], "a": "é"}),
            ("alpha", "x"),
        ]
        assert list(found["zeta"]) == ["b", "a"]

    def test_gives_dates_and_times_as_text(self, library: Library) -> None:
        found = self.front(library, "date: 2025-01-08\nat: 2025-01-08T10:00:00Z\nlocal: 2025-01-08 10:00:00")
        assert found["date"] == "2025-01-08"
        assert datetime.datetime.fromisoformat(found["at"]) == datetime.datetime(
            2025, 1, 8, 10, tzinfo=datetime.UTC
        )
        assert found["local"] == "2025-01-08T10:00:00"

    def test_gives_numbers_beyond_64_bits_as_text(self, library: Library) -> None:
        found = self.front(
            library, f"wide: {2**70}\nlist: [{-(2**70)}]\nin: {{deep: {2**64}}}\nfits: {2**62}"
        )
        assert found["wide"] == str(2**70)
        assert found["list"] == [str(-(2**70))]
        assert found["in"] == {"deep": str(2**64)}
        assert found["fits"] == 2**62

    def test_gives_what_json_cannot_say_as_null(self, library: Library) -> None:
        found = self.front(library, "a: .nan\nb: .inf\nc: -.inf")
        assert (found["a"], found["b"], found["c"]) == (None, None, None)

    def test_gives_keys_that_are_no_text_as_text(self, library: Library) -> None:
        found = self.front(library, "odd: {2: a, true: b, 2025-01-08: c}")
        assert found["odd"] == {"2": "a", "true": "b", "2025-01-08": "c"}

    def test_holds_the_answer_as_it_stands_in_the_file(self, library: Library) -> None:
        assert self.front(library, r"answer: 'a\nb'")["answer"] == r"a\nb"


class TestRelated:
    @pytest.fixture
    def served(self, library: Library) -> KnowledgeGraph:
        library.write("m", "z", "a", "z", "m", "lost", "k")
        for name in "zak":
            library.write(name, "m" if name != "k" else None)
        library.write("b", "m")
        return library.load()

    def test_articles_come_in_the_order_of_the_front_matter(self, served: KnowledgeGraph) -> None:
        found = article(served, "related { url } outDegree")
        assert [other["url"] for other in found["related"]] == ["/z", "/a", "/k"]
        assert found["outDegree"] == 3

    def test_linking_articles_come_by_url(self, served: KnowledgeGraph) -> None:
        found = article(served, "relatedBy { url } inDegree")
        assert [other["url"] for other in found["relatedBy"]] == ["/a", "/b", "/z"]
        assert found["inDegree"] == 3

    def test_nest_as_deep_as_asked(self, served: KnowledgeGraph) -> None:
        found = article(served, "related(first: 1) { related { related(offset: 1, first: 1) { url } } }")
        assert found == {"related": [{"related": [{"related": [{"url": "/a"}]}]}]}

    @pytest.mark.parametrize("field", ["related", "relatedBy"])
    def test_are_cut_as_a_list_is(self, served: KnowledgeGraph, field: str) -> None:
        whole = article(served, f"{field} {{ url }}")[field]
        for offset in (None, 0, 1, 2, 3, 4, 2**31 - 1):
            for first in (None, 0, 1, 2, 3, 500):
                found = article(
                    served,
                    f"{field}(first: $first, offset: $offset) {{ url }}",
                    first=("Int", first),
                    offset=("Int", offset),
                )[field]
                start = offset or 0
                assert found == whole[start : start + (500 if first is None else first)], (offset, first)

    @pytest.mark.parametrize("field", ["related", "relatedBy"])
    @pytest.mark.parametrize(
        ("argument", "value", "range_"),
        [
            ("first", -1, "0 and 500"),
            ("first", 501, "0 and 500"),
            ("offset", -1, "0 and 2147483647"),
        ],
    )
    def test_out_of_range_are_refused(
        self, served: KnowledgeGraph, field: str, argument: str, value: int, range_: str
    ) -> None:
        found = refused(served, f"{field}({argument}: {value}) {{ url }}")
        assert found.code == "BAD_USER_INPUT"
        assert found.message == f"{argument} must be between {range_}, got {value}"
        assert found.body["data"] == {
            "article": {"title": "Title of m", field: None},
            "graph": {"articleCount": 5},
        }

    def test_connection_takes_null_for_the_default_direction(self, served: KnowledgeGraph) -> None:
        found = article(
            served,
            "a: relatedConnection { nodes { url } } b: relatedConnection(direction: null) { nodes { url } }",
        )
        assert [other["url"] for other in found["a"]["nodes"]] == ["/z", "/a", "/k"]
        assert found["a"] == found["b"]


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> KnowledgeGraph:
    library = Library(tmp_path_factory.mktemp("many"))
    names = [f"n{number:03}" for number in range(501)]
    library.write("m", *names)
    library.write("half", *names[:500])
    for number, name in enumerate(names):
        library.write(name, "m", "half" if number < 500 else None)
    return library.load()


class TestMoreThanAListGives:
    @pytest.mark.parametrize("field", ["related", "relatedBy"])
    def test_five_hundred_are_given_whole(self, crowded: KnowledgeGraph, field: str) -> None:
        assert len(article(crowded, f"{field} {{ url }}", url="/half")[field]) == 500

    @pytest.mark.parametrize("field", ["related", "relatedBy"])
    def test_more_are_refused_and_the_connection_is_named(self, crowded: KnowledgeGraph, field: str) -> None:
        found = refused(crowded, f"{field} {{ url }}")
        assert found.code == "BAD_USER_INPUT"
        assert "501" in found.message
        assert "relatedConnection" in found.message
        assert found.body["data"]["article"] == {"title": "Title of m", field: None}

    @pytest.mark.parametrize("field", ["related", "relatedBy"])
    def test_more_are_reached_with_first_and_offset(self, crowded: KnowledgeGraph, field: str) -> None:
        found = article(
            crowded,
            f"a: {field}(first: 500) {{ url }} b: {field}(first: 5, offset: 500) {{ url }} "
            f"c: {field}(offset: 1) {{ url }}",
        )
        assert [other["url"] for other in found["a"] + found["b"]] == [f"/n{n:03}" for n in range(501)]
        assert len(found["c"]) == 500

    def test_the_connection_gives_them_all_in_pages(self, crowded: KnowledgeGraph) -> None:
        pages = article(
            crowded,
            "a: relatedConnection(direction: IN, first: 500) { totalCount nodes { url } "
            "pageInfo { endCursor } } b: relatedConnection(direction: IN, last: 1) { nodes { url } }",
        )
        assert pages["a"]["totalCount"] == 501
        assert len(pages["a"]["nodes"]) == 500
        assert pages["b"]["nodes"] == [{"url": "/n500"}]


class TestDuplicates:
    def test_are_the_other_articles_with_the_number_by_url(self, library: Library) -> None:
        for name, number in (("c", 1), ("a", 1), ("b", 1), ("x", 2), ("y", None), ("z", None), ("0", 0)):
            library.write(name, id=number)
        found = ask(library.load(), "{ articles { nodes { url duplicates { url } } } }")["articles"]["nodes"]
        assert {a["url"]: [other["url"] for other in a["duplicates"]] for a in found} == {
            "/a": ["/b", "/c"],
            "/b": ["/a", "/c"],
            "/c": ["/a", "/b"],
            "/x": [],
            "/y": [],
            "/z": [],
            "/0": [],
        }


class TestWhatIsWrong:
    @pytest.fixture
    def served(self, library: Library) -> KnowledgeGraph:
        library.write(
            "m",
            "k",
            {"id": 9, "title": "Lost", "url": "/lost"},
            {"id": 8},
            {"title": "Only a title"},
            date="no date",
            score="none",
        )
        library.write("k", "gone")
        return library.load()

    def test_dangling_references_are_those_of_the_article_as_written(self, served: KnowledgeGraph) -> None:
        found = article(served, "danglingReferences { source { url } field number title url }")
        assert found["danglingReferences"] == [
            {
                "source": {"url": "/m"},
                "field": "related_article2",
                "number": 9,
                "title": "Lost",
                "url": "/lost",
            },
            {"source": {"url": "/m"}, "field": "related_article3", "number": 8, "title": None, "url": None},
            {
                "source": {"url": "/m"},
                "field": "related_article4",
                "number": None,
                "title": "Only a title",
                "url": None,
            },
        ]
        other = article(served, "danglingReferences { url }", url="/k")
        assert other["danglingReferences"] == [{"url": "/gone"}]

    def test_problems_are_those_of_the_file(self, served: KnowledgeGraph) -> None:
        found = article(served, "problems { severity code file line column message }")["problems"]
        assert [(problem["line"], problem["code"]) for problem in found] == [
            (4, "invalid-date"),
            (5, "invalid-field"),
            (13, "invalid-reference"),
            (15, "invalid-reference"),
        ]
        assert {(problem["severity"], problem["file"]) for problem in found} == {("WARNING", "m.md")}
        assert all(problem["message"] and problem["column"] >= 1 for problem in found)
        assert article(served, "problems { code }", url="/k")["problems"] == []


def test_one_query_asks_for_everything(library: Library) -> None:
    library.write("m", "k", "lost", id=1, answer="Text.", subject="S", seo={"title": "T"}, date="x")
    library.write("k", "m", id=1)
    fields = (
        "id url slug number title question answer excerpt readingMinutes date author subject { id } keywords "
        "seo { title } score noIndex file frontMatter related { url } relatedBy { url } "
        "relatedConnection { totalCount } inDegree outDegree duplicates { url } "
        "danglingReferences { source { id } } problems { code }"
    )
    assert json.dumps(article(library.load(), fields))
