"""Importance over performance: where each point, both its intervals and its number stand. Geometry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Final

from heartline.web.charts.lettering import width_of
from heartline.web.charts.placing import Box, place

RADIUS: Final = 5.0
REACH: Final = 12.0
_STEPS: Final = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
_MOST_TICKS: Final = 6
_CORNER: Final = 26.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A driver as the chart is given it: ``number`` is its place in the table; each axis is (low, value, high), the
    performance −1…+1, the importance 0…1.
    """

    number: int
    title: str
    performance: tuple[float, float, float]
    importance: tuple[float, float, float]
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuadrantGiven:
    """All points, and the lines that cut the field: the feeling of everything, and an even share of importance."""

    marks: tuple[Mark, ...]
    middle: float
    even: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """A point in place, the ends of its intervals, and where its number stands (at its middle)."""

    mark: Mark
    x: float
    y: float
    left: float
    right: float
    top: float
    bottom: float
    label: tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class QuadrantLayout:
    """The geometry. ``ticks`` are (place, value) of either axis; ``cut`` is where the two lines cross."""

    width: float
    height: float
    frame: Box
    cut: tuple[float, float]
    across: tuple[tuple[float, float], ...]
    up: tuple[tuple[float, float], ...]
    spots: tuple[Spot, ...]


def lay_out_quadrant(given: QuadrantGiven, *, narrow: bool = False) -> QuadrantLayout:
    """The geometry for a wide screen (620 × 420), or for a phone (300 × 340)."""
    width, height = (300.0, 340.0) if narrow else (620.0, 420.0)
    frame = Box(40.0, _CORNER, width - 8, height - 46)
    ends = [end for mark in given.marks for end in mark.performance]
    first, last = _hold([*ends, given.middle], -1.0, 1.0)
    highest = max([0.01, given.even * 1.5, *(mark.importance[2] for mark in given.marks)])
    across, up = _ticks(first, last), _ticks(0.0, highest)
    last, highest, first = max(last, across[-1]), max(highest, up[-1]), min(first, across[0])

    def x_of(value: float) -> float:
        return frame.left + (min(max(value, first), last) - first) / (last - first) * (frame.right - frame.left)

    def y_of(value: float) -> float:
        return frame.bottom - min(max(value / highest, 0.0), 1.0) * (frame.bottom - frame.top)

    points = [(x_of(mark.performance[1]), y_of(mark.importance[1])) for mark in given.marks]
    labels = _label(given.marks, points, frame)
    return QuadrantLayout(
        width=width,
        height=height,
        frame=frame,
        cut=(x_of(given.middle), y_of(given.even)),
        across=tuple((x_of(tick), tick) for tick in across),
        up=tuple((y_of(tick), tick) for tick in up),
        spots=tuple(
            Spot(
                mark=mark,
                x=x,
                y=y,
                left=x_of(mark.performance[0]),
                right=x_of(mark.performance[2]),
                top=y_of(mark.importance[2]),
                bottom=y_of(mark.importance[0]),
                label=label,
            )
            for mark, (x, y), label in zip(given.marks, points, labels, strict=True)
        ),
    )


def _hold(ends: Iterable[float], least: float, most: float) -> tuple[float, float]:
    """The span of all ends with a little room, never beyond what can be."""
    known = list(ends)
    low, high = min(known), max(known)
    room = max((high - low) * 0.08, 0.05)
    return max(least, low - room), min(most, high + room)


def _ticks(low: float, high: float) -> tuple[float, ...]:
    """At most six round values from the first at or after ``low`` to the last at or before ``high``."""
    span = high - low
    step = next((one for one in _STEPS if span / one <= _MOST_TICKS - 1), _STEPS[-1])
    first = ceil(low / step - 1e-9)
    found = [round((first + place_) * step, 6) for place_ in range(_MOST_TICKS + 1)]
    return tuple(value for value in found if value <= high + 1e-9) or (round(low, 2),)


def _label(marks: Sequence[Mark], points: Sequence[tuple[float, float]], frame: Box) -> list[tuple[float, float]]:
    """Where each number stands: beside its point where there is room, on no other point and no other number."""
    taken = [Box(x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS) for x, y in points]
    around = Box(frame.left - 30, frame.top - 20, frame.right + 8, frame.bottom + 20)
    found = []
    for mark, (x, y) in zip(marks, points, strict=True):
        half = width_of(str(mark.number), 13, strong=True) / 2 + 1
        ways = [(x + side * (RADIUS + half + step), y + rise) for step in (3, 14, 26) for side in (1, -1)
                for rise in (-10, 10, 0)]  # fmt: skip
        ways += [(x, y - 16), (x, y + 16), (x, y - 30), (x, y + 30)]
        boxes = {Box(a - half, b - 8, a + half, b + 8): (a, b) for a, b in ways}
        box = place(boxes, taken, around) or next(iter(boxes))
        taken.append(box)
        found.append(boxes[box])
    return found
