"""Two groups of a journey on the site: what was planted differs, nothing else does, and chance alone says nothing."""

from __future__ import annotations

import csv
import io
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from itertools import pairwise

import pytest
from browsing import Browser, a_user
from hypothesis import given
from hypothesis import strategies as st
from small_company import DAY_S, a_touch, send

from heartline.app import Heartline, open_twin
from heartline.web.mapping import list_journeys
from heartline.web.months import list_months, month_range, name_month
from heartline.web.sessions import now_us


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    """120 customers of two places. Those of the North go on from Advert to Chat, the others mostly to Checkout; all of
    one of two channels by lot.
    """
    draw, sent, start = random.Random(3), [], time.time() - 40 * DAY_S
    for number in range(120):
        place, channel = ("North", "South")[number % 2], draw.choice(("web", "app"))
        at = start + draw.uniform(0, 20) * DAY_S
        second = "Chat" if place == "North" or draw.random() < 0.2 else "Checkout"
        for touchpoint in ("Advert", second, "Courier"):
            sent.append(a_touch(f"k{number}", at, touchpoint, place=place, channel=channel))
            at += DAY_S
    with open_twin() as opened:
        send(opened, sent)
        yield opened


@pytest.fixture(scope="module")
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


def path_of(heartline: Heartline) -> str:
    return f"/journeys/{list_journeys(heartline, heartline.log())[0].journey_id}/compare"


def rows_of(reader: Browser, path: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(reader.get(path).content.decode("utf-8-sig"))))


def test_what_was_planted_differs_and_page_and_file_say_so_alike(reader: Browser, company: Heartline) -> None:
    path, asked = path_of(company), "?range=all&split=place&a=North&b=South"
    rows = rows_of(reader, f"{path}.csv{asked}")
    sure = {(row["from"], row["to"]) for row in rows if row["verdict"] in {"higher", "lower"}}
    assert sure == {("Advert", "Chat"), ("Advert", "Checkout"), ("Chat", "Courier"), ("Checkout", "Courier"),
                    ("Chat", ""), ("Checkout", "")}  # fmt: skip
    for row in rows:
        assert float(row["p"]) <= float(row["q"]) <= 1
        if row["verdict"] in {"higher", "lower"}:
            assert float(row["q"]) <= 0.05
            assert float(row["difference_low"]) * float(row["difference_high"]) > 0
    page = unescape(reader.get(path + asked).text)
    assert "North against South: 6 steps or touchpoints differ reliably." in page
    assert "Advert → Chat" in page


def test_groups_by_lot_differ_in_nothing(reader: Browser, company: Heartline) -> None:
    asked = "?range=all&split=channel&a=web"
    page = unescape(reader.get(path_of(company) + asked).text)
    assert "web against all others: nothing differs reliably." in page
    assert all(row["verdict"] not in {"higher", "lower"} for row in rows_of(reader, f"{path_of(company)}.csv{asked}"))


def test_a_time_is_held_against_as_long_a_time_before(reader: Browser, company: Heartline) -> None:
    assert "This time against as long a time before" in reader.get(f"{path_of(company)}?range=4w&split=time").text
    assert reader.get(f"{path_of(company)}?range=all&split=time").status_code == 200


def test_one_month_is_held_against_another_whatever_the_range() -> None:
    """Planted: in the newer month they go on from Advert to Chat, in the older one to Checkout."""
    draw, sent = random.Random(4), []
    with open_twin() as opened:
        zone = opened.workspace.timezone
        newer, older, oldest = list_months(0, now_us(), zone=zone)[:3]
        for month, second in ((newer, "Chat"), (older, "Checkout")):
            first, last = month_range(month, zone=zone)
            for number in range(60):
                at = first / 1e6 + draw.uniform(0, last / 1e6 - first / 1e6 - 3 * DAY_S)
                for nth, touchpoint in enumerate(("Advert", second, "Courier")):
                    sent.append(a_touch(f"{month}-{number}", at + nth * DAY_S, touchpoint, place="North"))
        sent.append(a_touch("early", month_range(oldest, zone=zone)[0] / 1e6 - DAY_S, "Advert", place="North"))
        send(opened, sent)
        with Browser(opened) as browser:
            browser.sign_in(a_user(opened))
            path = path_of(opened)
            page = browser.get(f"{path}?range=4w&split=months").text
            assert f"{name_month(newer)} against {name_month(older)}: 6 steps or touchpoints differ reliably." in page
            turned = f"range=all&split=months&a={older}&b={newer}"
            rows = {(row["from"], row["to"]): row for row in rows_of(browser, f"{path}.csv?{turned}")}
            assert rows["Advert", "Checkout"]["verdict"] == "higher"
            assert rows["Advert", "Chat"]["verdict"] == "lower"
            assert {int(row["n"]) for row in rows.values() if row["to"] == ""} == {3 * 60}
            alone = browser.get(f"{path}?split=months&a={oldest}").text
            assert f"{name_month(oldest)} against {name_month(older)}" in alone, "before the first month there is none"


@given(
    st.datetimes(min_value=datetime(2001, 1, 1), max_value=datetime(2037, 12, 31)),  # noqa: DTZ001  # a zone is drawn
    st.sampled_from(["UTC", "Europe/Berlin", "America/Sao_Paulo", "Pacific/Auckland", "Asia/Kathmandu"]),
    st.integers(0, 900),
)
def test_months_are_whole_follow_each_other_and_lie_in_the_data(at: datetime, zone: str, days: int) -> None:
    until = int(at.replace(tzinfo=UTC).timestamp()) * 1_000_000
    since = until - days * DAY_S * 1_000_000
    ranges = [month_range(month, zone=zone) for month in list_months(since, until, zone=zone)]
    assert all(since <= first < last <= until for first, last in ranges)
    assert all(newer[0] == older[1] for newer, older in pairwise(ranges))
    assert all(27 * DAY_S < (last - first) / 1e6 < 32 * DAY_S for first, last in ranges)
    if ranges:
        assert until - ranges[0][1] < 32 * DAY_S * 1_000_000, "the newest that is whole"


def test_what_is_not_known_asks_for_the_usual(reader: Browser, company: Heartline) -> None:
    assert reader.get(f"{path_of(company)}?split=nothing&a=x&b=y").status_code == 200
    assert "There is nothing to compare" in reader.get(f"{path_of(company)}?by=place&is=Nowhere").text
