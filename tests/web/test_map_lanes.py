"""The lanes that live elsewhere: pains, opportunities and key figures on the map, each leading to what it counts; and
how every live cell is known, and since when.
"""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from unittest.mock import patch

import pytest
from browsing import Browser, a_user
from small_company import a_company
from test_pains_pages import a_pain, a_worth

from heartline.app import Heartline, open_twin
from heartline.records import Effort, Journey, MapDocument, MapLane, OpportunityStatus, Role, StageNote
from heartline.understand import PackedLog, PainList
from heartline.web.mapping import list_journeys

DAY = r"\d{1,2}\N{NO-BREAK SPACE}[A-Z][a-z]{2}"
LIVE = (
    "Stage",
    "Touchpoint",
    "What they do",
    "What they say",
    "Here now",
    "Where it hurts",
    "Key figures",
    "How we know",
)


def pains_of(journey: Journey, log: PackedLog) -> PainList:
    """Four pains of the first stage, one of another journey, one of the last stage without a price."""
    first, last = journey.stages[0], journey.stages[-1]
    courier = a_pain(log, "Courier", worth=a_worth())
    here = [replace(courier, key=f"here-{n}", journey_id=journey.journey_id, stage=first.name) for n in range(4)]
    elsewhere = replace(courier, key="elsewhere", journey_id="other", stage=first.name)
    end = replace(courier, key="end", journey_id=journey.journey_id, stage=last.name, worth=None)
    return PainList(pains=(*here, elsewhere, end), overlaps=(), let_go=(), contradictions=(), tested=9, q=0.05)


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin() as opened:
        made = a_company(opened, seed=5)
        journey = list_journeys(made, made.log())[0]
        with patch("heartline.web.paining.find_pains", lambda log, *_args, **_kept: pains_of(journey, log)):
            file = made.stores.kept.file_opportunity
            for key, title in (("here-1", "Ring <first>"), ("end", "Ask mira@example.com"), ("elsewhere", "Not here")):
                file(pain=key, title=title, gain=None, effort=Effort.SMALL, owner="", due_us=None, filed_by="Ines")
            gone = file(pain="here-0", title="Long done", gain=None, effort=Effort.SMALL, owner="", due_us=None,
                        filed_by="Ines")  # fmt: skip
            made.stores.kept.change_opportunity(gone.opportunity_id, status=OpportunityStatus.DONE)
            yield made


