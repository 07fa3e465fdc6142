"""One life: geometry of a thin heartline over one customer's scores, its silences, and a tick for every touch below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Final
from zoneinfo import ZoneInfo

from heartline.language import ngettext, write_date
from heartline.web.charts.curve import Piece, Point, join
from heartline.web.charts.lettering import width_of, wrap
from heartline.web.charts.placing import Box, place
from heartline.web.parts.words import number

SILENCE_US: Final = 70 * 86_400_000_000
"""Over ten weeks without a score the line is dotted: nobody measured what lies between."""
_DAY_US: Final = 86_400_000_000
_STEPS: Final = ((1, 0), (2, 0), (7, 0), (14, 0), (0, 1), (0, 2), (0, 3), (0, 6), (0, 12), (0, 24), (0, 60), (0, 120))
_LANE: Final = 24.0


class LifeSize(Enum):
    """Three widths, so that no letter is drawn too small: (width, left, right margin, height of the line, letters)."""

    LARGE = (1160.0, 116.0, 44.0, 156.0, 13.0)
    MIDDLE = (620.0, 100.0, 36.0, 140.0, 13.0)
    SMALL = (358.0, 78.0, 30.0, 132.0, 14.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Felt:
    """What one customer scored on one day: the mean on −1…+1 of ``n`` scores, in words, and where it is told."""

    ts_us: int
    value: float
    label: str
    words: str
    n: int = 1
    href: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """The touches of one channel (or of several rare ones), by time in µs UTC."""

    name: str
    drawing: str
    times: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeGiven:
    """One life. ``felt`` rises by time. Times in µs UTC; ``zone`` names the months below."""

    felt: tuple[Felt, ...]
    lanes: tuple[Lane, ...]
    from_us: int
    to_us: int
    zone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Bridge:
    """A silence between two points: a dotted line, and its words where there is room."""

    first: Point
    last: Point
    words: str
    at: Point | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """A label of a point: its lines and where the first stands; ``end`` hangs it to the left."""

    lines: tuple[str, ...]
    x: float
    y: float
    end: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LifeLayout:
    """The geometry of one life at one size."""

    given: LifeGiven
    size: LifeSize
    height: float
    left: float
    right: float
    levels: tuple[float, float, float]
    stretches: tuple[tuple[Piece, ...], ...]
    bridges: tuple[Bridge, ...]
    points: tuple[tuple[Felt, float, float], ...]
    words: tuple[Word, ...]
    lanes: tuple[tuple[Lane, float, tuple[float, ...]], ...]
    times: tuple[tuple[float, str], ...]


def lay_out_life(given: LifeGiven, size: LifeSize = LifeSize.LARGE) -> LifeLayout:
    """The geometry of a life at one of three widths."""
    width, left, margin, line_height, letter = size.value
    right, top = width - margin, 16.0
    bottom = top + line_height
    span = max(1, given.to_us - given.from_us)

    def across(ts_us: int) -> float:
        return left + 8 + min(1.0, max(0.0, (ts_us - given.from_us) / span)) * (right - left - 16)

    def level(value: float) -> float:
        return top + (1 - max(-1.0, min(1.0, value))) / 2 * line_height

    points = tuple((felt, across(felt.ts_us), level(felt.value)) for felt in given.felt)
    lanes = tuple(
        (lane, bottom + 30 + place_ * _LANE, tuple(sorted({round(across(ts), 1) for ts in lane.times})))
        for place_, lane in enumerate(given.lanes)
    )
    frame = Box(left, 2.0, right, bottom + 12)
    taken = [Box(x - 7, y - 7, x + 7, y + 7) for _felt, x, y in points]
    stretches, bridges = _cut(points)
    taken += _along(stretches)
    words = _label(points, taken, frame, letter) if size is not LifeSize.SMALL or len(points) < 4 else ()
    return LifeLayout(
        given=given,
        size=size,
        height=bottom + 30 + len(lanes) * _LANE + 14,
        left=left,
        right=right,
        levels=(top, (top + bottom) / 2, bottom),
        stretches=stretches,
        bridges=tuple(_say_silence(bridge, taken, frame, letter) for bridge in bridges),
        points=points,
        words=words,
        lanes=lanes,
        times=tuple((across(ts), label) for ts, label in _mark_times(given, (right - left) / (letter * 6.5))),
    )


def _cut(
    points: Sequence[tuple[Felt, float, float]],
) -> tuple[tuple[tuple[Piece, ...], ...], list[tuple[Point, Point, int]]]:
    """Cut the line where nobody scored for long: curves between, and the silences as (first, last, length in µs)."""
    runs: list[list[Point]] = [[]]
    bridges: list[tuple[Point, Point, int]] = []
    before: tuple[Felt, float, float] | None = None
    for felt, x, y in points:
        if before is not None and felt.ts_us - before[0].ts_us > SILENCE_US:
            bridges.append(((before[1], before[2]), (x, y), felt.ts_us - before[0].ts_us))
            runs.append([])
        # Two days may fall on one spot of a long life; the curve needs them apart.
        runs[-1].append((max(x, runs[-1][-1][0] + 0.1) if runs[-1] else x, y))
        before = (felt, x, y)
    return tuple(join(run) for run in runs if len(run) > 1), bridges


def _along(stretches: Sequence[Sequence[Piece]]) -> list[Box]:
    """Boxes along the curves, so that no word lies on them."""
    return [
        Box(piece.x0 + share * (piece.x1 - piece.x0) - 4, y - 4, piece.x0 + share * (piece.x1 - piece.x0) + 4, y + 4)
        for pieces in stretches
        for piece in pieces
        for share in (0.1, 0.3, 0.5, 0.7, 0.9)
        for y in [piece.at(piece.x0 + share * (piece.x1 - piece.x0))]
    ]


def _say_silence(bridge: tuple[Point, Point, int], taken: list[Box], frame: Box, letter: float) -> Bridge:
    first, last, length = bridge
    weeks = round(length / (7 * _DAY_US))
    words = ngettext("{n} week without a score", "{n} weeks without a score", weeks).format(n=number(weeks))
    half, middle = width_of(words, letter) / 2, ((first[0] + last[0]) / 2, (first[1] + last[1]) / 2)
    at = None
    if last[0] - first[0] > 2 * half + 20:
        tops = [middle[1] - letter - 8, middle[1] + 8, min(first[1], last[1]) - letter - 8]
        spots = [Box(middle[0] - half, y, middle[0] + half, y + letter + 4) for y in tops]
        found = place(spots, taken, frame)
        if found is not None:
            taken.append(found)
            at = (middle[0], found.bottom - 4)
    return Bridge(first=first, last=last, words=words, at=at)


def _label(
    points: Sequence[tuple[Felt, float, float]], taken: list[Box], frame: Box, letter: float
) -> tuple[Word, ...]:
    """Name the points a reader asks about: the last, the lowest, the highest, the first, where there is room."""
    order = [len(points) - 1] if points else []
    order += [min(range(len(points)), key=lambda at: (points[at][0].value, -at))] if points else []
    order += [max(range(len(points)), key=lambda at: (points[at][0].value, at)), 0] if points else []
    words = []
    for at in dict.fromkeys(order):
        felt, x, y = points[at]
        lines = wrap(felt.label, 150, letter, lines=2)
        if not lines:
            continue
        wide, tall = max(width_of(line, letter) for line in lines), len(lines) * (letter + 3)
        low = felt.value < 0
        sides = [(x + 11, y - tall / 2, False), (x - 11 - wide, y - tall / 2, True)]
        under = [(x - wide / 2, y + 11, False), (x - 8, y + 11, False), (x + 8 - wide, y + 11, True)]
        above = [
            (x - wide / 2, y - 11 - tall, False),
            (x - 8, y - 11 - tall, False),
            (x + 8 - wide, y - 11 - tall, True),
        ]
        spots = [*(under if low else above), *sides, *(above if low else under)]
        boxes = [Box(left, top, left + wide, top + tall) for left, top, _end in spots]
        found = place(boxes, taken, frame)
        if found is not None:
            taken.append(found)
            end = spots[boxes.index(found)][2]
            words.append(Word(lines=lines, x=found.right if end else found.left, y=found.top + letter - 1, end=end))
    return tuple(words)


def _mark_times(given: LifeGiven, most: float) -> list[tuple[int, str]]:
    """As many days or months as there is room for, each with its words; a year stands at the first and at each turn."""
    zone = ZoneInfo(given.zone)
    first = datetime.fromtimestamp(given.from_us / 1e6, UTC).astimezone(zone).date()
    last = datetime.fromtimestamp(given.to_us / 1e6, UTC).astimezone(zone).date()
    days = max(1, (last - first).days)
    step = next(((d, m) for d, m in _STEPS if days / (d or 30.44 * m) <= most), _STEPS[-1])
    found: list[tuple[int, str]] = []
    year = 0
    for at in _walk(first, last, step):
        ts_us = int(datetime.combine(at, time(), zone).timestamp()) * 1_000_000
        if not given.from_us <= ts_us <= given.to_us:
            continue
        shape = "MMMd" if step[0] else "MMM"
        if step[1] >= 12:
            shape = "y"
        elif at.year != year:
            shape = "y" + shape
        year = at.year
        found.append((ts_us, write_date(at, shape)))
    return found


def _walk(first: date, last: date, step: tuple[int, int]) -> list[date]:
    days, months = step
    if days:
        return [first + timedelta(days=at) for at in range(days, (last - first).days + 1, days)]
    begin = first.year * 12 + first.month - 1
    begin += -begin % months
    end = last.year * 12 + last.month - 1
    return [date(at // 12, at % 12 + 1, 1) for at in range(begin, end + 1, months)]
