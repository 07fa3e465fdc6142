"""Letters that come back, and an address that is asked whose it is: end to end, by relay, signed notice and phone."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from faults import OF_COLOUR, find_faults
from playwright.sync_api import Browser, Page, expect
from visiting import IN_CHROMIUM, PATIENCE_MS, Served, find_overflow, open_browser

from heartline.act import take_template
from heartline.app import open_heartline
from heartline.config import Settings
from heartline.records import Body, Role, SourceRules, SurveyStatus, Trust
from heartline.web import issue_entry_link
from verb_nursery import Nursery

sys.path.append(str(Path(__file__).parents[1] / "web"))
from mail_catcher import Catcher, catching  # it is shared with the tests without a browser

pytestmark = IN_CHROMIUM
MIRA, ADA = "mira@example.com", "ada@example.com"
SECRET = "a signing key of theirs"


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    with catching() as opened:
        yield opened


@pytest.fixture
def shop(tmp_path: Path) -> tuple[Path, str, str]:
    """A shop that knows Mira, has a survey anybody may answer, and takes Mailgun's notices; its owner's way in."""
    data = tmp_path / "data"
    with open_heartline(Settings(data_dir=data)) as heartline:
        kept = heartline.stores.kept
        heartline.change_workspace(name="Harbour & Bean", letters_from=0, letters_to=0, confirm_first=True)
        owner = kept.add_user(email="jo@example.com", name="Jo", role=Role.OWNER, language="en", password_hash="-")
        source = kept.add_source(name="Mail", trust=Trust.TRUSTED)
        kept.set_source_rules(source.source_id, SourceRules(hook="mailgun", hook_secrets=(SECRET,)))
        heartline.sources.reload()
        who = {"type": "identify", "userId": "m-1", "messageId": "1", "traits": {"email": MIRA, "name": "Mira"}}
        payload = json.dumps({"batch": [who]}).encode()
        now_us = time.time_ns() // 1_000
        body = Body(source_id=source.source_id, received_us=now_us, payload=payload, events=1)
        heartline.intake.submit(body)
        heartline.catch_up()
        survey = kept.add_survey(take_template("nps", language="en"), by="jo")
        kept.set_survey(survey.survey_id, status=SurveyStatus.PUBLISHED)
        return data, issue_entry_link(heartline, owner), f"/s/{kept.survey_link(survey.survey_id)}"


def look_at(page: Page) -> None:
    """A page is sound in light and dark, wide and narrow."""
    assert find_overflow(page) == []
    assert find_faults(page) == []
    page.emulate_media(color_scheme="dark")
    assert find_faults(page, rules=OF_COLOUR) == []
    page.emulate_media(color_scheme="light")


def leave_address(page: Page, link: str) -> None:
    """Answer a public survey on a phone and leave an address."""
    page.goto(link)
    page.get_by_label("9", exact=True).press("Space")
    page.get_by_role("button", name="Next").click()
    page.get_by_role("textbox").fill("Fine.")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    page.get_by_label("Yes", exact=True).press("Space")
    page.get_by_label("Your e-mail, if yes").fill(ADA)
    page.get_by_role("button", name="Keep my choice").click()
    expect(page.get_by_text("We have kept your choice.")).to_be_visible()


def wait_for(catcher: Catcher) -> str:
    """Return the path of the letter's only link."""
    ends = time.monotonic() + PATIENCE_MS / 1_000
    while not catcher.got:
        assert time.monotonic() < ends, "no letter came"
        time.sleep(0.05)
    assert catcher.to == [ADA]
    (link,) = [word for word in str(catcher.got[0].get_content()).split() if "://" in word]
    return urlsplit(link).path


def tell_bounce(site: str) -> None:
    """Post a notice as Mailgun does; one that is not signed rightly is refused."""
    stamp, token = str(time.time_ns() // 1_000_000_000), "t" * 50
    event = {
        "event": "failed", "severity": "permanent", "id": "e-1", "timestamp": float(stamp), "recipient": MIRA,
        "delivery-status": {"code": 550, "enhanced-code": "5.1.1"},
    }  # fmt: skip
    for secret, status in (("another", 401), (SECRET, 200)):
        proof = hmac.new(secret.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
        signed = {"timestamp": stamp, "token": token, "signature": proof}
        told = httpx.post(f"{site}/hooks/1", json={"signature": signed, "event-data": event}, trust_env=False)
        assert told.status_code == status


def test_an_address_is_confirmed_on_a_phone_and_a_bounce_is_seen_and_lifted(
    chromium: Browser, nursery: Nursery, shop: tuple[Path, str, str], catcher: Catcher
) -> None:
    data, entry, link = shop
    settings = {"HEARTLINE_SMTP_URL": catcher.url, "HEARTLINE_MAIL_FROM": "Care <care@example.org>"}
    with Served(nursery, "serve", data, **settings) as served, open_browser(chromium, served.site) as (page, _):
        with open_browser(chromium, served.site, width=390) as (phone, _):
            phone.set_viewport_size({"width": 320, "height": 720})
            leave_address(phone, served.site + link)
            asked = served.site + wait_for(catcher)
            for _time in range(10):
                assert httpx.get(asked, trust_env=False).status_code == 200
            phone.goto(asked)
            expect(phone.get_by_text(ADA)).to_be_visible()
            look_at(phone)
            phone.keyboard.press("Tab")
            phone.keyboard.press("Enter")
            expect(phone.get_by_text("Your address is confirmed.")).to_be_visible()
            look_at(phone)
        tell_bounce(served.site)
        page.goto(served.site + entry)
        page.goto(served.site + "/settings/outbox")
        expect(bounces := page.locator("#bounces")).to_be_visible()
        ends = time.monotonic() + PATIENCE_MS / 1_000
        while bounces.get_by_text("Nobody there").count() == 0:
            assert time.monotonic() < ends, "the notice was not heard"
            page.reload()
        expect(page.locator("#first")).to_contain_text(re.compile(r"Confirmed\s*1"))
        look_at(page)
        page.set_viewport_size({"width": 320, "height": 720})
        assert find_overflow(page) == []
        page.locator("#bounces").get_by_role("link", name=MIRA).click()
        page.wait_for_url(re.compile("/customers/"))
        expect(page.get_by_role("heading", name="E-mail does not reach them")).to_be_visible()
        assert find_overflow(page) == []
        look_at(page)
        page.get_by_role("button", name="Write again").click()
        expect(page.get_by_role("heading", name="E-mail does not reach them")).to_have_count(0)
    with open_heartline(Settings(data_dir=data)) as heartline:
        kept = heartline.stores.kept
        confirmed = kept.confirmation_of(kept.handle_of_address(ADA))
        assert confirmed is not None
        assert confirmed.confirmed_us
        heartline.catch_up()
        known = heartline.stores.derived.customer_of_handle(kept.handle_of_address(ADA))
        assert known is not None
