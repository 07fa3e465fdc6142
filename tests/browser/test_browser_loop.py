"""A case worked on a phone-sized screen: found by keyboard, a reply written, kept, sent and taken back."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape

from playwright.sync_api import Page, expect
from visiting import IN_CHROMIUM, PATIENCE_MS, Visitor, find_overflow, read_links

pytestmark = IN_CHROMIUM
PHONE = {"width": 390, "height": 844}


def open_cases(visitor: Visitor, *, most: int = 2) -> None:
    """Open a case of each of the unhappiest comments."""
    links = read_links(visitor.get("/answers?measure=comments&sort=lowest&range=all").text)
    forms = [f"/cases/new?seq={found[1]}" for link in links if (found := re.search(r"/cases/new\?.*seq=(\d+)", link))]
    for form in forms[:most]:
        filled = dict(re.findall(r'name="(\w+)"[^>]*? value="([^"]*)"', visitor.get(form).text))
        given = {key: unescape(filled[key]) for key in ("seq", "handle", "title", "due")}
        assert visitor.post("/cases", {**given, "owner": "You"}, form=form).status_code == 303


def test_a_case_is_worked_on_a_phone(look: Callable[..., Page], visitor: Visitor) -> None:
    open_cases(visitor)
    page = look("/cases")
    page.set_viewport_size(PHONE)
    titles = page.locator(".case-list .strong")
    for key, place in (("j", 0), ("j", 1), ("k", 0)):
        page.keyboard.press(key)
        expect(titles.nth(place)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/cases/\d+"))
    # A case that another test left a draft in stands open already.
    if page.locator("#reply[open]").count() == 0:
        page.locator("#reply > summary").click()
    page.locator("#f-text").fill("")
    page.locator("#f-text").press_sequentially("Dear customer, a new box is on its way. jk")
    expect(page.locator("#draft-kept")).to_contain_text("Draft kept at", timeout=PATIENCE_MS)
    page.reload()
    expect(page.locator("#f-text")).to_have_value("Dear customer, a new box is on its way. jk")
    assert find_overflow(page) == []
    page.locator("#reply button[value=send]").click()
    page.locator("#reply [role=status]", has_text="it goes in").wait_for()
    page.locator("#reply button", has_text="Take it back").click()
    expect(page.locator("#f-text")).to_have_value("Dear customer, a new box is on its way. jk")
    expect(page.locator("#reply [role=status]", has_text="it goes in")).to_have_count(0)
