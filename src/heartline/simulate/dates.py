"""When things happen at Harbour & Bean: every planted date, counted back from the end of the simulation.

Times are microseconds UTC. The company lives by UTC, so that a day starts where the calendar of a test says it does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from heartline.simulate.stories import HANDOFF_WEEKS, NOTICE_WEEKS, PRICE_WEEKS

SECOND: Final = 1_000_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
WEEK: Final = 7 * DAY
MONTH: Final = 30 * DAY + 10 * HOUR + 30 * MINUTE

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """The calendar of one simulation. ``start_us <= t < end_us`` for every event; the planted dates lie at midnight
    except ``burnt_us`` (10:05).
    """

    start_us: int
    end_us: int
    today_us: int
    switch_us: int
    pickup_step_us: int
    one_tap_us: int
    burnt_us: int
    notice_us: int
    handoff_us: int
    price_us: int
    oven_us: int
    cards_us: int
    order_ahead_us: int


def lay_dates(*, end_us: int, months: int) -> Dates:
    """Count every planted date back from the midnight before ``end_us``."""
    today = end_us - end_us % DAY
    start = today - months * MONTH
    start -= start % DAY
    return Dates(
        start_us=start,
        end_us=end_us,
        today_us=today,
        switch_us=today - 12 * WEEK,
        pickup_step_us=today - 10 * WEEK,
        one_tap_us=today - 3 * WEEK,
        burnt_us=today - 5 * DAY + 10 * HOUR + 5 * MINUTE,
        notice_us=today - NOTICE_WEEKS * WEEK,
        handoff_us=today - HANDOFF_WEEKS * WEEK,
        price_us=today - PRICE_WEEKS * WEEK,
        oven_us=today - 5 * WEEK,
        cards_us=max(start, today - 38 * WEEK),
        order_ahead_us=max(start, today - 30 * WEEK),
    )


def write_iso(at_us: int) -> str:
    """Write a moment as ISO 8601 with milliseconds and Z, the way the public SDKs do."""
    moment = _EPOCH + timedelta(microseconds=int(at_us))
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
