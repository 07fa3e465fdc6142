from __future__ import annotations

import csv
import io
import re
import struct
import xml.etree.ElementTree as ET
from collections.abc import Callable
from pathlib import Path

import pytest
from faults import find_faults
from playwright.sync_api import Page, expect
from visiting import IN_CHROMIUM, Visitor, settle

pytestmark = IN_CHROMIUM


@pytest.fixture(scope="session")
def journey(visitor: Visitor) -> str:
    return visitor.find("/journeys", r"/journeys/(?!cohorts)[^/]+")


def focused(page: Page, what: str) -> str:
    return str(page.evaluate(f"document.activeElement.{what} ?? ''"))


def test_the_first_tab_stop_skips_to_the_content(look: Callable[..., Page]) -> None:
    page = look("/customers")
    page.keyboard.press("Tab")
    assert focused(page, "textContent") == "Skip to content"
    page.keyboard.press("Enter")
    assert focused(page, "id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_ctrl_k_goes_to_a_page_without_a_mouse(look: Callable[..., Page]) -> None:
    page = look("/")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-q")).to_be_focused()
    page.locator("#palette-found [role=option]").first.wait_for()
    # At once, as people do who know the way: what was listed before they typed is not what they mean.
    page.keyboard.type("imports")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/data/imports"))
    page.keyboard.press("Control+k")
    page.locator("#palette-found [role=option]").first.wait_for()
    assert find_faults(page, within="#palette") == []


def test_the_palette_is_closed_with_escape_and_gives_the_focus_back(look: Callable[..., Page]) -> None:
    page = look("/cases")
    page.locator("[data-palette]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.locator("[data-palette]")).to_be_focused()


def test_a_point_of_the_line_is_reached_by_arrows_and_opened_by_enter(look: Callable[..., Page], journey: str) -> None:
    page = look(journey)
    page.locator(".map-wide .heart .step[tabindex='0']").focus()
    page.keyboard.press("Home")
    first = focused(page, "getAttribute('aria-label')")
    page.keyboard.press("ArrowRight")
    second = focused(page, "getAttribute('aria-label')")
    assert first != second
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/cell\?"))
    settle(page)
    assert second.startswith(page.locator("h1").inner_text())


def test_the_map_is_a_drawing_of_its_own(look: Callable[..., Page], visitor: Visitor, journey: str) -> None:
    page = look(journey)
    with page.expect_download() as saving:
        page.get_by_role("link", name="SVG").click()
    assert saving.value.suggested_filename.endswith(".svg")
    drawing = Path(saving.value.path()).read_text(encoding="utf-8")
    assert ET.fromstring(drawing).tag == "{http://www.w3.org/2000/svg}svg"
    shown = page.evaluate(
        """async (text) => {
          const image = new Image();
          image.src = URL.createObjectURL(new Blob([text], {type: "image/svg+xml"}));
          await image.decode();
          return [image.naturalWidth, image.naturalHeight];
        }""",
        drawing,
    )
    assert shown[0] > 1000
    assert shown[1] > 300


def test_a_picture_is_made_of_the_map(look: Callable[..., Page], journey: str) -> None:
    page = look(journey)
    with page.expect_download() as saving:
        page.get_by_role("link", name="PNG").click()
    picture = Path(saving.value.path()).read_bytes()
    assert picture[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", picture[16:24])
    assert width > 2000
    assert height > 600
    assert len(picture) > 40_000, "an empty sheet would be smaller"


@pytest.mark.parametrize("where", ["{journey}", "{journey}/paths", "{journey}/table", "/answers?measure=nps"])
def test_a_csv_is_saved_and_read(where: str, look: Callable[..., Page], journey: str) -> None:
    page = look(where.format(journey=journey))
    with page.expect_download() as saving:
        page.get_by_role("link", name="CSV").first.click()
    assert saving.value.suggested_filename.endswith(".csv")
    text = Path(saving.value.path()).read_bytes().decode("utf-8-sig")
    head, *rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) > 3
    assert all(len(row) == len(head) for row in rows)
