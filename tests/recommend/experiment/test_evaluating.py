"""An experiment from the graph to its results: the same every time, and clear about what goes wrong."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
import threadpoolctl
from library import Library

from graph.knowledge import KnowledgeGraph
from graph.recommend import registry
from graph.recommend.experiment import (
    ACCURACY,
    BEYOND_ACCURACY,
    Evaluation,
    ExperimentError,
    Plan,
    Progress,
    SplitKind,
    StrategyPlan,
    Timing,
    evaluate,
    run,
)
from graph.recommend.experiment.metrics import accuracy
from graph.recommend.experiment.splitting import Part, split
from graph.recommend.rows import Integers
from graph.recommend.strategy import Ranking, Strategy, best
from graph.recommend.training import Items, TrainingGraph, training_graph

from .hand import ByText, Near, Popular, links_of

ARTICLES, COPIES = 60, 6
FAST: Mapping[str, Any] = {"resamples": 100, "k": 5}


class Content(ByText):
    name: ClassVar[str] = "content"


@pytest.fixture(autouse=True)
def _known_strategies(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {kind.name: kind for kind in (Near, Content, Popular)}
    monkeypatch.setattr(registry, "_OWN", {})
    monkeypatch.setattr(registry, "strategies", lambda: known)


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeGraph]:
    """A circle of articles in three subjects, the first six of them twice; a copy links elsewhere."""
    library = Library(tmp_path_factory.mktemp("circle"))
    for number in range(ARTICLES):
        related = [f"a{(number + step) % ARTICLES:02}" for step in (1, 2, 4)]
        title = f"Group {'abcdefghijkl'[number // 5] * 3} number {number}"
        subject = None if number == 0 else f"Subject {number % 3}"
        library.write(f"a{number:02}", *related, title=title, subject=subject, id=number)
        if number < COPIES:
            library.write(f"copy{number}", f"a{number + 30:02}", title=title, subject="Subject 3", id=number)
    loaded = library.load()
    yield loaded
    loaded.close()


def without_times(evaluation: Evaluation) -> Evaluation:
    results = [dataclasses.replace(each, timing=Timing(0, 0, 0)) for each in evaluation.strategies]
    return dataclasses.replace(evaluation, strategies=tuple(results))


def test_strategies_are_measured_and_compared(graph: KnowledgeGraph) -> None:
    evaluation = evaluate(graph, ["near", ("near", {"own": False}), Popular], name="mine", **FAST)
    assert (evaluation.name, evaluation.complete, evaluation.graph_version) == ("mine", True, graph.version)
    assert [result.label for result in evaluation.strategies] == ["near", "near (own=False)", "most-linked"]
    assert [dict(result.parameters) for result in evaluation.strategies] == [
        {"power": 1.0, "own": True},
        {"power": 1.0, "own": False},
        {},
    ]
    for result in evaluation.strategies:
        assert [*result.accuracy] == [*ACCURACY]
        assert all(len(estimates) == 5 for estimates in result.accuracy.values())
        assert {*result.beyond} == {*BEYOND_ACCURACY}
        assert min(dataclasses.astuple(result.timing)) > 0
        assert not result.leak.leaks
    pairs = [
        (comparison.metric, comparison.first, comparison.second) for comparison in evaluation.comparisons
    ]
    assert pairs == [
        (metric, first, second)
        for metric in ("hit_rate", "mrr", "ndcg")
        for first, second in [
            ("near", "near (own=False)"),
            ("near", "most-linked"),
            ("near (own=False)", "most-linked"),
        ]
    ]
    assert evaluation.trials == ()


def test_one_strategy_or_metric_needs_no_list(graph: KnowledgeGraph) -> None:
    for one in ("near", Near, StrategyPlan(Near)):
        evaluation = evaluate(graph, one, articles=5, metrics="map", **FAST)
        assert [result.label for result in evaluation.strategies] == ["near"]
        assert evaluation.settings["metrics"] == ["map"]


def test_all_known_strategies_are_measured_where_none_is_named(graph: KnowledgeGraph) -> None:
    evaluation = evaluate(graph, **FAST)
    assert [result.label for result in evaluation.strategies] == ["near", "content", "most-linked"]


@pytest.mark.parametrize("kind", SplitKind)
def test_the_numbers_are_those_of_rankings_of_what_the_split_shows(
    graph: KnowledgeGraph, kind: SplitKind
) -> None:
    evaluation = evaluate(graph, ["near", "most-linked"], split=kind, articles=20, seed=3, **FAST)
    drawn = split(training_graph(graph, Items(graph.columns.number)), kind, 20, 1, seed=3)
    for result, strategy in zip(evaluation.strategies, (Near(), Popular()), strict=True):
        strategy.fit(drawn.graph)
        rankings = [
            strategy.recommend(int(item), 5, drawn.exclude[row]) for row, item in enumerate(drawn.items)
        ]
        expected = accuracy(rankings, drawn.truth, 5)
        for name in ACCURACY:
            means = [estimate.mean for estimate in result.accuracy[name]]
            assert means == pytest.approx(expected[name].mean(axis=0).tolist())
            assert all(each.low <= each.mean <= each.high for each in result.accuracy[name])
    first, second = (result.accuracy["mrr"][-1].mean for result in evaluation.strategies)
    (difference,) = (c.difference for c in evaluation.comparisons if c.metric == "mrr")
    assert difference.mean == pytest.approx(first - second)


def test_the_settings_are_enough_to_run_it_again(graph: KnowledgeGraph) -> None:
    evaluation = evaluate(
        graph,
        [("near", {"power": 2.0})],
        split="cold-start",
        articles=9,
        hide=0.5,
        seed=4,
        metrics=["map"],
        tune="recall",
        **FAST,
    )
    assert evaluation.settings == {
        "split": "cold-start", "articles": 9, "hide": 0.5, "k": 5, "seed": 4, "resamples": 100,
        "metrics": ["map"], "tune": "recall",
        "strategies": [{"strategy": "near", "parameters": {"power": 2.0}, "grid": {}}],
    }  # fmt: skip


def test_articles_items_and_links_are_counted(graph: KnowledgeGraph) -> None:
    counts = evaluate(graph, ["near"], articles=9, **FAST).counts
    assert counts == {
        "articles": ARTICLES + COPIES,
        "items": ARTICLES,
        "links": 3 * ARTICLES + COPIES,
        "hidden_links": 9,
        "test_items": 9,
    }


def test_copies_of_one_question_are_one_item_whose_links_are_hidden_in_all_of_them(
    graph: KnowledgeGraph,
) -> None:
    items = Items(graph.columns.number)
    whole = training_graph(graph, items)
    zero = int(items.of[graph.position("/copy0")])  # type: ignore[index]
    assert zero == items.of[graph.position("/a00")]  # type: ignore[index]
    assert {graph.columns.url[items.first[target]] for target in whole.outgoing[zero]} == {
        "/a01", "/a02", "/a04", "/a30"
    }  # fmt: skip
    seen: set[int] = set()
    for seed in range(12):
        drawn = split(whole, SplitKind.HIDDEN_LINKS, None, 1, seed)
        row = drawn.order[drawn.items].tolist().index(zero)
        (target,) = drawn.truth[row].tolist()
        assert target not in drawn.graph.outgoing[int(drawn.items[row])]
        seen.add(int(drawn.order[target]))
    assert len(seen) == 4


def test_test_items_are_grouped_by_degree_subject_and_copies(graph: KnowledgeGraph) -> None:
    evaluation = evaluate(graph, ["near"], **FAST)
    (result,) = evaluation.strategies
    sizes = {(stratum.dimension, stratum.value): stratum.items for stratum in result.strata}
    assert sizes == {
        ("degree", "4-7"): 60,
        ("subject", "Subject 0"): 19,
        ("subject", "Subject 1"): 20,
        ("subject", "Subject 2"): 20,
        ("subject", "Subject 3"): 1,
        ("copies", "without copies"): 54,
        ("copies", "with copies"): 6,
    }


def test_each_group_has_the_numbers_of_its_items(graph: KnowledgeGraph) -> None:
    (result,) = evaluate(graph, ["near"], articles=30, **FAST).strategies
    items = Items(graph.columns.number)
    drawn = split(training_graph(graph, items), SplitKind.HIDDEN_LINKS, 30, 1, seed=0)
    strategy = Near()
    strategy.fit(drawn.graph)
    rankings = strategy.recommend_all(drawn.items, 5, [drawn.exclude[row] for row in range(30)])
    values = accuracy(rankings, drawn.truth, 5)["ndcg"][:, -1]
    have_copies = items.copies.sizes[drawn.order[drawn.items]] > 1
    assert 0 < have_copies.sum() < 30
    found = {
        stratum.value: (stratum.items, stratum.metrics["ndcg"].mean)
        for stratum in result.strata
        if stratum.dimension == "copies"
    }
    assert found == {
        "with copies": (have_copies.sum(), pytest.approx(values[have_copies].mean())),
        "without copies": (30 - have_copies.sum(), pytest.approx(values[~have_copies].mean())),
    }


def test_the_same_seed_gives_the_same_digits(graph: KnowledgeGraph) -> None:
    plan = Plan((StrategyPlan(Near, grid={"power": [1.0, 0.5]}), StrategyPlan(Content)), articles=30, **FAST)
    first, second = (without_times(run(graph, plan)) for _ in range(2))
    assert first == second
    other = without_times(run(graph, dataclasses.replace(plan, seed=1)))
    assert other.strategies != first.strategies


def test_numpy_works_on_one_core_whatever_there_are(graph: KnowledgeGraph) -> None:
    threads = set()

    class Counting(Near):
        def fit(self, graph: TrainingGraph) -> None:
            super().fit(graph)
            threads.update(pool["num_threads"] for pool in threadpoolctl.threadpool_info())

        def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
            threads.update(pool["num_threads"] for pool in threadpoolctl.threadpool_info())
            return super().recommend(item, k, exclude)

    with threadpoolctl.threadpool_limits(2):
        evaluate(graph, [Counting], articles=2, **FAST)
        assert threads == {1}
        assert {pool["num_threads"] for pool in threadpoolctl.threadpool_info()} == {2}


def test_hidden_links_are_in_no_graph_that_a_strategy_is_fitted_to(graph: KnowledgeGraph) -> None:
    given: list[TrainingGraph] = []

    class Keeping(Near):
        def fit(self, graph: TrainingGraph) -> None:
            super().fit(graph)
            given.append(graph)

    plan = Plan((StrategyPlan(Keeping, grid={"power": [1.0, 2.0]}),), articles=20, **FAST)
    run(graph, plan)
    whole = training_graph(graph, Items(graph.columns.number))
    validation, test = (split(whole, plan.split, 20, 1, 0, part) for part in (Part.VALIDATION, Part.TEST))
    assert [links_of(each) for each in given] == [
        links_of(validation.graph), links_of(validation.graph), links_of(test.graph), set()
    ]  # fmt: skip


class Mistaken(Strategy):
    """Recommends what it is told to."""

    name: ClassVar[str] = "mistaken"
    description: ClassVar[str] = "Is wrong."
    make: ClassVar[Callable[[int, int, Integers], Any]]

    def fit(self, graph: TrainingGraph) -> None:
        pass

    def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
        return type(self).make(item, k, exclude)  # type: ignore[no-any-return]


def ranking(items: Any, scores: Any = None) -> Ranking:
    return Ranking(np.array(items), np.arange(len(items), 0, -1.0) if scores is None else np.array(scores))


def free(exclude: Integers, count: int) -> list[int]:
    return np.setdiff1d(np.arange(ARTICLES), exclude)[:count].tolist()


MISTAKES: dict[str, Callable[[int, int, Integers], Any]] = {
    "recommends an article that was excluded": lambda item, _k, _exclude: ranking([item]),
    "recommends an article twice": lambda _item, _k, exclude: ranking(free(exclude, 1) * 2),
    "recommends 6 articles where 5 were": lambda _item, k, exclude: ranking(free(exclude, k + 1)),
    "numbered from 0 to 59": lambda _item, _k, _exclude: ranking([60]),
    "an item that there is not": lambda _item, _k, _exclude: ranking([-1]),
    "scores must descend": lambda _item, _k, exclude: ranking(free(exclude, 2), [1.0, 2.0]),
    "a score that is no number": lambda _item, _k, exclude: ranking(free(exclude, 2), [1.0, np.nan]),
    "as many scores": lambda _item, _k, exclude: ranking(free(exclude, 2), [1.0]),
    "must give items, whole numbers": lambda _item, _k, exclude: ranking([0.5]),
    "floating-point numbers": lambda _item, _k, exclude: ranking(free(exclude, 1), ["1"]),
    "gives a list where a Ranking is due": lambda _item, _k, exclude: free(exclude, 1),
}


@pytest.mark.parametrize("message", MISTAKES)
def test_a_ranking_that_is_none_is_an_error_that_names_the_strategy(
    graph: KnowledgeGraph, message: str
) -> None:
    wrong = type("Wrong", (Mistaken,), {"make": staticmethod(MISTAKES[message])})
    with pytest.raises(ExperimentError, match=f"^mistaken .*{message}.*, for the article 'Group "):
        evaluate(graph, [wrong], **FAST)


def test_rankings_made_one_at_a_time_are_looked_at_too(graph: KnowledgeGraph) -> None:
    class Wrong(Mistaken):
        def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
            return ranking([item])

        def recommend_all(self, items: Any, k: int, exclude: Any) -> list[Ranking]:
            return [ranking(free(left, k)) for left in exclude]

    with pytest.raises(ExperimentError, match="recommends an article that was excluded"):
        evaluate(graph, [Wrong], **FAST)


def test_a_ranking_for_each_item_is_due(graph: KnowledgeGraph) -> None:
    class Short(Near):
        def recommend_all(self, items: Any, k: int, exclude: Any) -> list[Ranking]:
            return super().recommend_all(items, k, exclude)[1:]

    with pytest.raises(ExperimentError, match="near: recommend_all must give a list of one ranking for each"):
        evaluate(graph, [Short], **FAST)


@pytest.mark.parametrize("method", ["fit", "recommend", "recommend_all"])
def test_what_fails_inside_a_strategy_is_told_with_its_cause(graph: KnowledgeGraph, method: str) -> None:
    def fail(*_arguments: object) -> None:
        raise ZeroDivisionError("by zero")

    def answer_all(self: Near, items: Integers, k: int, exclude: Any) -> list[Ranking]:
        return [ranking(free(left, k)) for left in exclude]

    broken = type("Broken", (Near,), {"recommend_all": answer_all} | {method: fail})
    with pytest.raises(ExperimentError, match=f"near: {method} failed: ZeroDivisionError: by zero") as caught:
        evaluate(graph, [broken], **FAST)
    assert isinstance(caught.value.__cause__, ZeroDivisionError)


def test_who_writes_into_the_graph_is_told_so(graph: KnowledgeGraph) -> None:
    class Writing(Near):
        def fit(self, graph: TrainingGraph) -> None:
            graph.outgoing.values[:] = 0

    with pytest.raises(ExperimentError, match=r"near: fit failed: ValueError: .*read-only"):
        evaluate(graph, [Writing], **FAST)


@pytest.mark.parametrize("argument", [0, 2])
def test_who_writes_into_what_it_is_asked_is_told_so(graph: KnowledgeGraph, argument: int) -> None:
    class Writing(Near):
        def recommend_all(self, items: Any, k: int, exclude: Any) -> list[Ranking]:
            rankings = super().recommend_all(items, k, exclude)
            (items if argument == 0 else exclude[0])[:] = 0
            return rankings

    with pytest.raises(ExperimentError, match=r"near: recommend_all failed: ValueError: .*read-only"):
        evaluate(graph, [Writing], **FAST)


def test_who_answers_otherwise_when_asked_again_is_told_so(graph: KnowledgeGraph) -> None:
    class Moody(Near):
        def fit(self, graph: TrainingGraph) -> None:
            super().fit(graph)
            self._asked = 0

        def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
            self._asked += 1
            found = super().recommend(item, k, exclude)
            return Ranking(found.items[self._asked % 2 :], found.scores[self._asked % 2 :])

    with pytest.raises(
        ExperimentError, match="near gives other answers when asked again, for the article 'Gr"
    ):
        evaluate(graph, [Moody], articles=7, **FAST)


@pytest.mark.parametrize("method", ["fit", "recommend"])
def test_who_ends_the_process_is_told_so(graph: KnowledgeGraph, method: str) -> None:
    def leave(*_arguments: object) -> None:
        raise SystemExit(3)

    with pytest.raises(ExperimentError, match=rf"near: {method}(_all)? failed: SystemExit: 3"):
        evaluate(graph, [type("Leaving", (Near,), {method: leave})], **FAST)


@pytest.mark.parametrize(
    "wrong", [("near", 3), ("near",), ("near", {}, {}, 1), ({}, {}), {"power": 1}, 5, ("near", {3: 1})]
)
def test_what_is_no_choice_of_a_strategy_is_told_with_what_is(graph: KnowledgeGraph, wrong: Any) -> None:
    with pytest.raises(ExperimentError, match=r"a tuple of either and its parameters|no parameter 3"):
        evaluate(graph, [wrong])


def test_what_is_no_list_of_strategies_is_told_so(graph: KnowledgeGraph) -> None:
    with pytest.raises(ExperimentError, match="5 is no strategy: give a name"):
        evaluate(graph, 5)  # type: ignore[arg-type]


def test_all_articles_are_asked_for_by_name_too(graph: KnowledgeGraph) -> None:
    found = evaluate(graph, ["near"], articles="all", **FAST)
    assert (found.settings["articles"], found.counts["test_items"]) == (None, ARTICLES)


def test_of_a_grid_the_best_on_the_validation_part_is_measured(graph: KnowledgeGraph) -> None:
    fitted = []

    class Telling(Near):
        def fit(self, graph: TrainingGraph) -> None:
            super().fit(graph)
            fitted.append({"own": self.own, "power": self.power})

    grid = {"own": [False, True], "power": [1.0, 2.0]}
    plan = Plan((StrategyPlan(Telling, grid=grid), StrategyPlan(Popular)), articles=30, tune="recall", **FAST)
    evaluation = run(graph, plan)
    assert [trial.parameters for trial in evaluation.trials] == [
        {"own": own, "power": power} for own in (False, True) for power in (1.0, 2.0)
    ]
    drawn = split(training_graph(graph, Items(graph.columns.number)), plan.split, 30, 1, 0, Part.VALIDATION)
    for trial in evaluation.trials:
        strategy = Near(**trial.parameters)
        strategy.fit(drawn.graph)
        rankings = strategy.recommend_all(drawn.items, 5, [drawn.exclude[row] for row in range(30)])
        assert trial.score == pytest.approx(accuracy(rankings, drawn.truth, 5)["recall"][:, -1].mean())
    scores = [trial.score for trial in evaluation.trials]
    assert len(set(scores)) > 1
    chosen = [trial.chosen for trial in evaluation.trials]
    assert chosen.index(True) == scores.index(max(scores))
    assert chosen.count(True) == 1
    result = evaluation.strategies[0]
    assert fitted[4:] == [evaluation.trials[chosen.index(True)].parameters] * 2  # to test, and for leaks
    assert result.parameters == evaluation.trials[chosen.index(True)].parameters
    assert result.label == "near (own tuned, power tuned)"


def test_of_equals_in_a_grid_the_first_is_taken(graph: KnowledgeGraph) -> None:
    class Same(Near):
        def __init__(self, *, color: str = "red") -> None:
            super().__init__()

    evaluation = run(graph, Plan((StrategyPlan(Same, grid={"color": ["blue", "green"]}),), **FAST))
    assert [trial.chosen for trial in evaluation.trials] == [True, False]
    assert evaluation.strategies[0].parameters == {"color": "blue"}


def test_an_interrupt_leaves_what_was_finished(graph: KnowledgeGraph) -> None:
    class Interrupted(Near):
        name: ClassVar[str] = "interrupted"

        def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
            raise KeyboardInterrupt

    told: list[Evaluation] = []
    plan = Plan(tuple(map(StrategyPlan, (Near, Popular, Interrupted, Content))), **FAST)
    evaluation = run(graph, plan, on_result=told.append)
    assert not evaluation.complete
    assert [result.label for result in evaluation.strategies] == ["near", "most-linked"]
    assert len(evaluation.comparisons) == 3
    assert told[-1] == evaluation


def test_each_result_is_told_as_soon_as_it_is_known(graph: KnowledgeGraph) -> None:
    told: list[Evaluation] = []
    plan = Plan((StrategyPlan(Near), StrategyPlan(Content), StrategyPlan(Popular)), **FAST)
    evaluation = run(graph, plan, on_result=told.append)
    assert [len(each.strategies) for each in told] == [1, 2, 3]
    assert [len(each.comparisons) for each in told] == [0, 3, 9]
    assert [each.complete for each in told] == [False, False, True]
    assert told[-1] == evaluation


def test_progress_counts_every_step(graph: KnowledgeGraph) -> None:
    steps: list[Progress] = []
    plan = Plan((StrategyPlan(Near, grid={"power": [1.0, 2.0]}), StrategyPlan(Popular)), **FAST)
    run(graph, plan, on_progress=steps.append)
    assert [step.done for step in steps] == list(range(steps[0].total))
    assert [(step.strategy, step.step) for step in steps[:4]] == [
        ("", "hiding links"),
        ("near (power tuned)", "trying power=1.0"),
        ("near (power tuned)", "trying power=2.0"),
        ("near (power tuned)", "fitting"),
    ]
    assert steps[-1].strategy == "most-linked"


def test_who_knows_the_hidden_links_is_found_out_and_compared_with_nobody(graph: KnowledgeGraph) -> None:
    whole = training_graph(graph, Items(graph.columns.number))

    class Cheat(Near):
        """It has the whole graph in a variable, and finds articles there by their titles."""

        name: ClassVar[str] = "cheat"

        def fit(self, graph: TrainingGraph) -> None:
            there = {whole.text(item).title: item for item in range(len(whole))}
            self._there = [there[graph.text(item).title] for item in range(len(graph))]
            self._here = np.argsort(self._there)

        def recommend(self, item: int, k: int, exclude: Integers) -> Ranking:
            linked = self._here[whole.outgoing[self._there[item]]]
            return best(linked, np.ones(len(linked)), k, exclude)

    evaluation = evaluate(graph, ["near", Cheat, "most-linked"], **FAST)
    results = {result.label: result for result in evaluation.strategies}
    assert results["cheat"].accuracy["hit_rate"][-1].mean == 1
    assert {label: result.leak.leaks for label, result in results.items()} == {
        "near": False, "cheat": True, "most-linked": False
    }  # fmt: skip
    assert {(c.first, c.second) for c in evaluation.comparisons} == {("near", "most-linked")}


def test_p_values_are_corrected_for_their_number(graph: KnowledgeGraph) -> None:
    comparisons = evaluate(graph, seed=2, **FAST).comparisons
    for metric in ("hit_rate", "mrr", "ndcg"):
        p = sorted(c.p for c in comparisons if c.metric == metric)
        corrected = sorted(c.p_corrected for c in comparisons if c.metric == metric)
        assert corrected[0] == pytest.approx(min(1, 3 * p[0]))


def test_an_empty_graph_is_refused(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.write("untitled", title="")
    empty = library.load()
    assert empty.article_count == 0
    with pytest.raises(ExperimentError, match="the graph is empty"):
        evaluate(empty, ["near"], **FAST)


def test_a_graph_without_links_is_refused(tmp_path: Path) -> None:
    library = Library(tmp_path)
    library.write("a")
    library.write("b")
    with pytest.raises(ExperimentError, match="leaves no test links"):
        evaluate(library.load(), ["near"], **FAST)


def test_what_a_plan_refuses_is_refused_first(graph: KnowledgeGraph) -> None:
    with pytest.raises(ExperimentError, match="unknown strategy 'nera'; did you mean 'near'"):
        evaluate(graph, ["nera"])
    with pytest.raises(ExperimentError, match="split: unknown split 'cold'"):
        evaluate(graph, ["near"], split="cold")
    with pytest.raises(ExperimentError, match="k must be a whole number from 1 to 100, not 0"):
        evaluate(graph, ["near"], k=0)
