"""Variants: every run in exactly one, and their totals are the funnel's."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heartline.records import Journey, Stage
from heartline.understand import (
    Level,
    Measure,
    PackedLog,
    Question,
    RunState,
    answer,
    find_runs,
    find_variants,
    follow_stages,
    mask_goal,
)
from heartline.understand.dropoff import share_runs
from heartline.understand.variants import _group_bytes, group_sequences

Builder = Callable[..., PackedLog]
DAY_US = 86_400_000_000
STAGES = (
    Stage(name="Look", touchpoints=("Ad", "Shop")),
    Stage(name="Buy", touchpoints=("Pay",)),
    Stage(name="Use", touchpoints=("Cup", "Chat")),
)
TOUCHES = st.lists(
    st.tuples(st.integers(1, 5), st.integers(0, 40), st.sampled_from(["Ad", "Shop", "Pay", "Cup", "Chat", "Else"])),
    max_size=50,
)


def squeeze(steps: list[str]) -> list[str]:
    return [step for place, step in enumerate(steps) if place == 0 or step != steps[place - 1]]


@given(TOUCHES, st.sampled_from([(), ("Cup",)]), st.sampled_from(list(Level)), st.booleans(), st.integers(1, 6))
@settings(deadline=None)
def test_variants_equal_the_naive_count_and_the_funnel(
    build_rows: Builder,
    touches: list[tuple[int, int, str]],
    ends: tuple[str, ...],
    level: Level,
    repeats: bool,  # noqa: FBT001
    most: int,
) -> None:
    rows: list[dict[str, Any]] = [
        {"customer": c, "ts_us": day * DAY_US, "seq": seq, "touchpoint": name}
        for seq, (c, day, name) in enumerate(touches)
    ]
    journey = Journey(journey_id="j", name="J", stages=STAGES, ends=ends, gap_days=9)
    log = build_rows(rows)
    runs = find_runs(log, journey, now_us=41 * DAY_US)
    names, codes = runs.log.names["touchpoint"], runs.log.codes["touchpoint"]
    place = {name: stage.name for stage in STAGES for name in stage.touchpoints}
    walked, lasted = [], {}
    for index in range(len(runs)):
        at = runs.rows[runs.offsets[index] : runs.offsets[index + 1]]
        steps = [names[codes[row]] for row in at]
        steps = [place[name] for name in steps] if level is Level.STAGES else steps
        walked.append(tuple(steps if repeats else squeeze(steps)))
        lasted.setdefault(walked[-1], []).append(int(runs.log.ts_us[at[-1]] - runs.log.ts_us[at[0]]))
    naive = Counter(walked)
    found = find_variants(runs, level, repeats=repeats, most=None)
    assert {one.steps: one.runs for one in found.shown} == naive
    assert found.distinct == len(naive)
    assert found.other is None
    for one in found.shown:
        mine = np.array([steps == one.steps for steps in walked])
        assert one.median_us == statistics.median(lasted[one.steps])
        assert one.customers == len(np.unique(runs.customer[mine]))
        assert one.reached == (mask_goal(runs) & mine).sum()
        assert one.open_runs == ((runs.state == RunState.OPEN) & mine).sum()
        plain = share_runs(runs, mine, np.ones(len(runs), dtype=bool), "share")
        assert one.share.value == pytest.approx(plain.value)
        assert (one.share.low, one.share.high) == pytest.approx((plain.low, plain.high))
    cut = find_variants(runs, level, repeats=repeats, most=most)
    assert cut.shown == found.shown[:most]
    everything = [*cut.shown, *([cut.other] if cut.other else [])]
    assert sum(one.runs for one in everything) == cut.runs == len(runs)
    reached = sum(one.reached for one in everything)
    if ends:
        funnel = answer(log, Question(measure=Measure.FINISHED, journey=journey, now_us=41 * DAY_US))
        assert reached == pytest.approx((funnel.value or 0) * funnel.n)
    else:
        assert reached == follow_stages(runs)[-1].runs
    assert (cut.reached.value or 0) * len(runs) == pytest.approx(reached)


@given(st.lists(st.lists(st.integers(0, 3), min_size=1, max_size=6), max_size=30))
@settings(deadline=None)
def test_hashed_groups_are_those_of_the_bytes(sequences: list[list[int]]) -> None:
    codes = np.array([code for one in sequences for code in one], dtype=np.int64)
    offsets = np.concatenate(([0], np.cumsum([len(one) for one in sequences]))).astype(np.int64)
    group, firsts = group_sequences(codes, offsets)
    exact, exact_firsts = _group_bytes(codes, offsets)
    assert firsts[group].tolist() == exact_firsts[exact].tolist()
    assert len(firsts) == len({tuple(one) for one in sequences})


def test_should_two_sequences_share_a_hash_they_stay_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "heartline.understand.variants._mix", lambda codes, _position: np.ones(len(codes), dtype=np.uint64)
    )
    codes, offsets = np.array([1, 2, 2, 1, 1, 2]), np.array([0, 2, 4, 6])
    group, firsts = group_sequences(codes, offsets)
    assert group.tolist() == [0, 1, 0]
    assert firsts.tolist() == [0, 1]
