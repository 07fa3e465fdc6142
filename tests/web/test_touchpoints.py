"""The catalogue, next steps and ways on the site: what a figure counts is what its link lists and its file holds."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html import unescape

import pytest
from browsing import Browser, a_user
from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import DAY_S, PLACES, a_company, a_touch, send

from heartline.app import Heartline, open_twin
from heartline.records import Journey, Stage
from heartline.understand import Measure, Selection, answer, list_touchpoints, select
from heartline.web.listing import list_answers
from heartline.web.mapping import list_journeys
from heartline.web.pages.touchpoints import drill_of
from heartline.web.sessions import now_us
from tries import some

BOTH = (Measure.TOUCHES, Measure.VALENCE)
A_WAY = Journey(
    journey_id="way",
    name="Way",
    stages=(
        Stage(name="Look", touchpoints=("Advert",)),
        Stage(name="Buy", touchpoints=("Checkout", "Courier")),
        Stage(name="Use", touchpoints=("First cup", "Chat")),
        Stage(name="Send back", touchpoints=("Return",)),
    ),
    gap_days=30,
)


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin() as opened:
        opened.stores.kept.set_journey(A_WAY)
        a_company(opened, seed=3, customers=150)
        at = now_us() / 1e6 - 3 * DAY_S
        areas = ("marketing", "service", "place", "sales")
        send(opened, [a_touch(f"u{n}", at + n, f"Desk {n % 3}", area=areas[n % 4]) for n in range(24)])
        yield opened


@pytest.fixture(scope="module")
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


def rows_in(text: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))


@given(
    st.sampled_from([(), (("place", PLACES[0]),), (("channel", "app"),)]),
    st.none() | st.integers(1, 150),
)
@settings(max_examples=some(12), deadline=None)
def test_a_figure_a_list_and_the_catalogue_count_the_same(
    company: Heartline, where: tuple[tuple[str, str], ...], days: int | None
) -> None:
    from_us = None if days is None else now_us() - days * DAY_S * 1_000_000
    log, selection = company.log(), Selection(where=where, from_us=from_us)
    found = list_touchpoints(log, selection=selection)
    assert found.touches == len(select(log, selection))
    for line in found.areas:
        asked = [(drill_of(measure, line.area), line) for measure in BOTH]
        points = [
            (drill_of(m, p.area, touchpoint=p.name), p) for p in line.points for m in (Measure.TOUCHES, Measure.VALENCE)
        ]
        for drill, counted in [*asked, *points]:
            metric = answer(log, drill.ask(selection))
            listed = list_answers(company, log, drill, selection)
            if drill.measure is Measure.TOUCHES:
                assert (listed.total, listed.customers) == (counted.touches, counted.reach)
            else:
                assert (metric.n, metric.value) == (counted.heart.n, pytest.approx(counted.heart.value))


def test_the_page_names_what_is_not_asked_and_in_no_journey(reader: Browser, company: Heartline) -> None:
    page = reader.get("/touchpoints?range=all")
    assert page.status_code == 200
    for words in ("Marketing", "Unclassed", "Not asked", "In no journey", "Desk 1", "no touchpoint of this stage"):
        assert words in page.text
    rows = rows_in(reader.get("/touchpoints.csv?range=all").content)
    assert sum(int(row["touches"]) for row in rows) == len(company.log())
    assert {row["asked_ever"] for row in rows} == {"yes", "no"}


def test_every_link_of_the_catalogue_lists_what_it_counted(reader: Browser) -> None:
    text = reader.get("/touchpoints?range=all").text
    links = {unescape(href) for href in re.findall(r'href="(/(?:answers|journeys)[^"]*)"', text)}
    assert len(links) > 10
    for link in links:
        assert reader.get(link).status_code == 200, link


def test_where_they_are_now_says_what_is_probably_next(reader: Browser, company: Heartline) -> None:
    path = f"/journeys/{list_journeys(company, company.log())[0].journey_id}"
    page = reader.get(f"{path}/now?range=all").text
    assert "past step" in page
    assert re.search(r"Next: (too few to say|\S)", page)


def test_the_ways_add_up_to_the_runs_on_page_and_file(reader: Browser, company: Heartline) -> None:
    path = f"/journeys/{list_journeys(company, company.log())[0].journey_id}"
    for asked in ("", "&of=touchpoints", "&of=touchpoints&repeats=1", "&of=nonsense"):
        page = unescape(reader.get(f"{path}/paths?range=all{asked}").text)
        counted = re.search(r"([\d,]+)\sruns? in all", page)
        rows = rows_in(reader.get(f"{path}/variants.csv?range=all{asked}").content)
        assert counted is not None
        assert sum(int(row["runs"]) for row in rows) == int(counted.group(1).replace(",", ""))
        assert sum(float(row["share"]) for row in rows) == pytest.approx(1, abs=1e-4)
        assert len({row["way"] for row in rows}) == len(rows)


def test_a_stage_at_which_nobody_was_asked_is_flagged_in_the_list() -> None:
    with open_twin() as heartline, Browser(heartline) as browser:
        at = now_us() / 1e6
        names = ("Advert", "Checkout", "First cup")
        send(
            heartline,
            [a_touch(f"u{n}", at - (n + 2) * 3_600 + k * 60, name) for n in range(40) for k, name in enumerate(names)],
        )
        browser.sign_in(a_user(heartline))
        assert "Nobody was ever asked in" in browser.get("/journeys").text
        page = browser.get("/touchpoints").text
        assert "nobody was ever asked in this stage" in page


def test_an_empty_installation_says_what_to_do() -> None:
    with open_twin() as heartline, Browser(heartline) as browser:
        page = browser.sign_in(a_user(heartline)).get("/touchpoints")
        assert page.status_code == 200
        assert "state empty" in page.text
        assert rows_in(browser.get("/touchpoints.csv").content) == []
