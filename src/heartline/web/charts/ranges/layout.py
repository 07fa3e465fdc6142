"""Ranges: one scale for a whole list, so that bars compare; nothing is ever drawn outside of it. Geometry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import floor, log10

WIDTH = 300.0
EDGE = 8.0
GAP_WIDTH = 128.0
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MOST_TICKS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """From 0 to ``top``, with ticks at whole steps; on the values' own unit."""

    top: float
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Where a value lies, held inside of the scale."""
        share = value / self.top if self.top > 0 else 0.0
        return EDGE + (WIDTH - 2 * EDGE) * min(max(share, 0.0), 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeLayout:
    """A bar from ``x`` of some ``width`` with a notch; ``open`` says that it begins below nothing."""

    x: float
    width: float
    notch: float
    open: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GapLayout:
    """An interval with its middle beside the line of no difference."""

    low: float
    middle: float
    high: float
    zero: float


def choose_scale(highs: Iterable[float]) -> Scale:
    """Choose a scale that holds every end, with at most five ticks at round steps."""
    most = max([1.0, *highs])  # money is in minor units: below one of them there is nothing to compare
    size = 10.0 ** floor(log10(most))
    step = next(
        one
        for one in sorted({part * power for part in _STEPS for power in (size / 10, size)})
        if most / one <= _MOST_TICKS - 1
    )
    count = int(-(-most // step))
    return Scale(top=step * count, ticks=tuple(step * place for place in range(count + 1)))


def lay_out_range(low: float, middle: float, high: float, scale: Scale) -> RangeLayout:
    """Lay out a range; what lies below nothing is cut off there and told by ``open``."""
    left, right = scale.at(low), scale.at(high)
    notch = min(max(scale.at(middle), left), right)
    return RangeLayout(x=left, width=max(right - left, 1.0), notch=notch, open=low < 0)


def lay_out_gap(low: float, middle: float, high: float, reach: float) -> GapLayout:
    """Lay out a difference between −reach and +reach; ends beyond are held at the edge."""

    def at(value: float) -> float:
        share = value / reach if reach > 0 else 0.0
        return GAP_WIDTH / 2 + (GAP_WIDTH / 2 - EDGE) * min(max(share, -1.0), 1.0)

    return GapLayout(low=at(low), middle=at(middle), high=at(high), zero=at(0.0))
