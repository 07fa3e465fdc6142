"""Newcomers: touchpoints and channels that were never seen before, and those a journey's plan does not know."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.records import Journey, Metric
from heartline.understand.intervals import report_metrics
from heartline.understand.log import PackedLog
from heartline.understand.maps import Count
from heartline.understand.samples import Scale, gather
from heartline.understand.selection import take_customers

NEW_DAYS: Final = 28
"""What was first seen within so many days is new."""
_DAY_US: Final = 86_400_000_000
_FIELDS: Final = ("touchpoint", "channel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """A name of ``field`` first met at ``first_us`` (µs UTC) by the interaction ``first_seq``: ``touches`` of
    ``customers`` since, and their ``share`` of all touches since.
    """

    field: str
    name: str
    first_us: int
    first_seq: int
    touches: int
    customers: int
    share: Metric


def find_newcomers(log: PackedLog, *, now_us: int, days: int = NEW_DAYS) -> tuple[Newcomer, ...]:
    """Find the touchpoints and channels whose first touch lies within the last days before ``now_us``, the most
    frequent first. None where the whole log is no older than that: then everything is new.
    """
    since_us = now_us - days * _DAY_US
    if not len(log) or int(log.ts_us.min()) >= since_us:
        return ()
    found = []
    for field in _FIELDS:
        codes, names = log.codes[field], log.names[field]
        old = np.bincount(codes[log.ts_us < since_us], minlength=len(names)) > 0
        met = np.bincount(codes, minlength=len(names)) > 0
        found += [_tell(log, field, code) for code in np.flatnonzero(met & ~old).tolist() if names[code]]
    return tuple(sorted(found, key=lambda one: (-one.touches, one.field != "touchpoint", one.name)))


def _tell(log: PackedLog, field: str, code: int) -> Newcomer:
    mine = log.codes[field] == code
    rows = np.flatnonzero(mine)
    first = rows[np.lexsort((log.seq[rows], log.ts_us[rows]))[0]]
    since = log.ts_us >= log.ts_us[first]
    sample = gather(mine[since].astype(np.float64), log.row[since].astype(np.int64), scale=Scale.SHARE)
    return Newcomer(
        field=field,
        name=log.names[field][code],
        first_us=int(log.ts_us[first]),
        first_seq=int(log.seq[first]),
        touches=len(rows),
        customers=len(np.unique(log.row[rows])),
        share=report_metrics(sample, "share")[0],
    )


def count_elsewhere(log: PackedLog, journey: Journey) -> tuple[Count, ...]:
    """Count the touches of a journey's customers at touchpoints that stand in none of its stages, the most first.

    Its customers are those with its ``where`` who were met at any of its touchpoints.
    """
    log = take_customers(log, journey.where)
    codes, names = log.codes["touchpoint"], log.names["touchpoint"]
    planned = np.fromiter((name in set(journey.touchpoints) for name in names), dtype=np.bool_, count=len(names))
    theirs = np.bincount(log.row[planned[codes]], minlength=len(log.customers)) > 0
    counts = np.bincount(codes[theirs[log.row] & ~planned[codes]], minlength=len(names))
    found = [
        Count(name=names[code], count=int(counts[code])) for code in np.flatnonzero(counts).tolist() if names[code]
    ]
    return tuple(sorted(found, key=lambda one: (-one.count, one.name)))
