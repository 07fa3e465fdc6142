"""Promises: what an interaction says was promised, and what became of it.

A sender tells it in the event's properties: ``promised`` (a day, ``2026-11-14``), ``promised_minutes``,
``promised_hours`` or ``promised_days`` with what it took under ``minutes``, ``hours`` or ``days``, and ``late``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

_CALLED_OFF: Final = frozenset(
    {
        "canceled", "cancelled", "cancelado", "cancelada", "annulé", "annullato", "storniert", "отменён", "отменен",
        "已取消",
    }
)  # fmt: skip
UNITS: Final = {"minutes": 60.0, "hours": 3_600.0, "days": 86_400.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """``promised_s`` and ``took_s`` are durations in seconds, ``due`` is the day named; None where it was not said.
    ``late`` None: nothing has been delivered yet that could be; ``called_off``: nor need be, the order was cancelled.
    """

    promised_s: float | None = None
    took_s: float | None = None
    due: date | None = None
    late: bool | None = None
    called_off: bool = False


def read_promise(properties: str) -> Promise | None:
    """Read the promise out of an interaction's properties (a JSON object); None where none was made."""
    try:
        told = json.loads(properties) if "promised" in properties else None
    except (ValueError, RecursionError):
        return None
    return find_promise(told) if isinstance(told, dict) else None


def find_promise(told: Mapping[str, object]) -> Promise | None:
    """Find the promise among properties that were read; None where none was made."""
    promised = took = None
    for unit, seconds in UNITS.items():
        size = _number(told.get(f"promised_{unit}"))
        if size is not None:
            done = _number(told.get(unit))
            promised, took = size * seconds, None if done is None else done * seconds
            break
    due = _day(told.get("promised"))
    if promised is None and due is None:
        return None
    said = told.get("late")
    late = said if isinstance(said, bool) else None
    if late is None and promised is not None and took is not None:
        late = took > promised
    off = late is None and _is_called_off(told)
    return Promise(promised_s=promised, took_s=took, due=due, late=late, called_off=off)


def _is_called_off(told: Mapping[str, object]) -> bool:
    """Whether properties say in a status that an order was cancelled: then nothing is owed."""
    return any(
        "status" in name.lower() and isinstance(said, str) and said.strip().lower() in _CALLED_OFF
        for name, said in told.items()
    )


def count_days_late(promise: Promise, ts_us: int, zone: str) -> int | None:
    """Return how many days after the one named a touch came, in the workspace's zone, 0 where it was not late; None
    where no day was named, or it is not over and nobody said that it was kept.
    """
    if promise.due is None:
        return None
    days = (datetime.fromtimestamp(ts_us / 1e6, ZoneInfo(zone)).date() - promise.due).days
    if promise.late is None:
        return days if days > 0 else None
    return max(days, 0) if promise.late else 0


def keep_promise(properties: str) -> str:
    """Return only what properties say of a promise, for readers who may not see what else was sent along."""
    promise = read_promise(properties)
    if promise is None:
        return "{}"
    told = json.loads(properties)
    names = [name for unit in UNITS for name in (f"promised_{unit}", unit)]
    kept: dict[str, object] = {name: told[name] for name in names if _number(told.get(name)) is not None}
    due = _day(told.get("promised"))
    if due is not None:
        kept["promised"] = due.isoformat()
    if isinstance(told.get("late"), bool):
        kept["late"] = told["late"]
    if promise.called_off:
        kept["status"] = "cancelled"
    return json.dumps(kept)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Not a number and what no float holds are no less than this.
    return float(value) if 0 <= value < 1e7 else None


def _day(value: object) -> date | None:
    try:
        return date.fromisoformat(value[:10]) if isinstance(value, str) else None
    except ValueError:
        return None
