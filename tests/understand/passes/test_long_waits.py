"""Waits over a threshold, and next steps of open runs, against plain walks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_logs import JOURNEY, TOUCHES, cut_runs, read_passages

from heartline.understand import (
    PackedLog,
    RunState,
    find_long_stages,
    find_long_waits,
    find_next_steps,
    find_onward,
    foresee,
)

Lay = Callable[..., PackedLog]
DAY_US = 86_400_000_000


@given(TOUCHES, st.integers(0, 9), st.booleans())
def test_long_waits_equal_the_plain_walk(
    lay: Lay,
    touches: list[tuple[int, int, str, int]],
    days: int,
    of_runs: bool,  # noqa: FBT001 - drawn
) -> None:
    log = lay(touches, unit_us=DAY_US)
    ground = cut_runs(log) if of_runs else log
    waits = defaultdict(list)
    for who, mine in read_passages(ground):
        for before, after in pairwise(mine):
            waits[before[1], after[1]].append((who, after[0] - before[0]))
    found = find_long_waits(ground, days * DAY_US)
    over = {
        edge: [(who, time - days * DAY_US) for who, time in of if time > days * DAY_US] for edge, of in waits.items()
    }
    assert {(one.source, one.target) for one in found} == {edge for edge, of in over.items() if of}
    for one in found:
        of = over[one.source, one.target]
        assert (one.count, one.customers, one.excess_us) == (
            len(of),
            len({who for who, _ in of}),
            sum(time for _, time in of),
        )
        assert one.share.n == len(waits[one.source, one.target])
        assert one.share.value == pytest.approx(len(of) / one.share.n)
    assert [one.excess_us for one in found] == sorted((one.excess_us for one in found), reverse=True)


@given(TOUCHES, st.integers(0, 9))
def test_long_stages_count_who_moved_on_and_who_still_stands(
    lay: Lay, touches: list[tuple[int, int, str, int]], days: int
) -> None:
    runs = cut_runs(lay(touches, unit_us=DAY_US))
    found = find_long_stages(runs, days * DAY_US)
    assert [one.source for one in found] == [stage.name for stage in JOURNEY.stages]
    for index, one in enumerate(found):
        waits = find_onward(runs, index)[0]
        assert one.share.n == len(waits)
        assert one.count == (waits > days * DAY_US).sum()
        assert one.still == sum(
            1
            for run in range(len(runs))
            if runs.state[run] == RunState.OPEN
            and runs.current[run] == index
            and runs.now_us - runs.entered_us[run, index] > days * DAY_US
        )


@given(TOUCHES)
def test_each_open_run_gets_what_followed_where_it_stands(lay: Lay, touches: list[tuple[int, int, str, int]]) -> None:
    runs = cut_runs(lay(touches, unit_us=DAY_US))
    found = foresee(runs)
    assert len(found) == (runs.state == RunState.OPEN).sum()
    log = runs.log
    for one in found:
        row = log.seq.tolist().index(one.seq)
        at = log.names["touchpoint"][log.codes["touchpoint"][row]]
        assert one.customer == log.customers[log.row[row]]
        assert one.following == find_next_steps(runs, [at])[at]
