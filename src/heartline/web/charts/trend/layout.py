"""A score by week: geometry of the line, its band, what it is compared with, the change, the labels at the ends."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from heartline.web.charts.curve import Piece, Point, join
from heartline.web.charts.lettering import width_of
from heartline.web.charts.placing import spread

FEW = 30
_LONE = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """One step of time: its label, value and 95 % interval (``None``: nothing may be shown), and how many customers.

    ``version`` is of the definition it was counted by: no line joins weeks of two versions.
    """

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    version: int = 1

    @property
    def few(self) -> bool:
        """Whether too few stand behind it to say anything."""
        return self.n < FEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A line: its name, its weeks, what is said at its end (“± 5, n 2,140” of the whole range, not the last week)."""

    name: str
    weeks: tuple[Week, ...]
    summary: str = ""
    end: str = ""
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that happened at the start of a week (its place), in words."""

    week: int
    words: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Break:
    """Where another definition begins to count, in words. ``week`` is the place of the first week counted by it; one
    past the last where no week is yet.
    """

    week: int
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendGiven:
    """A trend: the finding's title, what is measured, the main series, what it is compared with, what changed, and
    where the line breaks because something else is counted from there on.

    All series have the same weeks. ``signed`` writes “+20” on the axis; ``percent`` writes a share 0…1 as “20 %”.
    """

    title: str
    about: str
    main: Series
    others: tuple[Series, ...] = ()
    change: Change | None = None
    breaks: tuple[Break, ...] = ()
    signed: bool = True
    percent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Weeks in a row that were measured by one definition: the points, and the band's edges."""

    points: tuple[Point, ...]
    upper: tuple[Piece, ...]
    lower: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesSpot:
    """A series in place: stretches, points (with the week's place), and where its end label stands."""

    series: Series
    stretches: tuple[Stretch, ...]
    points: tuple[tuple[int, float, float], ...]
    label_y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TrendLayout:
    """The geometry of a trend."""

    given: TrendGiven
    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    ticks: tuple[tuple[float, float], ...]
    weeks: tuple[tuple[float, str], ...]
    series: tuple[SeriesSpot, ...]
    marker_x: float | None
    breaks: tuple[tuple[float, Break], ...] = ()


def lay_out_trend(given: TrendGiven, *, narrow: bool = False) -> TrendLayout:
    """The geometry for a wide screen (620 × 372), or for a phone (358 × 280)."""
    width, height = (358.0, 280.0) if narrow else (620.0, 372.0)
    size = 14.0 if narrow else 13.0
    every = (given.main, *given.others)
    ends = [name for series in every for name in (label_of(series), "" if narrow else series.summary)]
    tail = min(width * 0.34, max((width_of(words, size + 1.5, strong=True) for words in ends), default=0.0) + 18)
    # The change and every break have their words above the picture: two lines have room, more push it down.
    extra = 16.0 * max(0, len(given.breaks) + (2 if given.change and given.breaks else 0) - 2)
    height += extra
    left, right, top, bottom = (36.0 if narrow else 40.0), width - tail, 50.0 + extra, height - 40.0
    ticks = _ticks(every, signed=given.signed)
    low, high = ticks[0], ticks[-1]

    def level(value: float) -> float:
        return bottom - (value - low) / (high - low) * (bottom - top)

    count = len(given.main.weeks)
    step = (right - left) / max(1, count - 1)
    spots = [_set(series, level=level, left=left, step=step, frame=(low, high)) for series in every]
    wanted = [points[-1][2] if points else (top + bottom) / 2 for _, points in spots]
    centres = spread(wanted, 38.0 if any(series.summary for series in every) else 22.0, low=top - 12, high=bottom + 16)
    return TrendLayout(
        given=given,
        width=width,
        height=height,
        left=left,
        right=right,
        top=top,
        bottom=bottom,
        ticks=tuple((level(tick), tick) for tick in ticks),
        weeks=_week_labels(given, left=left, step=step, size=size),
        series=tuple(
            SeriesSpot(series=series, stretches=stretches, points=points, label_y=centre)
            for series, (stretches, points), centre in zip(every, spots, centres, strict=True)
        ),
        marker_x=None if given.change is None else left + max(0.0, given.change.week - 0.5) * step,
        breaks=tuple((left + min(count - 0.75, max(0.0, one.week - 0.5)) * step, one) for one in given.breaks),
    )


