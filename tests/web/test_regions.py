"""Places and regions: a region's figures are those of its places together, exactly, in tile and list."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape

import pytest
from browsing import Browser, a_user
from hypothesis import given, settings
from hypothesis import strategies as st
from small_company import PLACES, a_company

from heartline.app import Heartline, open_twin
from heartline.errors import Invalid
from heartline.records import Role
from heartline.understand import SCORES, Measure, Question, Selection, answer, narrow_where
from heartline.web.drilldown import Drill
from heartline.web.lenses import read_lens
from heartline.web.listing import find_rows
from heartline.web.regions import keep_regions, parse_regions, read_regions, write_regions
from heartline.web.sessions import now_us
from tries import some

PAIRS = st.lists(st.tuples(st.sampled_from(["place", "channel"]), st.sampled_from("abc")), max_size=5).map(tuple)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z"), exclude_characters="="), min_size=1)


@pytest.fixture(scope="module")
def company() -> Iterator[Heartline]:
    with open_twin() as opened:
        yield a_company(opened, seed=5, customers=120)


def lens_of(region: str, regions: dict[str, str]) -> Selection:
    asked = {"by": "region", "is": region, "range": "all"}
    return read_lens(asked, zone="UTC", now_us=now_us(), last_us=None, regions=regions).selection


@given(
    st.dictionaries(st.sampled_from(PLACES), st.sampled_from(["Coast", "Hills"])), st.sampled_from(list(Measure)[:8])
)
@settings(max_examples=some(25), deadline=None)
def test_a_region_is_the_sum_of_its_places(company: Heartline, regions: dict[str, str], measure: Measure) -> None:
    log = company.log()
    for region in ("Coast", "Hills"):
        whole = answer(log, Question(measure=measure, selection=lens_of(region, regions)))
        places = [place for place, of in regions.items() if of == region]
        parts = [answer(log, Question(measure=measure, selection=Selection(where=(("place", p),)))) for p in places]
        assert whole.n == sum(part.n for part in parts)
        total = sum((part.value or 0) * (part.n if measure in SCORES else 1) for part in parts)
        if measure is Measure.PEOPLE:
            assert (whole.value or 0) <= total
        else:
            assert (whole.value or 0) * (whole.n if measure in SCORES else 1) == pytest.approx(total, abs=1e-9)


def test_one_place_of_a_region_is_that_place(company: Heartline) -> None:
    log, regions = company.log(), {"North": "Coast", "South": "Coast", "West": "Hills"}
    coast, drill = lens_of("Coast", regions), Drill(measure=Measure.TOUCHES, where=(("place", "North"),))
    alone = find_rows(log, drill, Selection())
    assert find_rows(log, drill, coast).tolist() == alone.tolist()
    assert not len(find_rows(log, drill, lens_of("Hills", regions)))
    assert not len(find_rows(log, drill, lens_of("Moon", regions)))


@given(PAIRS, PAIRS)
@settings(deadline=None)
def test_narrowing_is_an_intersection(where: tuple[tuple[str, str], ...], more: tuple[tuple[str, str], ...]) -> None:
    def fits(pairs: tuple[tuple[str, str], ...], row: dict[str, str]) -> bool:
        return all(row[field] in {v for name, v in pairs if name == field} for field in {name for name, _ in pairs})

    for place in "abcd":
        for channel in "abcd":
            row = {"place": place, "channel": channel}
            assert fits(narrow_where(where, more), row) == (fits(where, row) and fits(more, row))


@given(st.dictionaries(NAMES, NAMES, max_size=6))
@settings(deadline=None)
def test_what_is_written_is_read_again(regions: dict[str, str]) -> None:
    assert parse_regions(write_regions(regions)) == regions


@pytest.mark.parametrize("text", ["Mill Lane", "= North", "Mill Lane =", "A = x\nA = y", "a" * 200 + " = North"])
def test_what_is_no_table_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_regions(text)


def test_an_owner_changes_the_table_and_everybody_filters_by_it(company: Heartline) -> None:
    with Browser(company) as browser:
        browser.sign_in(a_user(company))
        wrong = browser.post("/settings/places", {"places": "North"}, form="/settings/places")
        assert wrong.status_code == 400
        assert "names no place and region" in wrong.text
        told = {"places": "North = Coast\nSouth = Coast\n"}
        assert browser.post("/settings/places", told, form="/settings/places").status_code == 303
        assert read_regions(company) == {"North": "Coast", "South": "Coast"}
        page = unescape(browser.get("/scores?range=all&by=region&is=Coast").text)
        assert "Region of places: Coast" in page
        assert "West" in browser.get("/settings/places").text
    with Browser(company) as browser:
        browser.sign_in(a_user(company, role=Role.VIEWER, email="viewer@example.com"))
        assert browser.get("/settings/places").status_code == 200
        assert browser.post("/settings/places", {"places": ""}).status_code == 403
        assert read_regions(company) == {"North": "Coast", "South": "Coast"}
    keep_regions(company, {})
