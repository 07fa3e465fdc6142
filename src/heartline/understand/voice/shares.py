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
_Array = NDArray[np.float64]
METHOD: Final = "mean probability, clustered by customer, with the reader's error"
FEELING: Final[_Array] = np.array([-1.0, 0.0, 1.0])
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
    """What was told of ``n`` comments of so many ``customers``, in sums: all a share needs is in matrices of three.

    ``mean`` is the mean probability of each sound. Of the mean, ``wrote`` is the covariance by who happened to write,
    ``left`` that of what is true given the probabilities. Of the ``scored`` comments that came with a score,
    ``residual`` is what is true less what was told, and ``scored_left`` the covariance of that.
    """

    n: int
    customers: int
    mean: _Array
    wrote: _Array
    left: _Array
    scored: int
    residual: _Array
    scored_left: _Array


def sum_readings(negative: Floats, positive: Floats, customer: Ints, sounds: Ints | None = None) -> Told:
    """Sum comments up as they were read; ``sounds`` is what those with a score really were (−1: no score)."""
    below, above = negative.astype(np.float64), positive.astype(np.float64)
    heard = np.column_stack([below, 1 - below - above, above])
    place = np.unique(customer, return_inverse=True)[1]
    n, mean = len(heard), heard.mean(axis=0) if len(heard) else np.zeros(3)
    each = np.bincount(place)
    sums = np.column_stack([np.bincount(place, column, minlength=len(each)) for column in heard.T])
    off = sums - each[:, None] * mean
    people = len(each)
    known = np.zeros(0, dtype=np.int64) if sounds is None else np.flatnonzero(sounds >= 0)
    some, residual = heard[known], np.zeros(3)
    if sounds is not None and len(known):
        residual = np.bincount(sounds[known], minlength=3) / len(known) - some.mean(axis=0)
    return Told(
        n=n,
        customers=people,
        mean=mean,
        wrote=off.T @ off * people / max(1, people - 1) / max(1, n) ** 2,
        left=_leave_open(heard, each[place]),
        scored=len(known),
        residual=residual,
        scored_left=_leave_open(some, np.bincount(place[known], minlength=people)[place[known]]),
    )


def _leave_open(heard: _Array, each: Ints) -> _Array:
    """Return the covariance of the true mean given the probabilities; who says more than one thing errs in all alike.

    ``each`` is how many comments the customer of each has: the most that a sum of so many like errors can vary by.
    """
    weighed = heard * each[:, None]
    spread: _Array = (np.diag(weighed.sum(axis=0)) - weighed.T @ heard) / max(1, len(heard)) ** 2
    return spread


def share_heard(
    negative: Floats, positive: Floats, customer: Ints, *, reader: ReaderVersion | None, sounds: Ints | None = None
) -> Heard:
    """Return the shares of sounds among readings, and the mean feeling; ``customer`` is who said each.

    ``sounds`` is what those that came with a score really were (places in ``SOUNDS``; −1: no score).
    """
    told = sum_readings(negative, positive, customer, sounds)
    shares = tuple(share_sound(told, sound, reader=reader) for sound in SOUNDS)
    feeling = _metric("heard_feeling", told, FEELING, reader, low=-1.0, z=Z95)
    return Heard(shares=shares, feeling=feeling, corrected=reader is not None)


def share_sound(told: Told, sound: Polarity, *, reader: ReaderVersion | None, z: float = Z95) -> Metric:
    """Return the share of one sound; ``z`` is how many standard errors its interval reaches."""
    return _metric(f"heard_{sound.value}", told, value_sound(sound), reader, low=0.0, z=z)


def value_sound(sound: Polarity) -> _Array:
    """Return what each sound is worth where one of them is counted."""
    worth: _Array = np.eye(len(SOUNDS))[SOUNDS.index(sound)]
    return worth


def find_error(told: Told, worth: _Array, reader: ReaderVersion) -> tuple[float, float]:
    """Return by how much the mean of what each sound is ``worth`` is really greater than told, and that one's variance.

    Errors of neighbouring sounds go together: of a sum of several their sum is the widest they can be.
    """
    bias, doubt, size = np.array(reader.bias), np.array(reader.doubt), np.abs(worth)
    apart = told.mean - reader.told if reader.told else np.zeros(len(SOUNDS))
    own = np.array(reader.spread) ** 2 + (_APART * apart) ** 2 * any(reader.spread)
    # One weight for all sounds, so that shares go on to sum to one.
    weight = own.sum() / (own.sum() + np.trace(told.scored_left)) if told.scored and own.any() else 0.0
    error = bias + weight * (told.residual - bias)
    rest = (1 - weight) ** 2 * (float(size @ np.sqrt(own)) ** 2 + float(size @ doubt) ** 2)
    return float(worth @ error), rest + weight**2 * float(worth @ told.scored_left @ worth)


def find_chance(told: Told, worth: _Array) -> float:
    """Return the variance of the mean by chance: who happened to write, or what probabilities leave open of what these
    very comments are, whichever is more. One is asked of customers to come, the other of those who wrote.
    """
    return max(float(worth @ told.wrote @ worth), float(worth @ told.left @ worth))


def _metric(name: str, told: Told, worth: _Array, reader: ReaderVersion | None, *, low: float, z: float) -> Metric:
    if not told.n:
        return Metric(name=name, value=None, low=None, high=None, n=0, customers=0, method=METHOD)
    error, variance = (0.0, 0.0) if reader is None else find_error(told, worth, reader)
    half = z * float(np.sqrt(find_chance(told, worth) + variance))
    value = min(1.0, max(low, float(told.mean @ worth) + error))
    return Metric(
        name=name,
        value=value,
        low=max(low, value - half),
        high=min(1.0, value + half),
        n=told.n,
        customers=told.customers,
        method=METHOD,
    )
