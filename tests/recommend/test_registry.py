"""Strategies are found by name, and one of another package is found once that is installed."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from library import SEEDS

from graph.knowledge import KnowledgeGraph
from graph.recommend import (
    DEFAULT,
    Items,
    Strategy,
    StrategyError,
    make_strategy,
    recommender_of,
    strategies,
    training_graph,
)
from graph.recommend.registry import parameters_of, strategy_named

DOCS = SEEDS.parent / "docs" / "recommendations.md"
OWN = [
    "hybrid",
    "personalized-pagerank",
    "adamic-adar",
    "linked",
    "content",
    "embedding",
    "popular",
    "random",
]


@pytest.fixture(autouse=True)
def _found_anew() -> Iterator[None]:
    strategies.cache_clear()
    yield
    strategies.cache_clear()


def test_the_default_comes_first_and_then_the_others_that_are_built_in() -> None:
    assert list(strategies()) == OWN
    assert OWN[0] == DEFAULT


@pytest.mark.parametrize("name", OWN)
def test_each_has_its_name_and_tells_what_it_does(name: str) -> None:
    kind = strategies()[name]
    assert kind.name == name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)
    assert re.fullmatch(r"[A-Z][^\n]+\.", kind.description)
    assert len(set(kind.evidence)) == len(kind.evidence) > 0
    assert issubclass(kind, Strategy)
    assert isinstance(make_strategy(name), kind)


@pytest.mark.parametrize("name", OWN)
def test_parameters_are_fields_with_defaults(name: str) -> None:
    made = make_strategy(name)
    assert dataclasses.is_dataclass(made)
    fields = {field.name: getattr(made, field.name) for field in dataclasses.fields(made) if field.init}
    assert parameters_of(type(made)) == fields


def test_every_strategy_is_documented_with_its_parameters_and_what_it_rests_on() -> None:
    table = re.findall(r"^\| `([a-z-]+)` \| (.*?) ?\| (.+?) \|", DOCS.read_text("utf-8"), re.MULTILINE)
    told = {name: (parameters, evidence) for name, parameters, evidence in table}
    assert list(told) == OWN
    for name, kind in strategies().items():
        parameters = ", ".join(f"`{key}={value}`" for key, value in parameters_of(kind).items())
        assert told[name] == (parameters, ", ".join(kind.evidence))


def test_a_strategy_is_made_with_parameters() -> None:
    made = make_strategy("personalized-pagerank", {"restart": 0.5})
    assert parameters_of(type(made)) == {"restart": 0.5, "tolerance": 1e-4}
    assert vars(made) == {"restart": 0.5, "tolerance": 1e-4}


def says(*words: str) -> str:
    return "^" + ".*".join(map(re.escape, words))


def test_an_unknown_name_lists_those_that_there_are() -> None:
    with pytest.raises(StrategyError, match=says("unknown strategy 'best'; known are: hybrid,", "random")):
        strategy_named("best")
    with pytest.raises(StrategyError, match=says("unknown strategy 'lnked'; did you mean 'linked'?; known")):
        make_strategy("lnked")


def test_an_unknown_parameter_lists_those_that_there_are() -> None:
    known = "; did you mean 'restart'?; its parameters are: restart, tolerance"
    with pytest.raises(StrategyError, match=says("personalized-pagerank has no parameter 'restrat'" + known)):
        make_strategy("personalized-pagerank", {"restrat": 0.5})
    with pytest.raises(StrategyError, match=says("linked has no parameter 'k'; it has none")):
        make_strategy("linked", {"k": 5})


def test_a_wrong_value_is_refused_by_the_strategy() -> None:
    with pytest.raises(StrategyError, match=says("personalized-pagerank: restart must be above 0 and")):
        make_strategy("personalized-pagerank", {"restart": 2})


def test_the_first_example_of_the_guide_runs(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(SEEDS.parent)
    monkeypatch.setenv("ARTICLEGRAPH_CACHE_DIR", str(tmp_path))
    exec(re.findall(r"^```python\n(.*?)^```", DOCS.read_text("utf-8"), re.DOTALL | re.MULTILINE)[0], {})
    assert [line[0] for line in capsys.readouterr().out.splitlines()] == ["1", "2", "3", "4", "5"]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the package that the documentation shows is installed, and nothing else."""
    section = DOCS.read_text("utf-8").split("## A strategy of your own\n", 1)[1]
    folder, target = tmp_path_factory.mktemp("package"), tmp_path_factory.mktemp("installed")
    shown = re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    for name, text in shown:
        (folder / name).write_text(text, "utf-8")
    assert [name for name, _ in shown] == ["title_words.py", "pyproject.toml"]
    pip = [sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "install", "--quiet"]
    subprocess.run(
        [*pip, "--no-index", "--no-deps", "--no-build-isolation", "--no-compile", "--target", target, folder],
        check=True,
        cwd=folder,
    )
    return target


