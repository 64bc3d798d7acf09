"""`articlegraph experiment`: what it runs, prints, writes and refuses, and what Ctrl-C leaves."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from library import SEEDS, Library

from graph.cli.experiment import _PACKAGES, experiment
from graph.recommend import Ranking, Strategy, TrainingGraph, best, registry
from graph.recommend.experiment import Evaluation, SplitKind, report
from graph.recommend.experiment.files import read_results
from graph.recommend.rows import Integers

from .program import LIMIT, Run, in_terminal, program

for package in _PACKAGES:
    pytest.importorskip(package)

WRITE_REPORT = report.write_report
STEPS = (-2, -1, 1, 2)
FILES = ["report.html", "results.csv", "results.json"]


class Linking(Strategy):
    """What links here, and then anything."""

    name = "linking"
    description = "What links to an article."

    def __init__(self, weight: float = 1.0, offset: int = 0) -> None:
        if weight < 0:
            raise ValueError(f"weight must be 0 or more, not {weight}")
        self.weight, self.offset = weight, offset

    def fit(self, graph: TrainingGraph) -> None:
        self.incoming, self.count = graph.incoming, len(graph)

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        scores = np.linspace(0.2, 0.1, self.count)
        scores[self.incoming[item]] += self.weight
        return best(np.arange(self.count), scores, k, exclude)


class Content(Linking):
    """What the leak check takes for what texts tell."""

    name = "content"

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        return best(np.arange(self.count), np.linspace(2, 1, self.count), k, exclude)


class Hybrid(Linking):
    name = "hybrid"


class Cheating(Strategy):
    """Knows what each title links to, from elsewhere."""

    name = "cheating"
    description = "Knows all links."
    known: dict[str, list[str]]

    def fit(self, graph: TrainingGraph) -> None:
        self.title = [graph.text(item).title for item in range(len(graph))]
        self.item = {title: item for item, title in enumerate(self.title)}

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        targets = np.array([self.item[title] for title in self.known[self.title[item]]], np.int32)
        return best(targets, np.linspace(2, 1, len(targets)), k, exclude)


class Interrupted(Linking):
    """Someone presses Ctrl-C while it is fitted."""

    name = "interrupted"

    def fit(self, graph: TrainingGraph) -> None:
        signal.raise_signal(signal.SIGINT)


class Failing(Linking):
    name = "failing"

    def fit(self, graph: TrainingGraph) -> None:
        raise ZeroDivisionError("division by zero")


def write_short_report(evaluation: Evaluation, folder: Path) -> None:
    (folder / "report.html").write_text(evaluation.name)


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A few strategies, reports that take no time, and a folder of its own to run in."""
    kinds = {kind.name: kind for kind in (Hybrid, Linking, Content, Cheating, Interrupted, Failing)}
    monkeypatch.setattr(registry, "_OWN", {})
    monkeypatch.setattr(registry, "strategies", lambda: kinds)
    monkeypatch.setattr(report, "write_report", write_short_report)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def linked(library: Library) -> Path:
    """Twenty articles in a ring that each link to the two on either side."""
    for number in range(20):
        library.write(f"{number}", *(f"{(number + step) % 20}" for step in STEPS))
    return library.folder


