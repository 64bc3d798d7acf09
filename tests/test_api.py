"""The public names of the package."""

from __future__ import annotations

import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import graph

MODULES = sorted(
    "graph." + ".".join(path.relative_to(Path(graph.__file__).parent).with_suffix("").parts)
    for path in Path(graph.__file__).parent.rglob("*.py")
    if path.name not in ("__init__.py", "__main__.py")
)


def printed(code: str) -> str:
    """What a fresh interpreter prints."""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def test_importing_the_package_imports_nothing_heavy() -> None:
    loaded = printed("import sys, graph; graph.__version__, dir(graph); print(*sys.modules)").split()
    heavy = ("strawberry", "networkx", "uvicorn", "starlette", "yaml", "orjson", "rich", "click")
    assert [name for name in loaded if name.partition(".")[0] in heavy] == []
    assert [name for name in loaded if name.startswith("graph.")] == []


def test_loading_and_asking_needs_no_server_and_no_networkx(tmp_path: Path) -> None:
    (tmp_path / "content").mkdir()
    (tmp_path / "content" / "a.md").write_text("---\ntitle: A\n---\n")
    code = (
        f"import sys, graph; g = graph.load({str(tmp_path / 'content')!r}, cache={str(tmp_path)!r}); "
        "g.orphans(); g.hubs(); g.article('/a').related; print(*sys.modules)"
    )
    loaded = {name.partition(".")[0] for name in printed(code).split()}
    assert not loaded & {"strawberry", "networkx", "uvicorn", "starlette", "rich"}


@pytest.mark.parametrize("name", graph.__all__)
def test_every_public_name_resolves(name: str) -> None:
    value = getattr(graph, name)
    if name == "recommend":
        assert set(value.__all__) <= {*dir(value)}
    elif name != "__version__":
        assert graph.__getattr__(name) is value
        assert value.__name__ == name
        assert value.__module__.startswith("graph.")


def test_public_names_are_listed_once_in_order() -> None:
    assert graph.__all__ == sorted(set(graph.__all__))
    assert dir(graph) == graph.__all__
    assert set(graph._HOMES) | {"__version__", "recommend"} == set(graph.__all__)


@pytest.mark.parametrize("name", graph.recommend.__all__)
def test_every_public_name_of_recommendations_resolves(name: str) -> None:
    assert getattr(graph.recommend, name) is not None


def test_all_of_them_are_imported_by_a_star() -> None:
    names = printed("from graph import *; print(*sorted(n for n in globals() if not n.startswith('__')))")
    assert names.split() == [name for name in graph.__all__ if name != "__version__"]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'graph' has no attribute 'nothing'"):
        _ = graph.nothing
    assert not hasattr(graph, "__path_of_nothing__")
    with pytest.raises(ImportError, match="nothing"):
        exec("from graph import nothing")


def test_functions_stay_functions_when_every_module_is_imported() -> None:
    code = f"import importlib, graph\nfor name in {MODULES!r}: importlib.import_module(name)\n"
    code += "print(*(type(getattr(graph, name)).__name__ for name in ('build', 'load', 'create_app')))"
    assert printed(code) == "function function function"


def public_callables() -> Iterator[tuple[str, object]]:
    for name in graph.__all__:
        value = getattr(graph, name)
        if callable(value):
            yield name, value
        if inspect.isclass(value):
            for member, inner in vars(value).items():
                if not member.startswith("_") and (callable(inner) or isinstance(inner, property)):
                    yield f"{name}.{member}", inner


def test_everything_public_is_documented() -> None:
    assert [name for name, value in public_callables() if not inspect.getdoc(value)] == []


def test_the_package_says_that_it_is_typed() -> None:
    assert (Path(graph.__file__).parent / "py.typed").is_file()
