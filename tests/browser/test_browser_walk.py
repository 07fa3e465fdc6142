from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from visiting import IN_CHROMIUM, PATIENCE_MS, Served, open_browser, settle

from heartline.store import move_state, open_directory
from verb_nursery import Nursery

pytestmark = IN_CHROMIUM


def tab_to(page: Page, selector: str, *, most: int = 250) -> None:
    """Press Tab until something that matches has the focus, as somebody without a mouse does."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", selector):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"{selector} does not show its focus"
            return
    raise AssertionError(f"{most} Tabs on {page.url} do not lead to {selector}")


class Hand:
    """Clicks, and counts the clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.clicks = 0

    def click(self, target: Locator) -> None:
        self.clicks += 1
        target.first.click()
        settle(self.page)


@pytest.fixture(params=["embedded", "postgres"])
def installed(request: pytest.FixtureRequest, pour: Callable[[], Path]) -> Path:
    """A copy of the sample, with its State in the data directory or moved to a real PostgreSQL."""
    data = pour()
    if request.param == "postgres":
        directory = open_directory(data)
        assert move_state(directory, to=request.getfixturevalue("state_url")).rows["identifiers"] > 5_000
        directory.release()
        assert not list(data.glob("state*.sqlite"))
    return data


def test_from_the_sentence_to_an_owned_case_in_twelve_clicks(
    chromium: Browser, installed: Path, nursery: Nursery
) -> None:
    with Served(nursery, "demo", installed) as served, open_browser(chromium, served.site) as (page, _):
        page.goto(served.opening)
        settle(page)
        hand = Hand(page)

        sentence = page.locator("#say").inner_text()
        assert "North" in sentence, sentence
        assert "Delivery" in sentence, sentence
        figures = page.locator("#opening").inner_text()
        assert re.search(r"n = [\d,]+|[\d,]+ answers", figures), figures

        hand.click(page.get_by_role("link", name="See where on the map"))
        expect(page).to_have_url(re.compile(r"/journeys/[^/]+\?.*by=.*spot=Deliver"))
        assert "North" in page.locator("main").inner_text()

        hand.click(page.locator(".map-wide th a[href*='/cell?'][href*='stage=Delivery']"))
        hand.click(page.get_by_role("link", name=re.compile("^What they say")))
        comments = page.locator(".answer-rows .voice")
        assert comments.count() > 0
        said = page.locator(".answer-rows .voice-row").first
        name = said.locator(".person").inner_text()

        hand.click(said.locator(".person"))
        assert page.locator("h1").inner_text().startswith(name)
        assert page.locator(".happened").count() > 3, "the timeline of everything"

        hand.click(page.get_by_role("link", name="Open a case"))
        expect(page.get_by_label("What is to be done")).not_to_have_value("")
        hand.click(page.get_by_role("button", name="Open the case"))
        expect(page).to_have_url(re.compile(r"/cases/\d+"))
        title = page.locator("h1").inner_text()
        assert "You" in page.locator(".lede").inner_text(), "who opened it owns it"
        assert hand.clicks <= 12, f"{hand.clicks} clicks"

        page.goto(served.site + "/")
        settle(page)
        loops = page.locator("section", has=page.get_by_role("heading", name=re.compile("open", re.IGNORECASE)))
        mine = loops.locator("li, a", has_text=title).first
        mine.wait_for(timeout=PATIENCE_MS)
        assert "You" in loops.first.inner_text()
        assert name in loops.first.inner_text()


def test_the_same_way_without_a_mouse(look: Callable[..., Page]) -> None:
    page = look("/")
    for selector, leads_to in (
        ("#opening .acts a[href*='/journeys/']", "/journeys/"),
        (".map-wide th a[href*='stage=Delivery']", "/cell"),
        (".tabs a[href*='lane=said']", "lane=said"),
        (".answer-rows .person", "/customers/"),
        ("main a[href*='/cases/new']", "/cases/new"),
    ):
        tab_to(page, selector)
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url, leads_to=leads_to: leads_to in url)
        settle(page)
    tab_to(page, "input[name='title']")
    page.keyboard.press("Control+a")
    page.keyboard.type("Ring them without a mouse")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/cases/\d+"))
    assert page.locator("h1").inner_text() == "Ring them without a mouse"
