"""From a trend's geometry to SVG, to a figure with both widths, and to its table twin."""

from __future__ import annotations

import re

import htpy as h
from htpy import Element, Node

from heartline.language import _
from heartline.web.charts.curve import polyline_of, ribbon_of
from heartline.web.charts.export import LIGHT_STYLE, standalone
from heartline.web.charts.lettering import width_of, wrap
from heartline.web.charts.trend.layout import SeriesSpot, TrendGiven, TrendLayout, Week, label_of, lay_out_trend
from heartline.web.parts import svg
from heartline.web.parts.svg import num
from heartline.web.parts.tables import Column, table, table_twin
from heartline.web.parts.words import number, percent


def draw_trend(given: TrendGiven) -> Element:
    """The figure: its caption, a wide and a narrow drawing of which one shows, and the table twin."""
    return h.figure(".chart")[
        h.figcaption[h.b[given.title], " ", given.about],
        h.trend_line[
            draw_trend_svg(lay_out_trend(given), style="wide"),
            draw_trend_svg(lay_out_trend(given, narrow=True), style="narrow"),
        ],
        table_twin(trend_twin(given)),
    ]


def draw_trend_svg(layout: TrendLayout, *, style: str = "wide", links: bool = True) -> Element:
    """One drawing."""
    return svg.svg(
        class_=[style], viewBox=svg.box(layout.width, layout.height), role="group", aria_label=tell_trend(layout.given)
    )[trend_marks(layout, links=links)]


def export_trend(given: TrendGiven) -> str:
    """A standalone SVG document of the trend in light colours."""
    layout = lay_out_trend(given)
    return standalone(
        trend_marks(layout, links=False), width=layout.width, height=layout.height, title=given.title, style=LIGHT_STYLE
    )


def tell_trend(given: TrendGiven) -> str:
    """The trend in a sentence."""
    known = [week for week in given.main.weeks if week.value is not None]
    if not known:
        return _("{title}: no answers yet.").format(title=given.title)
    first, last = known[0], known[-1]
    told = _(
        "{title}, {about}. {name}: {first} in the week of {first_week}, {last} in the week of {last_week}."
    ).format(
        title=given.title,
        about=given.about,
        name=given.main.name,
        first=_say(given, first.value or 0.0),
        first_week=first.label,
        last=_say(given, last.value or 0.0),
        last_week=last.label,
    )
    return " ".join((told, *_say_breaks(given)))


def _say_breaks(given: TrendGiven) -> list[str]:
    """The breaks in a sentence of their own, none where there are none."""
    begun = _("; with ").join(one.words for one in given.breaks)
    return [_("A new line begins with {definitions}.").format(definitions=begun)] if begun else []


def trend_marks(layout: TrendLayout, *, links: bool) -> Node:
    """Grid, bands, marker, lines, points, words."""
    others = layout.series[1:]
    return [
        [_tick(layout, y, value) for y, value in layout.ticks],
        [_bands(spot, "refb") for spot in others],
        _bands(layout.series[0], "band", "over") if others else _bands(layout.series[0], "band"),
        _marker(layout),
        _breaks(layout),
        [_reference(spot, nth) for nth, spot in enumerate(others)],
        [svg.path(".hl.trend", d=polyline_of(stretch.points)) for stretch in layout.series[0].stretches],
        _points(layout, links=links),
        [_end_words(layout, spot, main=nth == 0) for nth, spot in enumerate(layout.series)],
        [svg.text(class_=["mid"], x=num(x), y=num(layout.height - 12))[words] for x, words in layout.weeks],
    ]


def _say(given: TrendGiven, value: float) -> str:
    if given.percent:
        return percent(value)
    digits = 0 if float(value).is_integer() or abs(value) >= 10 else 1
    return number(value, digits=digits, signed=given.signed)


def _tick(layout: TrendLayout, y: float, value: float) -> Node:
    return [
        svg.path(class_=["zero" if value == 0 else "ax"], d=f"M{num(layout.left)} {num(y)}H{num(layout.right + 4)}"),
        svg.text(".end", x=num(layout.left - 8), y=num(y + 4))[_say(layout.given, value)],
    ]


def _bands(spot: SeriesSpot, *classes: str) -> Node:
    return [svg.path(class_=list(classes), d=ribbon_of(part.upper, part.lower)) for part in spot.stretches]


def _reference(spot: SeriesSpot, nth: int) -> Node:
    hue = "refl" if nth == 0 else f"refl c{min(nth, 6)}"
    return [svg.path(class_=hue, d=polyline_of(part.points)) for part in spot.stretches]


def _marker(layout: TrendLayout) -> Node:
    change, x = layout.given.change, layout.marker_x
    if change is None or x is None:
        return None
    room = layout.width - 8
    lines = [("b", words) for words in wrap(change.words, room, 13.5, lines=1, strong=True)]
    lines += [("", words) for words in wrap(change.note, room, 13.5, lines=1)]
    wide = max(width_of(words, 13.5, strong=bool(style)) for style, words in lines)
    at = max(2.0, min(x, layout.width - wide - 2))
    return [
        svg.path(".inkl", d=f"M{num(x)} {num(layout.top - 12)}V{num(layout.bottom + 14)}"),
        [svg.text(class_=[style], x=num(at), y=num(14 + 16 * nth))[words] for nth, (style, words) in enumerate(lines)],
    ]


