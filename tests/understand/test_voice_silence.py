"""The silent rest: intervals hold the hidden truth, whatever the reader gets wrong, and say so where they cannot."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from heartline.records import Metric
from heartline.understand.voice import Silent, calibrate, estimate_silent, expect, feel_all_silent, feel_silent

GROUPS = 8


def a_world(
    draw: np.random.Generator, *, bias: float, own: float, alike: float, scored: int
) -> tuple[list[Silent], list[float]]:
    """A company of eight groups whose reader errs by ``bias`` everywhere, by ``own`` for each group alone, and tells
    their differences smaller than they are by ``alike``; return what is estimated and what was true.
    """
    level = draw.normal(0, 0.6, GROUPS)
    size = draw.integers(120, 400, GROUPS)
    group = np.repeat(np.arange(GROUPS), size)
    feeling = level[group] + draw.normal(0, 0.8, len(group))
    score = feeling + draw.normal(0, 0.6, len(group))
    off = draw.normal(0, own, GROUPS)
    told = feeling * 0.7 + bias + off[group] - alike * level[group]
    chosen = draw.permutation(len(group))[:scored]
    silent = np.setdiff1d(np.arange(len(group)), chosen)
    found = estimate_silent(
        told=told[silent],
        group=group[silent],
        scored_told=told[chosen],
        scores=score[chosen],
        scored_group=group[chosen],
        groups=GROUPS,
    )
    truth = [float(score[silent][group[silent] == one].mean()) for one in range(GROUPS)]
    return list(found), truth


@pytest.mark.parametrize(
    ("bias", "own", "alike"), [(0.0, 0.0, 0.0), (0.4, 0.0, 0.0), (0.0, 0.3, 0.0), (-0.3, 0.15, 0.3)],
    ids=["a fair reader", "off for all", "off for each group", "off, and groups too alike"],
)  # fmt: skip
def test_intervals_hold_the_hidden_truth(bias: float, own: float, alike: float) -> None:
    draw = np.random.default_rng(11)
    held = total = 0
    widths = []
    for _ in range(90):
        found, truth = a_world(draw, bias=bias, own=own, alike=alike, scored=200)
        for one, true in zip(found, truth, strict=True):
            held += one.low <= true <= one.high
            total += 1
            widths.append(one.high - one.low)
    # 720 intervals in 90 worlds: with the nominal rate fewer than 91 % are met about once in ten thousand runs.
    assert held / total >= 0.91
    assert np.mean(widths) < 1.0


def test_words_tell_more_than_the_scores_alone() -> None:
    draw = np.random.default_rng(12)
    found, _truth = a_world(draw, bias=0.2, own=0.1, alike=0.1, scored=200)
    for one in found:
        alone = 2 * 1.96 * 1.17 / sqrt(max(2, one.scored))
        assert one.high - one.low < alone


def test_a_group_nobody_scored_is_told_with_all_its_doubt() -> None:
    draw = np.random.default_rng(13)
    told = draw.normal(size=600)
    group = np.repeat([0, 1, 2], 200)
    scored = np.arange(0, 400, 4)
    score = told[scored] + draw.normal(0, 0.5, len(scored))
    found = estimate_silent(
        told=told, group=group, scored_told=told[scored], scores=score, scored_group=group[scored], groups=3
    )
    assert [one.scored for one in found] == [50, 50, 0]
    assert found[2].high - found[2].low > 1.5 * (found[0].high - found[0].low)


def test_too_little_is_not_sure() -> None:
    draw = np.random.default_rng(14)
    told, group = draw.normal(size=150), np.repeat([0, 1], [120, 30])
    scores = draw.normal(size=60)
    found = estimate_silent(
        told=told, group=group, scored_told=told[:60], scores=scores, scored_group=group[:60], groups=2
    )
    assert [one.sure for one in found] == [True, False], "thirty comments are read, not estimated"
    few = estimate_silent(
        told=told, group=group, scored_told=told[:30], scores=scores[:30], scored_group=group[:30], groups=2
    )
    assert not any(one.sure for one in few)
    assert all(np.isfinite([one.value, one.low, one.high]).all() for one in few)


def test_expected_scores_follow_the_scale_that_was_taught() -> None:
    draw = np.random.default_rng(15)
    sounds = draw.dirichlet([1, 1, 1], 400)
    scores = 6 - 5 * sounds[:, 0] + 4 * sounds[:, 2] + draw.normal(0, 0.5, 400)
    weights = calibrate(sounds, scores)
    assert weights == pytest.approx([6, -5, 4], abs=0.4)
    assert np.abs(expect(sounds, weights) - scores).mean() < 0.5


def test_who_says_much_counts_as_one_and_few_scores_tell_nothing() -> None:
    draw = np.random.default_rng(5)
    n = 900
    negative = draw.uniform(0.05, 0.9, n)
    sounds = np.column_stack([negative, np.full(n, 0.05), 0.95 - negative])
    feeling = sounds[:, 2] - sounds[:, 0]
    valence = np.where(np.arange(n) < 300, np.clip(feeling + draw.normal(0, 0.3, n), -1, 1), np.nan)
    nobody_twice, chatty = np.arange(n), np.where(np.arange(n) < 300, np.arange(n), 300 + np.arange(n) % 40)

    def feel(customer: np.ndarray, valence: np.ndarray = valence) -> tuple[Metric, bool]:
        (found,) = feel_silent(
            sounds=sounds, valence=valence, customer=customer, group=np.zeros(n, dtype=np.int64), groups=1
        )
        return found

    one, sure = feel(nobody_twice)
    assert (sure, one.n, one.customers) == (True, 600, 600)
    assert one.low is not None
    assert one.high is not None
    assert one.low <= feeling[300:].mean() <= one.high
    other, _sure = feel(chatty)
    assert (other.value, other.n, other.customers) == (one.value, 600, 40)
    assert other.low is not None
    assert other.low < one.low
    few, sure = feel(nobody_twice, np.where(np.arange(n) < 49, valence, np.nan))
    assert (few.value, few.n, sure) == (None, 851, False)


def test_all_the_silent_are_told_with_the_doubt_of_each_channel() -> None:
    """The silent write in a channel that has few scores, where the reader errs: their interval holds them still."""
    draw = np.random.default_rng(8)
    held = 0
    for _ in range(60):
        group = np.repeat([0, 1], [600, 500])
        feeling = np.clip(draw.normal(0.2, 0.4, len(group)), -0.9, 0.9)
        off = draw.normal(0, 0.1, 2)
        told = np.clip(feeling * 0.8 + off[group], -0.9, 0.9)
        sounds = np.column_stack([(0.95 - told) / 2, np.full(len(group), 0.05), (0.95 + told) / 2])
        score = np.clip(feeling + draw.normal(0, 0.3, len(group)), -1, 1)
        scored = np.where(group == 0, draw.random(len(group)) < 0.6, draw.random(len(group)) < 0.05)
        found, sure = feel_all_silent(
            sounds=sounds,
            valence=np.where(scored, score, np.nan),
            customer=np.arange(len(group)),
            group=group,
            groups=2,
        )
        assert sure
        assert found.n == int((~scored).sum())
        held += (found.low or 0) <= score[~scored].mean() <= (found.high or 0)
    # At the nominal rate fewer than 52 of 60 are met in one run of a thousand.
    assert held >= 52
