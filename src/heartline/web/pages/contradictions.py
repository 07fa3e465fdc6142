"""What contradicts itself: two figures of the same people, two answers to one question, people where we are not."""

from __future__ import annotations

import htpy as h
from htpy import Element, Node

from heartline.language import _, ngettext
from heartline.records import Right
from heartline.understand import Answered, ChannelGap, Contradiction, Inconsistency, PainList
from heartline.web.lenses import name_field
from heartline.web.pain_words import title_card
from heartline.web.paining import CONTRADICTION
from heartline.web.parts import View, section
from heartline.web.parts.words import NBSP, number, percent, percent_range, plural


def contradictions_section(view: View, found: PainList) -> Node:
    """The cards; nothing where nothing contradicts itself."""
    cards = [
        *(_contradiction(view, one) for one in found.contradictions),
        *(_inconsistency(view, one) for one in found.inconsistencies),
        *(_channel_gap(view, one) for one in found.channel_gaps),
    ]
    if not cards:
        return None
    return section(
        _("What contradicts itself"),
        beside=_("Each figure is true; none of them is the whole truth"),
        body=h.div(".let")[cards],
    )


def _card(view: View, one: Contradiction | Inconsistency | ChannelGap, told: str, *, n: int) -> Element:
    people: Node = plural(one.people, "person", "people")
    if view.may(Right.SEE_CUSTOMERS):
        people = h.a(href=view.url(f"/pains/{CONTRADICTION}{one.key}/touches", of="touched"))[people]
    return h.div[h.h3[title_card(one)], h.p[told], h.p(".note")[people, f" · n{NBSP}{number(n)}"]]


def _contradiction(view: View, one: Contradiction) -> Element:
    whom = ", ".join(one.names)
    bad_now, bad_before = one.bad.now, one.bad.before
    scores = _("They score {good} against {other} (feeling, n {n}).").format(
        good=number(one.good.now.value or 0, digits=2, signed=True),
        other=number(one.good.before.value or 0, digits=2, signed=True),
        n=number(one.good.now.n),
    )
    if one.title == "closing":
        told = _("{share} of their customers ask again within {days} days, {other} of the others’ (+{low} to +{high}).")
        lead = _("Served by {whom}.").format(whom=whom)
    else:
        told = _("{share} ordered nothing in {days} days, {other} of others who scored as high (+{low} to +{high}).")
        lead = (
            _("Scored near the top after {whom} had served them.").format(whom=whom)
            if whom
            else _("Scored near the top after they had asked for help.")
        )
    bad = told.format(
        share=percent(bad_now.value or 0),
        other=percent(bad_before.value or 0),
        days=one.days,
        low=number((one.bad.low or 0) * 100),
        high=number((one.bad.high or 0) * 100),
    )
    stretch = (
        _("Their orders come {times} times as far apart as before.").format(times=number(one.stretch, digits=1))
        if one.stretch
        else ""
    )
    return _card(view, one, " ".join(part for part in (lead, scores, bad, stretch) if part), n=bad_now.n)


def _inconsistency(view: View, one: Inconsistency) -> Element:
    gap, answers = one.difference, sum(side.n for side in one.sides)
    told = [
        _("Asked “{question}”.").format(question=one.question),
        *(_answered(side) for side in one.sides),
        _("A gap of {gap} points ({low} to {high}).").format(
            gap=number(abs(gap.value or 0) * 100),
            low=number(abs(gap.high or 0) * 100),
            high=number(abs(gap.low or 0) * 100),
        ),
    ]
    if one.both:
        both = ngettext("{n} person was told both.", "{n} people were told both.", one.both)
        told.append(both.format(n=number(one.both)))
    return _card(view, one, " ".join(told), n=answers)


def _answered(side: Answered) -> str:
    told = _("{channel} says “{fact}” in {share} of {n} answers (“{quote}”).")
    return told.format(
        channel=side.channel.capitalize(), fact=side.fact, share=percent(side.share), n=number(side.n), quote=side.quote
    )


def _channel_gap(view: View, one: ChannelGap) -> Element:
    gap = one.difference
    now, before = gap.now, gap.before
    told = _(
        "{share} of them came from {host} ({range}), {other} of the others: {gap} points more ({low} to {high}), "
        "{shrunken} after shrinking. No channel or partner of ours is there."
    ).format(
        share=percent(now.value or 0),
        range=percent_range(now.low or 0, now.high or 0),
        host=one.host,
        other=percent(before.value or 0),
        gap=number((gap.value or 0) * 100),
        low=number((gap.low or 0) * 100),
        high=number((gap.high or 0) * 100),
        shrunken=number(one.shrunken * 100),
    )
    lead = _("{field}: {value}.").format(field=name_field(one.field), value=one.value)
    return _card(view, one, f"{lead} {told}", n=now.n)
