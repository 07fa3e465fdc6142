"""Weeks and buckets of time: the edges of what a trend or a spark shows, and scores filled into them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from heartline.records import Metric
from heartline.understand import Ints, PackedLog, Selection
from heartline.web.charts.trend import Week
from heartline.web.parts.words import day

DAY_US: Final = 86_400_000_000
WEEK_US: Final = 7 * DAY_US
_MOST: Final = 30


def last_midnight(now_us: int, zone: str) -> int:
    """Return the midnight that ends the last whole day of a zone, in µs UTC."""
    today = datetime.fromtimestamp(now_us / 1e6, ZoneInfo(zone)).date()
    return int(datetime.combine(today, time(), ZoneInfo(zone)).timestamp()) * 1_000_000


def find_end(log: PackedLog, now_us: int) -> int:
    """Return up to when something is known: now; where nothing came for four weeks, the end of what came. An export of
    last year is looked at as it stood then, for nothing of today can be said of it.
    """
    last = int(log.ts_us.max()) + 1 if len(log) else now_us
    return last if last < now_us - 4 * WEEK_US else now_us


def list_midnights(first_us: int, last_us: int, *, zone: str, days: int) -> list[int]:
    """Return every ``days``-th local midnight, from the first at or after ``first_us`` up to ``last_us``."""
    at = datetime.fromtimestamp(first_us / 1e6, UTC).astimezone(ZoneInfo(zone))
    date = at.date() if at.time() == time() else at.date() + timedelta(days=1)
    found: list[int] = []
    while True:
        edge = int(datetime.combine(date, time(), ZoneInfo(zone)).timestamp()) * 1_000_000
        if edge > last_us:
            return found
        found.append(edge)
        date += timedelta(days=days)


def cut_around(since_us: int, now_us: int, *, first_us: int) -> Ints:
    """Return edges of whole weeks before and after a date, about as many before as after, from 8 to 26 back.

    A rest of under four days joins the last week; nothing lies before ``first_us``.
    """
    after = max(1, round((now_us - since_us) / WEEK_US))
    before = min(26, max(8, after), max(1, (since_us - first_us) // WEEK_US))
    edges = [since_us + step * WEEK_US for step in range(-int(before), after)]
    return np.array([*edges, now_us], dtype=np.int64)


def cut_range(log: PackedLog, selection: Selection, *, zone: str, now_us: int) -> Ints:
    """Return edges of weeks over a selection's time, or of as many weeks together as keep it under 30 buckets."""
    if not len(log):
        return np.zeros(0, dtype=np.int64)
    first = int(log.ts_us.min()) if selection.from_us is None else selection.from_us
    last = min(int(log.ts_us.max()) + 1, now_us) if selection.to_us is None else min(selection.to_us, now_us)
    weeks = max(1, -(-(last - first) // (_MOST * WEEK_US)))
    first -= first % 1_000_000
    edges = list_midnights(first, last, zone=zone, days=7 * int(weeks))
    edges = [edge for edge in edges if last - edge >= 4 * DAY_US * weeks] or edges[:1] or [first]
    return np.array([*edges, max(last, edges[-1] + 1)], dtype=np.int64)


def fill_weeks(metrics: Sequence[Metric], edges_us: Ints, *, zone: str, now_us: int) -> tuple[Week, ...]:
    """Put each bucket's metric into what a trend or spark draws; its n are customers, by whom few is told."""
    return tuple(
        Week(
            label=day(int(edge), zone, now_us=now_us),
            value=metric.value,
            low=metric.low,
            high=metric.high,
            n=metric.customers,
            version=metric.version,
        )
        for metric, edge in zip(metrics, edges_us[:-1], strict=True)
    )
