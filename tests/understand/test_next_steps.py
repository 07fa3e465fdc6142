"""Next steps: shares of what past runs did next, against a naive count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from heartline.records import Journey, Stage
from heartline.understand import NOTHING, OTHER, PackedLog, RunState, find_next_steps, find_runs

Builder = Callable[..., PackedLog]
DAY_US = 86_400_000_000
NAMES = ["Ad", "Shop", "Pay", "Cup", "Chat"]
STAGES = (
    Stage(name="Look", touchpoints=("Ad", "Shop")),
    Stage(name="Buy", touchpoints=("Pay",)),
    Stage(name="Use", touchpoints=("Cup", "Chat")),
)
TOUCHES = st.lists(
    st.tuples(st.integers(1, 4), st.integers(0, 40), st.sampled_from([*NAMES, "Elsewhere"])), max_size=50
)


@given(TOUCHES, st.sampled_from([(), ("Cup",)]), st.integers(1, 12), st.sampled_from([None, 1, 2]))
@settings(deadline=None)
def test_shares_sum_to_one_and_equal_the_naive_count(
    build_rows: Builder, touches: list[tuple[int, int, str]], ends: tuple[str, ...], gap_days: int, most: int | None
) -> None:
    rows: list[dict[str, Any]] = [
        {"customer": c, "ts_us": day * DAY_US, "seq": seq, "touchpoint": name}
        for seq, (c, day, name) in enumerate(touches)
    ]
    journey = Journey(journey_id="j", name="J", stages=STAGES, ends=ends, gap_days=gap_days)
    runs = find_runs(build_rows(rows), journey, now_us=41 * DAY_US)
    codes, names = runs.log.codes["touchpoint"], runs.log.names["touchpoint"]
    naive: dict[str, Counter[str]] = {name: Counter() for name in NAMES}
    for index in range(len(runs)):
        if runs.state[index] != RunState.OPEN:
            walked = [names[codes[row]] for row in runs.rows[runs.offsets[index] : runs.offsets[index + 1]]]
            for here, there in zip(walked, [*walked[1:], NOTHING], strict=True):
                naive[here][there] += 1
    for name, found in find_next_steps(runs, NAMES, most=most).items():
        assert found.n == naive[name].total()
        if not found.n:
            assert found.steps == ()
            continue
        assert sum(step.share.value or 0 for step in found.steps) == pytest.approx(1)
        assert all(
            (step.share.low or 0) <= (step.share.value or 0) <= (step.share.high or 0) + 1e-12 for step in found.steps
        )
        for step in found.steps:
            if step.touchpoint != OTHER:
                assert step.share.value == pytest.approx(naive[name][step.touchpoint] / found.n)
        if most is None:
            assert len(found.steps) == len(naive[name])
            ranked = [step.share.value for step in found.steps]
            assert ranked == sorted(ranked, reverse=True)


def test_open_runs_say_nothing_of_what_comes_next(build: Builder) -> None:
    journey = Journey(journey_id="j", name="J", stages=STAGES, gap_days=30)
    past = [(c, 0, "Ad") for c in range(40)] + [(c, 1, "Pay") for c in range(30)]
    now = [(99, 98, "Ad"), (99, 99, "Shop")]
    log = build([{"customer": c, "ts_us": d * DAY_US, "touchpoint": name} for c, d, name in past + now])
    found = find_next_steps(find_runs(log, journey, now_us=100 * DAY_US), ["Ad", "Shop", "Moon"])
    assert [(step.touchpoint, step.share.value) for step in found["Ad"].steps] == [("Pay", 0.75), (NOTHING, 0.25)]
    assert (found["Ad"].n, found["Ad"].few) == (40, False)
    assert (found["Shop"].n, found["Shop"].few, found["Moon"].steps) == (0, True, ())
