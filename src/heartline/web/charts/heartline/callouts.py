"""The few words that stand on the line itself: the story, its number, the highest point. None covers the line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from heartline.language import _
from heartline.web.charts.curve import Piece, height_at
from heartline.web.charts.heartline.layout import BOTTOM, TOP, MapLayout, TouchSpot, height_of
from heartline.web.charts.lettering import width_of
from heartline.web.charts.placing import Box, place
from heartline.web.parts.words import number

Anchor = Literal["start", "middle", "end"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a callout: its words, class and baseline, from the callout's own x."""

    words: str
    style: str
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Callout:
    """Words at a place: where they are anchored, and the box they fill."""

    x: float
    anchor: Anchor
    lines: tuple[Line, ...]
    box: Box


def place_callouts(layout: MapLayout) -> tuple[tuple[Callout, ...], bool]:
    """All callouts that found room, most important first, and whether the story is among them."""
    frame = Box(left=2, top=2, right=layout.width - 2, bottom=BOTTOM - 1)
    taken = _taken(layout)
    placed: list[Callout] = []

    def put(callouts: Iterator[Callout]) -> bool:
        found = {callout.box: callout for callout in callouts}
        box = place(found, taken, frame)
        if box is None:
            return False
        taken.append(box)
        placed.append(found[box])
        return True

    felt = [spot for spot in layout.spots if spot.y is not None and not spot.few]
    hot = next((spot for spot in layout.spots if spot.hot and spot.y is not None), None)
    if hot is not None:
        put(_number_of(hot, layout))
    if layout.gap is not None:
        put(_gap_words(layout))
    if felt:
        low = max(felt, key=lambda spot: spot.y or 0.0)
        high = min(felt, key=lambda spot: spot.y or 0.0)
        if hot is None and low is not high:
            put(_name_of(low, above=False))
        if high is not hot:
            put(_name_of(high, above=True))
    story = bool(layout.given.story) and put(_story(layout))
    if layout.believed:
        put(_believed_word(layout))
    return tuple(placed), story


def _taken(layout: MapLayout) -> list[Box]:
    """What words must keep clear of: the line with its band, the believed line, the points, the zero line."""
    zero = height_of(0)
    boxes = [Box(0, zero - 1, layout.width, zero + 1)]
    for strand in layout.strands:
        for upper, lower in zip(strand.upper, strand.lower, strict=True):
            boxes += _shadow(upper, lower, 5.0)
    for piece in layout.believed:
        boxes += _shadow(piece, piece, 3.0)
    for spot in layout.spots:
        if spot.y is not None:
            boxes.append(Box(spot.x - 8, spot.y - 8, spot.x + 8, spot.y + 8))
    if layout.gap:
        boxes.append(Box(layout.gap.x - 5, layout.gap.top, layout.gap.x + 5, layout.gap.bottom))
    return boxes


def _shadow(upper: Piece, lower: Piece, margin: float) -> list[Box]:
    step = (upper.x1 - upper.x0) / 12
    boxes = []
    for nth in range(12):
        left, right = upper.x0 + nth * step, upper.x0 + (nth + 1) * step
        tops, bottoms = (upper.at(left), upper.at(right)), (lower.at(left), lower.at(right))
        boxes.append(Box(left, min(tops) - margin, right, max(bottoms) + margin))
    return boxes


def _make(x: float, y: float, *, anchor: Anchor, words: tuple[tuple[str, str, float], ...]) -> Callout:
    """A callout whose first baseline is ``y``; ``words`` are (text, class, size)."""
    lines, baseline = [], y
    for nth, (text, style, size) in enumerate(words):
        if nth:
            baseline += size * 1.24 + (8 if words[nth - 1][2] > 2 * size else 0)
        lines.append(Line(words=text, style=style, y=baseline))
    wide = max(width_of(text, size, strong="b" in style.split()) for text, style, size in words)
    left = {"start": x, "middle": x - wide / 2, "end": x - wide}[anchor]
    box = Box(left - 2, y - words[0][2] * 0.82, left + wide + 2, baseline + words[-1][2] * 0.26)
    return Callout(x=x, anchor=anchor, lines=tuple(lines), box=box)


