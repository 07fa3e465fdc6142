"""Shapley shares of R²: what each driver adds to it, averaged over every order in which they may come.

They are non-negative and sum to R² (Lindeman, Merenda & Gold 1980; Grömping 2006). Matrices of correlation come in
batches, (B, K + 1, K + 1), the score last: one pass serves an estimate and all its bootstrap replicates.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import factorial
from typing import Final

import numpy as np

from heartline.understand.log import Floats, Ints, Mask

EXACT: Final = 10
"""Up to so many drivers all 2^K subsets are looked at; above, ``ORDERS`` orders."""
ORDERS: Final = 128
SMALL: Final = 200_000
"""So many products a matrix multiplication may take and is still done by the thread that asks: BLAS shares larger ones
among threads, and to wait for these thousands of times costs several times the work where the cores are busy.
"""
_RIDGE: Final = 1e-9
"""Keeps a pivot from being nothing where a bootstrap replicate lost all of a rare driver."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coalitions:
    """For one driver: sets of the others that may come before it, (M, K) without itself, and the weight of each."""

    before: Mask
    weight: Floats


def share_r2(matrices: Floats, orders: Ints | None = None) -> Floats:
    """Return each driver's share of R², (B, K): exactly, or averaged over the orders given, (M, K)."""
    count = matrices.shape[-1] - 1
    steady = matrices + np.eye(count + 1) * _RIDGE
    if orders is not None:
        return _share_by_orders(steady, orders)
    explained = np.zeros((len(matrices), 1 << count))
    _descend(steady, explained, 0, 0)
    every = np.arange(1 << count)
    size = _count_bits(every, count)
    shares = np.empty((len(matrices), count))
    for one in range(count):
        without = every[(every >> one) & 1 == 0]
        weight = _weigh(size[without], count)
        shares[:, one] = (explained[:, without | (1 << one)] - explained[:, without]) @ weight
    return shares


def choose_orders(count: int, *, most: int = ORDERS, seed: int = 0) -> Ints | None:
    """Return orders to average over, each with its reverse; None where ``count`` drivers can be had exactly."""
    if count <= EXACT:
        return None
    rng = np.random.default_rng(seed)
    half = np.stack([rng.permutation(count) for _ in range(most // 2)])
    return np.concatenate((half, half[:, ::-1])).astype(np.int64)


def list_coalitions(count: int, one: int, orders: Ints | None) -> Coalitions:
    """Return what may come before a driver: every subset of the others, or what comes before it in the orders."""
    if orders is None:
        every = np.arange(1 << count)
        without = every[(every >> one) & 1 == 0]
        before = ((without[:, None] >> np.arange(count)) & 1).astype(np.bool_)
        return Coalitions(before=before, weight=_weigh(before.sum(axis=1), count))
    rank = np.argsort(orders, axis=1)
    return Coalitions(before=rank < rank[:, one : one + 1], weight=np.full(len(orders), 1 / len(orders)))


def share_one(matrix: Floats, one: int, changed: Floats, coalitions: Coalitions) -> Floats:
    """Return the share that driver ``one`` would have if its correlations were others, (B, K + 1) with the score last:
    what a permutation test asks thousands of times. All other correlations are those of ``matrix``.
    """
    count = len(matrix) - 1
    before = coalitions.before.astype(np.float64)
    held = before[:, :, None] * before[:, None, :] * matrix[:count, :count]
    held += np.eye(count) * (1 - before[:, None, :] + _RIDGE)
    inverse = np.linalg.inv(held) * before[:, :, None] * before[:, None, :]
    slopes = inverse @ matrix[:count, count]
    shares = np.empty(len(changed))
    step = max(1, SMALL // (count * max(count, len(slopes))))
    for first in range(0, len(changed), step):
        some = changed[first : first + step]
        rivals = np.where(np.arange(count) == one, 0.0, some[:, :count]).T
        gain = (some[:, count] - slopes @ rivals) ** 2  # (M, B)
        left = 1 - ((inverse @ rivals) * rivals).sum(axis=1)
        shares[first : first + step] = (coalitions.weight[:, None] * gain / np.maximum(left, _RIDGE)).sum(axis=0)
    return shares


def find_inflation(matrix: Floats) -> Floats:
    """Return each driver's variance inflation factor from the drivers' own correlations, (K, K)."""
    if not len(matrix):
        return np.zeros(0)
    factors: Floats = np.diag(np.linalg.inv(matrix + np.eye(len(matrix)) * _RIDGE))
    return factors


def _share_by_orders(matrices: Floats, orders: Ints) -> Floats:
    count = matrices.shape[-1] - 1
    shares = np.zeros((len(matrices), count))
    for order in orders:
        placed = np.append(order, count)
        root = np.linalg.cholesky(matrices[:, placed[:, None], placed])
        shares[:, order] += root[:, -1, :-1] ** 2
    return shares / len(orders)


def _descend(left: Floats, explained: Floats, held: int, first: int) -> None:
    """Take one more driver out of what is left, and so on: each subset is met once (Gaussian elimination)."""
    for place in range(left.shape[-1] - 1):
        column = left[:, place + 1 :, place]
        pivot = np.maximum(left[:, place, place], _RIDGE)[:, None, None]
        rest = left[:, place + 1 :, place + 1 :] - column[:, :, None] * column[:, None, :] / pivot
        subset = held | (1 << (first + place))
        explained[:, subset] = 1 - rest[:, -1, -1]
        _descend(rest, explained, subset, first + place + 1)


def _count_bits(values: Ints, width: int) -> Ints:
    counted: Ints = ((values[:, None] >> np.arange(width)) & 1).sum(axis=1)
    return counted


def _weigh(size: Ints, count: int) -> Floats:
    """Shapley's weight of a coalition by its size."""
    table = np.array([factorial(n) * factorial(count - 1 - n) / factorial(count) for n in range(count)])
    return table[size]
