"""What is made for paper, printed by a real Chromium: the one-page report is one page of A4, on every range; a map is
sheets of A4 or A3 that break between stages, each page with its head, and no word cut off, in every language.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page
from visiting import IN_CHROMIUM, Visitor

pytestmark = IN_CHROMIUM
READER = shutil.which("pdftotext")
MM = 25.4 / 72
FORMATS = {"a4": (297, 210, (1046, 718)), "a3": (420, 297, (1510, 1046))}
"""Size in mm; what can be printed on, in CSS pixels."""

CUT = """([wide, tall]) => {
  const found = [];
  const say = (why, one) => found.push(`${why}: ${one.textContent.trim().slice(0, 60)}`);
  for (const table of document.querySelectorAll(".map.on-paper")) {
    const box = table.getBoundingClientRect();
    if (box.width > wide + 1) say("a sheet is too wide", table);
    const repeated = table.tHead.offsetHeight + table.tFoot.offsetHeight;
    if (table.tHead.offsetHeight > tall / 4) say("a head is too tall to be repeated", table.tHead);
    for (const row of table.tBodies[0].rows) if (row.offsetHeight > tall - repeated) say("a lane is too tall", row);
    for (const cell of table.querySelectorAll("th, td"))
      if (cell.scrollWidth > cell.clientWidth + 1) say("a cell is too narrow", cell);
    for (const drawing of table.querySelectorAll(".drawn svg")) {
      const frame = drawing.getBoundingClientRect();
      for (const text of drawing.querySelectorAll("text")) {
        const at = text.getBoundingClientRect();
        const beside = at.left < frame.left - 1 || at.right > frame.right + 1;
        if (beside || at.bottom > frame.bottom + 1 || at.top < frame.top - 1)
          say("a word in a drawing is cut", text);
      }
    }
  }
  return found;
}"""


def pages_of(pdf: bytes) -> list[tuple[int, int]]:
    """The pages' sizes in mm."""
    sizes = [[float(end) for end in box.split()] for box in re.findall(rb"/MediaBox\s*\[([^\]]*)\]", pdf)]
    assert len(sizes) == len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))
    return [(round((right - left) * MM), round((top - bottom) * MM)) for left, bottom, right, top in sizes]


@pytest.mark.parametrize("lens", ["", "?range=all&by=place&is=North"])
def test_the_report_is_one_page_of_a4(look: Callable[..., Page], lens: str) -> None:
    page = look(f"/report{lens}")
    assert page.locator("[data-print]").first.is_visible()
    assert pages_of(page.pdf(prefer_css_page_size=True)) == [(210, 297)]


@pytest.fixture(params=["en", "de", "zh"])
def spoken(request: pytest.FixtureRequest, visitor: Visitor) -> object:
    """The sample speaks this language to its reader, and English again afterwards."""
    change = {"language": request.param}
    assert visitor.post("/account/language", change, form="/account").status_code == 303
    yield request.param
    visitor.post("/account/language", {"language": "en"}, form="/account")


def test_a_map_is_printed_on_sheets_with_nothing_cut_off(
    look: Callable[..., Page], visitor: Visitor, spoken: str, tmp_path: Path
) -> None:
    journey = visitor.find("/journeys", r"/journeys/(?!cohorts)[^/]+")
    for name, (wide, tall, printable) in FORMATS.items():
        page = look(f"{journey}/paper?range=all&sheet={name}")
        assert page.evaluate("document.activeElement.matches('[data-print]')"), "Enter prints"
        sheets = page.locator(".sheet").count()
        made = page.pdf(prefer_css_page_size=True)
        pages = pages_of(made)
        assert set(pages) == {(wide, tall)}
        assert sheets <= len(pages) <= 2 * sheets
        page.emulate_media(media="print")
        stages = [text.strip() for text in page.locator(".sheet .stage-name").all_inner_texts()]
        assert page.evaluate(CUT, list(printable)) == []
        if READER is None:
            continue
        (tmp_path / "map.pdf").write_bytes(made)
        read = subprocess.run(
            [READER, "-layout", tmp_path / "map.pdf", "-"], capture_output=True, text=True, check=True
        )
        told = read.stdout.split("\f")[: len(pages)]
        for nth, text in enumerate(told, start=1):
            assert re.search(rf"\b{nth} ?/ ?{len(pages)}\b", text), "the page's number"
            assert re.search(r"20\d\d", text), "the day it was made"
            assert any(stage in text for stage in stages), f"{spoken}, {name}: page {nth} says no stage"
        assert all(any(stage in text for text in told) for stage in stages)