def _number_of(spot: TouchSpot, layout: MapLayout) -> Iterator[Callout]:
    """The number of the story, large, beside its point."""
    feeling = spot.touch.feeling
    if feeling is None or feeling.value is None or spot.y is None:
        return
    margin = feeling.margin
    words = (
        (number(feeling.value, digits=2, signed=True), "p big b", 26.0),
        (
            _("felt, ± {margin}").format(margin=number(margin, digits=2)) if margin is not None else _("felt"),
            "",
            13.0,
        ),
    )
    for distance in (14.0, 22.0, 32.0, 46.0, 64.0, 90.0):
        for dy in (4.0, 22.0, -14.0, 40.0, -34.0):
            for anchor, x in (("end", spot.x - distance), ("start", spot.x + distance)):
                yield _make(x, spot.y + dy, anchor=anchor, words=words)  # type: ignore[arg-type]
    yield _make(min(spot.x, layout.width - 60), TOP + 22, anchor="middle", words=words)


def _gap_words(layout: MapLayout) -> Iterator[Callout]:
    gap = layout.gap
    if gap is None:
        return
    words = ((_("Gap {size}").format(size=number(gap.size, digits=2)), "b", 13.0),)
    middle = (gap.top + gap.bottom) / 2
    for y in (gap.top + 18, middle, gap.top + 34, gap.bottom - 18, gap.top - 8):
        yield _make(gap.x + 9, y, anchor="start", words=words)
        yield _make(gap.x - 9, y, anchor="end", words=words)


def _name_of(spot: TouchSpot, *, above: bool) -> Iterator[Callout]:
    """A point's name and value, near it on its own side of the line."""
    feeling = spot.touch.feeling
    if feeling is None or feeling.value is None or spot.y is None:
        return
    value = number(feeling.value, digits=2, signed=True)
    short = spot.touch.name if len(spot.touch.name) <= 28 else spot.touch.name[:27].rstrip() + "…"
    words = ((f"\N{FIRST STRONG ISOLATE}{short}\N{POP DIRECTIONAL ISOLATE} {value}", "p b", 13.0),)
    steps = (14.0, 20.0, 28.0, 40.0)
    for step in steps:
        y = spot.y - step if above else spot.y + step + 9
        for anchor, x in (("middle", spot.x), ("end", spot.x - 10), ("start", spot.x + 10)):
            yield _make(x, y, anchor=anchor, words=words)  # type: ignore[arg-type]


def _story(layout: MapLayout) -> Iterator[Callout]:
    """The sentence, in the largest quiet place: it looks below the line first, left to right, then above."""
    story = layout.given.story
    if story is None:
        return
    words = tuple(
        line
        for line in (
            (story.first, "say1", 22.0),
            (story.second, "say2 b", 29.0),
            *((fact, "", 13.5) for fact in story.facts[:2]),
        )
        if line[0]
    )
    tall = sum(size * 1.24 for _text, _style, size in words) + 8
    for y in (*range(190, int(BOTTOM - tall + 32), 8), *range(int(TOP) + 24, int(150 - tall + 24), 8)):
        for x in range(12, int(layout.width), 24):
            yield _make(float(x), float(y), anchor="start", words=words)


def _believed_word(layout: MapLayout) -> Iterator[Callout]:
    """The word “believed”, somewhere along its line."""
    for piece in sorted(layout.believed, key=lambda piece: min(piece.y0, piece.y1)):
        x = (piece.x0 + piece.x1) / 2
        y = height_at(layout.believed, x)
        if y is None:
            continue
        for dy in (-8.0, -14.0, 20.0, 26.0):
            yield _make(x, y + dy, anchor="middle", words=((_("believed"), "", 13.0),))
