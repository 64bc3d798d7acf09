"""A typed client generated from schema.graphql fits the worked queries and the results that they show."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from .run import COMPILER, HERE, check, generate

SCHEMA = HERE.parent.parent / "schema.graphql"


@pytest.fixture
def node() -> None:
    """What the generator and the compiler need."""
    if shutil.which("node") is None:
        pytest.skip("Node.js is missing: the typed client needs node and npm")
    if not COMPILER.exists():
        pytest.skip("what npm installs is missing: run `make client` once")


@pytest.mark.usefixtures("node")
def test_the_client_compiles_for_every_worked_query_and_its_result() -> None:
    generated = generate()
    assert (generated.returncode, generated.stdout) == (0, "22 queries\n"), generated.stderr
    compiled = check()
    assert compiled.returncode == 0, compiled.stdout
    types = (HERE / "generated" / "queries.ts").read_text("utf-8")
    assert not re.search(r"\bany\b", re.sub(r"/\*.*?\*/", "", types, flags=re.DOTALL))


@pytest.mark.usefixtures("node")
def test_a_query_that_the_schema_does_not_know_is_refused(tmp_path: Path) -> None:
    text = SCHEMA.read_text("utf-8")
    assert text.count("  readingMinutes: Int!") == 1
    schema = tmp_path / "schema.graphql"
    schema.write_text(text.replace("  readingMinutes: Int!", "  minutes: Int!"), "utf-8")
    refused = generate(schema)
    assert refused.returncode != 0
    assert 'Cannot query field "readingMinutes" on type "Article"' in refused.stderr


@pytest.mark.parametrize("folder", ["audit", "client"])
def test_what_npm_installs_is_pinned_without_a_host(folder: str) -> None:
    text = (HERE.parent / folder / "package-lock.json").read_text("utf-8")
    assert "integrity" in text
    assert "://" not in text
