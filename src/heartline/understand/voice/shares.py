"""Which share of comments sounds how, with the reader's own error in the interval.

Probabilities are averaged, not verdicts: what the reader is not sure of counts by halves. Over the company's scored
comments it is known by how much the reader's shares are off, how well that is known, and how far that differs from
topic to topic (``erring``). Where some comments of a group came with scores, these tell the group's own error, as far
as they are many (prediction-powered inference, Angelopoulos and others, 2023, arXiv 2301.09633, with shrinkage: Efron
and Morris, 1975). The further a group sounds from what the reader was judged by, the less is known of its error.
Customers are the unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from heartline.records import SOUNDS, Metric, Polarity, ReaderVersion
from heartline.understand.log import Ints
from heartline.understand.quantiles import Z95

Floats = NDArray[np.floating[Any]]
METHOD: Final = "mean probability, clustered by customer, with the reader's error"
FEELING: Final = np.array([-1.0, 0.0, 1.0])
"""What each sound adds to the mean feeling."""
_APART: Final = 0.3
"""By which share of its distance from all that the reader was judged by a group may be misread, as a standard
deviation: readers tell groups as more alike than they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """The share of each sound, in the order of ``SOUNDS``, 0…1, and the mean feeling, −1…+1. ``corrected`` says whether
    the reader's error is known here and in the intervals; without it they hold only what chance does.
    """

    shares: tuple[Metric, ...]
    feeling: Metric
    corrected: bool

    def share(self, polarity: Polarity) -> Metric:
        """Return the share of one sound."""
        return self.shares[SOUNDS.index(polarity)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was told of some comments: ``sounds`` of shape (n, 3) are probabilities, ``place`` numbers who said each
    from nought, and ``true`` is what those that came with a score really were (places in ``SOUNDS``), −1 of the rest.
    """

    sounds: NDArray[np.float64]
    place: Ints
    true: Ints

    @property
    def customers(self) -> int:
        """How many said them."""
        return int(self.place.max(initial=-1)) + 1


def tell(negative: Floats, positive: Floats, customer: Ints, sounds: Ints | None = None) -> Told:
    """Return comments as they were read; without ``sounds`` none came with a score."""
    below, above = negative.astype(np.float64), positive.astype(np.float64)
    return Told(
        sounds=np.column_stack([below, 1 - below - above, above]),
        place=np.unique(customer, return_inverse=True)[1].astype(np.int64),
        true=np.full(len(below), -1, dtype=np.int64) if sounds is None else sounds,
    )


def share_heard(
    negative: Floats, positive: Floats, customer: Ints, *, reader: ReaderVersion | None, sounds: Ints | None = None
) -> Heard:
    """Return the shares of sounds among readings, and the mean feeling; ``customer`` is who said each.

    ``sounds`` is what those that came with a score really were (places in ``SOUNDS``; −1: no score).
    """
    told = tell(negative, positive, customer, sounds)
    shares = tuple(
        _metric(f"heard_{sound.value}", told, np.eye(len(SOUNDS))[place], reader, low=0.0)
        for place, sound in enumerate(SOUNDS)
    )
    feeling = _metric("heard_feeling", told, FEELING, reader, low=-1.0)
    return Heard(shares=shares, feeling=feeling, corrected=reader is not None)


def find_error(told: Told, worth: NDArray[np.float64], reader: ReaderVersion) -> tuple[float, float]:
    """Return by how much the mean of what each sound is ``worth`` is really greater than told, and that one's variance.

    Errors of neighbouring sounds go together: of a sum of several their sum is the widest they can be.
    """
    bias, doubt, size = np.array(reader.bias), np.array(reader.doubt), np.abs(worth)
    apart = told.sounds.mean(axis=0) - reader.told if reader.told else np.zeros(len(SOUNDS))
    own = np.array(reader.spread) ** 2 + (_APART * apart) ** 2 * any(reader.spread)
    known = np.flatnonzero(told.true >= 0)
    if not (own.any() and len(known)):
        return float(worth @ bias), float(size @ np.sqrt(own)) ** 2 + float(size @ doubt) ** 2
    heard, true = told.sounds[known], np.eye(len(SOUNDS))[told.true[known]]
    people = np.unique(told.place[known], return_inverse=True)[1].astype(np.int64)
    left = sum(leave_open(heard, people, one) for one in np.eye(len(SOUNDS)))
    # One weight for all sounds, so that shares go on to sum to one.
    weight = own.sum() / (own.sum() + left)
    error = bias + weight * ((true - heard).mean(axis=0) - bias)
    rest = (1 - weight) ** 2 * (float(size @ np.sqrt(own)) ** 2 + float(size @ doubt) ** 2)
    return float(worth @ error), rest + weight**2 * leave_open(heard, people, worth)


def find_chance(told: Told, worth: NDArray[np.float64]) -> float:
    """Return the variance of the mean by chance: who happened to write, or what probabilities leave open of what these
    very comments are, whichever is more. One is asked of customers to come, the other of those who wrote.
    """
    n, values = len(told.place), told.sounds @ worth
    sums = np.bincount(told.place, values - values.mean())
    people = len(sums)
    wrote = float((sums**2).sum()) * people / max(1, people - 1) / n**2
    return max(wrote, leave_open(told.sounds, told.place, worth))


def leave_open(sounds: NDArray[np.float64], place: Ints, worth: NDArray[np.float64]) -> float:
    """Return the variance of the true mean given the probabilities; who says more than one thing errs in all alike."""
    left = np.maximum(sounds @ worth**2 - (sounds @ worth) ** 2, 0)
    return float((np.bincount(place, np.sqrt(left)) ** 2).sum()) / len(place) ** 2


def _metric(name: str, told: Told, worth: NDArray[np.float64], reader: ReaderVersion | None, *, low: float) -> Metric:
    n = len(told.place)
    if not n:
        return Metric(name=name, value=None, low=None, high=None, n=0, customers=0, method=METHOD)
    error, variance = (0.0, 0.0) if reader is None else find_error(told, worth, reader)
    half = Z95 * float(np.sqrt(find_chance(told, worth) + variance))
    value = min(1.0, max(low, float((told.sounds @ worth).mean()) + error))
    return Metric(
        name=name,
        value=value,
        low=max(low, value - half),
        high=min(1.0, value + half),
        n=n,
        customers=told.customers,
        method=METHOD,
    )
