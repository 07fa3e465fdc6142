"""What moved: every metric watched over a year, since when, from what to what, and the days that were odd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, mark, ngettext
from heartline.records import Verdict
from heartline.understand import ALARM_RATE, Measure, Move, Moves, OddDay, SignKind, say_stage
from heartline.web.charts.spark import draw_spark
from heartline.web.charts.trend import Week
from heartline.web.moves import COUNTS, MoveLine, MoveReading
from heartline.web.parts import Column, View, acts, download_button, empty, lede, link_button, section, shell, table
from heartline.web.parts.words import NBSP, day, duration, number, percent
from heartline.web.tiles import TILE_WORDS

WORDS: Final[dict[Measure | SignKind, str]] = {
    Measure.TOUCHES: mark("Touches a day"),
    Measure.COMMENTS: mark("Comments a day"),
    Measure.WAIT: mark("Wait until the next stage"),
    Measure.LOST: mark("Lost there"),
    SignKind.PROMISE: mark("Promises broken"),
}
_DAY_S: Final = 86_400.0
_DAY_US: Final = 86_400_000_000
_GOOD: Final[dict[Measure | SignKind, int]] = {
    **dict.fromkeys((Measure.NPS, Measure.CSAT, Measure.CES, Measure.STARS), 1),
    **dict.fromkeys((Measure.WAIT, Measure.LOST, SignKind.PROMISE), -1),
}
_DIGITS: Final[dict[Measure | SignKind, int]] = {Measure.CES: 1, Measure.STARS: 2}
_ODD_SHOWN: Final = 3
_ENOUGH: Final = 30
"""A year's line is drawn without the hollow points that tell of few answers in a week."""


def moves_page(view: View, found: MoveReading, *, now_us: int) -> Renderable:
    """The page: what moved in a sentence, the metrics that did, odd days, and all that stayed as it was."""
    return shell(
        view,
        title=_("What moved"),
        body=[
            lede(_say(found), under=_under(found), do=acts(download_button(view, _("CSV"), view.url("/moves.csv")))),
            _moved(view, found, now_us=now_us) if found.moved else None,
            _odd(view, found, now_us=now_us) if found.odd else None,
            _quiet(view, found) if found.quiet else None,
            None if found.lines else _nothing(view),
        ],
    )


def _say(found: MoveReading) -> str:
    if not found.lines:
        return _("Nothing to watch yet")
    if not found.moved:
        return _("Nothing moved in a year.")
    return ngettext("One measure moved.", "{n} measures moved.", len(found.moved)).format(n=number(len(found.moved)))


def _under(found: MoveReading) -> Node:
    if not found.lines:
        return None
    watched = ngettext("{n} measure watched", "{n} measures watched", len(found.lines)).format(
        n=number(len(found.lines))
    )
    return _(
        "{watched}, whatever the range. Weekdays are taken out first; a season of the year cannot be told from a move "
        "yet. Of a hundred quiet measures {rate} shows a move by chance, and {rate} an odd day."
    ).format(watched=watched, rate=number(ALARM_RATE * 100))


def _moved(view: View, found: MoveReading, *, now_us: int) -> Element:
    heads = (
        Column(words=_("Measure"), names=True),
        Column(words=_("52 weeks")),
        Column(words=_("Since")),
        Column(words=_("Before → since")),
        Column(words=_("Difference")),
        Column(words="n", figures=True),
    )
    rows = [
        (
            _name(view, line, during=(one.since_us, found.until_us)) if nth == 0 else h.span(".muted")[name_line(line)],
            draw_spark(_weeks(line), feeling=_is_score(line)) if nth == 0 else None,
            h.div[
                h.b[day(one.since_us, view.timezone, now_us=now_us)], h.p(".note")[say_days(view, one, now_us=now_us)]
            ],
            " → ".join(say_value(line.measure, side.value) for side in (one.difference.before, one.difference.now)),
            _difference(line.measure, one),
            f"{number(one.difference.before.n)} / {number(one.difference.now.n)}",
        )
        for line in found.moved
        for nth, one in enumerate(reversed(line.moves.moves))
    ]
    return section(
        _("Moved"),
        beside=_("Goes with a day, not proof of a cause"),
        identity="moved",
        body=table(heads, rows, caption=_("Measures that moved")),
    )


def _odd(view: View, found: MoveReading, *, now_us: int) -> Element:
    return section(
        _("Odd days"),
        beside=_("One day far from what is usual, then back"),
        identity="odd",
        body=h.ul(".rows")[
            (
                h.li[
                    h.p[h.b[name_line(line)]],
                    [h.p[_odd_day(view, line, one, now_us=now_us)] for one in line.moves.odd[:_ODD_SHOWN]],
                ]
                for line in found.odd
            )
        ],
    )


def _odd_day(view: View, line: MoveLine, odd: OddDay, *, now_us: int) -> Node:
    told = _("{day}: {value}; 95 of 100 such days come to {low} to {high}").format(
        day=day(odd.day_us, view.timezone, now_us=now_us),
        value=_whole(line.measure, odd.value),
        low=_whole(line.measure, odd.low),
        high=_whole(line.measure, odd.high),
    )
    counted = f" (n{NBSP}{number(odd.n)})"
    if line.drill is None:
        return [told, counted]
    drill = replace(line.drill, since_us=odd.day_us, until_us=odd.day_us + _DAY_US)
    return [h.a(href=drill.url(view))[told], counted]


