"""Gathering drivers: what each answer's customer met, felt and waited for in the days before they gave it.

A *meeting* is whether something was met (a touchpoint, a channel, a place, a product, a
stage, a theme spoken of), the answer's
own row included. A *feeling* is the mean of the other scores given at a touchpoint, a *sound* how what was written
there sounds; a *wait* how long a stage took. A reader is taught on these very scores, and would agree with them by
hearsay: sounds are of readings alone by heads that no score of their customer taught, never of the words that came with
a score of the same kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Final

import numpy as np

from heartline.understand.differences import FEWEST
from heartline.understand.drivers.weighing import Observed, find_same
from heartline.understand.log import SCORE_KINDS, Floats, Ints, Mask, PackedLog
from heartline.understand.runs import DAY_US, PackedRuns
from heartline.understand.samples import count_people
from heartline.understand.scores import ScoreMeasure, mask_answers
from heartline.understand.selection import Selection, mask_rows, take_rows
from heartline.understand.waits import find_onward

MOST: Final = 24
"""So many drivers are weighed at most: those that most customers can speak of. The score has no say in it."""
MOST_ANSWERS: Final = 200_000
"""Of more answers the newest are taken: all that a driver could show is seen in so many."""
_CUSTOMERS_EACH: Final = 10
_RAREST: Final = 0.02
_SECOND_US: Final = 1_000_000


class DriverKind(StrEnum):
    """What a driver is: a feeling or a sound at a touchpoint, a wait in a stage, or something met."""

    FELT = "felt"
    HEARD = "heard"
    WAIT = "wait"
    STAGE = "stage"
    TOUCHPOINT = "touchpoint"
    CHANNEL = "channel"
    PLACE = "place"
    PRODUCT = "product"
    THEME = "theme"


MEASURED: Final = frozenset({DriverKind.FELT, DriverKind.HEARD, DriverKind.WAIT})
"""What has a value where it is known, and is not known of all; the rest is met or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driver:
    """One driver by ``kind`` and ``name`` (a stage's or touchpoint's own, a theme's number). ``n`` answers of
    ``customers`` speak of it: met it, felt it, or waited.
    """

    kind: DriverKind
    name: str
    n: int
    customers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something to be met: ``rows`` tells for each row of the log whether it was met there."""

    kind: DriverKind
    name: str
    rows: Mask


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Drivers, and what was observed of them, column by column. ``twins`` were left out, each beside the one that it
    cannot be told from; ``more`` found no room.
    """

    drivers: tuple[Driver, ...]
    observed: Observed
    twins: tuple[tuple[Driver, Driver], ...]
    more: int


def gather_drivers(  # what a page asks
    log: PackedLog,
    measure: ScoreMeasure,
    selection: Selection,
    *,
    days: int,
    runs: PackedRuns | None = None,
    flags: Sequence[Flag] = (),
    heard: Floats | None = None,
) -> Gathered:
    """Gather what stood before each answer of a selection, within ``days``; ``runs`` give the waits.

    ``heard`` is how the text of each row of the log sounds, −1…+1, read by a head that no score of its customer taught;
    NaN where there is none.
    """
    asked = mask_answers(log, measure) & mask_rows(log, selection)
    if (many := np.flatnonzero(asked)).size > MOST_ANSWERS:
        asked &= log.ts_us >= np.partition(log.ts_us[many], -MOST_ANSWERS)[-MOST_ANSWERS]
    present = np.zeros(len(log.customers), dtype=np.bool_)
    present[log.row[asked]] = True
    keep = present[log.row]
    part = take_rows(log, keep)
    window = _open_windows(part, np.flatnonzero(asked[keep]), days)
    found = chain(
        _felt(part, measure, window),
        () if heard is None else _heard(part, measure, heard[keep], window),
        () if runs is None else _waited(part, runs, window),
        _met(window, (Flag(kind=one.kind, name=one.name, rows=one.rows[keep]) for one in flags)),
        _met(window, _list_flags(part)),
    )
    return _choose(part, found, window)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Windows:
    """The rows of the answers, and the first row of each one's days before it."""

    answer: Ints
    first: Ints
    days: int


_Column = tuple[DriverKind, str, Floats, Mask]
"""Kind, name, value an answer, and which answers speak of it."""