def label_of(series: Series) -> str:
    """The words at a line's end: its name and its figure."""
    return f"{series.name} {series.end}".strip()


def _ticks(every: tuple[Series, ...], *, signed: bool) -> tuple[float, ...]:
    """Three to six round values that hold all values, and the intervals of weeks that many stand behind (an interval of
    three answers would flatten all others); with zero where the scale is signed and near it.
    """
    weeks = [week for series in every for week in series.weeks]
    sure = [week for week in weeks if not week.few] or weeks
    values = [week.value for week in weeks if week.value is not None]
    values += [end for week in sure for end in (week.low, week.high) if end is not None]
    low, high = (min(values), max(values)) if values else (0.0, 1.0)
    if signed and low > 0 and low < (high - low) * 1.2:
        low = 0.0
    if high - low < 1e-9:
        low, high = low - 0.5, high + 0.5
    rough = (high - low) / 4
    unit = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * unit for factor in (1, 2, 5, 10) if factor * unit >= rough * 0.99)
    first = math.floor(low / step + 1e-9)
    last = max(first + 1, math.ceil(high / step - 1e-9))
    return tuple(round(nth * step, 10) for nth in range(first, last + 1))


def _set(
    series: Series, *, level: Callable[[float], float], left: float, step: float, frame: tuple[float, float]
) -> tuple[tuple[Stretch, ...], tuple[tuple[int, float, float], ...]]:
    """Points of a series, and its stretches between weeks without a value and where the definition changes."""
    low, high = frame
    runs: list[list[tuple[int, Week]]] = [[]]
    version = 0
    for place, week in enumerate(series.weeks):
        if week.value is None or week.version != version:
            runs.append([])
        version = week.version
        if week.value is not None:
            runs[-1].append((place, week))
    stretches, points = [], []
    for run in filter(None, runs):
        spots = [(left + place * step, level(week.value or 0.0)) for place, week in run]
        points += [(place, x, y) for (place, _), (x, y) in zip(run, spots, strict=True)]
        ends = [
            (left + place * step, level(min(high, _or(week.high, week))), level(max(low, _or(week.low, week))))
            for place, week in run
        ]
        if len(ends) == 1:
            # A week alone has no band to lie in, yet an interval.
            (x, up, down) = ends[0]
            ends = [(x - _LONE, up, down), (x + _LONE, up, down)]
        stretches.append(
            Stretch(
                points=tuple(spots),
                upper=join([(x, up) for x, up, _ in ends]),
                lower=join([(x, down) for x, _, down in ends]),
            )
        )
    return tuple(stretches), tuple(points)


def _or(end: float | None, week: Week) -> float:
    return end if end is not None else week.value or 0.0


def _week_labels(given: TrendGiven, *, left: float, step: float, size: float) -> tuple[tuple[float, str], ...]:
    """As many week labels as fit without touching: the first, the last, the change's, then evenly between."""
    weeks = given.main.weeks
    if not weeks:
        return ()
    last = len(weeks) - 1
    marked = [one.week for one in (given.change, *given.breaks) if one is not None]
    wanted = [0, last, *(week for week in marked if 0 < week < last)]
    wanted += [round(last * share) for share in (0.5, 0.25, 0.75)]
    kept: list[int] = []
    for place in wanted:
        half = width_of(weeks[place].label, size) / 2 + 5
        clear = all(abs(place - other) * step > half + width_of(weeks[other].label, size) / 2 + 5 for other in kept)
        if clear and place not in kept:
            kept.append(place)
    return tuple((left + place * step, weeks[place].label) for place in sorted(kept))


__all__ = [
    "Break",
    "Change",
    "Series",
    "SeriesSpot",
    "Stretch",
    "TrendGiven",
    "TrendLayout",
    "Week",
    "label_of",
    "lay_out_trend",
]
