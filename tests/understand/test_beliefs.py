"""Beliefs against what was measured, and two snapshots against each other. Origin: planted truth, and properties."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartline.records import Metric, StageFigures, Verdict
from heartline.understand import FROZEN, compare_figures, weigh_beliefs, widest_gap


def a_heart(value: float | None, half: float = 0.1, customers: int = 200) -> Metric:
    ends = (None, None) if value is None else (value - half, value + half)
    n = 0 if value is None else customers
    return Metric(name="valence", value=value, low=ends[0], high=ends[1], n=n, customers=n, method="made up")


HEARTS = st.builds(a_heart, st.none() | st.floats(-0.8, 0.8), st.floats(0.01, 0.2), st.integers(1, 500))


@given(drawn=st.lists(st.tuples(HEARTS, st.none() | st.floats(-1, 1)), max_size=8))
def test_a_gap_is_told_only_where_both_are_known_and_reliable_only_beside_its_interval(
    drawn: list[tuple[Metric, float | None]],
) -> None:
    hearts, believed = [heart for heart, _belief in drawn], [belief for _heart, belief in drawn]
    gaps = weigh_beliefs([f"stage {n}" for n in range(len(drawn))], hearts, believed)
    known = [n for n, (heart, belief) in enumerate(drawn) if heart.n and belief is not None]
    assert [gap.place for gap in gaps] == known
    for gap in gaps:
        assert gap.low <= gap.value <= gap.high
        assert gap.value == pytest.approx((gap.felt.value or 0.0) - gap.believed)
        assert (gap.verdict is Verdict.TOO_FEW) is (gap.felt.customers < 30)
        if gap.verdict is Verdict.HIGHER:
            assert gap.low > 0
        if gap.verdict is Verdict.LOWER:
            assert gap.high < 0
    widest = widest_gap(gaps)
    sure = [gap for gap in gaps if gap.verdict in {Verdict.HIGHER, Verdict.LOWER}]
    assert (widest is None) is (not sure)
    if widest is not None:
        assert min(abs(widest.low), abs(widest.high)) == max(min(abs(gap.low), abs(gap.high)) for gap in sure)


def test_the_gap_that_is_surely_wide_is_named_before_one_that_only_looks_wider() -> None:
    hearts = [a_heart(-0.4, 0.05), a_heart(-0.5, 0.45, customers=35), a_heart(0.4, 0.05)]
    gaps = weigh_beliefs(["Deliver", "Return", "Buy"], hearts, [0.5, 0.5, 0.41])
    widest = widest_gap(gaps)
    assert widest is not None
    assert (widest.stage, widest.verdict) == ("Deliver", Verdict.LOWER)
    assert widest.value == pytest.approx(-0.9)
    assert gaps[2].verdict is Verdict.NO_RELIABLE_CHANGE


def some_figures(feelings: list[float], *, half: float = 0.1, customers: int = 300) -> tuple[StageFigures, ...]:
    return tuple(
        StageFigures(
            stage=f"stage {n}",
            customers=customers,
            feeling=a_heart(feeling, half, customers),
            wait=a_heart(86_400.0, 3_600.0, customers),
            lost=a_heart(0.2, 0.02, customers),
        )
        for n, feeling in enumerate(feelings)
    )


def test_one_planted_change_is_found_and_nothing_else() -> None:
    before, now = some_figures([0.5] * 6), some_figures([0.5, 0.5, -0.2, 0.5, 0.5, 0.5])
    found = compare_figures(now, before)
    told = {
        (one.stage, name): change.verdict
        for one in found
        for name, change in zip(FROZEN, one.changes, strict=True)
        if change.verdict is not Verdict.NO_RELIABLE_CHANGE
    }
    assert told == {("stage 2", "feeling"): Verdict.LOWER}
    change = found[2].changes[0]
    assert (change.value, change.low, change.high) == pytest.approx((-0.7, -0.7 - 0.02**0.5, -0.7 + 0.02**0.5))


def test_chance_alone_is_hardly_ever_told() -> None:
    """200 pages of six stages at which nothing changed: the interval is ±1.96 σ of what is drawn."""
    draw = np.random.default_rng(7)
    wrong = 0
    for _page in range(200):
        before, now = (some_figures(list(draw.normal(0, 0.1 / 1.96, 6))) for _side in range(2))
        changes = [change for one in compare_figures(now, before) for change in one.changes]
        wrong += any(change.verdict in {Verdict.HIGHER, Verdict.LOWER} for change in changes)
    assert wrong <= 200 * 0.05


def test_stages_that_came_or_went_are_shown_and_not_compared() -> None:
    before, now = some_figures([0.1, 0.2]), some_figures([0.1, 0.2])
    renamed = (now[0], replace(now[1], stage="new"))
    found = compare_figures(renamed, before)
    assert [(one.stage, one.before is None, one.now is None, len(one.changes)) for one in found] == [
        ("stage 0", False, False, 3),
        ("new", True, False, 0),
        ("stage 1", False, True, 0),
    ]


def test_too_few_are_never_judged() -> None:
    few = compare_figures(some_figures([0.9], customers=29), some_figures([-0.9]))
    assert few[0].changes[0].verdict is Verdict.TOO_FEW
