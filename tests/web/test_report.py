"""The report in a browser: it asks for nothing, and is whole on screens of any size and in both themes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from evaluations import NINE, made_up
from playwright.sync_api import Browser, Page

from graph.recommend.experiment.report import write_report

LONG = (
    *NINE,
    "m" * 60,
    "hybrid (weights=[1, 2, 0.5], strategies=['content', 'linked'])",
    "<b>mine</b> & \x07",
)
SIZES = [(1280, 800), (768, 1024), (390, 844)]

_OVERLAPS = """() => [...document.querySelectorAll('svg.plot')].flatMap(plot => {
  const texts = [...plot.querySelectorAll('text')]
  const boxes = texts.map(text => [text.textContent, text.getBoundingClientRect()])
  return boxes.flatMap(([a, p], i) => boxes.slice(i + 1).filter(([b, q]) =>
    Math.min(p.right, q.right) - Math.max(p.left, q.left) > 1 &&
    Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top) > p.height / 3).map(([b]) => [a, b]))
})"""
_OUTSIDE = """() => [...document.querySelectorAll('svg.plot')].flatMap(plot => {
  const frame = plot.getBoundingClientRect()
  return [...plot.querySelectorAll('text')].filter(text => {
    const box = text.getBoundingClientRect()
    return box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1
  }).map(text => text.textContent)
})"""
_CONTRASTS = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true})
  const luminance = color => {
    canvas.fillStyle = color
    canvas.fillRect(0, 0, 1, 1)
    const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map(c => c / 255)
      .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const style = getComputedStyle(document.documentElement)
  const back = luminance(style.getPropertyValue('--surface'))
  return name => {
    const [low, high] = [back, luminance(style.getPropertyValue(name))].sort((a, b) => a - b)
    return (high + 0.05) / (low + 0.05)
  }
}"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_report(made_up(LONG, leaking=["linked"]), tmp_path_factory.mktemp("report"))


@pytest.fixture(params=["light", "dark"])
def page(browser: Browser, report: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The open report; whatever it asks for or complains of fails the test."""
    context = browser.new_context(color_scheme=request.param)
    page = context.new_page()
    requests: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(report.as_uri())
    yield page
    context.close()
    assert [url for url in requests if url != "data:,"] == [report.as_uri()]
    assert complaints == []


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_nothing_is_cut_off_or_on_top_of_another(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert page.evaluate(_OVERLAPS) == []
    assert page.evaluate(_OUTSIDE) == []


def test_every_plot_is_there(page: Page) -> None:
    boxes = [plot.bounding_box() for plot in page.query_selector_all("figure svg.plot")]
    assert len(boxes) == 7
    assert all(box and box["width"] > 300 and box["height"] > 150 for box in boxes)
    assert page.locator("svg text", has_text="personalized-pagerank").first.is_visible()
    assert page.get_by_role("img", name="Hit rate by k").count() == 1


def test_text_and_lines_stand_out(page: Page) -> None:
    contrast = f"name => ({_CONTRASTS})()(name)"
    for name in ("--text", "--faint", "--accent"):
        assert page.evaluate(contrast, name) >= 4.5, name
    for number in range(6):
        assert page.evaluate(contrast, f"--series-{number}") >= 3, number


def test_lines_have_their_theme_s_colours(page: Page) -> None:
    drawn, wanted = page.evaluate(
        """() => {
          const line = document.querySelector('[style*="stroke: var(--series-0)"]')
          const probe = document.body.appendChild(document.createElement('i'))
          probe.style.color = 'var(--series-0)'
          return [getComputedStyle(line).stroke, getComputedStyle(probe).color]
        }"""
    )
    assert drawn == wanted != "none"


def test_what_users_wrote_is_shown_as_it_is(page: Page) -> None:
    assert page.locator("tbody th", has_text="<b>mine</b> &").count() > 0
    assert page.locator("b").count() == 0


def test_a_wide_table_scrolls_in_its_place_and_keeps_its_names(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    table = page.locator(".scroll").first
    name = table.locator("tbody th").first
    before = name.bounding_box()
    table.evaluate("element => element.scrollLeft = 200")
    assert table.evaluate("element => element.scrollLeft") > 100
    assert name.bounding_box() == before


def test_tables_and_regions_have_names_and_can_be_reached_by_keyboard(page: Page) -> None:
    assert page.get_by_role("region", name="Accuracy", exact=True).get_attribute("tabindex") == "0"
    assert page.get_by_role("table", name="Accuracy at k = 10").count() == 1
    assert page.get_by_role("heading", level=1).inner_text() == "links"
    page.get_by_text("MRR@10", exact=True).click()
    assert page.get_by_role("region", name="Pairs by MRR").is_visible()
