"""Shrinkage: picked extremes come back, so they are pulled in before they are ranked (empirical Bayes)."""

from __future__ import annotations

import numpy as np

from heartline.understand.log import Floats

_ROUNDS = 60


def shrink_family(values: Floats, errors: Floats) -> Floats:
    """Pull a family of like groups (cafés, teams) towards their common mean (Efron & Morris 1975).

    ``errors`` are standard errors; the spread between groups is found by iterating its moment equation
    (Paule & Mandel 1982). Identical groups all get the mean; returns the shrunken values.
    """
    noise = errors**2
    between = 0.0
    for _ in range(_ROUNDS):
        weight = 1 / (noise + between)
        mean = float((weight * values).sum() / weight.sum())
        excess = float((weight * (values - mean) ** 2).sum()) - (len(values) - 1)
        step = excess / float((weight**2 * (values - mean) ** 2).sum() or 1.0)
        between = max(0.0, between + step)
        if abs(step) <= 1e-9 * (between + float(noise.min(initial=1.0))):
            break
    weight = 1 / (noise + between)
    mean = float((weight * values).sum() / weight.sum())
    return np.asarray(mean + (values - mean) * between / (between + noise))


def shrink_effects(values: Floats, errors: Floats) -> Floats:
    """Pull changes, most of which are nothing, towards zero: the posterior mean under two groups, changed or not.

    A share of the effects is exactly zero and the rest is normal around zero; both share and spread are fitted by EM
    (Efron 2008). Unlike one normal for all, one true change among many zeros keeps nearly all of its size.
    """
    if not len(values):
        return values
    noise = errors**2
    share, spread = 0.1, float(max(np.max(values**2 - noise), np.median(noise)))
    for _ in range(_ROUNDS):
        odds = np.log(share / (1 - share)) + 0.5 * (
            np.log(noise / (noise + spread)) + values**2 * (1 / noise - 1 / (noise + spread))
        )
        moved = 1 / (1 + np.exp(-np.clip(odds, -60, 60)))
        keep = spread / (spread + noise)
        spread = float((moved * ((keep * values) ** 2 + keep * noise)).sum() / moved.sum())
        spread = max(spread, float(np.median(noise)))
        share = float(np.clip((moved.sum() + 0.5) / (len(values) + 5), 1e-6, 1 - 1e-6))
    return np.asarray(moved * spread / (spread + noise) * values)


def shrink_around_zero(values: Floats, errors: Floats) -> Floats:
    """Pull effects that are known to be there, but not how large, towards zero: normal around zero, its spread found by
    iterating the moment equation Σ v² / (τ² + e²) = n (as Paule & Mandel 1982, the mean known). Returns the posterior
    means; where the values are no larger than their errors explain, all zeros.
    """
    noise = errors**2
    low, high = 0.0, float((values**2).max(initial=0.0)) or 1.0
    if not len(values) or float((values**2 / noise).sum()) <= len(values):
        return np.zeros(len(values))
    for _ in range(_ROUNDS):
        between = (low + high) / 2
        above = float((values**2 / (between + noise)).sum()) > len(values)
        low, high = (between, high) if above else (low, between)
    return np.asarray(values * low / (low + noise))
