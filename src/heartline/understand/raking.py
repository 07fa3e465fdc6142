"""Raking: an estimate of all who were asked, from those who answered, adjusted to what is known of all.

It mends who answers by what is known (a place, a segment). It cannot mend silence that comes of what they would have
said: who is content and who is cross may answer differently within each group, and nothing here can know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from heartline.understand.log import Floats, Ints, Mask
from heartline.understand.quantiles import Z95, widen_t

_ROUNDS = 200
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Margin:
    """One thing known of all: ``code`` of each who answered, and ``shares`` of all by code (they sum to 1)."""

    name: str
    code: Ints
    shares: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Raked:
    """An adjusted mean with its 95 % interval, on the values' scale; NaN where nothing can be said.

    ``n`` answered and are worth ``effective`` (Kish 1965). ``unreached`` is the share of all in groups of which nobody
    answered: of them it says nothing. ``heaviest`` is the largest weight beside the mean one.
    """

    value: float
    low: float
    high: float
    n: int
    effective: float
    unreached: float
    heaviest: float


def rake(values: Floats, margins: Sequence[Margin]) -> Raked:
    """Return the mean of all, from those who answered (Deming & Stephan 1940).

    ``values`` is one a person. The interval is by linearisation: what the margins explain is known, so only what they
    leave counts (Deville & Särndal 1992), widened by t for the groups that were fitted.
    """
    n = len(values)
    if n < 2:
        value = float(values[0]) if n else np.nan
        return Raked(value=value, low=np.nan, high=np.nan, n=n, effective=float(n), unreached=1.0 - n, heaviest=1.0)
    reached = [np.bincount(one.code, minlength=len(one.shares)) > 0 for one in margins]
    unreached = max((float(one.shares[~met].sum()) for one, met in zip(margins, reached, strict=True)), default=0.0)
    weight = _fit(n, margins, reached)
    value = float((weight * values).sum() / weight.sum())
    left, free = _leave(values, weight, margins)
    error = float(np.sqrt(((weight * left) ** 2).sum())) / float(weight.sum())
    half = float(widen_t(np.asarray(Z95), np.asarray(free))) * error
    return Raked(
        value=value,
        low=value - half,
        high=value + half,
        n=n,
        effective=float(weight.sum() ** 2 / (weight**2).sum()),
        unreached=unreached,
        heaviest=float(weight.max() / weight.mean()),
    )


def _fit(n: int, margins: Sequence[Margin], reached: Sequence[Mask]) -> Floats:
    """Return a weight a person, so that every group weighs what it does among all whose group answered."""
    weight = np.ones(n)
    for _ in range(_ROUNDS):
        before = weight
        for one, met in zip(margins, reached, strict=True):
            wanted = np.where(met, one.shares, 0.0)
            wanted = wanted * n / max(float(wanted.sum()), _CLOSE)
            held = np.bincount(one.code, weights=weight, minlength=len(one.shares))
            weight = weight * np.where(held > 0, wanted / np.maximum(held, _CLOSE), 0.0)[one.code]
        if float(np.abs(weight - before).max()) < _CLOSE * n:
            break
    return weight


def _leave(values: Floats, weight: Floats, margins: Sequence[Margin]) -> tuple[Floats, int]:
    """Return what the margins leave of the values unexplained, and how many people more than groups there are.

    What a person pulls their own group's mean towards themselves is undone (HC2, MacKinnon & White 1985): in a group of
    a few that is much.
    """
    columns = [np.ones(len(values))]
    for one in margins:
        columns += [(one.code == code).astype(np.float64) for code in np.unique(one.code) if code > 0]
    root = np.sqrt(weight)
    design = np.stack(columns, axis=1) * root[:, None]
    base, singular, _right = np.linalg.svd(design, full_matrices=False)
    base = base[:, singular > singular.max() * 1e-10]
    pulled = (base**2).sum(axis=1)
    left = (root * values - base @ (base.T @ (root * values))) / np.maximum(root, _CLOSE)
    return left / np.sqrt(np.maximum(1 - pulled, 1e-3)), max(len(values) - base.shape[1], 1)
