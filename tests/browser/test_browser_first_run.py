from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import find_faults
from playwright.sync_api import Browser, Page, expect
from visiting import IN_CHROMIUM, PATIENCE_MS, Served, Watch, find_overflow, open_browser, settle

from heartline.collect import importing
from verb_nursery import Nursery

pytestmark = IN_CHROMIUM

PASSWORD = "four plain words together"
RECEIPT = Path(__file__).parents[2].parent / "shared/data/journey-receipt/receipt.csv.gz"
SMALL = Path(importing.__file__).parent / "samples" / "process-log.csv"
EMPTY = {
    "/": "Choose how to begin",
    "/journeys": "",
    "/scores": "",
    "/customers": "",
    "/cases": "",
    "/data": "Connect a source",
    "/data/live": "",
    "/data/imports": "Look at it",
    "/data/refused": "",
    "/data/account": "",
    "/surveys": "New survey",
    "/surveys/new": "Begin",
    "/settings/outbox": "Send me a test",
    "/answers": "",
    "/settings": "Save",
}


@pytest.fixture
def begun(chromium: Browser, tmp_path: Path, nursery: Nursery) -> Iterator[tuple[Page, Watch, str]]:
    """An empty heartline, set up by the address it printed."""
    with Served(nursery, "serve", tmp_path / "data") as served, open_browser(chromium, served.site) as (page, watch):
        page.goto(served.opening)
        assert "/setup?token=" in served.opening
        check_both_themes(page)
        page.get_by_label("Your name").fill("Aisha Khan")
        page.get_by_label("E-mail").fill("aisha@example.com")
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_label("Time zone").select_option("Europe/London")
        page.get_by_role("button", name="Begin").click()
        page.wait_for_url(re.compile("/begin"))
        yield page, watch, served.site


def check_both_themes(page: Page) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        assert find_faults(page) == [], f"{page.url}, {scheme}"


def test_every_page_of_an_empty_house_says_what_to_do(begun: tuple[Page, Watch, str]) -> None:
    page, _, site = begun
    for path, action in EMPTY.items():
        answer = page.goto(site + path)
        settle(page)
        assert answer is not None
        assert answer.status == 200, path
        assert page.locator("main h1").count() == 1, path
        assert page.locator("main .btn, main button").count() >= 1, f"{path} offers nothing to do"
        if action:
            assert page.locator("main").get_by_text(action).count() >= 1, path
        check_both_themes(page)
        page.set_viewport_size({"width": 320, "height": 720})
        assert find_overflow(page) == [], path
        page.set_viewport_size({"width": 1440, "height": 900})


def test_out_and_in_again_with_the_password_and_with_nothing_else(begun: tuple[Page, Watch, str]) -> None:
    page, watch, site = begun
    page.locator(".menu.me summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("/sign-in"))
    page.goto(site + "/customers")
    expect(page).to_have_url(re.compile("/sign-in"))
    check_both_themes(page)

    watch.expected |= {400, 401, 403}
    page.get_by_label("E-mail").fill("aisha@example.com")
    page.get_by_label("Password").fill("not the right words")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("not right")
    check_both_themes(page)

    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/customers"))
    expect(page.locator(".menu.me summary")).to_have_attribute("aria-label", "Your account: Aisha Khan")


def test_a_file_is_imported_by_the_page(begun: tuple[Page, Watch, str]) -> None:
    page, _, site = begun
    file, touches = (RECEIPT, "8,577") if RECEIPT.is_file() else (SMALL, "")
    bring(page, site, file)
    told = page.locator("#chore")
    assert "0 refused" in told.inner_text()
    new = told.locator("dt", has_text="New touches").locator("xpath=following-sibling::dd[1]").inner_text()
    assert new == touches or not touches
    page.get_by_role("button", name="Import it").click()
    page.get_by_role("link", name="See the journeys").click()
    settle(page)
    assert page.locator("a[href*='/journeys/']").count() >= 1
    page.goto(site + "/data/account")
    assert "It adds up" in page.locator("main").inner_text()
    assert new in page.locator("main").inner_text()

    bring(page, site, file)
    again = page.locator("#chore").inner_text()
    assert re.search(r"New touches\s+0\b", again), again
    assert re.search(rf"Known already\s+{new}\b", again), again


def bring(page: Page, site: str, file: Path) -> None:
    """Bring a file and try it dry with what was guessed."""
    page.goto(site + "/data/imports")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Look at it").click()
    page.get_by_role("button", name="Try it dry").click()
    page.get_by_role("button", name="Import it").wait_for(timeout=2 * PATIENCE_MS)
