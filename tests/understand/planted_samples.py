"""Samples with a known truth: what coverage is tested over, in short here and in full by ``bench/coverage.py``."""

from __future__ import annotations

import numpy as np

from heartline.records import Polarity, ReaderVersion
from heartline.understand.intervals import find_interval
from heartline.understand.samples import Sample, Scale, gather
from heartline.understand.voice import measure_bias, measure_spread, share_heard

REPLICATES = 4_000
NPS_VALUES = np.array([-1.0, 0.0, 1.0])
CES_SHARES = np.array([0.04, 0.06, 0.08, 0.12, 0.2, 0.28, 0.22])
GRIDS = {
    Scale.NPS: (NPS_VALUES, [np.array(s) for s in ((0.2, 0.2, 0.6), (0.05, 0.15, 0.8), (0.4, 0.3, 0.3))]),
    Scale.SHARE: (np.array([0.0, 1.0]), [np.array((1 - p, p)) for p in (0.1, 0.3, 0.5, 0.85)]),
    Scale.MEAN: (np.arange(1.0, 8.0), [CES_SHARES, CES_SHARES[::-1]]),
}
PLACES = np.array([0.5, 0.3, 0.2])
PLACE_SCORES = np.array([8.5, 6.0, 3.0])
"""Three places: how many of all live there, and how they feel there."""
READILY = np.array([0.6, 0.3, 0.15])
"""And how readily they answer: the content ones most."""
PLACE_TRUTH = float((PLACES * PLACE_SCORES).sum())
SOUNDS = np.array([0.3, 0.3, 0.4])
"""How many comments are negative, neutral, positive."""


def draw_samples(
    rng: np.random.Generator,
    scale: Scale,
    customers: int,
    each: int,
    shares: np.ndarray,
    values: np.ndarray,
    alike: float,
) -> Sample:
    """Draw replicates whose customers answer ``each`` times; an answer copies the customer's own with ``alike``."""
    size = (REPLICATES, customers)
    own = rng.choice(values, size=size, p=shares)[..., None]
    fresh = rng.choice(values, size=(*size, each), p=shares)
    answers = np.where(rng.random((*size, each)) < alike, own, fresh)
    cell = np.repeat(np.arange(REPLICATES), customers * each)
    customer = np.tile(np.repeat(np.arange(customers), each), REPLICATES)
    return gather(answers.ravel(), customer, scale=scale, cell=cell, cells=REPLICATES)


def cover(sample: Sample, truth: float) -> float:
    """Return how often the interval holds the truth."""
    low, high = find_interval(sample)
    return float(((low <= truth) & (truth <= high)).mean())


def draw_waits(rng: np.random.Generator, customers: int, each: int) -> tuple[np.ndarray, np.ndarray]:
    """Waits of customers who wait alike, their median 1, with the customer of each."""
    nature = rng.normal(0, 0.7, customers)
    values = np.exp(np.repeat(nature, each) + rng.normal(0, 0.7, customers * each))
    return values, np.repeat(np.arange(customers), each)


def draw_answers(rng: np.random.Generator, asked: int, *, silent: float = 0.0) -> tuple[np.ndarray, ...]:
    """Return the scores and places of who answered, and the shares of all asked. ``silent``: how much less readily
    somebody answers for each point below their place's mean.
    """
    place = rng.choice(3, size=asked, p=PLACES)
    mood = rng.normal(0, 1.5, size=asked)
    readily = np.clip(READILY[place] * (1 + silent * mood), 0, 1)
    said = rng.random(asked) < readily
    return (PLACE_SCORES[place] + mood)[said], place[said].astype(np.int64), np.bincount(place, minlength=3) / asked


