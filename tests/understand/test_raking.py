"""Raking: it recovers what was planted in who answers, its intervals hold, and it does not mend what it cannot."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from planted_samples import PLACE_TRUTH, PLACES, draw_answers

from heartline.understand import Margin, rake


def test_what_was_planted_in_who_answers_is_mended_and_the_interval_covers() -> None:
    rng, rounds = np.random.default_rng(5), 1_000
    raw, raked, covered = [], [], 0
    for _ in range(rounds):
        values, place, _shares = draw_answers(rng, 300)
        one = rake(values, [Margin(name="place", code=place, shares=PLACES)])
        raw.append(values.mean())
        raked.append(one.value)
        covered += one.low <= PLACE_TRUTH <= one.high
        assert one.effective < one.n
    assert np.mean(raw) - PLACE_TRUTH > 0.8, "the raw mean is wrong by what was planted"
    assert abs(np.mean(raked) - PLACE_TRUTH) < 0.08
    assert 0.93 <= covered / rounds <= 0.97


def test_silence_that_comes_of_what_they_would_say_is_not_mended() -> None:
    rng = np.random.default_rng(6)
    raked = [
        rake(values, [Margin(name="place", code=place, shares=PLACES)]).value
        for values, place, _ in (draw_answers(rng, 600, silent=0.4) for _ in range(60))
    ]
    assert np.mean(raked) - PLACE_TRUTH > 0.5, "nothing that is known of them tells of it"


def test_two_margins_are_met_at_once() -> None:
    rng = np.random.default_rng(7)
    left, right = rng.choice(2, size=400, p=[0.8, 0.2]), rng.choice(3, size=400, p=[0.6, 0.3, 0.1])
    margins = [
        Margin(name="left", code=left, shares=np.array([0.5, 0.5])),
        Margin(name="right", code=right, shares=np.array([0.2, 0.3, 0.5])),
    ]
    for one in margins:
        for code, share in enumerate(one.shares):
            assert rake((one.code == code).astype(np.float64), margins).value == pytest.approx(share, abs=1e-6)


def test_a_group_of_which_nobody_answered_is_said_to_be_unreached() -> None:
    margin = Margin(name="place", code=np.array([0, 0, 1, 1]), shares=np.array([0.3, 0.3, 0.4]))
    one = rake(np.array([1.0, 2.0, 3.0, 4.0]), [margin])
    assert (one.value, one.unreached) == (pytest.approx(2.5), pytest.approx(0.4))
    assert np.isnan(rake(np.array([]), []).value)


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(-1, 1)), min_size=2, max_size=40), st.integers(1, 5))
def test_without_anything_known_or_where_all_answer_it_is_the_plain_mean(
    people: list[tuple[int, float]], times: int
) -> None:
    values = np.array([value for _, value in people] * times)
    code = np.array([place for place, _ in people] * times)
    assert rake(values, []).value == pytest.approx(values.mean(), abs=1e-9)
    own = np.bincount(code, minlength=3) / len(code)
    one = rake(values, [Margin(name="place", code=code, shares=own)])
    assert one.value == pytest.approx(values.mean(), abs=1e-6)
    assert one.low <= one.value <= one.high
