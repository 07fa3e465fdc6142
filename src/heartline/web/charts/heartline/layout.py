"""From a journey to geometry: where every point, band, stream and word of the map lies. Pure; no markup.

The drawing is ``width`` units wide: columns of equal ``unit``, at least two for a stage, one for a touchpoint (a lone
touchpoint stands in the middle of its stage). Heights are the feeling lane's: +1 lies at ``TOP``, −1 at ``BOTTOM``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from heartline.records import Metric
from heartline.web.charts.curve import Piece, Point, join
from heartline.web.charts.heartline.given import MapGiven, StageColumn, Touch

WIDTH: Final = 1176.0
UNIT: Final = 72.0
HEIGHT: Final = 356.0
TOP: Final = 18.0
BOTTOM: Final = 284.0
STREAM: Final = 48.0
FEW: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSpan:
    """Where a stage lies: its first column, how many it takes, and its edges."""

    stage: StageColumn
    place: int
    column: int
    span: int
    left: float
    right: float
    hot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TouchSpot:
    """Where a touchpoint lies: its columns and its middle. ``y`` is ``None`` where nothing may be drawn."""

    touch: Touch
    place: int
    stage: int
    span: int
    x: float
    y: float | None
    few: bool
    detour: bool
    hot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Strand:
    """A stretch of the line with its band. ``bridge`` crosses touchpoints without an answer; ``branch`` is a detour."""

    line: tuple[Piece, ...]
    upper: tuple[Piece, ...]
    lower: tuple[Piece, ...]
    bridge: bool = False
    branch: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Believed against felt at one touchpoint: the bracket's ends, and the size."""

    x: float
    top: float
    bottom: float
    size: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MapLayout:
    """The geometry of a map."""

    given: MapGiven
    unit: float
    width: float
    stages: tuple[StageSpan, ...]
    spots: tuple[TouchSpot, ...]
    strands: tuple[Strand, ...]
    believed: tuple[Piece, ...]
    tint: tuple[tuple[float, float], ...]
    gap: Gap | None
    stream: tuple[Piece, ...]
    detours: tuple[tuple[float, float, float], ...]

    @property
    def columns(self) -> int:
        """How many equal columns the map has."""
        return sum(span.span for span in self.stages)


def height_of(value: float) -> float:
    """Where a feeling on −1…+1 lies."""
    return BOTTOM + (max(-1.0, min(1.0, value)) + 1) / 2 * (TOP - BOTTOM)


