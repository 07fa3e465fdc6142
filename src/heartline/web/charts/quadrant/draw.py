"""From points to SVG. Each carries the number under which the table names it, and says itself in words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.language import _, mark
from heartline.understand import Quadrant
from heartline.web.charts.quadrant.layout import (
    RADIUS,
    REACH,
    QuadrantGiven,
    QuadrantLayout,
    Spot,
    lay_out_quadrant,
)
from heartline.web.parts import svg
from heartline.web.parts.svg import num
from heartline.web.parts.words import number, percent

QUADRANTS: Final = {
    Quadrant.FIX_FIRST: mark("Fix first"),
    Quadrant.KEEP_UP: mark("Keep up"),
    Quadrant.WATCH: mark("Watch"),
    Quadrant.OVERKILL: mark("Possible overkill"),
    Quadrant.UNDECIDED: mark("Undecided"),
}


def draw_quadrant(given: QuadrantGiven, tell: Callable[[int], str], *, title: str, about: str) -> Element:
    """The figure with both widths, of which the style sheet shows one. ``tell`` says a driver by its number."""
    return h.figure(".chart.quadrant")[
        h.figcaption[h.b[title], " ", about],
        draw_quadrant_svg(lay_out_quadrant(given), tell, label=title, style="wide"),
        draw_quadrant_svg(lay_out_quadrant(given, narrow=True), tell, label=title, style="narrow"),
    ]


def draw_quadrant_svg(layout: QuadrantLayout, tell: Callable[[int], str], *, label: str, style: str) -> Element:
    """One drawing."""
    return svg.svg(class_=[style], viewBox=svg.box(layout.width, layout.height), role="group", aria_label=label)[
        _grid(layout),
        _corners(layout),
        [_cross(spot) for spot in layout.spots],
        [_point(spot, tell(spot.mark.number)) for spot in layout.spots],
    ]


def _grid(layout: QuadrantLayout) -> Node:
    frame, (x, y) = layout.frame, layout.cut
    return [
        svg.path(".ax", d="".join(f"M{num(frame.left)} {num(at)}H{num(frame.right)}" for at, _value in layout.up)),
        [svg.text(".end.n", x=num(frame.left - 6), y=num(at + 4))[percent(value)] for at, value in layout.up],
        [
            svg.text(".mid.n", x=num(at), y=num(frame.bottom + 18))[number(value, digits=2, signed=True)]
            for at, value in layout.across
        ],
        svg.path(".edge-line", d=f"M{num(x)} {num(frame.top)}V{num(frame.bottom)}"),
        svg.path(".edge-line", d=f"M{num(frame.left)} {num(y)}H{num(frame.right)}"),
        svg.text(".end.n", x=num(frame.right), y=num(layout.height - 8))[_("how it feels by itself →")],
    ]


def _corners(layout: QuadrantLayout) -> Node:
    """The four words; they stand outside of what is drawn where a line leaves them no room."""
    frame = layout.frame
    top, bottom = num(frame.top - 10), num(frame.bottom - 8)
    return [
        svg.text(".b.halo", x=num(frame.left), y=top)[_(QUADRANTS[Quadrant.FIX_FIRST])],
        svg.text(".end.b.halo", x=num(frame.right), y=top)[_(QUADRANTS[Quadrant.KEEP_UP])],
        svg.text(".n.halo", x=num(frame.left + 4), y=bottom)[_(QUADRANTS[Quadrant.WATCH])],
        svg.text(".end.n.halo", x=num(frame.right - 4), y=bottom)[_(QUADRANTS[Quadrant.OVERKILL])],
    ]


def _cross(spot: Spot) -> Node:
    return svg.path(
        ".whisker",
        d=f"M{num(spot.left)} {num(spot.y)}H{num(spot.right)}M{num(spot.x)} {num(spot.top)}V{num(spot.bottom)}",
    )


def _point(spot: Spot, told: str) -> Element:
    marks = [
        svg.title[told],
        svg.circle(".near", cx=num(spot.x), cy=num(spot.y), r=num(REACH)),
        svg.circle(".pt.ink", cx=num(spot.x), cy=num(spot.y), r=num(RADIUS)),
        svg.text(".mid.b.halo", x=num(spot.label[0]), y=num(spot.label[1] + 4.5))[number(spot.mark.number)],
    ]
    if not spot.mark.href:
        return svg.g(".step", role="img", aria_label=told)[marks]
    return svg.a(".step", href=spot.mark.href, aria_label=told)[marks]
