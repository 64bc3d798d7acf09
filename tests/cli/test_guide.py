"""docs/export.md: its commands and programs run, one after another, and print what it shows."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from library import SEEDS

from graph.exporting import ExportFormat
from graph.knowledge import HubMeasure

from .program import LIMIT

ROOT = SEEDS.parent
GUIDE = ROOT / "docs" / "export.md"


def test_the_guide_to_exports_runs(tmp_path: Path, environment: dict[str, str]) -> None:
    pytest.importorskip("pyarrow")
    (tmp_path / "seeds").symlink_to(SEEDS)
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "articlegraph"
    command.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m graph "$@"\n')
    command.chmod(0o755)
    environment["PATH"] = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    environment["PYTHONPATH"] = str(ROOT)
    run = {"sh": ["sh", "-e", "-c"], "python": [sys.executable, "-c"]}
    printed, outputs = "", 0
    for language, text in re.findall(
        r"^```(\w+)\n(.*?)^```", GUIDE.read_text("utf-8"), re.DOTALL | re.MULTILINE
    ):
        if language in run:
            done = subprocess.run(
                [*run[language], text],
                capture_output=True,
                text=True,
                timeout=LIMIT,
                cwd=tmp_path,
                env=environment,
            )
            assert done.returncode == 0, done.stderr
            printed = done.stdout
        elif language == "text":
            assert printed == text
            outputs += 1
    assert outputs == 4


def test_the_guide_names_every_measure_and_every_format() -> None:
    text = GUIDE.read_text("utf-8")
    for name in (*(measure.name.lower().replace("_", "-") for measure in HubMeasure), *ExportFormat):
        assert f"`{name}`" in text