def test_an_installed_package_s_strategy_is_one_like_all_others(
    installed: Path, monkeypatch: pytest.MonkeyPatch, seeds: KnowledgeGraph
) -> None:
    assert "title-words" not in strategies()
    strategies.cache_clear()
    monkeypatch.syspath_prepend(installed)
    assert list(strategies()) == [*OWN, "title-words"]
    assert Path(sys.modules["title_words"].__file__ or "").parent == installed
    read = seeds.article("/learn/graph-theory/questions/what-is-pagerank")
    assert read
    found = recommender_of(seeds).recommend([read], 3, strategy="title-words", include_linked=True)
    assert [one.strategy for one in found] == ["title-words"] * 3
    assert "PageRank" in found[0].article.title
    with pytest.raises(StrategyError, match=says("title-words: rarity must be at least 0, got -1")):
        make_strategy("title-words", {"rarity": -1})


def test_the_example_ranks_by_rare_words_in_titles(
    installed: Path, monkeypatch: pytest.MonkeyPatch, seeds: KnowledgeGraph
) -> None:
    monkeypatch.syspath_prepend(installed)
    graph = training_graph(seeds, Items(seeds.columns.number))
    strategy = make_strategy("title-words")
    strategy.fit(graph)
    titles = [{*graph.stems.title[item].tolist()} for item in range(len(graph))]
    having = Counter(word for words in titles for word in words)
    for item in range(0, len(graph), 7):
        worth = {
            other: sum(1 / having[word] for word in titles[item] & titles[other])
            for other in range(len(graph))
        }
        found = strategy.recommend(item, 5, np.array([item]))
        assert len(found.items) == 5
        assert found.scores == pytest.approx([worth[other] for other in found.items.tolist()], rel=1e-6)
        assert found.scores[0] == pytest.approx(max(worth[other] for other in worth if other != item))


Install = Callable[..., None]

GOOD = """
from graph.recommend import Strategy

class Good(Strategy):
    name = "good"
    description = "Good."
    def fit(self, graph): ...
    def recommend(self, item, k, exclude): ...
"""


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Have a package "shop" with a module of that name and entry points, as pip would put it there."""
    monkeypatch.syspath_prepend(tmp_path)

    def install(code: str, package: str = "shop", **points: str) -> None:
        (tmp_path / f"{package}.py").write_text(f"{GOOD}\n\n{code}\n")
        info = tmp_path / f"{package}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        lines = [f"{name} = {package}:{value}" for name, value in points.items()]
        (info / "entry_points.txt").write_text("[articlegraph.strategies]\n" + "\n".join(lines))
        monkeypatch.delitem(sys.modules, package, raising=False)

    return install


def test_strategies_of_other_packages_come_last_by_name(install: Install) -> None:
    install("class Better(Good):\n    name = 'better'", good="Good", better="Better")
    assert list(strategies()) == [*OWN, "better", "good"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise RuntimeError('no luck')", "cannot be imported: no luck"),
        ("import nothing_of_this_name", "cannot be imported: No module named 'nothing_of_this_name'"),
        ("", "cannot be imported: module 'shop' has no attribute 'Mine'"),
        ("class Mine: ...", "is no subclass of graph.recommend.Strategy"),
        ("Mine = Good()", "is no subclass of graph.recommend.Strategy"),
        ("class Mine(Good): name = 'other'", "lacks name = 'mine'"),
        (
            "class Mine(Strategy): ...",
            "lacks name = 'mine', a description, the method fit, the method recommend",
        ),
        (
            "class Mine(Good):\n    name = 'mine'\n    def __init__(self, depth, width=2): ...",
            "lacks a default for depth",
        ),
    ],
)
def test_a_package_that_is_wrong_is_named_with_what_is_wrong(install: Install, code: str, said: str) -> None:
    install(code, mine="Mine")
    for _ in range(2):  # the second time, too
        with pytest.raises(StrategyError, match=says(f"the strategy 'mine' of shop {said}") + "$"):
            strategies()


def test_a_name_is_taken_once(install: Install) -> None:
    install("", good="Good")
    install("", package="store", good="Good")
    with pytest.raises(StrategyError, match=says("the strategy 'good' of ", " has a name that is taken")):
        strategies()


def test_the_built_in_names_are_taken(install: Install) -> None:
    install("class Mine(Good): name = 'linked'", linked="Mine")
    with pytest.raises(StrategyError, match=says("the strategy 'linked' of shop has a name that is taken")):
        strategies()
