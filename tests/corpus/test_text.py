r"""A corpus of articles decodes without a lost command, a left break or a made one.

Its answers stand escaped, each on one line behind ``answer: >-``. The counts are those of a corpus of 35,950
articles. The checker itself is tested on texts made for it.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from graph.escape import unescape

from .latex_checker import Finding, check

CORPUS = os.environ.get("ARTICLEGRAPH_CORPUS", "")

corpus = pytest.mark.skipif(not CORPUS, reason="ARTICLEGRAPH_CORPUS names no folder of articles")

ANSWER = re.compile(rb"^answer: >-\r?\n((?:    .*\r?\n| *\r?\n)*)", re.MULTILINE)
LITERAL = re.compile(r"```.*?```|`[^`\n]+`", re.DOTALL)


def answers() -> Iterator[str]:
    for path in sorted(Path(CORPUS).rglob("*.md")):
        front_matter = path.read_bytes().split(b"\n---", 1)[0]
        answer = ANSWER.search(front_matter)
        if answer:
            lines = answer[1].decode().splitlines()
            assert len(lines) == 1, path
            yield lines[0].strip()
        else:
            assert b"answer: >-" not in front_matter, path


@pytest.fixture(scope="module")
def decoded() -> list[tuple[str, str]]:
    texts = list(answers())
    assert texts, "the folder holds no article with an answer"
    return [(text, unescape(text)) for text in texts]


@pytest.mark.corpus
@corpus
def test_each_answer_is_decoded_as_the_checker_expects(decoded: list[tuple[str, str]]) -> None:
    findings: list[Finding] = []
    for raw, text in decoded:
        findings += check(raw, text)
    assert not findings, (len(findings), findings[:20])


@pytest.mark.corpus
@corpus
def test_commands_that_start_with_n_survive(decoded: list[tuple[str, str]]) -> None:
    assert len(decoded) == 35_915
    counts: Counter[str] = Counter()
    for _, text in decoded:
        if "\\n" in text:
            counts.update(re.findall(r"(?<!\\)(?:\\\\)*\\(n[A-Za-z]*)", LITERAL.sub("", text)))
    # Of 31 \nu in the escaped text 6 are a break and the variable u, such as u(t) of a controller:
    # each begins a displayed formula whose closing delimiter stands on its own line, as its opening one does.
    raw = sum(len(re.findall(r"(?<!\\)(?:\\\\)*\\nu(?![A-Za-z])", text)) for text, _ in decoded)
    variables = sum(
        len(re.findall(r"\$\$\\nu(?![A-Za-z])", r)) - len(re.findall(r"\$\$\\nu(?![A-Za-z])", d))
        for r, d in decoded
    )
    assert (raw, variables) == (31, 6)
    assert counts == {"neg": 160, "neq": 99, "nabla": 33, "nu": 25, "not": 2, "notin": 2, "nmid": 1}


@pytest.mark.corpus
@corpus
def test_decoding_twice_is_decoding_once(decoded: list[tuple[str, str]]) -> None:
    assert all(unescape(text) == text for _, text in decoded)


@pytest.mark.parametrize(
    ("raw", "decoded", "kinds"),
    [
        (r"a\nb $x \ne y$ $$\nu\n$$ `\n`", "a\nb $x \\ne y$ $$\nu\n$$ `\\n`", []),
        ("```\\nputs('\\n')\\n```\\nend", "```\nputs('\\n')\n```\nend", []),
        (r"a\nb", "a b", ["changed"]),
        (r"a\nb", "a\nb!", ["changed"]),
        (r"a \times b", "a imes b", ["changed"]),
        (r"a\nb", r"a\nb", ["left"]),
        (r"$$\nx = 1$$", r"$$\nx = 1$$", ["left"]),
        (r"$a \neq b$", "$a \neq b$", ["made"]),
        (r"$a = \nu$", "$a = \nu$", ["made"]),
        (r"so \nabla", "so \nabla", ["made"]),
    ],
)
def test_the_checker_finds_what_is_wrong(raw: str, decoded: str, kinds: list[str]) -> None:
    assert [finding.kind for finding in check(raw, decoded)] == kinds


@pytest.mark.corpus
@corpus
def test_the_checker_finds_what_plain_replacement_breaks(decoded: list[tuple[str, str]]) -> None:
    kinds = Counter(finding.kind for raw, _ in decoded for finding in check(raw, raw.replace("\\n", "\n")))
    assert kinds["made"] > 0
