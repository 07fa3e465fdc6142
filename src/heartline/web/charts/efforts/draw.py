"""From ranges over efforts to SVG. Money is ink; each bar carries the number under which the table names it."""

from __future__ import annotations

from collections.abc import Callable

from htpy import Element, Node

from heartline.language import _, mark
from heartline.records import Effort
from heartline.web.charts.efforts.layout import (
    FLOOR,
    HALF,
    HEIGHT,
    LEFT,
    REACH,
    UNKNOWN,
    WIDTH,
    Band,
    EffortsLayout,
    StakeBar,
    height_of,
)
from heartline.web.parts import svg
from heartline.web.parts.svg import num
from heartline.web.parts.words import number

BAND_WORDS = {
    Effort.SMALL: mark("Small effort"),
    Effort.MEDIUM: mark("Medium effort"),
    Effort.LARGE: mark("Large effort"),
    Effort.UNKNOWN: mark("Effort not said"),
}


def draw_efforts(
    layout: EffortsLayout, say: Callable[[float], str], tell: Callable[[StakeBar], str], *, label: str
) -> Element:
    """The chart. ``say`` writes an amount of money, ``tell`` an opportunity in words."""
    return svg.svg(".efforts", viewBox=svg.box(WIDTH, HEIGHT), role="group", aria_label=label)[
        svg.path(
            ".ax",
            d="".join(f"M{num(LEFT)} {num(height_of(tick, layout.scale))}H{num(WIDTH)}" for tick in layout.scale.ticks),
        ),
        [
            svg.text(".end.n", x=num(LEFT - 8), y=num(height_of(tick, layout.scale) + 4))[say(tick) if tick else "0"]
            for tick in layout.scale.ticks
        ],
        svg.path(".zero", d=f"M{num(LEFT)} {num(FLOOR)}H{num(WIDTH)}"),
        [_band(band) for band in layout.bands],
        any(bar.top is None for bar in layout.bars)
        and svg.text(".end.n", x=num(LEFT - 8), y=num(UNKNOWN))[_("unknown")],
        [_bar(bar, tell(bar)) for bar in layout.bars],
    ]


def _band(band: Band) -> Node:
    middle = (band.left + band.right) / 2
    return [
        band.left > LEFT and svg.path(".ax", d=f"M{num(band.left)} 8V{num(HEIGHT - 8)}"),
        svg.text(".mid.b", x=num(middle), y="22")[_(BAND_WORDS[band.effort])],
        band.more > 0
        and svg.text(".mid.n", x=num(middle), y=num(HEIGHT - 6))[
            _("{n} more in the table").format(n=number(band.more))
        ],
    ]


def _bar(bar: StakeBar, told: str) -> Element:
    top, bottom = (UNKNOWN - 16, UNKNOWN + 8) if bar.top is None or bar.bottom is None else (bar.top - 20, bar.bottom)
    marks = [
        svg.title[told],
        svg.rect(".near", x=num(bar.x - REACH), y=num(top), width=num(2 * REACH), height=num(bottom - top)),
        bar.top is not None
        and svg.rect(".rng", x=num(bar.x - HALF), y=num(top + 20), width=num(2 * HALF), height=num(bottom - top - 20)),
        svg.text(".mid.b", x=num(bar.x), y=num(bar.label_y))[number(bar.stake.number)],
    ]
    if not bar.stake.href:
        return svg.g(".step", role="img", aria_label=told)[marks]
    return svg.a(".step", href=bar.stake.href, aria_label=told)[marks]
