"""An experiment's YAML file: what may stand in it, and what is said where it is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from library import SEEDS

from graph.recommend import Ranking, Strategy, TrainingGraph, registry
from graph.recommend.experiment import (
    ACCURACY,
    BEYOND_ACCURACY,
    ExperimentError,
    Plan,
    SplitKind,
    StrategyPlan,
)
from graph.recommend.experiment.reading import read_plan
from graph.recommend.experiment.sheet import MAX_BYTES
from graph.recommend.rows import Integers
from graph.recommend.strategy import NOTHING

GUIDE = SEEDS.parent / "docs" / "experiments.md"
Read = Callable[[str], tuple[Plan, Path | None]]
Mistakes = Callable[[str], list[str]]


class Hybrid(Strategy):
    name = "hybrid"
    description = "Takes parameters."

    def __init__(self, weight: float = 1.0, steps: int = 2) -> None:
        if not 0 <= weight <= 1:
            raise ValueError(f"weight must be from 0 to 1, not {weight}")
        self.weight, self.steps = weight, steps

    def fit(self, graph: TrainingGraph) -> None:
        pass

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        return NOTHING


class Content(Hybrid):
    name = "content"


@pytest.fixture(autouse=True)
def _two_strategies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_OWN", {})
    monkeypatch.setattr(registry, "strategies", lambda: {"hybrid": Hybrid, "content": Content})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.yaml"


@pytest.fixture
def read(file: Path) -> Read:
    def write_and_read(text: str) -> tuple[Plan, Path | None]:
        file.write_text(text, "utf-8")
        return read_plan(file)

    return write_and_read


@pytest.fixture
def mistakes(read: Read, file: Path) -> Mistakes:
    """The lines of the message, without the file that each begins with."""

    def told(text: str) -> list[str]:
        with pytest.raises(ExperimentError) as caught:
            read(text)
        lines = str(caught.value).splitlines()
        assert [line for line in lines if not line.startswith(f"{file}:")] == []
        return [line.removeprefix(f"{file}:") for line in lines]

    return told


class TestPlan:
    def test_needs_only_strategies(self, read: Read) -> None:
        plan, content = read("strategies: [content, hybrid]")
        assert plan == Plan((StrategyPlan(Content), StrategyPlan(Hybrid)), name="mine")
        assert content is None

    def test_has_all_that_the_file_says(self, read: Read, tmp_path: Path) -> None:
        plan, content = read(
            """\
            name: 2024
            content: ../articles
            split: {kind: cold-start, articles: 500, hide: 0.25}
            strategies: [content]
            k: 5
            seed: 7
            resamples: 1_000
            metrics: [map, recall]
            tune: ndcg
            """
        )
        assert plan == Plan(
            (StrategyPlan(Content),),
            name="2024",
            split=SplitKind.COLD_START,
            articles=500,
            hide=0.25,
            k=5,
            seed=7,
            resamples=1000,
            metrics=("map", "recall"),
            tune="ndcg",
        )
        assert type(plan.split) is SplitKind
        assert content == tmp_path / "../articles"

    def test_may_ask_for_all_articles(self, read: Read) -> None:
        assert read("{strategies: [content], split: {articles: all}}")[0].articles is None

    def test_takes_parameters_beside_the_name_or_apart(self, read: Read) -> None:
        beside, apart, tuned = read(
            """\
            strategies:
            - name: content
              weight: 1e-3
            - name: content
              parameters: {weight: 0.5, steps: 3}
            - name: hybrid
              steps: 4
              grid: {weight: [0, 0.5, 1]}
            """
        )[0].strategies
        assert beside == StrategyPlan(Content, {"weight": 0.001})
        assert apart == StrategyPlan(Content, {"weight": 0.5, "steps": 3})
        assert tuned == StrategyPlan(Hybrid, {"steps": 4}, {"weight": [0, 0.5, 1]})

    def test_takes_a_content_folder_that_is_absolute_as_it_is(self, read: Read, tmp_path: Path) -> None:
        assert read(f"strategies: [content]\ncontent: {tmp_path}")[1] == tmp_path

    def test_may_begin_with_a_byte_order_mark(self, read: Read) -> None:
        assert read("\ufeffstrategies: [content]")[0].name == "mine"


class TestMistakes:
    """Each is told with line and column, what is wrong, and what would be right."""

    def test_in_a_key(self, mistakes: Mistakes) -> None:
        assert mistakes("strategies: [content]\nmetrcs: [mrr]") == [
            "2:1: unknown key 'metrcs'; did you mean 'metrics'?; known are: "
            "content, split, strategies, name, k, seed, resamples, metrics, tune"
        ]

    def test_in_a_key_of_the_split(self, mistakes: Mistakes) -> None:
        assert mistakes("strategies: [content]\nsplit:\n  articels: 3") == [
            "3:3: split: unknown key 'articels'; did you mean 'articles'?; known are: kind, articles, hide"
        ]

    def test_in_a_parameter(self, mistakes: Mistakes) -> None:
        assert mistakes("strategies:\n- {name: content, wieght: 1}") == [
            "2:19: content has no parameter 'wieght'; did you mean 'weight'?; "
            "known are: weight, steps, parameters, grid"
        ]
        assert mistakes("strategies:\n- {name: content, parameters: {grid: 1}}") == [
            "2:32: content has no parameter 'grid'; known are: weight, steps"
        ]

    def test_in_a_key_beside_parameters(self, mistakes: Mistakes) -> None:
        (told,) = mistakes("strategies:\n- {name: content, gird: {weight: [1]}}")
        assert told.startswith("2:19: content has no parameter 'gird'; did you mean 'grid'?")

    def test_in_a_grid(self, mistakes: Mistakes) -> None:
        text = "strategies:\n- name: content\n  grid:\n    weight: [0, 2]\n    steps: 3\n    stems: [1]\n"
        assert mistakes(text) == [
            "4:17: content: weight must be from 0 to 1, not 2",
            "5:12: steps: '3' where a list of values to try should be",
            "6:5: content has no parameter 'stems'; did you mean 'steps'?; known are: weight, steps",
        ]
        (told,) = mistakes("strategies:\n- {name: content, weight: 1, grid: {weight: [0, 1]}}")
        assert told.startswith("2:10: content: weight has a value and a grid")

    def test_in_a_value_of_a_parameter(self, mistakes: Mistakes) -> None:
        assert mistakes("strategies:\n- name: content\n  weight: 3") == [
            "3:11: content: weight must be from 0 to 1, not 3"
        ]
        (told,) = mistakes("strategies:\n- name: content\n  weight: [3]")
        assert told.startswith("3:11: content: ")

    def test_in_the_name_of_a_strategy(self, mistakes: Mistakes) -> None:
        wanted = "unknown strategy 'contnt'; did you mean 'content'?; known are: hybrid, content"
        assert mistakes("strategies: [hybrid, contnt]") == [f"1:22: {wanted}"]
        assert mistakes("strategies:\n- name: contnt") == [f"2:9: {wanted}"]

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("k: 0", "4: k must be a whole number from 1 to 100, not 0"),
            ("k: ten", "4: k must be a whole number from 1 to 100, not 'ten'"),
            ("k: true", "4: k must be a whole number from 1 to 100, not True"),
            ("k: 1.5", "4: k must be a whole number from 1 to 100, not 1.5"),
            ("seed: -1", "7: seed must be a whole number from 0, not -1"),
            ("name:", "6: name: nothing where a text should be"),
            ("content: []", "10: content: a list where a text should be"),
            ("metrics: mrr", "10: metrics: 'mrr' where a list should be"),
            ("metrics: [mrr, {}]", "16: metrics: a mapping where a text should be"),
            ("split: cold-start", "8: split: 'cold-start' where a mapping should be"),
            ("split: {kind: cold}", "15: split: unknown split 'cold'"),
            ("split: {hide: 1.5}", "15: hide must be a whole number of links from 1, or a share"),
            ("split: {articles: some}", "19: articles must be a whole number from 1"),
            ("tune: hit_rat", "7: tune: unknown metric 'hit_rat'; did you mean 'hit_rate'?"),
            ("metrics: [mmr]", "10: metrics: unknown metric 'mmr'; did you mean 'mrr'?"),
        ],
    )
    def test_in_a_value(self, mistakes: Mistakes, line: str, told: str) -> None:
        (mistake,) = mistakes(f"strategies: [content]\n{line}")
        assert mistake.startswith(f"2:{told}")

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("k: 3", "1:1: no strategies; add a line such as 'strategies: [hybrid, content]'"),
            ("strategies: []", "1:13: strategies: an empty list where names should be"),
            ("strategies: content", "1:13: strategies: 'content' where names should be"),
            ("strategies: [{weight: 1}]", "1:14: a strategy without a name; write it as '- name: content'"),
            ("strategies: [[content]]", "1:14: strategy: a list where a text should be"),
            ("strategies: [{name: content, grid: 3}]", "1:36: grid: '3' where a mapping should be"),
            ("strategies: [content, content]", "1:1: strategies: content is there 2 times"),
            (
                "strategies: [{name: content, steps: 3, parameters: {steps: 3}}]",
                "1:53: 'steps' stands twice, here and beside the strategy's name",
            ),
        ],
    )
    def test_in_the_strategies(self, mistakes: Mistakes, text: str, told: str) -> None:
        (mistake,) = mistakes(text)
        assert mistake.startswith(told)

    def test_of_keys_that_stand_twice(self, mistakes: Mistakes) -> None:
        assert mistakes("k: 1\nstrategies: [content]\nk: 2") == [
            "3:1: 'k' stands twice, first in line 1; delete one of them"
        ]
        assert mistakes("strategies: [{name: content, steps: 1, steps: 2}]") == [
            "1:40: 'steps' stands twice, first in line 1; delete one of them"
        ]

    def test_are_told_all_at_once_in_order(self, mistakes: Mistakes) -> None:
        told = mistakes("k: 0\nstrategies: [contnt]\nsplit: {hide: 0}\nk: 3\nsed: 3")
        assert [line.split(": ")[0] for line in told] == ["1:4", "2:14", "3:15", "4:1", "5:1"]


class TestNoPlan:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("", "1:1: the file is empty"),
            ("# nothing\n", "1:1: the file is empty"),
            ("- content", "1:1: the file is a list; write it as 'key: value' lines"),
            ("content", "1:1: the file is 'content'; write it"),
            ("k: 1\nk: b: c", "2:5: mapping values are not allowed here"),
            ("k: 1\n--- \nk: 2", "2:1: expected a single document in the stream, but found another document"),
            ("k: [1", "1:6: while parsing a flow sequence, expected ',' or ']'"),
            ("a: 1\nk: \x07", "2:4: a character that YAML does not allow"),
            ('k: "\\U99999999"', "1:1: an escape that is no character"),
            ("? [a]\n: b\nstrategies: [content]", "1:3: a list as a key; keys are plain names"),
        ],
    )
    def test_is_told_with_its_place(self, mistakes: Mistakes, text: str, told: str) -> None:
        (mistake,) = mistakes(text)
        assert mistake.startswith(told)

    def test_is_what_is_not_utf8(self, file: Path) -> None:
        file.write_bytes("k: 1\nname: Graph für".encode("latin-1"))
        with pytest.raises(ExperimentError, match=r"mine.yaml:2:14: not UTF-8; save the file as UTF-8"):
            read_plan(file)

    def test_is_what_could_take_long_or_make_objects(self, mistakes: Mistakes, file: Path) -> None:
        bomb = "a: &a [x, x]\n" + "".join(
            f"{b}: &{b} [*{a}, *{a}]\n" for a, b in zip("abcd", "bcde", strict=True)
        )
        assert mistakes(bomb) == ["2:8: the alias *a; write the value itself"]
        assert mistakes("a: &a [*a]") == ["1:8: the alias *a; write the value itself"]
        assert mistakes("k: !!python/object/apply:os.system [ls]") == ["1:4: a YAML tag; write a plain value"]
        assert mistakes("k: " + "[" * 10_000) == ["1:24: lists and mappings nest deeper than 20"]
        (told,) = mistakes(f"strategies: [content]\nk: {'1:' * 20_000}1")
        assert told.startswith("2:4: k must be a whole number")
        (told,) = mistakes("strategies: [content]\nk: 0x_")
        assert told.startswith("2:4: k must be a whole number")
        file.write_bytes(b"#" * (MAX_BYTES + 1))
        with pytest.raises(ExperimentError, match="more than 100,000 bytes"):
            read_plan(file)

    def test_is_a_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(FileNotFoundError):
            read_plan(tmp_path / "missing.yaml")


class TestDocumentation:
    @pytest.mark.parametrize("name", ["links", "cold-start"])
    def test_has_examples_over_the_sample_articles(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.undo()
        plan, content = read_plan(SEEDS.parent / "experiments" / f"{name}.yaml")
        assert plan.name == name
        assert content is not None
        assert content.resolve() == SEEDS

    def test_has_an_example_with_every_key(self, monkeypatch: pytest.MonkeyPatch, file: Path) -> None:
        monkeypatch.undo()
        (text,) = re.findall(r"^```yaml\n(.*?)^```", GUIDE.read_text("utf-8"), re.DOTALL | re.MULTILINE)
        file.write_text(text)
        plan, _ = read_plan(file)
        assert plan.name == "tuned"
        assert {key.partition(".")[0] for key in keys()} == set(re.findall(r"^(\w+):", text, re.MULTILINE))

    def test_tells_every_key_with_its_default_and_no_other(self, mistakes: Mistakes) -> None:
        told = "\n".join(mistakes("strategies: [content]\nx: 1\nsplit: {x: 1}"))
        known = [found.split(", ") for found in re.findall(r"known are: ([a-z, ]+)", told)]
        assert keys().keys() == {*known[0], *(f"split.{key}" for key in known[1])} - {"split"}
        plan = Plan((StrategyPlan(Content),))
        fields = {"split.kind": "split", "split.articles": "articles", "split.hide": "hide"}
        for key, default in keys().items():
            if default.startswith("`"):
                default = default.strip("`[]").replace(", ", ",")
            value = getattr(plan, fields.get(key, key), "")
            shown = ",".join(value) if key == "metrics" else value
            assert default in {"", "the file's name", str(shown)}, key

    def test_tells_every_metric_and_no_other(self) -> None:
        text = GUIDE.read_text("utf-8").split("## Metrics\n")[1].split("\n## ")[0]
        assert re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE) == [*ACCURACY, *BEYOND_ACCURACY]


def keys() -> dict[str, str]:
    """The documented keys with their defaults."""
    text = GUIDE.read_text("utf-8").split("## The file\n")[1].split("| key of a strategy")[0]
    return dict(re.findall(r"^\| `([\w.]+)` \| (.*?) ?\| ", text, re.MULTILINE))
