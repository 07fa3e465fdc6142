"""A journey's funnel on the site: what a bar says, the list behind it and the files are one count."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html import unescape

import pytest
from browsing import Browser, a_user
from hypothesis import given
from hypothesis import strategies as st
from small_company import DAY_S, WAY, a_company, a_touch, send

from heartline.app import Heartline, open_twin
from heartline.records import Role
from heartline.web.charts.funnel import WIDTH, lay_out_funnel
from heartline.web.mapping import list_journeys
from heartline.web.sessions import now_us

ASKED = [
    {"range": "all"},
    {"range": "all", "order": "strict", "within": "7d"},
    {"range": "all", "order": "any", "split": "channel"},
    {"range": "all", "split": "place", "by": "place", "is": "North"},
    {"range": "all", "s1": "Advert", "s2": "Courier", "within": "30d", "split": "place"},
]


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin() as opened:
        yield a_company(opened, seed=5)


@pytest.fixture(scope="module")
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


def path_of(heartline: Heartline) -> str:
    return f"/journeys/{list_journeys(heartline, heartline.log())[0].journey_id}/funnel"


def rows_of(reader: Browser, path: str, asked: dict[str, str]) -> list[dict[str, str]]:
    answer = reader.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@given(st.lists(st.integers(0, 5_000), min_size=1, max_size=8).map(lambda counts: sorted(counts, reverse=True)))
def test_bars_are_to_scale_and_what_is_lost_fills_the_step_before(people: list[int]) -> None:
    bounds = [(max(0.0, n / max(people[0], 1) - 0.1), min(1.0, n / max(people[0], 1) + 0.1)) for n in people]
    bars = lay_out_funnel(people, bounds)
    for place, bar in enumerate(bars):
        assert bar.width == pytest.approx(WIDTH * people[place] / people[0] if people[0] else 0)
        before = bars[max(place - 1, 0)].width
        assert bar.width + bar.lost == pytest.approx(before)
        if people[0]:
            assert bar.low is not None
            assert bar.high is not None
            assert 0 <= bar.low <= bar.width + 1e-9 <= bar.high + 2e-9 <= WIDTH + 3e-9


@pytest.mark.parametrize("asked", ASKED)
def test_a_bar_its_list_and_its_files_count_the_same(
    reader: Browser, company: Heartline, asked: dict[str, str]
) -> None:
    path = path_of(company)
    page = unescape(reader.get(path, params=asked).text)
    figures = rows_of(reader, f"{path}.csv", asked)
    whole = [row for row in figures if not row["split"]]
    assert whole
    for row, onward in zip(whole, [*whole[1:], None], strict=True):
        behind = {**asked, "step": row["step"]}
        assert re.search(rf">{int(row['people']):,}\N{{NO-BREAK SPACE}}customers?<", page)
        assert len(rows_of(reader, f"{path}/people.csv", behind)) == int(row["people"])
        listed = unescape(reader.get(f"{path}/people", params=behind).text)
        assert re.search(rf"\b{int(row['people'])} customers? in this list", listed)
        lost = rows_of(reader, f"{path}/people.csv", {**behind, "lost": "1"})
        assert len(lost) == int(row["people"]) - int(onward["people"] if onward else 0)
        assert len({line["customer_id"] for line in lost}) == len(lost)
    split: dict[str, int] = {}
    for row in figures:
        if row["split"]:
            split[row["step"]] = split.get(row["step"], 0) + int(row["people"])
            value = "" if row["split"] == "(none)" else row["split"]
            found = rows_of(reader, f"{path}/people.csv", {**asked, "step": row["step"], "value": value})
            assert len(found) == int(row["people"])
    if "split" in asked:
        assert split == {row["step"]: int(row["people"]) for row in whole}


def test_a_planted_loss_and_its_wait_are_told_with_an_interval() -> None:
    now = now_us() / 1e6
    sent = []
    for number in range(40):
        at = now - 60 * DAY_S
        sent.append(a_touch(f"p{number}", at, "Advert", channel="web"))
        if number < 30:
            sent.append(a_touch(f"p{number}", at + 2 * DAY_S, "Checkout", channel="web"))
        if number < 12:
            sent.append(a_touch(f"p{number}", at + 12 * DAY_S, "Courier", channel="web"))
    with open_twin() as heartline, Browser(heartline) as browser:
        send(heartline, sent)
        browser.sign_in(a_user(heartline))
        steps = {"range": "all", "s1": "Advert", "s2": "Checkout", "s3": "Courier"}
        path = path_of(heartline)
        page = unescape(browser.get(path, params=steps).text).replace("\N{NO-BREAK SPACE}", " ")
        assert "30 % (18–45) of 40 customers who began" in page  # Wilson, 12 of 40
        assert "Most are lost between Checkout and Courier: 18." in page
        assert "half within 2 d" in page
        rows = rows_of(browser, f"{path}.csv", steps)
        assert [row["people"] for row in rows] == ["40", "30", "12"]
        assert float(rows[2]["median_seconds"]) == 10 * DAY_S
        assert float(rows[2]["median_seconds_since_start"]) == 12 * DAY_S
        within = rows_of(browser, f"{path}.csv", {**steps, "within": "7d"})
        assert [row["people"] for row in within] == ["40", "30", "0"]


def test_the_stages_are_the_steps_until_others_are_chosen(reader: Browser, company: Heartline) -> None:
    journey = list_journeys(company, company.log())[0]
    path = path_of(company)
    usual = rows_of(reader, f"{path}.csv", {"range": "all"})
    assert [row["name"] for row in usual] == [stage.name for stage in journey.stages]
    chosen = rows_of(reader, f"{path}.csv", {"range": "all", "s2": WAY[1][0], "s5": WAY[3][0]})
    assert [row["name"] for row in chosen] == [WAY[1][0], WAY[3][0]]


def test_what_is_not_there_is_said(reader: Browser, company: Heartline) -> None:
    path = path_of(company)
    assert reader.get(f"{path}/people").status_code == 404
    assert reader.get(f"{path}/people?step=99").status_code == 404
    assert reader.get(f"{path}?order=any&s1=Advert&s2=Advert").status_code == 400
    assert reader.get(f"{path}?order=fly&within=1y&split=nothing&range=all").status_code == 200
    assert "Nobody began it" in reader.get(f"{path}?by=place&is=Nowhere").text
    assert "Nobody began it" in reader.get(f"{path}?s1=Nowhere&range=all").text
    assert reader.get("/journeys/none/funnel").status_code == 404


def test_a_link_to_people_keeps_the_whole_question(reader: Browser, company: Heartline) -> None:
    asked = {"range": "all", "within": "30d", "order": "any", "by": "place", "is": "North"}
    page = unescape(reader.get(path_of(company), params=asked).text)
    link = re.search(r'href="([^"]*funnel/people\?[^"]*step=2[^"]*)"', page)
    assert link
    for name, value in asked.items():
        assert f"{name}={value}" in link[1]


def test_an_analyst_takes_the_file_and_a_viewer_is_not_offered_it(company: Heartline) -> None:
    path = path_of(company)
    with Browser(company) as browser:
        browser.sign_in(a_user(company, role=Role.VIEWER, email="v@example.com"))
        assert "funnel.csv" not in browser.get(path).text
        assert browser.get(f"{path}.csv").status_code == 403
