"""Coincidences: what else changed in a segment on the day a score moved. They go with it; they do not cause it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heartline.understand.log import Floats, Ints, Mask, PackedLog
from heartline.understand.selection import values_of

FIELDS = ("partner", "product", "channel", "employee", "place")
_WINDOW_US = 28 * 86_400_000_000
_LEAST_ROWS = 50
_LEAST_SHIFT = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Coincidence:
    """A value whose share of a field's touches shifted at the date: shares 0…1 in the segment and elsewhere, in the
    four weeks before and after. ``alone`` says that it shifted here and not elsewhere; what shifted everywhere while
    the score moved only here (new boxes for all) is a decoy.
    """

    field: str
    value: str
    before: float
    now: float
    elsewhere_before: float | None
    elsewhere_now: float | None

    @property
    def alone(self) -> bool:
        """Whether nothing comparable happened elsewhere."""
        if self.elsewhere_before is None or self.elsewhere_now is None:
            return False
        return abs(self.elsewhere_now - self.elsewhere_before) < abs(self.now - self.before) / 3


def find_coincidences(
    log: PackedLog, *, field: str, value: str, since_us: int, from_us: int, to_us: int
) -> tuple[Coincidence, ...]:
    """Find the shifts of at least 20 points at a date: those of this segment alone first, then by size.

    ``field`` and ``value`` name the segment, both "" for everyone (then there is no elsewhere).
    """
    near = np.flatnonzero(
        (log.ts_us >= max(from_us, since_us - _WINDOW_US)) & (log.ts_us < min(to_us, since_us + _WINDOW_US))
    )
    inside, outside = _split(log, field, value, near)
    late = log.ts_us[near] >= since_us
    found: list[Coincidence] = []
    for name in FIELDS:
        if name == field or name not in log.codes:
            continue
        codes, width = log.codes[name][near].astype(np.int64), len(log.names[name])
        here = [_share(codes, width, inside & side) for side in (~late, late)]
        there = [_share(codes, width, outside & side) for side in (~late, late)]
        if here[0] is None or here[1] is None:
            continue
        shift = here[1] - here[0]
        known = there[0] is not None and there[1] is not None
        found.extend(
            Coincidence(
                field=name,
                value=log.names[name][code],
                before=float(here[0][code]),
                now=float(here[1][code]),
                elsewhere_before=float(there[0][code]) if known and there[0] is not None else None,
                elsewhere_now=float(there[1][code]) if known and there[1] is not None else None,
            )
            for code in np.flatnonzero(np.abs(shift) >= _LEAST_SHIFT)
        )
    found.sort(key=lambda one: (not one.alone, one.now < one.before, -abs(one.now - one.before), one.value))
    return tuple(found)


def find_entrance(log: PackedLog, *, field: str, value: str, from_us: int, first_us: int, last_us: int) -> int | None:
    """Return when something came into a segment, and only there, between two plausible dates of its change, in µs.

    Scores tell the week in which they moved; what came in that week (a courier, a product) tells the hour. None where
    nothing did.
    """
    rows = np.flatnonzero(log.ts_us >= from_us)
    inside, outside = _split(log, field, value, rows)
    entrances: list[tuple[float, int]] = []
    for name in FIELDS:
        if name == field or name not in log.codes:
            continue
        codes, ts, width = log.codes[name][rows].astype(np.int64), log.ts_us[rows], len(log.names[name])
        first = np.full(width, np.iinfo(np.int64).max)
        np.minimum.at(first, codes[inside], ts[inside])
        for code in np.flatnonzero((first >= first_us) & (first < last_us)):
            if code == 0:
                continue
            late = ts >= first[code]
            here, there = (_share(codes, width, side & late) for side in (inside, outside))
            alone = there is None or here is None or there[code] < here[code] / 3
            if here is not None and here[code] >= _LEAST_SHIFT and alone:
                entrances.append((float(here[code]), int(first[code])))
    return max(entrances)[1] if entrances else None


def _split(log: PackedLog, field: str, value: str, near: Ints) -> tuple[Mask, Mask]:
    """Tell which rows lie in the segment, and which in the others of its dimension."""
    found = values_of(log, field) if field else None
    if found is None:
        return np.ones(len(near), dtype=np.bool_), np.zeros(len(near), dtype=np.bool_)
    codes, names = found
    own = names.index(value) if value in names else -1
    mine = codes[near] == own
    return mine, ~mine & (codes[near] != 0)


def _share(codes: Ints, width: int, mask: Mask) -> Floats | None:
    """Return each value's share of the touches that name any; None where too few do."""
    counts = np.bincount(codes[mask], minlength=width).astype(np.float64)
    counts[0] = 0
    return counts / counts.sum() if counts.sum() >= _LEAST_ROWS else None
