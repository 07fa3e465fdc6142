"""Cohorts on the site: planted returns come out in their week, with an interval; few say nothing."""

from __future__ import annotations

import csv
import io
import time
from collections.abc import Iterator
from html import unescape

import pytest
from browsing import Browser, a_user
from small_company import DAY_S, a_touch, send

from heartline.app import Heartline, open_twin

NBSP = "\N{NO-BREAK SPACE}"


def monday() -> float:
    """Noon of a Monday ten weeks ago, in s."""
    today = time.time() // DAY_S
    return (today - (today + 3) % 7 - 70) * DAY_S + DAY_S / 2


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    """40 begin with an Advert in one week: 10 come back to Checkout two weeks later, 5 of these in week 4 too, 4 others
    in week 5 to Chat. 3 begin a week after them.
    """
    start, sent = monday(), []
    for number in range(43):
        own = start + (7 * DAY_S if number >= 40 else 0)
        sent.append(a_touch(f"c{number}", own, "Advert", channel="web"))
        for low, high, week, touchpoint in ((0, 10, 2, "Checkout"), (0, 5, 4, "Checkout"), (10, 14, 5, "Chat")):
            if low <= number < high:
                sent.append(a_touch(f"c{number}", own + week * 7 * DAY_S, touchpoint, channel="web"))
    with open_twin() as opened:
        send(opened, sent)
        yield opened


@pytest.fixture(scope="module")
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


def cells_of(reader: Browser, query: str = "") -> dict[int, dict[str, str]]:
    """The cells of the cohort of 40, by the week after."""
    answer = reader.get(f"/journeys/cohorts.csv?range=all{query}")
    assert answer.status_code == 200
    rows = csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig")))
    return {int(row["weeks_after"]): row for row in rows if row["began"] in {"40", "10"}}


def test_planted_returns_stand_in_their_week(reader: Browser) -> None:
    cells = cells_of(reader)
    assert [int(cells[week]["came_back"]) for week in range(7)] == [0, 0, 10, 0, 5, 4, 0]
    assert [int(cells[week]["came_back_later_too"]) for week in range(7)] == [14, 14, 14, 9, 9, 4, 0]
    two = cells[2]  # Wilson, 10 of 40
    assert [round(float(two[key]), 3) for key in ("share", "share_low", "share_high")] == [0.25, 0.142, 0.402]


def test_the_page_says_each_share_with_its_interval_and_few_say_nothing(reader: Browser) -> None:
    page = unescape(reader.get("/journeys/cohorts?range=all").text).replace(NBSP, " ")
    assert "25 % (14–40) of 40 customers" in page
    assert "too few" in page
    later = unescape(reader.get("/journeys/cohorts?range=all&rolling=1").text).replace(NBSP, " ")
    assert "35 % (22–50) of 40 customers" in later  # Wilson, 14 of 40


def test_the_reader_chooses_what_begins_and_what_is_a_return(reader: Browser) -> None:
    chat = cells_of(reader, "&back=Chat")
    assert [int(chat[week]["came_back"]) for week in range(6)] == [0, 0, 0, 0, 0, 4]
    checkout = cells_of(reader, "&start=Checkout")
    assert int(checkout[2]["came_back"]) == 5
    assert checkout[2]["began"] == "10"


def test_a_week_that_is_not_over_is_not_shown(reader: Browser) -> None:
    assert max(cells_of(reader)) <= 9  # the tenth week after is this one
    assert "Nobody began" in reader.get("/journeys/cohorts?by=channel&is=Nowhere").text
    assert "Nobody began" in reader.get("/journeys/cohorts?range=2001-01-01..2001-02-01").text
