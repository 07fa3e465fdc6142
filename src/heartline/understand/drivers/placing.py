"""Importance beside performance: what to do about a driver, or that it cannot be told."""

from __future__ import annotations

from enum import StrEnum

from heartline.records import Metric


class Quadrant(StrEnum):
    """What importance and performance say together (Martilla & James 1977)."""

    FIX_FIRST = "fix_first"
    KEEP_UP = "keep_up"
    WATCH = "watch"
    OVERKILL = "overkill"
    UNDECIDED = "undecided"


def place_driver(
    share: tuple[float, float], *, passed: bool, even: float, performance: Metric, middle: float
) -> Quadrant:
    """Place a driver by its ``share`` of R² (value, upper end) beside the ``even`` share, and by its performance beside
    the ``middle`` of all feelings.

    It matters where it passed and has at least an even share; it matters little where even its upper end has less. What
    an interval crosses is undecided.
    """
    if performance.few or performance.low is None or performance.high is None:
        return Quadrant.UNDECIDED
    matters, little = passed and share[0] >= even, share[1] < even
    if performance.high < middle:
        return Quadrant.FIX_FIRST if matters else Quadrant.WATCH if little else Quadrant.UNDECIDED
    if performance.low > middle:
        return Quadrant.KEEP_UP if matters else Quadrant.OVERKILL if little else Quadrant.UNDECIDED
    return Quadrant.UNDECIDED
