"""Waits: how long people take between stages and before touchpoints; exact medians, clustered intervals."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from heartline.understand.intervals import find_quantile_interval, read_quantile
from heartline.understand.log import Floats, Ints, Mask
from heartline.understand.runs import PackedRuns
from heartline.understand.samples import count_people


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """How long it took, in µs: median with its 95 % interval, and the 90th percentile. None where nobody waited."""

    median_us: float | None
    low_us: float | None
    high_us: float | None
    p90_us: float | None
    n: int
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StageTime:
    """``inside``: from a stage's first touch to the last one before moving on. ``onward``: from its first touch to the
    first touch of the next stage that the run met later.
    """

    stage: str
    inside: Wait
    onward: Wait


def measure_wait(values: Floats, customer: Ints) -> Wait:
    """Summarise waits in µs, one per passage, with the customer of each."""
    ordered = np.sort(values)
    median, low, high = find_quantile_interval(values, customer, ordered=ordered)
    known = len(values) > 0
    return Wait(
        median_us=median if known else None,
        low_us=low if known else None,
        high_us=high if known else None,
        p90_us=read_quantile(ordered, 0.9) if known else None,
        n=len(values),
        customers=count_people(customer),
    )


def time_stages(runs: PackedRuns) -> tuple[StageTime, ...]:
    """Measure each stage's time inside and the time until the next stage met."""
    entered, left = runs.entered_us, _last_times(runs)
    return tuple(
        StageTime(
            stage=stage.name,
            inside=_measure(left[:, index] - entered[:, index], entered[:, index] >= 0, runs),
            onward=measure_wait(*find_onward(runs, index)[:2]),
        )
        for index, stage in enumerate(runs.journey.stages)
    )


def find_onward(runs: PackedRuns, stage: int) -> tuple[Floats, Ints, Ints]:
    """Return, for each run that moved on from a stage: the wait in µs, the customer, the run."""
    entered = runs.entered_us
    later = np.where((entered >= 0) & (entered > entered[:, stage : stage + 1]), entered, np.iinfo(np.int64).max)
    later[:, : stage + 1] = np.iinfo(np.int64).max
    nearest = later.min(axis=1, initial=np.iinfo(np.int64).max)
    moved = np.flatnonzero((entered[:, stage] >= 0) & (nearest < np.iinfo(np.int64).max))
    return (nearest[moved] - entered[moved, stage]).astype(np.float64), runs.customer[moved], moved


def find_arrivals(runs: PackedRuns) -> tuple[Ints, Ints]:
    """Return every entry of ``runs.rows`` that follows another in its run, and the wait before it in µs."""
    follows = np.ones(len(runs.rows), dtype=np.bool_)
    follows[runs.offsets[:-1]] = False
    ts = runs.log.ts_us[runs.rows]
    entries = np.flatnonzero(follows)
    return entries, ts[entries] - ts[entries - 1]


def find_usual(runs: PackedRuns, steps: Collection[tuple[str, str]]) -> dict[tuple[str, str], Wait]:
    """Return how long runs take from one touchpoint to another that comes directly after it, for each step asked for;
    a step that nobody took has no entry.
    """
    names, codes = runs.log.names["touchpoint"], runs.log.codes["touchpoint"][runs.rows].astype(np.int64)
    place = {name: code for code, name in enumerate(names)}
    entries, waits = find_arrivals(runs)
    step = codes[entries - 1] * len(names) + codes[entries]
    found = {}
    for source, target in dict.fromkeys(steps):
        if source not in place or target not in place:
            continue
        taken = np.flatnonzero(step == place[source] * len(names) + place[target])
        if len(taken):
            customer = runs.customer[runs.run[entries[taken]]]
            found[source, target] = measure_wait(waits[taken].astype(np.float64), customer)
    return found


def _last_times(runs: PackedRuns) -> Ints:
    """Return when each stage was last touched in each run before the run first went further: (runs, stages)."""
    ts = runs.log.ts_us[runs.rows]
    peak = _running_peak(runs)
    last = np.full(runs.entered_us.shape, -1, dtype=np.int64)
    at_peak = runs.stage >= peak
    np.maximum.at(last, (runs.run[at_peak], runs.stage[at_peak]), ts[at_peak])
    return np.maximum(last, runs.entered_us)


def _running_peak(runs: PackedRuns) -> Ints:
    """Return the highest stage met so far in the run, per entry."""
    width = len(runs.journey.stages) + 1
    lifted = np.maximum.accumulate(runs.stage.astype(np.int64) + runs.run * width)
    return lifted - runs.run * width


def _measure(values: Ints, known: Mask, runs: PackedRuns) -> Wait:
    chosen = np.flatnonzero(known)
    return measure_wait(values[chosen].astype(np.float64), runs.customer[chosen])
