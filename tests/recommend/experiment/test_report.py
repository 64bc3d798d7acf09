"""The report: what it tells, of whatever was found."""

from __future__ import annotations

import dataclasses
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from evaluations import made_up

from graph.recommend.experiment import ExperimentError
from graph.recommend.experiment.reading import read_plan
from graph.recommend.experiment.report import METRICS, write_report
from graph.recommend.experiment.results import ACCURACY, BEYOND_ACCURACY, Evaluation, Timing, Trial

from . import made_up as made

FEW = ("hybrid", "content", "random")
HOSTILE = '<img src=x onerror=alert(1)> & "it\'s" {{ 7 * 7 }} \ud800'


class Reader(HTMLParser):
    """What a page says: its text without styles, its tables' rows, and every tag."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.rows: list[list[str]] = []
        self.words: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._inside.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        while self._inside and self._inside.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if "style" not in self._inside:
            self.words.append(data)
        if {"td", "th"} & set(self._inside):
            self.rows[-1][-1] += data

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def read(evaluation: Evaluation, folder: Path) -> Reader:
    page = Reader()
    page.feed(write_report(evaluation, folder).read_text("utf-8"))
    return page


def row(page: Reader, start: str) -> list[str]:
    """The first row whose first cell is this."""
    return next(cells for cells in page.rows if " ".join(cells[0].split()) == start)


def closer(evaluation: Evaluation, p: float) -> Evaluation:
    """The same, with all differences as sure as this."""
    comparisons = tuple(dataclasses.replace(c, p_corrected=p) for c in evaluation.comparisons)
    return dataclasses.replace(evaluation, comparisons=comparisons)


def test_it_says_what_was_measured(tmp_path: Path) -> None:
    text = read(made_up(FEW), tmp_path).text
    assert "One link of each of 3,000 test articles was hidden, 3,000 links in all." in text
    assert "Each strategy then recommended 10 of all 33,404 distinct articles" in text
    assert "seed7" in text
    assert "6f1c0a9be27d4385" in text


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"hide": 3}, "Up to 3 links of each of 3,000 test articles were hidden"),
        ({"hide": 0.25}, "25 % of the links of each of 3,000 test articles were hidden"),
        ({"split": "cold-start"}, "All links to and from 3,000 test articles were hidden"),
    ],
)
def test_it_says_how_links_were_hidden(settings: dict[str, object], said: str, tmp_path: Path) -> None:
    assert said in read(made_up(FEW, **settings), tmp_path).text


def test_the_verdict_names_the_best_and_those_that_may_be_as_good(tmp_path: Path) -> None:
    evaluation = made_up(("worst", "good", "best"))
    ordered = dataclasses.replace(evaluation, strategies=evaluation.strategies[::-1])
    assert "worst finds the hidden links best, with a hit rate@10 of 0.800." in read(ordered, tmp_path).text
    text = read(closer(evaluation, 0.01), tmp_path).text
    assert "All others are significantly worse." in text
    assert "Not significantly worse" not in text
    text = read(closer(evaluation, 0.05), tmp_path).text
    assert "Not significantly worse are good and best: the difference may be chance." in text
    assert "All others" not in text


def test_the_verdict_goes_by_the_first_metric(tmp_path: Path) -> None:
    page = read(made_up(FEW, metrics=["ndcg", "mrr"]), tmp_path)
    assert "hybrid finds the hidden links best, with a nDCG@10 of 0.512." in page.text


def test_a_difference_is_seen_from_the_side_of_the_better(tmp_path: Path) -> None:
    evaluation = made_up(("second", "first"))
    first, second = evaluation.strategies
    swapped = (dataclasses.replace(second, label="second"), dataclasses.replace(first, label="first"))
    page = read(dataclasses.replace(evaluation, strategies=swapped), tmp_path)
    assert "first finds the hidden links best" in page.text
    assert (
        "\N{MINUS SIGN}0.122 against second (95 % interval \N{MINUS SIGN}0.139 to \N{MINUS SIGN}0.105;"
        in page.text
    )


def test_one_that_leaks_is_no_winner(tmp_path: Path) -> None:
    page = read(made_up(FEW, leaking=["hybrid"]), tmp_path)
    assert (
        "hybrid knows the hidden links. Where no link at all was shown to it, it still found 93 %"
        in page.text
    )
    assert "content finds the hidden links best" in page.text
    assert row(page, "3 hybrid (leaks)")
    assert "0.800" in row(page, "3 hybrid (leaks)")[1]
    assert "(best)" not in row(page, "3 hybrid (leaks)")[1]
    assert "There is nothing to compare." in read(made_up(("a",), leaking=["a"]), tmp_path).text


def test_the_tables_have_every_number(tmp_path: Path) -> None:
    evaluation = made_up(FEW)
    page = read(evaluation, tmp_path)
    heads = [cells for cells in page.rows if cells[0] == "strategy"]
    assert heads[0][1:] == [METRICS[name][0] for name in ACCURACY]
    assert heads[1][1:7] == [METRICS[name][0] for name in BEYOND_ACCURACY]
    content = evaluation.strategies[1]
    accuracy = row(page, "2 content")
    for name, cell in zip(ACCURACY, accuracy[1:], strict=True):
        estimate = content.accuracy[name][-1]
        assert cell == f"{estimate.mean:.3f}{estimate.low:.3f} \N{EN DASH} {estimate.high:.3f}"
    assert f"{content.beyond['novelty']:.3f}" in page.text
    assert row(page, "1 hybrid")[1].startswith("0.800 (best)")


def test_the_best_of_a_column_is_the_lowest_where_less_is_better(tmp_path: Path) -> None:
    evaluation = made_up(FEW)
    page = read(evaluation, tmp_path)
    gini = min(strategy.beyond["gini"] for strategy in evaluation.strategies)
    column = [cells[2] for cells in page.rows if len(cells) == 10 and cells[0] != "strategy"][: len(FEW)]
    assert [cell for cell in column if "best" in cell] == [f"{gini:.3f} (best)"]


def test_times_have_digits_down_to_a_thousandth(tmp_path: Path) -> None:
    evaluation = made_up(("a", "b"))
    quick = dataclasses.replace(evaluation.strategies[0], timing=Timing(0.0041234, 12.345, 1234.5))
    page = read(dataclasses.replace(evaluation, strategies=(quick, evaluation.strategies[1])), tmp_path)
    times = next(cells[7:] for cells in page.rows if len(cells) == 10 and cells[0].split() == ["1", "a"])
    assert times == ["0.0041 (best)", "12.3", "1,234"]


def test_who_recommends_nothing_is_best_at_nothing(tmp_path: Path) -> None:
    evaluation = made_up(("a", "b", "c"))
    last = evaluation.strategies[2]
    idle = dataclasses.replace(
        last, beyond={**last.beyond, "coverage": 0.0, "gini": 0.0}, timing=Timing(0.0, 0.0004, 0.0)
    )
    page = read(dataclasses.replace(evaluation, strategies=(*evaluation.strategies[:2], idle)), tmp_path)
    (cells,) = [cells for cells in page.rows if len(cells) == 10 and "c" in cells[0].split()]
    assert not any("best" in cell for cell in cells)
    assert cells[8] == "< 0.001"


def test_every_pair_from_both_sides(tmp_path: Path) -> None:
    page = read(made_up(("a", "b", "c")), tmp_path)
    pairs = [cells for cells in page.rows if len(cells) == 4 and cells[0][:1] in "123"]
    first = [" ".join(cell.split()) for cell in pairs[0]]
    assert first[2].startswith("+0.122+0.105 to +0.139p = 0.0")
    assert pairs[1][1].startswith("\N{MINUS SIGN}0.122\N{MINUS SIGN}0.139 to \N{MINUS SIGN}0.105p")
    assert [cell for _, attributes in page.tags if (cell := attributes.get("class")) in ("better", "worse")]


def test_strata_and_trials_where_there_are_any(tmp_path: Path) -> None:
    page = read(made_up(FEW), tmp_path)
    assert any("16+111 articles" in cells for cells in page.rows)
    assert any("History of Science640 articles" in cells for cells in page.rows)
    assert row(page, "content")[1:] == ["b = 0.5, steps = 0", "0.1950", ""]
    bare = read(made_up(FEW, strata=False, trials=False), tmp_path)
    assert "Parameters tried" not in bare.text
    assert "Kinds of articles" not in bare.text


def test_an_interrupted_experiment_says_so_first(tmp_path: Path) -> None:
    page = read(
        made_up(FEW[:2], complete=False, strategies=[{"strategy": "a", "parameters": {}, "grid": {}}] * 5),
        tmp_path,
    )
    assert "This experiment was interrupted. 2 of 5 strategies were finished" in page.text
    assert page.text.index("interrupted") < page.text.index("One link of")
    assert "interrupted" not in read(made_up(FEW), tmp_path).text


def test_none_one_and_nothing_found(tmp_path: Path) -> None:
    assert "no strategy was finished" in read(made_up((), complete=False), tmp_path).text
    alone = read(made_up(("hybrid",), k=1, strata=False), tmp_path)
    assert "hybrid was measured alone, with a hit rate@1 of 0.800." in alone.text
    assert "Every pair" not in alone.text
    assert "(best)" not in alone.text
    assert "No strategy found a hidden link." in read(made_up(FEW, scale=0), tmp_path).text


def test_what_users_wrote_is_text(tmp_path: Path) -> None:
    evaluation = made_up((HOSTILE, "b"), leaking=["b"])
    evaluation = dataclasses.replace(
        evaluation,
        name=HOSTILE,
        trials=(Trial(HOSTILE, {HOSTILE: HOSTILE}, 0.5, chosen=True),),
        strategies=tuple(
            dataclasses.replace(strategy, parameters={HOSTILE: [HOSTILE]})
            for strategy in evaluation.strategies
        ),
    )
    page = read(evaluation, tmp_path)
    tags = {tag for tag, _ in page.tags}
    assert not tags & {"img", "script", "iframe", "object"}
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert '<img src=x onerror=alert(1)> & "it\'s" {{ 7 * 7 }}' in page.text


def test_the_page_needs_nothing_else(tmp_path: Path) -> None:
    page = read(made_up(), tmp_path)
    links = [value or "" for _, each in page.tags for name, value in each.items() if name in ("src", "href")]
    assert links
    assert all(link.startswith("#") or link == "data:," for link in links)
    html = (tmp_path / "report.html").read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
    assert not re.search(r"https?://|@import|url\((?!#)", html)
    assert "default-src 'none'" in html
    assert len(html.encode()) < 500_000


def test_headings_ids_and_tables_are_in_order(tmp_path: Path) -> None:
    page = read(made_up(FEW), tmp_path)
    ids = [each["id"] for _, each in page.tags if "id" in each]
    assert len(ids) == len(set(ids))
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h\d", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(each.get("scope") in ("col", "row") for tag, each in page.tags if tag == "th")
    targets = [each["href"] for tag, each in page.tags if tag == "a"]
    assert all(target and target[1:] in ids for target in targets)


def test_the_settings_are_a_file_that_runs_it_again(tmp_path: Path) -> None:
    strategies = [
        {"strategy": "popular", "parameters": {}, "grid": {}},
        {"strategy": "linked", "parameters": {}, "grid": {}},
    ]
    evaluation = made_up(("popular", "linked"), strategies=strategies, articles=None, hide=0.5)
    page = write_report(evaluation, tmp_path).read_text("utf-8")
    written = re.search(r"<pre tabindex=\"0\"><code>(.*?)</code>", page, re.DOTALL)
    assert written
    (tmp_path / "again.yaml").write_text(written.group(1).replace("&#39;", "'"))
    plan, _ = read_plan(tmp_path / "again.yaml")
    assert plan.settings() == evaluation.settings
    assert plan.name == "links"


def test_the_same_evaluation_is_the_same_bytes(tmp_path: Path) -> None:
    first = write_report(made_up(FEW), tmp_path / "a").read_bytes()
    assert write_report(made_up(FEW), tmp_path / "b").read_bytes() == first


def test_a_report_that_cannot_be_written_leaves_the_one_before(tmp_path: Path) -> None:
    path = write_report(made_up(("a",)), tmp_path)
    before = path.read_bytes()
    (tmp_path / ".report.html.tmp").mkdir()
    with pytest.raises(ExperimentError, match=r"report\.html cannot be written"):
        write_report(made_up(("b",)), tmp_path)
    assert path.read_bytes() == before


def test_equals_are_named_together(tmp_path: Path) -> None:
    found = [made.result(label, made.NEAR) for label in ("one", "two")]
    equal = made.evaluation(*found, made.result("far", made.FAR))
    every = [
        dataclasses.replace(equal.comparisons[0], metric=metric, first=first, second=second)
        for metric in ("hit_rate", "mrr")
        for first, second in (("one", "two"), ("one", "far"), ("two", "far"))
    ]
    page = read(dataclasses.replace(equal, comparisons=tuple(every)), tmp_path)
    assert "one and two find the hidden links best, with a hit rate@3 of 0.750." in page.text


def test_a_cold_start_is_run_again_without_a_number_of_links_to_hide(tmp_path: Path) -> None:
    assert "hide:" in read(made_up(FEW), tmp_path).text
    assert "hide:" not in read(made_up(FEW, split="cold-start"), tmp_path).text
