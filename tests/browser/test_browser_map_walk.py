"""From a proposed map to a printed one: build it, find the widest gap, open its customers, file an opportunity, compare
two months, print. Once by mouse, once by keyboard alone, on the same installation.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Browser, Page, expect
from test_browser_walk import tab_to
from visiting import IN_CHROMIUM, Served, Visitor, open_browser, settle

from verb_nursery import Nursery

pytestmark = IN_CHROMIUM
BELIEVED = "0.9"
COUNT_PRINTS = "window.print = () => { document.documentElement.dataset.printed = 'yes'; };"


class Mouse:
    """Points and clicks."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def open(self, selector: str) -> None:
        self.page.locator(selector).first.click()
        settle(self.page)

    def write(self, selector: str, text: str) -> None:
        self.page.locator(selector).first.fill(text)

    def choose(self, selector: str, words: str) -> None:
        self.page.locator(selector).first.select_option(label=words)

    def save(self, selector: str) -> None:
        self.open(selector)

    def back(self) -> None:
        # Alt-Left is the browser's own, and one without a window has none.
        self.page.go_back()
        settle(self.page)


class Keyboard(Mouse):
    """Goes by Tab, and never far: what is wanted must be reached in ``MOST`` presses of a key."""

    MOST = 90

    def _reach(self, selector: str) -> None:
        tab_to(self.page, selector, most=self.MOST)

    def open(self, selector: str) -> None:
        self._reach(selector)
        self.page.keyboard.press("Enter")
        # What Enter opens may be a page, or a part of this one.
        self.page.wait_for_load_state()
        settle(self.page)

    def write(self, selector: str, text: str) -> None:
        self._reach(selector)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, selector: str, words: str) -> None:
        self._reach(selector)
        self.page.keyboard.type(words.partition(":")[0])
        chosen = self.page.evaluate("document.activeElement.selectedOptions[0].textContent")
        assert chosen.startswith(words), chosen

    def save(self, selector: str) -> None:
        several = self.page.evaluate("document.activeElement.matches('textarea')")
        with self.page.expect_navigation():
            self.page.keyboard.press("Control+Enter" if several else "Enter")
        settle(self.page)


def walk(hand: Mouse, site: str, *, title: str) -> None:  # noqa: PLR0915  # one way, told from end to end
    page = hand.page
    page.goto(site + "/journeys")
    settle(page)

    # Build a map from the proposed stages.
    hand.open("main a[href*='/journeys/discover']")
    assert "Proposed" in page.locator("main").inner_text()
    hand.open("main a[href*='/edit']")
    hand.write("input[name='name']", "First look to goodbye")
    hand.save(".editor-save button")
    expect(page.locator("h1")).to_contain_text("First look to goodbye")
    assert "Proposed" not in page.locator(".lede").inner_text()

    # Say what is believed; the map names the widest gap.
    hand.open(".tabs a[href*='/document']")
    hand.write("#f-believed-3", BELIEVED)
    hand.write("#f-backstage-3", "The courier scans at the door")
    hand.save(".editor-save button")
    expect(page.locator(".toast")).to_contain_text("Saved")
    hand.open(".tabs a[href*='/journeys/']")
    gap = page.locator(".map-gap").inner_text()
    assert re.search(r"The widest gap: \w+.* worse than believed, 95 % interval", gap), gap

    # Open those behind it, and one of them.
    hand.open(".map-gap a")
    n = re.search(r"\(n ([\d,]+)\)", gap)
    assert n
    assert f"{n[1]} answers" in page.locator(".lede").inner_text().replace("\N{NO-BREAK SPACE}", " ")
    hand.open(".answer-rows a[href*='/customers/']")
    expect(page).to_have_url(re.compile("/customers/"))
    hand.back()
    hand.back()

    # What hurts in that stage, and what could be done about it. What is still being worked out comes by itself.
    page.locator(".map-wide tr[hx-get]").wait_for(state="detached")
    hand.open(".map-wide .cell-line a[href*='/pains/']")
    expect(page).to_have_url(re.compile("/pains/"))
    hand.open(".new-opportunity summary")
    hand.write("#f-title", title)
    hand.open(".new-opportunity form button")
    expect(page.locator("#opportunities")).to_contain_text(title)

    # Two months beside each other.
    page.goto(site + "/journeys")
    settle(page)
    hand.open("main a[href*='/journeys/discover']")
    page.locator(".map-wide tr[hx-get]").wait_for(state="detached")
    assert title in page.locator(".map-wide").inner_text(), "the opportunity stands on the map"
    hand.open(".tabs a[href*='/compare']")
    hand.choose("select[name='split']", "Month: one against another")
    hand.open(".funnel-choice button")
    compared = page.locator(".lede").inner_text()
    assert re.search(r"\w+ 20\d\d against \w+ 20\d\d: ", compared), compared
    earlier = page.locator("select[name='b'] option").nth(2).inner_text()
    hand.choose("select[name='b']", earlier)
    hand.open(".funnel-choice button")
    assert f"against {earlier}" in page.locator(".lede").inner_text()

    # On paper.
    hand.open(".tabs a[href*='/journeys/']")
    hand.open("main a[href*='/paper']")
    assert page.evaluate("document.activeElement.matches('[data-print]')"), "the next press prints"
    if isinstance(hand, Keyboard):
        page.keyboard.press("Enter")
    else:
        page.locator("[data-print]").first.click()
    assert page.evaluate("document.documentElement.dataset.printed") == "yes"
    paper = page.locator(".paper-sheets").inner_text()
    assert title in paper
    assert "The courier scans at the door" in paper
    assert len(page.pdf(prefer_css_page_size=True)) > 50_000


def test_from_a_proposed_map_to_a_printed_one_by_mouse_and_by_keyboard_alone(
    chromium: Browser, pour: Callable[[], Path], nursery: Nursery
) -> None:
    with Served(nursery, "demo", pour()) as served, Visitor(served.opening) as visitor:
        for kind, title in ((Mouse, "Ring before the van comes"), (Keyboard, "A slot that people choose")):
            with open_browser(chromium, served.site, cookies=visitor.cookies) as (page, _watch):
                page.add_init_script(COUNT_PRINTS)
                walk(kind(page), served.site, title=title)
            journey = visitor.find("/journeys", r"/journeys/(?!cohorts)[^/]+")
            assert visitor.post(f"{journey}/drop", {}, form=f"{journey}/edit").status_code == 303


def test_the_arrow_keys_go_from_cell_to_cell(glance: Callable[..., Page], visitor: Visitor) -> None:
    journey = visitor.find("/journeys", r"/journeys/(?!cohorts)[^/]+")
    page = glance(f"{journey}?range=all")
    here = "(document.activeElement.closest('tr') ?? document.body).querySelector('th')?.textContent ?? ''"
    page.locator(".map-wide th.st a").nth(1).focus()
    lanes = []
    for _press in range(3):
        page.keyboard.press("ArrowDown")
        lanes.append(page.evaluate(here))
    assert lanes == ["Touchpoint", "What they do", "What they say"]
    page.keyboard.press("ArrowUp")
    assert page.evaluate(here) == "What they do"
    before = page.evaluate("document.activeElement.href")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.href") != before
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.href") == before
