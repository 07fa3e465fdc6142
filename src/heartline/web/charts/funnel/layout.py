"""A funnel's bars: all on one scale, that of those who started; what a step lost lies beside what it kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

WIDTH: Final = 720.0
HEIGHT: Final = 26.0


@dataclass(frozen=True, slots=True, kw_only=True)
class StepBar:
    """One step: ``width`` to scale, ``lost`` what is missing of the step before (it begins where the bar ends), and the
    interval of the share of those who started, ``low`` to ``high``; both None where nobody started.
    """

    width: float
    lost: float
    low: float | None
    high: float | None


def lay_out_funnel(people: Sequence[int], bounds: Sequence[tuple[float | None, float | None]]) -> tuple[StepBar, ...]:
    """Lay out steps by how many reached each (never more than the one before) and the bounds of their shares, 0…1."""
    started = people[0] if people else 0
    bars = []
    for place, (count, (low, high)) in enumerate(zip(people, bounds, strict=True)):
        before = people[max(place - 1, 0)]
        bars.append(
            StepBar(
                width=WIDTH * count / started if started else 0.0,
                lost=WIDTH * (before - count) / started if started else 0.0,
                low=None if low is None or not started else low * WIDTH,
                high=None if high is None or not started else high * WIDTH,
            )
        )
    return tuple(bars)
