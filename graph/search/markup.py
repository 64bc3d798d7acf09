"""Markdown → the text that readers see, cheaply: good enough to find words in and to show a passage of.

Rendering the Markdown of a whole corpus takes a hundred times as long.
"""

from __future__ import annotations

import re
from html import unescape

_TARGET = r"\]\([^()\s]*(?:\([^()\s]*\)[^()\s]*)?(?:\s+\"[^\"]*\")?\)"
_LINK = re.compile(rf"!?\[([^\[\]]*){_TARGET}")
_REST_OF_LINK = re.compile(_TARGET)
_DEFINITION = re.compile(r"^ {0,3}\[[^\[\]\n]+\]:.*$", re.MULTILINE)
_TAGS = (
    "a|abbr|b|blockquote|br|center|code|dd|del|details|div|dl|dt|em|font|h[1-6]|hr|i|iframe|img|ins|kbd|li|mark"
    "|ol|p|pre|q|s|script|small|span|strong|style|su[bp]|summary|table|tbody|td|tfoot|th|thead|tr|u|ul"
)
_TAG = re.compile(rf"</?(?:{_TAGS})\b[^<>]*>", re.IGNORECASE)
_LINE_START = re.compile(
    r"^[ \t>]*(?:[-*_|:=][-*_|:=\t ]+$|\#{1,6}[ \t]|[-*+][ \t]|`{3,}|~{3,})?", re.MULTILINE
)
_MARKS = r"(?:\*+|_+|~~|`+)"
_EMPHASIS = re.compile(rf"(?<![\w\\]){_MARKS}(?=\S)|(?<=[^\s\\]){_MARKS}(?!\w)")
_FORMULA = re.compile(r"\$\$|\\[()\[\]]")
_ESCAPE = re.compile(r"\\(?=[*_`#~>|!+-])")


def without_hidden_words(markdown: str) -> str:
    """Markdown without what holds words that readers do not see: link targets, HTML tags, comments."""
    if "](" in markdown:
        markdown = _REST_OF_LINK.sub("]", _LINK.sub(r"\1", markdown))
    if "]:" in markdown:
        markdown = _DEFINITION.sub("", markdown)
    if "<" in markdown:
        markdown = _TAG.sub(" ", _without_comments(markdown))
    if "&" in markdown:
        markdown = unescape(markdown)
    return markdown


def _without_comments(markdown: str) -> str:
    first, *others = markdown.split("<!--")
    return first + "".join(other.partition("-->")[2] if "-->" in other else other for other in others)


def plain_line(markdown: str) -> str:
    """Markdown without hidden words as text on one line, with all its words; formulas as their TeX."""
    text = _EMPHASIS.sub("", _LINE_START.sub("", markdown))
    return " ".join(_ESCAPE.sub("", _FORMULA.sub(" ", text)).split())
