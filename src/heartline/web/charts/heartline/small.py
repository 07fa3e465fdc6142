"""The map in small, for a sheet of paper: the line of feeling, and below each point its value, its interval and its n.

One unit is one CSS pixel of an A4 sheet's width, so the smallest words are 7.5 points on paper; a map of more than 16
columns is drawn wider, and so smaller on paper, because figures must never touch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from htpy import Element, Node

from heartline.language import _
from heartline.web.charts.heartline.draw import draw_band, draw_line, tell
from heartline.web.charts.heartline.layout import MapLayout, Strand, TouchSpot, strands_of
from heartline.web.charts.heartline.matrix import say_people
from heartline.web.charts.lettering import width_of, wrap
from heartline.web.parts import svg
from heartline.web.parts.svg import num
from heartline.web.parts.words import NBSP, number, people

WIDE: Final = 704.0
NARROWEST: Final = 44.0
"""How narrow a column may be: “+0.47” over “n 10,000”."""
TOP: Final = 58.0
BOTTOM: Final = 150.0
SIZE: Final = 10.0
NAME_SIZE: Final = 13.0
_LINE: Final = 12.0
_NAMES: Final = 3
AIR: Final = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallText:
    """One line of words around its middle (``start`` False) or from its left end."""

    x: float
    y: float
    words: str
    size: float
    style: str
    start: bool = False

    @property
    def ends(self) -> tuple[float, float]:
        """Where the words begin and end, nearly."""
        wide = width_of(self.words, self.size, strong=self.style == "b")
        return (self.x, self.x + wide) if self.start else (self.x - wide / 2, self.x + wide / 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallPoint:
    """A touchpoint with an answer that may be shown."""

    spot: TouchSpot
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class SmallLayout:
    """The geometry of the map in small; ``whole`` is the map it was made of."""

    whole: MapLayout
    width: float
    height: float
    edges: tuple[float, ...]
    points: tuple[SmallPoint, ...]
    strands: tuple[Strand, ...]
    texts: tuple[SmallText, ...]


def lay_out_small(whole: MapLayout) -> SmallLayout:
    """The geometry of a map in small."""
    wide = max(WIDE, NARROWEST * whole.columns)
    share = wide / whole.width if whole.width else 0.0
    heads = [
        text
        for span in whole.stages
        for text in _head(whole, span.place, span.left * share, (span.right - span.left) * share)
    ]
    rooms = {spot.place: spot.span * whole.unit * share - AIR for spot in whole.spots}
    names = {spot.place: wrap(spot.touch.name, rooms[spot.place], SIZE, lines=_NAMES) for spot in whole.spots}
    below = BOTTOM + 16 + _LINE * max((len(found) for found in names.values()), default=0)
    texts = [
        text
        for spot in whole.spots
        for text in _words(spot.x * share, names[spot.place], say_small(spot, rooms[spot.place]), below)
    ]
    return SmallLayout(
        whole=whole,
        width=wide,
        height=below + 2 * _LINE + 8,
        edges=tuple(span.left * share for span in whole.stages if span.place),
        points=tuple(
            SmallPoint(spot=spot, x=spot.x * share, y=level_of(_value(spot)))
            for spot in whole.spots
            if spot.y is not None
        ),
        strands=strands_of(whole.spots, at=lambda spot: spot.x * share, level=level_of),
        texts=(*heads, *texts),
    )


def level_of(value: float) -> float:
    """Where a feeling on −1…+1 lies."""
    return BOTTOM + (max(-1.0, min(1.0, value)) + 1) / 2 * (TOP - BOTTOM)


def draw_small(layout: SmallLayout) -> Element:
    """The drawing."""
    zero = num(level_of(0))
    return svg.svg(
        ".map-small", viewBox=svg.box(layout.width, layout.height), role="img", aria_label=tell(layout.whole)
    )[
        svg.path(".ink", d=f"M0 1H{num(layout.width)}"),
        svg.path(".ax", d=f"M0 {num(TOP)}H{num(layout.width)}M0 {num(BOTTOM)}H{num(layout.width)}"),
        svg.path(".ax", d="".join(f"M{num(x)} 1V{num(layout.height)}" for x in layout.edges)),
        svg.path(".zero", d=f"M0 {zero}H{num(layout.width)}"),
        [draw_band(strand) for strand in layout.strands],
        [draw_line(strand) for strand in sorted(layout.strands, key=lambda strand: not strand.branch)],
        [
            svg.circle(class_=["pt", point.spot.few and "few"], cx=num(point.x), cy=num(point.y), r="3.5")
            for point in layout.points
        ],
        [_draw(text) for text in layout.texts],
    ]


def _draw(text: SmallText) -> Element:
    size = {NAME_SIZE: "s13"}.get(text.size, "s10")
    return svg.text(class_=[text.style, size, not text.start and "mid"], x=num(text.x), y=num(text.y))[text.words]


def _head(whole: MapLayout, place: int, left: float, wide: float) -> list[SmallText]:
    span, x = whole.stages[place], left + AIR
    name = wrap(span.stage.name, wide - 2 * AIR, NAME_SIZE, lines=1, strong=True)
    told = wrap(say_people(whole, span), wide - 2 * AIR, SIZE, lines=2)
    return [
        *(SmallText(x=x, y=18, words=words, size=NAME_SIZE, style="b", start=True) for words in name),
        *(
            SmallText(x=x, y=33 + _LINE * nth, words=words, size=SIZE, style="m", start=True)
            for nth, words in enumerate(told)
        ),
    ]


def _words(x: float, name: tuple[str, ...], told: tuple[tuple[str, bool], ...], below: float) -> list[SmallText]:
    lines = [
        SmallText(x=x, y=BOTTOM + 16 + _LINE * nth, words=words, size=SIZE, style="k") for nth, words in enumerate(name)
    ]
    figures = [
        SmallText(x=x, y=below + _LINE * nth, words=words, size=SIZE, style="b" if strong else "n")
        for nth, (words, strong) in enumerate(told)
    ]
    return [*lines, *figures]


def say_small(spot: TouchSpot, room: float) -> tuple[tuple[str, bool], ...]:
    """What stands below a point, as (words, strong): its value, its margin, its n; or that there is none."""
    feeling = spot.touch.feeling
    if feeling is None or feeling.value is None:
        none = _("not asked") if feeling is None or not feeling.n else _("too few\nanswers").replace("\n", " ")
        return tuple((words, False) for words in wrap(none, room, SIZE, lines=3))
    counted = (people(feeling.n), False)
    value = (number(feeling.value, digits=2, signed=True), True)
    if feeling.margin is None:
        return value, counted
    return value, (f"±{NBSP}{number(feeling.margin, digits=2)}", False), counted


def _value(spot: TouchSpot) -> float:
    feeling = spot.touch.feeling
    return feeling.value if feeling is not None and feeling.value is not None else 0.0


def small_note(layout: SmallLayout) -> Node:
    """What its marks mean."""
    few = any(point.spot.few for point in layout.points)
    told = _("The line: how they feel, from −1 below to +1 above, in its 95 % interval; n counts answers.")
    return [told, few and [" ", _("Hollow: fewer than 30 customers.")]]
