"""The path graph: every step once, exact medians, ties by seq."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from heartline.records import Journey, Stage
from heartline.understand import PackedLog, draw_paths, draw_run_paths, find_runs
from heartline.understand.paths import OTHER

Builder = Callable[..., PackedLog]
TOUCHES = st.lists(st.tuples(st.integers(1, 4), st.integers(0, 30), st.sampled_from("abcd")), max_size=50)


@given(TOUCHES)
def test_the_graph_equals_the_naive_one_and_sums_to_touches_minus_customers(
    build_rows: Builder, touches: list[tuple[int, int, str]]
) -> None:
    rows: list[dict[str, Any]] = [
        {"customer": c, "ts_us": ts, "seq": seq, "touchpoint": n} for seq, (c, ts, n) in enumerate(touches)
    ]
    gaps = defaultdict(list)
    for customer in {row["customer"] for row in rows}:
        mine = sorted((r for r in rows if r["customer"] == customer), key=lambda r: (r["ts_us"], r["seq"]))
        for left, right in pairwise(mine):
            gaps[left["touchpoint"], right["touchpoint"]].append(right["ts_us"] - left["ts_us"])
    log = build_rows(rows)
    graph = draw_paths(log)
    pairs = [(graph.names[a], graph.names[b]) for a, b in zip(graph.source, graph.target, strict=True)]
    assert dict(zip(pairs, graph.count.tolist(), strict=True)) == {pair: len(of) for pair, of in gaps.items()}
    for pair, median, p90 in zip(pairs, graph.median_us, graph.p90_us, strict=True):
        assert median == statistics.median(gaps[pair])
        assert np.isclose(p90, np.quantile(gaps[pair], 0.9))
    assert graph.count.sum() == len(log) - len(log.customers)
    assert graph.starts.sum() == graph.ends.sum() == len(log.customers)
    assert graph.visits.sum() == len(log)


@given(TOUCHES, st.integers(1, 4))
def test_folding_into_other_loses_no_step(build_rows: Builder, touches: list[tuple[int, int, str]], top: int) -> None:
    rows: list[dict[str, Any]] = [{"customer": c, "ts_us": ts, "touchpoint": name} for c, ts, name in touches]
    log = build_rows(rows)
    graph = draw_paths(log, top=top)
    assert graph.count.sum() == len(log) - len(log.customers)
    assert len(graph.names) <= top + 1
    assert graph.visits.sum() == len(log)
    assert (OTHER in graph.names) == (len({name for _, _, name in touches}) > top)


def test_ties_go_by_seq(build: Builder) -> None:
    log = build([
        {"customer": 1, "ts_us": 5, "seq": 2, "touchpoint": "b"},
        {"customer": 1, "ts_us": 5, "seq": 1, "touchpoint": "a"},
    ])  # fmt: skip
    graph = draw_paths(log)
    assert (graph.names[graph.source[0]], graph.names[graph.target[0]]) == ("a", "b")


def test_within_runs_no_step_leads_from_one_run_to_the_next(build: Builder) -> None:
    log = build([{"customer": 1, "ts_us": i, "touchpoint": name} for i, name in enumerate("abab")])
    journey = Journey(journey_id="j", name="J", stages=(Stage(name="S", touchpoints=("a", "b")),), ends=("b",))
    graph = draw_run_paths(find_runs(log, journey))
    assert graph.count.tolist() == [2]
    assert graph.starts.sum() == 2
