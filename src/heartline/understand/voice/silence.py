"""How the silent rest feels: what groups would have scored, told from their words, with the reader's own error in it.

Some customers gave a score with their comment, most only a comment. The reader tells a score for each; over the scored
ones its error is known. A group's error is partly everybody's and partly its own (its trade, its words): residuals
follow a mixed model ``y − told = b + c·(told_g − told) + u_g + e`` with ``u_g ~ N(0, τ²)``. The slope is there because
readers tell groups as more alike than they are (Mundlak, 1978). A group with few scores borrows from all (Efron and
Morris, 1975), one with none carries the whole of τ². τ is integrated out over a grid with a Rayleigh prior, which is
nought at nought: a handful of groups cannot tell that a reader is fair to all (Chung and others, 2013, "A nondegenerate
penalized likelihood estimator for variance parameters"). This is prediction-powered inference (Angelopoulos and others,
2023, arXiv 2301.09633) with a correction that may differ from group to group.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from heartline.records import Metric
from heartline.understand.quantiles import Z95

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FEWEST_SILENT: Final = 100
"""Fewer comments than this are read one by one, not estimated."""
FEWEST_SCORED: Final = 50
FEELING: Final = "valence"
METHOD: Final = "told from words, with the reader's error"
_SPREAD: Final = 0.25
"""The prior's scale of τ, in standard deviations of scores: how much a reader may err for one group alone."""
_SLOPE: Final = 0.5
"""The prior's scale of the slope: by which share a reader understates, or overstates, how groups differ."""
_WIDEST: Final = 0.5
"""In the same unit: an interval whose half is wider says nothing, and is told as "not sure"."""
_GRID: Final = np.linspace(0.05, 4.0, 60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """What a group's silent customers would have scored on average, on the scores' own scale, with a 95 % interval.

    ``n`` are its comments without a score, ``scored`` those with one. ``sure`` is False where the interval is too wide
    or the comments too few to say anything.
    """

    value: float
    low: float
    high: float
    n: int
    scored: int
    sure: bool


def calibrate(sounds: Floats, scores: Floats) -> Floats:
    """Return weights (bias, negative, positive) by which probabilities of sounds become expected scores.

    Least squares with a little ridge on the slopes, so that a few labels cannot turn the scale around.
    """
    design = np.column_stack([np.ones(len(scores)), sounds[:, 0], sounds[:, 2]])
    ridge = np.diag([0.0, 1.0, 1.0])
    weights: Floats = np.linalg.solve(design.T @ design + ridge, design.T @ scores)
    return weights


def expect(sounds: Floats, weights: Floats) -> Floats:
    """Return the expected score of each text."""
    told: Floats = weights[0] + sounds[:, 0] * weights[1] + sounds[:, 2] * weights[2]
    return told


def estimate_silent(
    *,
    told: Floats,
    group: Ints,
    scored_told: Floats,
    scores: Floats,
    scored_group: Ints,
    groups: int,
    people: Floats | None = None,
) -> tuple[Silent, ...]:
    """Estimate each group's mean score among those who gave none.

    ``told`` are the expected scores of the silent texts and ``group`` the group of each; ``scored_told`` those of the
    scored texts *by readers that were not taught them*, ``scores`` what they really scored. ``people`` is how many
    said the silent texts of each group; where nothing is said of it, each text has its own.
    """
    residual = scores - scored_told
    n = np.bincount(scored_group, minlength=groups).astype(np.float64)
    mean = np.bincount(scored_group, residual, minlength=groups) / np.maximum(n, 1)
    within = residual - mean[scored_group]
    sigma2 = float((within**2).sum() / max(1.0, len(scores) - (n > 0).sum()))
    spread = float(scores.std()) or 1.0
    silent = np.bincount(group, minlength=groups)
    everywhere = float(told.mean()) if len(told) else 0.0
    base = np.where(silent > 0, np.bincount(group, told, minlength=groups) / np.maximum(silent, 1), everywhere)
    error, variance = _mix(mean, n, base - everywhere, sigma2, scale=_SPREAD * spread)
    half = Z95 * np.sqrt(variance + sigma2 / np.maximum(silent if people is None else people, 1))
    enough = (silent >= FEWEST_SILENT) & (len(scores) >= FEWEST_SCORED)
    return tuple(
        Silent(
            value=float(base[g] + error[g]),
            low=float(base[g] + error[g] - half[g]),
            high=float(base[g] + error[g] + half[g]),
            n=int(silent[g]),
            scored=int(n[g]),
            sure=bool(enough[g] and half[g] <= _WIDEST * spread),
        )
        for g in range(groups)
    )


def feel_silent(
    *, sounds: Floats, valence: Floats, customer: Ints, group: Ints, groups: int
) -> tuple[tuple[Metric, bool], ...]:
    """Return how those feel, group by group, who commented and gave no score; True where it may be told.

    All arrays have one length, the comments that were read: ``sounds`` of shape (n, 3) are the probabilities of sounds,
    by readers that were not taught the comment; ``valence`` is −1…+1 and NaN where no score was given; ``customer`` is
    who said it. In the interval a customer's comments count as one.
    """
    people = _people(customer, group, np.isnan(valence), groups)
    found = _estimate(sounds, valence, group, people)
    if not found:
        silent = np.bincount(group[np.isnan(valence)], minlength=groups)
        return tuple((_untold(int(n), int(who)), False) for n, who in zip(silent, people, strict=True))
    return tuple((_tell(one, int(people[g])), one.sure) for g, one in enumerate(found))


def feel_all_silent(
    *, sounds: Floats, valence: Floats, customer: Ints, group: Ints, groups: int
) -> tuple[Metric, bool]:
    """Return how all feel who commented and gave no score; the arguments are those of ``feel_silent``.

    The silent write elsewhere than those who score, and there the reader may err otherwise: it is the mean of the
    groups by their size, and its half width theirs, as if all of them erred together.
    """
    people = _people(customer, group, np.isnan(valence), groups)
    who = len(np.unique(customer[np.isnan(valence)]))
    found = [one for one in _estimate(sounds, valence, group, people) if one.n]
    n = int(np.isnan(valence).sum())
    if not found:
        return _untold(n, who), False
    share = np.array([one.n / n for one in found])
    value = float(share @ [one.value for one in found])
    half = float(share @ [(one.high - one.low) / 2 for one in found])
    widest = _WIDEST * (float(np.nanstd(valence)) or 1.0)
    pooled = Silent(value=value, low=value - half, high=value + half, n=n, scored=0, sure=half <= widest)
    return _tell(pooled, who), pooled.sure and n >= FEWEST_SILENT


def _people(customer: Ints, group: Ints, silent: NDArray[np.bool_], groups: int) -> Floats:
    return np.array([len(np.unique(customer[silent & (group == g)])) for g in range(groups)], dtype=np.float64)


def _estimate(sounds: Floats, valence: Floats, group: Ints, people: Floats) -> tuple[Silent, ...]:
    """Estimate each group, or none where too few comments have a score to know the reader's error by."""
    scored = ~np.isnan(valence)
    if scored.sum() < FEWEST_SCORED:
        return ()
    told = expect(sounds, calibrate(sounds[scored], valence[scored]))
    return estimate_silent(
        told=told[~scored],
        group=group[~scored],
        scored_told=told[scored],
        scores=valence[scored],
        scored_group=group[scored],
        groups=len(people),
        people=people,
    )


def _tell(one: Silent, people: int) -> Metric:
    value, low, high = (float(np.clip(end, -1, 1)) for end in (one.value, one.low, one.high))
    return Metric(name=FEELING, value=value, low=low, high=high, n=one.n, customers=people, method=METHOD)


def _untold(n: int, people: int) -> Metric:
    return Metric(name=FEELING, value=None, low=None, high=None, n=n, customers=people, method=METHOD)


def _mix(mean: Floats, n: Floats, apart: Floats, sigma2: float, *, scale: float) -> tuple[Floats, Floats]:
    """Return each group's error and its variance, τ integrated out; ``apart`` is how far it is told from all."""
    seen = n > 0
    design = np.column_stack([np.ones(len(n)), apart])
    errors, variances, weights = [], [], []
    for tau in _GRID * scale:
        spread2 = tau**2 + sigma2 / np.maximum(n, 1)
        precision = np.where(seen, 1 / spread2, 0.0)
        # A slope is expected to be nought, give or take: readers rarely tell a difference twice as large as it is.
        information = design.T @ (precision[:, None] * design) + np.diag([0.0, 1 / _SLOPE**2])
        covariance = np.linalg.inv(information)
        common = design @ (covariance @ (design.T @ (precision * mean)))
        rest = np.where(seen, mean - common, 0.0)
        share = np.where(seen, tau**2 / spread2, 0.0)
        errors.append(common + share * rest)
        doubt = np.einsum("gi,ij,gj->g", design, covariance, design)
        variances.append(tau**2 * (1 - share) + (1 - share) ** 2 * doubt)
        # The likelihood of the groups' means with the common error and the slope integrated out.
        likelihood = -0.5 * float(
            np.log(spread2[seen]).sum() + np.log(np.linalg.det(information)) + (precision * rest * mean).sum()
        )
        weights.append(likelihood + np.log(tau) - 0.5 * (tau / scale) ** 2)
    weight = np.exp(np.array(weights) - max(weights))
    weight /= weight.sum()
    error = weight @ np.array(errors)
    variance = weight @ (np.array(variances) + (np.array(errors) - error) ** 2)
    return error, variance
