"""Tile = list = export: what a metric counted is exactly what stands behind it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heartline.records import Journey, Stage
from heartline.understand import (
    OF_RUNS,
    Measure,
    PackedLog,
    Question,
    ScoreMeasure,
    Selection,
    answer,
    behind,
    compare_answers,
    people_behind,
    score_by_field,
    score_by_stage,
    score_by_time,
    score_metric,
)
from tries import some

Builder = Callable[..., PackedLog]
Company = Callable[[int], PackedLog]
JOURNEY = Journey(
    journey_id="j", name="J", gap_days=60,
    stages=(Stage(name="Shop", touchpoints=("Checkout",)), Stage(name="Door", touchpoints=("Courier at the door",)),
            Stage(name="Café", touchpoints=("Café visit",))),
)  # fmt: skip
END = 1_763_769_600_000_000
WEEK_US = 7 * 86_400_000_000


@pytest.fixture(scope="module")
def log(company: Company) -> PackedLog:
    return company(1)


@settings(max_examples=some(60), deadline=None)
@given(
    measure=st.sampled_from([m for m in Measure if m not in OF_RUNS]),
    weeks=st.tuples(st.integers(0, 52), st.integers(0, 52)),
    where=st.lists(st.sampled_from([("trait:region", "North"), ("place", "Mill Lane"), ("trait:plan", "weekly"),
                                    ("partner", "Northgate"), ("place", "nowhere")]), max_size=2),
    touchpoints=st.sampled_from([(), ("Checkout",), ("Courier at the door", "Café visit")]),
)  # fmt: skip
def test_scores_and_counts_have_exactly_n_rows_behind(
    log: PackedLog, measure: Measure, weeks: tuple[int, int], where: list[tuple[str, str]], touchpoints: tuple[str, ...]
) -> None:
    selection = Selection(from_us=END - max(weeks) * WEEK_US, to_us=END - min(weeks) * WEEK_US, where=tuple(where))
    question = Question(measure=measure, selection=selection, touchpoints=touchpoints)
    metric, rows = answer(log, question), behind(log, question)
    assert metric.n == len(rows)
    assert metric.customers == len(people_behind(log, question))
    assert len(np.unique(rows)) == len(rows)
    if measure in {Measure.NPS, Measure.CSAT, Measure.CES}:
        assert metric == score_metric(log, ScoreMeasure(measure.value), selection, touchpoints=touchpoints)


@pytest.mark.parametrize("stage", ["", "Shop", "Door", "Café"])
def test_shares_of_runs_have_their_hits_behind(log: PackedLog, stage: str) -> None:
    for measure in (Measure.REACHED, Measure.LOST, Measure.OPEN, Measure.FINISHED):
        question = Question(measure=measure, journey=JOURNEY, stage=stage)
        metric, rows = answer(log, question), behind(log, question)
        hits = metric.value if measure is Measure.OPEN else (metric.value or 0.0) * metric.n
        assert len(rows) == pytest.approx(hits)
        assert len(np.unique(rows)) == len(rows)


@pytest.mark.parametrize("stage", ["Shop", "Door"])
def test_a_wait_has_its_arrivals_behind(log: PackedLog, stage: str) -> None:
    question = Question(measure=Measure.WAIT, journey=JOURNEY, stage=stage)
    metric, rows = answer(log, question), behind(log, question)
    assert metric.n == len(rows) > 0
    later = {"Shop": {"Courier at the door", "Café visit"}, "Door": {"Café visit"}}[stage]
    codes = log.codes["touchpoint"][np.isin(log.seq, rows)]
    assert {log.names["touchpoint"][code] for code in codes} <= later


def test_a_stage_that_is_not_there_has_nothing_behind(log: PackedLog) -> None:
    for measure in OF_RUNS:
        question = Question(measure=measure, journey=JOURNEY, stage="Nowhere")
        assert len(behind(log, question)) == 0


def test_parts_add_up(log: PackedLog) -> None:
    """By time, by field and by stage, the answers of the parts are those of the whole."""
    edges = END - np.arange(52, -1, -1, dtype=np.int64) * WEEK_US
    whole = score_metric(log, ScoreMeasure.NPS)
    assert sum(m.n for m in score_by_time(log, ScoreMeasure.NPS, edges)) == whole.n
    regions = score_by_field(log, ScoreMeasure.NPS, "trait:region")
    assert sum(part.metric.n for part in regions) == whole.n
    assert sum(part.metric.n for part in score_by_stage(log, ScoreMeasure.NPS, JOURNEY)) == whole.n
    assert score_by_field(log, ScoreMeasure.NPS, "trait:unknown") == ()
    north = next(part for part in regions if part.value == "North")
    chosen = Selection(where=(("trait:region", "North"),))
    assert north.metric == score_metric(log, ScoreMeasure.NPS, chosen)


def test_a_tiny_log_by_hand(build: Builder) -> None:
    """NPS of 9, 10, 7, 0 is +25; CSAT of 4, 5, 2 of 5 is two thirds; CES 7 of 7 and 3 of 5 is (7 + 4) / 2."""
    rows = [("nps", 9, 10), ("nps", 10, 10), ("nps", 7, 10), ("nps", 0, 10), ("csat", 4, 5),
            ("csat", 5, 5), ("csat", 2, 5),             ("ces", 7, 7), ("ces", 3, 5), ("stars", 4, 5)]  # fmt: skip
    log = build([{"customer": i, "kind": k, "score": v, "top": t} for i, (k, v, t) in enumerate(rows)])
    value = {measure: answer(log, Question(measure=measure)).value for measure in Measure if measure not in OF_RUNS}
    assert value[Measure.NPS] == 25
    assert value[Measure.CSAT] == pytest.approx(2 / 3)
    assert value[Measure.CES] == pytest.approx(5.5)
    assert value[Measure.STARS] == 4
    assert value[Measure.TOUCHES] == value[Measure.PEOPLE] == 10


def test_a_zero_is_an_answer(build: Builder) -> None:
    log = build([{"customer": 1, "kind": "nps", "score": 0, "top": 10}])
    assert answer(log, Question(measure=Measure.NPS)).value == -100
    assert len(behind(log, Question(measure=Measure.NPS))) == 1


def test_a_difference_is_of_its_two_questions(log: PackedLog) -> None:
    north = Question(measure=Measure.NPS, selection=Selection(where=(("trait:region", "North"),)),
                     touchpoints=("Courier at the door",))  # fmt: skip
    since = END - 12 * WEEK_US
    gap = compare_answers(log, north.during(since, None), north.during(None, since))
    assert gap.now == answer(log, north.during(since, None))
    assert gap.before == answer(log, north.during(None, since))
    assert gap.value == pytest.approx((gap.now.value or 0) - (gap.before.value or 0))
