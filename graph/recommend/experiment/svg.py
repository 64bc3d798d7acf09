"""A matplotlib figure as SVG inside of a page, in the page's font and in the colours of its CSS."""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 420
"""Of every figure, in units of its own; at about this width in pixels its text has the size of the page's."""

TEXT, FAINT, LINE, SURFACE = "#000001", "#000002", "#000003", "#000004"
"""Colours to draw with, which are those of the page's text, lesser text, lines and background."""

_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
_PAGE_COLORS = {
    TEXT: "currentColor",
    FAINT: "var(--faint)",
    LINE: "var(--line)",
    SURFACE: "var(--surface)",
}
_SERIES = 0x000100
_STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": LINE,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.labelcolor": FAINT,
    "axes.labelsize": 10.5,
    "axes.spines.bottom": False,
    "axes.spines.left": False,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.dpi": 72,
    "font.size": 10.5,
    "grid.color": LINE,
    "grid.linewidth": 0.8,
    "text.color": TEXT,
    "text.parse_math": False,
    "xtick.color": LINE,
    "xtick.labelcolor": FAINT,
    "xtick.labelsize": 10.5,
    "xtick.major.size": 0,
    "xtick.minor.size": 0,
    "ytick.color": LINE,
    "ytick.labelcolor": FAINT,
    "ytick.labelsize": 10.5,
    "ytick.major.size": 0,
    "ytick.minor.size": 0,
    "savefig.transparent": True,
    "svg.fonttype": "none",
}


def series_color(number: int) -> str:
    """The colour to draw a series with, which is the page's ``--series-<number>``."""
    return f"#{_SERIES + number:06x}"


@contextmanager
def house_style() -> Iterator[None]:
    """What is drawn inside has our style, whatever the user's own settings are."""
    from matplotlib import style

    with style.context(["default", _STYLE]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing")  # the page's font may have it
        yield


def inline_svg(figure: Figure, name: str, title: str, description: str) -> str:
    """A figure as an `<svg>` element, the same bytes for the same figure.

    Parameters
    ----------
    figure
        Drawn in `house_style`, with its colours only.
    name
        Unique in the page: all ids in the element begin with it.
    title, description
        For those who do not see it.
    """
    written = io.BytesIO()
    figure.savefig(written, format="svg")
    root = ElementTree.fromstring(written.getvalue())  # noqa: S314 - our own
    for child in list(root):
        if child.tag == f"{{{_SVG}}}metadata" or child.find(f"{{{_SVG}}}style") is not None:
            root.remove(child)
    _name_ids(root, name)
    for element in root.iter():
        if "style" in element.attrib:
            element.set("style", _page_style(element.get("style", "")))
    for size in ("width", "height"):
        del root.attrib[size]
    root.attrib.update(
        {"class": "plot", "role": "img", "aria-labelledby": f"{name}-title {name}-description"}
    )
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        element = ElementTree.Element(
            f"{{{_SVG}}}{tag}", {"id": f"{name}-{'title' if tag == 'title' else 'description'}"}
        )
        element.text = printable(text)
        root.insert(place, element)
    return _written(root)


def printable(text: str) -> str:
    """Text without what XML does not allow."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


def _name_ids(root: ElementTree.Element, name: str) -> None:
    """Keep the ids that are referred to, under names that no other figure has."""
    source = ElementTree.tostring(root, encoding="unicode")
    used = dict.fromkeys(re.findall(r'(?:href="|url\()#(\w+)', source))
    names = {old: f"{name}-{number}" for number, old in enumerate(used)}
    for element in root.iter():
        old = element.attrib.pop("id", None)
        if old in names:
            element.set("id", names[old])
        if _LINK in element.attrib:
            element.set("href", "#" + names[element.attrib.pop(_LINK)[1:]])
        if "clip-path" in element.attrib:
            element.set("clip-path", f"url(#{names[element.attrib['clip-path'][5:-1]]})")


def _page_style(style: str) -> str:
    kept = (rule for rule in style.split("; ") if not rule.startswith("font-family"))
    return re.sub(r"#[0-9a-f]{6}", _page_color, "; ".join(kept))


def _page_color(found: re.Match[str]) -> str:
    color = found.group()
    return _PAGE_COLORS.get(color) or f"var(--series-{int(color[1:], 16) - _SERIES})"


def _written(root: ElementTree.Element) -> str:
    """The element as HTML takes it: no prefixes."""
    for element in root.iter():
        element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
        if element.tag != "text" and element.text is not None and not element.text.strip():
            element.text = None
        element.tail = None
    return ElementTree.tostring(root, encoding="unicode", method="xml")