def _open_windows(log: PackedLog, answer: Ints, days: int) -> _Windows:
    start = int(log.ts_us.min()) if len(log) else 0
    seconds = (log.ts_us - start) // _SECOND_US
    width = int(seconds.max(initial=0)) + 1
    key = log.row.astype(np.int64) * width + seconds
    since = np.maximum(seconds[answer] - days * DAY_US // _SECOND_US, 0)
    return _Windows(
        answer=answer, first=np.searchsorted(key, log.row[answer].astype(np.int64) * width + since), days=days
    )


def _sum(values: Floats, window: _Windows, *, own: bool) -> Floats:
    """Sum a value a row over each answer's days, with or without the answer's own row."""
    total = np.concatenate(([0.0], np.cumsum(values)))
    told: Floats = total[window.answer + own] - total[window.first]
    return told


def _felt(log: PackedLog, measure: ScoreMeasure, window: _Windows) -> Iterator[_Column]:
    """Feelings at touchpoints, by scores of other kinds: the last answer of a kind says little but itself."""
    other = ~np.isnan(log.valence) & (log.score_kind != SCORE_KINDS.index(measure.value))
    return _average(log, DriverKind.FELT, np.where(other, log.valence, np.nan).astype(np.float64), window)


def _heard(log: PackedLog, measure: ScoreMeasure, heard: Floats, window: _Windows) -> Iterator[_Column]:
    """How it sounded at touchpoints; words that came with a score of the same kind say little but that score."""
    other = np.isnan(log.valence) | (log.score_kind != SCORE_KINDS.index(measure.value))
    return _average(log, DriverKind.HEARD, np.where(other, heard, np.nan).astype(np.float64), window)


def _average(log: PackedLog, kind: DriverKind, values: Floats, window: _Windows) -> Iterator[_Column]:
    """The mean of a value a row (NaN: none) at each touchpoint, over each answer's days without the answer itself."""
    there = ~np.isnan(values)
    codes, names = log.codes["touchpoint"], log.names["touchpoint"]
    for code in np.unique(codes[there]):
        if not code:
            continue
        rows = there & (codes == code)
        times = _sum(rows.astype(np.float64), window, own=False)
        total = _sum(np.where(rows, values, 0.0), window, own=False)
        known = times > 0
        yield kind, names[code], np.where(known, total / np.maximum(times, 1), np.nan), known


def _waited(log: PackedLog, runs: PackedRuns, window: _Windows) -> Iterator[_Column]:
    """How long each stage took in the run before an answer, where it was over by then; on the scale of log days."""
    ids = runs.log.customers[runs.customer]
    place = np.minimum(np.searchsorted(log.customers, ids), max(len(log.customers) - 1, 0))
    here = log.customers[place] == ids if len(log.customers) else np.zeros(len(ids), dtype=np.bool_)
    for index, stage in enumerate(runs.journey.stages):
        waits, _customer, moved = find_onward(runs, index)
        kept = here[moved]
        waits, moved = waits[kept], moved[kept]
        over = runs.entered_us[moved, index] + waits.astype(np.int64)
        order = np.lexsort((over, place[moved]))
        last = _find_last(place[moved][order], over[order], log, window)
        known = last >= 0
        value = np.full(len(last), np.nan)
        value[known] = np.log1p(waits[order][last[known]] / DAY_US)
        yield DriverKind.WAIT, stage.name, value, known


def _find_last(owner: Ints, at_us: Ints, log: PackedLog, window: _Windows) -> Ints:
    """Return for each answer the last of some moments of its customer within its days, −1 for none."""
    if not len(owner):
        return np.full(len(window.answer), -1, dtype=np.int64)
    start = int(min(log.ts_us.min(), at_us.min()))
    width = int(max(log.ts_us.max(), at_us.max()) - start) // _SECOND_US + 2
    key = owner * width + (at_us - start) // _SECOND_US
    asked_us, who = log.ts_us[window.answer], log.row[window.answer].astype(np.int64)
    last = np.searchsorted(key, who * width + (asked_us - start) // _SECOND_US, side="right") - 1
    near = (last >= 0) & (owner[last] == who) & (at_us[last] >= asked_us - window.days * DAY_US)
    return np.where(near, last, -1)


def _list_flags(log: PackedLog) -> Iterator[Flag]:
    """Everything the log itself names as to be met."""
    for field in (DriverKind.TOUCHPOINT, DriverKind.CHANNEL, DriverKind.PLACE, DriverKind.PRODUCT):
        if field.value not in log.codes:
            continue
        codes, names = log.codes[field.value], log.names[field.value]
        counts = np.bincount(codes, minlength=len(names))
        for code in np.argsort(-counts, kind="stable")[: MOST * 2]:
            if code and counts[code]:
                yield Flag(kind=field, name=names[code], rows=codes == code)


def _met(window: _Windows, flags: Iterable[Flag]) -> Iterator[_Column]:
    for flag in flags:
        met = _sum(flag.rows.astype(np.float64), window, own=True) > 0
        yield flag.kind, flag.name, met.astype(np.float64), met


def _choose(log: PackedLog, found: Iterable[_Column], window: _Windows) -> Gathered:
    """Keep what enough customers can speak of either way, most first; what is one and the same is kept once."""
    customer = log.row[window.answer].astype(np.int64)
    people = count_people(customer) if len(customer) else 0
    ranked: list[tuple[int, Driver, Floats]] = []
    for kind, name, value, spoken in found:
        sides = (spoken,) if kind in MEASURED else (spoken, ~spoken)
        support = min((count_people(customer[side]) if side.any() else 0) for side in sides)
        varies = bool(spoken.any()) and float(np.nanstd(value)) > 1e-9
        if support >= max(FEWEST, _RAREST * people) and varies:
            driver = Driver(kind=kind, name=name, n=int(spoken.sum()), customers=count_people(customer[spoken]))
            ranked = sorted([*ranked, (support, driver, value)], key=lambda one: -one[0])[: 2 * MOST]
    drivers = [driver for _support, driver, _value in ranked]
    values = np.stack([value for *_rest, value in ranked], axis=1) if ranked else np.zeros((len(customer), 0))
    same = find_same(values)
    alone = [place for place in range(len(drivers)) if place not in same]
    kept = alone[: min(MOST, people // _CUSTOMERS_EACH)]
    return Gathered(
        drivers=tuple(drivers[place] for place in kept),
        observed=Observed(
            score=log.valence[window.answer].astype(np.float64), customer=customer, values=values[:, kept]
        ),
        twins=tuple((drivers[one], drivers[other]) for one, other in same.items() if other in kept),
        more=len(alone) - len(kept),
    )
