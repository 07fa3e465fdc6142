"""A survey from end to end, as people do it: built, mailed, answered on a phone by keyboard alone, seen, acted on."""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from faults import find_faults
from playwright.sync_api import Browser, Page, expect
from visiting import IN_CHROMIUM, PATIENCE_MS, Served, find_overflow, open_browser, settle

from heartline.act import take_template
from heartline.app import open_heartline
from heartline.config import Settings
from heartline.records import Body, Journey, LetterKind, Role, Stage, SurveyStatus, Trust
from heartline.web import issue_entry_link
from verb_nursery import Nursery

sys.path.append(str(Path(__file__).parents[1] / "web"))
from mail_catcher import Catcher, catching  # it is shared with the tests without a browser

pytestmark = IN_CHROMIUM
MIRA = "mira@example.com"
WORDS = "The box was wet and nobody called."


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    with catching() as opened:
        yield opened


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Path, str]:
    """A shop with one journey, where Mira met a delivery yesterday; and its owner's way in."""
    data = tmp_path / "data"
    with open_heartline(Settings(data_dir=data)) as heartline:
        kept = heartline.stores.kept
        heartline.change_workspace(name="Harbour & Bean", letters_from=0, letters_to=0)
        owner = kept.add_user(email="jo@example.com", name="Jo", role=Role.OWNER, language="en", password_hash="-")
        stages = tuple(Stage(name=name, touchpoints=(name,)) for name in ("Order", "Delivery"))
        kept.set_journey(Journey(journey_id="buying", name="Buying", stages=stages))
        source = kept.add_source(name="Shop", trust=Trust.TRUSTED)
        heartline.sources.reload()
        now_ms = time.time_ns() // 1_000_000
        events = [
            {"type": "identify", "userId": "m-1", "messageId": "1", "traits": {"email": MIRA, "name": "Mira"}},
            *(
                {
                    "type": "track",
                    "event": name,
                    "userId": "m-1",
                    "messageId": name,
                    "timestamp": now_ms - ago * 3_600_000,
                }
                for name, ago in (("Order", 48), ("Delivery", 20))
            ),
        ]
        payload = json.dumps({"batch": events}).encode()
        body = Body(source_id=source.source_id, received_us=now_ms * 1_000, payload=payload, events=len(events))
        heartline.intake.submit(body)
        heartline.catch_up()
        return data, issue_entry_link(heartline, owner)


def build(page: Page, site: str) -> str:
    """Build a survey, with htmx keeping it, publish it and return its path."""
    page.goto(site + "/surveys")
    page.get_by_role("link", name="New survey").click()
    page.locator(".template", has_text="Would you recommend us?").get_by_role("button").click()
    page.wait_for_url(re.compile("/edit"))
    page.get_by_label("Title").fill("Your delivery")
    page.get_by_label("Title").press("Tab")
    expect(page.locator("#preview h2", has_text="Your delivery").first).to_be_visible()
    page.get_by_role("button", name="Move up: question 2").click()
    expect(page.locator(".block").first).to_contain_text("In their own words")
    page.get_by_role("button", name="Move down: question 1").click()
    expect(page.locator(".block").first).to_contain_text("Recommendation")
    assert find_faults(page) == []
    # Typed last and not left: publishing keeps it first.
    page.locator('[name="q2-words"]').fill("Why?")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url(re.compile(r"/surveys/\d+$"))
    return urlsplit(page.url).path


def mail(page: Page, site: str, survey: str, catcher: Catcher) -> list[str]:
    """Invite who met a delivery lately; return every link of the letter that came."""
    page.goto(site + survey)
    page.get_by_role("link", name="Invite", exact=True).click()
    page.get_by_text("Who met a touchpoint").click()
    page.get_by_label("Touchpoint", exact=True).fill("Delivery")
    page.get_by_role("button", name="Look who would be asked").click()
    expect(page.get_by_text("1 person would be asked.")).to_be_visible()
    assert find_faults(page) == []
    page.get_by_role("button", name="Ask 1 person").click()
    page.wait_for_url(re.compile("#invitations"))
    ends = time.monotonic() + PATIENCE_MS / 1_000
    while not catcher.got:
        assert time.monotonic() < ends, "no letter came"
        time.sleep(0.05)
    assert catcher.to == [MIRA]
    text = str(catcher.got[0].get_content())
    return list(dict.fromkeys(word for word in text.split() if word.startswith("http")))


def scan(links: list[str]) -> None:
    """Open every link ten times, as a scanner of mail does."""
    with httpx.Client(trust_env=False, follow_redirects=True) as scanner:
        for link in links:
            for _ in range(10):
                assert scanner.get(link).status_code == 200, link


def answer(page: Page, link: str) -> None:
    """Answer with the keyboard alone, on a phone's screen."""
    page.goto(link)
    assert find_overflow(page) == []
    assert find_faults(page) == []
    sizes = page.locator(".point").evaluate_all("all => all.map(one => one.getBoundingClientRect())")
    assert len(sizes) == 11
    assert all(box["width"] >= 24 and box["height"] >= 24 for box in sizes)
    assert len({round(box["y"]) for box in sizes}) == 2, "two rows on a phone"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    for _ in range(2):
        page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.value") == "2"
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("at=1"))
    assert find_faults(page) == []
    page.keyboard.press("Tab")
    page.keyboard.type(WORDS)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert find_faults(page) == []
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("We have kept your choice.")).to_be_visible()


