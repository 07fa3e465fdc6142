"""Weighing drivers: how much of the differences between scores goes with each, and whether it is more than chance.

Customers are the unit. A share of R² is never negative, so its bootstrap interval never holds nothing: whether a
driver goes with the score is told by a permutation test (the driver is dealt out anew among customers), all drivers of
a page under one false-discovery budget. The interval is a bootstrap's of customers, by percentiles.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from heartline.understand.differences import FEWEST, spend_budget
from heartline.understand.drivers.shapley import (
    SMALL,
    choose_orders,
    find_inflation,
    list_coalitions,
    share_one,
    share_r2,
)
from heartline.understand.log import Floats, Ints, Mask
from heartline.understand.samples import count_people

ALIKE: Final = 0.6
"""Two drivers that go together this closely share credit, and a page says so."""
SAME: Final = 0.98
"""Two that go together this closely are one: the later is left out."""
INFLATED: Final = 5.0
RESAMPLES: Final = 400
PERMUTATIONS: Final = 999
PERMUTATIONS_OF_MANY: Final = 499
MANY: Final = 20_000
MOST_TESTED: Final = 40_000
"""Of more answers the test takes those of customers drawn by lot: it sees what is worth acting on in so many."""
_GROUPS: Final = 500
_FEWEST_ALIKE: Final = 20
"""Customers are dealt anew among those with as many answers: so many at least, else they give some of theirs up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """Answers and what stood before each: ``score`` −1…+1, ``customer`` any integers, ``values`` (answers, drivers),
    NaN where a driver is not known of an answer (it then counts as the mean: it neither speaks for nor against).
    """

    score: Floats
    customer: Ints
    values: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """Of each driver, (K,): ``share`` of R² with its 95 % interval, ``p``, whether it ``passed`` the page's budget, its
    ``sign`` (0 where it did not pass), ``inflation`` of its variance by the others. ``alike`` are pairs that share
    credit, with their correlation. ``r2`` is what all together explain; ``tested`` answers took part in the test.
    """

    share: Floats
    low: Floats
    high: Floats
    p: Floats
    passed: Mask
    sign: Ints
    inflation: Floats
    alike: tuple[tuple[int, int, float], ...]
    r2: float
    n: int
    customers: int
    tested: int


def weigh(observed: Observed, *, seed: int = 0, permutations: int | None = None) -> Weights | None:
    """Weigh drivers against a score; None under 30 customers, without a driver, or where all gave the same score.

    At most three CPU seconds of 100,000 answers and two dozen drivers.
    """
    n, count = observed.values.shape
    customers = count_people(observed.customer) if n else 0
    if customers < FEWEST or not count or observed.score.std() < 1e-9:
        return None
    rng = np.random.default_rng(seed)
    columns = standardise(observed.values, observed.score)
    matrix = columns.T @ columns / n
    orders = choose_orders(count)
    share = share_r2(matrix[None], orders)[0]
    low, high = find_ends(columns, observed.customer, orders, rng)
    p, tested = deal_anew(observed, orders, permutations, rng)
    passed = spend_budget(p).passed
    return Weights(
        share=share,
        low=np.minimum(low, share),
        high=np.maximum(high, share),
        p=p,
        passed=passed,
        sign=np.where(passed, np.sign(matrix[:count, count]), 0).astype(np.int64),
        inflation=find_inflation(matrix[:count, :count]),
        alike=_pair(matrix[:count, :count]),
        r2=float(share.sum()),
        n=n,
        customers=customers,
        tested=tested,
    )


def find_same(values: Floats) -> dict[int, int]:
    """Return drivers that cannot be told from an earlier one, with that one; and those that never vary, with −1."""
    if not len(values):
        return {}
    filled = standardise(values)
    matrix = filled.T @ filled / len(values)
    same: dict[int, int] = {}
    for place in range(len(matrix)):
        if matrix[place, place] < 0.5:
            same[place] = -1
            continue
        twins = [other for other in range(place) if other not in same and abs(matrix[place, other]) >= SAME]
        if twins:
            same[place] = twins[0]
    return same


def standardise(values: Floats, score: Floats | None = None) -> Floats:
    """Bring columns to mean 0 and variance 1, the score last; what is not known lies at the mean."""
    every = values if score is None else np.column_stack((values, score))
    known = ~np.isnan(every)
    mean = np.where(known, every, 0).sum(axis=0) / np.maximum(known.sum(axis=0), 1)
    centred = np.where(known, every - mean, 0.0)
    spread = np.sqrt((centred**2).mean(axis=0))
    told: Floats = centred / np.where(spread > 1e-9, spread, 1.0)
    return told