def draw_drivers(
    rng: np.random.Generator, customers: int, each: int, slopes: np.ndarray, *, together: float, alike: float = 0.7
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a score, its customers and standard normal drivers that correlate by ``together``; of what a customer
    brings (drivers and the rest of the score) ``alike`` is their own and the same each time.
    """
    customer = np.repeat(np.arange(customers), each)
    width = len(slopes)

    def mix(columns: int) -> np.ndarray:
        own = rng.normal(size=(customers, columns))[customer] if each > 1 else 0.0
        part = alike if each > 1 else 0.0
        return np.sqrt(part) * own + np.sqrt(1 - part) * rng.normal(size=(len(customer), columns))

    root = np.linalg.cholesky(np.full((width, width), together) + np.eye(width) * (1 - together))
    values = mix(width) @ root.T
    return values @ slopes + mix(1)[:, 0], customer, values


def true_matrix(slopes: np.ndarray, *, together: float) -> np.ndarray:
    """Return the correlations of these drivers, the score last."""
    width = len(slopes)
    held = np.full((width, width), together) + np.eye(width) * (1 - together)
    with_score = held @ slopes / np.sqrt(slopes @ held @ slopes + 1)
    return np.block([[held, with_score[:, None]], [with_score[None], np.ones((1, 1))]])


def hear(
    rng: np.random.Generator, customers: int, each: int, shares: np.ndarray, lean: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return what a reader that leans to “negative”, and by ``lean`` besides, tells of comments, what they are, and
    whose; a customer says the same twice by half.
    """
    own = rng.choice(3, size=customers, p=shares)
    fresh = rng.choice(3, size=(customers, each), p=shares)
    true = np.where(rng.random((customers, each)) < (0.5 if each > 1 else 0), own[:, None], fresh).ravel()
    told = np.exp(np.eye(3)[true] * 1.6 + rng.normal(size=(len(true), 3)) + np.array([0.4, 0, 0]) + lean)
    return told / told.sum(axis=1, keepdims=True), true, np.repeat(np.arange(customers), each)


def judge_heard(rng: np.random.Generator, labels: int, apart: float) -> ReaderVersion:
    """Return a reader judged by labels of twelve topics, of each its own mix and lean."""
    dealt = rng.multinomial(labels, np.full(12, 1 / 12))
    found = [hear(rng, n, 1, rng.dirichlet(SOUNDS * 20), rng.normal(0, apart, 3)) for n in dealt if n]
    told, true = np.concatenate([one[0] for one in found]), np.concatenate([one[1] for one in found])
    bias, doubt = measure_bias(told, true, np.arange(len(true)))
    spread = measure_spread(told, true, np.repeat(np.arange(12), dealt))
    return ReaderVersion(
        version=1, taught_us=0, labels=labels, customers=labels, f1=0, error=0, prior_f1=0, prior_error=0,
        bias=(float(bias[0]), float(bias[1]), float(bias[2])),
        doubt=(float(doubt[0]), float(doubt[1]), float(doubt[2])),
        spread=(float(spread[0]), float(spread[1]), float(spread[2])),
        told=tuple(float(one) for one in told.mean(axis=0)),
    )  # fmt: skip


def hold_heard(
    labels: int,
    customers: int,
    each: int,
    *,
    scored: float = 0.0,
    shares: np.ndarray | None = None,
    apart: float = 0.5,
    replicates: int = REPLICATES,
) -> float:
    """Return how often the share of negative comments of one more topic holds the truth, by a reader judged by
    ``labels`` comments of others. A share of its comments are ``scored``; topics differ by ``apart`` in how they are
    read, and have a mix by chance unless ``shares`` is given.
    """
    rng, held = np.random.default_rng(13), 0
    for _ in range(replicates):
        reader = judge_heard(rng, labels, apart)
        mix = rng.dirichlet(SOUNDS * 20) if shares is None else shares
        told, true, customer = hear(rng, customers, each, mix, rng.normal(0, apart, 3))
        known = np.where(rng.random(len(true)) < scored, true, -1)
        share = share_heard(told[:, 0], told[:, 2], customer, reader=reader, sounds=known).share(Polarity.NEGATIVE)
        held += (share.low or 0.0) <= mix[0] <= (share.high or 0.0)
    return held / replicates
