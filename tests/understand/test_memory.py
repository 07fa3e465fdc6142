"""Memory: peak and end beside the plain mean, each found where it was planted; the pairing equals a slow one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from heartline.records import Journey, Stage, Verdict
from heartline.understand import (
    Memory,
    PackedLog,
    compare_agreement,
    find_runs,
    gather_experiences,
    mask_whole,
    remember,
)

Builder = Callable[..., PackedLog]
DAY_US = 86_400_000_000
WITHIN = 20
WAY = Journey(journey_id="way", name="Way", stages=(Stage(name="All", touchpoints=("a", "b")),), gap_days=9)


def read_memory(log: PackedLog, **chosen: int) -> Memory:
    runs = find_runs(log, WAY)
    return remember(gather_experiences(runs, mask_whole(runs), within_days=WITHIN, **chosen))


def plant(build: Builder, of: str, *, customers: int, seed: int = 1) -> PackedLog:
    """Each meets five moments on a scale of 1 to 7, and says days later, from 0 to 10, what ``of`` makes of them."""
    rng = np.random.default_rng(seed)
    rows: list[dict[str, object]] = []
    for who in range(1, customers + 1):
        scores = rng.integers(1, 8, 5)
        felt = (scores - 1) / 3 - 1
        peak = felt[max(range(5), key=lambda at: (abs(felt[at]), at))]
        whole = {"rule": (peak + felt[-1]) / 2, "mean": felt.mean(), "nothing": rng.uniform(-1, 1)}[of]
        said = int(np.clip(np.round((whole + rng.normal(0, 0.2) + 1) * 5), 0, 10))
        rows += [
            {"customer": who, "ts_us": at * DAY_US, "touchpoint": "a", "kind": "ces", "score": int(score), "top": 7}
            for at, score in enumerate(scores)
        ]
        rows.append(
            {"customer": who, "ts_us": 9 * DAY_US, "touchpoint": "survey", "kind": "nps", "score": said, "top": 10}
        )
    return build(rows)


@pytest.mark.parametrize(
    ("of", "verdict"),
    [("rule", Verdict.HIGHER), ("mean", Verdict.LOWER), ("nothing", Verdict.NO_RELIABLE_CHANGE)],
)
def test_what_is_planted_is_found(build: Builder, of: str, verdict: Verdict) -> None:
    memory = read_memory(plant(build, of, customers=200))
    assert memory.difference.verdict is verdict
    assert (memory.by_rule.n, memory.by_rule.customers) == (200, 200)
    if of == "rule":
        assert (memory.by_rule.low or 0) > 0.8


def test_few_say_nothing(build: Builder) -> None:
    memory = read_memory(plant(build, "rule", customers=29))
    assert memory.difference.verdict is Verdict.TOO_FEW
    assert (memory.by_rule.value, memory.by_mean.value, memory.by_rule.n) == (None, None, 29)
    assert read_memory(plant(build, "rule", customers=30)).by_rule.value is not None


def test_peak_is_the_strongest_moment_good_or_bad_of_equals_the_later(build: Builder) -> None:
    scores = (1, 4, 7, 5)  # −1, 0, +1, +⅓
    rows: list[dict[str, object]] = [
        {"customer": 1, "ts_us": at * DAY_US, "touchpoint": "a", "kind": "ces", "score": score, "top": 7}
        for at, score in enumerate(scores)
    ]
    rows.append({"customer": 1, "ts_us": 9 * DAY_US, "touchpoint": "survey", "kind": "nps", "score": 10, "top": 10})
    found = read_memory(build(rows)).experiences
    assert [found.peak[0], found.end[0], found.mean[0]] == pytest.approx([1, 1 / 3, 1 / 12])
    assert found.remembered[0] == pytest.approx(2 / 3)


TOUCHES = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 60), st.sampled_from("aabs"), st.integers(0, 10)), max_size=50
)


@given(TOUCHES, st.integers(0, 60))
def test_every_answer_is_paired_with_the_moments_of_the_run_before_it(
    build_rows: Builder, touches: list[tuple[int, int, str, int]], since: int
) -> None:
    log = build_rows(
        [
            {"customer": who, "ts_us": at * DAY_US, "touchpoint": name, "kind": "nps", "score": score, "top": 10}
            for who, at, name, score in touches
        ]
    )
    found = read_memory(log, from_us=since * DAY_US).experiences
    expected = []
    for who in sorted({touch[0] for touch in touches}):
        mine = sorted(((at, seq, name, score) for seq, (one, at, name, score) in enumerate(touches) if one == who))
        run: list[tuple[int, float]] = []
        seen_us: int | None = None
        for at, _seq, name, score in mine:
            felt = score / 5 - 1
            if name == "s":
                if len(run) >= 2 and at - run[-1][0] <= WITHIN and at >= since:
                    values = [value for _at, value in run]
                    peak = values[max(range(len(values)), key=lambda place: (round(abs(values[place]), 6), place))]
                    expected.append((peak, values[-1], sum(values) / len(values), felt))
                run = []
            else:
                if seen_us is not None and at - seen_us > WAY.gap_days:
                    run = []
                seen_us = at
                run.append((at, felt))
    given_back = np.array([found.peak, found.end, found.mean, found.said]).T
    np.testing.assert_allclose(given_back, np.array(expected).reshape(-1, 4), atol=1e-6)


@pytest.mark.parametrize(("customers", "times"), [(30, 4), (60, 1), (200, 4)])
def test_the_intervals_cover_what_they_say(customers: int, times: int) -> None:
    """Two forecasts that agree 0.5 and 0.1 with an answer, people answering once or up to four times."""
    rng, covered, draws = np.random.default_rng(7), np.zeros(2), 1_000
    for _draw in range(draws):
        who = np.repeat(np.arange(customers), rng.integers(1, times + 1, customers))
        x, z, rest = (0.6 * rng.standard_normal(customers)[who] + 0.8 * rng.standard_normal(len(who)) for _ in range(3))
        gap = compare_agreement(x, z, 0.5 * x + 0.1 * z + np.sqrt(0.74) * rest, who)
        covered += (gap.now.low <= 0.5 <= gap.now.high, gap.low <= 0.4 <= gap.high)  # type: ignore[operator]
    assert (covered / draws >= 0.92).all(), covered / draws
    assert (covered / draws <= 0.975).all(), covered / draws
