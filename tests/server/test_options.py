"""The options of `articlegraph serve`: from the command line and from the environment to what serves."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result
from library import SEEDS

from graph.cli import cli
from graph.cli.serve import serve
from graph.server import process
from graph.server.limits import Limits
from graph.server.process import Serving, Settings

OPTIONS = {option.name: option for option in serve.params if isinstance(option, click.Option)}

# for each option of the command: a value that is not the default, and what it changes
CHANGES: dict[str, tuple[str, dict[str, Any]]] = {
    "grace": ("7", {"grace": 7}),
    "root_path": ("/kb/", {"root_path": "/kb"}),
    "cors_origin": (
        "https://a.example.org http://localhost:3000",
        {"cors_origins": ("https://a.example.org", "http://localhost:3000")},
    ),
    "limit": ("cost=5 deadline=1.5", {"limits": Limits(cost=5, deadline=1.5)}),
    "operations": ("3", {"operations": 3}),
    "response_cache": ("3", {"response_cache": 3 * 1024 * 1024}),
    "introspection": ("false", {"introspection": False}),
    "suggestions": ("0", {"suggestions": False}),
    "access_log": ("no", {"access_log": False}),
    "warm": ("true", {"warm": True}),
    "resolution": ("1.5", {"resolution": 1.5}),
}
ELSEWHERE = {
    "host",
    "port",
    "workers",
    "watch",
    "strict",
    "cache_dir",
    "follow_symlinks",
    "max_file_size",
    "verify",
}


class Started:
    """Runs the command up to the point where it would serve."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, cache: Path) -> None:
        monkeypatch.setenv("ARTICLEGRAPH_CACHE_DIR", str(cache))
        monkeypatch.setattr(process, "serve_alone", self._serve)
        monkeypatch.setattr(process, "log_to_stderr", lambda: None)
        self.settings: Settings | None = None

    def _serve(self, graph: Any, listening: Any, settings: Settings, *_: Any) -> None:
        self.settings = settings
        listening.close()

    def run(self, *arguments: str, **environment: str) -> Result:
        self.settings = None
        names = {f"ARTICLEGRAPH_SERVE_{name}": value for name, value in environment.items()}
        command = ["serve", str(SEEDS), "--port", "0", *arguments]
        result = CliRunner().invoke(cli, command, env=names)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    def serving(self, *arguments: str, **environment: str) -> Serving:
        result = self.run(*arguments, **environment)
        assert result.exit_code == 0, result.stderr
        assert self.settings is not None
        return self.settings.serving


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Started:
    return Started(monkeypatch, tmp_path_factory.getbasetemp() / "cache")


def test_the_defaults_are_those_of_the_application(started: Started) -> None:
    assert started.serving() == Serving()


@pytest.mark.parametrize("name", CHANGES)
def test_each_can_be_set_by_the_environment(started: Started, name: str) -> None:
    value, change = CHANGES[name]
    assert started.serving(**{name.upper(): value}) == dataclasses.replace(Serving(), **change)


@pytest.mark.parametrize("name", CHANGES)
def test_each_can_be_set_on_the_command_line(started: Started, name: str) -> None:
    value, change = CHANGES[name]
    option = OPTIONS[name]
    if option.multiple:
        arguments = [part for text in value.split() for part in (option.opts[0], text)]
    elif option.is_flag:
        arguments = [option.secondary_opts[0] if option.secondary_opts else option.opts[0]]
    else:
        arguments = [option.opts[0], value]
    assert started.serving(*arguments) == dataclasses.replace(Serving(), **change)


def test_each_option_is_tried_here_and_shown_with_its_variable(started: Started) -> None:
    assert set(OPTIONS) == set(CHANGES) | ELSEWHERE | {"cors_credentials"}
    text = " ".join(CliRunner().invoke(cli, ["serve", "--help"], terminal_width=400).output.split())
    for name in set(OPTIONS) - {"cache_dir"}:
        assert f"env var: ARTICLEGRAPH_SERVE_{name.upper()};" in text or (
            f"env var: ARTICLEGRAPH_SERVE_{name.upper()}]" in text
        ), name


def test_credentials_need_origins_by_name(started: Started) -> None:
    arguments = ["--cors-credentials", "--cors-origin"]
    assert started.serving(*arguments, "https://a.example.org").cors_credentials
    result = started.run(*arguments, "*")
    assert result.exit_code == 2
    assert "needs origins by name" in result.stderr


@pytest.mark.parametrize(
    "origin",
    ["example.org", "https://example.org/", "https://example.org/x", "https://", "null", "http://u@x"],
)
def test_what_is_no_origin_is_refused(started: Started, origin: str) -> None:
    result = started.run("--cors-origin", origin)
    assert result.exit_code == 2
    assert "is no origin" in result.stderr


@pytest.mark.parametrize(
    ("limit", "message"),
    [
        ("cots=1", "cots is no limit; there are depth (15)"),
        ("cost", "cost must be a number from 0, such as cost=200000"),
        ("cost=-1", "cost must be a number"),
        ("cost=1.5", "cost must be a number"),
        ("cost=1e3", "cost must be a number"),
        ("deadline=inf", "deadline must be a number from 0, such as deadline=10.0"),
    ],
)
def test_what_is_no_limit_is_refused(started: Started, limit: str, message: str) -> None:
    result = started.run("--limit", limit)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())
    assert started.settings is None


def test_settings_reach_workers_as_text() -> None:
    serving = Serving(limits=Limits(cost=5, deadline=1.5), cors_origins=("https://a.example.org",))
    assert eval(repr(serving), {"Serving": Serving, "Limits": Limits}) == serving
