"""Whether asking is fair: an even hand is seldom told of, a planted one is found."""

from __future__ import annotations

import numpy as np
import pytest

from heartline.act import compare_felt, find_burst, rate_groups, share_too_fast
from heartline.records import Verdict

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US


def a_month(rng: np.random.Generator) -> np.ndarray:
    """Answers of a month: by day and not by night, and two newsletters whose readers answer within some hours."""
    days = rng.integers(0, 30, 150) * DAY_US + (rng.normal(14, 3, 150) * HOUR_US).astype(np.int64)
    mails = [day * DAY_US + (9 + rng.exponential(3.0, 80)) * HOUR_US for day in (6, 20)]
    return np.concatenate([days, *(mail.astype(np.int64) for mail in mails)])


def test_an_even_stream_is_seldom_told_of_and_a_script_is_found() -> None:
    rng = np.random.default_rng(1)
    told = [find_burst(a_month(rng)).told for _ in range(300)]
    assert sum(told) <= 6, "1 % of 300 and what chance adds"
    found = 0
    for _ in range(60):
        script = rng.integers(0, 30) * DAY_US + 3 * HOUR_US + rng.integers(0, 120_000_000, 8)
        burst = find_burst(np.concatenate([a_month(rng), script]))
        found += burst.told and burst.most >= 8
    assert found >= 57


@pytest.mark.parametrize("times", [[], [5], [0, 1, 2, 3], list(range(0, 90 * HOUR_US, HOUR_US))])
def test_few_or_spread_answers_are_no_burst(times: list[int]) -> None:
    burst = find_burst(np.array(times, dtype=np.int64))
    assert (burst.told, burst.most, burst.n) == (False, 0, len(times))


def test_a_place_that_asks_less_is_found_and_an_even_hand_seldom_is() -> None:
    rng = np.random.default_rng(2)
    names, n = ("", "North", "South", "West", "East", "Few"), 400
    odd, found = 0, 0
    for turn in range(50):
        group = np.repeat(np.arange(5), n)
        group[-3:] = 5
        people = np.arange(len(group))
        even = (rng.random(len(group)) < 0.3).astype(np.float64)
        rated = rate_groups(names, group, people, even)
        assert [one.name for one in rated] == ["North", "South", "West", "East"]
        odd += any(one.odd for one in rated)
        if turn >= 10:
            continue
        less = np.where(group == 2, rng.random(len(group)) < 0.15, even > 0).astype(np.float64)
        found += any(one.odd and one.name == "South" for one in rate_groups(names, group, people, less))
    assert odd <= 7, "5 % of 50 and what chance adds"
    assert found == 10


def test_asking_the_happy_alone_is_found() -> None:
    rng = np.random.default_rng(3)
    felt = np.clip(rng.normal(0.2, 0.6, 600), -1, 1)
    felt[:100] = np.nan
    people = np.arange(600)
    even = (rng.random(600) < 0.4).astype(np.float64)
    happy = ((felt > 0.3) & (rng.random(600) < 0.8)).astype(np.float64)
    seen = compare_felt(felt, people, even)
    assert seen is not None
    assert seen.verdict is Verdict.NO_RELIABLE_CHANGE
    seen = compare_felt(felt, people, happy)
    assert seen is not None
    assert (seen.verdict, seen.now.n) == (Verdict.HIGHER, int(((happy > 0) & np.isfinite(felt)).sum()))
    assert compare_felt(felt, people, np.zeros(600)) is None


def test_the_share_of_those_too_fast_has_an_interval() -> None:
    fast = share_too_fast(np.array([4.0, 9.9, 10.1, 60.0]), 40.0)
    assert (fast.value, fast.n) == (0.5, 4)
    assert fast.low is not None
    assert 0 < fast.low < 0.5
    assert share_too_fast(np.array([]), 40.0).value is None
