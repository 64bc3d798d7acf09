"""A change of schema.graphql that breaks clients fails the lint, unless the changelog names it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from .breaking import breaking, main

SCHEMA = """
type Query {
  article(url: String!): Article
  paths(k: Int = 3): [Article!]
}
interface Node { id: ID! }
type Article implements Node { id: ID! title: String! number: Int }
enum Severity { ERROR WARNING }
input Filter { title: String }
"""
CHANGELOG = "# Changelog\n\n## Unreleased\n\n- More.\n\n## 1.0.0\n\n- Breaking: `Article.number` is gone.\n"


class Repository:
    """A git repository with a schema and a changelog on main."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.git("init", "--quiet", "--initial-branch", "main")
        self.schema(SCHEMA)
        self.changelog("- More.")
        self.commit()

    def git(self, *arguments: str) -> None:
        author = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        subprocess.run(["git", *author, *arguments], cwd=self.root, check=True, env=clean)

    def commit(self) -> None:
        self.git("add", ".")
        self.git("commit", "--quiet", "--message", "Change")

    def schema(self, text: str) -> None:
        (self.root / "schema.graphql").write_text(text, "utf-8")

    def changelog(self, entry: str) -> None:
        (self.root / "CHANGELOG.md").write_text(CHANGELOG.replace("- More.", entry), "utf-8")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)  # a commit hook's git names another repository
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return Repository(tmp_path)


WITHOUT_NUMBER = SCHEMA.replace(" number: Int", "")


def test_what_breaks_no_client_passes(repository: Repository, capsys: pytest.CaptureFixture[str]) -> None:
    repository.schema(SCHEMA.replace("number: Int", "number: Int! date: String"))
    assert main(repository.root) == 0
    assert capsys.readouterr().out == ""


def test_a_breaking_change_fails_and_says_what_to_write(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.schema(WITHOUT_NUMBER)
    assert main(repository.root) == 1
    assert capsys.readouterr().out == (
        "breaking: Field Article.number was removed."
        " If it must be, add to CHANGELOG.md: - Breaking: `Article.number` ...\n"
    )


def test_it_passes_where_the_changelog_names_it(
    repository: Repository, capsys: pytest.CaptureFixture[str]
) -> None:
    repository.schema(WITHOUT_NUMBER)
    repository.changelog("- More.\n- Breaking: there is no\n  `Article.number` any more.")
    assert main(repository.root) == 0
    assert "in the changelog: Field Article.number was removed." in capsys.readouterr().out


@pytest.mark.parametrize(
    "entry",
    [
        "- More.",  # an older release names it
        "- Breaking: `Article.title` is gone.",
        "- Breaking: Article.number is gone.",
        "- `Article.number` is gone.",
        "- Breaking: much.\n- `Article.number`",
    ],
)
def test_other_entries_do_not_count(repository: Repository, entry: str) -> None:
    repository.schema(WITHOUT_NUMBER)
    repository.changelog(entry)
    assert main(repository.root) == 1


def test_every_change_must_be_named(repository: Repository) -> None:
    repository.schema(WITHOUT_NUMBER.replace(" title: String!", ""))
    repository.changelog("- Breaking: `Article.number` is gone.")
    assert main(repository.root) == 1
    repository.changelog("- Breaking: `Article.number` and `Article.title` are gone.")
    assert main(repository.root) == 0


def test_a_branch_is_compared_with_where_it_left_main(repository: Repository) -> None:
    repository.git("branch", "work")
    repository.schema(SCHEMA.replace("number: Int", "number: Int date: String"))
    repository.commit()
    repository.git("checkout", "--quiet", "work")
    assert main(repository.root) == 0, "what main has gained is not removed"
    repository.schema(WITHOUT_NUMBER)
    repository.commit()
    assert main(repository.root) == 1


def test_commits_on_main_are_compared_with_what_was_published(repository: Repository, tmp_path: Path) -> None:
    repository.git("update-ref", "refs/remotes/origin/main", "main")
    repository.schema(WITHOUT_NUMBER)
    repository.commit()
    assert main(repository.root) == 1


@pytest.mark.parametrize(
    ("commands", "reason"),
    [
        ([["branch", "--move", "main", "trunk"]], "there is no branch main"),
        (
            [["checkout", "--quiet", "--orphan", "other"], ["commit", "--quiet", "--message", "Other"]],
            "this clone does not hold where the branch left main",
        ),
        (
            [["rm", "--quiet", "--cached", "schema.graphql"], ["commit", "--quiet", "--message", "Less"]],
            "main has no schema.graphql",
        ),
    ],
)
def test_it_says_why_there_is_nothing_to_compare_with(
    repository: Repository, commands: list[list[str]], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in commands:
        repository.git(*command)
    assert main(repository.root) == 0
    assert capsys.readouterr().out == f"schema.graphql is not compared with main: {reason}\n"


def test_a_copy_without_git_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert main(tmp_path) == 0
    monkeypatch.setenv("PATH", "")
    assert main(tmp_path) == 0
    assert capsys.readouterr().out.count("there is no git repository") == 2


@pytest.mark.parametrize(
    ("old", "new", "member"),
    [
        ("type Article implements Node {", "type Article {", "Article"),
        ("(url: String!)", "(url: String!, at: Int!)", "Query.article(at:)"),
        ("(k: Int = 3)", "", "Query.paths(k:)"),
        ("(k: Int = 3)", "(k: String)", "Query.paths(k:)"),
        ("title: String!", "title: String", "Article.title"),
        (" WARNING", "", "Severity.WARNING"),
        ("input Filter { title: String }", "", "Filter"),
        ("input Filter { title: String }", "type Filter { title: String }", "Filter"),
        ("{ title: String }", "{ title: String at: Int! }", "Filter.at"),
    ],
)
def test_a_change_names_its_member(old: str, new: str, member: str) -> None:
    assert old in SCHEMA
    assert member in breaking(SCHEMA, SCHEMA.replace(old, new, 1)).values()
