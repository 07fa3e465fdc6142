"""Journeys on the site: a cell shows what the map counted, for any filter and time; changing them; their files."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from html import unescape
from types import SimpleNamespace
from typing import cast
from xml.etree import ElementTree as ET

import pytest
from browsing import Browser, a_user
from hypothesis import given
from hypothesis import strategies as st
from small_company import DAY_S, PLACES, a_company, a_touch, send

from heartline.app import Heartline, open_twin
from heartline.records import Role
from heartline.understand import RunState, Selection, locate_open
from heartline.web.cells import Lane, find_cell
from heartline.web.itinerary import read_journey_lines
from heartline.web.mapping import COLUMNS, cut_runs, list_journeys, open_runs, read_map
from heartline.web.parts import View
from heartline.web.sessions import now_us
from heartline.web.visit import Visit

SELECTIONS = st.builds(
    Selection,
    where=st.lists(st.sampled_from([("place", p) for p in PLACES] + [("channel", "app")]), max_size=2).map(tuple),
    from_us=st.none() | st.integers(1, 200).map(lambda days: now_us() - days * DAY_S * 1_000_000),
    to_us=st.none() | st.integers(0, 100).map(lambda days: now_us() - days * DAY_S * 1_000_000),
)


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin() as opened:
        yield a_company(opened, seed=2)


@pytest.fixture(scope="module")
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


def path_of(heartline: Heartline) -> str:
    return f"/journeys/{list_journeys(heartline, heartline.log())[0].journey_id}"


@given(selection=SELECTIONS)
def test_a_cell_holds_exactly_what_the_map_counted(company: Heartline, selection: Selection) -> None:
    log, at = company.log(), now_us()
    journey = list_journeys(company, log)[0]
    reading = read_map(company, log, journey, selection, now_us=at)
    runs = cut_runs(company, log, journey, selection, now_us=at)
    standing = open_runs(company, log, journey, selection, now_us=at)
    for place, stage in enumerate(reading.measured.stages):
        assert len(find_cell(runs, Lane.PEOPLE, stage=place).rows) == stage.flow.customers
        assert len(find_cell(runs, Lane.FELT, stage=place).rows) == stage.heart.n
        assert len(find_cell(runs, Lane.LOST, stage=place).rows) == stage.flow.lost_runs
        assert len(find_cell(runs, Lane.WAITED, stage=place).rows) == stage.time.onward.n
        assert len(find_cell(standing, Lane.NOW, stage=place).rows) == reading.here_now[place]
        for point in stage.touchpoints:
            felt = find_cell(runs, Lane.FELT, touchpoint=point.name)
            assert (len(felt.rows), felt.customers) == (point.heart.n, point.heart.customers)
            assert len(find_cell(runs, Lane.PEOPLE, touchpoint=point.name).rows) == point.reach
            assert len(find_cell(runs, Lane.DID, touchpoint=point.name).rows) == point.touches
    assert sum(reading.here_now) == (standing.state == RunState.OPEN).sum() == len(locate_open(standing).seq)


def test_a_drawn_map_fits_its_columns(company: Heartline) -> None:
    log = company.log()
    journey = list_journeys(company, log)[0]
    measured = read_map(company, log, journey, Selection(), now_us=now_us()).measured
    assert sum(max(2, len(stage.touchpoints)) for stage in measured.stages) <= max(COLUMNS, 2 * len(measured.stages))
    assert all(stage.flow.runs == 0 or stage.touchpoints or stage.hidden for stage in measured.stages)


def test_what_people_do_is_told_without_an_action_that_says_nothing(reader: Browser, company: Heartline) -> None:
    drawn = reader.get(path_of(company)).text
    assert re.search(r"Advert \d+×", drawn)
    assert not re.search(r"\w: (do|view|start) \d", drawn)


@pytest.mark.parametrize("lane", [lane.value for lane in Lane])
def test_a_cells_page_and_its_file_hold_the_same(reader: Browser, company: Heartline, lane: str) -> None:
    log = company.log()
    for stage in list_journeys(company, log)[0].stages:
        at = f"{path_of(company)}/cell"
        page = reader.get(at, params={"range": "all", "stage": stage.name, "lane": lane})
        text = reader.get(f"{at}.csv", params={"range": "all", "stage": stage.name, "lane": lane})
        rows = list(csv.DictReader(io.StringIO(text.content.decode("utf-8-sig"))))
        assert page.status_code == 200
        assert f"{len(rows)} in this list" in unescape(page.text)


def test_a_cell_that_is_not_there_is_missing_and_a_lane_that_is_not_is_refused(
    reader: Browser, company: Heartline
) -> None:
    at = f"{path_of(company)}/cell"
    stage = list_journeys(company, company.log())[0].stages[0]
    assert reader.get(at).status_code == 404
    assert reader.get(f"{at}?stage=Nowhere").status_code == 404
    assert reader.get(at, params={"touchpoint": "Nowhere"}).status_code == 404
    assert reader.get(at, params={"stage": stage.name, "lane": "fly"}).status_code == 400
    assert reader.get("/journeys/none").status_code == 404


def test_the_drawing_is_a_document_and_the_files_are_tables(reader: Browser, company: Heartline) -> None:
    drawn = reader.get(f"{path_of(company)}/map.svg?range=all")
    assert ET.fromstring(drawn.text).tag.endswith("svg")
    figures = list(csv.reader(io.StringIO(reader.get(f"{path_of(company)}/map.csv").content.decode("utf-8-sig"))))
    assert figures[0][0] == "Stage"
    assert len({len(row) for row in figures}) == 1
    steps = reader.get(f"{path_of(company)}/paths.csv?range=all").content.decode("utf-8-sig")
    assert all(int(row["times"]) > 0 for row in csv.DictReader(io.StringIO(steps)))


def test_the_map_names_its_window_and_each_twin_opens(reader: Browser, company: Heartline) -> None:
    for tail in ("", "/table", "/now", "/paths", "/edit"):
        answer = reader.get(f"{path_of(company)}{tail}?range=all")
        assert answer.status_code == 200, tail
        assert answer.text.count("<h1") == 1


def test_a_proposal_is_accepted_changed_locked_and_forgotten() -> None:
    with open_twin() as heartline, Browser(a_company(heartline)) as browser:
        browser.sign_in(a_user(heartline))
        path = path_of(heartline)
        assert "Proposed" in browser.get("/journeys").text
        assert browser.post(f"{path}/accept", form="/journeys").status_code == 303
        kept = heartline.stores.kept.journeys()[0]
        assert not kept.proposed
        pairs = [(name, str(place)) for place, stage in enumerate(kept.stages) for name in stage.touchpoints]
        form = {
            "name": "First look to first cup",
            "gap_days": "40",
            "stage": ["Hello", *[stage.name for stage in kept.stages[1:]]],
            "owner": ["Ana"] * len(kept.stages),
            "locked": ["0"],
            "touch": [name for name, _ in pairs],
            "in": [place for _, place in pairs],
            "act": "save",
        }
        assert browser.post(f"{path}/edit", form, form=f"{path}/edit").headers["location"] == path
        changed = heartline.stores.kept.journeys()[0]
        assert (changed.name, changed.gap_days, changed.stages[0].name) == ("First look to first cup", 40, "Hello")
        assert (changed.stages[0].locked, changed.stages[0].owner, changed.version) == (True, "Ana", kept.version + 1)
        browser.post(f"{path}/propose", form=f"{path}/edit")
        again = heartline.stores.kept.journeys()[0]
        assert changed.stages[0] in again.stages
        assert sorted(again.touchpoints) == sorted(changed.touchpoints)
        wrong = browser.post(f"{path}/edit", {**form, "gap_days": "no"}, form=f"{path}/edit")
        assert wrong.status_code == 400
        assert "whole days" in wrong.text
        browser.post(f"{path}/drop", form=f"{path}/edit")
        assert heartline.stores.kept.journeys() == []


def test_a_journey_of_a_segment_holds_its_customers_alone() -> None:
    with open_twin() as heartline, Browser(a_company(heartline)) as browser:
        browser.sign_in(a_user(heartline))
        answer = browser.post("/journeys", {"name": "North!", "segment": "place=North"}, form="/journeys")
        assert answer.headers["location"] == "/journeys/north/edit"
        journey = heartline.stores.kept.journeys()[0]
        assert journey.where == (("place", "North"),)
        log = heartline.log()
        runs = cut_runs(heartline, log, journey, Selection(), now_us=now_us())
        places = {runs.log.names["place"][code] for code in runs.log.codes["place"][runs.rows]}
        assert places == {"North"}
        assert browser.post("/journeys", {"name": "X", "segment": "place=Moon"}, form="/journeys").status_code == 400
        assert browser.post("/journeys", {"name": " ", "segment": ""}, form="/journeys").status_code == 400


def test_a_viewer_looks_and_changes_nothing() -> None:
    with open_twin() as heartline, Browser(a_company(heartline)) as browser:
        browser.sign_in(a_user(heartline, role=Role.VIEWER))
        path = path_of(heartline)
        page = browser.get(path)
        assert page.status_code == 200
        assert "/edit" not in page.text
        assert browser.get(f"{path}/edit").status_code == 403
        for act in ("accept", "edit", "propose", "drop"):
            assert browser.post(f"{path}/{act}").status_code == 403
        assert heartline.stores.kept.journeys() == []


HOSTILE = "\"><script>alert(1)</script><img src=x onerror=alert(1)>'&amp;{{7*7}}"


def test_hostile_names_stay_words() -> None:
    with open_twin() as heartline, Browser(heartline) as browser:
        at = now_us() / 1e6
        send(
            heartline,
            [
                a_touch(
                    f"u{n}",
                    at - (n + 2) * 3_600 + step * 60,
                    f"{HOSTILE}{step}",
                    channel=HOSTILE,
                    place=HOSTILE,
                    text=HOSTILE,
                    score={"kind": "nps", "value": n % 11, "top": 10},
                )
                for n in range(40)
                for step in range(4)
            ],
        )
        browser.sign_in(a_user(heartline))
        path = path_of(heartline)
        stage = list_journeys(heartline, heartline.log())[0].stages[0].name
        pages = ["/", "/journeys", "/scores", "/answers?measure=nps", path, f"{path}/table", f"{path}/now"]
        pages += [f"{path}/paths", f"{path}/edit", f"{path}/map.svg"]
        answers = [browser.get(page) for page in pages]
        answers += [browser.get(f"{path}/cell", params={"stage": stage, "lane": lane.value}) for lane in Lane]
        for answer in answers:
            assert answer.status_code == 200
            assert "alert" in answer.text
            assert not re.search(r"<script>alert|<img src=x", answer.text)


def test_every_page_of_an_empty_installation_says_why_and_what_to_do() -> None:
    with open_twin() as heartline, Browser(heartline) as browser:
        browser.sign_in(a_user(heartline))
        for page in ("/", "/journeys", "/scores", "/answers"):
            answer = browser.get(page)
            assert answer.status_code == 200, page
            assert "state empty" in answer.text, page
            main = answer.text[answer.text.index("<main") :]
            assert len(re.findall(r'class="btn(?: main-act)?" href', main)) >= 1, page


OTHERS = ("/customers", "/cases", "/data", "/find", "/settings", "/account", "/assets", "/begin", "/sign", "/enter")


def test_every_link_on_the_pages_resolves(reader: Browser, company: Heartline) -> None:
    path = path_of(company)
    todo = ["/?range=all", "/journeys?range=all", "/scores?range=all", f"{path}?range=all"]
    todo += [f"{path}/{tail}?range=all" for tail in ("now", "paths", "table", "edit")]
    seen: set[str] = set()
    for page in todo:
        for href in re.findall(r'(?:href|data-png-url)="(/[^"#]*)"', reader.get(page).text):
            link = unescape(href)
            if link not in seen and not link.startswith(OTHERS):
                seen.add(link)
                assert reader.get(link).status_code == 200, f"{page} → {link}"
    assert len(seen) > 60


def test_the_filter_chooses_customers_on_a_journey(company: Heartline) -> None:
    log, at = company.log(), now_us()
    journey = list_journeys(company, log)[0]
    selection = Selection(where=(("channel", "app"),))
    measured = read_map(company, log, journey, selection, now_us=at).measured
    met = [stage.flow.customers for stage in measured.stages if stage.flow.customers]
    assert len(met) > 1, "those who used the app did other things too"


def test_a_view_is_all_the_pages_need(company: Heartline) -> None:
    # The glue takes a Visit only for what it fetches: a stand-in with these names is enough.
    visit = SimpleNamespace(
        heartline=company, whole_log=company.log(), selection=Selection(), now_us=now_us(), view=View()
    )
    lines = read_journey_lines(cast("Visit", visit))
    assert [line.journey.proposed for line in lines] == [True]
    assert lines[0].customers > 0
