"""When a touch happened: the sender's clock is corrected by ours (C7).

``timestamp = received − (sent − original)``, applied where both are known; never later than received.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

DAY_US: Final = 24 * 60 * 60 * 1_000_000
LATEST_US: Final = 253_402_300_799_999_999
"""The last microsecond of the year 9999."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH: Final = datetime(1970, 1, 1)  # noqa: DTZ001  # what names no zone is UTC, and so is this
_SPELT_UTC: Final = re.compile(r"\s*(UTC|GMT)$", re.IGNORECASE)


class Moment(Struct, frozen=True):
    """The times of one event in microseconds UTC. ``skewed``: the sender's clock is more than a day off."""

    ts_us: int
    sent_us: int | None
    original_us: int | None
    skewed: bool


def read_time(value: object) -> int | None:
    """Read an ISO 8601 string (zoneless means UTC) or a number of seconds, milliseconds or microseconds since 1970."""
    if type(value) is str:
        return _read_iso(value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _read_epoch(value)
    return None


def correct_time(*, received_us: int, sent_us: int | None, original: object, stated: object) -> Moment | None:
    """Derive when an event happened. ``sent_us`` is None where it was not said, or cannot be read.

    ``original`` is the client's call time, ``stated`` its ``timestamp`` field, which stands in for a missing call time.
    Returns None where times were given but none of them can be read, or the event would lie before 1970.
    """
    skewed = sent_us is not None and abs(received_us - sent_us) > DAY_US
    original_us = None if original is None else read_time(original)
    if original_us is None:
        original_us = read_time(stated)
        if original_us is None:
            given = _is_given(original) or _is_given(stated)
            return None if given else Moment(received_us, sent_us, None, skewed)
    ts_us = original_us if sent_us is None else received_us - (sent_us - original_us)
    if ts_us < 0:
        return None
    return Moment(ts_us if ts_us < received_us else received_us, sent_us, original_us, skewed)  # noqa: FURB136  # for each event


def _is_given(value: object) -> bool:
    return value is not None and value != ""


def _read_iso(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = datetime.fromisoformat(_SPELT_UTC.sub("", text.strip()))
        except ValueError:
            return None
    try:
        since = moment - (_EPOCH if moment.tzinfo else _NAIVE_EPOCH)
    except OverflowError:
        return None
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _read_epoch(number: float) -> int | None:
    size = abs(number)
    if size < 1e11:
        number *= 1_000_000
    elif size < 1e14:
        number *= 1_000
    elif size > LATEST_US:
        return None
    return round(number)