def act(page: Page, site: str) -> None:
    """Find what was said on Home's answers, on the map and with its customer; open a case about it, and close it."""
    page.goto(site + "/answers?measure=nps&range=all")
    expect(page.get_by_text(WORDS).first).to_be_visible()
    page.goto(site + "/journeys/buying/cell?stage=Delivery&lane=said&range=all")
    expect(page.get_by_text(WORDS).first).to_be_visible()
    page.goto(site + "/?range=all")
    settle(page)
    tile = page.locator("main .tile", has_text="Would recommend us").first
    expect(tile).to_contain_text("−100")
    expect(tile).to_contain_text("n\N{NO-BREAK SPACE}1")
    page.goto(site + "/answers?measure=nps&range=all")
    page.locator('a[href*="/cases/new"]').first.click()
    page.get_by_role("button", name="Open the case").click()
    page.wait_for_url(re.compile(r"/cases/\d+"))
    expect(page.locator("main")).to_contain_text(WORDS)
    page.get_by_text("Close it").click()
    page.locator("#close select[name=reason]").select_option(index=1)
    page.get_by_role("button", name="Close the case").click()
    expect(page.locator("main")).to_contain_text("Closed")
    page.goto(site + "/cases")
    expect(page.locator("main")).not_to_contain_text(WORDS)


def test_a_survey_is_built_mailed_answered_by_keyboard_seen_and_becomes_a_case(
    chromium: Browser, nursery: Nursery, shop: tuple[Path, str], catcher: Catcher
) -> None:
    data, entry = shop
    settings = {"HEARTLINE_SMTP_URL": catcher.url, "HEARTLINE_MAIL_FROM": "Care <care@example.org>"}
    with Served(nursery, "serve", data, **settings) as served, open_browser(chromium, served.site) as (page, _):
        page.goto(served.site + entry)
        survey = build(page, served.site)
        links = [served.site + urlsplit(link).path for link in mail(page, served.site, survey, catcher)]
        assert [urlsplit(link).path[:3] for link in links] == ["/s/", "/u/"]
        scan(links)
        page.goto(served.site + survey)
        expect(page.locator(".tile", has_text="Began")).to_contain_text("0")
        with open_browser(chromium, served.site, width=390) as (phone, _):
            phone.set_viewport_size({"width": 390, "height": 844})
            answer(phone, links[0])
        scan(links)
        act(page, served.site)
        page.goto(served.site + survey)
        expect(page.locator(".tile", has_text="Response rate")).to_contain_text("100")
        assert find_faults(page) == []
    with open_heartline(Settings(data_dir=data)) as heartline:
        kept = heartline.stores.kept
        (response,) = kept.responses(1)
        assert (response.whole, response.answers) == (True, {"q1": ("2",), "q2": ("…",)})
        assert not kept.is_unsubscribed(kept.handle_of_address(MIRA), LetterKind.SURVEY)
        heartline.catch_up()
        log = heartline.log()
        at = [log.names["touchpoint"][code] for code in log.codes["touchpoint"]]
        assert (at.count("Delivery"), len(log.customers)) == (2, 1), "the answer stands where the delivery does"


@contextmanager
def a_site(body: str, policy: str) -> Iterator[str]:
    """Serve one page as a site of another origin would, under a policy of its own; yield its address."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.send_header("content-security-policy", policy)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_site_asks_its_visitors_in_a_corner_once(chromium: Browser, nursery: Nursery, shop: tuple[Path, str]) -> None:
    data, _entry = shop
    with open_heartline(Settings(data_dir=data)) as heartline:
        kept = heartline.stores.kept
        text = replace(take_template("nps", language="en"), hidden=("plan",))
        kept.set_survey(kept.add_survey(text, by="jo").survey_id, status=SurveyStatus.PUBLISHED)
        token = kept.survey_link(1)
    with Served(nursery, "serve", data) as served:
        asked = f'<script async src="{served.site}/embed/survey.js" data-survey="{token}" data-after="0"'
        body = f"<!doctype html><title>Shop</title><h1>Shop</h1>{asked} data-field-plan=gold></script>"
        # Its policy forbids inline styles.
        policy = f"default-src 'none'; script-src {served.site}; frame-src {served.site}"
        with a_site(body, policy) as site:
            context = chromium.new_context()
            page = context.new_page()
            page.goto(site)
            page.get_by_role("button", name="Answer").click()
            frame = page.frame_locator("iframe")
            # By its key: a frame that still unfolds moves under the mouse.
            frame.get_by_label("9", exact=True).press("Space")
            expect(frame.get_by_label("9", exact=True)).to_be_checked()
            frame.get_by_role("button", name="Next").click()
            frame.get_by_role("textbox").fill("Fine.")
            frame.get_by_role("button", name="Send").click()
            expect(frame.get_by_role("heading", name="Thank you")).to_be_visible()
            page.goto(site)
            page.wait_for_timeout(300)
            assert page.get_by_role("button", name="Answer").count() == 0
            context.close()
    with open_heartline(Settings(data_dir=data)) as heartline:
        (response,) = heartline.stores.kept.responses(1)
        assert (response.whole, response.hidden) == (True, {"plan": "gold"})
