"""Changes: when many series of answers moved, found in weekly sums, with a stated false-alarm rate.

A cell is a series (Delivery in the North). For each, a few dates are tried; the price of trying several is paid by
multiplying the p-value by their number, and what passes is checked again by flipping the signs of whole customers
(wild cluster bootstrap, Cameron, Gelbach & Miller 2008), which keeps one customer's answers together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heartline.understand.log import Floats, Ints

DAY_US = 86_400_000_000
WEEK_US = 7 * DAY_US
SPLITS = np.array([2, 3, 4, 6, 8, 10, 12, 16, 20, 26])
"""Weeks back at which a change is sought: close together where it is fresh."""
HORIZON_WEEKS = 52
"""What lies further back is not compared with."""
_LEAST_ANSWERS = 100
_FLIPS = 199
_LIKELY = 10.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Weekly:
    """Sums by (cell, week): ``n``, ``total`` and ``square`` of shape (cells, weeks), column 0 the last week."""

    n: Floats
    total: Floats
    square: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """The best split of each cell: ``weeks`` back (0: too few answers to try), its ``gap``, ``error`` and ``t`` as if
    every answer were a customer of its own (the exact test comes after, for those that look alive).
    """

    weeks: Ints
    gap: Floats
    error: Floats
    t: Floats


def count_weeks(ts_us: Ints, *, midnight_us: int) -> Ints:
    """Return how many weeks back each time lies, 0 for the last seven days; later than midnight counts as 0 too."""
    return np.maximum((midnight_us - 1 - ts_us) // WEEK_US, 0)


def sum_weeks(values: Floats, week: Ints, cell: Ints, *, cells: int) -> Weekly:
    """Sum answers by cell and week; negative cells and weeks beyond the horizon are left out."""
    inside = np.flatnonzero((cell >= 0) & (week < HORIZON_WEEKS))
    key = cell[inside] * HORIZON_WEEKS + week[inside]
    size, values = cells * HORIZON_WEEKS, values[inside]
    shape = (cells, HORIZON_WEEKS)
    return Weekly(
        n=np.bincount(key, minlength=size).reshape(shape).astype(np.float64),
        total=np.bincount(key, weights=values, minlength=size).reshape(shape).astype(np.float64),
        square=np.bincount(key, weights=values**2, minlength=size).reshape(shape).astype(np.float64),
    )


def scan_splits(weekly: Weekly, *, splits: Ints = SPLITS) -> Scan:
    """Find each cell's best split among some numbers of weeks back."""
    gap, error = _measure_splits(weekly, splits)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(error > 0, gap / error, 0.0)
    t = np.where(np.isfinite(t), t, 0.0)
    best = np.abs(t).argmax(axis=1)
    at = (np.arange(len(t)), best)
    tried = t[at] != 0
    return Scan(
        weeks=np.where(tried, splits[best], 0),
        gap=np.where(tried, gap[at], 0.0),
        error=np.where(tried, error[at], np.nan),
        t=t[at],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDate:
    """The midnight at which a series most likely moved, and the first and last ones that are about as likely."""

    best_us: int
    first_us: int
    last_us: int


def date_change(values: Floats, ts_us: Ints, *, midnight_us: int) -> ChangeDate:
    """Date a change to the day by its largest |t|; days within the 99 % likelihood set (Hansen 2000) are plausible."""
    day = np.maximum((midnight_us - 1 - ts_us) // DAY_US, 0)
    inside = np.flatnonzero(day < HORIZON_WEEKS * 7)
    day, values = day[inside], values[inside]
    size = HORIZON_WEEKS * 7
    sums = [np.bincount(day, weights=values**k, minlength=size).astype(np.float64)[None, :] for k in (0, 1, 2)]
    splits = np.arange(7, int(SPLITS.max()) * 7 + 1)
    gap, error = _measure_splits(Weekly(n=sums[0], total=sums[1], square=sums[2]), splits)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.nan_to_num(np.abs(gap[0] / error[0]), nan=0.0, posinf=0.0)
    likely = splits[t**2 >= t.max() ** 2 - _LIKELY]
    best, far, near = int(splits[int(t.argmax())]), int(likely.max()), int(likely.min())
    return ChangeDate(
        best_us=midnight_us - best * DAY_US, first_us=midnight_us - far * DAY_US, last_us=midnight_us - near * DAY_US
    )


def check_change(values: Floats, week: Ints, customer: Ints, *, seed: int = 0) -> float:
    """Return how often pure chance, customers kept whole, gives as large a |t| at any split: a p-value ≥ 0.005."""
    inside = week < HORIZON_WEEKS
    values, week = values[inside], week[inside]
    _, person = np.unique(customer[inside], return_inverse=True)
    rest = values - values.mean()
    seen = abs(float(scan_splits(sum_weeks(rest, week, np.zeros_like(week), cells=1)).t[0]))
    rng = np.random.default_rng(seed)
    signs = rng.integers(0, 2, size=(_FLIPS, int(person.max(initial=0)) + 1), dtype=np.int8) * 2 - 1
    cell = np.repeat(np.arange(_FLIPS), len(rest))
    flipped = (signs[:, person] * rest).ravel()
    t = scan_splits(sum_weeks(flipped, np.tile(week, _FLIPS), cell, cells=_FLIPS)).t
    return (1 + int((np.abs(t) >= seen).sum())) / (_FLIPS + 1)


def _measure_splits(weekly: Weekly, splits: Ints) -> tuple[Floats, Floats]:
    """Return the gap and its standard error for each (cell, split); 0 and NaN where a side has too few answers."""
    sides = []
    for table in (weekly.n, weekly.total, weekly.square):
        running = np.cumsum(table, axis=1)
        now = running[:, splits - 1]
        sides.append((now, running[:, -1:] - now))
    (n, n_before), (total, total_before), (square, square_before) = sides
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, mean_before = total / n, total_before / n_before
        variance = (square / n - mean**2) / n + (square_before / n_before - mean_before**2) / n_before
        enough = (n >= _LEAST_ANSWERS) & (n_before >= _LEAST_ANSWERS)
        return np.where(enough, mean - mean_before, 0.0), np.where(enough, np.sqrt(np.maximum(variance, 0)), np.nan)
