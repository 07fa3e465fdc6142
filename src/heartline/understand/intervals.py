"""Intervals: how far off a number may be. Clustered by customer throughout; the papers stand in numbers.md."""

from __future__ import annotations

import numpy as np

from heartline.language import mark
from heartline.records import Metric
from heartline.understand.log import Floats, Ints
from heartline.understand.quantiles import Z95, widen_t
from heartline.understand.samples import Sample, Scale, gather

FACTOR = {Scale.NPS: 100.0, Scale.SHARE: 1.0, Scale.MEAN: 1.0}
"""From a sample's own values to the metric's scale."""

METHODS = {
    Scale.NPS: mark("adjusted Wald"),
    Scale.SHARE: mark("Wilson"),
    Scale.MEAN: mark("t over customers"),
}


def find_interval(sample: Sample, z: Floats | float = Z95) -> tuple[Floats, Floats]:
    """Return low and high of each cell, on the scale of its values; NaN where nothing can be said.

    NPS: adjusted Wald with three pseudo-answers (Rocks 2016). Shares: Wilson (1927). Both count effective answers where
    customers answered more than once (Korn & Graubard 1998) and widen by t. Means: cluster-robust t.
    """
    z = np.asarray(z, dtype=np.float64)
    spread = widen_t(z, sample.customers - 1)
    if sample.scale is Scale.MEAN:
        with np.errstate(invalid="ignore"):
            half = spread * np.sqrt(sample.variance)
        return sample.mean - half, sample.mean + half
    repeated = sample.customers < sample.n
    spread = np.where(repeated, spread, z)
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        if sample.scale is Scale.NPS:
            low, high = _adjust_wald(sample, spread)
        else:
            low, high = _wilson(sample, spread)
    empty = sample.n == 0
    floor = -1.0 if sample.scale is Scale.NPS else 0.0
    low = np.where(np.isfinite(low), np.clip(low, floor, 1), floor)
    high = np.where(np.isfinite(high), np.clip(high, floor, 1), 1.0)
    return np.where(empty, np.nan, low), np.where(empty, np.nan, high)


def report_metrics(sample: Sample, name: str, *, version: int = 1) -> tuple[Metric, ...]:
    """Turn each cell into a metric with its 95 % interval, on the metric's own scale."""
    low, high = find_interval(sample)
    factor = FACTOR[sample.scale]
    repeated = sample.customers < sample.n
    return tuple(
        Metric(
            name=name,
            value=number(sample.mean[i] * factor),
            low=number(low[i] * factor),
            high=number(high[i] * factor),
            n=int(sample.n[i]),
            customers=int(sample.customers[i]),
            method=METHODS[sample.scale] + (", clustered by customer" if repeated[i] else ""),
            version=version,
        )
        for i in range(len(sample.n))
    )


def number(value: float) -> float | None:
    """Return a plain float, or None for NaN and infinity."""
    return float(value) if np.isfinite(value) else None


def read_quantile(ordered: Floats, share: float) -> float:
    """Return a quantile of ascending values as ``np.quantile`` has it, to the last bit, without looking at all."""
    place = share * (len(ordered) - 1)
    floor = int(place)
    low, high, part = ordered[floor], ordered[min(floor + 1, len(ordered) - 1)], place - floor
    return float(low + (high - low) * part if part < 0.5 else high - (high - low) * (1 - part))


def find_quantile_interval(
    values: Floats, customer: Ints, *, share: float = 0.5, ordered: Floats | None = None
) -> tuple[float, float, float]:
    """Return a quantile and its 95 % interval, on the values' scale; NaN when there are no values.

    ``ordered`` are the values ascending, if known.

    Woodruff (1952): an interval for the share of values at or below the quantile, clustered by customer, read back
    through the ordered values. With one value a customer it is the order-statistic interval.
    """
    if not len(values):
        return np.nan, np.nan, np.nan
    ordered = np.sort(values) if ordered is None else ordered
    middle = read_quantile(ordered, share)
    below = gather((values <= middle).astype(np.float64), customer, scale=Scale.SHARE)
    half = float(widen_t(Z95, below.customers - 1)[0]) * float(np.sqrt(share * (1 - share) / below.effective[0]))
    if not np.isfinite(half):
        return middle, float(ordered[0]), float(ordered[-1])
    n = len(ordered)
    low = int(np.clip(np.round((share - half) * n), 1, n)) - 1
    high = int(np.clip(np.round((share + half) * n) + 1, 1, n)) - 1
    return middle, float(min(ordered[low], middle)), float(max(ordered[high], middle))


def _adjust_wald(sample: Sample, spread: Floats) -> tuple[Floats, Floats]:
    worth = sample.effective
    with_pseudo = worth + 3
    up = ((sample.square + sample.mean) / 2 * worth + 0.75) / with_pseudo
    down = ((sample.square - sample.mean) / 2 * worth + 0.75) / with_pseudo
    centre = up - down
    half = spread * np.sqrt(np.maximum(up + down - centre**2, 0) / with_pseudo)
    return centre - half, centre + half


def _wilson(sample: Sample, spread: Floats) -> tuple[Floats, Floats]:
    worth, share = sample.effective, sample.mean
    squared = spread**2
    centre = (share + squared / (2 * worth)) / (1 + squared / worth)
    half = spread / (1 + squared / worth) * np.sqrt(share * (1 - share) / worth + squared / (4 * worth**2))
    return centre - half, centre + half
