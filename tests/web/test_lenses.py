from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartline.web.lenses import read_lens

ZONE = "Europe/London"
NOW = int(datetime(2026, 11, 22, 15, 30, tzinfo=UTC).timestamp()) * 1_000_000


def at(year: int, month: int, day: int, zone: str = ZONE) -> int:
    return int(datetime(year, month, day, tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000


def test_weeks_end_today_and_begin_at_midnight_in_the_zone() -> None:
    lens = read_lens({"range": "4w"}, zone=ZONE, now_us=NOW, last_us=NOW)
    assert lens.selection.to_us == at(2026, 11, 23)
    assert lens.selection.from_us == at(2026, 10, 26), "28 days, today among them; the clock changed in between"
    assert lens.range_label == "Last 4 weeks"


def test_two_days_are_both_counted() -> None:
    lens = read_lens({"range": "2026-03-28..2026-03-29"}, zone=ZONE, now_us=NOW, last_us=NOW)
    assert (lens.selection.from_us, lens.selection.to_us) == (at(2026, 3, 28), at(2026, 3, 30))
    assert lens.range_label == "28 Mar 2026 to 29 Mar 2026"


def test_today_is_the_workspaces_today() -> None:
    late = int(datetime(2026, 11, 22, 23, 30, tzinfo=UTC).timestamp()) * 1_000_000
    lens = read_lens({"range": "4w"}, zone="Asia/Tokyo", now_us=late, last_us=late)
    assert lens.selection.to_us == at(2026, 11, 24, "Asia/Tokyo")


@pytest.mark.parametrize("bad", ["", "x", "4", "2026-01-02..2026-01-01", "2026-01-01", "..", "9999-12-31..9999-12-31"])
def test_what_cannot_be_read_asks_for_the_last_12_weeks(bad: str) -> None:
    lens = read_lens({"range": bad}, zone=ZONE, now_us=NOW, last_us=NOW)
    assert lens.range_value == "12w"


def test_where_nothing_happened_lately_all_time_is_meant() -> None:
    for last in (None, at(2012, 5, 1)):
        lens = read_lens({}, zone=ZONE, now_us=NOW, last_us=last)
        assert (lens.selection.from_us, lens.selection.to_us, lens.range_label) == (None, None, "All time")
    asked = read_lens({"range": "12w"}, zone=ZONE, now_us=NOW, last_us=at(2012, 5, 1))
    assert asked.range_label == "Last 12 weeks", "who asks for it gets it"


def test_the_filter_wants_both_its_keys() -> None:
    assert read_lens({"by": "place"}, zone=ZONE, now_us=NOW, last_us=NOW).selection.where == ()
    assert read_lens({"is": "North"}, zone=ZONE, now_us=NOW, last_us=NOW).selection.where == ()
    lens = read_lens({"by": "trait:plan_name", "is": "Gold"}, zone=ZONE, now_us=NOW, last_us=NOW)
    assert lens.selection.where == (("trait:plan_name", "Gold"),)
    assert lens.filter_label == "Plan name: Gold"


@given(st.text(max_size=40), st.text(max_size=20), st.text(max_size=20))
def test_no_query_breaks_it(range_: str, by: str, value: str) -> None:
    lens = read_lens({"range": range_, "by": by, "is": value}, zone=ZONE, now_us=NOW, last_us=NOW)
    assert lens.range_label
    assert lens.filter_label