@pytest.fixture(scope="module")
def owner(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


def map_of(browser: Browser, company: Heartline, tail: str = "") -> str:
    path = f"/journeys/{list_journeys(company, company.log())[0].journey_id}"
    for _look in range(200):
        text = browser.get(f"{path}{tail}?range=all").text
        if "Still being worked out" not in text:
            break
        time.sleep(0.05)
    return text


def lanes_of(page: str) -> dict[str, list[str]]:
    """The cells of the wide map's lanes of words, by the lane's name."""
    grid = page[page.index('class="map-wide"') : page.index('class="map-tall"')]
    found = {}
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", grid, re.DOTALL):
        head, *cells = re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        found[re.sub(r"<br>.*|<[^>]*>", "", head)] = cells
    return found


def words_of(cell: str) -> str:
    return unescape(re.sub(r"<[^>]*>", "", cell))


def test_pains_stand_at_their_stage_and_lead_to_their_page(company: Heartline, owner: Browser) -> None:
    cells = lanes_of(map_of(owner, company))["Where it hurts"]
    assert re.findall(r'href="/pains/?([^?"]*)', cells[0]) == ["here-0", "here-1", "here-2", ""]
    assert "1 more is on the list." in cells[0]
    assert "4.4–7.8k a quarter, if it is the cause · " in words_of(cells[0])
    assert re.findall(r'href="/pains/([^?"]+)', cells[-1]) == ["end"]
    assert "cost unknown" in cells[-1]
    assert "elsewhere" not in "".join(cells)
    assert not "".join(cells[1:-1]).strip()


def test_opportunities_stand_where_their_pain_is_until_they_are_done(company: Heartline, owner: Browser) -> None:
    page = map_of(owner, company)
    cells = lanes_of(page)["What we could do"]
    assert "Ring &lt;first&gt;" in cells[0]
    assert 'href="/pains/here-1?range=all#opportunities"' in cells[0]
    assert "Idea · nobody owns it yet" in cells[0]
    assert "Ask mira@example.com" in cells[-1]
    assert "Not here" not in page
    assert "Long done" not in page
    with Browser(company) as browser:
        browser.sign_in(a_user(company, role=Role.VIEWER, email="vera@example.com"))
        assert "mira@" not in map_of(browser, company), "who may not see personal data sees none in a title"


def test_a_score_on_the_map_counts_what_its_list_holds(company: Heartline, owner: Browser) -> None:
    cells = lanes_of(map_of(owner, company))["Key figures"]
    found = 0
    for line in re.findall(r'<p class="cell-line">(.*?)</p>', "".join(cells), re.DOTALL):
        href = unescape(re.search(r'href="([^"]+)"', line)[1])  # type: ignore[index]
        n = re.search(r"n\N{NO-BREAK SPACE}([\d,]+)", words_of(line))
        assert n, line
        listed = words_of(owner.get(href).text)
        if href.startswith("/answers"):
            assert re.search(rf"{n[1]} in this list", listed), (href, n[1])
            found += 1
        else:
            assert re.search(r"% lost \(\d+(–\d+)?\)", words_of(line).replace("\N{NO-BREAK SPACE}", " "))
            assert "lane=lost" in href
    assert found >= 3


def test_every_live_cell_says_how_it_is_known_and_since_when(company: Heartline, owner: Browser) -> None:
    page = map_of(owner, company)
    lanes = lanes_of(page)
    told = 0
    for name in LIVE:
        for cell in lanes[name]:
            if not words_of(cell).strip() or "No comment yet" in cell:
                continue
            for line in re.findall(r'<p class="cell-line">(.*?)</p>', cell, re.DOTALL) or [cell]:
                if "more is on the list" in line:
                    continue
                assert re.search(r'class="ev( m)?" aria-label="(measured|reported)"', line), (name, line)
                assert re.search(DAY, words_of(line)), (name, line)
                told += 1
    assert told > 20
    grid = page[page.index('class="heart"') : page.index('class="map-tall"')]
    asked = len(re.findall(r'y="325"', grid))
    assert asked == len(re.findall(rf'y="342">▪\N{{NO-BREAK SPACE}}{DAY}', grid)) > 0, "each point of the line"
    waited = len(re.findall(r'class="wait"', grid.partition('class="key')[0]))
    assert waited == len(re.findall(rf'y="61">▪\N{{NO-BREAK SPACE}}{DAY}', grid)) > 0, "each wait"


def test_live_lanes_are_hidden_renamed_and_moved_like_all_others(company: Heartline, owner: Browser) -> None:
    journey = list_journeys(company, company.log())[0]
    kept = company.stores.kept
    before = kept.map_document(journey.journey_id)
    arranged = {lane.key: lane for lane in before.arranged}
    arranged["pains"] = MapLane(key="pains", hidden=True)
    arranged["kpis"] = MapLane(key="kpis", label="Our numbers")
    order = ["kpis", *(key for key in arranged if key != "kpis")]
    note = StageNote(stage=journey.stages[0].name, backstage="Roastery packs <on Tuesday>")
    kept.set_map_document(
        MapDocument(journey_id=journey.journey_id, lanes=tuple(arranged[key] for key in order), notes=(note,))
    )
    try:
        page = map_of(owner, company)
        lanes = lanes_of(page)
        assert "Where it hurts" not in lanes
        assert list(lanes)[1] == "Our numbers", "first below the stages"
        assert f'href="/journeys/{journey.journey_id}/document#stage-0"' in lanes["Backstage"][0]
        assert 'aria-label="assumed"' in lanes["Backstage"][0]
        paper = map_of(owner, company, "/paper")
        assert "Roastery packs &lt;on Tuesday&gt;" in paper
        assert "Our numbers" in paper
        rows = list(csv.DictReader(io.StringIO(map_of(owner, company, "/map.csv").removeprefix("\ufeff"))))
        assert rows[0]["Backstage"] == "Roastery packs <on Tuesday>"
        assert "% lost" in rows[0]["Our numbers"].replace("\N{NO-BREAK SPACE}", " ")
    finally:
        now = kept.map_document(journey.journey_id)
        kept.set_map_document(replace(before, version=now.version))
