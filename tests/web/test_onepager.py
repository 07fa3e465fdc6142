"""The one-page report says what Home, the map and the pains say, by the same figures, and names no customer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from itertools import pairwise
from unittest.mock import patch

import pytest
from browsing import Browser, a_user
from hypothesis import given
from small_company import WORDS, a_company
from test_charts_layout import maps
from test_pains_pages import a_list

from heartline.app import Heartline, open_twin
from heartline.records import Effort, OpportunityStatus
from heartline.web.charts.heartline import MapGiven, draw_small, lay_out, lay_out_small
from heartline.web.charts.heartline.small import BOTTOM, TOP

FIGURE = re.compile(r'<span class="figure"><b>([^<]+)</b>')
N = re.compile(r"n\xa0([\d,]+)")


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin() as opened:
        made = a_company(opened, seed=3, customers=120)
        with patch("heartline.web.paining.find_pains", lambda log, *_args, **_kept: a_list(log)):
            yield made


@pytest.fixture(scope="module")
def reader(company: Heartline) -> Iterator[Browser]:
    with Browser(company) as browser:
        yield browser.sign_in(a_user(company))


def file(company: Heartline, title: str, *, owner: str = "", status: OpportunityStatus | None = None) -> None:
    kept = company.stores.kept
    filed = kept.file_opportunity(
        pain="score-grew-courier", title=title, gain=(440_000, 780_000), effort=Effort.SMALL, owner=owner, due_us=None,
        filed_by="Owner",
    )  # fmt: skip
    if status is not None:
        kept.change_opportunity(filed.opportunity_id, status=status)


@pytest.mark.parametrize("lens", ["", "?range=all", "?range=all&by=place&is=South"])
def test_the_sheet_says_what_home_says(reader: Browser, lens: str) -> None:
    home, sheet = reader.get(f"/opening{lens}").text, reader.get(f"/report/whole{lens}").text
    headline = re.findall(r'id="say"[^>]*>([^<]+)<', home)[0]
    assert f"<h1>{headline}</h1>" in sheet
    tiles = re.findall(r'<a class="tile".*?</a>', home, flags=re.DOTALL)
    assert tiles
    table = sheet[sheet.index("<tbody>") : sheet.index("</tbody>")]
    assert FIGURE.findall(table) == [FIGURE.findall(tile)[0] for tile in tiles]
    assert N.findall(table) == [N.findall(tile)[-1] for tile in tiles]


def test_it_carries_pains_cases_opportunities_and_what_each_number_means(company: Heartline, reader: Browser) -> None:
    file(company, "Call before the box comes late", owner="Owner")
    file(company, "Refused long ago", status=OpportunityStatus.DROPPED)
    sheet = unescape(reader.get("/report/whole?range=all").text)
    for words in ("4.4–7.8k a quarter, if it is the cause", "cost unknown", "Call before the box comes late", "Owner",
                  "0 open, none overdue", "What the numbers mean", "Data up to", "All time", "map-small"):  # fmt: skip
        assert words in sheet, words
    assert "Refused long ago" not in sheet


def test_no_customer_is_on_it(company: Heartline, reader: Browser) -> None:
    file(company, "Write to mira@example.com about +44 20 7946 0958")
    sheet = unescape(reader.get("/report/whole?range=all").text)
    article = sheet[sheet.index("<article") : sheet.index("</article")]
    assert "Write to" in article
    for words in (*WORDS[:5], "mira@example.com", "7946", "/customers", "/cell"):
        assert words not in article, words


def test_it_prints_by_a_button_that_a_script_shows(reader: Browser) -> None:
    sheet = reader.get("/report/whole").text
    assert re.search(r'<button class="btn" type="button" data-print[^>]* hidden', sheet)
    assert not re.search(r"<[^>]+\s(style|onclick)=", sheet)


def test_home_and_the_journeys_lead_to_it_with_range_and_filter(reader: Browser) -> None:
    for path in ("/opening", "/journeys"):
        assert "/report?range=26w&amp;by=place&amp;is=South" in reader.get(f"{path}?range=26w&by=place&is=South").text


def test_while_it_is_worked_out_it_asks_for_itself(reader: Browser) -> None:
    with patch("heartline.web.handlers.onepager.read_onepager", lambda *_args, **_kept: None):
        page = reader.get("/report?range=4w").text
    assert 'hx-get="/report/whole?range=4w"' in page


def test_before_the_first_touch_it_says_what_to_do(owner: Browser) -> None:
    assert "nothing to report" in owner.get("/report").text


@given(maps)
def test_the_map_in_small_keeps_every_word_and_point_in_its_place(given_map: MapGiven) -> None:
    layout = lay_out_small(lay_out(given_map))
    assert all(0 < point.x < layout.width and TOP <= point.y <= BOTTOM for point in layout.points)
    rows: dict[float, list[tuple[float, float]]] = {}
    for text in layout.texts:
        first, last = text.ends
        assert first >= -0.01
        assert last <= layout.width + 0.01
        assert 0 < text.y < layout.height
        rows.setdefault(text.y, []).append((first, last))
    for row in rows.values():
        row.sort()
        assert all(left[1] <= right[0] + 0.01 for left, right in pairwise(row))
    assert str(draw_small(layout)).count("<circle") == len(layout.points)
