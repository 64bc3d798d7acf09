"""The documentation says what the code does: its queries run, and its tables are complete."""

from __future__ import annotations

import ast
import dataclasses
import re
from pathlib import Path

import pytest

import graph
from graph.schema import create_schema
from graph.server import errors, limits
from graph.server.limits import Limits

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> graph.KnowledgeGraph:
    return graph.load(ROOT / "seeds", cache=tmp_path_factory.mktemp("cache"))


def blocks(file: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", file.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def first_column(file: Path, heading: str) -> set[str]:
    section = file.read_text("utf-8").split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE))


@pytest.mark.parametrize("query", blocks(DOCS / "graphql.md", "graphql"))
def test_every_query_of_the_guide_gives_data_without_errors(query: str, sample: graph.KnowledgeGraph) -> None:
    result = create_schema().execute_sync(query, context_value={"graph": sample})
    assert result.errors is None
    assert result.data
    assert None not in result.data.values()


def test_the_first_query_of_the_readme_runs(sample: graph.KnowledgeGraph) -> None:
    (query,) = re.findall(r'"query": "(\{.*?\})"\}', (ROOT / "README.md").read_text("utf-8"))
    result = create_schema().execute_sync(query, context_value={"graph": sample})
    assert result.errors is None


def test_the_python_of_the_readme_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("ARTICLEGRAPH_CACHE_DIR", str(tmp_path))
    (code,) = blocks(ROOT / "README.md", "python")
    names: dict[str, object] = {}
    exec(code, names)
    assert isinstance(names["g"], graph.KnowledgeGraph)


def codes_in(*modules: str, pattern: str) -> set[str]:
    """String literals of a kind in the code of modules."""
    found = set()
    for module in modules:
        for node in ast.walk(ast.parse((ROOT / "graph" / module).read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
    return {text for text in found if re.fullmatch(pattern, text)}


def test_every_problem_code_is_documented_and_no_other() -> None:
    literals = codes_in(
        "frontmatter.py", "fields.py", "corpus.py", "documents.py", pattern=r"[a-z]+(-[a-z0-9]+)*"
    )
    documented = first_column(DOCS / "content.md", "Problems")
    reported = {text for text in literals if "-" in text and text not in {"utf-8", "too-large %d"}}
    assert reported - documented == set()
    assert documented - literals == set()


def codes_of_query_errors() -> set[str]:
    """The codes that the schema gives to its errors."""
    found = set()
    for file in (ROOT / "graph").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id == "QueryError"
            ):
                assert isinstance(node.args[0], ast.Constant), f"{file.name}:{node.lineno}"
                found.add(str(node.args[0].value))
    return found


def test_every_error_code_is_documented_and_no_other() -> None:
    constants = {
        name
        for module in (errors, limits)
        for name, value in vars(module).items()
        if name == value and re.fullmatch(r"[A-Z][A-Z_]+", name)
    }
    assert codes_of_query_errors() | constants == first_column(DOCS / "operating.md", "Error codes")


def test_every_limit_is_documented_with_its_default() -> None:
    section = (DOCS / "operating.md").read_text("utf-8").split("## Limits\n", 1)[1].split("\n## ", 1)[0]
    rows = re.findall(r"^\| `(\w+)` \| ([0-9,.]+) \|", section, re.MULTILINE)
    documented = {name: float(number.replace(",", "")) for name, number in rows}
    assert documented == dataclasses.asdict(Limits())


def test_every_dependency_is_explained() -> None:
    listed = re.search(r"^dependencies = \[(.*?)^\]", (ROOT / "pyproject.toml").read_text(), re.M | re.S)
    assert listed
    names = set(re.findall(r'"([a-z0-9-]+)', listed[1]))
    explained = set(re.findall(r"^\| ([a-z0-9-]+)", (DOCS / "dependencies.md").read_text(), re.M)) - {
        "package"
    }
    assert names == explained - {"-"} - {"---"}


def test_every_module_has_a_room_in_the_architecture() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8")
    modules = {file.name for file in (ROOT / "graph").glob("*.py")} - {"__init__.py", "__main__.py"}
    assert {name for name in modules if f"      {name} " not in text} == set()


def test_links_between_the_documents_lead_somewhere() -> None:
    for file in (ROOT / "README.md", *DOCS.glob("*.md"), *(ROOT / "benchmarks").glob("*.md")):
        for target in re.findall(r"\]\((?!https?:)([^)#]+)", file.read_text("utf-8")):
            assert (file.parent / target).exists(), f"{file.name} links to {target}"


def test_pinned_versions_name_no_index_and_no_host() -> None:
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        assert line.startswith("#") or re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][0-9a-z.]*", line), line


def test_imports_go_down_the_rooms_only() -> None:
    text = (DOCS / "architecture.md").read_text("utf-8").split("## The rooms", 1)[1]
    rooms = re.findall(r"^      (\w+)(?:\.py|/) ", text, re.MULTILINE)
    order = {room: place for place, room in enumerate(rooms)}
    for file in (ROOT / "graph").rglob("*.py"):
        room = file.relative_to(ROOT / "graph").parts[0].removesuffix(".py")
        if room.startswith("__"):
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            own_level = len(file.relative_to(ROOT / "graph").parts)
            if isinstance(node, ast.ImportFrom) and node.level == own_level:
                names = [node.module.split(".")[0]] if node.module else [a.name for a in node.names]
                for name in names:
                    assert name not in order or order[name] < order[room], f"{file.name} imports {name}"
