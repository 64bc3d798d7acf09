"""`articlegraph serve` up to the server: what it refuses, and what it takes from the environment."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from library import SEEDS, Library

from graph.cli.serve import bind

from .program import Run


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that another server listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


class TestServe:
    def test_says_that_the_port_is_taken_before_it_reads_anything(
        self, run: Run, tmp_path: Path, taken: int
    ) -> None:
        result = run("serve", tmp_path / "missing", "--port", taken)
        assert result.exit_code == 1
        assert result.stderr == (
            f"articlegraph: cannot listen on 127.0.0.1:{taken}: Address already in use; "
            "is another server running? choose another --port\n"
        )

    def test_takes_the_port_from_the_environment(
        self, run: Run, taken: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ARTICLEGRAPH_SERVE_PORT", str(taken))
        assert f"127.0.0.1:{taken}: Address already in use" in run("serve", SEEDS).stderr
        result = run("serve", SEEDS, "--host", "203.0.113.1", "--port", "65535")  # the command line wins
        assert "203.0.113.1:65535: " in result.stderr

    def test_says_that_an_address_is_not_this_machine_s(self, run: Run) -> None:
        result = run("serve", SEEDS, "--host", "203.0.113.1", "--port", "0")
        assert result.exit_code == 1
        assert result.stderr.startswith("articlegraph: cannot listen on 203.0.113.1:0: ")
        assert "another server" not in result.stderr

    def test_says_that_a_host_has_no_address(self, run: Run) -> None:
        result = run("serve", SEEDS, "--host", "no host")
        assert result.exit_code == 2
        assert result.stderr.startswith("articlegraph: --host no host: ")

    def test_refuses_errors_when_strict(self, run: Run, library: Library) -> None:
        library.write("a")
        library.write_raw("broken.md", "no front matter")
        result = run("serve", library.folder, "--port", "0", "--strict")
        assert (result.exit_code, result.stdout) == (1, "")
        assert "broken.md" in result.stderr
        assert "Traceback" not in result.stderr


def test_a_port_is_taken_before_the_content_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    with bind("127.0.0.1", 0) as first:
        with pytest.raises(SystemExit) as ended:
            bind("127.0.0.1", first.getsockname()[1])
        assert ended.value.code == 1
    assert "is another server running?" in capsys.readouterr().err
