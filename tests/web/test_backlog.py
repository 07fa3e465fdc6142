"""Opportunities as a board and a matrix: moved by buttons, filtered, each leads to its pain; no two bars touch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import pairwise
from unittest.mock import patch

import pytest
from browsing import Browser, a_user
from hypothesis import given
from hypothesis import strategies as st
from small_company import a_company
from test_pains_pages import a_list

from heartline.app import Heartline, open_twin
from heartline.records import Effort, Opportunity, OpportunityStatus, Role
from heartline.web.charts.efforts import Stake, lay_out_efforts
from heartline.web.charts.efforts.layout import FLOOR, LEFT, MOST, REACH, TOP, WIDTH
from heartline.web.pages.backlog import MOVES

TITLES = ("A second courier", "Fewer steps", "<b>Call first</b>")


@pytest.fixture
def company() -> Iterator[Heartline]:
    with open_twin() as opened:
        made = a_company(opened, seed=3, customers=30)
        with patch("heartline.web.paining.find_pains", lambda log, *_args, **_kept: a_list(log)):
            yield made


@pytest.fixture
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


@pytest.fixture
def filed(company: Heartline) -> tuple[Opportunity, ...]:
    given = (
        (TITLES[0], "score-grew-courier", (440_000, 780_000), Effort.LARGE, "Owner"),
        (TITLES[1], "score-grew-checkout", None, Effort.SMALL, ""),
        (TITLES[2], "gone-for-good", (0, 90_000), Effort.SMALL, "Owner"),
    )
    kept = company.stores.kept
    return tuple(
        kept.file_opportunity(
            pain=pain, title=title, gain=gain, effort=effort, owner=owner, due_us=None, filed_by="Owner"
        )
        for title, pain, gain, effort, owner in given
    )


def shown(page: str) -> list[str]:
    return [title for title in TITLES if title in unescape(page)]


def column_of(page: str, number: int) -> str:
    """The column that holds a card."""
    columns: list[tuple[str, str]] = re.findall(
        r'<section class="board-column" aria-labelledby="col-(\w+)">(.*?)</section>', page, re.DOTALL
    )
    return next(name for name, body in columns if f'id="o{number}"' in body)


def test_a_card_moves_by_its_buttons_and_keeps_all_else(
    company: Heartline, reader: Browser, filed: tuple[Opportunity, ...]
) -> None:
    number = filed[0].opportunity_id
    for status in ("planned", "under_way", "done"):
        page = reader.get("/opportunities?owner=Owner").text
        card = re.search(rf'id="o{number}".*?</form>', page, re.DOTALL)
        assert card
        assert f'value="{status}"' in card[0]
        asked = {"status": status, "owner": "Owner", "department": ""}
        answer = reader.post(f"/opportunities/{number}/move", data=asked)
        assert answer.headers["location"] == f"/opportunities?owner=Owner#o{number}"
        assert column_of(reader.get("/opportunities").text, number) == status
    now = company.stores.kept.opportunities()[0]
    assert (now.title, now.gain_high, now.effort, now.owner) == (TITLES[0], 780_000, Effort.LARGE, "Owner")


def test_every_status_is_reached_by_buttons_from_every_other() -> None:
    for start in OpportunityStatus:
        reached, ahead = {start}, [start]
        while ahead:
            for status in MOVES[ahead.pop()]:
                if status not in reached:
                    reached.add(status)
                    ahead.append(status)
        assert reached == set(OpportunityStatus)


def test_a_move_to_nowhere_or_of_nothing_is_refused(reader: Browser, filed: tuple[Opportunity, ...]) -> None:
    number = filed[0].opportunity_id
    assert reader.post(f"/opportunities/{number}/move", data={"status": "gone"}).status_code == 400
    assert reader.post("/opportunities/999/move", data={"status": "done"}).status_code == 404


@pytest.mark.parametrize("show", ["", "matrix"])
def test_it_is_filtered_by_owner_and_by_department(reader: Browser, filed: tuple[Opportunity, ...], show: str) -> None:
    def ask(query: str) -> list[str]:
        return shown(reader.get(f"/opportunities?show={show}&{query}").text)

    assert len(filed) == len(ask("")) == 3
    assert ask("owner=Owner") == [TITLES[0], TITLES[2]]
    assert ask("owner=(nobody)") == [TITLES[1]]
    assert ask("department=Logistics") == list(TITLES[:2])
    assert "No opportunity here is theirs" in reader.get("/opportunities?owner=Stranger").text


def test_each_leads_to_its_pain_and_nothing_breaks_out(reader: Browser, filed: tuple[Opportunity, ...]) -> None:
    for path in ("/opportunities?by=place&is=North", "/opportunities?show=matrix&range=4w"):
        page = reader.get(path).text
        for one in filed:
            assert re.search(rf'href="/pains/{one.pain}(\?range=4w)?#opportunities"', page), path
        assert "Less happy: Courier" in page
        assert "<b>Call first" not in page


def test_the_matrix_draws_what_is_open_and_its_table_says_the_same(
    company: Heartline, reader: Browser, filed: tuple[Opportunity, ...]
) -> None:
    company.stores.kept.change_opportunity(filed[2].opportunity_id, status=OpportunityStatus.DROPPED)
    page = reader.get("/opportunities?show=matrix").text
    drawn = re.findall(r'<a[^>]*aria-label="(\d+)\. ([^:"]+):', page)
    rows = re.findall(r'<b class="rank">(\d+)</b></td><th[^>]*><bdi>([^<]+)</bdi>', page)
    assert sorted(drawn) == sorted(rows) == [("1", TITLES[0]), ("2", TITLES[1])]
    assert "4.4–7.8k" in page


def test_whoever_may_not_work_on_cases_moves_nothing(company: Heartline, filed: tuple[Opportunity, ...]) -> None:
    with Browser(company) as browser:
        browser.sign_in(a_user(company, email="viewer@example.com", role=Role.VIEWER))
        page = browser.get("/opportunities").text
        assert shown(page) == list(TITLES)
        assert "/move" not in page
        moved = browser.post(f"/opportunities/{filed[0].opportunity_id}/move", data={"status": "done"})
        assert moved.status_code == 403


def test_before_anything_is_filed_it_says_where_to_begin(reader: Browser) -> None:
    page = reader.get("/opportunities").text
    assert "Nobody has filed an opportunity yet" in page
    assert 'href="/pains"' in page


MONEY = st.none() | st.tuples(st.integers(-1_000, 10_000_000), st.integers(0, 10_000_000)).map(sorted)
STAKES = st.lists(st.tuples(st.sampled_from(Effort), MONEY), max_size=40).map(
    lambda drawn: [
        Stake(number=place, title="x", effort=effort, low=ends[0] if ends else None, high=ends[1] if ends else None)
        for place, (effort, ends) in enumerate(drawn, start=1)
    ]
)


@given(STAKES)
def test_bars_keep_to_their_band_and_never_touch(stakes: list[Stake]) -> None:
    layout = lay_out_efforts(stakes)
    assert len(layout.bars) + sum(band.more for band in layout.bands) == len(stakes)
    assert (layout.bands[0].left, layout.bands[-1].right) == (LEFT, WIDTH)
    for band in layout.bands:
        held = [bar for bar in layout.bars if bar.stake.effort is band.effort]
        assert len(held) <= MOST
        assert all(band.left <= bar.x - REACH and bar.x + REACH <= band.right for bar in held)
        assert all(one.x + 2 * REACH <= other.x + 1e-6 for one, other in pairwise(held))
    for bar in layout.bars:
        if bar.top is not None and bar.bottom is not None:
            assert TOP <= bar.top < bar.bottom <= FLOOR
        assert (bar.top is None) == (bar.stake.high is None)


@given(STAKES)
def test_more_money_stands_higher(stakes: list[Stake]) -> None:
    bars = [bar for bar in lay_out_efforts(stakes).bars if bar.top is not None]
    bars.sort(key=lambda bar: bar.stake.high or 0)
    assert all((one.top or 0) >= (other.top or 0) for one, other in pairwise(bars))
