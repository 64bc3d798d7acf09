"""The command that compares strategies offline."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ..corpus import ContentOptions
from .messages import UNUSABLE, fail, note
from .options import cache_option, content_options, load_quietly

if TYPE_CHECKING:
    from ..knowledge import KnowledgeGraph
    from ..recommend.experiment import Evaluation, Plan, Progress

INTERRUPTED = 130
"""Exit status: ended by Ctrl-C, as shells have it."""
_RESULTS = Path("results")
_PLAIN_WIDTH = 80
_LEAST_WIDTH = 60
_PACKAGES = ("jinja2", "matplotlib", "pytrec_eval", "scipy")
"""Those of the extra that a run needs."""


class _Experiment(click.Command):
    """A command whose first argument may be `compare`, which is a command of its own."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if args[:1] == ["compare"]:
            return compare.make_context(f"{info_name} compare", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)


def _list_strategies(context: click.Context, _: click.Parameter, wanted: bool) -> None:
    if not wanted:
        return
    from ..recommend.registry import parameters_of, strategies

    with _failures():
        for name, kind in strategies().items():
            told = ", ".join(f"{key}={value}" for key, value in parameters_of(kind).items())
            click.echo(f"{name}\n    {kind.description}\n    parameters: {told or 'none'}")
    context.exit()


def _names(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    return None if value is None else tuple(name.strip() for name in value.split(",") if name.strip())


def _number(_: click.Context, __: click.Parameter, value: str | None) -> int | float | str | None:
    """A number where it is one; what else may stand there is the plan's to know."""
    for kind in (int, float):
        with contextlib.suppress(ValueError):
            return None if value is None else kind(value)
    return value


def _new_or_empty(_: click.Context, __: click.Parameter, value: Path | None) -> Path | None:
    if value is not None and value.is_dir() and any(value.iterdir()):
        hint = f"name a new folder, or leave it out for one in {_RESULTS}/"
        raise click.BadParameter(f"{value} is not empty; {hint}")
    return value


@click.command(
    cls=_Experiment,
    epilog="""
\b
To see what changed between the results of two runs:
  articlegraph experiment compare A B""",
)
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--content",
    type=click.Path(path_type=Path),
    help="The articles: a folder of Markdown files or a snapshot.",
)
@click.option(
    "--strategies",
    callback=_names,
    metavar="NAME,...",
    help="What is compared; those that FILE has too keep its parameters.",
)
@click.option(
    "--list-strategies",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list_strategies,
    help="Print the strategies that there are, with their parameters, and exit.",
)
@click.option("--split", type=click.Choice(["hidden-links", "cold-start"]), help="How links are hidden.")
@click.option("--articles", callback=_number, metavar="N|all", help="How many test articles.")
@click.option(
    "--hide", callback=_number, metavar="N|SHARE", help="How many links of each test article are hidden."
)
@click.option("--k", type=int, metavar="N", help="How many recommendations are asked for.")
@click.option("--seed", type=int, metavar="N", help="Of everything that is drawn.")
@click.option("--metrics", callback=_names, metavar="NAME,...", help="What is shown and compared.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    callback=_new_or_empty,
    help="A new or empty folder for the results.  [default: results/NAME, results/NAME-2, ...]",
)
@cache_option
@content_options
def experiment(
    file: Path | None,
    content: Path | None,
    output: Path | None,
    cache_dir: Path | None,
    follow_symlinks: bool,
    max_file_size: int,
    verify: bool,
    **choices: Any,
) -> None:
    """Compare recommendation strategies: hide links, and see which strategies find them.

    FILE is a YAML file such as experiments/links.yaml; docs/experiments.md tells what may stand in it.
    Options replace what it says. Without it, --content is needed, and all strategies are measured.
    """
    with _failures():
        plan, named = _planned(file, choices) if file or content else (None, None)
        content = content or named
        if plan is None or content is None:
            raise click.UsageError("no content: give --content FOLDER, or FILE a line 'content: FOLDER'")
        _check_packages()
        options = ContentOptions(max_file_size=max_file_size, follow_symlinks=follow_symlinks)
        graph = load_quietly(content, cache_dir, options, verify=verify)
        with _created(output or _unused(plan.name)) as folder:
            complete = _run(graph, plan, folder)
    if not complete:
        fail("interrupted", INTERRUPTED)