def _pair(matrix: Floats) -> tuple[tuple[int, int, float], ...]:
    left, right = np.nonzero(np.triu(np.abs(matrix) >= ALIKE, 1))
    return tuple((int(one), int(other), float(matrix[one, other])) for one, other in zip(left, right, strict=True))


def find_ends(columns: Floats, customer: Ints, orders: Ints | None, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return the ends of 95 of 100 bootstrap shares. Many customers are dealt into groups and the groups resampled:
    groups of customers are as independent as customers are, and each then costs one small matrix.
    """
    people, place = np.unique(customer, return_inverse=True)
    groups = min(len(people), _GROUPS)
    group = (rng.permutation(len(people)) % groups)[place]
    order = np.argsort(group, kind="stable")
    whole = np.column_stack((np.ones(len(columns)), columns))[order]
    starts = np.searchsorted(group[order], np.arange(groups + 1))
    moments = np.stack([whole[first:last].T @ whole[first:last] for first, last in pairwise(starts)])
    drawn = rng.multinomial(groups, np.full(groups, 1 / groups), size=RESAMPLES).astype(np.float64)
    sums = np.tensordot(drawn, moments, axes=1)
    mean = sums[:, 0, 1:] / sums[:, :1, 0]
    spread = sums[:, 1:, 1:] / sums[:, :1, :1] - mean[:, :, None] * mean[:, None, :]
    scale = np.sqrt(np.maximum(np.diagonal(spread, axis1=1, axis2=2), 1e-12))
    shares = share_r2(spread / scale[:, :, None] / scale[:, None, :], orders)
    low, high = np.quantile(shares, [0.025, 0.975], axis=0)
    return low, high


def deal_anew(
    observed: Observed, orders: Ints | None, permutations: int | None, rng: np.random.Generator
) -> tuple[Floats, int]:
    """Return each driver's p-value, and how many answers took part.

    A driver's values are dealt anew among customers with as many answers, each customer's together and in their order,
    while the score and all other drivers stay: what it shares with them by chance alone is what chance makes of it.
    """
    blocks = _block(observed.customer, rng)
    rows = np.concatenate([block.ravel() for block in blocks])
    columns = standardise(observed.values[rows], observed.score[rows])
    count, n = observed.values.shape[1], len(rows)
    times = permutations or (PERMUTATIONS if n <= MANY else PERMUTATIONS_OF_MANY)
    matrix = columns.T @ columns / n
    size = min(n, max(1, SMALL // (count * (count + 1))))
    light = np.zeros((-(-n // size) * size, count + 1), dtype=np.float32)
    light[:n] = columns
    slices = light.reshape(-1, size, count + 1)
    starts = np.cumsum([0, *(block.size for block in blocks)])
    places = [
        np.arange(first, last).reshape(block.shape)
        for first, last, block in zip(starts[:-1], starts[1:], blocks, strict=True)
    ]
    changed = np.empty((count, times + 1, count + 1))
    changed[:, 0] = matrix[:count]
    dealt = np.arange(len(light))
    for turn in range(1, times + 1):
        dealt[:n] = np.concatenate([place[rng.permutation(len(place))].ravel() for place in places])
        moved = light[dealt, :count].reshape(-1, size, count).transpose(0, 2, 1)
        changed[:, turn] = (moved @ slices).sum(axis=0) / n
    p = np.empty(count)
    for one in range(count):
        told = share_one(matrix, one, changed[one], list_coalitions(count, one, orders))
        p[one] = float((told >= told[0] * (1 - 1e-9)).mean())
    return p, n


def _block(customer: Ints, rng: np.random.Generator) -> list[Ints]:
    """Return rows by customer, (customers, answers) for each number of answers; in each row of them the newest.

    Where too few customers gave so many answers, the oldest of these are left out, so that they stand with others.
    """
    order = np.argsort(customer, kind="stable")
    _people, first, times = np.unique(customer[order], return_index=True, return_counts=True)
    if len(customer) > MOST_TESTED:
        some = rng.permutation(len(first))
        some = np.sort(some[: int(np.searchsorted(np.cumsum(times[some]), MOST_TESTED)) + 1])
        first, times = first[some], times[some]
    last = first + times
    kept, sizes = times.copy(), np.unique(times)[::-1]
    for size, lower in pairwise(sizes):
        if (kept == size).sum() < _FEWEST_ALIKE:
            kept[kept == size] = lower
    blocks = []
    for size in np.unique(kept):
        ends = last[kept == size]
        blocks.append(order[ends[:, None] - size + np.arange(size)])
    return blocks
