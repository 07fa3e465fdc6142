"""What is remembered of a journey: whether peak and end, or the plain mean, go closer with what people say."""

from __future__ import annotations

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, ngettext
from heartline.records import Journey, Metric, Verdict
from heartline.understand import Band, Memory
from heartline.web.memories import WITHIN, MemoryReading
from heartline.web.pages.journey_frame import frame_journey
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
    section,
    select,
    table,
)
from heartline.web.parts.words import Unit, number, plural, say_metric


def memory_page(view: View, journey: Journey, found: MemoryReading) -> Renderable:
    """The page: what goes closer in a sentence, both rules in one table, what was said where each is low or high."""
    memory = found.memory
    asked = {name: view.query.get(name) for name in ("said", "within")}
    return frame_journey(
        view,
        journey,
        under=_say(memory),
        do=acts(download_button(view, "CSV", view.url(f"/journeys/{journey.journey_id}/memory.csv", **asked))),
        body=[_choose(view, journey, found), _body(memory) if memory.by_rule.value is not None else _few(found)],
    )


def _say(memory: Memory) -> str:
    told = {
        Verdict.HIGHER: _("What people say of the whole goes closer with the peak and the end than with the mean."),
        Verdict.LOWER: _("What people say of the whole goes closer with the mean than with the peak and the end."),
        Verdict.NO_RELIABLE_CHANGE: _(
            "What people say of the whole goes with the peak and the end neither more nor less closely than with the "
            "mean, as far as can be told."
        ),
    }
    return told.get(memory.difference.verdict, _("It is too early to say what people remember of this journey."))


def _few(found: MemoryReading) -> Element:
    n, customers = found.memory.by_rule.n, found.memory.by_rule.customers
    if customers >= 30:
        return empty(_("All of them said the same, or felt the same: there is nothing to hold against each other."))
    told = ngettext(
        "{n} experience of {customers} has two scored moments and an answer about the whole soon after. From 30 "
        "customers on there is something to say.",
        "{n} experiences of {customers} have two scored moments and an answer about the whole soon after. From 30 "
        "customers on there is something to say.",
        n,
    )
    return empty(told.format(n=number(n), customers=plural(customers, "customer", "customers")))


def _body(memory: Memory) -> Node:
    n, customers = memory.by_rule.n, memory.by_rule.customers
    counted = _("{experiences} of {customers}").format(
        experiences=plural(n, "experience", "experiences"), customers=plural(customers, "customer", "customers")
    )
    return [
        section(_("Which rule goes closer"), beside=counted, identity="rules", body=_rules(memory)),
        section(
            _("What they said afterwards"),
            beside=_("The mean of the answers about the whole, from −1 to +1"),
            identity="said",
            body=_bands(memory),
        ),
        h.p(".note.funnel-rules")[
            _(
                "The rule of peak and end: an experience is remembered as the mean of its strongest moment, good or "
                "bad, and its last (Kahneman and others, 1993). Agreement is the correlation with what was said, from "
                "−1 to +1, with its 95 % interval, clustered by customer. It goes with what was said, and need not be "
                "its cause."
            )
        ],
    ]


def _rules(memory: Memory) -> Element:
    heads = (
        Column(words=_("How the whole is told from its moments"), names=True),
        Column(words=_("Agreement with what was said"), figures=True),
        Column(words="n", figures=True),
    )
    rows = [
        (name, _agreement(metric.value, metric.low, metric.high), number(metric.n))
        for name, metric in ((_("Peak and end"), memory.by_rule), (_("Plain mean of all moments"), memory.by_mean))
    ]
    gap = memory.difference
    rows.append((_("Difference"), _agreement(gap.value, gap.low, gap.high), number(gap.now.n)))
    return table(heads, rows, caption=_("Agreement of both rules with what was said"))


def _agreement(value: float | None, low: float | None, high: float | None) -> str:
    if value is None or low is None or high is None:
        return _("too few")
    told = [number(one, digits=2, signed=True) for one in (value, low, high)]
    return _("{value} ({low} to {high})").format(value=told[0], low=told[1], high=told[2])


def _bands(memory: Memory) -> Element:
    heads = (
        Column(words=_("Where the rule says they felt"), names=True),
        Column(words=_("By peak and end"), figures=True),
        Column(words=_("By the plain mean"), figures=True),
    )
    rows = [
        (_name_band(place, band), _felt(band.by_rule), _felt(band.by_mean)) for place, band in enumerate(memory.bands)
    ]
    return table(heads, rows, caption=_("What was said of the whole, by what each rule says"))


def _name_band(place: int, band: Band) -> str:
    name = (_("Upset"), _("In between"), _("Delighted"))[place]
    low, high = (number(one, digits=2, signed=True) for one in (band.low, band.high))
    return _("{name}, {low} to {high}").format(name=name, low=low, high=high)


def _felt(metric: Metric) -> Node:
    if not metric.n:
        return _("nobody")
    said = say_metric(metric, unit=Unit.VALENCE)
    spread = _("too few to say") if metric.few else said.spread
    return h.span[f"{said.value} {spread} " if not metric.few else f"{spread} ", h.span(".note")[said.n]]


def _choose(view: View, journey: Journey, found: MemoryReading) -> Element:
    usual = Choice(value="", label=_("recommendations asked for outside this journey"))
    days = [Choice(value=key, label=plural(count, "day", "days")) for key, count in WITHIN.items()]
    return h.form(".funnel-choice.no-print", method="get", action=f"/journeys/{journey.journey_id}/memory")[
        (h.input(type="hidden", name=name, value=view.query[name]) for name in CARRIED if view.query.get(name)),
        form_row(
            select(
                _("What they said of the whole"),
                "said",
                choices=[usual, *(Choice(value=name, label=name) for name in found.offered)],
                value=found.said,
            ),
            select(_("Soon after means within"), "within", choices=days, value=found.within),
            button(_("Show")),
        ),
    ]
