"""Runs, drop-off and waits against a naive reference and a hand-made log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from heartline.records import Journey, Stage
from heartline.understand import (
    PackedLog,
    RunState,
    find_onward,
    find_runs,
    follow_stages,
    locate_open,
    time_stages,
)

Builder = Callable[..., PackedLog]
DAY_US = 86_400_000_000
STAGES = (Stage(name="Look", touchpoints=("Ad", "Shop")), Stage(name="Buy", touchpoints=("Pay",)),
          Stage(name="Use", touchpoints=("Cup", "Chat")))  # fmt: skip
NAMES = ["Ad", "Shop", "Pay", "Cup", "Chat", "Elsewhere", ""]


def walk_naively(rows: list[dict[str, Any]], journey: Journey) -> list[list[int]]:
    """Cut runs by hand, customer by customer: the definition of ``Journey``, word for word."""
    runs: list[list[int]] = []
    for customer in sorted({row["customer"] for row in rows}):
        mine = sorted((r for r in rows if r["customer"] == customer), key=lambda r: (r["ts_us"], r["seq"]))
        run: list[int] = []
        last = None
        for row in mine:
            if row["touchpoint"] not in journey.touchpoints:
                continue
            if last is not None and row["ts_us"] - last > journey.gap_days * DAY_US and run:
                runs.append(run)
                run = []
            last = row["ts_us"]
            if not run and journey.starts and row["touchpoint"] not in journey.starts:
                continue
            run.append(row["seq"])
            if row["touchpoint"] in journey.ends:
                runs.append(run)
                run = []
        if run:
            runs.append(run)
    return runs


@given(
    st.lists(st.tuples(st.integers(1, 3), st.integers(0, 40), st.sampled_from(NAMES)), max_size=40),
    st.sampled_from([(), ("Ad",), ("Ad", "Pay")]),
    st.sampled_from([(), ("Cup",), ("Pay", "Chat")]),
    st.integers(1, 12),
)
def test_runs_equal_the_naive_walk(
    build_rows: Builder,
    touches: list[tuple[int, int, str]],
    starts: tuple[str, ...],
    ends: tuple[str, ...],
    gap_days: int,
) -> None:
    journey = Journey(journey_id="j", name="J", stages=STAGES, starts=starts, ends=ends, gap_days=gap_days)
    rows: list[dict[str, Any]] = [
        {"customer": c, "ts_us": day * DAY_US, "seq": seq, "touchpoint": name}
        for seq, (c, day, name) in enumerate(touches)
    ]
    runs = find_runs(build_rows(rows), journey, now_us=41 * DAY_US)
    seqs = runs.log.seq[runs.rows]
    found = [seqs[start:end].tolist() for start, end in zip(runs.offsets[:-1], runs.offsets[1:], strict=True)]
    assert found == walk_naively(rows, journey)
    by_seq = {row["seq"]: row for row in rows}
    place = {name: index for index, stage in enumerate(STAGES) for name in stage.touchpoints}
    for index, run in enumerate(found):
        met = [place[by_seq[seq]["touchpoint"]] for seq in run]
        assert runs.furthest[index] == max(met)
        assert runs.current[index] == met[-1]
        for stage in range(3):
            first = [by_seq[seq]["ts_us"] for seq, at in zip(run, met, strict=True) if at == stage]
            assert runs.entered_us[index, stage] == (first[0] if first else -1)
        ended = by_seq[run[-1]]["touchpoint"] in ends
        silent = 41 * DAY_US - by_seq[run[-1]]["ts_us"] > gap_days * DAY_US
        finished = ended if ends else silent and max(met) == 2
        expected = RunState.FINISHED if finished else RunState.LAPSED if silent else RunState.OPEN
        assert runs.state[index] == expected


def hand_made(build: Builder) -> PackedLog:
    """Four customers: 1 goes through in 3 days, 2 is lost at Buy, 3 stands at Buy now, 4 skips Buy and is there now."""
    days = [
        (1, 0, "Ad"), (1, 1, "Pay"), (1, 4, "Cup"),
        (2, 0, "Shop"), (2, 2, "Pay"),
        (3, 97, "Ad"), (3, 98, "Pay"),
        (4, 90, "Shop"), (4, 99, "Chat"),
    ]  # fmt: skip
    return build([{"customer": c, "ts_us": d * DAY_US, "touchpoint": name} for c, d, name in days])


def test_drop_off_counts_only_those_whose_fate_is_known(build: Builder) -> None:
    runs = find_runs(
        hand_made(build), Journey(journey_id="j", name="J", stages=STAGES, gap_days=30), now_us=100 * DAY_US
    )
    look, buy, use = follow_stages(runs)
    assert (look.runs, buy.runs, use.runs) == (4, 3, 2)
    assert (look.lost.value, look.lost.n) == (0.0, 4)
    assert (buy.lost.value, buy.lost.n, buy.lost_runs, buy.open_runs) == (0.5, 2, 1, 1)
    assert (use.lost.value, use.open_runs) == (0.0, 1)


def test_open_customers_are_found_where_they_stand(build: Builder) -> None:
    log = hand_made(build)
    runs = find_runs(log, Journey(journey_id="j", name="J", stages=STAGES, gap_days=30), now_us=100 * DAY_US)
    there = locate_open(runs)
    assert there.customers.tolist() == [3, 4]
    assert there.touchpoint == ("Pay", "Chat")
    assert (there.since_us // DAY_US).tolist() == [98, 99]
    assert locate_open(runs, stage=1).customers.tolist() == [3]


def test_waits_between_stages_are_exact(build: Builder) -> None:
    runs = find_runs(
        hand_made(build), Journey(journey_id="j", name="J", stages=STAGES, gap_days=30), now_us=100 * DAY_US
    )
    look, buy, use = time_stages(runs)
    assert look.onward.n == 4
    assert look.onward.median_us == 1.5 * DAY_US  # 1, 2, 1 and 9 days
    assert (buy.onward.median_us, buy.onward.n) == (3 * DAY_US, 1)
    assert (use.onward.median_us, use.onward.n) == (None, 0)
    values, customer, _ = find_onward(runs, 0)
    assert sorted(zip(customer.tolist(), (values / DAY_US).tolist(), strict=True)) == [(0, 1), (1, 2), (2, 1), (3, 9)]


def test_a_journey_of_some_customers_and_an_empty_log(build: Builder) -> None:
    log = build(
        [{"customer": 1, "touchpoint": "Ad"}, {"customer": 2, "touchpoint": "Ad"}],
        traits={"plan": {1: "weekly", 2: "monthly"}},
    )
    journey = Journey(journey_id="j", name="J", stages=STAGES, where=(("trait:plan", "weekly"),))
    assert find_runs(log, journey).log.customers.tolist() == [1]
    empty = find_runs(build([]), journey)
    assert len(empty) == 0
    assert [flow.runs for flow in follow_stages(empty)] == [0, 0, 0]
    assert all(time.inside.n == 0 for time in time_stages(empty))
    assert np.array_equal(locate_open(empty).customers, [])
