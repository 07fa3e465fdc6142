"""The survey calendar: weeks, what comes next, and a place that is asked less, told with n and an interval."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from html import unescape

import pytest
from browsing import Browser, a_user
from test_surveys import begin, publish
from test_surveys_invited import DAY_US, a_delivery, send

from heartline.app import Heartline
from heartline.records import Role
from heartline.web.inviting import Order, send_invitations
from heartline.web.standing import keep_standing

NOW_US = time.time_ns() // 1_000
PEOPLE = 60


@pytest.fixture
def asked(owner: Browser, heartline: Heartline) -> Heartline:
    """Sixty met a delivery in the North and sixty in the South; all of the South were asked, and some of the North."""
    heartline.change_workspace(letters_from=0, letters_to=0)
    events = [
        one
        for place in ("North", "South")
        for number in range(PEOPLE)
        for one in a_delivery(
            f"{place}{number}",
            # Half of the North left no address.
            email=f"{place}{number}@example.com" if place == "South" or number % 2 else "",
            place=place,
            days_ago=1 + number / 100,
        )
    ]
    send(heartline, *events)
    publish(owner, begin(owner))
    order = Order(who="touch", touchpoint="Delivery", days=7, subject="Hello", text="{link}")
    survey = heartline.stores.kept.survey(1)
    send_invitations(heartline, survey, order, now_us=NOW_US)
    keep_standing(heartline, survey, replace(order, hours=20, share=50), now_us=NOW_US - 2 * DAY_US)
    return heartline


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1])).replace("\u00a0", " ").split())


def test_a_place_that_is_asked_less_is_told_with_n_and_interval(owner: Browser, asked: Heartline) -> None:
    said = words(owner.get("/surveys/calendar").text)
    assert re.search(r"75 % 67–82 of 120 customers who met Delivery", said), said
    assert re.search(r"North 50 % 38–62 60 asked less: −50 points, −6\d to −3\d", said), said
    assert re.search(r"South 100 % 94–100 60 asked more: \+50 points", said), said
    assert "At most 120 people who met it so far are asked next." in said
    assert re.search(r"In all \d+ \w+ 90 90", said), said
    assert "Too few to say: those asked" in said
    assert "Would you recommend us" not in said


def test_nobody_asked_says_so_and_who_may_not_ask_sees_nothing(owner: Browser, heartline: Heartline) -> None:
    said = words(owner.get("/surveys/calendar").text)
    assert "Nobody was asked by e-mail in the last 12 weeks." in said
    assert "Nothing is planned" in said
    with Browser(heartline) as analyst:
        analyst.sign_in(a_user(heartline, role=Role.ANALYST, email="ana@example.com"))
        assert analyst.get("/surveys/calendar").status_code == 403
