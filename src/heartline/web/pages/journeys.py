"""The list of journeys: who goes where, how they feel, who is under way now; and the form that adds one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import htpy as h
from htpy import Element, Node, Renderable

from heartline.language import _, ngettext
from heartline.records import Journey, Metric, Right
from heartline.understand import StageGap, say_journey, say_stage
from heartline.web.lenses import name_field
from heartline.web.parts import (
    View,
    acts,
    button,
    csrf_field,
    empty,
    field,
    figure_of,
    file_drop,
    lede,
    link_button,
    post_button,
    section,
    shell,
    tag,
)
from heartline.web.parts.sentences import begin_small
from heartline.web.parts.words import Unit, number, people


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyLine:
    """A journey in the list: how many customers went through it in the time asked, who is under way, how they felt, and
    the stages that lack a touchpoint or a measure.
    """

    journey: Journey
    customers: int
    open_now: int
    feeling: Metric | None = None
    gaps: tuple[StageGap, ...] = ()


def list_page(view: View, lines: Sequence[JourneyLine], *, has_data: bool) -> Renderable:
    """All journeys. Without any data: why, and what to do."""
    if not has_data:
        body: Node = [
            lede(
                _("No journeys yet"),
                under=_("A journey is drawn from what customers do, so it begins with the first touch."),
            ),
            _nothing(),
        ]
    else:
        body = [
            lede(
                _title(lines),
                under=_under(lines),
                do=acts(
                    link_button(_("Who came back"), view.url("/journeys/cohorts")),
                    link_button(_("One-page report"), view.url("/report"), drawing="print"),
                ),
            ),
            h.ul(".rows.journey-rows")[(_row(view, line) for line in lines)],
            view.may(Right.CHANGE_JOURNEYS) and [_new(view), _from_file(view)],
        ]
    return shell(view, title=_("Journeys"), body=body)


def _title(lines: Sequence[JourneyLine]) -> str:
    if len(lines) != 1:
        return ngettext("{n} journey", "{n} journeys", len(lines)).format(n=number(len(lines)))
    going = lines[0].open_now
    if not going:
        return _("One journey, nobody under way")
    told = ngettext("One journey, {n} customer under way now", "One journey, {n} customers under way now", going)
    return told.format(n=number(going))


def _under(lines: Sequence[JourneyLine]) -> str:
    if any(line.journey.proposed for line in lines):
        return _("Proposed from what customers do. Open it, change what is wrong, accept it.")
    return _("Stages across, what people do, say and feel below, and where each open customer stands now.")


def _row(view: View, line: JourneyLine) -> Element:
    journey = line.journey
    path = f"/journeys/{journey.journey_id}"
    return h.li(".journey-row")[
        h.div[
            h.h2[
                h.a(href=view.url(path))[say_journey(journey.name)],
                journey.proposed and [" ", tag(_("Proposed"), tone="soft")],
            ],
            h.p(".small.muted")[_stages_in_words(journey)],
            h.p(".note")[say_segment(journey.where)],
            bool(line.gaps) and h.p(".note")[h.a(href=view.url("/touchpoints") + "#missing")[_say_gaps(line.gaps)]],
        ],
        h.div(".journey-figures")[
            h.a(".figure", href=view.url(f"{path}/now"))[h.b[number(line.open_now)], " ", h.span[_("under way now")]],
            h.p(".note")[
                ngettext("{n} customer in this time", "{n} customers in this time", line.customers).format(
                    n=number(line.customers)
                )
            ],
        ],
        h.div(".journey-figures")[
            h.a(".figure", href=view.url(path))[figure_of(line.feeling, unit=Unit.VALENCE)] if line.feeling else "",
            h.p(".note")[
                _("How they feel, −1 to +1. {n}").format(n=people(line.feeling.n))
                if line.feeling
                else _("Nobody was asked yet")
            ],
        ],
        view.may(Right.CHANGE_JOURNEYS) and journey.proposed and _accept(view, path),
    ]


def _say_gaps(gaps: Sequence[StageGap]) -> str:
    """“Nobody is asked in Buy, Use. Nothing is met in Return.”."""
    mute = ", ".join(gap.stage for gap in gaps if gap.met)
    bare = ", ".join(gap.stage for gap in gaps if not gap.met)
    told = (
        _("Nobody was ever asked in {stages}.").format(stages=mute) if mute else "",
        _("Nothing is met in {stages}.").format(stages=bare) if bare else "",
    )
    return " ".join(filter(None, told))


def _accept(view: View, path: str) -> Element:
    return acts(
        post_button(view, _("Accept"), f"{path}/accept", weight="main", drawing="check"),
        link_button(_("Change first"), view.url(f"{path}/edit"), drawing="pen"),
    )


def _stages_in_words(journey: Journey) -> str:
    return " → ".join(say_stage(stage.name) for stage in journey.stages) or _("No stages yet")


def say_segment(where: tuple[tuple[str, str], ...]) -> str:
    """Who a journey is about: “Everyone”, “Plan: subscription, region: North”."""
    if not where:
        return _("Everyone")
    words = ", ".join(f"{begin_small(name_field(name))}: {value}" for name, value in where)
    return words[:1].upper() + words[1:]


def _new(view: View) -> Element:
    return section(
        _("A journey of your own"),
        body=h.form(".form-row", method="post", action="/journeys")[
            csrf_field(view),
            field(_("Name"), "name", required=True, maxlength=120, autocomplete="off"),
            _segments(view),
            button(_("Propose its stages"), drawing="plus"),
        ],
        identity="new",
    )


def _from_file(view: View) -> Element:
    return section(
        _("A journey from a file"),
        body=h.form(".stack", method="post", action="/journeys/take", enctype="multipart/form-data")[
            csrf_field(view),
            file_drop(
                _("The JSON file of a journey"),
                "file",
                hint=_("Its notes page gives it: the stages, and all that was written on the map."),
                accept=".json,application/json",
            ),
            button(_("Take it in"), drawing="upload"),
        ],
        identity="take",
    )


def _segments(view: View) -> Element:
    return h.div(".labelled")[
        h.label(for_="f-segment")[_("For whom")],
        h.select("#f-segment.field", name="segment")[
            h.option(value="")[_("Everyone")],
            (
                h.optgroup(label=one.label)[
                    (h.option(value=f"{one.name}={choice.value}")[choice.label] for choice in one.values)
                ]
                for one in view.filter_options
            ),
        ],
    ]


def _nothing() -> Element:
    return empty(
        _("Nobody has been met yet: no interaction has come in."),
        do=link_button(_("Choose how to begin"), "/begin", weight="main"),
    )
