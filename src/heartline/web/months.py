"""Calendar months of a time zone: which are whole in the data, and where each begins and ends."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from heartline.language import write_date

MOST: Final = 24


def list_months(first_us: int, now_us: int, *, zone: str) -> tuple[str, ...]:
    """Return the months (“2026-10”) that lie whole between two times, the newest first, at most ``MOST``."""
    at = datetime.fromtimestamp(now_us / 1e6, ZoneInfo(zone))
    year, month = at.year, at.month
    found: list[str] = []
    while len(found) < MOST:
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
        name = f"{year:04d}-{month:02d}"
        if month_range(name, zone=zone)[0] < first_us:
            break
        found.append(name)
    return tuple(found)


def month_range(month: str, *, zone: str) -> tuple[int, int]:
    """Return when a month begins and when the next one does, in µs UTC."""
    year, place = (int(part) for part in month.split("-"))
    after = (year, place + 1) if place < 12 else (year + 1, 1)
    first, last = (datetime(*one, 1, tzinfo=ZoneInfo(zone)) for one in ((year, place), after))
    return int(first.timestamp()) * 1_000_000, int(last.timestamp()) * 1_000_000


def name_month(month: str) -> str:
    """“October 2026”."""
    year, place = (int(part) for part in month.split("-"))
    return write_date(datetime(year, place, 1), "yMMMM")  # noqa: DTZ001  # a month has no zone
