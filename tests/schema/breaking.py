"""Compare schema.graphql with that of the main branch: what would break clients must stand in the changelog.

It compares with the commit where this branch left main (origin's, where there is one), so that what main has
gained since is not taken for removed. Each breaking change must be named in CHANGELOG.md under "Unreleased",
in an entry that begins with "Breaking:" and holds the changed member in backticks:

    - Breaking: `Query.path(from:)` takes an id, not a url.

Usage: breaking.py [folder of the repository]
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from graphql import build_schema
from graphql.utilities import find_breaking_changes

ROOT = Path(__file__).parent.parent.parent
BRANCHES = ("origin/main", "main")


def schema_of_main(root: Path) -> str:
    """The text of schema.graphql where the checked out commit and main have parted.

    Raises
    ------
    LookupError
        If there is none to compare with; the message says why.
    """
    if _git(root, "rev-parse", "--git-dir") is None:
        raise LookupError("there is no git repository")
    branch = next((name for name in BRANCHES if _git(root, "rev-parse", "--verify", name)), None)
    if branch is None:
        raise LookupError("there is no branch main")
    base = _git(root, "merge-base", "HEAD", branch)
    if base is None:
        raise LookupError(f"this clone does not hold where the branch left {branch}")
    text = _git(root, "show", f"{base.strip()}:./schema.graphql")
    if text is None:
        raise LookupError(f"{branch} has no schema.graphql")
    return text


def breaking(old: str, new: str) -> dict[str, str]:
    """What breaks clients between two schemas: each change described, and the member that has changed."""
    changes = find_breaking_changes(build_schema(old), build_schema(new))
    return {change.description: _member(change.description) for change in changes}


def announced(changelog: str) -> set[str]:
    """The members that a changelog's unreleased entries name as broken."""
    section = re.search(r"^## Unreleased\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL)
    entries = re.findall(r"^- Breaking:(.*?)(?=^- |^$|\Z)", section[1] if section else "", re.M | re.S)
    return {member for entry in entries for member in re.findall(r"`([^`]+)`", entry)}


def main(root: Path = ROOT) -> int:
    """Print every breaking change; fail where the changelog does not name one."""
    try:
        old = schema_of_main(root)
    except LookupError as reason:
        print(f"schema.graphql is not compared with main: {reason}")
        return 0
    new = (root / "schema.graphql").read_text("utf-8")
    known = announced((root / "CHANGELOG.md").read_text("utf-8"))
    missing = 0
    for description, member in breaking(old, new).items():
        if member in known:
            print(f"breaking, and in the changelog: {description}")
        else:
            missing += 1
            print(f"breaking: {description} If it must be, add to CHANGELOG.md: - Breaking: `{member}` ...")
    return 1 if missing else 0


def _member(description: str) -> str:
    """The coordinate that a change is about: Type, Type.field, Type.field(argument:) or @directive."""
    found = re.search(r"@?\w+\.\w+(\(\w+:\))?|@\w+(\(\w+:\))?", description)
    return found[0] if found else re.sub(r"^Standard scalar ", "", description).split()[0]


def _git(root: Path, *arguments: str) -> str | None:
    """What git prints; None where it fails or there is none."""
    try:
        done = subprocess.run(["git", *arguments], cwd=root, text=True, capture_output=True)
    except OSError:
        return None
    return done.stdout if done.returncode == 0 else None


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
