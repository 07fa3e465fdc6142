"""Which share of comments sounds how, with the reader's own error in the interval.

Probabilities are averaged, not verdicts: what the reader is not sure of counts by halves. Over the company's scored
comments it is known by how much the reader's shares are off, and how well that is known; both go into the figure, as
spec/statistics asks of shares of emotions and themes. Customers are the unit.
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


def share_heard(negative: Floats, positive: Floats, customer: Ints, *, reader: ReaderVersion | None) -> Heard:
    """Return the shares of sounds among readings, and the mean feeling; ``customer`` is who said each."""
    negative, positive = negative.astype(np.float64), positive.astype(np.float64)
    told = np.column_stack([negative, 1 - negative - positive, positive])
    bias = np.zeros(3) if reader is None else np.array(reader.bias)
    doubt = np.zeros(3) if reader is None else np.array(reader.doubt)
    shares = tuple(share_sound(told[:, place], customer, sound, reader=reader) for place, sound in enumerate(SOUNDS))
    # Neighbouring errors go together: the sum of both is the widest they can be.
    both = bias[2] - bias[0], doubt[2] + doubt[0]
    feeling = _metric("heard_feeling", positive - negative, customer, *both, low=-1.0, z=Z95)
    return Heard(shares=shares, feeling=feeling, corrected=reader is not None)


def share_sound(
    likely: Floats, customer: Ints, sound: Polarity, *, reader: ReaderVersion | None, z: float = Z95
) -> Metric:
    """Return the share of one sound, of which ``likely`` are the probabilities; ``z`` is how wide its interval is."""
    place = SOUNDS.index(sound)
    bias, doubt = (0.0, 0.0) if reader is None else (reader.bias[place], reader.doubt[place])
    return _metric(f"heard_{sound.value}", likely.astype(np.float64), customer, bias, doubt, low=0.0, z=z)


def _metric(
    name: str, values: NDArray[np.float64], customer: Ints, bias: float, doubt: float, *, low: float, z: float
) -> Metric:
    n = len(values)
    people, place = np.unique(customer, return_inverse=True)
    if not n:
        return Metric(name=name, value=None, low=None, high=None, n=0, customers=0, method=METHOD)
    mean = float(values.mean())
    sums = np.bincount(place, values - mean)
    chance = float((sums**2).sum()) * len(people) / max(1, len(people) - 1) / n**2
    half = z * float(np.sqrt(chance + float(doubt) ** 2))
    value = min(1.0, max(low, mean + float(bias)))
    return Metric(
        name=name,
        value=value,
        low=max(low, value - half),
        high=min(1.0, value + half),
        n=n,
        customers=len(people),
        method=METHOD,
    )