@click.command()
@click.argument("a", type=click.Path(exists=True, path_type=Path))
@click.argument("b", type=click.Path(exists=True, path_type=Path))
def compare(a: Path, b: Path) -> None:
    """Print what changed from the results A to the results B.

    Each is a folder that `articlegraph experiment` wrote, or the results.json in it. Where both runs hid
    the same links, differences are tested article by article.
    """
    with _failures():
        from ..recommend.experiment.comparing import compare_runs
        from ..recommend.experiment.files import read_results
        from .changes import changes

        click.echo(changes(compare_runs(read_results(a), read_results(b)), _width()))


@contextlib.contextmanager
def _failures() -> Iterator[None]:
    """What the user can set right is a message, and Ctrl-C a status."""
    from ..recommend import StrategyError
    from ..recommend.experiment import ExperimentError

    try:
        yield
    except (ExperimentError, StrategyError) as error:
        *others, last = str(error).splitlines()
        for line in others:
            note(line)
        fail(last, UNUSABLE)
    except KeyboardInterrupt:
        fail("interrupted", INTERRUPTED)


def _planned(file: Path | None, choices: dict[str, Any]) -> tuple[Plan, Path | None]:
    """What to do, and the content that the file names."""
    from ..recommend import strategies
    from ..recommend.experiment import Plan, SplitKind, strategy_plan
    from ..recommend.experiment.reading import read_plan

    changes = {name: value for name, value in choices.items() if value is not None}
    if "split" in changes:
        changes["split"] = SplitKind(changes["split"])
    if changes.get("articles") == "all":
        changes["articles"] = None
    plan, content = read_plan(file) if file else (None, None)
    names = changes.pop("strategies", None)
    if names is not None:
        planned = plan.strategies if plan else ()
        changes["strategies"] = tuple(
            each
            for name in names
            for each in [known for known in planned if known.name == name] or [strategy_plan(name)]
        )
    if plan:
        return dataclasses.replace(plan, **changes), content
    if names is None:
        changes["strategies"] = tuple(map(strategy_plan, strategies()))
    return Plan(**changes), None


def _check_packages() -> None:
    """Now rather than after minutes of work."""
    from ..recommend.experiment.extra import extra

    for package in _PACKAGES:
        extra(package)


def _unused(name: str) -> Path:
    """A folder for results that does not exist yet."""
    safe = re.sub(r"[^\w.-]+", "-", name).strip(".-") or "experiment"
    names = itertools.chain([safe], (f"{safe}-{number}" for number in itertools.count(2)))
    return next(_RESULTS / name for name in names if not (_RESULTS / name).exists())


@contextlib.contextmanager
def _created(folder: Path) -> Iterator[Path]:
    """A folder, which goes again where nothing was written to it."""
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError):  # not empty: results are in it
            for each in made:
                each.rmdir()


def _run(graph: KnowledgeGraph, plan: Plan, folder: Path) -> bool:
    """Run an experiment, write and print what was finished; return whether that is all."""
    from ..recommend.experiment import run

    kept: list[Evaluation] = []

    def keep(evaluation: Evaluation) -> None:
        _write(evaluation, folder)
        kept.append(evaluation)

    try:
        with _shown_progress() as report:
            evaluation = run(graph, plan, on_progress=report, on_result=keep)
        if evaluation.strategies and evaluation not in kept:  # interrupted while it was written
            keep(evaluation)
        return evaluation.complete
    finally:
        if kept:
            _print(kept[-1])
            done = f" of {len(kept[-1].strategies)} of {len(plan.strategies)} strategies"
            note(f"{folder}: results.json, results.csv, report.html{'' if kept[-1].complete else done}")


def _write(evaluation: Evaluation, folder: Path) -> None:
    from ..recommend.experiment.files import write_results
    from ..recommend.experiment.report import write_report

    write_results(evaluation, folder)
    write_report(evaluation, folder)


def _print(evaluation: Evaluation) -> None:
    from .scoreboard import scoreboard

    click.echo(scoreboard(evaluation, _width()))


def _width() -> int:
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else _PLAIN_WIDTH
    return max(width, _LEAST_WIDTH)


@contextlib.contextmanager
def _shown_progress() -> Iterator[Callable[[Progress], None] | None]:
    """A progress bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    what = TextColumn("{task.description}", markup=False)
    columns = (what, BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=None)

        def report(at: Progress) -> None:
            told = f"{at.strategy}: {at.step}" if at.strategy else at.step
            bar.update(task, description=told, completed=at.done, total=at.total)

        yield report
