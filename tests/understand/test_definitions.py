"""Versions of what CSAT counts: raw answers stay, one number is counted by one version, comparisons by the newer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartline.records import Definition
from heartline.understand import (
    EVERYTHING,
    Measure,
    PackedLog,
    Question,
    ScoreMeasure,
    Selection,
    answer,
    compare_answers,
    definition_at,
    find_changes,
    is_satisfied,
    list_changes,
    score_by_field,
    score_by_time,
    score_metric,
    select,
)

Builder = Callable[..., PackedLog]
Company = Callable[..., PackedLog]
DAY_US = 86_400_000_000
WEEK_US = 7 * DAY_US
CSAT = Question(measure=Measure.CSAT)


def a_version(version: int, boxes: int, day: float) -> Definition:
    return Definition(metric="csat", version=version, boxes=boxes, from_us=int(day * DAY_US), by="x", why="y")


def a_log(build: Builder, *versions: Definition) -> PackedLog:
    """Seven answers of five, one a day from day 0: 5 4 4 3 5 4 1; and one 6 of seven on day 7."""
    scores = [(5, 5), (4, 5), (4, 5), (3, 5), (5, 5), (4, 5), (1, 5), (6, 7)]
    rows = [
        {"customer": day, "kind": "csat", "score": score, "top": top, "ts_us": day * DAY_US, "channel": "web"}
        for day, (score, top) in enumerate(scores)
    ]
    return replace(build(rows), definitions=versions)


def test_by_hand(build: Builder) -> None:
    """The top two boxes hold 6 of 8, the top box 2 of 8; the change is on day 4."""
    log = a_log(build, a_version(2, 1, 4))
    plain = a_log(build)
    assert answer(plain, CSAT).value == pytest.approx(6 / 8)
    assert answer(plain, CSAT).version == 1
    now = answer(log, CSAT)
    assert (now.value, now.version, now.n) == (pytest.approx(2 / 8), 2, 8)
    early = answer(log, CSAT.during(0, 4 * DAY_US))
    assert (early.value, early.version) == (pytest.approx(3 / 4), 1), "it ended before the change began"
    over = answer(log, CSAT.during(0, 4 * DAY_US + 1))
    assert (over.value, over.version) == (pytest.approx(2 / 5), 2)
    assert score_by_field(log, ScoreMeasure.CSAT, "channel")[0].metric == now
    assert answer(select(log, EVERYTHING.during(0, None)), CSAT) == now, "a selection keeps the definitions"


def test_a_comparison_never_compares_across(build: Builder) -> None:
    log = a_log(build, a_version(2, 1, 4))
    now, before = CSAT.during(4 * DAY_US, 8 * DAY_US), CSAT.during(0, 4 * DAY_US)
    for gap in (compare_answers(log, now, before), compare_answers(log, before, now)):
        assert (gap.now.version, gap.before.version) == (2, 2)
    gap = compare_answers(log, now, before)
    assert (gap.before.value, gap.now.value) == (pytest.approx(1 / 4), pytest.approx(1 / 4))
    assert gap.value == pytest.approx(0), "two thirds of a fall were only the definition's"
    assert compare_answers(a_log(build), now, before).before.value == pytest.approx(3 / 4)


def test_each_week_is_counted_by_the_version_at_its_start(build: Builder) -> None:
    """Two changes in one bucket: the later one counts from the next bucket on; one at an edge counts at once."""
    edges = np.array([0, 2, 4, 6, 8], dtype=np.int64) * DAY_US
    log = a_log(build, a_version(2, 1, 2.2), a_version(3, 3, 3.9), a_version(4, 2, 6))
    weeks = score_by_time(log, ScoreMeasure.CSAT, edges)
    assert [week.version for week in weeks] == [1, 1, 3, 4]
    # 5 4 by the top two; 4 3 by the top two; 5 4 by three, of five at most two; 1 of five and 6 of seven by two.
    assert [week.value for week in weeks] == [pytest.approx(share) for share in (1.0, 0.5, 1.0, 0.5)]
    one = score_by_time(log, ScoreMeasure.CSAT, edges, definition=definition_at(log, "csat", None))
    assert {week.version for week in one} == {4}
    assert [change.version for change in list_changes(log, "csat")] == [2, 3, 4]


def test_a_later_decision_outranks_an_earlier_one_from_its_day_on(build: Builder) -> None:
    log = a_log(build, a_version(2, 1, 5), a_version(3, 2, 3))
    assert [definition_at(log, "csat", day * DAY_US).version for day in (3, 4, 6, 9)] == [1, 3, 3, 3]
    assert [change.version for change in list_changes(log, "csat")] == [3]


@given(score=st.integers(1, 10), top=st.integers(2, 10), boxes=st.integers(1, 3))
def test_never_more_than_half_of_a_scale_is_satisfied(score: int, top: int, boxes: int) -> None:
    score = min(score, top)
    good = bool(is_satisfied(score, top, boxes))
    assert not good or score > top - boxes
    assert not good or score == top or score > (top + 1) / 2
    assert is_satisfied(top, top, boxes)
    if boxes == 2:
        assert good == (score >= (top - 1 if top > 3 else top)), "the first version is what it always was"


def test_nothing_else_follows_it(build: Builder) -> None:
    rows = [{"customer": place, "kind": kind, "score": 9, "top": 10} for place, kind in enumerate(("nps", "ces"))]
    plain = build(rows)
    log = replace(plain, definitions=(a_version(2, 1, 0),))
    for measure in (Measure.NPS, Measure.CES, Measure.VALENCE):
        assert answer(log, Question(measure=measure)) == answer(plain, Question(measure=measure))


def test_a_changed_definition_is_no_finding(company: Company) -> None:
    """CSAT does not move in the planted company. That it is counted otherwise from 12 weeks ago on is no change of it:
    the sides of every comparison are counted alike, while the bare shares differ by a third.
    """
    plain = company(3)
    end = int(plain.ts_us.max()) + 1
    since = end - 12 * WEEK_US
    log = replace(plain, definitions=(replace(a_version(2, 1, 0), from_us=since),))
    found = find_changes(log)
    assert all(one.measure is not Measure.CSAT for one in found.found)
    assert len(found.found) == len(find_changes(plain).found) > 0
    shares = [score_metric(log, ScoreMeasure.CSAT, Selection(to_us=to)).value for to in (since, end)]
    assert shares[0] is not None
    assert shares[1] is not None
    assert shares[0] - shares[1] > 0.25