def written(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


class TestRun:
    def test_needs_no_file(self, run: Run, linked: Path) -> None:
        result = run(
            "experiment", "--content", linked, "--strategies", "linking, content", "--k", 5, "--seed", 7
        )
        assert result.exit_code == 0
        assert result.stdout.startswith(
            "experiment: hidden-links, k = 5, seed 7\n20 of 80 links hidden, 20 test articles\n"
        )
        assert re.search(r"^linking +0\.\d{3} \.\d{3}-\S{4} \*", result.stdout, re.M)
        assert result.stderr == "articlegraph: results/experiment: results.json, results.csv, report.html\n"
        assert written(Path("results/experiment")) == FILES

    def test_does_what_a_file_says(self, run: Run, linked: Path) -> None:
        file = linked.parent / "mine.yaml"
        file.write_text(
            "content: content\n"
            "split: {kind: cold-start, articles: 6}\n"
            "strategies: [content, {name: linking, weight: 0.5, grid: {offset: [1, 2]}}]\n"
            "k: 3\n"
            "metrics: [recall]\n"
        )
        result = run("experiment", file)
        assert result.exit_code == 0, result.stderr
        assert "mine: cold-start, k = 3, seed 0\n" in result.stdout
        assert "6 test articles" in result.stdout
        assert "recall@3" in result.stdout
        assert "ndcg" not in result.stdout
        assert "linking (weight=0.5, offset tuned): chosen offset=1" in result.stdout
        assert written(Path("results/mine")) == FILES

    def test_lets_options_stand_before_the_file(self, run: Run, linked: Path, tmp_path: Path) -> None:
        file = tmp_path / "mine.yaml"
        file.write_text("strategies: [content, {name: linking, weight: 0.5}]\ncontent: missing\nk: 3\n")
        result = run(
            *("experiment", file, "--content", linked, "--strategies", "linking,hybrid", "--k", 4),
            *(
                "--seed",
                9,
                "--articles",
                "all",
                "--split",
                "hidden-links",
                "--hide",
                2,
                "--metrics",
                "map,mrr",
            ),
        )
        assert result.exit_code == 0, result.stderr
        found = read_results(tmp_path / "results" / "mine")
        assert [strategy.label for strategy in found.strategies] == ["linking (weight=0.5)", "hybrid"]
        wanted = {"k": 4, "seed": 9, "articles": None, "split": "hidden-links", "hide": 2}
        assert {key: found.settings[key] for key in wanted} == wanted
        assert found.settings["metrics"] == ["map", "mrr"]
        assert found.counts["hidden_links"] == 40

    def test_takes_a_share_of_links_and_a_number_of_articles(self, run: Run, linked: Path) -> None:
        options = ("--strategies", "content", "--hide", "0.5", "--articles", 10)
        assert run("experiment", "--content", linked, *options).exit_code == 0
        found = read_results(Path("results/experiment"))
        assert found.counts["hidden_links"] == 20
        assert found.counts["test_items"] == 10

    def test_gives_the_same_results_again_in_another_folder(self, run: Run, linked: Path) -> None:
        command = ("experiment", "--content", linked, "--strategies", "linking")
        for name in ("experiment", "experiment-2", "experiment-3"):
            result = run(*command)
            assert f"results/{name}: " in result.stderr
            assert written(Path("results") / name) == FILES
        first, second = (
            Path(f"results/{name}/results.json").read_text() for name in ("experiment", "experiment-2")
        )
        assert first.partition('"timings"')[0] == second.partition('"timings"')[0]

    def test_writes_to_a_new_or_empty_folder(self, run: Run, linked: Path, tmp_path: Path) -> None:
        command = ("experiment", "--content", linked, "--strategies", "linking", "--output")
        (tmp_path / "empty").mkdir()
        for folder in (tmp_path / "empty", tmp_path / "a" / "b"):
            assert run(*command, folder).exit_code == 0
            assert written(folder) == FILES
        before = (tmp_path / "empty" / "results.json").read_bytes()
        result = run(*command, tmp_path / "empty")
        assert result.exit_code == 2
        assert "empty is not empty; name a new folder, or leave it out" in " ".join(result.stderr.split())
        assert (tmp_path / "empty" / "results.json").read_bytes() == before
        assert not Path("results").exists()

    def test_names_a_folder_as_file_systems_like_it(self, run: Run, linked: Path) -> None:
        file = linked.parent / "x.yaml"
        file.write_text("name: ../Größe 1/2\ncontent: content\nstrategies: [content]")
        assert run("experiment", file).exit_code == 0
        assert written(Path("results")) == ["Größe-1-2"]

    def test_says_which_strategies_there_are(self, run: Run) -> None:
        result = run("experiment", "--list-strategies")
        assert result.exit_code == 0
        assert (
            "linking\n    What links to an article.\n    parameters: weight=1.0, offset=0\n" in result.stdout
        )
        assert "cheating\n    Knows all links.\n    parameters: none\n" in result.stdout

    def test_writes_a_report(self, run: Run, linked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(report, "write_report", WRITE_REPORT)
        assert run("experiment", "--content", linked, "--strategies", "linking").exit_code == 0
        assert "<svg" in Path("results/experiment/report.html").read_text("utf-8")


class TestTable:
    def test_fits_in_80_columns_where_there_is_no_terminal(self, run: Run, linked: Path) -> None:
        file = linked.parent / "wide.yaml"
        file.write_text(
            "content: content\n"
            "strategies: [content, linking, {name: hybrid, weight: 0.123456789012345678, offset: 3}]\n"
            "metrics: [hit_rate, recall, mrr, ndcg, map]\n"
        )
        lines = run("experiment", file).stdout.splitlines()
        assert max(map(len, lines)) <= 80
        assert [line for line in lines if line != line.rstrip()] == []
        headings = [line.split() for line in lines if line.startswith("        ") and "@" in line]
        assert headings == [["hit_rate@10", "recall@10", "mrr@10"], ["ndcg@10", "map@10"]]
        assert lines.count("hybrid (weight=0.12345678901234568, offset=3)") == 3
        (others,) = (line for line in lines if "p50" in line)
        assert others.split() == ["coverage", "fit", "s", "p50", "ms", "p99", "ms"]

    def test_marks_the_best_and_those_that_may_be_as_good(self, run: Run, linked: Path) -> None:
        result = run("experiment", "--content", linked, "--strategies", "content,linking,hybrid", "--k", 2)
        assert re.search(r"^linking .*\*", result.stdout, re.M)
        assert re.search(r"^hybrid .*\*", result.stdout, re.M)  # the same under another name
        assert not re.search(r"^content .*[*~]", result.stdout, re.M)
        assert "* best; ~ not significantly worse" in result.stdout

    def test_has_no_marks_where_there_is_nothing_to_compare(self, run: Run, linked: Path) -> None:
        result = run("experiment", "--content", linked, "--strategies", "linking")
        assert "*" not in result.stdout
        assert "~" not in result.stdout

    def test_warns_of_a_strategy_that_knows_the_hidden_links(
        self, run: Run, linked: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        titles = [f"Title of {number}" for number in range(20)]
        known = {title: [titles[(n + step) % 20] for step in STEPS] for n, title in enumerate(titles)}
        monkeypatch.setattr(Cheating, "known", known, raising=False)
        result = run("experiment", "--content", linked, "--strategies", "linking,cheating", "--k", 4)
        assert result.exit_code == 0
        text = " ".join(result.stdout.split())
        assert "WARNING: cheating leaks. Where no link at all is shown it finds 100% of them" in text
        assert re.search(r"^linking .*\*", result.stdout, re.M)
        assert not re.search(r"^cheating .*[*~]", result.stdout, re.M)


class TestInterruption:
    def test_keeps_the_results_of_finished_strategies(self, run: Run, linked: Path) -> None:
        result = run("experiment", "--content", linked, "--strategies", "content,linking,interrupted,hybrid")
        assert result.exit_code == 130
        assert result.stderr == (
            "articlegraph: results/experiment: results.json, results.csv, report.html of 2 of 4 strategies\n"
            "articlegraph: interrupted\n"
        )
        assert re.search("^linking ", result.stdout, re.M)
        found = read_results(Path("results/experiment"))
        assert not found.complete
        assert [strategy.label for strategy in found.strategies] == ["content", "linking"]
        assert written(Path("results/experiment")) == FILES

    def test_before_any_result_leaves_nothing(self, run: Run, linked: Path) -> None:
        result = run("experiment", "--content", linked, "--strategies", "interrupted,hybrid")
        assert (result.exit_code, result.stdout) == (130, "")
        assert result.stderr == "articlegraph: interrupted\n"
        assert not Path("results").exists()

    def test_while_results_are_written_loses_none(
        self, run: Run, linked: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        times = []

        def interrupted_first(evaluation: Evaluation, folder: Path) -> None:
            times.append(folder)
            if len(times) == 1:
                signal.raise_signal(signal.SIGINT)
            write_short_report(evaluation, folder)

        monkeypatch.setattr(report, "write_report", interrupted_first)
        result = run("experiment", "--content", linked, "--strategies", "content,linking")
        assert result.exit_code == 130
        assert "of 1 of 2 strategies" in result.stderr
        assert written(Path("results/experiment")) == FILES


class TestRefusals:
    """A message, exit status 2, and nothing written."""

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            (
                ("--strategies", "contnt"),
                "unknown strategy 'contnt'; did you mean 'content'?; known are: hybrid, ",
            ),
            (("--strategies", ""), "strategies: there must be at least one"),
            (("--strategies", "content,content"), "strategies: content is there 2 times"),
            (("--strategies", "content", "--k", "0"), "k must be a whole number from 1 to 100, not 0"),
            (("--strategies", "content", "--k", "-3"), "k must be a whole number from 1 to 100, not -3"),
            (("--strategies", "content", "--seed", "-3"), "seed must be a whole number from 0, not -3"),
            (("--strategies", "content", "--metrics", "mmr"), "unknown metric 'mmr'; did you mean 'mrr'?"),
            (("--strategies", "content", "--articles", "0"), "articles must be a whole number from 1"),
            (("--strategies", "content", "--articles", "few"), "articles must be a whole number from 1"),
            (
                ("--strategies", "content", "--hide", "1.5"),
                "hide must be a whole number of links from 1, or a share",
            ),
            (
                ("--strategies", "content", "--hide", "-1"),
                "hide must be a whole number of links from 1, or a share",
            ),
        ],
    )
    def test_of_an_option(self, run: Run, linked: Path, options: tuple[str, ...], told: str) -> None:
        result = run("experiment", "--content", linked, *options)
        assert (result.exit_code, result.stdout) == (2, "")
        (line,) = result.stderr.splitlines()
        assert line.startswith("articlegraph: ")
        assert told in line
        assert not Path("results").exists()

    @pytest.mark.parametrize(
        ("options", "told"),
        [
            (("--strategies", "content"), "no content: give --content FOLDER, or FILE a line"),
            ((), "no content: give --content FOLDER, or FILE a line"),
            (("missing.yaml",), "'missing.yaml' does not exist"),
            ((".",), "'.' is a directory"),
            (("--strategies", "content", "--k", "ten"), "'ten' is not a valid integer"),
            (
                ("--strategies", "content", "--split", "cold"),
                "'cold' is not one of 'hidden-links', 'cold-start'",
            ),
        ],
    )
    def test_of_arguments(self, run: Run, options: tuple[object, ...], told: str) -> None:
        result = run("experiment", *options)
        assert (result.exit_code, result.stdout) == (2, "")
        assert "Error: " in result.stderr
        assert told in " ".join(result.stderr.split())

    def test_of_a_file_with_mistakes_each_with_its_place(self, run: Run, tmp_path: Path) -> None:
        (tmp_path / "mine.yaml").write_text("content: x\nstrategies: [contnt]\nmetrcs: [mrr]\n")
        result = run("experiment", "mine.yaml")
        assert (result.exit_code, result.stdout) == (2, "")
        first, second = result.stderr.splitlines()
        assert first.startswith(
            "articlegraph: mine.yaml:2:14: unknown strategy 'contnt'; did you mean 'content'?"
        )
        assert second.startswith("articlegraph: mine.yaml:3:1: unknown key 'metrcs'; did you mean 'metrics'?")

    def test_of_a_split_that_leaves_no_test_links(self, run: Run, library: Library) -> None:
        library.write("a", "b")
        library.write("b")
        result = run("experiment", "--content", library.folder, "--strategies", "content")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "the split leaves no test links" in result.stderr
        assert not Path("results").exists()

    def test_of_a_graph_without_articles(self, run: Run, library: Library) -> None:
        library.write_raw("a.md", "no front matter")
        result = run("experiment", "--content", library.folder, "--strategies", "content")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == "articlegraph: the graph is empty: it has no articles to recommend\n"
        assert not Path("results").exists()

    def test_of_content_that_is_not_there(self, run: Run) -> None:
        result = run("experiment", "--content", "missing", "--strategies", "content")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr.startswith("articlegraph: missing: no such file or folder")
        assert not Path("results").exists()

    def test_of_a_strategy_that_fails_keeps_the_finished_ones(self, run: Run, linked: Path) -> None:
        result = run("experiment", "--content", linked, "--strategies", "content,failing,linking")
        assert result.exit_code == 2
        assert "failing: fit failed: ZeroDivisionError: division by zero" in result.stderr
        assert "of 1 of 3 strategies" in result.stderr
        assert [s.label for s in read_results(Path("results/experiment")).strategies] == ["content"]

    @pytest.mark.parametrize("package", _PACKAGES)
    def test_where_a_package_is_missing_comes_before_anything_is_read(
        self, run: Run, monkeypatch: pytest.MonkeyPatch, package: str
    ) -> None:
        monkeypatch.setitem(sys.modules, package, None)
        result = run("experiment", "--content", "missing", "--strategies", "content")
        assert (result.exit_code, result.stdout) == (2, "")
        assert result.stderr == (
            f"articlegraph: experiments need the package {package}; "
            "install it with pip install 'articlegraph[experiments]'\n"
        )


class TestCompare:
    def test_says_what_changed(self, run: Run, linked: Path) -> None:
        command = ("experiment", "--content", linked, "--strategies")
        run(*command, "content,linking", "-o", "a")
        run(*command, "linking,hybrid", "-o", "b", "--k", 5)
        result = run("experiment", "compare", "a", "b/results.json")
        assert result.exit_code == 0
        lines = result.stdout.splitlines()
        assert max(map(len, lines)) <= 80
        assert "only in A: content" in lines
        assert "only in B: hybrid" in lines
        assert "k: 10 in A, 5 in B" in lines
        assert any(re.match(r"linking +0\.\d{3} .* \+0\.000 \[\+0\.000 \+0\.000\]$", line) for line in lines)

    def test_marks_what_is_significant(self, run: Run, linked: Path) -> None:
        for weight, folder in ((0, "a"), (1, "b")):
            Path("x.yaml").write_text(f"strategies: [{{name: linking, parameters: {{weight: {weight}}}}}]")
            run("experiment", "x.yaml", "--content", linked, "-o", folder)
            file = Path(folder) / "results.json"
            file.write_text(re.sub(r"linking \(weight=0\)", "linking", file.read_text()))
        result = run("experiment", "compare", "a", "b")
        assert re.search(r"^linking .* \*$", result.stdout, re.M)
        assert "* significant" in result.stdout
        assert "linking: weight: 0 in A, 1 in B" in result.stdout

    def test_refuses_what_are_no_results(self, run: Run, tmp_path: Path, linked: Path) -> None:
        (tmp_path / "a").mkdir()
        (tmp_path / "b.json").write_text("{}")
        for first, told in (("a", "no results: there is no a/results.json"), ("b.json", "holds no results")):
            result = run("experiment", "compare", first, "b.json")
            assert (result.exit_code, result.stdout) == (2, "")
            (line,) = result.stderr.splitlines()
            assert told in line
        result = run("experiment", "--content", linked, "--strategies", "linking", "-o", "good")
        record = json.loads(Path("good/results.json").read_text())
        record["targets"].pop()
        Path("b.json").write_text(json.dumps(record))
        result = run("experiment", "compare", "good", "b.json")
        assert (result.exit_code, result.stdout) == (2, "")
        assert "b.json is damaged: targets" in result.stderr
        assert run("experiment", "compare", "a", "missing").exit_code == 2
        assert run("experiment", "compare", "a").exit_code == 2

    def test_has_help_of_its_own(self, run: Run) -> None:
        result = run("experiment", "compare", "--help")
        assert result.exit_code == 0
        assert result.stdout.startswith("Usage: cli experiment compare [OPTIONS] A B")
        assert "articlegraph experiment compare A B" in run("experiment", "--help").stdout

    def test_leaves_a_file_of_that_name_to_be_run(self, run: Run, linked: Path) -> None:
        Path("compare").write_text("strategies: [content]")
        result = run("experiment", "./compare", "--content", linked)
        assert result.exit_code == 0
        assert result.stdout.startswith("compare: hidden-links")


def test_splits_are_those_that_there_are() -> None:
    (option,) = (parameter for parameter in experiment.params if parameter.name == "split")
    assert list(option.type.choices) == list(SplitKind)  # type: ignore[attr-defined]


class TestProcess:
    """The program itself, with the strategies that there are."""

    def test_shows_on_a_terminal_what_it_does(self, tmp_path: Path, environment: dict[str, str]) -> None:
        command = program(
            "experiment", "--content", SEEDS, "--strategies", "popular,random", "-o", tmp_path / "out"
        )
        status, text = in_terminal(command, {**environment, "TERM": "xterm"})
        assert status == 0
        assert re.search(r"popular: (fitting|measuring)", text)
        assert "\u2501" in text
        assert re.search(r"^popular +0\.\d{3} ", text, re.M)
        assert written(tmp_path / "out") == FILES

    def test_shows_only_the_table_elsewhere(self, tmp_path: Path, environment: dict[str, str]) -> None:
        command = program("experiment", "--content", SEEDS, "--strategies", "random", "-o", tmp_path / "out")
        done = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT, env=environment)
        assert done.returncode == 0
        assert done.stderr == f"articlegraph: {tmp_path}/out: results.json, results.csv, report.html\n"
        assert "\x1b" not in done.stdout
        assert ": " not in done.stdout.partition("\n")[2]

    def test_does_what_the_guide_shows(self, tmp_path: Path, environment: dict[str, str]) -> None:
        for name in ("seeds", "experiments"):
            (tmp_path / name).symlink_to(SEEDS.parent / name)
        articlegraph = f"{shlex.quote(sys.executable)} -m graph"
        environment["PYTHONPATH"] = str(SEEDS.parent)
        text = (SEEDS.parent / "docs" / "experiments.md").read_text("utf-8")
        run = {"sh": ["sh", "-e", "-c"], "python": [sys.executable, "-c"]}
        for language, block in re.findall(r"^```(sh|python)\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            if "pip install" in block or "compare results/links" in block:
                continue
            command = [*run[language], re.sub("^articlegraph", articlegraph, block, flags=re.MULTILINE)]
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=LIMIT, env=environment, cwd=tmp_path
            )
            assert done.returncode == 0, done.stderr
        assert written(tmp_path / "mine") == FILES
        assert written(tmp_path / "results") == ["experiment", "links"]
