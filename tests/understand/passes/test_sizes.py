"""What only large logs meet: many blocks, wide vocabularies, groups that are partitioned rather than sorted."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import pytest
from random_logs import MINUTE_US, assert_same

from heartline.understand import (
    Funnel,
    FunnelStep,
    PackedLog,
    StepOrder,
    cut_sessions,
    draw_paths,
    find_long_waits,
    find_rework,
    find_sequences,
    measure_funnel,
)
from heartline.understand.passes.sums import Values, count_keys, find_quantiles, gather_values, sum_values

Lay = Callable[..., PackedLog]
STEPS = tuple(FunnelStep(name=name, touchpoints=(name,)) for name in "abc")


def draw_touches(seed: int, *, count: int = 600, names: int = 5) -> list[tuple[int, int, str, int]]:
    rng = np.random.default_rng(seed)
    return [
        (int(who), int(at), chr(97 + int(name)), 0)
        for who, at, name in zip(
            rng.integers(1, 7, count), rng.integers(0, 5_000, count), rng.integers(0, names, count), strict=True
        )
    ]


@pytest.mark.parametrize("order", StepOrder)
@pytest.mark.parametrize("block", [1, 7, 100])
def test_a_funnel_is_the_same_in_blocks_of_any_size(
    lay: Lay, monkeypatch: pytest.MonkeyPatch, order: StepOrder, block: int
) -> None:
    log = lay(draw_touches(block))
    funnel = Funnel(steps=STEPS, window_us=300 * MINUTE_US, order=order)
    whole = measure_funnel(log, funnel)
    monkeypatch.setattr("heartline.understand.passes.chains._BLOCK", block)
    assert_same(measure_funnel(log, funnel), whole)


@pytest.mark.parametrize("block", [1, 7, 100])
def test_graph_and_sessions_are_the_same_in_blocks_of_any_size(
    lay: Lay, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    log = lay(draw_touches(block))
    graph, sessions = draw_paths(log), cut_sessions(log, gap_us=9 * MINUTE_US)
    monkeypatch.setattr("heartline.understand.passes.sums._BLOCK", block)
    monkeypatch.setattr("heartline.understand.passes.shape.BLOCK", block)
    assert_same(draw_paths(log), graph)
    assert_same(cut_sessions(log, gap_us=9 * MINUTE_US), sessions)


@pytest.mark.parametrize("steps", [8, 9, 33, 64, 65])
def test_a_funnel_of_any_number_of_steps_is_walked_to_its_end(lay: Lay, steps: int) -> None:
    path = [chr(97 + n % 5) for n in range(steps)]
    log = lay([(who, at, path[at], 0) for who in (1, 2) for at in range(steps - who + 1)])
    funnel = Funnel(steps=tuple(FunnelStep(name=name, touchpoints=(name,)) for name in path))
    assert [step.people for step in measure_funnel(log, funnel).all.steps] == [2] * (steps - 1) + [1]


def test_the_most_frequent_sequences_are_the_same_however_many_are_asked_for(lay: Lay) -> None:
    rng = np.random.default_rng(5)
    log = lay([(who, at, chr(97 + int(rng.integers(0, 2))), 0) for who in range(60) for at in range(1 + who % 4)])
    every = find_sequences(log, most=None)
    for most in range(every.distinct):
        found = find_sequences(log, most=most)
        assert found.shown == every.shown[:most]
        assert found.other is not None


@pytest.mark.parametrize("block", [1, 7, 100])
def test_sequences_are_the_same_in_blocks_of_any_size(lay: Lay, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    log = lay([(who % 7, at, name, 0) for who, at, name, _ in draw_touches(block, count=12, names=2)])
    whole = find_sequences(log)
    monkeypatch.setattr("heartline.understand.variants._BLOCK", block)
    assert_same(find_sequences(log), whole)


@pytest.mark.parametrize("piece", [1, 7, 100])
def test_what_is_counted_piece_by_piece_is_the_same(lay: Lay, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    log = lay([(who, at, name, seq % 3) for seq, (who, at, name, _) in enumerate(draw_touches(piece))])
    again, waits = find_rework(log), find_long_waits(log, 60 * MINUTE_US)
    monkeypatch.setattr("heartline.understand.passes.rework._PIECE", piece)
    monkeypatch.setattr("heartline.understand.passes.longwaits._PIECE", piece)
    assert_same(find_rework(log), again)
    assert_same(find_long_waits(log, 60 * MINUTE_US), waits)


@pytest.mark.parametrize("size", [3, 70_000, 5_000_000], ids=["narrow", "wide", "beyond counting"])
def test_values_are_gathered_and_counted_by_keys_of_any_range(size: int) -> None:
    rng = np.random.default_rng(size)
    keys = rng.choice(rng.integers(0, size, 40), 2_000)
    values = rng.integers(0, 1_000, 2_000)
    naive = defaultdict(list)
    for key, value in zip(keys.tolist(), values.tolist(), strict=True):
        naive[key].append(value)
    found = gather_values(keys, values, size=size)
    assert found.keys.tolist() == sorted(naive)
    bounds = np.concatenate(([0], np.cumsum(found.counts)))
    median, p90 = find_quantiles(found)
    for index, key in enumerate(found.keys.tolist()):
        assert sorted(found.values[bounds[index] : bounds[index + 1]].tolist()) == sorted(naive[key])
        assert median[index] == np.median(naive[key])
        assert p90[index] == pytest.approx(np.quantile(naive[key], 0.9))
    assert sum_values(found).tolist() == [sum(naive[key]) for key in sorted(naive)]
    counted = count_keys(keys, size=size)
    assert dict(zip(counted.keys.tolist(), counted.table[:, 0].tolist(), strict=True)) == {
        key: len(of) for key, of in naive.items()
    }


@pytest.mark.parametrize("zeros", [0, 1, 50, 3_000, 100_000])
@pytest.mark.parametrize("count", [0, 1, 2, 255, 256, 257, 1_000])
def test_quantiles_with_zeros_beside_are_those_of_all(count: int, zeros: int) -> None:
    values = np.random.default_rng(count).integers(0, 10**9, count)
    gathered = Values(keys=np.zeros(1, dtype=np.int64), counts=np.array([count]), values=values)
    median, p90 = find_quantiles(gathered, zeros=np.array([zeros]))
    everything = np.concatenate((np.zeros(zeros), values))
    if not len(everything):
        assert np.isnan(median[0])
        return
    assert median[0] == np.median(everything)
    assert p90[0] == pytest.approx(np.quantile(everything, 0.9))


def test_a_long_log_of_many_touchpoints_has_the_figures_of_the_plain_walk(lay: Lay) -> None:
    rng = np.random.default_rng(4)
    touches = [
        (int(who), int(at), f"touchpoint {name}", 0)
        for who, at, name in zip(
            rng.integers(1, 7, 3_000), rng.integers(0, 10**5, 3_000), rng.integers(0, 2_500, 3_000), strict=True
        )
    ]
    log = lay(touches)
    edges = defaultdict(list)
    for who in range(1, 7):
        mine = sorted(
            (at * 10 * MINUTE_US, seq, name) for seq, (owner, at, name, _) in enumerate(touches) if owner == who
        )
        for before, after in pairwise(mine):
            edges[before[2], after[2]].append(after[0] - before[0])
    graph = draw_paths(log)
    assert len(graph.count) == len(edges)
    for index, count in enumerate(graph.count.tolist()):
        of = edges[graph.names[graph.source[index]], graph.names[graph.target[index]]]
        assert (count, graph.median_us[index]) == (len(of), np.median(of))
    assert sum(one.count for one in find_long_waits(log, 60 * MINUTE_US)) == sum(
        gap > 60 * MINUTE_US for of in edges.values() for gap in of
    )
    assert cut_sessions(log).count == 6 + sum(gap > 30 * MINUTE_US for of in edges.values() for gap in of)
