"""Loops, returns, retries, rework and switches against a plain walk."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_logs import JOURNEY, TOUCHES, cut_runs, read_passages

from heartline.understand import PackedLog, ReworkKind, find_rework, gather
from heartline.understand.samples import Scale

Lay = Callable[..., PackedLog]
DAY_US = 86_400_000_000
STAGE = {name: index for index, stage in enumerate(JOURNEY.stages) for name in stage.touchpoints}


@given(TOUCHES, st.integers(0, 6), st.booleans())
def test_what_was_done_again_equals_the_plain_walk(
    lay: Lay,
    touches: list[tuple[int, int, str, int]],
    within: int,
    of_runs: bool,  # noqa: FBT001 - drawn
) -> None:
    log = lay(touches, unit_us=DAY_US)
    ground = cut_runs(log) if of_runs else log
    lost: dict[tuple[ReworkKind, str], list[tuple[int, int]]] = defaultdict(list)
    among: dict[tuple[ReworkKind, str], list[tuple[int, bool]]] = defaultdict(list)
    switches: Counter[tuple[str, str]] = Counter()
    for who, mine in read_passages(ground):
        for i, (ts, name, channel) in enumerate(mine):
            earlier = [j for j in range(i) if mine[j][1] == name]
            since = ts - mine[earlier[-1]][0] if earlier else 0
            happened = {
                ReworkKind.LOOP: bool(earlier) and earlier[-1] == i - 1,
                ReworkKind.RETURN: bool(earlier) and earlier[-1] < i - 1,
                ReworkKind.RETRY: bool(earlier) and since <= within * DAY_US,
            }
            if of_runs:
                happened[ReworkKind.REWORK] = any(STAGE[touch[1]] > STAGE[name] for touch in mine[:i])
            for kind, did in happened.items():
                among[kind, name].append((who, did))
                if did:
                    lost[kind, name].append((who, ts - mine[i - 1][0] if kind is ReworkKind.REWORK else since))
            following = mine[i + 1] if i + 1 < len(mine) else (0, "", "")
            if channel and following[2]:
                among[ReworkKind.SWITCH, name].append((who, channel != following[2]))
                if channel != following[2]:
                    lost[ReworkKind.SWITCH, name].append((who, following[0] - ts))
                    switches[channel, following[2]] += 1
    found = find_rework(ground, within_us=within * DAY_US)
    assert {(one.kind, one.touchpoint) for one in found.counts} == set(lost)
    for one in found.counts:
        mine_lost, asked = lost[one.kind, one.touchpoint], among[one.kind, one.touchpoint]
        assert one.count == len(mine_lost)
        assert one.customers == len({who for who, _ in mine_lost})
        assert one.lost_us == sum(time for _, time in mine_lost)
        assert one.median_us == statistics.median(time for _, time in mine_lost)
        plain = gather(
            np.array([float(did) for _, did in asked]), np.array([who for who, _ in asked]), scale=Scale.SHARE
        )
        assert (one.rate.n, one.rate.customers) == (plain.n[0], plain.customers[0])
        assert one.rate.value == pytest.approx(plain.mean[0])
    assert {(a, b): n for a, b, n in found.switches} == switches


def test_the_interval_of_a_rate_is_clustered_as_everywhere(lay: Lay) -> None:
    from heartline.understand import find_interval  # noqa: PLC0415 - looked at once
    from heartline.understand.passes.sums import sample_shares, sum_shares  # noqa: PLC0415

    rng = np.random.default_rng(3)
    customer, key, hits = np.sort(rng.integers(0, 40, 500)), rng.integers(0, 3, 500), rng.random(500) < 0.3
    sums = sum_shares(hits, customer, key=key)
    plain = gather(hits.astype(float), customer, scale=Scale.SHARE, cell=key, cells=3)
    np.testing.assert_allclose(find_interval(sample_shares(sums.table)), find_interval(plain))
