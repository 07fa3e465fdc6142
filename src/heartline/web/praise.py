"""Praise: compliments of customers that name an employee, brought to that employee's own page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.records import Reading, Right, TextKind
from heartline.store import Entry
from heartline.web.visit import Visit

SHOWN: Final = 5
_MOST: Final = 200
_PLEASED: Final = 0.5
_SURE: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Praise:
    """A compliment that names the reader."""

    entry: Entry


def list_praise(visit: Visit) -> tuple[Praise, ...]:
    """Return the compliments that name the reader, the newest first: by the name that touches carry as their employee.

    A comment counts where it came with a score in the top quarter of its scale and does not sound negative, or reads
    as a compliment or as positive with a probability of 0.8.
    """
    me = visit.require_user().name.strip().casefold()
    if not me or not visit.may(Right.SEE_CUSTOMERS):
        return ()
    log = visit.whole_log
    codes = [code for code, name in enumerate(log.names["employee"]) if code and name.strip().casefold() == me]
    rows = np.flatnonzero(np.isin(log.codes["employee"], codes) & log.has_text)
    newest = rows[np.argsort(-log.ts_us[rows], kind="stable")][:_MOST]
    valence = {int(log.seq[row]): float(log.valence[row]) for row in newest}
    stores = visit.heartline.stores
    readings = stores.readings.readings(list(valence))
    found = [
        Praise(entry=entry)
        for entry in stores.history.entries(list(valence))
        if entry.text and is_praise(valence[entry.seq], readings.get(entry.seq))
    ]
    return tuple(sorted(found, key=lambda one: (-one.entry.ts_us, one.entry.seq)))


def is_praise(valence: float, reading: Reading | None) -> bool:
    """Whether a comment praises: by its score (−1…+1, NaN: none) and what was heard in it (None: not read)."""
    if reading is None:
        return valence > _PLEASED
    if reading.kind is TextKind.COMPLIMENT or reading.positive >= _SURE:
        return not valence < 0
    return valence > _PLEASED and reading.negative < _PLEASED and reading.kind is not TextKind.COMPLAINT
