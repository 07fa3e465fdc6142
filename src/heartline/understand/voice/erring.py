"""How a reader errs: on the whole, and otherwise from topic to topic. Measured over texts it was not taught.

A reader that is right on the whole says too much of one topic and too little of another: of what a group's comments
sound like it is surer than it may be. So the error has two parts, ``y − told = b + u + e``: ``b`` everybody's, with its
doubt, and ``u ~ N(0, τ²)`` a group's own. τ is told from topics among the scored comments; it is integrated out over a
grid with a Rayleigh prior, which is nought at nought, so that a few topics cannot tell that it errs alike everywhere
(Chung and others, 2013, "A nondegenerate penalized likelihood estimator for variance parameters").
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from heartline.records import SOUNDS
from heartline.understand.voice.heads import Floats, Vectors

Ints = NDArray[np.int64]

PRIOR_SPREAD: Final = 0.08
"""The prior's scale of τ, in shares: chosen on three public sets (bench/eval.py, “shares of groups”)."""
_TEXTS_A_TOPIC: Final = 20
_MOST_TOPICS: Final = 16
_FEWEST_OF_A_TOPIC: Final = 3
_GRID: Final = np.linspace(0.05, 4.0, 60)


def measure_bias(told: Floats, true: Ints, customers: Ints) -> tuple[Floats, Floats]:
    """Return by how much each sound's share is greater than it is told, and the standard error of that.

    Customers are the unit: what one of them says twice is one piece of evidence (spec/statistics, rule 2).
    """
    residual = np.eye(len(SOUNDS))[true] - told
    bias = residual.mean(axis=0)
    people, place = np.unique(customers, return_inverse=True)
    sums = np.zeros((len(people), len(SOUNDS)))
    np.add.at(sums, place, residual - bias)
    few = len(people) / max(1, len(people) - 1)
    doubt: Floats = np.sqrt((sums**2).sum(axis=0) * few) / len(true)
    return bias, doubt


def find_topics(vectors: Vectors, *, seed: int = 0) -> Ints:
    """Deal texts into topics, those whose ``vectors`` lie close together into one (k-means)."""
    from sklearn.cluster import KMeans  # noqa: PLC0415  # heavy: only who teaches pays for it

    topics = int(np.clip(len(vectors) // _TEXTS_A_TOPIC, 2, _MOST_TOPICS))
    found: Ints = KMeans(topics, n_init=1, max_iter=50, random_state=seed).fit_predict(vectors).astype(np.int64)
    return found


def measure_spread(told: Floats, true: Ints, topic: Ints) -> Floats:
    """Return by how much each sound's error differs from topic to topic, as a standard deviation of shares."""
    residual = np.eye(len(SOUNDS))[true] - told
    return np.array([_spread(residual[:, sound], topic) for sound in range(len(SOUNDS))])


def _spread(residual: Floats, topic: Ints) -> float:
    n = np.bincount(topic).astype(np.float64)
    mean = np.bincount(topic, residual) / np.maximum(n, 1)
    within = float(((residual - mean[topic]) ** 2).sum() / max(1, len(residual) - np.count_nonzero(n)))
    kept = n >= _FEWEST_OF_A_TOPIC
    grid = _GRID * PRIOR_SPREAD
    variance = grid[:, None] ** 2 + within / n[kept]
    precision = (1 / variance).sum(axis=1)
    middle = (mean[kept] / variance).sum(axis=1) / precision
    # The likelihood of the topics' means, the common one integrated out.
    likelihood = -0.5 * (
        np.log(variance).sum(axis=1) + np.log(precision) + ((mean[kept] - middle[:, None]) ** 2 / variance).sum(axis=1)
    )
    weight = likelihood + np.log(grid) - 0.5 * (grid / PRIOR_SPREAD) ** 2
    weight = np.exp(weight - weight.max())
    return float(np.sqrt(weight @ grid**2 / weight.sum()))