def _whole(measure: Measure | SignKind, value: float) -> str:
    """A day's value: what is counted is whole."""
    return number(value) if measure in COUNTS else say_value(measure, value)


def _quiet(view: View, found: MoveReading) -> Element:
    heads = (
        Column(words=_("Measure"), names=True),
        Column(words=_("52 weeks")),
        Column(words=_("Chance of its largest step")),
        Column(words="n", figures=True),
    )
    rows = [
        (
            _name(view, line),
            draw_spark(_weeks(line), feeling=_is_score(line)),
            percent(line.moves.p, digits=1),
            number(line.moves.n),
        )
        for line in found.quiet
    ]
    return section(
        _("As before"),
        beside=_("No step that pure chance does not make as well"),
        identity="quiet",
        body=table(heads, rows, caption=_("Measures in which nothing moved")),
    )


def _nothing(view: View) -> Element:
    return empty(
        _("There is nothing to watch among those chosen."),
        do=link_button(_("Show it for everyone"), view.url("/moves", by=None, **{"is": None})),
    )


def name_line(line: MoveLine) -> str:
    """“Would recommend us, Courier at the door”, “Lost there: Choose”."""
    score = TILE_WORDS.get(line.measure) if isinstance(line.measure, Measure) else None
    words = _(score or WORDS[line.measure])
    return _("{what}, {where}").format(what=words, where=say_stage(line.spot)) if line.spot else words


def _name(view: View, line: MoveLine, *, during: tuple[int, int] | None = None) -> Node:
    """The measure's name, leading to what it counts: of a move to exactly what its newer side counts."""
    if line.stage is not None:
        lane = "lost" if line.measure is Measure.LOST else "waited"
        href = view.url(f"/journeys/{line.stage[0]}/cell", stage=line.stage[1], lane=lane)
    elif line.drill is not None:
        drill = line.drill if during is None else replace(line.drill, since_us=during[0], until_us=during[1])
        href = drill.url(view)
    else:
        href = view.url("/pains")
    return h.a(href=href)[name_line(line)]


def say_days(view: View, one: Move, *, now_us: int) -> str:
    """The days that are about as likely: “between 10 and 15 May”; nothing where one day stands alone."""
    if one.first_us == one.last_us:
        return ""
    return _("between {first} and {last}").format(
        first=day(one.first_us, view.timezone, now_us=now_us), last=day(one.last_us, view.timezone, now_us=now_us)
    )


def say_value(measure: Measure | SignKind, value: float | None, *, signed: bool = False) -> str:
    """A value on its measure's own scale."""
    if value is None:
        return "–"
    if measure is Measure.WAIT:
        sign = "" if not signed else ("+" if value > 0 else "−" if value < 0 else "")
        return sign + duration(abs(value) * _DAY_S)
    if measure in {Measure.CSAT, Measure.LOST, SignKind.PROMISE}:
        return number(value * 100, signed=True) if signed else percent(value)
    digits = _DIGITS.get(measure, 0 if measure is Measure.NPS or abs(value) >= 20 else 1)
    return number(value, digits=digits, signed=signed or measure is Measure.NPS)


def say_difference(measure: Measure | SignKind, one: Move) -> str:
    """“−24 (−30 to −18)”."""
    gap = one.difference
    value, low, high = (say_value(measure, end, signed=True) for end in (gap.value, gap.low, gap.high))
    return _("{value} ({low} to {high})").format(value=value, low=low, high=high)


def _difference(measure: Measure | SignKind, one: Move) -> Element:
    good = _GOOD.get(measure, 0)
    verdict = one.difference.verdict
    rises = {Verdict.HIGHER: 1, Verdict.LOWER: -1}.get(verdict, 0)
    tone = {1: "better", -1: "worse"}.get(good * rises, "")
    words = {1: _("Better"), -1: _("Worse")}.get(good * rises)
    return h.div[h.span(class_=["num", tone])[say_difference(measure, one)], words and h.p(".note")[words]]


def _is_score(line: MoveLine) -> bool:
    return isinstance(line.measure, Measure) and line.measure not in COUNTS and line.stage is None


def _weeks(line: MoveLine) -> Sequence[Week]:
    return [Week(label="", value=value, n=_ENOUGH) for value in line.weeks]


def moves_note(view: View, moves: Moves, measure: Measure, *, now_us: int) -> Node:
    """What a score did in a year, in a sentence under its line; nothing where it did nothing."""
    if not moves.moves:
        return None
    last = moves.moves[-1]
    told = _("Moved on {day} ({days}): {difference} since. Of a hundred quiet measures {rate} shows as much by chance.")
    days = say_days(view, last, now_us=now_us) or _("that day alone")
    return h.p(".small.muted")[
        told.format(
            day=day(last.since_us, view.timezone, now_us=now_us),
            days=days,
            difference=say_difference(measure, last),
            rate=number(ALARM_RATE * 100),
        ),
        " ",
        h.a(href=view.url("/moves"))[_("What else moved")],
    ]
