"""Drivers: what was planted stands first on the page, in the file and in the API, and opens what is behind it."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator
from html import unescape

import numpy as np
import pytest
from api_calls import a_program
from browsing import Browser, a_user
from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import DAY_S, a_touch, send

from heartline.app import Heartline, open_twin
from heartline.config import Settings
from heartline.records import Role
from heartline.web.charts.quadrant import Mark, QuadrantGiven, lay_out_quadrant
from heartline.web.charts.quadrant.layout import RADIUS
from tries import some

CUSTOMERS = 240
QUERY = "measure=nps&range=all"


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    """240 customers rate the courier (stars), half chat, half use the app; a week later they say whether they would
    recommend. Only how the courier felt goes with that.
    """
    rng = np.random.default_rng(3)
    start = time.time() - 60 * DAY_S
    sent = []
    for one in range(CUSTOMERS):
        at, user = start + one * 3_600, f"u{one}"
        stars = int(rng.integers(1, 6))
        star = {"kind": "stars", "value": stars, "top": 5}
        sent.append(a_touch(user, at, "Courier", channel="courier", score=star, text="Came at last."))
        if rng.random() < 0.5:
            sent.append(
                a_touch(
                    user,
                    at + rng.uniform(0.1, 5) * DAY_S,
                    "Chat",
                    channel="chat",
                    score={"kind": "ces", "value": 5, "top": 7},
                )
            )
        nps = int(np.clip(round(1 + 1.6 * stars + rng.normal(0, 1.5)), 0, 10))
        said = {"kind": "nps", "value": nps, "top": 10}
        channel = "app" if rng.random() < 0.5 else "web"
        sent.append(a_touch(user, at + 7 * DAY_S, "Survey", channel=channel, score=said))
    with open_twin(Settings()) as opened:
        send(opened, sent)
        yield opened


@pytest.fixture(scope="module")
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


@pytest.fixture(scope="module")
def rows(reader: Browser) -> list[dict[str, str]]:
    text = reader.get(f"/drivers.csv?{QUERY}").content.decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


def test_what_was_planted_passes_alone_and_the_rest_has_no_sign(rows: list[dict[str, str]]) -> None:
    assert [(row["kind"], row["driver"], row["sign"]) for row in rows if row["sign"] != "0"] == [
        ("felt", "Courier", "1")
    ]
    first = rows[0]
    assert 0.4 < float(first["importance_low"]) < float(first["importance"]) < float(first["importance_high"]) < 0.9
    assert (first["n"], first["customers"]) == (str(CUSTOMERS), str(CUSTOMERS))
    assert {("touchpoint", "Chat"), ("channel", "web")} <= {(row["kind"], row["driver"]) for row in rows[1:]}


def test_page_file_and_api_have_the_same_figures(
    company: Heartline, reader: Browser, rows: list[dict[str, str]]
) -> None:
    with a_program(company) as program:
        told = program.read("/drivers", measure="nps", range="all")
        felt = program.read("/metrics", measure="valence", touchpoint="Courier", range="all")["figure"]["value"]
    assert [one["name"] for one in told["drivers"]] == [row["driver"] for row in rows]
    for one, row in zip(told["drivers"], rows, strict=True):
        assert one["importance"]["value"] == pytest.approx(float(row["importance"]), abs=1e-6)
        assert one["place"] == row["place"]
        assert one["goes_with"] == (row["sign"] != "0")
    assert told["explained"] == pytest.approx(sum(float(row["importance"]) for row in rows), abs=1e-4)
    page = unescape(reader.get(f"/drivers?{QUERY}").text)
    assert "“How Courier felt” goes most with “Would recommend us”." in page
    assert "none is shown to cause it" in page
    assert f"{100 * float(rows[0]['importance']):.1f}" in page
    # How it feels there is the figure that any question about that touchpoint has.
    assert float(rows[0]["feeling"]) == pytest.approx(felt, abs=1e-6)


def test_a_driver_opens_its_answers_and_its_comments(reader: Browser) -> None:
    page = unescape(reader.get(f"/drivers?{QUERY}").text)
    listed = re.findall(r'href="(/answers\?[^"]*Courier[^"]*)"', page)
    answers, comments = listed[0], next(link for link in listed if "said=1" in link)
    for link in (answers, comments):
        rows = reader.get(link.replace("/answers?", "/answers.csv?")).text.strip().splitlines()
        assert len(rows) - 1 == CUSTOMERS


def test_the_chart_is_drawn_twice_and_named_as_the_table(reader: Browser) -> None:
    page = reader.get(f"/drivers?{QUERY}").text
    for style in ("wide", "narrow"):
        assert re.search(rf'<svg class="{style}"[^>]*role="group"', page)
    assert page.count('href="#driver-1"') == 2
    assert page.count('id="driver-1"') == 1


def test_a_score_that_nobody_gave_and_a_score_that_is_none(reader: Browser) -> None:
    empty = reader.get("/drivers?measure=csat&range=all").text
    assert "From 30 customers with an answer on there is something to say." in empty
    assert reader.get("/drivers?measure=valence").status_code == 400


def test_whoever_may_not_export_gets_no_file(company: Heartline) -> None:
    with Browser(company) as browser:
        browser.sign_in(a_user(company, role=Role.VIEWER, email="viewer@example.com"))
        assert browser.get(f"/drivers?{QUERY}").status_code == 200
        assert browser.get(f"/drivers.csv?{QUERY}").status_code == 403


ends = st.tuples(*[st.floats(-1, 1)] * 3).map(lambda three: tuple(sorted(three)))
shares = st.tuples(*[st.floats(0, 1)] * 3).map(lambda three: tuple(sorted(three)))


@settings(max_examples=some(40))
@given(
    pairs=st.lists(st.tuples(ends, shares), min_size=1, max_size=12),
    middle=st.floats(-1, 1),
    even=st.floats(0, 0.5),
    narrow=st.booleans(),
)
def test_nothing_of_the_field_lies_outside_of_it(
    pairs: list[tuple[tuple[float, ...], tuple[float, ...]]], *, middle: float, even: float, narrow: bool
) -> None:
    marks = tuple(
        Mark(number=place, title="x", performance=(one[0], one[1], one[2]), importance=(share[0], share[1], share[2]))
        for place, (one, share) in enumerate(pairs, start=1)
    )
    laid = lay_out_quadrant(QuadrantGiven(marks=marks, middle=middle, even=even), narrow=narrow)
    frame = laid.frame
    for spot in laid.spots:
        assert frame.left - 1e-6 <= spot.left <= spot.x <= spot.right <= frame.right + 1e-6
        assert frame.top - 1e-6 <= spot.top <= spot.y <= spot.bottom <= frame.bottom + 1e-6
        assert 0 <= spot.label[0] <= laid.width
        assert 0 <= spot.label[1] <= laid.height
    assert frame.left <= laid.cut[0] <= frame.right
    assert frame.top <= laid.cut[1] <= frame.bottom
    assert len(laid.up) >= 1
    assert all(frame.left - 1e-6 <= x <= frame.right + 1e-6 for x, _value in laid.across)


def test_numbers_of_a_few_points_stand_on_no_point() -> None:
    marks = tuple(
        Mark(number=n, title="x", performance=(at - 0.1, at, at + 0.1), importance=(0.0, 0.1, 0.2))
        for n, at in enumerate((0.2, 0.22, 0.24), start=1)
    )
    laid = lay_out_quadrant(QuadrantGiven(marks=marks, middle=0.2, even=0.05), narrow=True)
    for spot in laid.spots:
        assert all(
            abs(spot.label[0] - other.x) > RADIUS or abs(spot.label[1] - other.y) > RADIUS for other in laid.spots
        )