def _breaks(layout: TrendLayout) -> Node:
    """A thin dashed vertical where another definition begins, with its words above; later ones a line lower."""
    first = 2 if layout.given.change else 0
    lines, told = [], []
    for line, (x, one) in enumerate(layout.breaks, first):
        words = " ".join(wrap(one.words, layout.width - 8, 13.5, lines=1))
        at = max(2.0, min(x, layout.width - width_of(words, 13.5) - 2))
        down = f"M{num(x)} {num(20 + 16 * line)}V{num(layout.bottom + 14)}"
        lines.append(svg.path(".inkl.brk", d=down, stroke_dasharray="3 4"))
        told.append(svg.text(".halo", x=num(at), y=num(14 + 16 * line))[words])
    return [lines, told]


def _points(layout: TrendLayout, *, links: bool) -> Node:
    """Every week can be stepped to; only thin weeks and the last are drawn, and those alone on their line."""
    spot = layout.series[0]
    alone = {stretch.points[0] for stretch in spot.stretches if len(stretch.points) == 1 and layout.breaks}
    begun = {one.week: f"{one.words}. " for one in layout.given.breaks}
    drawn = []
    for place, x, y in spot.points:
        week = spot.series.weeks[place]
        last, shown = place == spot.points[-1][0], (x, y) in alone
        dot = svg.circle(
            class_=["pt", week.few and "few", not (week.few or last or shown) and "unseen"],
            cx=num(x),
            cy=num(y),
            r="6" if last else "5",
        )
        told = _("{name}, week of {week}").format(name=spot.series.name, week=say_week(layout.given, week))
        words = begun.get(place, "") + told
        if not links:
            drawn.append(dot if week.few or last or shown else None)
            continue
        near = svg.rect(".near", x=num(x - 8), y=num(layout.top), width="16", height=num(layout.bottom - layout.top))
        step = svg.g(".step", role="img", aria_label=words, tabindex="0" if last else "-1", data_step=True)
        drawn.append(step[svg.title[words], near, dot])
    return drawn


def say_week(given: TrendGiven, week: Week) -> str:
    """“24 August: +42 ± 21, n 19, too few to say”."""
    if week.value is None:
        return _("{week}: too few answers").format(week=week.label)
    margin = ""
    if week.low is not None and week.high is not None:
        half = (week.high - week.low) / 2
        margin = f" ± {number(half * 100 if given.percent else half)}"
    told = _("{week}: {value}, n {n}, too few to say") if week.few else _("{week}: {value}, n {n}")
    return told.format(week=week.label, value=_say(given, week.value) + margin, n=number(week.n))


def _end_words(layout: TrendLayout, spot: SeriesSpot, *, main: bool) -> Node:
    if not spot.points:
        return None
    x, series = layout.right + 12, spot.series
    two = bool(series.summary)
    y = spot.label_y + (-2 if two else 5)
    room = layout.width - x
    name = wrap(label_of(series), room, 14.5, lines=1, strong=True)
    # Where the whole does not fit, the interval stays and the n is left to the table.
    summary = series.summary if width_of(series.summary, 13.5) <= room else re.split(", |，", series.summary)[0]
    return [
        svg.text(class_=["p label-main" if main else "b"], x=num(x), y=num(y))[name[0] if name else ""],
        two and svg.text(x=num(x), y=num(y + 17))[wrap(summary, room, 13.5, lines=1)],
    ]


def trend_columns(given: TrendGiven) -> tuple[Column, ...]:
    """The columns of the twin: week, then value, interval and n of every series; the definition where it changes."""
    columns = [Column(words=_("Week"), names=True)]
    for series in (given.main, *given.others):
        columns += [
            Column(words=series.name, figures=True),
            Column(words=_("{name}, 95 % interval").format(name=series.name), figures=True),
            Column(words=_("{name}, n").format(name=series.name), figures=True),
        ]
    return (*columns, Column(words=_("Counted by"))) if given.breaks else tuple(columns)


def trend_rows(given: TrendGiven) -> list[tuple[str, ...]]:
    """The rows of the twin, and of a CSV."""
    begun = {one.week: one.words for one in given.breaks}
    rows = []
    for place, week in enumerate(given.main.weeks):
        row = [week.label]
        for series in (given.main, *given.others):
            row += _cells(given, series.weeks[place])
        if given.breaks:
            row.append(begun.get(place) or _("definition {version}").format(version=week.version))
        rows.append(tuple(row))
    return rows


def _cells(given: TrendGiven, week: Week) -> list[str]:
    if week.value is None:
        return [_("too few"), "", ""]
    ends = ""
    if week.low is not None and week.high is not None:
        ends = _("{low} to {high}").format(low=_say(given, week.low), high=_say(given, week.high))
    return [_say(given, week.value), ends, number(week.n)]


def trend_twin(given: TrendGiven) -> Element:
    """The trend as a table."""
    caption = _("{title}, {about}").format(title=given.title, about=given.about)
    told = " ".join((f"{caption}.", *_say_breaks(given))) if given.breaks else caption
    return table(trend_columns(given), trend_rows(given), caption=told)
