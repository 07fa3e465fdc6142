"""Alerts judged: one definition for the look that is taken now and for “would have fired”. Pure.

Looks are taken every three hours, at the same instants for everybody. A look fires when the whole interval lies beyond
the bound, at a level of 3.3 standard errors. Windows overlap, so looks are not independent: where the truth lies on the
bound itself, a month of 240 looks over windows of a week fires in about 2 to 3 of 100 months (Slepian's process crosses
a level b about bφ(b)·4.3 times; tests/act/test_alert_judging.py counts it). That holds for shares of comments too.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from heartline.act.alert_voices import Ears, hear_windows
from heartline.records import Alert, Metric, VoiceMeasure
from heartline.understand import (
    SCALES,
    Ints,
    Measure,
    PackedLog,
    Question,
    Scale,
    ScoreMeasure,
    Selection,
    find_definition,
    find_interval,
    gather,
    mask_question,
    value_answers,
)

LOOK_US: Final = 3 * 3_600_000_000
LEVEL_Z: Final = 3.3
TRIED_DAYS: Final = 30
_DAY_US: Final = 86_400_000_000
_POINTS: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look: the figure of the window that ended then, with its interval at the alert's level.

    ``unheard`` comments of the window are not read, or not placed, yet: until they are, it does not fire.
    """

    at_us: int
    metric: Metric
    fires: bool
    unheard: int = 0


def ask(alert: Alert, *, from_us: int | None = None, to_us: int | None = None) -> Question:
    """Return the question an alert watches: the same that a tile asks. Of comments, it is which they are."""
    where = ((alert.field, alert.value),) if alert.field else ()
    return Question(
        measure=Measure.COMMENTS if alert.hears else Measure(alert.measure),
        selection=Selection(from_us=from_us, to_us=to_us, where=where),
        touchpoints=(alert.touchpoint,) if alert.touchpoint else (),
    )


def last_look(now_us: int) -> int:
    """Return the instant of the newest look that can have been taken by now."""
    return now_us - now_us % LOOK_US


def look_at(log: PackedLog, alert: Alert, at_us: Iterable[int], ears: Ears | None = None) -> list[Look]:
    """Look at some instants, each over the window that ended then. Linear in the answers, once for each look.

    ``ears`` are what was heard in the log's comments: who watches comments needs them.
    """
    if alert.hears is not None:
        return [] if ears is None else _listen(log, alert, alert.hears, list(at_us), ears)
    rows = np.flatnonzero(mask_question(log, ask(alert)))
    rows = rows[np.argsort(log.ts_us[rows], kind="stable")]
    times = log.ts_us[rows]
    looks = []
    for at in at_us:
        first, last = np.searchsorted(times, (at - alert.window_days * _DAY_US, at))
        looks.append(_look(log, alert, rows[first:last], at))
    return looks


def _listen(log: PackedLog, alert: Alert, measure: VoiceMeasure, at_us: Sequence[int], ears: Ears) -> list[Look]:
    windows = [(at - alert.window_days * _DAY_US, at) for at in at_us]
    heard = hear_windows(log, ears, measure, mask_question(log, ask(alert)), windows, z=LEVEL_Z)
    return [_judge(alert, one.metric, at, one.unheard) for at, one in zip(at_us, heard, strict=True)]


def _judge(alert: Alert, metric: Metric, at_us: int, unheard: int = 0) -> Look:
    """Judge a figure: what is too little, or half heard, has no interval."""
    # What one customer alone said differs from nothing, so it looks sure.
    if metric.n < max(alert.least_n, 2) or metric.customers < 2 or unheard:
        metric = replace(metric, low=None, high=None)
    edge = metric.high if alert.below else metric.low
    fires = edge is not None and (edge < alert.bound if alert.below else edge > alert.bound)
    return Look(at_us=at_us, metric=metric, fires=fires, unheard=unheard)


def _look(log: PackedLog, alert: Alert, rows: Ints, at_us: int) -> Look:
    measure = ScoreMeasure(alert.measure)
    by = find_definition(log, ask(alert, to_us=at_us))
    sample = gather(
        value_answers(log, measure, rows, boxes=by.boxes), log.row[rows].astype(np.int64), scale=SCALES[measure]
    )
    low, high = find_interval(sample, LEVEL_Z)
    factor = _POINTS if SCALES[measure] is Scale.NPS else 1.0
    known = bool(np.isfinite(low[0]) and np.isfinite(high[0]))
    metric = Metric(
        name=measure.value,
        value=float(sample.mean[0]) * factor if len(rows) else None,
        low=float(low[0]) * factor if known else None,
        high=float(high[0]) * factor if known else None,
        n=len(rows),
        customers=int(sample.customers[0]),
        method="alert",
        version=by.version,
    )
    return _judge(alert, metric, at_us)


def space_firings(looks: Sequence[Look], alert: Alert, *, fired_us: int | None = None) -> list[Look]:
    """Return the looks, in the order of time, that fire with the cooldown heeded; ``fired_us`` is the last firing."""
    found: list[Look] = []
    for look in looks:
        if look.fires and (fired_us is None or look.at_us - fired_us >= max(alert.cooldown_days, 1) * _DAY_US):
            found.append(look)
            fired_us = look.at_us
    return found


def try_alert(log: PackedLog, alert: Alert, *, now_us: int, ears: Ears | None = None) -> list[Look]:
    """Return the looks of the last days that would have fired."""
    newest = last_look(now_us)
    count = TRIED_DAYS * _DAY_US // LOOK_US
    return space_firings(look_at(log, alert, [newest - n * LOOK_US for n in range(count)][::-1], ears), alert)
