"""What goes with a score: every driver with importance, sign and feeling; the field of both; what shares credit."""

from __future__ import annotations

from typing import Final

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, mark, ngettext
from heartline.understand import DriverKind, Quadrant
from heartline.web.charts.quadrant import QUADRANTS, Mark, QuadrantGiven, draw_quadrant
from heartline.web.drivers import WITHIN, DriverLine, DriverReading, name_driver
from heartline.web.parts import (
    CARRIED,
    Choice,
    Column,
    View,
    acts,
    button,
    download_button,
    empty,
    form_row,
    lede,
    link_button,
    section,
    select,
    shell,
    table,
    tabs,
    tag,
)
from heartline.web.parts.words import Unit, number, percent, plural, say_metric
from heartline.web.tiles import TILE_WORDS

_SIGNS: Final = {
    1: mark("goes with higher scores"),
    -1: mark("goes with lower scores"),
    0: mark("no sign"),
}
_FELT: Final = {
    1: mark("the better it felt, the higher"),
    -1: mark("the better it felt, the lower"),
    0: mark("no sign"),
}
_SOUNDED: Final = {
    1: mark("the better it sounded, the higher"),
    -1: mark("the better it sounded, the lower"),
    0: mark("no sign"),
}
_WAITED: Final = {
    1: mark("the longer, the higher"),
    -1: mark("the longer, the lower"),
    0: mark("no sign"),
}
_WORDS: Final = {DriverKind.FELT: _FELT, DriverKind.HEARD: _SOUNDED, DriverKind.WAIT: _WAITED}


def drivers_page(view: View, found: DriverReading) -> Renderable:
    """The page of one score's drivers."""
    return shell(
        view,
        title=_("What goes with a score"),
        body=[
            lede(
                _say(found),
                under=_under(found),
                do=acts(download_button(view, "CSV", view.url("/drivers.csv", **_asked(view)))),
            ),
            _tabs(view, found),
            _choose(view, found),
            _body(view, found) if found.lines else _nothing(view, found),
        ],
    )


def _asked(view: View) -> dict[str, str | None]:
    return {name: view.query.get(name) for name in ("measure", "within")}


def _say(found: DriverReading) -> str:
    score = _(TILE_WORDS[found.measure])
    if not found.lines:
        return _("What goes with “{score}”").format(score=score)
    if not found.passed:
        return _("Nothing goes reliably with “{score}”.").format(score=score)
    first = found.passed[0]
    return _("“{driver}” goes most with “{score}”.").format(
        driver=name_driver(first.driver.kind, first.label), score=score
    )


def _under(found: DriverReading) -> Node:
    if not found.lines:
        return None
    told = _(
        "Of the differences between {answers} of {customers}, all {drivers} together go with {share}. They go with the "
        "score; none is shown to cause it."
    )
    return told.format(
        answers=plural(found.n, "answer", "answers"),
        customers=plural(found.customers, "customer", "customers"),
        drivers=plural(len(found.lines), "driver", "drivers"),
        share=percent(found.r2),
    )


def _tabs(view: View, found: DriverReading) -> Element:
    known = list(dict.fromkeys((*found.asked, found.measure)))
    return tabs(
        _("Scores"),
        [(view.here(measure=one.value), _(TILE_WORDS[one])) for one in known],
        current=view.here(measure=found.measure.value),
    )


def _choose(view: View, found: DriverReading) -> Element:
    days = [Choice(value=key, label=plural(count, "day", "days")) for key, count in WITHIN.items()]
    hidden = [*CARRIED, "measure"]
    return h.form(".funnel-choice.no-print", method="get", action="/drivers")[
        (h.input(type="hidden", name=name, value=view.query[name]) for name in hidden if view.query.get(name)),
        form_row(
            select(_("What happened before an answer, within"), "within", choices=days, value=found.within),
            button(_("Show")),
        ),
    ]


def _nothing(view: View, found: DriverReading) -> Element:
    if found.score.customers >= 30:
        return empty(_("Nothing that enough customers met differs between these answers, or all gave the same score."))
    return empty(
        _("From 30 customers with an answer on there is something to say."),
        do=link_button(_("Look at all time"), view.here(range="all", by=None, **{"is": None})),
    )


def _body(view: View, found: DriverReading) -> Node:
    return [
        _field(found),
        section(
            _("Every driver"),
            beside=_("Importance: the share of the differences between scores that goes with it"),
            identity="drivers",
            body=[*_tables(view, found), _fold(_("What shares credit, and what was left out"), _warnings(found))],
        ),
        h.p(".note.funnel-rules")[_explain(found)],
    ]


def _field(found: DriverReading) -> Node:
    """Those that go with the score and of which it is known how they feel, in the field of both."""
    marks = tuple(
        Mark(
            number=place,
            title=name_driver(line.driver.kind, line.label),
            performance=(line.feeling.low, line.feeling.value, line.feeling.high),
            importance=(line.importance.low or 0.0, line.importance.value or 0.0, line.importance.high or 0.0),
            href=f"#driver-{place}",
        )
        for place, line in enumerate(found.passed, start=1)
        if line.feeling is not None
        and line.feeling.value is not None
        and line.feeling.low is not None
        and line.feeling.high is not None
        and not line.feeling.few
    )
    if not marks:
        return None
    told = {place: _tell(line) for place, line in enumerate(found.passed, start=1)}
    return draw_quadrant(
        QuadrantGiven(marks=marks, middle=found.middle.value or 0.0, even=found.even),
        told.__getitem__,
        title=_("Importance beside how it feels"),
        about=_(
            "Upwards: importance; to the right: how it feels. Bars are 95 % intervals; the long lines are an even "
            "share and how everything feels. What has no sign is not drawn."
        ),
    )


