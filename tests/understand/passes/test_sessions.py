"""Sessions against a plain cut."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_logs import MINUTE_US, TOUCHES, read_passages

from heartline.understand import PackedLog, Scale, cut_sessions, find_interval, find_quantile_interval, gather

Lay = Callable[..., PackedLog]


@given(TOUCHES, st.integers(0, 60))
def test_sessions_equal_the_plain_cut(lay: Lay, touches: list[tuple[int, int, str, int]], gap: int) -> None:
    log = lay(touches)
    sessions, visits = [], []
    for _, mine in read_passages(log):
        cut = [[mine[0]]]
        for before, touch in pairwise(mine):
            if touch[0] - before[0] > gap * MINUTE_US:
                cut.append([])
            cut[-1].append(touch)
        sessions += cut
        visits.append(len(cut))
    found = cut_sessions(log, gap_us=gap * MINUTE_US)
    assert found.count == len(sessions)
    assert found.customers == len(visits)
    assert dict(found.first) == Counter(session[0][1] for session in sessions)
    assert dict(found.last) == Counter(session[-1][1] for session in sessions)
    assert found.bounced.n == len(sessions)
    if not sessions:
        assert np.isnan(found.touches[0])
        return
    lasted = [session[-1][0] - session[0][0] for session in sessions]
    counts = [len(session) for session in sessions]
    assert found.duration_us[0] == statistics.median(lasted)
    assert found.duration_us[1] == pytest.approx(np.quantile(lasted, 0.9))
    assert found.touches == pytest.approx((statistics.median(counts), np.quantile(counts, 0.9)))
    assert found.mean_touches == pytest.approx(statistics.mean(counts))
    assert found.per_customer == pytest.approx((statistics.median(visits), np.quantile(visits, 0.9)))
    assert found.bounced.value == pytest.approx(counts.count(1) / len(counts))
    owners = np.repeat(np.arange(len(visits)), visits)
    plain = find_quantile_interval(np.array(lasted, dtype=float), owners)
    assert (found.duration.median_us, found.duration.low_us, found.duration.high_us) == plain
    mean = gather(np.array(counts, dtype=float), owners, scale=Scale.MEAN)
    low, high = find_interval(mean)
    assert found.length.value == pytest.approx(mean.mean[0])
    assert found.length.n == len(counts)
    if np.isfinite(low[0]):
        assert (found.length.low, found.length.high) == pytest.approx((low[0], high[0]), rel=1e-6, abs=1e-6)


def test_half_an_hour_is_still_one_session(lay: Lay) -> None:
    assert cut_sessions(lay([(1, 0, "a", 0), (1, 3, "b", 0)])).count == 1
    assert cut_sessions(lay([(1, 0, "a", 0), (1, 4, "b", 0)])).count == 2
