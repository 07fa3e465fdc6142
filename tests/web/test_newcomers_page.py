"""What was never seen before is announced, classed in one step, and then announced no more."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from html import unescape

import pytest
from browsing import Browser, a_user
from small_company import DAY_S, a_touch, send

from heartline.app import Heartline, open_twin
from heartline.records import Body, Journey, Role, Stage, Trust

NBSP = "\N{NO-BREAK SPACE}"
WAY = Journey(journey_id="way", name="Way", stages=(Stage(name="Look", touchpoints=("Advert",)),), gap_days=60)


@pytest.fixture
def company() -> Iterator[Heartline]:
    """30 meet the Advert 60 days ago and again two days ago; 10 of these the Portal, by the channel portal, as well."""
    now, sent = time.time(), []
    for number in range(30):
        sent.append(a_touch(f"u{number}", now - 60 * DAY_S + number, "Advert", channel="web"))
        sent.append(a_touch(f"u{number}", now - 2 * DAY_S + 60 + number, "Advert", channel="web"))
    sent += [a_touch(f"u{number}", now - 2 * DAY_S + number, "Portal", channel="portal") for number in range(10)]
    with open_twin() as opened:
        send(opened, sent)
        opened.stores.kept.set_journey(WAY)
        yield opened


@pytest.fixture
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


def say(reader: Browser, path: str) -> str:
    return unescape(reader.get(path).text).replace(NBSP, " ")


def test_it_is_announced_with_its_volume_and_share(reader: Browser) -> None:
    page = say(reader, "/touchpoints")
    assert "Never seen before" in page
    assert "25.0 %" in page  # 10 of the 40 touches since
    assert "n 40" in page
    assert "Shop" in page
    assert "Never seen before: <bdi>Portal, portal</bdi>" in say(reader, "/opening")
    assert "Not on the map: 1 touchpoint, 10 touches" in say(reader, "/journeys/way?range=all")


def test_one_step_puts_it_on_the_map(company: Heartline, reader: Browser) -> None:
    given = {"field": "touchpoint", "name": "Portal", "into": "way/0"}
    assert reader.post("/touchpoints/new", given).status_code == 303
    assert company.stores.kept.journeys()[0].touchpoints == ("Advert", "Portal")
    assert 'value="Portal"' not in say(reader, "/touchpoints")
    assert "Not on the map" not in say(reader, "/journeys/way?range=all")
    assert reader.post("/touchpoints/new", given).status_code == 400


def test_what_was_looked_at_is_announced_no_more(reader: Browser) -> None:
    for field, name in (("touchpoint", "Portal"), ("channel", "portal")):
        assert reader.post("/touchpoints/new", {"field": field, "name": name, "into": "seen"}).status_code == 303
    assert "Never seen before" not in say(reader, "/touchpoints")
    assert "Never seen before" not in say(reader, "/opening")


@pytest.mark.parametrize("into", ["way/1", "way/x", "nowhere/0", "", "way/-1"])
def test_a_stage_that_is_not_there_changes_nothing(company: Heartline, reader: Browser, into: str) -> None:
    given = {"field": "touchpoint", "name": "Portal", "into": into}
    assert reader.post("/touchpoints/new", given).status_code == 400
    assert company.stores.kept.journeys()[0] == WAY


def test_what_a_new_source_brings_is_not_announced(company: Heartline, reader: Browser) -> None:
    source = company.stores.kept.add_source(name="Kiosk", trust=Trust.TRUSTED)
    company.sources.reload()
    payload = json.dumps({"batch": [a_touch("u1", time.time() - DAY_S, "Kiosk screen", channel="web")]}).encode()
    received_us = time.time_ns() // 1_000
    company.intake.submit(Body(source_id=source.source_id, received_us=received_us, payload=payload, events=1))
    company.catch_up()
    page = say(reader, "/touchpoints")
    assert "Kiosk screen" in page  # listed among all
    assert 'value="Kiosk screen"' not in page
    assert 'value="Portal"' in page


def test_a_young_company_hears_of_nothing_new_and_who_may_not_change_journeys_has_no_form(company: Heartline) -> None:
    with Browser(company) as browser:
        browser.sign_in(a_user(company, role=Role.VIEWER, email="viewer@example.com"))
        page = say(browser, "/touchpoints")
        assert "Portal" in page
        assert "newcomer-form" not in page
    with open_twin() as young:
        at = time.time() - 5 * DAY_S
        send(young, [a_touch(f"u{number}", at + number, "Advert", channel="web") for number in range(30)])
        with Browser(young) as browser:
            browser.sign_in(a_user(young))
            assert "Never seen before" not in say(browser, "/touchpoints")
