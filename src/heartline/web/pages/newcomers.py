"""What was never seen before: announced on Home, listed with its volume, classed in one step."""

from __future__ import annotations

from collections.abc import Sequence

import htpy as h
from htpy import Element, Node

from heartline.language import _
from heartline.records import Journey, Metric, Right
from heartline.understand import say_journey, say_stage
from heartline.web.newcomers import SEEN, NewcomerLine
from heartline.web.parts import Choice, Column, View, button, csrf_field, partial, section, table
from heartline.web.parts.sentences import fill
from heartline.web.parts.words import day, number, people, percent

_NAMED = 3


def newcomer_notice(view: View, found: Sequence[NewcomerLine]) -> Node:
    """One line: what is new, and the way to it."""
    if not found:
        return None
    told = ", ".join(one.newcomer.name for one in found[:_NAMED])
    if len(found) > _NAMED:
        told = _("{list} and {n} more").format(list=told, n=number(len(found) - _NAMED))
    link = h.a(href=view.url("/touchpoints#new"))[_("Look at what is new")]
    return h.div(".newcomers")[partial(fill(_("Never seen before: {names}. {look}"), names=h.bdi[told], look=link))]


def newcomer_section(view: View, found: Sequence[NewcomerLine], journeys: Sequence[Journey], *, now_us: int) -> Node:
    """The list of what is new, each with a form that classes it."""
    if not found:
        return None
    heads = (
        Column(words=_("New"), names=True),
        Column(words=_("First seen"), figures=True),
        Column(words=_("Touches"), figures=True),
        Column(words=_("Customers"), figures=True),
        Column(words=_("Of all touches since"), figures=True),
        Column(words=_("By the source")),
        Column(words=_("Class it")),
    )
    may = view.may(Right.CHANGE_JOURNEYS)
    rows = [_row(view, line, journeys, now_us=now_us)[: 7 if may else 6] for line in found]
    return section(
        _("Never seen before"),
        identity="new",
        beside=_("First seen in the last 28 days, whatever the time chosen"),
        body=table(heads[: 7 if may else 6], rows, caption=_("Touchpoints and channels never seen before")),
    )


def _row(view: View, line: NewcomerLine, journeys: Sequence[Journey], *, now_us: int) -> tuple[Node, ...]:
    one = line.newcomer
    kind = _("Channel") if one.field == "channel" else _("Touchpoint")
    return (
        [h.bdi[one.name], " ", h.span(".note")[kind]],
        day(one.first_us, view.timezone, now_us=now_us),
        number(one.touches),
        number(one.customers),
        _share(one.share),
        h.bdi[line.source or "–"],
        _form(view, line, journeys),
    )


def _share(share: Metric) -> Node:
    """A share with a digit: what is new is small."""
    if share.value is None or share.low is None or share.high is None:
        return "–"
    low, high = (number(end * 100, digits=1) for end in (share.low, share.high))
    return [percent(share.value, digits=1), " ", h.span(".note")[f"({low}–{high}) {people(share.n)}"]]


def _form(view: View, line: NewcomerLine, journeys: Sequence[Journey]) -> Element:
    one = line.newcomer
    choices = [Choice(value=SEEN, label=_("Only mark as looked at"))]
    if one.field == "touchpoint":
        choices += [
            Choice(value=f"{journey.journey_id}/{place}", label=f"{say_journey(journey.name)}: {say_stage(stage.name)}")
            for journey in journeys
            for place, stage in enumerate(journey.stages)
        ]
    return h.form(".newcomer-form", method="post", action="/touchpoints/new")[
        csrf_field(view),
        h.input(type="hidden", name="field", value=one.field),
        h.input(type="hidden", name="name", value=one.name),
        h.select(".field", name="into", aria_label=_("Where {name} belongs").format(name=one.name))[
            (h.option(value=choice.value)[choice.label] for choice in choices)
        ],
        button(_("Class it")),
    ]
