"""Every score by time, stage, channel, place and one trait: with its interval, its n and what may be said of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _
from heartline.records import Verdict
from heartline.understand import Measure
from heartline.web.charts.bars import draw_bars
from heartline.web.charts.trend import draw_trend
from heartline.web.pages.home import define_score
from heartline.web.pages.moves import moves_note
from heartline.web.parts import (
    Column,
    View,
    acts,
    button,
    columns,
    empty,
    lede,
    link_button,
    section,
    shell,
    table,
    tabs,
    verdict,
)
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import Unit, number, plural, say_change, say_metric, unit_of, value_with_margin
from heartline.web.scoring import ScoreLine, ScoreReading, ScoreTable
from heartline.web.tiles import TILE_WORDS, name_drill

_DIGITS: Final = {Unit.POINTS: 0, Unit.PERCENT: 0, Unit.MEAN: 1, Unit.VALENCE: 2}


def scores_page(view: View, reading: ScoreReading, *, now_us: int) -> Renderable:
    """The page of one score."""
    return shell(
        view,
        title=_(TILE_WORDS[reading.measure]),
        body=_nothing(view) if not reading.asked else _body(view, reading, now_us=now_us),
    )


def _body(view: View, reading: ScoreReading, *, now_us: int) -> Node:
    known = list(dict.fromkeys((*reading.asked, reading.measure)))
    return [
        lede(
            f"{name_drill(reading.drill)}: {_title(reading)}",
            under=[_under(reading), _whole(view, reading)],
            do=acts(
                not reading.drill.touchpoints
                and reading.measure is not Measure.VALENCE
                and link_button(_("What goes with it"), view.url("/drivers", measure=reading.measure.value)),
                link_button(_("All answers"), reading.drill.url(view)),
            ),
        ),
        tabs(
            _("Scores"),
            [(view.url("/scores", measure=m.value, touchpoint=_at(reading)), _(TILE_WORDS[m])) for m in known],
            current=view.url("/scores", measure=reading.measure.value, touchpoint=_at(reading)),
        ),
        h.div(".score-top")[
            draw_trend(reading.trend) if reading.trend else h.p(".quiet")[_("Too short a time for a line.")],
            h.div(".score-side")[
                h.p(".small.muted")[define_score(reading.measure, reading.counted)],
                moves_note(view, reading.moves, reading.measure, now_us=now_us),
                draw_bars([reading.split]) if reading.split else None,
            ],
        ],
        h.div(".below-tiles")[columns(*_sides(view, reading), shape="two")],
    ]


def _at(reading: ScoreReading) -> str | None:
    """The touchpoint whose scores alone are shown."""
    return reading.drill.touchpoints[0] if reading.drill.touchpoints else None


def _whole(view: View, reading: ScoreReading) -> Node:
    """From one touchpoint back to all."""
    if not reading.drill.touchpoints:
        return None
    whole = view.url("/scores", measure=reading.measure.value)
    return [" ", h.a(href=whole)[_("All touchpoints")]]


def _title(reading: ScoreReading) -> str:
    unit = Unit.VALENCE if reading.measure is Measure.VALENCE else None
    value = value_with_margin(reading.metric, unit=unit)
    return _("{value} of {top}").format(value=value, top=reading.top) if reading.top else value


def _under(reading: ScoreReading) -> Node:
    metric = reading.metric
    counted = _("{answers} of {customers}.").format(
        answers=plural(metric.n, "answer", "answers"), customers=plural(metric.customers, "customer", "customers")
    )
    if reading.change is None:
        return [counted, " ", _("No earlier time to compare with.")]
    change = say_change(reading.change)
    told = _("{change} than as long a time before.") if change.arrow else _("{change}.")
    return [counted, " ", fill(told, change=verdict(change))]


def _sides(view: View, reading: ScoreReading) -> tuple[Node, Node]:
    """The tables in two columns: the longest stands alone; the choice of a trait stands under the others."""
    tables: list[Node] = [_table(view, reading, one) for one in reading.tables]
    longest = max(range(len(tables)), key=lambda place: len(reading.tables[place].lines), default=0)
    others = [one for place, one in enumerate(tables) if place != longest]
    if len(reading.traits) > 1:
        others.append(_traits(view, reading))
    return others, tables[longest : longest + 1]


def _table(view: View, reading: ScoreReading, one: ScoreTable) -> Element:
    unit = unit_of(reading.measure.value)
    ranked = (Column(words=_("Ranked by"), figures=True),) if one.ranked else ()
    heads = (
        Column(words=one.head, names=True),
        Column(words=_("Score"), figures=True),
        *ranked,
        Column(words="n", figures=True),
        Column(words=_("Against the rest")),
    )
    sure = [line for line in one.lines if not line.metric.few]
    few = [line for line in one.lines if line.metric.few]

    def rows(lines: Sequence[ScoreLine]) -> Element:
        return table(heads, [_row(view, line, unit, ranked=one.ranked) for line in lines], caption=one.title)

    note = _("Lowest first, by the value pulled towards the middle: picked extremes come back.")
    return section(
        one.title,
        body=[
            rows(sure) if sure else None,
            h.p(".note")[note] if one.ranked and sure else None,
            h.details(".fewer", open=not sure)[
                h.summary[_("{n} with under 30 customers: too few to say").format(n=number(len(few)))], rows(few)
            ]
            if few
            else None,
        ],
    )


def _row(view: View, line: ScoreLine, unit: Unit, *, ranked: bool) -> tuple[Node, ...]:
    said = say_metric(line.metric, unit=unit)
    told = _against(line)
    shrunken: Node = "–"
    if line.shrunken is not None:
        scale = 100 if unit is Unit.PERCENT else 1
        shrunken = number(line.shrunken * scale, digits=_DIGITS[unit], signed=unit in {Unit.POINTS, Unit.VALENCE})
    cells: tuple[Node, ...] = (
        h.a(href=line.drill.url(view))[line.name],
        h.span(".score-cell")[h.b[said.value], " ", h.span(".note")[said.spread]],
        *((shrunken,) if ranked else ()),
        number(line.metric.n),
        told,
    )
    return cells


def _against(line: ScoreLine) -> Node:
    if line.against is None:
        return None
    told = say_change(line.against)
    unsure = not told.arrow and line.against.verdict is not Verdict.TOO_FEW
    return verdict(replace(told, words=_("No reliable difference")) if unsure else told)


def _traits(view: View, reading: ScoreReading) -> Element:
    return h.form(".form-row.trait-choice", method="get", action="/scores")[
        (
            h.input(type="hidden", name=name, value=value)
            for name, value in view.query.items()
            if name in {"range", "by", "is", "measure", "touchpoint"}
        ),
        h.div(".labelled")[
            h.label(for_="f-trait")[_("Split by this trait")],
            h.select("#f-trait.field", name="trait")[
                (
                    h.option(value=name, selected=name == reading.trait)[name.replace("_", " ").capitalize()]
                    for name in reading.traits
                )
            ],
        ],
        button(_("Show")),
    ]


def _nothing(view: View) -> Node:
    return [
        lede(_("No score yet"), under=_("Nobody answered in the time and filter chosen.")),
        empty(
            _("A score comes in with an interaction: an NPS, a satisfaction, an ease or stars."),
            do=link_button(_("Look at all time"), view.url("/scores", **{"range": "all", "by": None, "is": None})),
        ),
    ]
