"""Random logs, their splits by customer, and each passage as a plain list, for oracles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from heartline.records import Journey, Stage
from heartline.understand import PackedLog, PackedRuns, find_runs, take_rows

Builder = Callable[..., PackedLog]
MINUTE_US = 60_000_000
CHANNELS = ("", "web", "shop")
PLANS = ("", "weekly", "monthly")
JOURNEY = Journey(
    journey_id="j",
    name="J",
    stages=(Stage(name="One", touchpoints=("a", "b")), Stage(name="Two", touchpoints=("c", "d"))),
    ends=("d",),
    gap_days=9,
)

# Few customers, few moments: ties, single touches and customers with one touch come often.
TOUCHES = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 40), st.sampled_from("abcde"), st.integers(0, 2)), max_size=60
)
SPLITS = st.lists(st.integers(0, 2), min_size=7, max_size=7)


def lay_log(build: Builder, touches: list[tuple[int, int, str, int]], *, unit_us: int = 10 * MINUTE_US) -> PackedLog:
    """Build a log whose seq is the place in the list, and whose customers have a plan each."""
    rows: list[dict[str, Any]] = [
        {"customer": who, "ts_us": at * unit_us, "seq": seq, "touchpoint": name, "channel": CHANNELS[channel]}
        for seq, (who, at, name, channel) in enumerate(touches)
    ]
    return build(rows, traits={"plan": {who: PLANS[who % 3] for who in range(1, 7) if who % 3}})


def split_log(log: PackedLog, of: list[int]) -> list[PackedLog]:
    """Split a log by customer: customer c goes to part ``of[c]``. Some parts may be empty."""
    part = np.array(of)[log.customers]
    return [take_rows(log, (part == index)[log.row]) for index in (2, 0, 1)]


def cut_runs(log: PackedLog) -> PackedRuns:
    """Cut the runs of the journey of these tests; the day is a moment of ``lay_log`` with its unit of a day."""
    return find_runs(log, JOURNEY, now_us=41 * 86_400_000_000)


def read_passages(ground: PackedLog | PackedRuns) -> Iterator[tuple[int, list[tuple[int, str, str]]]]:
    """Yield each passage: the customer's number, and (time, touchpoint, channel) of its touches."""
    log = ground.log if isinstance(ground, PackedRuns) else ground
    rows = ground.rows if isinstance(ground, PackedRuns) else np.arange(len(log))
    names, channels = log.names["touchpoint"], log.names["channel"]
    for start, end in zip(ground.offsets[:-1], ground.offsets[1:], strict=True):
        mine = rows[start:end]
        yield (
            int(log.customers[log.row[mine[0]]]),
            [
                (int(log.ts_us[i]), names[log.codes["touchpoint"][i]], channels[log.codes["channel"][i]])
                for i in mine.tolist()
            ],
        )


def assert_same(left: object, right: object) -> None:
    """Hold two results against each other to the last bit: arrays, records, tuples of them."""
    assert type(left) is type(right)
    if is_dataclass(left):
        for field in fields(left):
            assert_same(getattr(left, field.name), getattr(right, field.name))
    elif isinstance(left, np.ndarray):
        np.testing.assert_array_equal(left, right)
    elif isinstance(left, (tuple, list)):
        assert len(left) == len(right)  # type: ignore[arg-type]
        for one, other in zip(left, right, strict=True):  # type: ignore[call-overload]
            assert_same(one, other)
    elif isinstance(left, dict):
        assert list(left) == list(right)  # type: ignore[call-overload]
        for key in left:
            assert_same(left[key], right[key])  # type: ignore[index]
    else:
        assert left == right or (left != left and right != right)  # noqa: PLR0124 - NaN equals nothing
