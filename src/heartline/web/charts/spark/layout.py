"""A spark: a trend without words, for a tile or the life of one customer. Geometry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from heartline.web.charts.curve import Piece, Point, join
from heartline.web.charts.trend import Week

WIDTH = 180.0
HEIGHT = 44.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkCurves:
    """Curves of value and interval over the weeks that one definition counts."""

    line: tuple[Piece, ...]
    upper: tuple[Piece, ...]
    lower: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SparkLayout:
    """The curves, more than one only where the definition changed, and the points: (x, y, few)."""

    curves: tuple[SparkCurves, ...]
    points: tuple[tuple[float, float, bool], ...]


def lay_out_spark(weeks: Sequence[Week]) -> SparkLayout:
    """The geometry of a spark; weeks without a value are left out. Its scale is its own: shape, not level. Intervals of
    weeks with few behind them end at its edges: they would flatten all others.
    """
    known = [(place, week, week.value) for place, week in enumerate(weeks) if week.value is not None]
    sure = [week for _, week, _ in known if not week.few] or [week for _, week, _ in known]
    ends = [value for _, _, value in known]
    ends += [end for week in sure for end in (week.low, week.high) if end is not None]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    reach = (high - low) or 1.0
    step = (WIDTH - 12) / max(1, len(weeks) - 1)

    def at(place: int, value: float) -> Point:
        return 4 + place * step, 3 + (high - min(max(value, low), high)) / reach * (HEIGHT - 6)

    def bend(of: Sequence[tuple[int, Week, float]]) -> SparkCurves:
        return SparkCurves(
            line=join([at(place, value) for place, _, value in of]),
            upper=join([at(place, value if week.high is None else week.high) for place, week, value in of]),
            lower=join([at(place, value if week.low is None else week.low) for place, week, value in of]),
        )

    return SparkLayout(
        curves=tuple(bend(list(of)) for _, of in groupby(known, key=lambda one: one[1].version)) or (bend(()),),
        points=tuple((*at(place, value), week.few) for place, week, value in known),
    )
