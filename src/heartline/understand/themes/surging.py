"""Surges: a theme, or what fits no theme, is said by many more customers than is usual at this time of day.

Every five minutes of *event time* the customers who spoke of a theme in the last 20 and in the last 60 minutes are held
against what the 28 days before lead to expect at that time of day. The count expected is a negative binomial: chance,
that days differ (the dispersion of the days before), and that the rate itself is known from few. A customer counts once
a day and theme. The level of each look is such that over all looks and themes together a company where nothing happens
gets ``ALARMS_A_YEAR`` a year at most (Bonferroni: neighbouring looks overlap, so it is really less).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ALARMS_A_YEAR: Final = 1.0
"""How many false alarms a company gets a year at most, over all its themes."""
STEP_US: Final = 300_000_000
WINDOWS: Final = (4, 12)
"""Over how many steps is counted: 20 minutes and an hour."""
FEWEST: Final = 5
"""Under so many customers there is nothing to alarm about."""
_DAY: Final = 288
_YEAR: Final = 365 * _DAY
_DAYS: Final = 28
_FEWEST_DAYS: Final = 7
_NEAR: Final = 24
"""How many steps around the same time of day tell what is usual: two hours on each side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Surge:
    """A theme that surged, seen at ``seen_us``: ``customers`` spoke of it in the ``minutes`` before, ``expected`` would
    have been usual; ``chance`` is how likely so many or more are where nothing happened.
    """

    theme: int
    seen_us: int
    minutes: int
    customers: int
    expected: float
    chance: float


def find_surges(
    theme: Ints,
    ts_us: Ints,
    customer: Ints,
    *,
    after_us: int,
    until_us: int,
    alarms_a_year: float = ALARMS_A_YEAR,
) -> tuple[Surge, ...]:
    """Look at every step that ends after ``after_us`` and not after ``until_us``; return the first surge of each theme.

    Arrays of one length, one entry a comment: any number for its theme, its time, who said it.
    """
    first, last = after_us // STEP_US + 1, until_us // STEP_US
    if first > last or not len(theme):
        return ()
    theme, step = _first_words(theme, ts_us // STEP_US, customer)
    begun = int(step.min())
    names, place = np.unique(theme, return_inverse=True)
    level = alarms_a_year / (_YEAR * len(names) * len(WINDOWS))
    # Only what a look can see: the steps looked at, and the days before them.
    base = max(begun, first - max(WINDOWS) - (_DAYS + 1) * _DAY - _NEAR)
    width = last - base
    near = (step >= base) & (step < last)
    counts = np.zeros((len(names), max(0, width) + 1))
    np.add.at(counts, (place[near], step[near] - base + 1), 1)
    sums = counts.cumsum(axis=1)
    found: dict[int, Surge] = {}
    for look in range(first, last + 1):
        for window in WINDOWS:
            if look - window - _FEWEST_DAYS * _DAY < begun:
                continue
            for one in _look(sums, base, look, window, level):
                surge = Surge(
                    theme=int(names[one[0]]), seen_us=look * STEP_US, minutes=window * 5, customers=one[1],
                    expected=one[2], chance=one[3],
                )  # fmt: skip
                found.setdefault(surge.theme, surge)
    return tuple(sorted(found.values(), key=lambda one: (one.seen_us, one.chance)))


def _first_words(theme: Ints, step: Ints, customer: Ints) -> tuple[Ints, Ints]:
    """Keep of each customer, theme and day the first comment: who repeats himself is one customer."""
    order = np.lexsort((step, step // _DAY, theme, customer))
    keys = np.column_stack([customer[order], theme[order], step[order] // _DAY])
    new = np.ones(len(order), dtype=np.bool_)
    new[1:] = (keys[1:] != keys[:-1]).any(axis=1)
    return theme[order][new], step[order][new]


def _look(sums: Floats, base: int, look: int, window: int, level: float) -> list[tuple[int, int, float, float]]:
    """Return (place, customers, expected, chance) of each theme that surges in the window that ends with a step."""
    here = _between(sums, base, look - window, look)
    able = np.flatnonzero(here >= FEWEST)
    if not len(able):
        return []
    days = min(_DAYS, (look - window - base) // _DAY)
    usual = np.array(
        [
            _between(sums[able], base, look - window - day * _DAY - _NEAR, look - day * _DAY + _NEAR)
            for day in range(1, days + 1)
        ]
    )
    wide = window + 2 * _NEAR
    mean = (usual.sum(axis=0) + 0.5) / days * window / wide
    # Days that differ more than chance does: their rates do, by this share of themselves.
    daily = np.maximum(usual.mean(axis=0), 1e-9)
    uneven = np.maximum(0.0, usual.var(axis=0, ddof=1) - daily) / daily**2
    variance = mean + mean**2 * (uneven + 1 / (usual.sum(axis=0) + 0.5))
    chance = _tail(here[able], mean, variance)
    return [
        (int(able[i]), int(here[able[i]]), float(mean[i]), float(chance[i])) for i in np.flatnonzero(chance < level)
    ]


def _between(sums: Floats, base: int, first: int, last: int) -> Floats:
    """Return how many spoke in steps first … last − 1; outside what is held there is none."""
    width = sums.shape[1] - 1
    low, high = (min(width, max(0, step - base)) for step in (first, last))
    told: Floats = sums[:, high] - sums[:, low]
    return told


def _tail(count: Floats, mean: Floats, variance: Floats) -> Floats:
    """Return P(X ≥ count) of negative binomials with these means and variances."""
    from scipy.stats import nbinom  # noqa: PLC0415  # heavy: only where there is something to look at

    over = np.maximum(variance - mean, mean * 1e-6)
    told: Floats = nbinom.sf(count - 1, mean**2 / over, mean / (mean + over))
    return told
