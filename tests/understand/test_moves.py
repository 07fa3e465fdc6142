"""Moves and odd days: planted ones are found at their day; where nothing moves alarms come at the stated rate."""

from __future__ import annotations

from math import comb

import numpy as np
import pytest

from heartline.understand import ALARM_RATE, Move, Scale, Watched, watch
from heartline.understand.moves import DAYS

DAY_US = 86_400_000_000
UNTIL_US = 1_763_769_600_000_000 - 1_763_769_600_000_000 % DAY_US
KINDS = ("nps", "csat", "ease", "wait", "lost", "touches", "comments")


def most_by_chance(n: int, *, chance: float = 0.002, share: float = ALARM_RATE) -> int:
    """The most alarms of ``n`` quiet series that the stated rate exceeds with at most this chance, exactly binomial."""
    below = 0.0
    for hits in range(n + 1):
        below += comb(n, hits) * share**hits * (1 - share) ** (n - hits)
        if 1 - below <= chance:
            return hits
    return n


def live(kind: str, seed: int, *, step: float = 0.0, step_day: int = 280, burst: int = 0) -> Watched:
    """A year of one metric: weekdays, good and bad weeks, a company that grows; customers who answer more than once.

    ``step`` is added from ``step_day`` on, in standard deviations of a value (of counts: as a share); ``burst`` are
    touches more on day 300.
    """
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    counts = kind in {"touches", "comments"}
    weekday = 1 + 0.4 * np.sin(2 * np.pi * (np.arange(DAYS) + seed) / 7)
    growth = np.linspace(0.7, 1.3, DAYS) if counts else 1.0
    rate = {"touches": 90, "comments": 6}.get(kind, 14) * weekday * growth
    if counts:
        rate = (
            rate * np.repeat(rng.gamma(60, 1 / 60, DAYS // 7), 7) * np.where(np.arange(DAYS) >= step_day, 1 + step, 1)
        )
    n = rng.poisson(rate)
    n[300] += burst
    day = np.repeat(np.arange(DAYS), n)
    customer = rng.integers(0, max(len(day) // 2, 2), len(day))
    mood = rng.normal(0, 0.5, customer.max() + 1)[customer] + 0.15 * np.sin(2 * np.pi * day / 7)
    noise = mood + rng.normal(0, 0.85, len(day)) + np.where(day >= step_day, 0 if counts else step, 0)
    values, scale = {
        "nps": (np.where(noise > 0.2, 1.0, np.where(noise < -0.9, -1.0, 0.0)), Scale.NPS),
        "csat": ((noise > -0.6).astype(np.float64), Scale.SHARE),
        "ease": (np.clip(np.round(5 + noise), 1, 7), Scale.MEAN),
        "wait": (noise * 0.8 + 1, Scale.MEAN),
        "lost": ((noise > 1.0).astype(np.float64), Scale.SHARE),
    }.get(kind, (np.ones(len(day)), Scale.MEAN))
    ts = UNTIL_US - (DAYS - day) * DAY_US + rng.integers(0, DAY_US, len(day))
    return Watched(ts_us=ts, values=values, customer=customer, scale=scale, counts=counts)


def test_the_most_by_chance_is_the_binomial_s() -> None:
    assert most_by_chance(140) == 6  # P(X > 5) = 0.003, P(X > 6) = 0.0007 at X ~ B(140, 0.01)


def test_quiet_series_raise_alarms_at_the_stated_rate() -> None:
    told = [(kind, seed, watch(live(kind, seed), until_us=UNTIL_US)) for kind in KINDS for seed in range(20)]
    moved = [(kind, seed) for kind, seed, one in told if one.moves]
    odd = [(kind, seed) for kind, seed, one in told if one.odd]
    assert len(moved) <= most_by_chance(len(told)), moved
    assert len(odd) <= most_by_chance(len(told)), odd


@pytest.mark.truth
def test_over_many_years_the_stated_rate_holds_and_steps_are_dated_within_three_days() -> None:
    told = [watch(live(kind, seed), until_us=UNTIL_US) for kind in KINDS for seed in range(100, 250)]
    moved, odd = sum(bool(one.moves) for one in told), sum(bool(one.odd) for one in told)
    assert moved <= most_by_chance(len(told)), moved
    assert odd <= most_by_chance(len(told)), odd
    steps = {kind: [step_of(kind, seed) for seed in range(20)] for kind in KINDS}
    near = {kind: sum(map(is_near, found)) for kind, found in steps.items()}
    more = sum(len(one) > 1 for found in steps.values() for one in found)
    print(f"of {len(told)} quiet years {moved} show a move and {odd} an odd day")
    print(f"of 20 steps each were dated within three days: {near}; a second one was seen in {more}")
    assert more <= most_by_chance(20 * len(KINDS)), more
    assert all(count >= 18 for count in near.values()), near


def is_near(found: tuple[Move, ...]) -> bool:
    """Whether a step was dated within three days of the planted one."""
    planted = UNTIL_US - (DAYS - 280) * DAY_US
    return any(abs(one.since_us - planted) <= 3 * DAY_US for one in found)


def step_of(kind: str, seed: int) -> tuple[Move, ...]:
    """What is found of a year with one planted step."""
    return watch(live(kind, seed, step={"touches": 0.6}.get(kind, 1.2)), until_us=UNTIL_US).moves


@pytest.mark.parametrize("kind", KINDS)
def test_a_planted_step_is_found_at_its_day_and_its_interval_holds_its_size(kind: str) -> None:
    near = 0
    for seed in range(3):
        step = {"touches": 0.6, "comments": 1.2}.get(kind, 1.2)
        found = watch(live(kind, seed, step=step), until_us=UNTIL_US)
        assert len(found.moves) == 1, (kind, seed, found)
        (one,) = found.moves
        planted = UNTIL_US - (DAYS - 280) * DAY_US
        assert one.first_us <= planted <= one.last_us
        near += abs(one.since_us - planted) <= 3 * DAY_US
        assert (one.difference.low or 0) > 0
    assert near >= 2


def test_an_odd_day_is_told_with_what_is_usual() -> None:
    found = watch(live("comments", 5, burst=61), until_us=UNTIL_US)
    assert not found.moves
    (one,) = found.odd
    assert one.day_us == UNTIL_US - (DAYS - 300) * DAY_US
    assert one.value >= 61
    assert one.low < 8 < one.high < one.value
    assert one.n == one.value


def test_what_days_come_to_ends_where_the_scale_does() -> None:
    rng = np.random.default_rng(4)
    day = np.repeat(np.arange(DAYS), 30)
    lost = rng.random(len(day)) < np.where(day == 300, 0.7, 0.03)
    ts = UNTIL_US - (DAYS - day) * DAY_US + rng.integers(0, DAY_US, len(day))
    who = rng.integers(0, len(day), len(day))
    (one,) = watch(
        Watched(ts_us=ts, values=lost.astype(np.float64), customer=who, scale=Scale.SHARE), until_us=UNTIL_US
    ).odd
    assert one.low == 0.0, "no day loses fewer than nobody"
    assert 0.03 < one.high < one.value <= 1.0


def test_two_steps_are_two_moves_in_order() -> None:
    up, down = live("ease", 1, step=1.0, step_day=150), live("ease", 1, step=1.0, step_day=290)
    assert np.array_equal(up.ts_us, down.ts_us)
    both = Watched(ts_us=up.ts_us, values=up.values - down.values + 4, customer=up.customer, scale=Scale.MEAN)
    found = watch(both, until_us=UNTIL_US)
    assert [(one.difference.value or 0) > 0 for one in found.moves] == [True, False]
    for one, day in zip(found.moves, (150, 290), strict=True):
        assert one.first_us <= UNTIL_US - (DAYS - day) * DAY_US <= one.last_us


def test_too_little_and_nothing_are_quiet() -> None:
    none = np.zeros(0, dtype=np.int64)
    quiet = Watched(ts_us=none, values=none.astype(np.float64), customer=none, scale=Scale.MEAN)
    assert watch(quiet, until_us=UNTIL_US).moves == ()
    few = live("nps", 0)
    assert watch(
        Watched(ts_us=few.ts_us[-90:], values=few.values[-90:], customer=few.customer[-90:], scale=Scale.NPS),
        until_us=UNTIL_US,
    ).p == 1.0  # fmt: skip
