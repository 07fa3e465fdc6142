"""What the cases say together: planted histories come back as their figures, each with n and an interval."""

from __future__ import annotations

import pytest

from heartline.act import REASONS, list_causes, measure_loops
from heartline.records import Case, CaseLoop, CaseNote, CaseStatus

HOUR = 3_600_000_000
NOW = 1_000 * HOUR
HELPED, GONE = REASONS[0], REASONS[2]


def a_case(number: int, *, contacted: tuple[int, ...] = (), closed: int | None = None, reason: str = HELPED) -> Case:
    """A case opened 500 hours ago by a customer of its own; the rest in hours after that."""
    opened = NOW - 500 * HOUR
    notes = [CaseNote(at_us=opened + at * HOUR, author="Ana", text="new → contacted.") for at in contacted]
    return Case(
        case_id=number,
        title="",
        handle=f"{number:032x}",
        seq=number,
        owner="",
        due_us=opened,
        status=CaseStatus.NEW if closed is None else CaseStatus.CLOSED,
        opened_us=opened,
        opened_by="",
        closed_us=None if closed is None else opened + closed * HOUR,
        reason="" if closed is None else reason,
        notes=tuple(notes),
    )


def test_planted_histories_come_back_as_their_figures() -> None:
    cases = [
        a_case(1, contacted=(10,), closed=20),
        a_case(2, contacted=(47,), closed=60),
        a_case(3, contacted=(49,), closed=70, reason=GONE),
        a_case(4, contacted=(5, 9), closed=30),
        a_case(5, contacted=(5,), closed=400),
        a_case(6),
    ]
    loops = {2: CaseLoop(case_id=2, reopened=1)}
    told = measure_loops(cases, loops, later={1: True, 2: False}, now_us=NOW)
    assert (told.soon.value, told.soon.n) == (pytest.approx(4 / 6), 6)
    # Of five contacted, case 5 was closed less than a week ago; 1 alone was helped by one contact for good.
    assert (told.first.value, told.first.n) == (0.25, 4)
    assert (told.reopened.value, told.reopened.n) == (0.2, 5)
    assert (told.better.value, told.better.n) == (0.5, 2)
    assert (told.to_contact.value, told.to_contact.n) == (10.0, 5)
    assert (told.to_close.value, told.to_close.n) == (60.0, 5)
    for metric in (told.soon, told.first, told.reopened, told.better, told.to_contact):
        assert metric.low is not None
        assert metric.high is not None
        assert metric.low <= (metric.value or 0) <= metric.high


def test_no_case_is_no_figure_rather_than_a_zero() -> None:
    told = measure_loops([], {}, later={}, now_us=NOW)
    assert told.soon.value is None
    assert told.to_close.value is None
    assert list_causes([], {}) == ()


def test_causes_written_alike_are_one_and_recur_with_three_cases_of_several_customers() -> None:
    words = ("Late courier", "late  courier", "LATE COURIER", "Broken lid")
    loops = {n: CaseLoop(case_id=n, cause=cause) for n, cause in enumerate(words, start=1)}
    loops[1] = CaseLoop(case_id=1, cause=words[0], journey_id="j", stage="Delivery")
    late, lid = list_causes([a_case(n) for n in (1, 2, 3, 4, 5)], loops)
    assert (late.cause, late.cases, late.customers, late.recurs) == ("Late courier", (1, 2, 3), 3, True)
    assert (late.share.value, late.share.n) == (0.75, 4)
    assert (late.journey_id, late.stage) == ("j", "Delivery")
    assert not lid.recurs
