r"""TeX formulas in Markdown: rules for markdown-it-py.

Formulas stand between ``$``, ``$$``, ``\(`` … ``\)``, ``\[`` … ``\]`` or in an environment such as ``align``.
They are marked up for a typesetter on the reader's side and their TeX is left alone. The rules are our own:
the dollarmath plugin cannot tell ``$ x $`` from two prices, and no plugin knows all the delimiters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING, Any

from .escape import ENVIRONMENTS, is_formula

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_block import StateBlock
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

_CLOSERS = {"$$": "$$", "\\(": "\\)", "\\[": "\\]"}
_INLINE_FORMULA = re.compile(r"\$((?:[^$\\]|\\.)++)\$", re.DOTALL)
_BLOCK_FORMULA = re.compile(rf"\$\$|\\\[|\\begin\{{((?:{ENVIRONMENTS})\*?)\}}")
_BLANK_LINE = re.compile(r"\n[ \t]*\n")
# "\[1\]" in a sentence is an escaped bracket, "\[x = 1\]" is a formula.
_TEX_IN_BRACKETS = re.compile(r"[\\^_=<>+]")
_LONGEST_FORMULA = 100  # lines; without a limit, many openers and no closer would take quadratic time


def _find_closer(source: str, closer: str, start: int, end: int) -> int:
    """Return where `closer` stands in a part of `source`, escaped ones aside; -1 if nowhere."""
    at = source.find(closer, start, end)
    while at >= 0:
        first = at
        while first > start and source[first - 1] == "\\":
            first -= 1
        if (at - first) % 2 == 0:
            break
        at = source.find(closer, at + 1, end)
    return at


def _inline_formula(state: StateInline, silent: bool) -> bool:
    """Markdown rule: a formula in a paragraph, also a displayed one."""
    source, start, limit = state.src, state.pos, state.posMax
    opener = source[start : start + 2]
    if opener in _CLOSERS:
        close = _closer_ahead(state, _CLOSERS[opener], start + 2)
        end = close + 2
        content = source[start + 2 : max(close, start + 2)]
        if close < 0 or not content.strip():
            return False
        if opener == "\\[" and (source[end : end + 1] in {"(", "["} or not _TEX_IN_BRACKETS.search(content)):
            return False
    elif opener[:1] == "$":
        between = _INLINE_FORMULA.match(source, start, limit)
        if between is None:
            return False
        content, end, opener = between[1], between.end(), "$"
        if not is_formula(content, source[max(0, start - 1) : start], source[end : min(end + 3, limit)]):
            return False
    else:
        return False
    if not silent:
        token = state.push("formula", "span", 0)
        token.content = content.strip()
        token.markup = opener
    state.pos = end
    return True


def _closer_ahead(state: StateInline, closer: str, start: int) -> int:
    """Find the closer of an inline formula; that there is none is found out only once."""
    # The rule's memory sits beside markdown-it's own, which uses positions as keys: never negative ones.
    key = -1 - ord(closer[-1])
    end = len(state.src)
    if state.cache.get(key, end) <= start:
        return -1
    at = _find_closer(state.src, closer, start, end)
    if at < 0:
        state.cache[key] = start
    return at if at + len(closer) <= state.posMax else -1  # in the text of a link, the source goes on


def _formula_block(state: StateBlock, first: int, limit: int, silent: bool) -> bool:
    """Markdown rule: a displayed formula on lines of its own."""
    start = state.bMarks[first] + state.tShift[first]
    opener = _BLOCK_FORMULA.match(state.src, start, state.eMarks[first])
    if opener is None or state.is_code_block(first):
        return False
    closer = f"\\end{{{opener[1]}}}" if opener[1] else _CLOSERS[opener[0]]
    last_line = min(limit, first + _LONGEST_FORMULA) - 1
    close = _find_closer(state.src, closer, opener.end(), state.eMarks[last_line])
    if close < 0:
        return False
    last = first
    while state.eMarks[last] < close:
        last += 1
        if state.sCount[last] < state.blkIndent and not state.isEmpty(last):
            return False
    if state.src[close + len(closer) : state.eMarks[last]].strip():
        return False
    lines = state.getLines(first, last + 1, state.sCount[first], False).strip()
    content = lines[len(opener[0]) : -len(closer)]
    alone = content.startswith("\n") and content.rstrip(" \t").endswith("\n")
    if not content.strip() or (not alone and _BLANK_LINE.search(content.strip())):
        return False
    if not silent:
        token = state.push("formula_block", "div", 0)
        token.content = lines if opener[1] else content.strip()
        token.markup = opener[0]
        token.block = True
        token.map = [first, last + 1]
    state.line = last + 1
    return True


def _render_formula(_renderer: Any, tokens: Sequence[Token], index: int, _options: Any, _env: Any) -> str:
    token = tokens[index]
    kind = "inline" if token.markup in {"$", "\\("} else "display"
    end = "\n" if token.block else ""
    return f'<{token.tag} class="math {kind}">{escape(token.content, quote=False)}</{token.tag}>{end}'


def add_formulas(parser: MarkdownIt) -> None:
    """Teach a Markdown parser formulas: tokens ``formula`` and ``formula_block``, TeX as their content."""
    parser.inline.ruler.before("escape", "formula", _inline_formula)
    interrupted = ["paragraph", "reference", "blockquote", "list"]
    parser.block.ruler.before("fence", "formula_block", _formula_block, {"alt": interrupted})
    parser.add_render_rule("formula", _render_formula)
    parser.add_render_rule("formula_block", _render_formula)
