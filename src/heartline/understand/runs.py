"""Runs: each customer's passages through a journey, cut out of the packed log in one pass."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from heartline.records import Journey
from heartline.understand.log import Ints, Mask, PackedLog
from heartline.understand.selection import mask_names, take_customers

DAY_US = 86_400_000_000
_NEVER = np.iinfo(np.int64).max


class RunState(IntEnum):
    """OPEN: somebody is under way; FINISHED: at an end (or, without ends, at the last stage); LAPSED: fell silent."""

    OPEN = 0
    FINISHED = 1
    LAPSED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedRuns:
    """All runs of a journey, packed: run i is ``rows[offsets[i]:offsets[i + 1]]``, indices of rows of ``log``.

    ``stage`` is the stage's index per entry of ``rows``, ``run`` the run's; ``customer`` indexes ``log.customers`` per
    run; ``furthest`` is the highest stage met and ``current`` that of the last row. ``entered_us`` has shape
    (runs, stages): when a stage was first met, −1 where it was not. Runs are in the log's order.
    """

    log: PackedLog
    journey: Journey
    now_us: int
    rows: Ints
    offsets: Ints
    run: Ints
    stage: NDArray[np.int16]
    customer: Ints
    state: NDArray[np.int8]
    furthest: NDArray[np.int16]
    current: NDArray[np.int16]
    entered_us: Ints

    def __len__(self) -> int:
        return len(self.customer)

    @property
    def first(self) -> Ints:
        """The row of the log at which each run starts."""
        return self.rows[self.offsets[:-1]]

    @property
    def last(self) -> Ints:
        """The row of the log at which each run was seen last."""
        return self.rows[self.offsets[1:] - 1]

    @property
    def reached(self) -> Mask:
        """Which stages each run met: (runs, stages)."""
        return self.entered_us >= 0


def find_runs(log: PackedLog, journey: Journey, *, now_us: int | None = None) -> PackedRuns:
    """Cut a journey's runs out of the log. ``now_us`` (default: the last touch) tells open runs from lapsed ones.

    A run starts at the first touchpoint of ``starts`` (or any of the journey's) while none is open, and ends after one
    of ``ends`` or when nothing of the journey happened for ``gap_days``.
    """
    log = take_customers(log, journey.where)
    now_us = (int(log.ts_us.max()) if len(log) else 0) if now_us is None else now_us
    stage_of = stage_codes(log, journey)
    codes = log.codes["touchpoint"]
    rows = np.flatnonzero(stage_of[codes] >= 0)
    rows, begins = _cut(log, rows, journey)
    offsets = np.concatenate((np.flatnonzero(begins), [len(rows)])).astype(np.int64)
    count = len(offsets) - 1
    run = np.repeat(np.arange(count, dtype=np.int64), np.diff(offsets))
    stage = stage_of[codes[rows]]
    last = rows[offsets[1:] - 1]
    entered = np.full((count, len(journey.stages)), _NEVER, dtype=np.int64)
    np.minimum.at(entered, (run, stage), log.ts_us[rows])
    entered[entered == _NEVER] = -1
    furthest = np.maximum.reduceat(stage, offsets[:-1]) if count else np.zeros(0, dtype=np.int16)
    current = stage[offsets[1:] - 1]
    return PackedRuns(
        log=log,
        journey=journey,
        now_us=now_us,
        rows=rows,
        offsets=offsets,
        run=run,
        stage=stage,
        customer=log.row[last].astype(np.int64),
        state=_judge_states(log, journey, last, furthest, now_us=now_us),
        furthest=furthest,
        current=current,
        entered_us=entered,
    )


def stage_codes(log: PackedLog, journey: Journey) -> NDArray[np.int16]:
    """Return the stage's index for each code of the touchpoint vocabulary, −1 for touchpoints of no stage."""
    place: dict[str, int] = {}
    for index, stage in enumerate(journey.stages):
        for name in stage.touchpoints:
            place.setdefault(name, index)
    names = log.names["touchpoint"]
    return np.fromiter((place.get(name, -1) for name in names), dtype=np.int16, count=len(names))


def _cut(log: PackedLog, rows: Ints, journey: Journey) -> tuple[Ints, Mask]:
    """Return the rows that lie in runs, and which of them begin one."""
    if not len(rows):
        return rows, np.zeros(0, dtype=np.bool_)
    owner, ts = log.row[rows], log.ts_us[rows]
    begins = np.ones(len(rows), dtype=np.bool_)
    begins[1:] = (owner[1:] != owner[:-1]) | (np.diff(ts) > journey.gap_days * DAY_US)
    if journey.ends:
        begins[1:] |= mask_names(log, "touchpoint", journey.ends)[rows[:-1]]
    if not journey.starts:
        return rows, begins
    starts = mask_names(log, "touchpoint", journey.starts)[rows]
    segment = np.cumsum(begins) - 1
    seen = np.cumsum(starts)
    before: Ints = (seen - starts)[np.flatnonzero(begins)][segment]
    inside = seen > before
    first = np.zeros(len(rows), dtype=np.bool_)
    first[1:] = inside[1:] & (~inside[:-1] | begins[1:])
    first[0] = inside[0]
    return rows[inside], first[inside]


def _judge_states(
    log: PackedLog, journey: Journey, last: Ints, furthest: NDArray[np.int16], *, now_us: int
) -> NDArray[np.int8]:
    """Tell each run's state from its last row."""
    if journey.ends:
        finished = mask_names(log, "touchpoint", journey.ends)[last]
    else:
        finished = furthest == len(journey.stages) - 1
    silent = now_us - log.ts_us[last] > journey.gap_days * DAY_US
    if not journey.ends:
        finished &= silent
    state = np.where(finished, RunState.FINISHED, np.where(silent, RunState.LAPSED, RunState.OPEN))
    later = np.zeros(len(last), dtype=np.bool_)
    later[:-1] = log.row[last[1:]] == log.row[last[:-1]]
    state[later & (state == RunState.OPEN)] = RunState.LAPSED
    return state.astype(np.int8)
