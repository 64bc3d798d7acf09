r"""Check decoded text against the escaped text that it was made from.

The checker shares nothing with the decoder. The decoder reads escaped text from left to right and decides on
each ``\n`` by what it stands in. The checker reads the *result*: it lays the two texts side by side, then
looks at the decoded lines with a fence counter and at what is left of a paragraph without code and formulas.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# Commands by the letters behind the n. Those of the first list start no word, so a line does not start so.
NO_WORD = {
    "abla",
    "eq",
    "eg",
    "otin",
    "leq",
    "geq",
    "earrow",
    "warrow",
    "onumber",
    "otag",
    "subseteq",
    "cong",
}
NO_WORD |= {
    "vdash",
    "vDash",
    "olimits",
    "ewcommand",
    "ewline",
    "ormalsize",
    "atural",
    "prec",
    "succ",
    "icefrac",
}
MAYBE_WORD = {"u", "e", "i", "ot", "mid", "less", "exists", "parallel", "sim", "orm", "um"}
COMMANDS = {"n" + tail for tail in NO_WORD | MAYBE_WORD}

FENCE = re.compile(r"^[\s>]*(?:(?:[-*+]|\d+[.)])\s+)*(```+|~~~+)")
COMMAND = re.compile(r"\\[A-Za-z]+")
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
DISPLAY = re.compile(r"\$\$.*?\$\$|\\\[.*?\\\]", re.DOTALL)
INLINE = re.compile(r"\\\(.*?\\\)|\$[^$\n]*(?:\n[^$\n]+)*\$", re.DOTALL)


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong, and the text around it."""

    kind: str
    around: str


def check(raw: str, decoded: str) -> list[Finding]:
    r"""Return what is wrong with `decoded` as the decoded form of `raw`.

    The kinds are ``changed`` (something else than ``\n`` was replaced), ``lost`` (a LaTeX command is gone),
    ``left`` (an escaped break stands outside code and is no command of a formula) and ``made`` (a line break
    was made of the start of a command).
    """
    breaks = align(raw, decoded)
    if breaks is None:
        return [Finding("changed", decoded[:80])]
    findings = [Finding("lost", text) for text in _lost(raw, decoded)]
    prose, formulas = _cut(_without_fences(decoded))
    findings += [Finding("left", _around(prose, at)) for at in _pairs(prose)]
    for formula in formulas:
        findings += [
            Finding("left", _around(formula, at))
            for at in _pairs(formula)
            if re.match("[A-Za-z]*", formula[at + 1 :])[0] not in COMMANDS  # type: ignore[index]
        ]
        findings += [Finding("made", text) for text in _made(formula)]
    findings += [
        Finding("made", _around(prose, line.start()))
        for line in re.finditer(r"\n([a-z]+)\b", prose)
        if line[1] in NO_WORD
    ]
    return findings


def align(raw: str, decoded: str) -> list[int] | None:
    r"""Return where in `raw` the replaced pairs stand; None unless `decoded` is `raw` with pairs replaced."""
    places = []
    first, *lines = decoded.split("\n")
    if not raw.startswith(first):
        return None
    at = len(first)
    for line in lines:
        if raw.startswith("\n", at):
            at += 1
        elif raw.startswith("\\n", at):
            places.append(at)
            at += 2
        else:
            return None
        if not raw.startswith(line, at):
            return None
        at += len(line)
    return places if at == len(raw) else None


def _lost(raw: str, decoded: str) -> Iterator[str]:
    r"""Yield commands of `raw` that `decoded` has fewer of; none that starts with n, which may be a break."""
    if "\\" not in raw:
        return
    commands = COMMAND.findall(re.sub(r"\\n", "\n", raw))
    left = COMMAND.findall(re.sub(r"\\n", "\n", decoded))
    if commands != left:
        yield from set(commands) ^ set(left) or {"order"}


def _without_fences(decoded: str) -> str:
    """Return the text without fenced code, which a counter of fences finds."""
    if "```" not in decoded and "~~~" not in decoded:
        return decoded
    lines = []
    rail = ""
    for line in decoded.split("\n"):
        fence = FENCE.match(line)
        if rail:
            if fence and fence[1].startswith(rail):
                rail = ""
        elif fence and "`" not in line[fence.end() :]:
            rail = fence[1]
            lines.append("")
        else:
            lines.append(line)
    return "\n".join(lines)


def _cut(text: str) -> tuple[str, list[str]]:
    """Cut code spans and formulas out of `text`; return the rest and the formulas."""
    formulas: list[str] = []

    def collect(match: re.Match[str]) -> str:
        formulas.append(match[0])
        return " formula "

    if "`" in text:
        paragraphs = text.split("\n\n")
        text = "\n\n".join(SPAN.sub(" code ", paragraph) for paragraph in paragraphs)
    if "$" in text or "\\(" in text or "\\[" in text:
        text = INLINE.sub(collect, DISPLAY.sub(collect, text))
    return text, formulas


def _pairs(text: str) -> Iterator[int]:
    r"""Yield where a backslash and an n stand that are no part of ``\\``."""
    if "\\n" in text:
        for pair in re.finditer(r"\\[\s\S]", text):
            if pair[0] == "\\n":
                yield pair.start()


def _made(formula: str) -> Iterator[str]:
    r"""Yield lines of a formula that start like a command without its ``\n``.

    A variable u, e or i may start a line: after the opening delimiter, a row end or a line's own break.
    """
    for line in re.finditer(r"\n([A-Za-z]+)", formula):
        before = formula[: line.start()].rstrip(" ")
        starts_row = before.endswith(("$$", "\\[", "\\\\", "}", "\n"))
        if line[1] in NO_WORD or (line[1] in MAYBE_WORD and not starts_row):
            yield _around(formula, line.start())


def _around(text: str, at: int) -> str:
    return text[max(0, at - 40) : at + 40]
