"""Samples: what an interval needs to know of many groups of answers at once, clustered by customer.

One entry per cell (a place, a week, a replicate of a simulation): the same arithmetic makes one tile and four thousand
replicates of its coverage test.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from heartline.understand.log import Floats, Ints


class Scale(StrEnum):
    """How the values of a sample lie: −1, 0, 1 for NPS; 0, 1 for a share; anything for a mean."""

    NPS = "nps"
    SHARE = "share"
    MEAN = "mean"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Sums of k cells, all arrays of shape (k,). ``mean`` and ``square`` are the means of the values and of their
    squares; ``variance`` is that of the mean, robust to customers who answered more than once (NaN under two of them).
    """

    scale: Scale
    n: Floats
    customers: Floats
    mean: Floats
    square: Floats
    variance: Floats

    @property
    def effective(self) -> Floats:
        """How many independent answers the n are worth (Kish): n over the design effect, never more than n.

        Where all answers agree there is no design effect to see; the customers are then the honest count.
        """
        plain = np.maximum(self.square - self.mean**2, 0) / np.maximum(self.n - 1, 1)
        with np.errstate(divide="ignore", invalid="ignore"):
            effect = self.variance / plain
            worth = np.where(plain > 1e-15, self.n / np.maximum(effect, 1), self.customers)
        worth = np.where(np.isfinite(worth), worth, self.customers)
        return np.where(self.customers == self.n, self.n, worth)

    def pick(self, cells: Ints | slice) -> Sample:
        """Return some of the cells."""
        return Sample(
            scale=self.scale,
            n=self.n[cells],
            customers=self.customers[cells],
            mean=self.mean[cells],
            square=self.square[cells],
            variance=self.variance[cells],
        )


def gather(values: Floats, customer: Ints, *, scale: Scale, cell: Ints | None = None, cells: int = 1) -> Sample:
    """Sum answers into cells. ``customer`` is any integer per answer; ``cell`` is in 0…cells − 1.

    The variance is the linearised one of a ratio of sums over customers, with the C / (C − 1) correction
    (Cochran 1977, §6; Liang & Zeger 1986).
    """
    cell = np.zeros(len(values), dtype=np.int64) if cell is None else cell.astype(np.int64)
    values = np.asarray(values, dtype=np.float64)
    n = np.bincount(cell, minlength=cells).astype(np.float64)
    total = np.bincount(cell, weights=values, minlength=cells).astype(np.float64)
    square = np.bincount(cell, weights=values**2, minlength=cells).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean, square = total / n, square / n
    group_cell, group_n, group_total = _sum_customers(values, customer, cell)
    customers = np.bincount(group_cell, minlength=cells).astype(np.float64)
    residual = group_total - mean[group_cell] * group_n
    spread = np.bincount(group_cell, weights=residual**2, minlength=cells)
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = spread / n**2 * customers / (customers - 1)
    variance[customers < 2] = np.nan
    return Sample(scale=scale, n=n, customers=customers, mean=mean, square=square, variance=variance)


def correlate(now: tuple[Floats, Ints], before: tuple[Floats, Ints]) -> float:
    """Return the correlation of two samples' means that share customers: each is (values, customer per answer).

    0 where nobody is in both. Used to keep a before/after difference of the same people from looking too uncertain.
    """
    sides = []
    for values, customer in (now, before):
        ids, place, counts = np.unique(customer, return_inverse=True, return_counts=True)
        total = np.bincount(place, weights=values)
        sides.append((ids, total - values.mean() * counts if len(values) else total))
    (now_ids, now_rest), (before_ids, before_rest) = sides
    _, left, right = np.intersect1d(now_ids, before_ids, assume_unique=True, return_indices=True)
    scale = float(np.sqrt((now_rest**2).sum() * (before_rest**2).sum()))
    return float((now_rest[left] * before_rest[right]).sum() / scale) if scale > 0 else 0.0


def count_people(customer: Ints) -> int:
    """Count the different customers among some indices of customers."""
    return int(np.count_nonzero(np.bincount(customer)))


def _sum_customers(values: Floats, customer: Ints, cell: Ints) -> tuple[Ints, Floats, Floats]:
    """Return the cell, the number of answers and their sum for each (cell, customer)."""
    if not len(values):
        return np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0)
    low = int(customer.min())
    width = int(customer.max()) - low + 1
    key = cell * width + (customer.astype(np.int64) - low)
    if not bool((key[1:] >= key[:-1]).all()):
        order = np.argsort(key, kind="stable")
        key, values = key[order], values[order]
    starts = np.concatenate(([0], np.flatnonzero(np.diff(key)) + 1))
    counts = np.diff(np.concatenate((starts, [len(key)]))).astype(np.float64)
    return key[starts] // width, counts, np.add.reduceat(values, starts)
