"""What is remembered, on the site: planted peaks come out, few are told as few, the page and its file say the same."""

from __future__ import annotations

import csv
import io
import random
import time
from collections.abc import Iterator
from html import unescape

import pytest
from browsing import Browser, a_user
from small_company import DAY_S, a_touch, send

from heartline.app import Heartline, open_twin
from heartline.records import Journey, Stage

NBSP = "\N{NO-BREAK SPACE}"
WAY = Journey(
    journey_id="way",
    name="Way",
    stages=(Stage(name="Ask", touchpoints=("Chat",)), Stage(name="Get", touchpoints=("Courier",))),
    gap_days=60,
)


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    """40 score a chat four times and the courier once, and say of the whole days later what peak and end make."""
    draw, sent = random.Random(3), []
    start = (time.time() // DAY_S - 60) * DAY_S
    for number in range(40):
        scores = [draw.randint(1, 5) for _place in range(5)]
        felt = [(score - 3) / 2 for score in scores]
        peak = felt[max(range(5), key=lambda at: (abs(felt[at]), at))]
        for place, score in enumerate(scores):
            at = start + place * DAY_S + number
            name, channel = ("Courier", "courier") if place == 4 else ("Chat", "chat")
            block = {"kind": "csat", "value": score, "top": 5}
            sent.append(a_touch(f"u{number}", at, name, channel=channel, score=block))
        said = {"kind": "nps", "value": round(((peak + felt[-1]) / 2 + 1) * 5), "top": 10}
        sent.append(a_touch(f"u{number}", start + 9 * DAY_S + number, "Survey", channel="mail", score=said))
    with open_twin() as opened:
        send(opened, sent)
        opened.stores.kept.set_journey(WAY)
        yield opened


@pytest.fixture(scope="module")
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


def test_the_planted_rule_goes_closer_and_the_file_says_the_same(reader: Browser) -> None:
    page = unescape(reader.get("/journeys/way/memory?range=all").text).replace(NBSP, " ")
    assert "goes closer with the peak and the end than with the mean" in page
    assert "40 experiences of 40 customers" in page
    answer = reader.get("/journeys/way/memory.csv?range=all")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    rule, mean, gap = (float(row["value"]) for row in rows[:3])
    assert rule > 0.99  # what was said is the rule, rounded to a whole answer
    assert gap == pytest.approx(rule - mean, abs=1e-5)
    assert f"+{rule:.2f} (" in page
    assert f"+{mean:.2f} (" in page
    assert sum(int(row["n"]) for row in rows if row["figure"] == "said" and row["rule"] == "plain_mean") == 40


def test_too_little_is_told_as_too_little(reader: Browser) -> None:
    for query in (
        "range=2001-01-01..2001-02-01",
        "range=all&said=Courier&by=channel&is=Nowhere",
        "range=all&said=Chat",
    ):
        page = unescape(reader.get(f"/journeys/way/memory?{query}").text).replace(NBSP, " ")
        assert "From 30 customers on there is something to say." in page, query
    assert reader.get("/journeys/nowhere/memory").status_code == 404


def test_the_reader_says_what_speaks_of_the_whole_and_how_soon(reader: Browser) -> None:
    later = unescape(reader.get("/journeys/way/memory?range=all&within=7d").text).replace(NBSP, " ")
    assert "40 experiences" in later
    courier = unescape(reader.get("/journeys/way/memory?range=all&said=Courier").text)
    assert "40 experiences" in courier.replace(NBSP, " ")  # four chats before each courier
