"""Gain and effort: a band an effort, in each the opportunities side by side as ranges of money on one scale. Geometry.

A band has room for ``MOST``; the largest gains are drawn and the rest is counted, so that no number ever touches
another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from heartline.records import Effort
from heartline.web.charts.ranges import Scale, choose_scale

WIDTH: Final = 960.0
HEIGHT: Final = 400.0
LEFT: Final = 64.0
TOP: Final = 56.0
FLOOR: Final = 340.0
UNKNOWN: Final = 372.0
HALF: Final = 5.0
REACH: Final = 12.0
"""Half of what a pointer may hit; two bars of a band stand at least twice that apart."""
MOST: Final = 8
BANDS: Final = (Effort.SMALL, Effort.MEDIUM, Effort.LARGE, Effort.UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stake:
    """An opportunity as the chart is given it: ``number`` is its place in the table, money in minor units."""

    number: int
    title: str
    effort: Effort
    low: int | None
    high: int | None
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The room of one effort; ``more`` are those that found none."""

    effort: Effort
    left: float
    right: float
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StakeBar:
    """Where an opportunity stands: its middle, and its ends from the higher money down; both None where no money is
    known, so that it stands below the scale.
    """

    stake: Stake
    x: float
    top: float | None
    bottom: float | None

    @property
    def label_y(self) -> float:
        """Where its number stands: over its bar, or in the row of the unknown."""
        return UNKNOWN if self.top is None else self.top - 6


@dataclass(frozen=True, slots=True, kw_only=True)
class EffortsLayout:
    """The geometry of the chart."""

    scale: Scale
    bands: tuple[Band, ...]
    bars: tuple[StakeBar, ...]


def lay_out_efforts(stakes: Sequence[Stake]) -> EffortsLayout:
    """The geometry of these opportunities."""
    scale = choose_scale([stake.high for stake in stakes if stake.high is not None])
    wide = (WIDTH - LEFT) / len(BANDS)
    bands, bars = [], []
    for place, effort in enumerate(BANDS):
        left = LEFT + place * wide
        held = sorted((stake for stake in stakes if stake.effort is effort), key=_rank)
        shown = sorted(held[:MOST], key=lambda stake: stake.number)
        bands.append(Band(effort=effort, left=left, right=left + wide, more=len(held) - len(shown)))
        step = wide / (len(shown) + 1)
        bars += [_stand(stake, left + step * nth, scale) for nth, stake in enumerate(shown, start=1)]
    return EffortsLayout(scale=scale, bands=tuple(bands), bars=tuple(bars))


def height_of(value: float, scale: Scale) -> float:
    """Where an amount lies; what is below nothing is held at the floor."""
    share = value / scale.top if scale.top > 0 else 0.0
    return FLOOR + (TOP - FLOOR) * min(max(share, 0.0), 1.0)


def _rank(stake: Stake) -> tuple[float, int]:
    return (-stake.high if stake.high is not None else 1.0, stake.number)


def _stand(stake: Stake, x: float, scale: Scale) -> StakeBar:
    if stake.low is None or stake.high is None:
        return StakeBar(stake=stake, x=x, top=None, bottom=None)
    top, bottom = height_of(stake.high, scale), height_of(stake.low, scale)
    return StakeBar(stake=stake, x=x, top=min(top, FLOOR - 2), bottom=max(bottom, min(top, FLOOR - 2) + 2))
