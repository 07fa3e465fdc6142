"""Whether asking is fair: who was asked of those who could be, what they had felt, and answers that come too thick or
too fast. Pure.

Nothing here says that anybody cheats. A sign says that an even hand would give a figure like this one seldom.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from heartline.records import Difference, Metric, Verdict
from heartline.understand import Floats, Ints, Scale, compare, gather, report_metrics, spend_budget

BURST_US: Final = 5 * 60 * 1_000_000
"""So long is the while in which answers may come too thick."""
_NEAR_US: Final = 3_600_000_000
FEWEST_IN_BURST: Final = 5
SELDOM: Final = 0.01
"""An even hand brings a burst that is told of in one survey of a hundred at most."""
TOO_FAST: Final = 0.25
"""Who takes less than this part of the time a survey is said to take has hardly read it."""
FEWEST_OF_GROUP: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAsked:
    """Those of one place or agent who could be asked: ``rate`` of them were. ``odd`` where that is reliably another
    share than that of all others, over the page's budget of tests.
    """

    name: str
    rate: Metric
    gap: Difference
    odd: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """The answers that began thickest, ``most`` within ``BURST_US``, of ``n``: the stream of that hour would bring so
    many there or anywhere with a chance of at most ``chance``. ``most`` 0: nowhere as many as ``FEWEST_IN_BURST``.
    """

    most: int
    n: int
    chance: float

    @property
    def told(self) -> bool:
        """Whether it is worth a look."""
        return self.most >= FEWEST_IN_BURST and self.chance < SELDOM


def rate_groups(names: Sequence[str], group: Ints, customer: Ints, asked: Floats) -> list[GroupAsked]:
    """Return the share asked of each group (its number in ``group``), a row for each customer met there.

    Groups of fewer than ``FEWEST_OF_GROUP`` are left out. Each is held against all others together.
    """
    found: list[tuple[str, Metric, Difference]] = []
    for number, name in enumerate(names):
        inside = group == number
        if not name or inside.sum() < FEWEST_OF_GROUP:
            continue
        one = gather(asked[inside], customer[inside], scale=Scale.SHARE)
        rest = gather(asked[~inside], customer[~inside], scale=Scale.SHARE)
        found.append((name, report_metrics(one, "invitation_rate")[0], compare(one, rest, "invitation_rate")))
    p = np.array([1.0 if gap.p is None else gap.p for _name, _rate, gap in found])
    passed = spend_budget(p).passed if len(found) > 1 else np.zeros(len(found), dtype=np.bool_)
    return [
        GroupAsked(name=name, rate=rate, gap=gap, odd=bool(odd) and gap.verdict in {Verdict.HIGHER, Verdict.LOWER})
        for (name, rate, gap), odd in zip(found, passed, strict=True)
    ]


def compare_felt(valence: Floats, customer: Ints, asked: Floats) -> Difference | None:
    """Return how those who were asked had felt before, less those who were not; none where either is nobody."""
    known = np.isfinite(valence)
    mine, others = known & (asked > 0), known & (asked == 0)
    if not mine.any() or not others.any():
        return None
    return compare(
        gather(valence[mine], customer[mine], scale=Scale.MEAN),
        gather(valence[others], customer[others], scale=Scale.MEAN),
        "valence",
    )


def find_burst(begun_us: Ints) -> Burst:
    """Find where answers come thickest for the time of day: held against the hour before and after, so that a
    newsletter or an evening is none. Each answer is a place where a burst may begin; the chance pays for all of them.
    """
    times = np.sort(begun_us)
    n = len(times)
    first = np.arange(n)
    within = np.searchsorted(times, times + BURST_US, side="right") - first
    near = np.searchsorted(times, times + BURST_US + _NEAR_US, side="right")
    near = near - np.searchsorted(times, times - _NEAR_US, side="left")
    found = Burst(most=0, n=n, chance=1.0)
    for place in np.flatnonzero(within >= FEWEST_IN_BURST):
        most, others = int(within[place]), int(near[place]) - 1
        chance = min(1.0, n * _binomial_tail(others, BURST_US / (BURST_US + 2 * _NEAR_US), most - 1))
        if chance < found.chance or not found.most:
            found = Burst(most=most, n=n, chance=chance)
    return found


def _binomial_tail(n: int, p: float, least: int) -> float:
    """The chance of ``least`` or more of ``n``, each with ``p``."""
    if least <= 0:
        return 1.0
    term = math.exp(math.lgamma(n + 1) - math.lgamma(least + 1) - math.lgamma(n - least + 1)
                    + least * math.log(p) + (n - least) * math.log1p(-p))  # fmt: skip
    total = 0.0
    for k in range(least, n + 1):
        total += term
        term *= (n - k) / (k + 1) * p / (1 - p)
        if term < total * 1e-12:
            break
    return min(1.0, total)


def share_too_fast(took_s: Floats, said_s: Floats | float) -> Metric:
    """Return the share of those who finished in less than a quarter of the time the survey is said to take."""
    fast = (took_s < TOO_FAST * said_s).astype(np.float64)
    return report_metrics(gather(fast, np.arange(len(fast)), scale=Scale.SHARE), "too_fast")[0]
