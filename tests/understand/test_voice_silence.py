"""The silent rest: intervals hold the hidden truth, whatever the reader gets wrong, and say so where they cannot."""

from __future__ import annotations

from math import sqrt

import numpy as np
import pytest

from heartline.understand.voice import Silent, calibrate, estimate_silent, expect

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