def _tell(line: DriverLine) -> str:
    """A point in words."""
    return _("{driver}: importance {importance}, feeling {feeling}. {place}").format(
        driver=name_driver(line.driver.kind, line.label),
        importance=_importance(line),
        feeling=_feeling(line),
        place=_(QUADRANTS[line.quadrant]),
    )


def _tables(view: View, found: DriverReading) -> list[Node]:
    """Those that go with the score; the others folded away, unless there is nothing else to see."""
    rows = [_row(view, found, place, line) for place, line in enumerate(found.lines, start=1)]
    passed, rest = rows[: len(found.passed)], rows[len(found.passed) :]
    if not passed or not rest:
        return [_table(found, rows)]
    say = ngettext("{n} more that shows no sign", "{n} more that show no sign", len(rest))
    return [_table(found, passed), _fold(say.format(n=number(len(rest))), [_table(found, rest)])]


def _fold(words: str, what: list[Node]) -> Node:
    return h.details(".twin")[h.summary[words], what] if what else None


def _table(found: DriverReading, rows: list[tuple[Node, ...]]) -> Element:
    heads = (
        Column(words=_("No."), figures=True),
        Column(words=_("Driver"), names=True),
        Column(words=_("Importance"), figures=True),
        Column(words=_("Sign")),
        Column(words=_("How it feels by itself"), figures=True),
        Column(words=_("What to do")),
        Column(words="n", figures=True),
    )
    return table(heads, rows, caption=_("Drivers of “{score}”").format(score=_(TILE_WORDS[found.measure])))


def _row(view: View, found: DriverReading, place: int, line: DriverLine) -> tuple[Node, ...]:
    ranked = place <= len(found.passed)
    return (
        h.span(id=f"driver-{place}")[number(place)] if ranked else "–",
        [_name(view, line), line.shared and line.passed and [" ", tag(_("shares credit"))]],
        _importance(line),
        _sign(line),
        _feeling(line),
        h.b[_(QUADRANTS[line.quadrant])]
        if line.quadrant in {Quadrant.FIX_FIRST, Quadrant.KEEP_UP}
        else _(QUADRANTS[line.quadrant]),
        number(line.driver.n),
    )


def _name(view: View, line: DriverLine) -> Node:
    """The driver's name, leading to the answers behind its feeling; and what was said there."""
    words = name_driver(line.driver.kind, line.label)
    if line.drill is None:
        return h.a(href=f"{view.url('/voice', theme=str(line.theme))}#comments")[words]
    said = f"{line.drill.url(view)}&said=1"
    return [h.a(href=line.drill.url(view))[words], " ", h.a(".note", href=said)[_("comments")]]


def _importance(line: DriverLine) -> str:
    value, low, high = (percent(end or 0.0, digits=1) for end in
                        (line.importance.value, line.importance.low, line.importance.high))  # fmt: skip
    return _("{value} ({low} to {high})").format(value=value, low=low, high=high)


def _sign(line: DriverLine) -> str:
    return _(_WORDS.get(line.driver.kind, _SIGNS)[line.sign])


def _feeling(line: DriverLine) -> str:
    if line.feeling is None:
        return _("nobody was asked")
    if line.feeling.few:
        return _("too few to say")
    said = say_metric(line.feeling, unit=Unit.VALENCE)
    return f"{said.value} {said.spread} ({said.n})".replace("  ", " ")


def _warnings(found: DriverReading) -> list[Node]:
    """What shares credit, what is left out, and what was not weighed: each in a sentence."""
    told: list[str] = [
        _("{one} and {other} go together (correlation {r}): they share credit, and neither figure is its own.").format(
            one=one, other=other, r=number(r, digits=2, signed=True)
        )
        for one, other, r in found.alike
    ]
    told += [
        _("{one} is left out: it cannot be told from {other}.").format(one=one, other=other)
        for one, other in found.twins
    ]
    if found.more:
        told.append(
            ngettext(
                "{n} more was not weighed: fewer customers speak of it.",
                "{n} more were not weighed: fewer customers speak of them.",
                found.more,
            ).format(n=number(found.more))
        )
    return [h.p(".note")[one] for one in told]


def _explain(found: DriverReading) -> str:
    said = [
        _(
            "Importance is the Shapley share of R² of the scores as they were given: what a driver adds, averaged over "
            "every order in which drivers may come (Lindeman, Merenda and Gold 1980). Its interval resamples customers."
        ),
        _(
            "Whether there is a sign is tested by dealing each driver out anew among customers ({n} answers), all of a "
            "page under one false-discovery budget of 5 %; what has no sign has no rank."
        ).format(n=number(found.tested)),
        _(
            "What to do compares importance with an even share ({even}) and the feeling with that of everything "
            "({middle}); where an interval crosses, it is undecided."
        ).format(even=percent(found.even, digits=1), middle=number(found.middle.value or 0.0, digits=2, signed=True)),
        _(
            "How something sounded is told by readers that no score of that customer taught, and never by words that "
            "came with such a score: they would agree by hearsay."
        ),
    ]
    return " ".join(said)
