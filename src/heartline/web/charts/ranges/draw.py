"""From ranges to SVG. Money is ink, never crimson: only what was felt is drawn in the line's colour."""

from __future__ import annotations

from collections.abc import Callable

from htpy import Element

from heartline.web.charts.ranges.layout import (
    GAP_WIDTH,
    WIDTH,
    Scale,
    lay_out_gap,
    lay_out_range,
)
from heartline.web.parts import svg
from heartline.web.parts.svg import num

HEIGHT = 30.0


def draw_axis(scale: Scale, say: Callable[[float], str]) -> Element:
    """The scale's ticks in words; the bars below carry their own figures, so it is hidden from those who hear."""
    shown = scale.ticks if len(scale.ticks) <= 4 else scale.ticks[::2]
    kinds = {scale.ticks[0]: "first", scale.ticks[-1]: "last"}
    return svg.svg(".range-axis", viewBox=svg.box(WIDTH, 16), aria_hidden="true")[
        (svg.text(x=num(scale.at(tick)), y="12", class_=kinds.get(tick, "mid"))[say(tick)] for tick in shown)
    ]


def draw_range(low: float, middle: float, high: float, scale: Scale, *, label: str) -> Element:
    """A bar from low to high with a notch at the middle that ranks it. One that may be nothing is an outline alone."""
    bar = lay_out_range(low, middle, high, scale)
    return svg.svg(".range", viewBox=svg.box(WIDTH, HEIGHT), role="img", aria_label=label)[
        _grid(scale),
        svg.rect(class_=["rng", bar.open and "open"], x=num(bar.x), y="9", width=num(bar.width), height="12"),
        not bar.open and svg.path(class_="rng-mark", d=f"M{num(bar.notch)} 5v20"),
    ]


def draw_unknown(scale: Scale, *, label: str) -> Element:
    """Where no money is known: the grid, and a dashed stub that says so."""
    return svg.svg(".range", viewBox=svg.box(WIDTH, HEIGHT), role="img", aria_label=label)[
        _grid(scale), svg.path(class_="rng-none", d="M8 15h80")
    ]


def draw_gap(low: float, middle: float, high: float, reach: float, *, feeling: bool) -> Element:
    """A difference with its interval beside the line of none. Its words stand above it, so it is hidden."""
    gap = lay_out_gap(low, middle, high, reach)
    kind = None if feeling else "ink"
    return svg.svg(".gap", viewBox=svg.box(GAP_WIDTH, 20), aria_hidden="true")[
        svg.path(class_="gap-zero", d=f"M{num(gap.zero)} 0v20"),
        svg.path(class_=["gap-line", kind], d=f"M{num(gap.low)} 10H{num(gap.high)}"),
        svg.circle(class_=["pt", kind], cx=num(gap.middle), cy="10", r="5"),
    ]


def _grid(scale: Scale) -> Element:
    return svg.path(class_="range-grid", d="".join(f"M{num(scale.at(tick))} 0v{num(HEIGHT)}" for tick in scale.ticks))
