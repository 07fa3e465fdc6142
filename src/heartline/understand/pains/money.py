"""Money: what a pain costs a quarter if it is the cause, as a range, against comparable people it spared.

The difference in who orders next is a regression of the outcome on being touched and on what was so before: orders
until then, the last one's amount, how long they have been customers, their traits. Its variance is clustered by
customer; the range follows by the delta method. What cannot be compared because a trait all but decides who is touched
(the region of a regional courier) is left out, and not claimed as adjusted for.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heartline.understand.log import Floats, Ints, Mask, PackedLog
from heartline.understand.pains.nouns import QUARTER_US, Worth
from heartline.understand.pains.orders import Orders
from heartline.understand.quantiles import Z95, find_p

FEWEST_KNOWN = 60
"""A side needs so many customers whose outcome is known before money is spoken of."""
_DECIDES = 0.5
_FEW_OF_A_KIND = 5
_DAY_US = 86_400_000_000
_YEAR_US = 365 * _DAY_US
_SECONDS = 1 << 33
_NEVER = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """Who was touched and who was spared: one row a customer (or a try of a process), with the time it happened.

    ``outcome`` is 1 where an order followed, 0 where none did, NaN where nobody knows yet. ``counted`` marks those
    touched in the quarter, for whom the money is told.
    """

    customer: Ints
    at_us: Ints
    touched: Mask
    outcome: Floats
    counted: Mask
    of_tries: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fit:
    """A difference in outcome with its standard error; ``names`` are what it is adjusted for."""

    lost: float
    error: float
    baseline: float
    freedom: int
    names: tuple[str, ...]


def pair_customers(log: PackedLog, rows: Ints, touched: Mask, orders: Orders, *, since_us: int, now_us: int) -> Units:
    """Make units of the customers who passed somewhere (``rows``, ascending): one a customer and window of time.

    Windows are as long as since ``since_us`` or a quarter, whichever is shorter, back from now over a year; whoever was
    ``touched`` in one is touched by the first row that is, else spared by the first. A spared unit whose customer was
    touched before the outcome was known tells nothing.
    """
    width = min(QUARTER_US, max(now_us - since_us, _DAY_US)) if since_us else QUARTER_US
    window = (now_us - 1 - log.ts_us[rows]) // width
    near = window < max(_YEAR_US // width, 1)
    rows, touched, window = rows[near], touched[near], window[near]
    owner = log.row[rows].astype(np.int64)
    order = np.lexsort((log.ts_us[rows], ~touched, window, owner))
    rows, touched, window, owner = rows[order], touched[order], window[order], owner[order]
    first = np.ones(len(rows), dtype=np.bool_)
    first[1:] = (owner[1:] != owner[:-1]) | (window[1:] != window[:-1])
    at, hit, owner = log.ts_us[rows[first]], touched[first], owner[first]
    outcome, when = orders.decide(owner, at)
    spoilt = ~hit & (_next_touch(log, rows[touched], owner, at) < when)
    return Units(
        customer=owner,
        at_us=at,
        touched=hit,
        outcome=np.where(spoilt, np.nan, outcome),
        counted=hit & (at >= now_us - QUARTER_US),
    )


def _next_touch(log: PackedLog, rows: Ints, owner: Ints, at_us: Ints) -> Ints:
    """Return when each customer was next touched after a time, in µs; the farthest time where never."""
    rows = np.sort(rows)
    key = log.row[rows].astype(np.int64) * _SECONDS + log.ts_us[rows] // 1_000_000
    place = np.searchsorted(key, owner * _SECONDS + at_us // 1_000_000, side="right")
    inside = np.minimum(place, max(len(rows) - 1, 0))
    same = (place < len(rows)) & (log.row[rows[inside]] == owner) if len(rows) else place < 0
    return np.where(same, log.ts_us[rows[inside]], _NEVER) if len(rows) else np.full(len(at_us), _NEVER)


def first_touches(log: PackedLog, units: Units) -> Ints:
    """Return when each customer of the log was first touched, in µs; the farthest time where never."""
    first = np.full(len(log.customers), _NEVER)
    np.minimum.at(first, units.customer[units.touched], units.at_us[units.touched])
    return first


def estimate_worth(log: PackedLog, units: Units, orders: Orders, *, each: tuple[float, float, float]) -> Worth | None:
    """Estimate what a pain costs; None where too few outcomes are known on a side.

    ``each`` is what an order is worth: (itself, with those that follow, relative error).
    """
    known = np.flatnonzero(~np.isnan(units.outcome))
    touched = units.touched[known]
    sides = [len(np.unique(units.customer[known[side]])) for side in (touched, ~touched)]
    if min(sides) < FEWEST_KNOWN:
        return None
    fit = _fit(log, units, orders, known)
    order, worth, noise = each
    count = int(units.counted.sum())
    middle = count * fit.lost * worth
    half = Z95 * count * worth * float(np.hypot(fit.error, fit.lost * noise))
    t = fit.lost / fit.error
    return Worth(
        low=middle - half,
        middle=middle,
        high=middle + half,
        units=count,
        known=int(touched.sum()),
        spared=int((~touched).sum()),
        lost=fit.lost,
        lost_low=fit.lost - Z95 * fit.error,
        lost_high=fit.lost + Z95 * fit.error,
        baseline=fit.baseline,
        each_minor=worth,
        order_minor=order,
        follows=worth / max(order, 1e-9),
        adjusted_for=fit.names,
        of_tries=units.of_tries,
        pays=orders.pays,
        p=float(find_p(np.array([t]))[0]),
        robustness=find_robustness(t, fit.freedom),
        robustness_low=find_robustness(max(abs(t) - Z95, 0.0), fit.freedom),
    )


def find_robustness(t: float, freedom: int) -> float:
    """Return the robustness value of a regression's t (Cinelli & Hazlett 2020): a hidden cause that explains this share
    of the rest of both who is touched and who orders would bring the difference to nothing.
    """
    f2 = t * t / max(freedom, 1)
    return float((np.sqrt(f2 * f2 + 4 * f2) - f2) / 2)


def _fit(log: PackedLog, units: Units, orders: Orders, known: Ints) -> _Fit:
    touched = units.touched[known].astype(np.float64)
    columns, names = _describe(log, units, orders, known)
    design = np.column_stack((touched, np.ones(len(known)), *columns))
    outcome = units.outcome[known]
    inverse = np.linalg.pinv(design.T @ design)
    weights = inverse @ (design.T @ outcome)
    rest = outcome - design @ weights
    _, who = np.unique(units.customer[known], return_inverse=True)
    count = int(who.max(initial=0)) + 1
    # Only the first coefficient is asked for: its influence per row, summed by customer.
    influence = np.bincount(who, weights=(design @ inverse[0]) * rest, minlength=count)
    freedom = max(len(known) - design.shape[1], 1)
    error = float(np.sqrt((influence**2).sum() * count / max(count - 1, 1) * len(known) / freedom))
    spared = touched == 0
    baseline = float(outcome[spared].mean()) if spared.any() else 0.0
    error = max(error, *(_least_error(outcome[side]) for side in (touched > 0, spared)))
    return _Fit(lost=-float(weights[0]), error=error, baseline=baseline, freedom=freedom, names=names)


def _least_error(outcome: Floats) -> float:
    """Return the standard error below which a share near all or nothing is not known: where fewer than five ordered, or
    did not, what is left of the regression says nothing of the noise (Agresti & Coull 1998: two of each are added).
    """
    n, hits = len(outcome), float(outcome.sum())
    if min(hits, n - hits) >= _FEW_OF_A_KIND:
        return 1e-9
    share = (hits + 2) / (n + 4)
    return float(np.sqrt(share * (1 - share) / (n + 4)))


def _describe(log: PackedLog, units: Units, orders: Orders, known: Ints) -> tuple[list[Floats], tuple[str, ...]]:
    """Return the columns of what was so before, centred, and what they are called."""
    customer, at = units.customer[known], units.at_us[known]
    count, last, tenure = orders.look_back(customer, at)
    columns = [np.log1p(count), np.log1p(last), np.log1p(tenure)]
    names = ["orders", "amount", "tenure"]
    touched = units.touched[known].astype(np.float64)
    for name, (codes, vocabulary) in log.traits.items():
        own = codes[customer].astype(np.int64)
        if not 2 <= len(vocabulary) <= 25:
            continue
        size = np.bincount(own, minlength=len(vocabulary))
        mean = np.bincount(own, weights=touched, minlength=len(vocabulary)) / np.maximum(size, 1)
        if np.var(mean[own]) >= _DECIDES * np.var(touched):
            continue
        present = np.flatnonzero(size >= 20)[1:]
        columns.extend((own == code).astype(np.float64) for code in present)
        if len(present):
            names.append(name)
    return [column - column.mean() for column in columns if np.ptp(column) > 0], tuple(names)
