"""Differences: whether a number moved, and how sure we are. Verdicts of one page share one false-discovery budget."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from heartline.records import Difference, Metric, Verdict
from heartline.understand.intervals import FACTOR, find_interval, number, report_metrics
from heartline.understand.log import Floats, Mask
from heartline.understand.quantiles import Z95, find_p
from heartline.understand.samples import Sample

FEWEST = 30
"""Under so many customers on a side there is no verdict."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What one page may claim: which of its tests pass at a false discovery rate ``q``, and the level at which the
    intervals of those that pass must be shown so that interval and verdict agree (Benjamini & Yekutieli 2005).
    """

    passed: Mask
    level: float
    q: float

    @property
    def tested(self) -> int:
        """How many tests shared the budget."""
        return len(self.passed)


def measure_gap(
    now: Sample, before: Sample, *, z: Floats | float = Z95, rho: Floats | float = 0.0
) -> tuple[Floats, Floats, Floats]:
    """Return now − before with low and high, per cell, on the scale of the values.

    Square-and-add of the two intervals (Newcombe 1998; Zou & Donner 2008), so that each difference inherits the good
    manners of its own interval. ``rho`` is the correlation where customers are in both (Zou 2007).
    """
    low_now, high_now = find_interval(now, z)
    low_before, high_before = find_interval(before, z)
    gap = now.mean - before.mean
    down = _add(now.mean - low_now, high_before - before.mean, rho)
    up = _add(high_now - now.mean, before.mean - low_before, rho)
    return gap, gap - down, gap + up


def find_gap_p(now: Sample, before: Sample, *, rho: Floats | float = 0.0) -> Floats:
    """Return the p-value of each cell: the level at which its interval of the difference would just touch zero."""
    low = np.zeros(len(now.n))
    high = np.full(len(now.n), 12.0)
    for _ in range(40):
        z = (low + high) / 2
        _, bottom, top = measure_gap(now, before, z=z, rho=rho)
        outside = (bottom > 0) | (top < 0)
        low, high = np.where(outside, z, low), np.where(outside, high, z)
    p = find_p(low)
    return np.where(np.isfinite(now.mean - before.mean), p, 1.0)


def compare(
    now: Sample, before: Sample, name: str, *, rho: float = 0.0, z: float = Z95, version: int = 1
) -> Difference:
    """Return the difference of two one-cell samples with interval, p and verdict. ``z`` other than 1.96 is for an
    interval adjusted to a page's budget; both are counted by one ``version`` of the metric.
    """
    factor = FACTOR[now.scale]
    gap, low, high = (float(part[0]) * factor for part in measure_gap(now, before, z=z, rho=rho))
    p = float(find_gap_p(now, before, rho=rho)[0])
    enough = min(now.customers[0], before.customers[0]) >= FEWEST
    return Difference(
        before=report_metrics(before, name, version=version)[0],
        now=report_metrics(now, name, version=version)[0],
        value=number(gap),
        low=number(low),
        high=number(high),
        p=p if np.isfinite(gap) else None,
        verdict=judge(low, high, enough=bool(enough)),
    )


def judge(low: float, high: float, *, enough: bool) -> Verdict:
    """Say what may be said of a difference with this interval."""
    if not enough or not (np.isfinite(low) and np.isfinite(high)):
        return Verdict.TOO_FEW
    if low > 0:
        return Verdict.HIGHER
    return Verdict.LOWER if high < 0 else Verdict.NO_RELIABLE_CHANGE


def difference(now: Metric, before: Metric) -> Difference:
    """Return the difference of two metrics of different customers, by square-and-add of their intervals.

    For two metrics that share customers use ``questions.compare_answers``, which knows the correlation.
    """
    ends = (now.value, now.low, now.high, before.value, before.low, before.high)
    if any(end is None for end in ends):
        return Difference(before=before, now=now, value=None, low=None, high=None, p=None, verdict=Verdict.TOO_FEW)
    value, low, high, was, was_low, was_high = (float(end) for end in ends if end is not None)
    gap = value - was
    down, up = np.hypot(value - low, was_high - was), np.hypot(high - value, was - was_low)
    side = down if gap > 0 else up
    p = float(find_p(np.array([Z95 * abs(gap) / side]))[0]) if side > 0 else float(gap == 0)
    enough = min(now.customers, before.customers) >= FEWEST
    verdict = judge(gap - down, gap + up, enough=enough)
    return Difference(
        before=before, now=now, value=gap, low=float(gap - down), high=float(gap + up), p=p, verdict=verdict
    )


def spend_budget(p: Floats, *, q: float = 0.05) -> Budget:
    """Decide which tests of a page pass at a false discovery rate (Benjamini & Hochberg 1995)."""
    tested = len(p)
    ranked = np.sort(p)
    under = np.flatnonzero(ranked <= q * np.arange(1, tested + 1) / max(tested, 1))
    count = int(under[-1]) + 1 if len(under) else 0
    passed = p <= ranked[count - 1] if count else np.zeros(tested, dtype=np.bool_)
    return Budget(passed=passed, level=1 - q * max(count, 1) / max(tested, 1), q=q)


def _add(left: Floats, right: Floats, rho: Floats | float) -> Floats:
    with np.errstate(invalid="ignore"):
        return np.sqrt(np.maximum(left**2 + right**2 - 2 * np.asarray(rho) * left * right, 0))
