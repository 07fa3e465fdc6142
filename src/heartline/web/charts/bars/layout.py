"""Promoters, passives, detractors as one bar each: widths that add up to the whole, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH = 560.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """Answers of one group in three kinds, and where the people are."""

    name: str
    promoters: int
    passives: int
    detractors: int
    href: str = ""

    @property
    def n(self) -> int:
        """All answers."""
        return self.promoters + self.passives + self.detractors


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A part of a bar: its kind, left edge, width, and count."""

    kind: str
    x: float
    width: float
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BarLayout:
    """One bar in its row."""

    split: Split
    segments: tuple[Segment, ...]


def lay_out_bars(splits: Sequence[Split]) -> tuple[BarLayout, ...]:
    """Detractors first, then passives, then promoters; nothing under an empty group."""
    bars = []
    for split in splits:
        x, segments = 0.0, []
        parts = (("detractors", split.detractors), ("passives", split.passives), ("promoters", split.promoters))
        for kind, count in parts:
            width = WIDTH * count / split.n if split.n else 0.0
            segments.append(Segment(kind=kind, x=x, width=width, count=count))
            x += width
        bars.append(BarLayout(split=split, segments=tuple(segments)))
    return tuple(bars)
