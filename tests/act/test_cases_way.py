"""The way of a case, by examples worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartline.act import (
    LONGEST_TITLE,
    OTHER_REASON,
    REASONS,
    count_loops,
    date_steps,
    day_of,
    end_of,
    is_overdue,
    next_business_end,
    pick_owners,
    read_due,
    sort_closed,
    sort_open,
    title_customer,
    title_voice,
    word_reason,
)
from heartline.errors import Invalid
from heartline.records import Case, CaseNote, CaseStatus, Score, ScoreKind

LONDON = "Europe/London"
ZONES = ("UTC", LONDON, "Pacific/Auckland", "America/New_York", "Asia/Kolkata")


def us(text: str, zone: str = LONDON) -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * 1_000_000


def a_case(number: int = 1, *, due: str = "2026-11-24T17:00", status: CaseStatus = CaseStatus.NEW) -> Case:
    closed = us("2026-11-22T09:00") + number if status is CaseStatus.CLOSED else None
    return Case(
        case_id=number,
        title="Third late box",
        handle="00" * 16,
        seq=7,
        owner="Aisha",
        due_us=us(due),
        status=status,
        opened_us=us("2026-11-20T09:00"),
        opened_by="Tom",
        closed_us=closed,
    )


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-11-20T09:00", "2026-11-23T17:00"),  # a Friday: Monday
        ("2026-11-22T23:59", "2026-11-23T17:00"),  # a Sunday: tomorrow
        ("2026-11-23T00:00", "2026-11-24T17:00"),  # Monday, just begun: Tuesday
        ("2026-03-27T12:00", "2026-03-30T17:00"),  # the clocks go forward between
    ],
)
def test_a_new_case_is_due_at_the_end_of_the_next_business_day(now: str, due: str) -> None:
    assert next_business_end(us(now), LONDON) == us(due)


@given(st.integers(us("2001-01-01"), us("2100-01-01")), st.sampled_from(ZONES))
def test_due_is_always_a_weekday_at_five_ahead_of_now_by_three_days_at_most(now_us: int, zone: str) -> None:
    due = datetime.fromtimestamp(next_business_end(now_us, zone) / 1e6, UTC).astimezone(ZoneInfo(zone))
    assert due.weekday() < 5
    assert (due.hour, due.minute) == (17, 0)
    assert 1 <= (due.date() - day_of(now_us, zone)).days <= 3


def test_a_due_day_is_read_and_keeps_its_hour_where_the_day_stays() -> None:
    was = us("2026-11-24T09:30")
    assert read_due("2026-11-24", LONDON, was_us=was) == was
    assert read_due(" 2026-11-25 ", LONDON, was_us=was) == end_of(date(2026, 11, 25), LONDON) == us("2026-11-25T17:00")


@pytest.mark.parametrize("text", ["", "soon", "0001-01-01", "9999-12-31", "2026-02-30", "2026-11-24T10:00Zx"])
def test_what_is_no_day_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_due(text, LONDON)
    assert refused.value.code == "bad_due"


@pytest.mark.parametrize(
    ("score", "title"),
    [
        (Score(ScoreKind.NPS, 2, 10), "Unhappy with Courier, North: 2 of 10"),
        (Score(ScoreKind.NPS, 0, 10), "Unhappy with Courier, North: 0 of 10"),
        (Score(ScoreKind.CSAT, 3, 5), "Not quite pleased with Courier, North: 3 of 5"),
        (Score(ScoreKind.STARS, 5, 5), "Pleased with Courier, North: 5 of 5"),
        (Score(ScoreKind.CES, 2.5, 7), "Unhappy with Courier, North: 2.5 of 7"),
        (None, "Answer a comment: Courier, North"),
    ],
)
def test_a_title_says_how_it_was_and_where(score: Score | None, title: str) -> None:
    assert title_voice(touchpoint="Courier", place="North", score=score, said=True) == title


@given(st.text(), st.text(), st.sampled_from([None, Score(ScoreKind.NPS, 10, 10)]))
def test_a_title_is_one_line_that_fits_and_keeps_the_score(touchpoint: str, place: str, score: Score | None) -> None:
    title = title_voice(touchpoint=touchpoint, place=place, score=score)
    assert 0 < len(title) <= LONGEST_TITLE
    assert title == " ".join(title.split())
    assert score is None or title.endswith(": 10 of 10")
    assert title_customer("x" * 999).endswith("…")


def test_overdue_first_then_by_due_and_closed_ones_last_closed_first() -> None:
    late, soon = a_case(3, due="2026-11-20T17:00"), a_case(1)
    later, done = a_case(2, due="2026-12-01T17:00"), a_case(4, status=CaseStatus.CLOSED, due="2026-11-01T17:00")
    done_after = a_case(5, status=CaseStatus.CLOSED)
    every, now = [later, done, soon, done_after, late], us("2026-11-22T12:00")
    assert [case.case_id for case in sort_open(every)] == [3, 1, 2]
    assert [case.case_id for case in sort_closed(every)] == [5, 4]
    assert [is_overdue(case, now) for case in (late, soon, done)] == [True, False, False]
    assert count_loops(every, now).words == "3 open, 1 overdue"
    assert count_loops([replace(soon, owner="")], now).words == "1 open, 1 without an owner"
    assert count_loops([done], now).words == "No case is open"


def test_steps_are_dated_by_the_history_and_those_taken_back_are_not() -> None:
    notes = (
        CaseNote(at_us=10, author="Tom", text="Opened for Aisha."),
        CaseNote(at_us=20, author="Aisha", text="new → contacted."),
        CaseNote(at_us=25, author="Aisha", text="She said: contacted → mended. No."),
        CaseNote(at_us=30, author="Aisha", text="contacted → cause found."),
        CaseNote(at_us=40, author="Aisha", text="cause found → contacted."),
    )
    case = replace(a_case(status=CaseStatus.CONTACTED), notes=notes)
    assert date_steps(case) == {CaseStatus.NEW: case.opened_us, CaseStatus.CONTACTED: 40}


def test_a_reason_is_chosen_and_something_else_needs_words() -> None:
    assert word_reason(REASONS[0], "") == REASONS[0]
    assert word_reason(REASONS[0], " new \n box ") == f"{REASONS[0]}: new box"
    assert word_reason(OTHER_REASON, "She moved away") == "She moved away"
    for choice, words in ((OTHER_REASON, " "), ("", "done"), ("made up", "done")):
        with pytest.raises(Invalid) as refused:
            word_reason(choice, words)
        assert refused.value.code == "no_reason"


def test_whoever_has_a_case_can_be_named_even_when_they_left() -> None:
    assert pick_owners(["tom", "Aisha", "tom"], now="Gone") == ["Aisha", "Gone", "tom"]
    assert pick_owners(["tom"], now="") == ["tom"]
