"""Measurements in one JSON file, from which report.py makes results.md."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import orjson

PACKAGES = (
    "strawberry-graphql",
    "graphql-core",
    "starlette",
    "uvicorn",
    "uvloop",
    "httptools",
    "orjson",
    "ariadne",
)
NODE_PACKAGES = ("mercurius", "graphql-jit", "fastify", "graphql-yoga", "graphql", "gray-matter")


def median_of(values: list[float]) -> dict[str, float]:
    """The median of some runs, and how far they lie apart."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}


def record(file: Path | None, section: str, values: dict[str, Any]) -> None:
    """Put values into a section, beside those that are there from other runs; nowhere without a file."""
    if file is None:
        return
    measured = orjson.loads(file.read_bytes()) if file.exists() else {}
    measured.setdefault(section, {}).update(values)
    measured["environment"] = environment()
    file.write_bytes(orjson.dumps(measured, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def environment() -> dict[str, Any]:
    """The day, the machine, and the versions of what ran."""
    versions = {}
    for name in PACKAGES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    modules = Path(__file__).parent / "peers" / "node_modules"
    for name in NODE_PACKAGES:
        if (modules / name / "package.json").exists():
            versions[f"{name} (npm)"] = orjson.loads((modules / name / "package.json").read_bytes())[
                "version"
            ]
    return {
        "date": date.today().isoformat(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {'.'.join(platform.release().split('.')[:2])}",
        "python": platform.python_version(),
        "node": _node(),
        "versions": versions,
    }


def _processor() -> str:
    information = Path("/proc/cpuinfo")
    if information.exists():
        for line in information.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _node() -> str:
    try:
        return subprocess.run(
            ["node", "--version"], capture_output=True, text=True, check=True
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "none"
