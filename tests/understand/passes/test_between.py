"""Times between two touchpoints against a plain walk; the median against a published worked example."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_logs import TOUCHES, cut_runs, read_passages

from heartline.understand import PackedLog, RunState, measure_between
from heartline.understand.passes.between import find_survival_median

Lay = Callable[..., PackedLog]
DAY_US = 86_400_000_000


@given(TOUCHES, st.sets(st.sampled_from("abcde"), min_size=1), st.sets(st.sampled_from("abcde")), st.booleans())
def test_times_equal_the_plain_walk(
    lay: Lay,
    touches: list[tuple[int, int, str, int]],
    start: set[str],
    end: set[str],
    of_runs: bool,  # noqa: FBT001 - drawn
) -> None:
    log = lay(touches, unit_us=DAY_US)
    ground = cut_runs(log) if of_runs else log
    now = 41 * DAY_US
    waits, censored = [], []
    for index, (_, mine) in enumerate(read_passages(ground)):
        at = next((i for i, touch in enumerate(mine) if touch[1] in start), None)
        if at is None:
            continue
        to = next((touch for touch in mine[at + 1 :] if touch[1] in end), None)
        over = of_runs and cut_runs(log).state[index] != RunState.OPEN
        if to is None:
            censored.append((mine[-1][0] if over else now) - mine[at][0])
        else:
            waits.append(to[0] - mine[at][0])
    found = measure_between(ground, sorted(start), sorted(end), now_us=now)
    assert (found.people, found.censored) == (len(waits) + len(censored), len(censored))
    assert found.arrived.n == found.people
    assert found.wait.median_us == (statistics.median(waits) if waits else None)
    naive = None
    share = 1.0
    for time in sorted(set(waits)):
        share *= 1 - waits.count(time) / sum(other >= time for other in waits + censored)
        if naive is None and share <= 0.5 + 1e-12:
            naive = time
    assert found.median_us == naive or (found.median_us is not None and abs(share - 0.5) < 1e-9)
    if found.low_us is not None and found.median_us is not None:
        assert found.low_us <= found.median_us <= (found.high_us or np.inf)


def test_the_median_of_the_6mp_arm_is_23_weeks() -> None:
    """Freireich et al. 1963, the leukaemia trial that textbooks work through: median remission of 6-MP, 23 weeks."""
    weeks = [6, 6, 6, 7, 10, 13, 16, 22, 23, 6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    median, low, high = find_survival_median(np.array(weeks), np.arange(21) < 9)
    assert (median, low, high) == (23, 13, None)


def test_a_wait_of_nothing_is_a_wait(lay: Lay) -> None:
    found = measure_between(lay([(1, 5, "a", 0), (1, 5, "b", 0), (2, 1, "a", 0)]), ["a"], ["b"])
    assert (found.people, found.censored, found.wait.median_us) == (2, 1, 0)
    assert found.arrived.value == pytest.approx(0.5)
