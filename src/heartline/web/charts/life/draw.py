"""From a life's geometry to SVG at three widths, and its table twin. One score each, so every point is hollow."""

from __future__ import annotations

from typing import Final

import htpy as h
from htpy import Element, Node

from heartline.language import _
from heartline.web.charts.curve import path_of
from heartline.web.charts.life.layout import Bridge, Felt, Lane, LifeGiven, LifeLayout, LifeSize, Word, lay_out_life
from heartline.web.parts import svg
from heartline.web.parts.icons import DRAWINGS
from heartline.web.parts.svg import num
from heartline.web.parts.tables import Column, table, table_twin
from heartline.web.parts.words import iso, moment, number, plural

_CLASSES: Final = {LifeSize.LARGE: "large", LifeSize.MIDDLE: "middle", LifeSize.SMALL: "small-life"}
_HOLLOW: Final = 30


def draw_life(given: LifeGiven) -> Element:
    """The figure: three drawings of which one shows, points that lead to what was said, the table twin."""
    return h.figure(".life")[
        h.trend_line[(draw_life_svg(lay_out_life(given, size)) for size in LifeSize)],
        bool(given.felt) and table_twin(life_twin(given)),
    ]


def draw_life_svg(layout: LifeLayout) -> Element:
    """One drawing."""
    width = layout.size.value[0]
    return svg.svg(
        class_=[_CLASSES[layout.size]],
        viewBox=svg.box(width, layout.height),
        role="group",
        aria_label=tell_life(layout.given),
    )[
        _grid(layout),
        [_bridge(bridge) for bridge in layout.bridges],
        [svg.path(".hl.thin", d=path_of(pieces), pathLength="1") for pieces in layout.stretches],
        [_point(felt, x, y) for felt, x, y in layout.points],
        [_words(word, layout.size.value[4]) for word in layout.words],
        [_lane(layout, lane, y, ticks) for lane, y, ticks in layout.lanes],
    ]


def tell_life(given: LifeGiven) -> str:
    """The life in a sentence, for those who do not see it."""
    touches = sum(len(lane.times) for lane in given.lanes)
    if not given.felt:
        return _("No score yet. {touches}.").format(touches=plural(touches, "touch", "touches"))
    low = min(given.felt, key=lambda felt: felt.value)
    scores = plural(sum(felt.n for felt in given.felt), "score", "scores")
    return _("{scores} and {touches}. Lowest: {lowest}. Last: {last}.").format(
        scores=scores, touches=plural(touches, "touch", "touches"), lowest=low.words, last=given.felt[-1].words
    )


def _grid(layout: LifeLayout) -> Node:
    top, middle, bottom = layout.levels
    floor = layout.height - 18
    narrow = layout.size is LifeSize.SMALL
    names = ("+1", "0", "−1") if narrow else (_("+1 delighted"), "0", _("−1 upset"))
    return [
        [
            [
                svg.path(".ax", d=f"M{num(x)} {num(top)}V{num(floor)}"),
                svg.text(x=num(x + 5), y=num(layout.height - 5))[words],
            ]
            for x, words in layout.times
            if x < layout.right - len(words) * 6
        ],
        svg.path(".zero", d=f"M{num(layout.left)} {num(middle)}H{num(layout.right)}"),
        [svg.text(x="0", y=num(y + 4))[words] for y, words in zip((top, middle, bottom), names, strict=True)],
    ]


def _bridge(bridge: Bridge) -> Node:
    (x0, y0), (x1, y1) = bridge.first, bridge.last
    return [
        svg.path(".hl.bridge", d=f"M{num(x0)} {num(y0)}L{num(x1)} {num(y1)}")[svg.title[bridge.words]],
        bridge.at and svg.text(".mid.halo", x=num(bridge.at[0]), y=num(bridge.at[1]))[bridge.words],
    ]


def _point(felt: Felt, x: float, y: float) -> Element:
    return svg.a(".step", href=felt.href or None, aria_label=felt.words)[
        svg.title[felt.words],
        svg.circle(".near", cx=num(x), cy=num(y), r="13"),
        svg.circle(class_=["pt", felt.n < _HOLLOW and "few"], cx=num(x), cy=num(y), r="5"),
    ]


def _words(word: Word, letter: float) -> Element:
    return svg.text(class_=["k", "words", "halo", word.end and "end"], y=num(word.y))[
        [svg.tspan(x=num(word.x), dy="0" if nth == 0 else num(letter + 3))[line] for nth, line in enumerate(word.lines)]
    ]


def _lane(layout: LifeLayout, lane: Lane, y: float, ticks: tuple[float, ...]) -> Node:
    narrow = layout.size is LifeSize.SMALL
    room = int((layout.left - (8 if narrow else 32)) / 7.2)
    name = lane.name if len(lane.name) <= room else lane.name[: room - 1] + "…"
    drawn = svg.path(d=DRAWINGS[lane.drawing])
    marks = svg.path(".tick", d="".join(f"M{num(x)} {num(y - 6)}v13" for x in ticks))
    return [
        not narrow and svg.g(".ic", transform=f"translate(0 {num(y - 8)}) scale(.667)", aria_hidden="true")[drawn],
        svg.text(".k", x="0" if narrow else "24", y=num(y + 5))[svg.title[lane.name], name],
        marks,
        svg.text(".end", x=num(layout.size.value[0]), y=num(y + 5))[number(len(lane.times))],
    ]


def life_columns() -> tuple[Column, ...]:
    """The twin's columns."""
    return (
        Column(words=_("When"), names=True),
        Column(words=_("What")),
        Column(words=_("Scores"), figures=True),
        Column(words=_("Feeling, −1 to +1"), figures=True),
    )


def life_rows(given: LifeGiven) -> list[tuple[Node, ...]]:
    """The twin's rows: everything the line shows."""
    return [
        (
            h.time(datetime=iso(felt.ts_us, given.zone))[moment(felt.ts_us, given.zone)],
            h.a(href=felt.href)[felt.label] if felt.href else felt.label,
            number(felt.n),
            number(felt.value, digits=2, signed=True),
        )
        for felt in given.felt
    ]


def life_twin(given: LifeGiven) -> Element:
    """The life as a table."""
    return table(life_columns(), life_rows(given), caption=_("Scores over time"))
