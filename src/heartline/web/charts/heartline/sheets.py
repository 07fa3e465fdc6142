"""The map cut into sheets of paper: never through a stage, and all at one scale, so that they lie side by side. Pure.

A sheet is a window on the whole map's geometry: the line goes on where the sheet before it ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Final

from heartline.web.charts.curve import Piece
from heartline.web.charts.heartline.given import MapGiven
from heartline.web.charts.heartline.layout import UNIT, Gap, MapLayout, StageSpan, lay_out

LABELS: Final = 96.0
"""CSS pixels that the names of the lanes take."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A size of paper, landscape. ``wide`` is what can be printed across, in CSS pixels (96 an inch) within margins of
    10 mm; ``columns`` is the most that a sheet holds; ``scale`` is the size of a drawn unit in CSS pixels.
    """

    name: str
    wide: float
    columns: int
    scale: float


A4: Final = Format(name="a4", wide=1046.0, columns=8, scale=0.84)
A3: Final = Format(name="a3", wide=1510.0, columns=14, scale=1.0)
FORMATS: Final = {form.name: form for form in (A4, A3)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet: its part of the map, and the columns' width in CSS pixels, equal on all sheets."""

    layout: MapLayout
    column: float
    place: int
    of: int


def split_stages(columns: Sequence[int], most: int) -> tuple[range, ...]:
    """Split stages, given by the columns they take, into runs of at most ``most`` columns: as few runs as can be, and
    of those the evenest. A stage that alone takes more has a run of its own.
    """
    if not columns:
        return ()
    fewest = len(_fill(columns, most))
    evenest = next(room for room in range(1, most + 1) if len(_fill(columns, room)) == fewest)
    return _fill(columns, evenest)


def _fill(columns: Sequence[int], most: int) -> tuple[range, ...]:
    runs, begin, held = [], 0, 0
    for place, wide in enumerate(columns):
        if held and held + wide > most:
            runs.append(range(begin, place))
            begin, held = place, 0
        held += wide
    return (*runs, range(begin, len(columns)))


def lay_out_sheets(given: MapGiven, form: Format) -> tuple[Sheet, ...]:
    """The sheets of a map, left to right."""
    whole = lay_out(given)
    spans = [span.span for span in whole.stages]
    runs = split_stages(spans, form.columns)
    if not runs:
        return ()
    ends = list(accumulate(spans, initial=0))
    widest = max(ends[run.stop] - ends[run.start] for run in runs)
    column = (form.wide - LABELS) / widest
    whole = lay_out(given, unit=max(UNIT, column / form.scale))
    return tuple(
        Sheet(layout=cut_map(whole, run), column=column, place=place, of=len(runs)) for place, run in enumerate(runs)
    )


def cut_map(layout: MapLayout, stages: range) -> MapLayout:
    """A part of a map: some stages next to each other, from their left edge at 0. Its ``given`` is the whole map's, but
    for a story that stands on another part.
    """
    held = layout.stages[stages.start : stages.stop]
    left, right = held[0].left, held[-1].right
    here = [spot for spot in layout.spots if spot.stage in stages]
    story = layout.given.story
    told = story is not None and (any(span.hot for span in held) if story.touch is not None else not stages.start)

    def move(pieces: Sequence[Piece]) -> tuple[Piece, ...]:
        return tuple(
            replace(piece, x0=piece.x0 - left, x1=piece.x1 - left)
            for piece in pieces
            if piece.x0 < right and piece.x1 > left
        )

    strands = (
        replace(strand, line=move(strand.line), upper=move(strand.upper), lower=move(strand.lower))
        for strand in layout.strands
    )
    return replace(
        layout,
        given=layout.given if told else replace(layout.given, story=None),
        width=right - left,
        stages=tuple(_shift(span, held[0]) for span in held),
        spots=tuple(replace(spot, x=spot.x - left) for spot in here),
        strands=tuple(strand for strand in strands if strand.line),
        believed=move(layout.believed),
        tint=tuple((x - left, strength) for x, strength in layout.tint),
        gap=_move_gap(layout.gap, left, right),
        stream=move(layout.stream),
        detours=tuple(
            (begin - left, end - left, depth) for begin, end, depth in layout.detours if left <= begin and end <= right
        ),
    )


def _shift(span: StageSpan, first: StageSpan) -> StageSpan:
    return replace(span, column=span.column - first.column, left=span.left - first.left, right=span.right - first.left)


def _move_gap(gap: Gap | None, left: float, right: float) -> Gap | None:
    return replace(gap, x=gap.x - left) if gap is not None and left <= gap.x < right else None
