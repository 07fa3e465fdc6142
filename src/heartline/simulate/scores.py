"""Scores with a planted mean: each answer's expectation is exactly what the truth says, whoever gives it.

Answers of one customer are alike (a Gaussian copula of ``ALIKE``), so whoever takes them for independent is too sure.
"""

from __future__ import annotations

from statistics import NormalDist
from typing import Final

import numpy as np

from heartline.simulate.ledger import Floats, Ints
from heartline.simulate.voices import find_emotion

ALIKE: Final = 0.3
_NORMAL: Final = NormalDist()
_DETRACTOR: Final = np.array([0, 1, 2, 3, 4, 5, 6])
_DETRACTOR_SHARE: Final = np.array([0.07, 0.05, 0.09, 0.13, 0.15, 0.24, 0.27])
_ANGRY_SHARE: Final = np.array([0.18, 0.12, 0.16, 0.17, 0.14, 0.13, 0.10])


def draw_mood(rng: np.random.Generator, n: int) -> Floats:
    """Draw how content each person is by nature: a standard normal."""
    return rng.standard_normal(n)


def split_shares(nps: float) -> tuple[float, float]:
    """Promoters and detractors of a population whose NPS is ``nps``; passives are a realistic rest."""
    passive = 0.27 - 0.04 * abs(nps) / 50
    promoters = (1 - passive + nps / 100) / 2
    return promoters, 1 - passive - promoters


def draw_nps(rng: np.random.Generator, *, mood: Floats, nps: Floats) -> Ints:
    """Draw scores 0–10 whose expected NPS is ``nps`` (−100…100) row by row. ``mood`` is that of the row's person."""
    latent = np.sqrt(ALIKE) * mood + np.sqrt(1 - ALIKE) * rng.standard_normal(len(mood))
    scores = np.zeros(len(mood), dtype=np.int64)
    within = rng.random(len(mood))
    for value in np.unique(nps):
        rows = nps == value
        promoters, detractors = split_shares(float(value))
        scores[rows] = _cut(latent[rows], within[rows], promoters, detractors)
    return scores


def _cut(latent: Floats, within: Floats, promoters: float, detractors: float) -> Ints:
    low, high = _NORMAL.inv_cdf(detractors), _NORMAL.inv_cdf(1 - promoters)
    shares = _ANGRY_SHARE if detractors > promoters else _DETRACTOR_SHARE
    unhappy = _DETRACTOR[np.searchsorted(np.cumsum(shares)[:-1], within)]
    scores = np.where(latent < low, unhappy, np.where(within < 0.4, 7, 8))
    return np.where(latent > high, np.where(within < 0.45, 9, 10), scores).astype(np.int64)


def draw_steps(rng: np.random.Generator, n: int, shares: tuple[float, ...]) -> Ints:
    """Draw ``n`` values 1…len(shares) with these shares: stars, CSAT, CES."""
    return (1 + rng.choice(len(shares), n, p=shares)).astype(np.int64)


def feel_of(rng: np.random.Generator, valence: Floats) -> Ints:
    """Draw the emotion behind a score of this valence (−1…+1)."""
    n = len(valence)
    roll = rng.random(n)
    glad = np.where(roll < 0.72, find_emotion("joy"), find_emotion("gratitude"))
    flat = np.where(
        roll < 0.5, find_emotion("neutral"), np.where(roll < 0.7, find_emotion("joy"), find_emotion("disappointment"))
    )
    low = np.where(roll < 0.55, find_emotion("disappointment"), find_emotion("annoyance"))
    lowest = np.where(
        roll < 0.5,
        find_emotion("anger"),
        np.where(roll < 0.8, find_emotion("annoyance"), find_emotion("disappointment")),
    )
    felt = np.where(valence > 0.55, glad, np.where(valence > 0.25, flat, np.where(valence > -0.5, low, lowest)))
    return felt.astype(np.int64)