def lay_out(given: MapGiven, *, unit: float | None = None) -> MapLayout:
    """The geometry of ``given``; ``unit`` sets the width of its columns."""
    spans = [max(2, len(stage.touches)) for stage in given.stages]
    unit = unit or max(UNIT, float(-(-WIDTH // max(1, sum(spans)))))
    hot = given.story.touch if given.story else None
    stages = _span_stages(given, spans, unit, hot=hot)
    spots = _set_spots(stages, unit, hot=hot)
    believed = join([(x, height_of(value)) for x, value in believed_points(stages, spots)])
    return MapLayout(
        given=given,
        unit=unit,
        width=unit * sum(spans),
        stages=stages,
        spots=spots,
        strands=strands_of(spots),
        believed=believed,
        tint=_tint(spots),
        gap=_gap(spots, hot),
        stream=_stream(stages),
        detours=_detours(stages),
    )


def believed_points(stages: Sequence[StageSpan], spots: Sequence[TouchSpot]) -> list[tuple[float, float]]:
    """What was believed as (x, −1…+1), left to right: of touchpoints, and of stages in their middle."""
    points = [(spot.x, spot.touch.believed) for spot in spots if spot.touch.believed is not None]
    points += [
        ((span.left + span.right) / 2, span.stage.believed) for span in stages if span.stage.believed is not None
    ]
    return sorted(dict(points).items())


def _span_stages(given: MapGiven, spans: list[int], unit: float, *, hot: int | None) -> tuple[StageSpan, ...]:
    found, column, touched = [], 0, 0
    for place, (stage, span) in enumerate(zip(given.stages, spans, strict=True)):
        holds = hot is not None and touched <= hot < touched + len(stage.touches)
        found.append(
            StageSpan(
                stage=stage,
                place=place,
                column=column,
                span=span,
                left=column * unit,
                right=(column + span) * unit,
                hot=holds,
            )
        )
        column += span
        touched += len(stage.touches)
    return tuple(found)


def _set_spots(stages: tuple[StageSpan, ...], unit: float, *, hot: int | None) -> tuple[TouchSpot, ...]:
    spots: list[TouchSpot] = []
    for span in stages:
        wide = span.span // max(1, len(span.stage.touches))
        for nth, touch in enumerate(span.stage.touches):
            feeling = touch.feeling
            value = feeling.value if feeling else None
            spots.append(
                TouchSpot(
                    touch=touch,
                    place=len(spots),
                    stage=span.place,
                    span=wide,
                    x=span.left + (nth + 0.5) * wide * unit,
                    y=None if value is None else height_of(value),
                    few=bool(feeling and feeling.customers < FEW),
                    detour=span.stage.detour,
                    hot=len(spots) == hot,
                )
            )
    return tuple(spots)


def strands_of(
    spots: Sequence[TouchSpot],
    *,
    at: Callable[[TouchSpot], float] = lambda spot: spot.x,
    level: Callable[[float], float] = height_of,
) -> tuple[Strand, ...]:
    """The line everyone walks, then a branch for each detour: from the point before it to the point after. ``at`` says
    how far along a touchpoint lies, ``level`` where a feeling lies across.
    """
    main = [spot for spot in spots if not spot.detour]
    strands = _along(main, branch=False, at=at, level=level)
    run: list[TouchSpot] = []
    for spot in (*spots, None):
        if spot is not None and spot.detour:
            run.append(spot)
            continue
        if run:
            before = [other for other in main if other.place < run[0].place and other.y is not None][-1:]
            after = [other for other in main if other.place > run[-1].place and other.y is not None][:1]
            strands += _along([*before, *run, *after], branch=True, at=at, level=level)
            run = []
    return tuple(strands)


def _along(
    walked: list[TouchSpot], *, branch: bool, at: Callable[[TouchSpot], float], level: Callable[[float], float]
) -> list[Strand]:
    """One curve through the measured points of ``walked``, cut where a touchpoint between two of them has no answer."""
    felt = [spot for spot in walked if spot.y is not None]
    line = join([(at(spot), level(_value(spot.touch.feeling))) for spot in felt])
    upper = join([(at(spot), level(_end(spot.touch.feeling, high=True))) for spot in felt])
    lower = join([(at(spot), level(_end(spot.touch.feeling, high=False))) for spot in felt])
    holes = [spot.place for spot in walked if spot.y is None]
    bridges = [any(a.place < hole < b.place for hole in holes) for a, b in pairwise(felt)]
    strands: list[Strand] = []
    start = 0
    for end in range(1, len(line) + 1):
        if end == len(line) or bridges[end] != bridges[start]:
            part = slice(start, end)
            strands.append(
                Strand(line=line[part], upper=upper[part], lower=lower[part], bridge=bridges[start], branch=branch)
            )
            start = end
    return strands


def _value(feeling: Metric | None) -> float:
    return feeling.value if feeling is not None and feeling.value is not None else 0.0


def _end(feeling: Metric | None, *, high: bool) -> float:
    """An end of the interval; the value itself where there is none."""
    if feeling is None:
        return 0.0
    end = feeling.high if high else feeling.low
    return _value(feeling) if end is None else end


def _tint(spots: tuple[TouchSpot, ...]) -> tuple[tuple[float, float], ...]:
    """How strongly the space between believed and felt is tinted, as (x, 0…1): it fades where few were asked."""
    return tuple(
        (spot.x, min(1.0, (spot.touch.feeling.customers if spot.touch.feeling else 0) / 100))
        for spot in spots
        if spot.touch.believed is not None and spot.y is not None and not spot.detour
    )


def _gap(spots: tuple[TouchSpot, ...], hot: int | None) -> Gap | None:
    """The bracket of the story, or else of the largest gap whose interval keeps clear of what was believed."""

    def size(spot: TouchSpot) -> float:
        feeling, believed = spot.touch.feeling, spot.touch.believed
        if believed is None or feeling is None or spot.y is None or spot.few:
            return 0.0
        low, high = _end(feeling, high=False), _end(feeling, high=True)
        return 0.0 if low <= believed <= high else abs(believed - _value(feeling))

    best = max((spot for spot in spots if hot is None or spot.place == hot), key=size, default=None)
    if best is None or size(best) < 0.2 or best.y is None or best.touch.believed is None:
        return None
    ends = sorted((height_of(best.touch.believed), best.y))
    return Gap(x=best.x, top=ends[0], bottom=ends[1], size=size(best))


def _stream(stages: tuple[StageSpan, ...]) -> tuple[Piece, ...]:
    """The upper edge of the people stream over a floor at 44: its depth is people, to scale (40 = the most)."""
    depths = stream_depths(stages)
    points: list[Point] = []
    for span, depth in zip(stages, depths, strict=True):
        ease = min(22.0, (span.right - span.left) / 4)
        left = span.left if span is stages[0] else span.left + ease
        right = span.right if span is stages[-1] else span.right - ease
        points += [(left, 44 - depth), (right, 44 - depth)]
    return join(points)


def stream_depths(stages: tuple[StageSpan, ...]) -> tuple[float, ...]:
    """How deep the stream is at each stage. A detour does not narrow it: the others walk past."""
    most = max((span.stage.people or 0 for span in stages), default=0)
    depths: list[float] = []
    for span in stages:
        if span.stage.detour and depths:
            depths.append(depths[-1])
        else:
            depths.append(40.0 * (span.stage.people or 0) / most if most else 0.0)
    return tuple(depths)


def _detours(stages: tuple[StageSpan, ...]) -> tuple[tuple[float, float, float], ...]:
    """The dark strip of each detour: left, right, depth, on the stream's own scale."""
    most = max((span.stage.people or 0 for span in stages), default=0)
    return tuple(
        (span.left, span.right, 40.0 * (span.stage.people or 0) / most)
        for span in stages
        if span.stage.detour and most and span.stage.people
    )
