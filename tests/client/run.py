"""Generate a typed client from schema.graphql for the worked queries, and compile it strictly."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
COMPILER = HERE / "node_modules" / "typescript" / "bin" / "tsc"


def install() -> None:
    """Install what package-lock.json names, where it is missing."""
    if not COMPILER.exists():
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=HERE, check=True)


def generate(schema: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Write the types and documents of the worked queries, for the schema in a file."""
    return _node(HERE / "generate.mjs", *([schema] if schema else []))


def check() -> subprocess.CompletedProcess[str]:
    """Compile them with the pages that use them, without writing anything."""
    return _node(COMPILER, "--project", HERE)


def _node(*command: Path | str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", *command], cwd=HERE, text=True, timeout=120, capture_output=True)


def main() -> int:
    """Do all of it, and say what is wrong."""
    install()
    for step in (generate, check):
        done = step()
        sys.stdout.write(done.stdout + done.stderr)
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())
