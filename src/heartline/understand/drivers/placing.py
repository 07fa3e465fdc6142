"""Importance beside performance: what to do about a driver, or that it cannot be told."""

from __future__ import annotations

from enum import StrEnum

from heartline.records import Metric
from heartline.understand.drivers.gathering import DriverKind


class Quadrant(StrEnum):
    """What importance and performance say together (Martilla & James 1977)."""

    FIX_FIRST = "fix_first"
    KEEP_UP = "keep_up"
    WATCH = "watch"
    OVERKILL = "overkill"
    UNDECIDED = "undecided"


def place_driver(
    share: tuple[float, float], *, kind: DriverKind, sign: int, even: float, performance: Metric, middle: float
) -> Quadrant:
    """Place a driver by its ``share`` of R² (value, upper end) beside the ``even`` share, and by its performance beside
    the ``middle`` of all feelings. ``sign`` is 0 unless it passed.

    It matters where it has a sign and at least an even share; it matters little where even its upper end has less. What
    was met or waited for is to be fixed only where it goes with lower scores, and kept up only where it goes with
    higher ones; how something felt or sounded is either, where feeling better goes with higher ones. What an interval
    crosses, or what contradicts itself, is undecided.
    """
    if performance.few or performance.low is None or performance.high is None:
        return Quadrant.UNDECIDED
    matters, little = sign != 0 and share[0] >= even, share[1] < even
    if performance.high < middle:
        hurts = sign > 0 if kind in {DriverKind.FELT, DriverKind.HEARD} else sign < 0
        return Quadrant.FIX_FIRST if matters and hurts else Quadrant.WATCH if little else Quadrant.UNDECIDED
    if performance.low > middle:
        return Quadrant.KEEP_UP if matters and sign > 0 else Quadrant.OVERKILL if little else Quadrant.UNDECIDED
    return Quadrant.UNDECIDED
